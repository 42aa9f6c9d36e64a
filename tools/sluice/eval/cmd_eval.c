/* sluice eval: one condition evaluated, or a batch of them. Needs no gateway. */
#include "sluice/error.h"
#include "tools/sluice/commands/commands.h"
#include "tools/sluice/eval/answer.h"
#include "tools/sluice/eval/batch.h"
#include "tools/sluice/gateway/api.h"
#include "tools/sluice/rulesets/rule_arguments.h"
#include "tools/sluice/rulesets/verdict.h"
#include "tools/sluice/terminal_text.h"

#include <argp.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

static const char help[] =
	"Evaluates one expression of the rule language, or a batch of them."
	"\vNames come from --event, one JSON object, typed by the --schema or as it is, and from "
	"--bind. "
	"Values are written with their type: {\"int\":\"7\"}, {\"string\":\"a\"}, "
	"{\"list\":[{\"int\":\"1\"}]}; also uint, double, bytes (base64), bool, null, map "
	"([[key, value], …]), timestamp, duration, type.\n\n"
	"With --batch each line of standard input is a case, answered by one line, in order:\n\n"
	"  {\"id\":\"a\",\"expr\":\"x + 1\",\"bind\":{\"x\":{\"int\":\"2\"}}}\n"
	"  {\"id\":\"a\",\"value\":{\"int\":\"3\"}}\n"
	"  {\"id\":\"b\",\"error\":{\"kind\":\"runtime\",\"message\":\"…\",\"line\":1,"
	"\"column\":3}}\n\n"
	"Kinds of errors: syntax, type, runtime, unsupported. A case with \"check\":false is not "
	"typed before it runs.\n\n"
	"Examples:\n"
	"  sluice eval '1 + 2 == 3'\n"
	"  sluice eval 'amount > 500' --schema bank.yaml --event event.json\n"
	"  sluice eval 'x.size()' --bind 'x={\"string\":\"한글\"}' --json\n\n"
	"Exit codes: 0 there is a value (with --batch: every line was answered); 1 there is an "
	"error instead; 2 used wrongly; 3 a file could not be read.";

enum { KEY_EVENT = 256, KEY_SCHEMA, KEY_BIND, KEY_BATCH, KEY_JSON, KEY_NO_CHECK, KEY_REFERENCE };

static const struct argp_option table[] = {
	{"event", KEY_EVENT, "FILE", 0, "an event to ask (- is standard input)", 0},
	{"schema", KEY_SCHEMA, "FILE", 0, "the bank's schema", 0},
	{"bind", KEY_BIND, "NAME=TYPED", 0, "a name and its value; may be given again", 0},
	{"batch", KEY_BATCH, NULL, 0, "cases on standard input, answers on standard output", 0},
	{"no-check", KEY_NO_CHECK, NULL, 0, "no static types, as \"check\":false", 0},
	{"reference", KEY_REFERENCE, NULL, 0, "ask the slow, plain evaluator, not the engine", 0},
	{"json", KEY_JSON, NULL, 0, "JSON on standard output", 0},
	{0},
};

struct eval {
	const char *expr, *event, *schema;
	json_t *bind;
	bool batch, json, dynamic, reference;
};

static void take_binding(struct eval *eval, const char *arg, struct argp_state *state)
{
	const char *equals = strchr(arg, '=');
	char name[128];
	json_error_t why;
	json_t *value;

	if (!equals || equals == arg || (size_t)(equals - arg) >= sizeof(name))
		argp_error(state, "--bind takes NAME=TYPED, as in x={\"int\":\"7\"}");
	snprintf(name, sizeof(name), "%.*s", (int)(equals - arg), arg);
	value = json_loads(equals + 1, JSON_ALLOW_NUL, &why);
	if (!value)
		argp_error(state, "--bind %s: not JSON: %s; write %s='{\"string\":\"a\"}'", name,
			   why.text, name);
	if (json_object_set_new(eval->bind, name, value))
		argp_error(state, "--bind %s: this is no name", name);
}

