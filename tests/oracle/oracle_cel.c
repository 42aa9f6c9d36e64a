/* The engine against the reference evaluator, one expression at a time: random expressions of all
 * of CEL over random events and bound values, through the compiler, an artifact and the program,
 * and through rules/eval. The values have to be the same, or the faults and
 * their places; LIMIT is left aside, for
 * the two have limits of their own.
 *
 *     oracle_cel [--cases N] [--seed S]
 *
 * A difference is made smaller, choice by choice, and printed with what shows it again. In the end
 * it prints how often each operator, function and opcode occurred; with 10,000 cases or more none
 * may be missing. Exit status: 0 all agree, 1 not, 3 it could not look. */
#include "base/artifact.h"
#include "rules/expr/expr_priv.h"
#include "sluice/error.h"
#include "tests/oracle/draw_cel.h"
#include "tools/sluice/eval/engine.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FULL_COVERAGE_CASES 10000u
#define TRIES 20000u /* at a smaller case */

struct asked {
	char text[SL_DRAW_CEL_BYTES];
	struct sl_eval_binding bindings[SL_DRAW_CEL_BINDINGS];
	struct sl_eval_value values[SL_DRAW_CEL_FIELDS];
	uint16_t n_values;
	bool dynamic;
};

/* What became of a case. */
enum outcome { AGREE_VALUE, AGREE_FAULT, AGREE_MISTAKE, LEFT_ASIDE, DIFFER, OUTCOMES };

static struct sl_eval_set *set;
static struct sl_eval_engine *engine;
static struct sl_arena arena;
static uint64_t functions[SL_FUNCTION_COUNT], opcodes[SL_OP_COUNT], faults[SL_FAULT_COUNT];
static bool counting;

static void give_up(const char *what, const char *why)
{
	fprintf(stderr, "oracle_cel: %s: %s\n", what, why);
	exit(3);
}

static void open_set(void)
{
	static const char *const types[] = {
		[SL_TYPE_STRING] = "string",   [SL_TYPE_INT] = "int",
		[SL_TYPE_DECIMAL] = "decimal", [SL_TYPE_BOOL] = "bool",
		[SL_TYPE_TIME] = "time",       [SL_TYPE_STRINGS] = "strings"};
	struct sl_diagnostics *diagnostics = sl_diagnostics_new();
	char path[] = "/tmp/sluice-oracle-cel-XXXXXX";
	int fd = mkstemp(path);
	FILE *file = fd < 0 ? NULL : fdopen(fd, "w");

	if (!file || !diagnostics)
		give_up("cannot write", path);
	fprintf(file, "schema: oracle\nfields:\n");
	for (unsigned i = 0; i < SL_DRAW_CEL_FIELDS; i++)
		fprintf(file, "  %s: %s\n", sl_draw_cel_fields[i].path,
			types[sl_draw_cel_fields[i].type]);
	fclose(file);
	if (sl_eval_open_schema(path, diagnostics, &set))
		give_up(path, "is no schema");
	unlink(path);
	sl_diagnostics_free(diagnostics);
	if (sl_eval_engine_new(1u << 20, 100000, &engine))
		give_up("the engine", "no memory");
}

static void count_functions(const struct sl_expr *expr)
{
	if (expr->kind == SL_EXPR_CALL)
		functions[expr->function]++;
	for (uint32_t i = 0; i < expr->n_args; i++)
		count_functions(expr->args[i]);
}

static void draw_case(struct sl_choices *choices, struct asked *ret_asked)
{
	static const struct sl_draw_cel_names names = {
		.fields = sl_draw_cel_fields, .n_fields = SL_DRAW_CEL_FIELDS, .bindings = true};
	uint32_t type;

	ret_asked->n_values = sl_draw_cel_event(choices, ret_asked->values);
	sl_draw_cel_bindings(choices, ret_asked->bindings);
	ret_asked->dynamic = sl_choose_rarely(choices, 4);
	/* a third are conditions */
	type = sl_choose(choices, 3) ? sl_choose(choices, SL_DRAW_TYPES) : SL_DRAW_BOOL;
	sl_draw_cel(choices, &names, (enum sl_draw_type)type, ret_asked->text);
}

static struct sl_eval_question question_of(const struct asked *asked)
{
	return (struct sl_eval_question){.set = set,
					 .text = sl_slice_of(asked->text),
					 .bindings = asked->bindings,
					 .n_bindings = SL_DRAW_CEL_BINDINGS,
					 .dynamic = asked->dynamic};
}

