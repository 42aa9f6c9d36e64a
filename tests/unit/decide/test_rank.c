/* Which of several campaigns that one event matches are sent, and in which order limits count. */
#include "decide/decide.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#define CAMPAIGNS 8u

static const char text[] = "abcdefgh" /* names */ "xy" /* groups */;

static struct sl_campaign campaigns[CAMPAIGNS];
static const struct sl_artifact artifact = {.text = text, .campaigns = campaigns};
static struct sl_candidate candidates[CAMPAIGNS];
static uint32_t order[CAMPAIGNS];
static uint32_t n;

static int begin(void **state)
{
	(void)state;
	memset(campaigns, 0, sizeof(campaigns));
	memset(candidates, 0, sizeof(candidates));
	n = 0;
	for (uint32_t i = 0; i < CAMPAIGNS; i++)
		campaigns[i].name = (struct sl_text_ref){i, 1};
	return 0;
}

/* group: 'x', 'y' or none. */
static void candidate(char name, char group, int32_t priority, enum sl_gate gate)
{
	struct sl_campaign *campaign = &campaigns[name - 'a'];

	campaign->priority = priority;
	if (group)
		campaign->exclusive = (struct sl_text_ref){group == 'x' ? 8 : 9, 1};
	candidates[n++] = (struct sl_candidate){.campaign = (uint32_t)(name - 'a'), .gate = gate};
}

/* "a b!": in this order, b is outranked. */
static void expect(const char *expected)
{
	char got[64];
	size_t at = 0;

	sl_decide_rank(&artifact, candidates, n, order);
	for (uint32_t i = 0; i < n; i++) {
		const struct sl_candidate *one = &candidates[order[i]];

		if (i)
			got[at++] = ' ';
		got[at++] = (char)('a' + one->campaign);
		if (one->gate == SL_GATE_OUTRANKED)
			got[at++] = '!';
		else if (one->gate != SL_GATE_SENT)
			got[at++] = '-';
	}
	got[at] = 0;
	assert_string_equal(got, expected);
}

static void of_no_group(void **state)
{
	(void)state;
	candidate('c', 0, 0, SL_GATE_SENT);
	candidate('b', 0, -1, SL_GATE_SENT);
	candidate('a', 0, 0, SL_GATE_SENT);
	candidate('d', 0, 7, SL_GATE_SENT);
	expect("d a c b");
}

static void the_highest_of_a_group(void **state)
{
	(void)state;
	candidate('a', 'x', 0, SL_GATE_SENT);
	candidate('b', 'x', 2, SL_GATE_SENT);
	candidate('c', 'y', 1, SL_GATE_SENT);
	candidate('d', 'x', 1, SL_GATE_SENT);
	expect("b c d! a!");
}

static void the_lesser_name_of_equals(void **state)
{
	(void)state;
	candidate('b', 'x', 1, SL_GATE_SENT);
	candidate('a', 'x', 1, SL_GATE_SENT);
	expect("a b!");
}

/* What may not be sent takes nobody's place. */
static void who_fails_alone_does_not_rank(void **state)
{
	(void)state;
	candidate('a', 'x', 9, SL_GATE_LIMIT);
	candidate('b', 'x', 5, SL_GATE_SENT);
	candidate('c', 'x', 1, SL_GATE_SENT);
	expect("a- b c!");
}

static void a_campaign_does_not_outrank_itself(void **state)
{
	(void)state;
	candidate('b', 'x', 1, SL_GATE_SENT);
	candidate('a', 'x', 0, SL_GATE_SENT);
	candidate('b', 'x', 1, SL_GATE_SENT);
	expect("b b a!");
	assert_int_equal(order[0], 0); /* as they stand */
	assert_int_equal(order[1], 2);
}

static void names_by_bytes_then_length(void **state)
{
	(void)state;
	assert_true(sl_decide_order((struct sl_text){"a", 1}, (struct sl_text){"ab", 2}) < 0);
	assert_true(sl_decide_order((struct sl_text){"b", 1}, (struct sl_text){"ab", 2}) > 0);
	assert_true(sl_decide_order((struct sl_text){"\xc3", 1}, (struct sl_text){"z", 1}) > 0);
	assert_int_equal(sl_decide_order((struct sl_text){NULL, 0}, (struct sl_text){"", 0}), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(of_no_group, begin),
		cmocka_unit_test_setup(the_highest_of_a_group, begin),
		cmocka_unit_test_setup(the_lesser_name_of_equals, begin),
		cmocka_unit_test_setup(who_fails_alone_does_not_rank, begin),
		cmocka_unit_test_setup(a_campaign_does_not_outrank_itself, begin),
		cmocka_unit_test_setup(names_by_bytes_then_length, begin),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