static error_t take(int key, char *arg, struct argp_state *state)
{
	struct eval *eval = state->input;

	switch (key) {
	case KEY_EVENT:
		eval->event = arg;
		return 0;
	case KEY_SCHEMA:
		eval->schema = arg;
		return 0;
	case KEY_BIND:
		take_binding(eval, arg, state);
		return 0;
	case KEY_BATCH:
		eval->batch = true;
		return 0;
	case KEY_NO_CHECK:
		eval->dynamic = true;
		return 0;
	case KEY_REFERENCE:
		eval->reference = true;
		return 0;
	case KEY_JSON:
		eval->json = true;
		return 0;
	case ARGP_KEY_ARG:
		if (eval->expr)
			argp_error(state, "one expression, in quotes; '%s' is too much", arg);
		eval->expr = arg;
		return 0;
	case ARGP_KEY_END:
		if (eval->batch && eval->expr)
			argp_error(state, "with --batch expressions come on standard input");
		if (!eval->batch && !eval->expr)
			argp_error(state, "which expression?");
		if (eval->batch && json_object_size(eval->bind))
			argp_error(state, "with --batch each case has its own \"bind\"");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

/* An error of the run, at its place in the expression, as mistakes are shown. */
static void print_error(const json_t *answer, const char *expr)
{
	bool one_line = !strchr(expr, '\n') && strlen(expr) < 300;
	struct sl_diagnostic error = {
		.severity = SL_SEVERITY_ERROR,
		.file = "",
		.line = (unsigned)sl_api_int(answer, "error.line", 0),
		.column = (unsigned)sl_api_int(answer, "error.column", 0),
		.code = sl_api_text(answer, "error.kind", ""),
		.message = sl_api_text(answer, "error.message", ""),
		.hint = "",
	};
	char text[2048];

	error.source = one_line && error.line ? expr : "";
	sl_diagnostic_format(&error, text, sizeof(text));
	sl_terminal_put_lines(stderr, text);
}

static void print_for_people(const json_t *answer, const struct sl_diagnostics *mistakes,
			     const char *expr)
{
	const json_t *value = json_object_get(answer, "value");

	if (value)
		sl_api_print(value);
	else if (sl_diagnostics_count(mistakes, SL_SEVERITY_ERROR))
		sl_verdict_diagnostics(mistakes);
	else
		print_error(answer, expr);
}

static int eval_one(const struct eval *eval, struct sl_eval_asker *asker)
{
	const struct sl_eval_ask ask = {
		.text = sl_slice_of(eval->expr), .bind = eval->bind, .dynamic = eval->dynamic};
	struct sl_diagnostics *mistakes = sl_diagnostics_new();
	json_t *answer = mistakes ? sl_eval_answer_to(asker, &ask, mistakes) : NULL;
	int result = SL_EXIT_FAILED;

	if (!answer)
		fprintf(stderr, "sluice eval: %s\n", sl_error_text(-ENOMEM));
	else if (eval->json)
		sl_api_print(answer);
	else
		print_for_people(answer, mistakes, eval->expr);
	if (answer)
		result = json_object_get(answer, "value") ? SL_EXIT_DONE : SL_EXIT_NO;
	json_decref(answer);
	sl_diagnostics_free(mistakes);
	return result;
}

const struct argp sl_eval_argp = {table, take, "[EXPR]", help, NULL, NULL, NULL};

int sl_cmd_eval(int argc, char **argv)
{
	struct eval eval = {.bind = json_object()};
	struct sl_eval_asker *asker = NULL;
	int result;

	argp_parse(&sl_eval_argp, argc, argv, 0, NULL, &eval);
	result = sl_rule_schema_check("sluice eval", eval.schema);
	if (!result)
		result = sl_eval_asker_new(eval.schema, eval.event, eval.reference, &asker);
	if (!result)
		result = eval.batch ? sl_eval_batch(asker, stdin, stdout) : eval_one(&eval, asker);
	sl_eval_asker_free(asker);
	json_decref(eval.bind);
	return result;
}
