#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/program.h"

#include <math.h>

static const char text[] = "loanapple\0zloan.apply";

enum { LOAN, APPLE, APPLE_Z, EMPTY, LOAN_APPLY, MINUS_ONE, FIVE, HALF, TWO, NOT_A_NUMBER };

static const struct sl_constant constants[] = {
	[LOAN] = {.type = SL_TYPE_STRING, .text = {0, 4}},
	[APPLE] = {.type = SL_TYPE_STRING, .text = {4, 5}},
	[APPLE_Z] = {.type = SL_TYPE_STRING, .text = {4, 7}},
	[EMPTY] = {.type = SL_TYPE_STRING, .text = {0, 0}},
	[LOAN_APPLY] = {.type = SL_TYPE_STRING, .text = {11, 10}},
	[MINUS_ONE] = {.type = SL_TYPE_INT, .integer = -1},
	[FIVE] = {.type = SL_TYPE_INT, .integer = 5},
	[HALF] = {.type = SL_TYPE_DECIMAL, .decimal = 0.5},
	[TWO] = {.type = SL_TYPE_DECIMAL, .decimal = 2},
	[NOT_A_NUMBER] = {.type = SL_TYPE_DECIMAL, .decimal = (double)NAN},
};

static const uint32_t members[] = {EMPTY, APPLE, APPLE_Z, LOAN, MINUS_ONE, FIVE, HALF, TWO};

enum { STRINGS, INTEGERS, DECIMALS, NOTHING };

static const struct sl_set sets[] = {
	[STRINGS] = {.type = SL_TYPE_STRING, .first = 0, .count = 4},
	[INTEGERS] = {.type = SL_TYPE_INT, .first = 4, .count = 2},
	[DECIMALS] = {.type = SL_TYPE_DECIMAL, .first = 6, .count = 2},
	[NOTHING] = {.type = SL_TYPE_STRING, .first = 8, .count = 0},
};

static const struct sl_artifact artifact = {
	.text = text, .constants = constants, .sets = sets, .members = members};

static enum sl_truth run(const struct sl_value *value, enum sl_opcode op, uint32_t arg)
{
	struct sl_value slots[] = {*value};
	struct sl_event event = {.slots = slots, .n_slots = 1};
	struct sl_instruction in = {.op = (uint8_t)op, .slot = 0, .arg = arg};

	return sl_program_run(&artifact, &in, 1, &event, NULL);
}

static enum sl_truth run_text(const char *value, enum sl_opcode op, uint32_t arg)
{
	return run(&(struct sl_value){.text = value,
				      .count = (uint32_t)strlen(value),
				      .kind = SL_TYPE_STRING},
		   op, arg);
}

static enum sl_truth run_int(int64_t value, enum sl_opcode op, uint32_t arg)
{
	return run(&(struct sl_value){.integer = value, .kind = SL_TYPE_INT}, op, arg);
}

static enum sl_truth run_decimal(double value, enum sl_opcode op, uint32_t arg)
{
	return run(&(struct sl_value){.decimal = value, .kind = SL_TYPE_DECIMAL}, op, arg);
}

static void test_strings(void **state)
{
	struct sl_value with_zero = {.text = "apple\0z", .count = 7, .kind = SL_TYPE_STRING};

	(void)state;
	assert_int_equal(run_text("loan", SL_OP_EQ_STRING, LOAN), SL_TRUE);
	assert_int_equal(run_text("loam", SL_OP_EQ_STRING, LOAN), SL_FALSE);
	assert_int_equal(run_text("loans", SL_OP_EQ_STRING, LOAN), SL_FALSE);
	assert_int_equal(run_text("", SL_OP_EQ_STRING, EMPTY), SL_TRUE);
	assert_int_equal(run(&with_zero, SL_OP_EQ_STRING, APPLE), SL_FALSE);
	assert_int_equal(run(&with_zero, SL_OP_EQ_STRING, APPLE_Z), SL_TRUE);
	assert_int_equal(run_text("loa", SL_OP_LT_STRING, LOAN), SL_TRUE);
	assert_int_equal(run_text("loan", SL_OP_LT_STRING, LOAN), SL_FALSE);
	assert_int_equal(run_text("loan", SL_OP_GT_STRING, LOAN), SL_FALSE);
	assert_int_equal(run_text("loan ", SL_OP_GT_STRING, LOAN), SL_TRUE);
	/* bytes compare unsigned */
	assert_int_equal(run_text("\xed\x95\xb4", SL_OP_GT_STRING, LOAN), SL_TRUE);
	assert_int_equal(run_text("", SL_OP_LT_STRING, EMPTY), SL_FALSE);
}

