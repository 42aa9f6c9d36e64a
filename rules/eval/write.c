/* Trees as text again. Brackets stand where an operator binds less than what is around it. */
#include "rules/eval/walk_priv.h"

#include <math.h>
#include <stdio.h>

struct writer {
	char *at;
	size_t room, bytes; /* bytes counts on where the room has ended */
};

static void put(struct writer *writer, struct sl_slice text)
{
	for (uint32_t i = 0; i < text.bytes; i++, writer->bytes++)
		if (writer->bytes + 1 < writer->room)
			writer->at[writer->bytes] = text.at[i];
}

static void put_string(struct writer *writer, const char *text)
{
	put(writer, sl_slice_of(text));
}

static void put_quoted(struct writer *writer, struct sl_slice text, bool is_bytes)
{
	put_string(writer, is_bytes ? "b\"" : "\"");
	for (uint32_t i = 0; i < text.bytes; i++) {
		unsigned char c = (unsigned char)text.at[i];
		char escaped[8];

		if (c == '"' || c == '\\')
			snprintf(escaped, sizeof(escaped), "\\%c", c);
		else if (c < 0x20 || c == 0x7f || (is_bytes && c >= 0x80))
			snprintf(escaped, sizeof(escaped), is_bytes ? "\\x%02x" : "\\u%04x", c);
		else
			snprintf(escaped, sizeof(escaped), "%c", c);
		put_string(writer, escaped);
	}
	put_string(writer, "\"");
}

static void put_double(struct writer *writer, double value)
{
	char text[400];

	sl_eval_print_general(value, text);
	if (isnan(value))
		strcpy(text, "(0.0 / 0.0)");
	else if (isinf(value))
		strcpy(text, value > 0 ? "(1.0 / 0.0)" : "(-1.0 / 0.0)");
	else if (!strpbrk(text, ".e"))
		strcat(text, ".0");
	put_string(writer, text);
}

static void put_value(struct writer *writer, const struct sl_eval_any *value);

static void put_items(struct writer *writer, const struct sl_eval_any *items, uint32_t n,
		      bool pairs)
{
	for (uint32_t i = 0; i < n; i++) {
		if (i)
			put_string(writer, pairs && i % 2 ? ": " : ", ");
		put_value(writer, &items[i]);
	}
}

static void put_scalar(struct writer *writer, const struct sl_eval_any *value)
{
	char text[64], call[96];

	switch (value->kind) {
	case SL_KIND_TIMESTAMP:
		sl_eval_print_instant(value, text);
		snprintf(call, sizeof(call), "timestamp(\"%s\")", text);
		break;
	case SL_KIND_DURATION:
		sl_eval_print_duration(value, text);
		snprintf(call, sizeof(call), "duration(\"%s\")", text);
		break;
	case SL_KIND_BOOL:
		strcpy(call, value->integer ? "true" : "false");
		break;
	case SL_KIND_NULL:
		strcpy(call, "null");
		break;
	case SL_KIND_TYPE:
		snprintf(call, sizeof(call), "%s", sl_eval_kind_name((uint8_t)value->integer));
		break;
	case SL_KIND_UINT:
		snprintf(call, sizeof(call), "%lluu", (unsigned long long)value->natural);
		break;
	case SL_KIND_ERROR:
		put_string(writer, sl_eval_fault_text(value->fault));
		return;
	default:
		snprintf(call, sizeof(call), "%lld", (long long)value->integer);
	}
	put_string(writer, call);
}

static void put_value(struct writer *writer, const struct sl_eval_any *value)
{
	switch (value->kind) {
	case SL_KIND_STRING:
	case SL_KIND_BYTES:
		put_quoted(writer, value->text, value->kind == SL_KIND_BYTES);
		break;
	case SL_KIND_DOUBLE:
		put_double(writer, value->decimal);
		break;
	case SL_KIND_LIST:
		put_string(writer, "[");
		put_items(writer, value->items, value->count, false);
		put_string(writer, "]");
		break;
	case SL_KIND_MAP:
		put_string(writer, "{");
		put_items(writer, value->items, 2 * value->count, true);
		put_string(writer, "}");
		break;
	default:
		put_scalar(writer, value);
	}
}

