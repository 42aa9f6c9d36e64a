/* The facts that one test gives. */
#include "rules/plan/facts_priv.h"

#include <math.h>

/* Of an escaped literal that may be an atom: the library takes expressions of 16,000 bytes. */
#define ATOM_BYTES_MAX 3900u

#define NS_PER_S 1000000000ll

/* The slot that a test asks, and its type: of a field, or of what a macro walks through. */
static bool operand(const struct sl_cover_context *context, const struct sl_expr *expr,
		    struct sl_fact *fact)
{
	int32_t slot = -1;

	if (expr->kind == SL_EXPR_FIELD)
		slot = expr->slot;
	else if (expr->kind == SL_EXPR_VARIABLE && expr->slot < context->n_variables)
		slot = context->variables[expr->slot];
	if (slot < 0)
		return false;
	fact->slot = (uint16_t)slot;
	fact->type = context->schema->fields[slot].type;
	/* a field that is a list is no text, but each that a macro takes from it is one */
	if (expr->kind == SL_EXPR_FIELD)
		return fact->type != SL_TYPE_STRINGS;
	return fact->type == SL_TYPE_STRINGS;
}

/* Of a time literal, which may be outside of what fields hold: then the nearest that is not equal
 * to anything, since those ends are kept free. */
static int64_t nanoseconds(const struct sl_expr *literal)
{
	__int128 ns;

	if (literal->type == SL_TYPE_TIME)
		return literal->integer;
	ns = (__int128)literal->integer * NS_PER_S + literal->nanos;
	return ns > INT64_MAX ? INT64_MAX : ns < INT64_MIN ? INT64_MIN : (int64_t)ns;
}

/* A constant of the slot's own type. Other kinds of numbers are compared by the program. */
static bool constant(const struct sl_expr *literal, struct sl_fact *fact)
{
	uint8_t type = literal->type == SL_KIND_TIMESTAMP ? SL_TYPE_TIME : literal->type;

	if (literal->kind != SL_EXPR_LITERAL)
		return false;
	if (type != (fact->type == SL_TYPE_STRINGS ? SL_TYPE_STRING : fact->type))
		return false;
	if (type == SL_TYPE_STRING) {
		fact->text = literal->text;
		return true;
	}
	if (type == SL_TYPE_DECIMAL && isnan(literal->decimal))
		return false;
	fact->low = fact->high = sl_filing_number(
		type, type == SL_TYPE_TIME ? nanoseconds(literal) : literal->integer,
		type == SL_TYPE_DECIMAL ? literal->decimal : 0);
	return true;
}

/* From low (the constant) to where the comparison lets it go. */
static struct sl_cover range(struct sl_cover_context *context, struct sl_fact fact,
			     enum sl_function function)
{
	int64_t value = fact.low;
	bool below = function == SL_FUNCTION_LT || function == SL_FUNCTION_LE;
	bool strict = function == SL_FUNCTION_LT || function == SL_FUNCTION_GT;

	if (fact.type != SL_TYPE_INT && fact.type != SL_TYPE_TIME && fact.type != SL_TYPE_DECIMAL)
		return sl_cover_any(context);
	if (strict && value == (below ? INT64_MIN : INT64_MAX))
		return sl_cover_never();
	value += strict ? (below ? -1 : 1) : 0;
	fact.kind = SL_FACT_RANGE;
	fact.low = below ? INT64_MIN : value;
	fact.high = below ? value : INT64_MAX;
	return sl_cover_fact(context, fact);
}

static struct sl_cover comparison(struct sl_cover_context *context, const struct sl_expr *call,
				  bool negated)
{
	enum sl_function function = (enum sl_function)call->function;
	const struct sl_expr *a = call->args[0], *b = call->args[1];
	struct sl_fact fact = {.kind = SL_FACT_EQUAL, .exact = true};

	if (!operand(context, a, &fact)) {
		const struct sl_expr *swap = a;

		a = b;
		b = swap;
		function = sl_function_mirrored(function);
		if (!operand(context, a, &fact))
			return sl_cover_any(context);
	}
	if (!constant(b, &fact))
		return sl_cover_any(context);
	/* that a NaN is not less does not make it greater */
	if (negated && fact.type == SL_TYPE_DECIMAL && function != SL_FUNCTION_NE)
		return sl_cover_any(context);
	if (negated)
		function = sl_function_inverse(function);
	if (function == SL_FUNCTION_NE && fact.type == SL_TYPE_BOOL) {
		fact.low = fact.high = !fact.low;
		function = SL_FUNCTION_EQ;
	}
	if (function == SL_FUNCTION_NE)
		return sl_cover_any(context);
	return function == SL_FUNCTION_EQ ? sl_cover_fact(context, fact)
					  : range(context, fact, function);
}

