/* The reader's walk through programs: what it must let pass, and what never. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/artifact.h"
#include "tests/unit/base/artifact_builder.h"

#include <stdlib.h>
#include <string.h>

enum { TEXT, NUMBER, LIST }; /* fields */
enum { A, ONE };             /* constants */

/* NULL where the program passes, else the reader's sentence, in static room. */
static const char *verdict(const struct sl_instruction *code, uint32_t n)
{
	static char why[SL_SENTENCE_BYTES];
	struct sl_artifact *artifact;
	struct sl_builder builder;
	size_t n_bytes;
	void *file;
	int error;

	sl_builder_init(&builder);
	sl_builder_meta(&builder, "none", 0);
	sl_builder_field(&builder, "text", SL_TYPE_STRING, SL_ROLE_NONE, 0);
	sl_builder_field(&builder, "number", SL_TYPE_INT, SL_ROLE_NONE, 0);
	sl_builder_field(&builder, "list", SL_TYPE_STRINGS, SL_ROLE_NONE, 0);
	sl_builder_constant_text(&builder, "a", 1);
	sl_builder_constant_int(&builder, SL_TYPE_INT, 1);
	sl_builder_trigger(&builder, sl_builder_campaign(&builder, "c"), code, n);
	file = sl_builder_finish(&builder, SL_FILE_RULESET, &n_bytes);
	error = sl_artifact_view(file, n_bytes, &artifact, why);
	if (!error)
		sl_artifact_close(artifact);
	free(file);
	sl_builder_fini(&builder);
	return error ? why : NULL;
}

#define PASSES(...)                                                                                \
	do {                                                                                       \
		static const struct sl_instruction code[] = {__VA_ARGS__};                         \
		const char *why = verdict(code, sizeof(code) / sizeof(*code));                     \
                                                                                                   \
		if (why)                                                                           \
			fail_msg("%s", why);                                                       \
	} while (0)

#define REFUSED(sentence, ...)                                                                     \
	do {                                                                                       \
		static const struct sl_instruction code[] = {__VA_ARGS__};                         \
		const char *why = verdict(code, sizeof(code) / sizeof(*code));                     \
                                                                                                   \
		if (!why || !strstr(why, sentence))                                                \
			fail_msg("is \"%s\", not \"%s\"", why ? why : "let pass", sentence);       \
	} while (0)

#define OP(name)                                                                                   \
	{                                                                                          \
		.op = SL_OP_##name                                                                 \
	}
#define ARG(name, a)                                                                               \
	{                                                                                          \
		.op = SL_OP_##name, .arg = (a)                                                     \
	}
#define SLOT(name, s, a)                                                                           \
	{                                                                                          \
		.op = SL_OP_##name, .slot = (s), .arg = (a)                                        \
	}

static const char few[] = "more is taken from the stack";
static const char ends[] = "more or less than one value";
static const char suit[] = "does not suit its opcode";
static const char back[] = "leads back or outside";

