/* Conversions of constants, computed once. */
#include "rules/expr/fold_priv.h"

/* A decimal number of digits only, as CEL converts them. */
static bool read_digits(struct sl_slice text, bool may_sign, bool *ret_negative,
			uint64_t *ret_value)
{
	uint32_t at = 0;
	uint64_t value = 0;

	*ret_negative = false;
	if (may_sign && text.bytes && (text.at[0] == '-' || text.at[0] == '+')) {
		*ret_negative = text.at[0] == '-';
		at = 1;
	}
	if (at == text.bytes)
		return false;
	for (; at < text.bytes; at++) {
		if (text.at[at] < '0' || text.at[at] > '9' ||
		    __builtin_mul_overflow(value, 10, &value) ||
		    __builtin_add_overflow(value, (uint64_t)(text.at[at] - '0'), &value))
			return false;
	}
	*ret_value = value;
	return true;
}

static void fold_to_int(struct sl_folding *folding)
{
	const struct sl_expr *a = folding->a;
	bool negative;
	uint64_t value;

	switch (a->type) {
	case SL_KIND_INT:
	case SL_KIND_TIMESTAMP:
		sl_fold_give_int(folding, a->integer);
		break;
	case SL_KIND_UINT:
		if (a->natural > INT64_MAX)
			sl_fold_fail(folding, SL_FAULT_OVERFLOW);
		sl_fold_give_int(folding, (int64_t)(a->natural & INT64_MAX));
		break;
	case SL_KIND_STRING:
		if (!read_digits(a->text, true, &negative, &value) ||
		    value > (uint64_t)INT64_MAX + negative)
			sl_fold_fail(folding, SL_FAULT_CONVERSION);
		else
			folding->result.integer = (int64_t)(negative ? 0 - value : value);
		sl_fold_give(folding, SL_KIND_INT);
		break;
	default: /* of a double: where it is rounded is left to the program */
		break;
	}
}

static void fold_to_uint(struct sl_folding *folding)
{
	const struct sl_expr *a = folding->a;
	bool negative;

	switch (a->type) {
	case SL_KIND_UINT:
		folding->result.natural = a->natural;
		break;
	case SL_KIND_INT:
		if (a->integer < 0)
			sl_fold_fail(folding, SL_FAULT_OVERFLOW);
		folding->result.natural = (uint64_t)a->integer;
		break;
	case SL_KIND_STRING:
		if (!read_digits(a->text, false, &negative, &folding->result.natural))
			sl_fold_fail(folding, SL_FAULT_CONVERSION);
		break;
	default:
		return;
	}
	sl_fold_give(folding, SL_KIND_UINT);
}

static void fold_to_double(struct sl_folding *folding)
{
	const struct sl_expr *a = folding->a;

	if (a->type == SL_KIND_INT)
		folding->result.decimal = (double)a->integer;
	else if (a->type == SL_KIND_UINT)
		folding->result.decimal = (double)a->natural;
	else if (a->type == SL_KIND_DOUBLE)
		folding->result.decimal = a->decimal;
	else
		return;
	sl_fold_give(folding, SL_KIND_DOUBLE);
}

static void fold_to_time(struct sl_folding *folding, uint8_t kind)
{
	const struct sl_expr *a = folding->a;
	int64_t seconds = a->integer;
	int32_t nanos = a->type == kind ? a->nanos : 0;
	enum sl_fault fault = SL_FAULT_NONE;

	if (a->type == SL_KIND_STRING)
		fault = kind == SL_KIND_TIMESTAMP ? sl_expr_timestamp(a->text, &seconds, &nanos)
						  : sl_expr_duration(a->text, &seconds, &nanos);
	else if (a->type == SL_KIND_INT && kind == SL_KIND_TIMESTAMP &&
		 (seconds < SL_TIMESTAMP_SECONDS_MIN || seconds > SL_TIMESTAMP_SECONDS_MAX))
		fault = SL_FAULT_RANGE;
	else if (a->type != kind && !(a->type == SL_KIND_INT && kind == SL_KIND_TIMESTAMP))
		return;
	if (fault)
		sl_fold_fail(folding, fault);
	folding->result.integer = seconds;
	folding->result.nanos = nanos;
	sl_fold_give(folding, kind);
}

static void fold_size(struct sl_folding *folding)
{
	const struct sl_expr *a = folding->a;
	int64_t size = 0;

	if (a->type != SL_KIND_STRING && a->type != SL_KIND_BYTES)
		return;
	for (uint32_t i = 0; i < a->text.bytes; i++)
		size += a->type == SL_KIND_BYTES || ((unsigned char)a->text.at[i] & 0xc0) != 0x80;
	sl_fold_give_int(folding, size);
}

void sl_fold_conversion(struct sl_folding *folding)
{
	switch (folding->call->function) {
	case SL_FUNCTION_INT:
		fold_to_int(folding);
		break;
	case SL_FUNCTION_UINT:
		fold_to_uint(folding);
		break;
	case SL_FUNCTION_DOUBLE:
		fold_to_double(folding);
		break;
	case SL_FUNCTION_TIMESTAMP:
		fold_to_time(folding, SL_KIND_TIMESTAMP);
		break;
	case SL_FUNCTION_DURATION:
		fold_to_time(folding, SL_KIND_DURATION);
		break;
	case SL_FUNCTION_SIZE:
		fold_size(folding);
		break;
	default:
		break;
	}
}