/* A constant that no value of the slot equals. Numbers of different kinds may be equal. */
static bool never_equals(const struct sl_expr *literal, const struct sl_fact *fact)
{
	return literal->kind == SL_EXPR_LITERAL && literal->type != SL_TYPE_STRING &&
	       (fact->type == SL_TYPE_STRING || fact->type == SL_TYPE_STRINGS);
}

/* `field in [constants]`: a row for each; `"x" in field`. */
static struct sl_cover membership(struct sl_cover_context *context, const struct sl_expr *call)
{
	const struct sl_expr *item = call->args[0], *list = call->args[1];
	struct sl_fact fact = {.kind = SL_FACT_EQUAL, .exact = true};
	struct sl_cover *rows;

	if (list->kind == SL_EXPR_FIELD) {
		fact.slot = list->slot;
		fact.type = context->schema->fields[list->slot].type;
		return fact.type == SL_TYPE_STRINGS && constant(item, &fact)
			       ? sl_cover_fact(context, fact)
			       : sl_cover_any(context);
	}
	if (list->kind != SL_EXPR_LIST || !operand(context, item, &fact))
		return sl_cover_any(context);
	for (uint32_t i = 0; i < list->n_args; i++) {
		struct sl_fact one = fact;

		if (!constant(list->args[i], &one) && !never_equals(list->args[i], &fact))
			return sl_cover_any(context);
	}
	rows = list->n_args ? sl_arena_alloc(context->arena, list->n_args * sizeof(*rows)) : NULL;
	for (uint32_t i = 0; i < list->n_args && rows; i++) {
		struct sl_fact one = fact;

		rows[i] = constant(list->args[i], &one) ? sl_cover_fact(context, one)
							: sl_cover_never();
	}
	return sl_cover_either(context, rows, list->n_args);
}

bool sl_fact_fits_atom(struct sl_slice text)
{
	uint32_t n = text.bytes;

	for (uint32_t i = 0; i < text.bytes; i++)
		n += (unsigned char)text.at[i] <= SL_CANON_ESCAPE;
	return n <= ATOM_BYTES_MAX;
}

static struct sl_cover text_test(struct sl_cover_context *context, const struct sl_expr *call,
				 enum sl_fact_kind kind)
{
	struct sl_fact fact = {.kind = kind};

	if (call->n_args != 2 || !operand(context, call->args[0], &fact) ||
	    fact.type < SL_TYPE_STRING || !constant(call->args[1], &fact))
		return sl_cover_any(context);
	if (kind == SL_FACT_REGEX)
		return sl_cover_regex(context, fact);
	/* every text holds the empty one: nothing to look for */
	if (fact.text.bytes == 0 || !sl_fact_fits_atom(fact.text))
		return sl_cover_any(context);
	fact.exact = true;
	return sl_cover_fact(context, fact);
}

struct sl_cover sl_cover_test(struct sl_cover_context *context, const struct sl_expr *expr,
			      bool negated)
{
	struct sl_fact fact = {.kind = SL_FACT_EQUAL, .exact = true};

	if (expr->kind == SL_EXPR_FIELD && operand(context, expr, &fact) &&
	    fact.type == SL_TYPE_BOOL) {
		fact.low = fact.high = !negated;
		return sl_cover_fact(context, fact);
	}
	if (expr->kind != SL_EXPR_CALL)
		return sl_cover_any(context);
	switch (expr->function) {
	case SL_FUNCTION_EQ:
	case SL_FUNCTION_NE:
	case SL_FUNCTION_LT:
	case SL_FUNCTION_LE:
	case SL_FUNCTION_GT:
	case SL_FUNCTION_GE:
		return comparison(context, expr, negated);
	default:
		break;
	}
	if (negated)
		return sl_cover_any(context);
	switch (expr->function) {
	case SL_FUNCTION_IN:
		return membership(context, expr);
	case SL_FUNCTION_STARTS_WITH:
		return text_test(context, expr, SL_FACT_PREFIX);
	case SL_FUNCTION_ENDS_WITH:
		return text_test(context, expr, SL_FACT_SUFFIX);
	case SL_FUNCTION_CONTAINS:
		return text_test(context, expr, SL_FACT_CONTAINS);
	case SL_FUNCTION_MATCHES:
		return text_test(context, expr, SL_FACT_REGEX);
	default:
		return sl_cover_any(context);
	}
}