static void test_arguments(void **state)
{
	(void)state;
	PASSES(SLOT(EQ_STRING, TEXT, A));
	PASSES(SLOT(HAS, LIST, 0));
	PASSES(SLOT(LIST_HAS, LIST, A));
	REFUSED(suit, SLOT(EQ_STRING, NUMBER, A));
	REFUSED(suit, SLOT(EQ_STRING, TEXT, ONE));
	REFUSED(suit, SLOT(EQ_STRING, TEXT, 2));
	REFUSED(suit, SLOT(EQ_STRING, 3, A));
	REFUSED(suit, SLOT(LT_INT, LIST, ONE));
	REFUSED(suit, SLOT(HAS, 3, 0));
	REFUSED(suit, SLOT(SLOT, 3, 0));
	REFUSED(suit, SLOT(MATCHES, TEXT, 0));
	REFUSED(suit, SLOT(IN_STRING, TEXT, 0));
	REFUSED(suit, ARG(CONST, 2));
	REFUSED(suit, ARG(BOUND, SL_PROGRAM_BOUND_MAX));
	REFUSED(suit, ARG(CONST, A), ARG(SELECT, ONE));
	REFUSED(suit, ARG(CONST, A), ARG(FAIL, SL_FAULT_COUNT));
	REFUSED(suit, ARG(CONST, A), ARG(FAIL, 0));
	REFUSED(suit, ARG(CONST, A), ARG(MATCH, 0));
	REFUSED(suit, ARG(CONST, A), SLOT(ZONED, SL_FUNCTION_GET_DATE, 0));
	REFUSED(suit, ARG(CONST, A), SLOT(CALL, SL_FUNCTION_COUNT, 1));
	REFUSED(suit, ARG(CONST, A), SLOT(CALL, 0, 1));
	REFUSED(suit, SLOT(CALL, SL_FUNCTION_SIZE, 0));
	REFUSED(suit, ARG(CONST, A), SLOT(LOOP, SL_LOOPS, 3), OP(TRUE), OP(NEXT));
	REFUSED("is not known", {.op = SL_OP_COUNT});
}

static void test_depth(void **state)
{
	(void)state;
	PASSES(ARG(CONST, A), ARG(CONST, A), OP(EQ));
	PASSES(ARG(CONST, A), ARG(CONST, A), ARG(MAKE_MAP, 1));
	PASSES(ARG(MAKE_LIST, 0));
	REFUSED(few, OP(EQ));
	REFUSED(few, ARG(CONST, A), OP(EQ));
	REFUSED(few, ARG(CONST, A), ARG(MAKE_LIST, 2));
	REFUSED(few, ARG(CONST, A), ARG(MAKE_MAP, 1));
	REFUSED(few, OP(NOT));
	REFUSED(few, ARG(AND, 1));
	REFUSED(few, ARG(AND_TEST, 1), OP(TRUE));
	REFUSED(ends, OP(TRUE), OP(TRUE));
	REFUSED(ends, OP(TRUE), OP(TRUE), OP(END));
	REFUSED(ends, OP(END));
	REFUSED("never reached", OP(TRUE), OP(END), OP(FALSE));
}

static void test_too_deep(void **state)
{
	struct sl_instruction *code = calloc(SL_PROGRAM_STACK_MAX + 2, sizeof(*code));
	uint32_t n = SL_PROGRAM_STACK_MAX;

	(void)state;
	for (uint32_t i = 0; i <= n; i++)
		code[i].op = SL_OP_TRUE;
	code[n] = (struct sl_instruction){.op = SL_OP_MAKE_LIST, .arg = n};
	assert_null(verdict(code, n + 1));
	code[n].op = SL_OP_TRUE;
	code[n + 1] = (struct sl_instruction){.op = SL_OP_MAKE_LIST, .arg = n};
	assert_non_null(strstr(verdict(code, n + 2), "too deep"));
	free(code);
}

static void test_jumps(void **state)
{
	(void)state;
	PASSES(OP(TRUE), ARG(AND, 3), OP(FALSE));
	PASSES(OP(TRUE), ARG(OR_TEST, 4), OP(FALSE), OP(OR_JOIN));
	PASSES(OP(TRUE), ARG(CHOOSE, 6), ARG(ELSE, 5), ARG(CONST, A), ARG(JUMP, 6),
	       ARG(CONST, ONE));
	PASSES(OP(TRUE), ARG(AND, 3), OP(FALSE), OP(END));
	REFUSED(back, OP(TRUE), ARG(AND, 1), OP(FALSE));
	REFUSED(back, OP(TRUE), ARG(AND, 0), OP(FALSE));
	REFUSED(back, OP(TRUE), ARG(AND, 4), OP(FALSE));
	REFUSED(back, OP(TRUE), ARG(JUMP, UINT32_MAX));
	/* one way leaves a value more than the other */
	REFUSED("deeper one way", OP(TRUE), ARG(AND_TEST, 3), OP(FALSE), OP(NOT), OP(AND_JOIN));
	REFUSED("deeper one way", OP(TRUE), ARG(ELSE, 3), OP(TRUE), OP(FALSE));
	REFUSED("do not suit each other", OP(TRUE), ARG(AND, 5), OP(TRUE), OP(TRUE),
		ARG(AND_TEST, 5), OP(AND_JOIN));
}

