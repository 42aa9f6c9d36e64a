#include "tests/unit/rules/rules_fixture.h"

#include "tests/unit/rules/expression_fixture.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>

uint32_t expression_room_bytes, expression_room_steps;

static char written[262144];
static size_t n_written;

__attribute__((format(printf, 1, 2))) static void put(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	n_written +=
		(size_t)vsnprintf(written + n_written, sizeof(written) - n_written, format, args);
	va_end(args);
	assert_true(n_written < sizeof(written));
}

static void put_text(const char *at, uint32_t bytes)
{
	put("\"");
	for (uint32_t i = 0; i < bytes; i++) {
		if ((unsigned char)at[i] < 0x20 || at[i] == 0x7f || at[i] == '"' || at[i] == '\\')
			put("\\%02x", (unsigned char)at[i]);
		else
			put("%c", at[i]);
	}
	put("\"");
}

static void put_double(double value)
{
	char text[40];

	if (isnan(value)) {
		put("NaN");
		return;
	}
	for (int digits = 1; digits <= 17; digits++) {
		snprintf(text, sizeof(text), "%.*g", digits, value);
		if (strtod(text, NULL) == value)
			break;
	}
	put("%s%s", text, strpbrk(text, ".einf") ? "" : ".0");
}

static const char *const kinds[SL_KINDS] = {
	[SL_KIND_STRING] = "string",     [SL_KIND_INT] = "int",
	[SL_KIND_DOUBLE] = "double",     [SL_KIND_BOOL] = "bool",
	[SL_KIND_LIST] = "list",         [SL_KIND_MAP] = "map",
	[SL_KIND_UINT] = "uint",         [SL_KIND_BYTES] = "bytes",
	[SL_KIND_NULL] = "null_type",    [SL_KIND_TIMESTAMP] = "timestamp",
	[SL_KIND_DURATION] = "duration", [SL_KIND_TYPE] = "type",
};

static const char *const faults[SL_FAULT_COUNT] = {
#define SL_FAULT(name, text) [SL_FAULT_##name] = #name,
#include "sluice/faults.def"
#undef SL_FAULT
};

static void put_value(const struct sl_artifact *artifact, const struct sl_any *value)
{
	bool map = value->kind == SL_KIND_MAP;

	switch (value->kind) {
	case SL_KIND_INT:
		put("%" PRId64, value->integer);
		break;
	case SL_KIND_UINT:
		put("%" PRIu64 "u", value->natural);
		break;
	case SL_KIND_DOUBLE:
		put_double(value->decimal);
		break;
	case SL_KIND_BOOL:
		put("%s", value->integer ? "true" : "false");
		break;
	case SL_KIND_NULL:
		put("null");
		break;
	case SL_KIND_BYTES:
		put("b");
		put_text(value->text, value->count);
		break;
	case SL_KIND_STRING:
		put_text(value->text, value->count);
		break;
	case SL_KIND_TIMESTAMP:
	case SL_KIND_DURATION:
		put("%s(%" PRId64 ".%d)", kinds[value->kind], value->integer, value->nanos);
		break;
	case SL_KIND_TYPE:
		put("type(%s)", kinds[value->integer]);
		break;
	case SL_KIND_LIST:
	case SL_KIND_MAP:
		put(map ? "{" : "[");
		for (uint32_t i = 0; i < value->count * (map ? 2 : 1); i++) {
			struct sl_any member = sl_any_member(artifact, value, i);

			put("%s", i == 0 ? "" : map && i % 2 ? ": " : ", ");
			put_value(artifact, &member);
		}
		put(map ? "}" : "]");
		break;
	case SL_KIND_ERROR:
		put("!%s", faults[value->integer]);
		break;
	default:
		put("kind %u", value->kind);
	}
}

static void run(const struct sl_expression *expression, const struct sl_event *event,
		uint32_t *ret_at)
{
	char why[SL_SENTENCE_BYTES];
	struct sl_program_room *room;
	struct sl_artifact *artifact;
	struct sl_any value;

	if (sl_artifact_view(expression->bytes, expression->n_bytes, &artifact, why)) {
		put("refused: %s", why);
		return;
	}
	assert_int_equal(sl_program_room_new(expression_room_bytes ? expression_room_bytes : 65536,
					     expression_room_steps ? expression_room_steps : 100000,
					     &room),
			 0);
	assert_int_equal(expression->n_offsets, artifact->n_code);
	sl_program_evaluate(artifact, artifact->code, artifact->n_code, event, NULL, 0, room,
			    &value);
	put_value(artifact, &value);
	if (value.kind == SL_KIND_ERROR && ret_at)
		*ret_at = expression->offsets[value.count];
	/* the truth of a filter is the value's */
	if (value.kind == SL_KIND_BOOL || value.kind == SL_KIND_ERROR)
		assert_int_equal(
			sl_program_run(artifact, artifact->code, artifact->n_code, event, room),
			value.kind == SL_KIND_BOOL ? (enum sl_truth)value.integer : SL_UNKNOWN);
	sl_program_room_free(room);
	sl_artifact_close(artifact);
}

const char *answer_of(const char *text, const struct sl_schema *schema,
		      const struct sl_event *event, bool dynamic)
{
	struct sl_expression_question question = {
		.schema = schema, .text = sl_slice_of(text), .dynamic = dynamic};
	struct sl_diagnostics *diagnostics = sl_diagnostics_new();
	struct sl_expression expression;

	assert_non_null(diagnostics);
	n_written = 0;
	if (sl_expression_compile(&question, diagnostics, &expression)) {
		put("?%s", codes_of(diagnostics));
	} else {
		run(&expression, event, NULL);
		sl_expression_fini(&expression);
	}
	sl_diagnostics_free(diagnostics);
	return written;
}

void check_cases(const struct expression_case *cases, size_t n, bool dynamic)
{
	size_t wrong = 0;

	for (size_t i = 0; i < n; i++) {
		const char *answer = answer_of(cases[i].text, NULL, NULL, dynamic);

		if (strcmp(answer, cases[i].answer) == 0)
			continue;
		print_error("%s: is %s, not %s\n", cases[i].text, answer, cases[i].answer);
		wrong++;
	}
	assert_int_equal(wrong, 0);
}

long fault_offset(const char *text)
{
	struct sl_expression_question question = {.text = sl_slice_of(text), .dynamic = true};
	struct sl_diagnostics *diagnostics = sl_diagnostics_new();
	struct sl_expression expression;
	uint32_t at = UINT32_MAX;

	n_written = 0;
	assert_int_equal(sl_expression_compile(&question, diagnostics, &expression), 0);
	run(&expression, NULL, &at);
	sl_expression_fini(&expression);
	sl_diagnostics_free(diagnostics);
	return at == UINT32_MAX ? -1 : (long)at;
}