/* Both answers; the values live until the next case. mistake: that side refused the expression. */
struct answers {
	struct sl_eval_any engine, reference;
	bool engine_mistake, reference_mistake;
	struct sl_eval_expression *expression;
};

static void answer(const struct asked *asked, struct answers *ret_answers)
{
	const struct sl_eval_question question = question_of(asked);
	struct sl_diagnostics *diagnostics = sl_diagnostics_new();
	int error;

	memset(ret_answers, 0, sizeof(*ret_answers));
	sl_arena_reset(&arena);
	error = sl_eval_engine_run(engine, &question, asked->values, asked->n_values, diagnostics,
				   &arena, counting ? opcodes : NULL, &ret_answers->engine);
	if (error && error != -SL_E_RULES)
		give_up(asked->text, sl_error_text(error));
	ret_answers->engine_mistake = error != 0;
	sl_diagnostics_free(diagnostics);
	diagnostics = sl_diagnostics_new();
	error = sl_eval_expression_new(&question, diagnostics, &ret_answers->expression);
	if (error && error != -SL_E_RULES)
		give_up(asked->text, sl_error_text(error));
	ret_answers->reference_mistake = error != 0;
	if (!error) {
		if (counting)
			count_functions(sl_eval_expression_tree(ret_answers->expression));
		ret_answers->reference = sl_eval_expression_run(ret_answers->expression,
								asked->values, asked->n_values);
	}
	sl_diagnostics_free(diagnostics);
}

static bool is_limit(const struct sl_eval_any *value)
{
	return value->kind == SL_KIND_ERROR && value->fault == SL_FAULT_LIMIT;
}

/* What is no truth in a loop stands where the loop's opcode or its part does. */
static bool is_same_place(const struct sl_eval_any *a, const struct sl_eval_any *b)
{
	return a->kind != SL_KIND_ERROR || a->fault == SL_FAULT_NO_OVERLOAD ||
	       a->offset == b->offset;
}

static enum outcome judge(const struct answers *answers)
{
	if (answers->engine_mistake || answers->reference_mistake)
		return answers->engine_mistake == answers->reference_mistake ? AGREE_MISTAKE
									     : DIFFER;
	if (is_limit(&answers->engine) || is_limit(&answers->reference))
		return LEFT_ASIDE;
	if (!sl_eval_same(&answers->engine, &answers->reference) ||
	    !is_same_place(&answers->engine, &answers->reference))
		return DIFFER;
	return answers->reference.kind == SL_KIND_ERROR ? AGREE_FAULT : AGREE_VALUE;
}

static enum outcome run_case(struct sl_choices *choices)
{
	static struct asked asked;
	struct answers answers;
	enum outcome outcome;

	draw_case(choices, &asked);
	answer(&asked, &answers);
	outcome = judge(&answers);
	if (counting && outcome == AGREE_FAULT)
		faults[answers.reference.fault]++;
	sl_eval_expression_free(answers.expression);
	return outcome;
}

/* ---- a difference -------------------------------------------------------------------------- */

static bool still_differs(struct sl_choices *choices)
{
	return run_case(choices) == DIFFER;
}

static void print_value(const char *who, const struct sl_eval_any *value, bool mistake)
{
	char text[4096];

	sl_eval_write_value(value, text, sizeof(text));
	printf("  %s %s", who, mistake ? "refuses it" : text);
	if (!mistake && value->kind == SL_KIND_ERROR)
		printf(", at byte %u", value->offset);
	printf("\n");
}

static void print_case(const struct asked *asked)
{
	char text[4096];

	printf("  %s%s\n", asked->text, asked->dynamic ? "   (dynamic)" : "");
	for (uint32_t i = 0; i < SL_DRAW_CEL_BINDINGS; i++) {
		struct sl_slice name = asked->bindings[i].name;

		if (!strstr(asked->text, name.at))
			continue;
		sl_eval_write_value(&asked->bindings[i].value, text, sizeof(text));
		printf("    %.*s = %s\n", SL_SLICE_ARGS(name), text);
	}
	for (uint16_t i = 0; i < asked->n_values; i++) {
		const struct sl_eval_value *value = &asked->values[i];

		if (!strstr(asked->text, value->path))
			continue;
		printf("    %s: ", value->path);
		if (value->type == SL_TYPE_STRING)
			printf("\"%.*s\"", (int)value->text.bytes, value->text.at);
		else if (value->type == SL_TYPE_DECIMAL)
			printf("%.17g", value->decimal);
		else if (value->type != SL_TYPE_STRINGS)
			printf("%lld", (long long)value->integer);
		for (uint32_t j = 0; value->type == SL_TYPE_STRINGS && j < value->count; j++)
			printf("%s\"%.*s\"", j ? ", " : "", (int)value->list[j].bytes,
			       value->list[j].at);
		printf("\n");
	}
}

