/* Plans and decoders: what is refused when they are made, and the bounds of the arena. */
#include "fixture.h"

#include "sluice/error.h"

#include <errno.h>

static int plan_of(const char *path, enum sl_field_type type, enum sl_field_role role)
{
	struct fixture *f = fixture_new();
	int error;

	fixture_field(f, "a.b", SL_TYPE_STRING, SL_ROLE_NONE, 0);
	fixture_field(f, path, type, role, 0);
	error = sl_decode_plan_new(&f->artifact, &f->plan);
	assert_true(error ? f->plan == NULL : f->plan != NULL);
	fixture_free(f);
	return error;
}

static void plans_refused(void **state)
{
	(void)state;
	assert_int_equal(plan_of("x", SL_TYPE_STRING, SL_ROLE_NONE), 0);
	assert_int_equal(plan_of("a", SL_TYPE_STRING, SL_ROLE_NONE), 0);
	assert_int_equal(plan_of("a.b.c", SL_TYPE_STRING, SL_ROLE_NONE), 0);
	assert_int_equal(plan_of("1.2.3.4.5.6.7.8.9.a.b.c.d.e.f.g", SL_TYPE_STRING, SL_ROLE_NONE),
			 0);
	assert_int_equal(plan_of("1.2.3.4.5.6.7.8.9.a.b.c.d.e.f.g.h", SL_TYPE_STRING, SL_ROLE_NONE),
			 -SL_E_LIMIT);
	assert_int_equal(plan_of("a.b", SL_TYPE_INT, SL_ROLE_NONE), -EINVAL);
	assert_int_equal(plan_of("", SL_TYPE_STRING, SL_ROLE_NONE), -EINVAL);
	assert_int_equal(plan_of("x.", SL_TYPE_STRING, SL_ROLE_NONE), -EINVAL);
	assert_int_equal(plan_of(".x", SL_TYPE_STRING, SL_ROLE_NONE), -EINVAL);
	assert_int_equal(plan_of("x", 0, SL_ROLE_NONE), -EINVAL);
	assert_int_equal(plan_of("x", 7, SL_ROLE_NONE), -EINVAL);
	assert_int_equal(plan_of("x", SL_TYPE_STRING, SL_ROLE_TIME), -EINVAL);
	assert_int_equal(plan_of("x", SL_TYPE_STRINGS, SL_ROLE_KEY), -EINVAL);
	assert_int_equal(plan_of("x", SL_TYPE_INT, SL_ROLE_KEY), 0);
}

static void decoders_refused(void **state)
{
	static const struct sl_decode_limits bad[] = {
		{.event_bytes = 0, .depth = 1},
		{.event_bytes = 1, .depth = 0},
		{.event_bytes = 1, .depth = 1025},
		{.event_bytes = 1, .depth = 1, .skew_ahead_ns = -1},
	};
	struct sl_decoder *decoder = NULL;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(sl_decoder_new(&bad[i], &decoder), -EINVAL);
	assert_null(decoder);
	sl_decoder_free(NULL);
	sl_decode_plan_free(NULL);
}

/* As many fields as there may be, with names that differ only in their middle, or in a byte. */
static void the_largest_schema(void **state)
{
	struct fixture *f = fixture_new();
	char name[64], text[128];

	(void)state;
	for (unsigned i = 0; i < SL_FIELDS_MAX; i++) {
		snprintf(name, sizeof(name), i % 2 ? "a-long-name-of-%04x-the-schema" : "n%x", i);
		fixture_field(f, name, SL_TYPE_INT, SL_ROLE_NONE, 0);
	}
	fixture_ready(f);
	for (unsigned i = 0; i < SL_FIELDS_MAX; i++) {
		snprintf(text, sizeof(text),
			 i % 2 ? "{\"a-long-name-of-%04x-the-schema\":%u}" : "{\"n%x\":%u}", i, i);
		assert_accepted(f, text);
		for (unsigned slot = 0; slot < SL_FIELDS_MAX; slot++)
			assert_int_equal(f->slots[slot].kind, slot == i ? SL_TYPE_INT : 0);
		assert_int_equal(f->slots[i].integer, i);
	}
	assert_accepted(f, "{\"a-long-name-of-zzzz-the-schema\":\"x\",\"n\":1,\"n00\":2}");
	fixture_free(f);
}

/* A decoder that says it is ready has room for the worst text; one that is not says so. */
static void arena_fills(void **state)
{
	const struct sl_arrival arrival = {.received_ns = RECEIVED_NS};
	char text[EVENT_BYTES + SL_SPAN_PADDING];
	struct fixture *f = fixture_new();
	enum sl_reason why;
	unsigned n = 0;
	size_t at;

	(void)state;
	fixture_field(f, "l", SL_TYPE_STRINGS, SL_ROLE_NONE, 0);
	f->fields[0].items_max = 0;
	fixture_ready(f);
	/* a list of empty strings, and one escape */
	at = (size_t)sprintf(text, "{\"l\":[\"\\n\"");
	while (at + 6 < EVENT_BYTES)
		at += (size_t)sprintf(text + at, ",\"\"");
	at += (size_t)sprintf(text + at, "]}");
	while (sl_decoder_ready(f->decoder, at)) {
		why = sl_decode_json(f->decoder, f->plan, sl_span_of(text, at), &arrival, &f->event,
				     &f->fault);
		assert_int_equal(why, SL_WHY_NONE);
		n++;
	}
	assert_true(n > 10);
	do
		why = sl_decode_json(f->decoder, f->plan, sl_span_of(text, at), &arrival, &f->event,
				     &f->fault);
	while (why == SL_WHY_NONE);
	assert_int_equal(why, SL_WHY_TOO_LARGE);
	sl_decoder_reset(f->decoder);
	assert_true(sl_decoder_ready(f->decoder, EVENT_BYTES));
	assert_true(sl_decoder_ready(f->decoder, SIZE_MAX)); /* it will be refused for its size */
	fixture_free(f);
}

/* Names of faults are cut, not what is said about them, and never in the middle of a character. */
static void long_names_in_faults(void **state)
{
	struct fixture *f = fixture_new();
	char name[256] = "", text[512];

	(void)state;
	for (unsigned i = 0; i < 40; i++)
		strcat(name, "\xEA\xB0\x80");
	fixture_field(f, name, SL_TYPE_INT, SL_ROLE_NONE, 0);
	fixture_ready(f);
	snprintf(text, sizeof(text), "{\"%s\":\"x\"}", name);
	assert_refused(f, text, SL_WHY_FIELD_TYPE);
	assert_true(strlen(f->fault.detail) < sizeof(f->fault.detail));
	assert_non_null(strstr(f->fault.detail, "\xEA\xB0\x80: expected an integer"));
	fixture_free(f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(plans_refused),        cmocka_unit_test(decoders_refused),
		cmocka_unit_test(the_largest_schema),   cmocka_unit_test(arena_fills),
		cmocka_unit_test(long_names_in_faults),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
