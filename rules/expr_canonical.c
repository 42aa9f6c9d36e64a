#include "rules/expr_priv.h"

#include <math.h>

static void add_byte(struct sl_buffer *buffer, uint8_t byte)
{
	sl_buffer_add(buffer, &byte, 1);
}

static void add_literal(const struct sl_expr *expr, struct sl_buffer *buffer)
{
	add_byte(buffer, 'L');
	add_byte(buffer, expr->type);
	if (expr->type == SL_TYPE_STRING) {
		sl_buffer_add_slice(buffer, expr->text);
	} else if (expr->type == SL_TYPE_DECIMAL) {
		double value = fpclassify(expr->decimal) == FP_ZERO ? 0.0 : expr->decimal;

		sl_buffer_add(buffer, &value, sizeof(value));
	} else {
		sl_buffer_add(buffer, &expr->integer, sizeof(expr->integer));
	}
}

void sl_expr_canonical(const struct sl_expr *expr, struct sl_buffer *buffer)
{
	switch (expr->kind) {
	case SL_EXPR_LITERAL:
		add_literal(expr, buffer);
		return;
	case SL_EXPR_FIELD:
		add_byte(buffer, 'F');
		add_byte(buffer, expr->type);
		sl_buffer_add_slice(buffer, expr->text);
		return;
	case SL_EXPR_CALL:
		add_byte(buffer, 'C');
		sl_buffer_add_slice(buffer, expr->text);
		break;
	default:
		add_byte(buffer, 'A');
		break;
	}
	sl_buffer_add(buffer, &expr->n_args, sizeof(expr->n_args));
	for (uint32_t i = 0; i < expr->n_args; i++)
		sl_expr_canonical(expr->args[i], buffer);
}
