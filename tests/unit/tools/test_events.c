#include "tools/gun/events.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#define N 4000u

static struct sl_events *new_events(uint64_t seed, double duplicates, double malformed)
{
	struct sl_events_options options = {
		.seed = seed, .customers = 500, .duplicates = duplicates, .malformed = malformed};
	struct sl_events *events;

	assert_int_equal(sl_events_new(&options, &events), 0);
	return events;
}

static size_t render(const struct sl_events *events, uint64_t number, char *text)
{
	struct sl_event_plan plan;
	struct sl_event_time time;

	sl_events_time(1795186800123456789, &time);
	sl_events_plan(events, number, &plan);
	assert_true(plan.bytes <= SL_EVENTS_TEXT_MAX);
	sl_events_render(events, &plan, &time, text);
	text[plan.bytes] = '\0';
	return plan.bytes;
}

static void each_is_an_event_of_its_own(void **state)
{
	struct sl_events *events = new_events(1, 0, 0);

	(void)state;
	for (uint64_t i = 0; i < N; i++) {
		static const char *const texts[] = {"id", "time", "channel", "type", "customer"};
		char text[SL_EVENTS_TEXT_MAX + 1], id[SL_EVENTS_ID_BYTES + 1] = {0};
		size_t bytes = render(events, i, text);
		json_t *json = json_loadb(text, bytes, JSON_REJECT_DUPLICATES, NULL);

		assert_non_null(json);
		assert_null(memchr(text, '\n', bytes));
		for (unsigned j = 0; j < 5; j++)
			assert_true(json_is_string(json_object_get(json, texts[j])));
		sl_events_id(events, i, id);
		assert_string_equal(json_string_value(json_object_get(json, "id")), id);
		assert_string_equal(json_string_value(json_object_get(json, "time")),
				    "2026-11-21T00:00:00.123+09:00");
		assert_true(atoi(json_string_value(json_object_get(json, "customer")) + 1) < 500);
		json_decref(json);
	}
	sl_events_free(events);
}

static void the_seed_decides_everything(void **state)
{
	struct sl_events *a = new_events(7, 0.1, 0.1), *b = new_events(7, 0.1, 0.1),
			 *c = new_events(8, 0.1, 0.1);
	unsigned differing = 0;

	(void)state;
	for (uint64_t i = 0; i < N; i++) {
		char one[SL_EVENTS_TEXT_MAX + 1], two[SL_EVENTS_TEXT_MAX + 1],
			other[SL_EVENTS_TEXT_MAX + 1];

		render(a, i, one);
		render(b, i, two);
		render(c, i, other);
		assert_string_equal(one, two);
		differing += strcmp(one, other) != 0;
	}
	assert_true(differing > N * 9 / 10);
	sl_events_free(a);
	sl_events_free(b);
	sl_events_free(c);
}

static void shares_are_kept(void **state)
{
	struct sl_events *events = new_events(3, 0.2, 0.1), *plain = new_events(3, 0, 0);
	unsigned repeated = 0, broken = 0;

	(void)state;
	for (uint64_t i = 0; i < N; i++) {
		char text[SL_EVENTS_TEXT_MAX + 1], earlier[SL_EVENTS_TEXT_MAX + 1];
		struct sl_event_plan plan;

		render(events, i, text);
		sl_events_plan(events, i, &plan);
		if (plan.number != i) {
			/* a duplicate is, byte for byte, an event that was sent before */
			repeated++;
			assert_true(plan.number < i);
			render(events, plan.number, earlier);
			assert_string_equal(text, earlier);
		} else {
			render(plain, i, earlier);
			broken += strcmp(text, earlier) != 0;
		}
	}
	assert_in_range(repeated, N / 5 - 150, N / 5 + 150);
	assert_in_range(broken, N / 10 - 120, N / 10 + 120);
	sl_events_free(events);
	sl_events_free(plain);
}

/* All but one way of breaking leaves an id, so that refusals can be told from losses. */
static void all_malformed_are_unusable(void **state)
{
	struct sl_events *events = new_events(5, 0, 1);

	(void)state;
	for (uint64_t i = 0; i < 500; i++) {
		char text[SL_EVENTS_TEXT_MAX + 1];
		size_t bytes = render(events, i, text);
		json_t *json = json_loadb(text, bytes, JSON_REJECT_DUPLICATES, NULL);
		const char *time = json_string_value(json_object_get(json, "time"));

		assert_true(!json_is_object(json) || !json_object_get(json, "customer") ||
			    time[0] == '0');
		assert_null(memchr(text, '\n', bytes));
		json_decref(json);
	}
	sl_events_free(events);
}

static void wrong_options_are_refused(void **state)
{
	struct sl_events_options none = {.customers = 0}, many = {.customers = 100000001},
				 much = {.customers = 1, .duplicates = 0.6, .malformed = 0.6},
				 below = {.customers = 1, .duplicates = -0.1};
	struct sl_events *events = NULL;

	(void)state;
	assert_true(sl_events_new(&none, &events) < 0);
	assert_true(sl_events_new(&many, &events) < 0);
	assert_true(sl_events_new(&much, &events) < 0);
	assert_true(sl_events_new(&below, &events) < 0);
	assert_null(events);
	sl_events_free(NULL);
}

static void times_at_the_edges(void **state)
{
	static const struct {
		int64_t ns;
		const char *text;
	} samples[] = {
		{0, "1970-01-01T09:00:00.000+09:00"},
		{1795186799999999999, "2026-11-20T23:59:59.999+09:00"},
		{1709132400000000000, "2024-02-29T00:00:00.000+09:00"},
	};

	(void)state;
	for (unsigned i = 0; i < sizeof(samples) / sizeof(samples[0]); i++) {
		struct sl_event_time time;

		sl_events_time(samples[i].ns, &time);
		assert_memory_equal(time.text, samples[i].text, SL_EVENTS_TIME_BYTES);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_is_an_event_of_its_own),
		cmocka_unit_test(the_seed_decides_everything),
		cmocka_unit_test(shares_are_kept),
		cmocka_unit_test(all_malformed_are_unusable),
		cmocka_unit_test(wrong_options_are_refused),
		cmocka_unit_test(times_at_the_edges),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