static void report(struct sl_choices *choices, uint64_t seed)
{
	static struct asked asked;
	struct answers answers;

	counting = false;
	sl_choices_shrink(choices, TRIES, still_differs);
	draw_case(choices, &asked);
	answer(&asked, &answers);
	printf("seed %llu: engine and reference differ; made smaller:\n", (unsigned long long)seed);
	print_case(&asked);
	print_value("engine:   ", &answers.engine, answers.engine_mistake);
	print_value("reference:", &answers.reference, answers.reference_mistake);
	printf("again: oracle_cel --seed %llu --cases 1\n", (unsigned long long)seed);
	sl_eval_expression_free(answers.expression);
}

/* ---- coverage ------------------------------------------------------------------------------ */

/* Opcodes that only the matcher's rows of conditions have; END, which none needs; and HAS_BOUND,
 * which only asks what steps remember. */
static bool is_of_values(int opcode)
{
	static const uint8_t others[] = {SL_OP_END, SL_OP_FALSE, SL_OP_AND, SL_OP_OR,
					 SL_OP_HAS_BOUND};

	for (size_t i = 0; i < sizeof(others); i++)
		if (opcode == others[i])
			return false;
	return true;
}

static const char *opcode_name(int opcode)
{
	static const char *const names[SL_OP_COUNT] = {
#define SL_OPCODE(name, text, ...) [SL_OP_##name] = text,
#include "sluice/opcodes.def"
#undef SL_OPCODE
	};

	return names[opcode];
}

/* The number of what never occurred. */
static unsigned print_coverage(void)
{
	unsigned missing = 0;

	printf("functions:");
	for (int i = 1; i < SL_FUNCTION_COUNT; i++) {
		printf(" %s %llu", sl_function_info((enum sl_function)i)->text,
		       (unsigned long long)functions[i]);
		missing += functions[i] == 0;
	}
	printf("\nopcodes:");
	for (int i = 0; i < SL_OP_COUNT; i++) {
		printf(" %s %llu", opcode_name(i), (unsigned long long)opcodes[i]);
		missing += is_of_values(i) && opcodes[i] == 0;
	}
	printf("\nfaults:");
	for (int i = 1; i < SL_FAULT_COUNT; i++)
		printf(" \"%s\" %llu", sl_eval_fault_text((uint32_t)i),
		       (unsigned long long)faults[i]);
	printf("\n");
	return missing;
}

int main(int argc, char **argv)
{
	static struct sl_choices choices;
	uint64_t seed = 1, cases = 20000, counts[OUTCOMES] = {0}, done = 0;
	unsigned missing;

	for (int i = 1; i + 1 < argc; i += 2) {
		if (strcmp(argv[i], "--cases") == 0)
			cases = strtoull(argv[i + 1], NULL, 10);
		else if (strcmp(argv[i], "--seed") == 0)
			seed = strtoull(argv[i + 1], NULL, 10);
		else
			give_up("unknown option", argv[i]);
	}
	open_set();
	printf("seed %llu\n", (unsigned long long)seed);
	counting = true;
	for (; done < cases && !counts[DIFFER]; done++, seed++) {
		sl_choices_begin(&choices, seed);
		counts[run_case(&choices)]++;
		if (counts[DIFFER])
			report(&choices, seed);
	}
	missing = print_coverage();
	printf("%llu cases: %llu values, %llu faults, %llu mistakes, %llu limits; "
	       "%u never occurred\n",
	       (unsigned long long)done, (unsigned long long)counts[AGREE_VALUE],
	       (unsigned long long)counts[AGREE_FAULT], (unsigned long long)counts[AGREE_MISTAKE],
	       (unsigned long long)counts[LEFT_ASIDE], missing);
	sl_eval_engine_free(engine);
	sl_eval_close(set);
	sl_arena_fini(&arena);
	/* where hardly anything has a value, agreeing proves nothing */
	if (counts[DIFFER] || (done >= 1000 && counts[AGREE_VALUE] < done / 3))
		return 1;
	return done >= FULL_COVERAGE_CASES && missing ? 1 : 0;
}