static void test_loops(void **state)
{
	(void)state;
	PASSES(SLOT(SLOT, LIST, 0), SLOT(LOOP, SL_LOOP_ALL, 4), ARG(VARIABLE, 0), OP(NEXT));
	PASSES(SLOT(SLOT, LIST, 0), SLOT(LOOP, SL_LOOP_MAP, 6), OP(TRUE), OP(SKIP),
	       ARG(VARIABLE, 0), OP(NEXT));
	/* a jump within the body may lead to its end */
	PASSES(SLOT(SLOT, LIST, 0), SLOT(LOOP, SL_LOOP_ALL, 6), OP(TRUE), ARG(AND, 5), OP(TRUE),
	       OP(NEXT));
	REFUSED("ends elsewhere", SLOT(SLOT, LIST, 0), SLOT(LOOP, SL_LOOP_ALL, 5), ARG(VARIABLE, 0),
		OP(NEXT), OP(NOT));
	REFUSED(back, SLOT(SLOT, LIST, 0), SLOT(LOOP, SL_LOOP_ALL, 1), OP(TRUE), OP(NEXT));
	REFUSED("outside of one", OP(TRUE), OP(NEXT));
	REFUSED("outside of a map", OP(TRUE), OP(SKIP), OP(TRUE));
	REFUSED("outside of a map", SLOT(SLOT, LIST, 0), SLOT(LOOP, SL_LOOP_ALL, 6), OP(TRUE),
		OP(SKIP), ARG(VARIABLE, 0), OP(NEXT));
	REFUSED("leave one value", SLOT(SLOT, LIST, 0), SLOT(LOOP, SL_LOOP_ALL, 5), OP(TRUE),
		OP(TRUE), OP(NEXT));
	REFUSED("no loop around it", ARG(VARIABLE, 0));
	REFUSED("no loop around it", SLOT(SLOT, LIST, 0), SLOT(LOOP, SL_LOOP_ALL, 4),
		ARG(VARIABLE, 1), OP(NEXT));
	/* what lies below a body is not the body's */
	REFUSED(few, OP(TRUE), SLOT(SLOT, LIST, 0), SLOT(LOOP, SL_LOOP_ALL, 5), OP(NOT), OP(NEXT),
		OP(EQ));
	REFUSED(few, OP(TRUE), SLOT(SLOT, LIST, 0), SLOT(LOOP, SL_LOOP_ALL, 6), ARG(AND_TEST, 5),
		OP(TRUE), OP(NEXT), OP(EQ));
	/* into a loop, and out of one */
	REFUSED("into a loop or out", OP(TRUE), ARG(AND, 4), SLOT(SLOT, LIST, 0),
		SLOT(LOOP, SL_LOOP_ALL, 6), OP(TRUE), OP(NEXT));
	REFUSED("into a loop or out", SLOT(SLOT, LIST, 0), SLOT(LOOP, SL_LOOP_ALL, 6), OP(TRUE),
		ARG(AND, 7), OP(TRUE), OP(NEXT), OP(NOT), OP(NOT));
	REFUSED(ends, SLOT(SLOT, LIST, 0), SLOT(LOOP, SL_LOOP_ALL, 4), OP(TRUE), OP(END));
	REFUSED(ends, SLOT(SLOT, LIST, 0), SLOT(LOOP, SL_LOOP_ALL, 3), OP(TRUE));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_arguments), cmocka_unit_test(test_depth),
		cmocka_unit_test(test_too_deep),  cmocka_unit_test(test_jumps),
		cmocka_unit_test(test_loops),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