/* How tightly a node holds together, from 0, a ternary, to 7, a name. */
static int level_of(const struct sl_expr *expr)
{
	if (expr->kind == SL_EXPR_LITERAL &&
	    (expr->type == SL_KIND_INT || expr->type == SL_KIND_DOUBLE) &&
	    (expr->type == SL_KIND_INT ? expr->integer < 0 : signbit(expr->decimal)))
		return 6;
	if (expr->kind != SL_EXPR_CALL)
		return 7;
	switch (expr->function) {
	case SL_FUNCTION_CONDITIONAL:
		return 0;
	case SL_FUNCTION_OR:
		return 1;
	case SL_FUNCTION_AND:
		return 2;
	case SL_FUNCTION_EQ:
	case SL_FUNCTION_NE:
	case SL_FUNCTION_LT:
	case SL_FUNCTION_LE:
	case SL_FUNCTION_GT:
	case SL_FUNCTION_GE:
	case SL_FUNCTION_IN:
		return 3;
	case SL_FUNCTION_ADD:
	case SL_FUNCTION_SUBTRACT:
		return 4;
	case SL_FUNCTION_MULTIPLY:
	case SL_FUNCTION_DIVIDE:
	case SL_FUNCTION_MODULO:
		return 5;
	case SL_FUNCTION_NOT:
	case SL_FUNCTION_NEGATE:
		return 6;
	default:
		return 7;
	}
}

static void put_expr(struct writer *writer, const struct sl_expr *expr, int level);

static void put_list(struct writer *writer, const struct sl_expr *expr, uint32_t first)
{
	bool pairs = expr->kind == SL_EXPR_MAP;

	for (uint32_t i = first; i < expr->n_args; i++) {
		if (i > first)
			put_string(writer, pairs && (i - first) % 2 ? ": " : ", ");
		put_expr(writer, expr->args[i], 0);
	}
}

static void put_call(struct writer *writer, const struct sl_expr *call, int level)
{
	const char *name = sl_function_info((enum sl_function)call->function)->text;

	switch (call->function) {
	case SL_FUNCTION_CONDITIONAL:
		put_expr(writer, call->args[0], 1);
		put_string(writer, " ? ");
		put_expr(writer, call->args[1], 1);
		put_string(writer, " : ");
		put_expr(writer, call->args[2], 0);
		return;
	case SL_FUNCTION_INDEX:
		put_expr(writer, call->args[0], 7);
		put_string(writer, "[");
		put_expr(writer, call->args[1], 0);
		put_string(writer, "]");
		return;
	case SL_FUNCTION_NOT:
	case SL_FUNCTION_NEGATE:
		put_string(writer, call->function == SL_FUNCTION_NOT ? "!" : "-");
		put_expr(writer, call->args[0], 7);
		return;
	default:
		break;
	}
	if (level < 7) {
		for (uint32_t i = 0; i < call->n_args; i++) {
			if (i) {
				put_string(writer, " ");
				put_string(writer, name);
				put_string(writer, " ");
			}
			put_expr(writer, call->args[i], i ? level + 1 : level);
		}
		return;
	}
	if (call->member) {
		put_expr(writer, call->args[0], 7);
		put_string(writer, ".");
	}
	put(writer, call->function == SL_FUNCTION_NONE ? call->text : sl_slice_of(name));
	put_string(writer, "(");
	put_list(writer, call, call->member ? 1 : 0);
	put_string(writer, ")");
}

static void put_expr(struct writer *writer, const struct sl_expr *expr, int level)
{
	struct sl_eval_any literal;
	int own = level_of(expr);

	if (own < level)
		put_string(writer, "(");
	switch (expr->kind) {
	case SL_EXPR_LITERAL:
		literal = sl_eval_literal(expr);
		put_value(writer, &literal);
		break;
	case SL_EXPR_LIST:
		put_string(writer, "[");
		put_list(writer, expr, 0);
		put_string(writer, "]");
		break;
	case SL_EXPR_MAP:
		put_string(writer, "{");
		put_list(writer, expr, 0);
		put_string(writer, "}");
		break;
	case SL_EXPR_SELECT:
		put_expr(writer, expr->args[0], 7);
		put_string(writer, ".");
		put(writer, expr->text);
		break;
	case SL_EXPR_CALL:
		put_call(writer, expr, own);
		break;
	default:
		put(writer, expr->text);
	}
	if (own < level)
		put_string(writer, ")");
}

static size_t end(const struct writer *writer)
{
	if (writer->room)
		writer->at[writer->bytes < writer->room ? writer->bytes : writer->room - 1] = '\0';
	return writer->bytes;
}

size_t sl_eval_write(const struct sl_expr *expr, char *at, size_t room)
{
	struct writer writer = {.at = at, .room = room};

	put_expr(&writer, expr, 0);
	return end(&writer);
}

size_t sl_eval_write_value(const struct sl_eval_any *value, char *at, size_t room)
{
	struct writer writer = {.at = at, .room = room};

	put_value(&writer, value);
	return end(&writer);
}
