#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "sluice/error.h"
#include "tools/sluice/dump/filing.h"

#include <math.h>
#include <stdlib.h>

static const char text[] = "amountratetags한";

static const struct sl_field fields[] = {
	{.path = {0, 6}, .type = SL_TYPE_INT},
	{.path = {6, 4}, .type = SL_TYPE_DECIMAL},
	{.path = {10, 4}, .type = SL_TYPE_STRINGS},
	{.path = {0, 6}, .type = SL_TYPE_BOOL},
};

static void check(const struct sl_artifact *artifact, uint32_t trigger, const char *expected)
{
	struct sl_dump_filing *filing;
	json_t *list;
	char *shown;

	assert_int_equal(sl_dump_filing_new(artifact, &filing), 0);
	list = sl_dump_filing_of(filing, trigger);
	shown = json_dumps(list, JSON_COMPACT);
	assert_string_equal(shown, expected);
	free(shown);
	json_decref(list);
	sl_dump_filing_free(filing);
}

static void test_paths_come_from_the_root(void **state)
{
	const struct sl_tree_node nodes[] = {
		{.filing = {.filed = 0, .filed_count = 1}},
		{.slot = 2, .text = {14, 3}},
		{.slot = 0,
		 .value = (uint64_t)-5,
		 .parent = 1,
		 .filing = {.filed = 1, .filed_count = 2}},
		{.slot = 3, .value = 1, .parent = 2, .filing = {.filed = 3, .filed_count = 1}},
	};
	const struct sl_atom atoms[] = {
		{.kind = SL_ATOM_REGEX, .slot = 2, .filing = {.filed = 4, .filed_count = 1}}};
	const uint32_t filed[] = {0, 1, 2, 1, 2}, always[] = {3};
	const struct sl_artifact artifact = {.text = text,
					     .fields = fields,
					     .n_fields = 4,
					     .nodes = nodes,
					     .n_nodes = 4,
					     .atoms = atoms,
					     .n_atoms = 1,
					     .filed = filed,
					     .n_filed = 5,
					     .always = always,
					     .n_always = 1};

	(void)state;
	check(&artifact, 0, "[[]]");
	check(&artifact, 1,
	      "[[\"\\\"한\\\" in tags\",\"amount == -5\"],"
	      "[\"\\\"한\\\" in tags\",\"amount == -5\",\"amount == true\"]]");
	check(&artifact, 2,
	      "[[\"\\\"한\\\" in tags\",\"amount == -5\"],[\"tags matches the pattern of atom "
	      "0\"]]");
	check(&artifact, 3, "[[]]");
	check(&artifact, 4, "[]");
}

static int64_t decimal(double value)
{
	return sl_filing_number(SL_TYPE_DECIMAL, 0, value);
}

static void test_intervals(void **state)
{
	const struct sl_tree_node nodes[] = {{.filing = {.group = 0, .group_count = 2}}};
	const struct sl_group groups[] = {{.first = 0, .count = 4, .slot = 0},
					  {.first = 4, .count = 4, .slot = 1}};
	const struct sl_interval intervals[] = {
		{.low = INT64_MIN, .high = 5, .trigger = 0},
		{.low = INT64_MIN, .high = INT64_MAX, .trigger = 1},
		{.low = 6, .high = 6, .trigger = 2},
		{.low = 7, .high = INT64_MAX, .trigger = 3},
		{.low = decimal(-INFINITY), .high = decimal(-0.5), .trigger = 4},
		{.low = INT64_MIN, .high = INT64_MAX, .trigger = 5},
		{.low = decimal(-1.5), .high = decimal(2), .trigger = 6},
		{.low = decimal(0), .high = decimal(0), .trigger = 7},
	};
	const struct sl_artifact artifact = {.text = text,
					     .fields = fields,
					     .n_fields = 4,
					     .nodes = nodes,
					     .n_nodes = 1,
					     .groups = groups,
					     .n_groups = 2,
					     .intervals = intervals,
					     .n_intervals = 8};

	(void)state;
	check(&artifact, 0, "[[\"amount <= 5\"]]");
	check(&artifact, 1, "[[\"has(amount)\"]]");
	check(&artifact, 2, "[[\"amount == 6\"]]");
	check(&artifact, 3, "[[\"amount >= 7\"]]");
	check(&artifact, 4, "[[\"rate <= -0.5\"]]");
	check(&artifact, 5, "[[\"has(rate)\"]]");
	check(&artifact, 6, "[[\"rate >= -1.5 && rate <= 2.0\"]]");
	check(&artifact, 7, "[[\"rate == 0.0\"]]");
}

/* The reader lets two places share a run as long as all runs together are not too many. */
static void test_a_run_that_is_named_twice(void **state)
{
	const struct sl_tree_node nodes[] = {{.filing = {.group = 0, .group_count = 1}},
					     {.filing = {.group = 0, .group_count = 1}}};
	const struct sl_group groups[] = {{.first = 0, .count = 2}, {.first = 2, .count = 0}};
	const struct sl_interval intervals[2] = {{.trigger = 0}, {.trigger = 1}};
	const struct sl_artifact artifact = {.text = text,
					     .fields = fields,
					     .n_fields = 4,
					     .nodes = nodes,
					     .n_nodes = 2,
					     .groups = groups,
					     .n_groups = 2,
					     .intervals = intervals,
					     .n_intervals = 2};
	struct sl_dump_filing *filing = NULL;

	(void)state;
	assert_int_equal(sl_dump_filing_new(&artifact, &filing), -SL_E_BOUNDS);
	assert_null(filing);
	sl_dump_filing_free(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_paths_come_from_the_root),
		cmocka_unit_test(test_intervals),
		cmocka_unit_test(test_a_run_that_is_named_twice),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