static void test_parts_of_strings(void **state)
{
	(void)state;
	assert_int_equal(run_text("loan.apply", SL_OP_STARTS_WITH, LOAN), SL_TRUE);
	assert_int_equal(run_text("loa", SL_OP_STARTS_WITH, LOAN), SL_FALSE);
	assert_int_equal(run_text("a loan", SL_OP_STARTS_WITH, LOAN), SL_FALSE);
	assert_int_equal(run_text("x", SL_OP_STARTS_WITH, EMPTY), SL_TRUE);
	assert_int_equal(run_text("", SL_OP_STARTS_WITH, EMPTY), SL_TRUE);
	assert_int_equal(run_text("a loan", SL_OP_CONTAINS, LOAN), SL_TRUE);
	assert_int_equal(run_text("a loa n", SL_OP_CONTAINS, LOAN), SL_FALSE);
	assert_int_equal(run_text("", SL_OP_CONTAINS, LOAN), SL_FALSE);
	assert_int_equal(run_text("", SL_OP_CONTAINS, EMPTY), SL_TRUE);
}

static void test_integers(void **state)
{
	struct sl_value time = {.integer = -1, .kind = SL_TYPE_TIME};
	struct sl_value yes = {.integer = 1, .kind = SL_TYPE_BOOL};

	(void)state;
	assert_int_equal(run_int(5, SL_OP_EQ_INT, FIVE), SL_TRUE);
	assert_int_equal(run_int(4, SL_OP_EQ_INT, FIVE), SL_FALSE);
	assert_int_equal(run_int(INT64_MIN, SL_OP_LT_INT, MINUS_ONE), SL_TRUE);
	assert_int_equal(run_int(-1, SL_OP_LT_INT, MINUS_ONE), SL_FALSE);
	assert_int_equal(run_int(INT64_MAX, SL_OP_GT_INT, MINUS_ONE), SL_TRUE);
	assert_int_equal(run_int(-1, SL_OP_GT_INT, MINUS_ONE), SL_FALSE);
	assert_int_equal(run(&time, SL_OP_EQ_INT, MINUS_ONE), SL_TRUE);
	assert_int_equal(run(&yes, SL_OP_EQ_INT, FIVE), SL_FALSE);
}

static void test_decimals(void **state)
{
	(void)state;
	assert_int_equal(run_decimal(0.5, SL_OP_EQ_DECIMAL, HALF), SL_TRUE);
	assert_int_equal(run_decimal(0.25, SL_OP_LT_DECIMAL, HALF), SL_TRUE);
	assert_int_equal(run_decimal(0.5, SL_OP_LT_DECIMAL, HALF), SL_FALSE);
	assert_int_equal(run_decimal(INFINITY, SL_OP_GT_DECIMAL, HALF), SL_TRUE);
	assert_int_equal(run_decimal(0.5, SL_OP_GT_DECIMAL, HALF), SL_FALSE);
}

static void test_nan_compares_false(void **state)
{
	static const enum sl_opcode ops[] = {SL_OP_EQ_DECIMAL, SL_OP_LT_DECIMAL, SL_OP_GT_DECIMAL};

	(void)state;
	for (unsigned i = 0; i < 3; i++) {
		assert_int_equal(run_decimal((double)NAN, ops[i], HALF), SL_FALSE);
		assert_int_equal(run_decimal(1, ops[i], NOT_A_NUMBER), SL_FALSE);
	}
	assert_int_equal(run_decimal((double)NAN, SL_OP_IN_DECIMAL, DECIMALS), SL_FALSE);
}

