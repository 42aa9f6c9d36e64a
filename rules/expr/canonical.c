#include "rules/expr/expr_priv.h"

#include <math.h>

static void add_byte(struct sl_buffer *buffer, uint8_t byte)
{
	sl_buffer_add(buffer, &byte, 1);
}

static void add_literal(const struct sl_expr *expr, struct sl_buffer *buffer)
{
	add_byte(buffer, 'L');
	add_byte(buffer, expr->type);
	switch (expr->type) {
	case SL_KIND_STRING:
	case SL_KIND_BYTES:
		sl_buffer_add_slice(buffer, expr->text);
		return;
	case SL_KIND_DOUBLE: /* the bits: 1.0 / -0.0 is not 1.0 / 0.0 */
		sl_buffer_add(buffer, &expr->decimal, sizeof(expr->decimal));
		return;
	case SL_KIND_TIMESTAMP:
	case SL_KIND_DURATION:
		sl_buffer_add(buffer, &expr->nanos, sizeof(expr->nanos));
		break;
	default:
		break;
	}
	sl_buffer_add(buffer, &expr->integer, sizeof(expr->integer));
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
	case SL_EXPR_VARIABLE: /* by its place, whatever it is called */
		add_byte(buffer, 'V');
		sl_buffer_add(buffer, &expr->slot, sizeof(expr->slot));
		return;
	case SL_EXPR_BOUND:
	case SL_EXPR_NAME:
		add_byte(buffer, 'N');
		sl_buffer_add_slice(buffer, expr->text);
		return;
	case SL_EXPR_SELECT:
		add_byte(buffer, 'S');
		sl_buffer_add_slice(buffer, expr->text);
		break;
	case SL_EXPR_CALL:
		add_byte(buffer, 'C');
		sl_buffer_add_slice(buffer, expr->text);
		break;
	case SL_EXPR_MAP:
		add_byte(buffer, 'M');
		break;
	default:
		add_byte(buffer, 'A');
		break;
	}
	sl_buffer_add(buffer, &expr->n_args, sizeof(expr->n_args));
	for (uint32_t i = 0; i < expr->n_args; i++)
		sl_expr_canonical(expr->args[i], buffer);
}