static void test_sets(void **state)
{
	struct sl_value with_zero = {.text = "apple\0z", .count = 7, .kind = SL_TYPE_STRING};

	(void)state;
	assert_int_equal(run_text("", SL_OP_IN_STRING, STRINGS), SL_TRUE);
	assert_int_equal(run_text("apple", SL_OP_IN_STRING, STRINGS), SL_TRUE);
	assert_int_equal(run(&with_zero, SL_OP_IN_STRING, STRINGS), SL_TRUE);
	assert_int_equal(run_text("loan", SL_OP_IN_STRING, STRINGS), SL_TRUE);
	assert_int_equal(run_text("applf", SL_OP_IN_STRING, STRINGS), SL_FALSE);
	assert_int_equal(run_text("zebra", SL_OP_IN_STRING, STRINGS), SL_FALSE);
	assert_int_equal(run_text("loan", SL_OP_IN_STRING, NOTHING), SL_FALSE);
	assert_int_equal(run_int(-1, SL_OP_IN_INT, INTEGERS), SL_TRUE);
	assert_int_equal(run_int(5, SL_OP_IN_INT, INTEGERS), SL_TRUE);
	assert_int_equal(run_int(0, SL_OP_IN_INT, INTEGERS), SL_FALSE);
	assert_int_equal(run_decimal(2, SL_OP_IN_DECIMAL, DECIMALS), SL_TRUE);
	assert_int_equal(run_decimal(1, SL_OP_IN_DECIMAL, DECIMALS), SL_FALSE);
}

static void test_lists(void **state)
{
	static const struct sl_text items[] = {{"x", 1}, {NULL, 0}, {"loan", 4}};
	struct sl_value list = {.list = items, .count = 3, .kind = SL_TYPE_STRINGS};

	(void)state;
	assert_int_equal(run(&list, SL_OP_LIST_HAS, LOAN), SL_TRUE);
	assert_int_equal(run(&list, SL_OP_LIST_HAS, EMPTY), SL_TRUE);
	assert_int_equal(run(&list, SL_OP_LIST_HAS, APPLE), SL_FALSE);
	list.count = 0;
	assert_int_equal(run(&list, SL_OP_LIST_HAS, LOAN), SL_FALSE);
}

static void test_absent_is_unknown(void **state)
{
	struct sl_value absent = {.kind = 0};
	struct sl_event empty = {.n_slots = 0};

	(void)state;
	for (unsigned op = SL_OP_EQ_STRING; op < SL_OP_HAS; op++) {
		struct sl_instruction in = {.op = (uint8_t)op};

		assert_int_equal(run(&absent, op, 0), SL_UNKNOWN);
		assert_int_equal(sl_program_run(&artifact, &in, 1, &empty, NULL), SL_UNKNOWN);
	}
}

static void test_flow(void **state)
{
	struct sl_value slots[] = {{.integer = 5, .kind = SL_TYPE_INT}, {.kind = 0}};
	struct sl_event event = {.slots = slots, .n_slots = 2};
	const struct sl_instruction both[] = {
		{.op = SL_OP_EQ_INT, .slot = 0, .arg = FIVE},
		{.op = SL_OP_AND, .arg = 3},
		{.op = SL_OP_GT_INT, .slot = 0, .arg = MINUS_ONE},
	};
	const struct sl_instruction skips[] = {
		{.op = SL_OP_EQ_INT, .slot = 1, .arg = FIVE},
		{.op = SL_OP_AND, .arg = 3},
		{.op = SL_OP_TRUE},
	};
	const struct sl_instruction ends[] = {
		{.op = SL_OP_TRUE}, {.op = SL_OP_END}, {.op = SL_OP_FALSE}};
	const struct sl_instruction no[] = {{.op = SL_OP_TRUE}, {.op = SL_OP_FALSE}};

	(void)state;
	assert_int_equal(sl_program_run(&artifact, both, 0, &event, NULL), SL_TRUE);
	assert_int_equal(sl_program_run(&artifact, both, 3, &event, NULL), SL_TRUE);
	/* not true: jumps, and the result stays what it was */
	assert_int_equal(sl_program_run(&artifact, skips, 3, &event, NULL), SL_UNKNOWN);
	assert_int_equal(sl_program_run(&artifact, ends, 3, &event, NULL), SL_TRUE);
	assert_int_equal(sl_program_run(&artifact, no, 2, &event, NULL), SL_FALSE);
	slots[0].integer = -1;
	assert_int_equal(sl_program_run(&artifact, both, 3, &event, NULL), SL_FALSE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_strings),
		cmocka_unit_test(test_parts_of_strings),
		cmocka_unit_test(test_integers),
		cmocka_unit_test(test_decimals),
		cmocka_unit_test(test_nan_compares_false),
		cmocka_unit_test(test_sets),
		cmocka_unit_test(test_lists),
		cmocka_unit_test(test_absent_is_unknown),
		cmocka_unit_test(test_flow),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
