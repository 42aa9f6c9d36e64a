/* Conversions: int() uint() double() string() bytes() bool() timestamp() duration(). A text that
 * does not say such a value is CONVERSION, a number that has no place in the kind OVERFLOW. */
#include "rules/eval/eval_priv.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

static struct sl_eval_any fault(enum sl_fault fault)
{
	return sl_eval_fault(fault);
}

/* Digits and nothing else, below 2^64. */
static bool read_digits(struct sl_slice text, uint64_t *ret_value)
{
	uint64_t value = 0;

	if (text.bytes == 0)
		return false;
	for (uint32_t i = 0; i < text.bytes; i++) {
		unsigned digit = (unsigned)(text.at[i] - '0');

		if (text.at[i] < '0' || digit > 9 || value > (UINT64_MAX - digit) / 10)
			return false;
		value = value * 10 + digit;
	}
	*ret_value = value;
	return true;
}

static bool take_sign(struct sl_slice *text)
{
	bool minus = text->bytes && text->at[0] == '-';

	if (minus || (text->bytes && text->at[0] == '+')) {
		text->at++;
		text->bytes--;
	}
	return minus;
}

static struct sl_eval_any int_of_text(struct sl_slice text)
{
	bool minus = take_sign(&text);
	uint64_t value;

	if (!read_digits(text, &value) || value > (uint64_t)INT64_MAX + minus)
		return fault(SL_FAULT_CONVERSION);
	return sl_eval_int((int64_t)(minus ? 0 - value : value));
}

static struct sl_eval_any to_int(const struct sl_eval_any *of)
{
	switch (of->kind) {
	case SL_KIND_INT:
		return *of;
	case SL_KIND_UINT:
		return of->natural > INT64_MAX ? fault(SL_FAULT_OVERFLOW)
					       : sl_eval_int((int64_t)of->natural);
	case SL_KIND_DOUBLE: /* the ends are open, as the conversion says: -2^63 is outside too */
		return of->decimal > -0x1p63 && of->decimal < 0x1p63
			       ? sl_eval_int((int64_t)of->decimal)
			       : fault(SL_FAULT_OVERFLOW);
	case SL_KIND_STRING:
		return int_of_text(of->text);
	case SL_KIND_TIMESTAMP:
		return sl_eval_int(of->integer);
	default:
		return fault(SL_FAULT_NO_OVERLOAD);
	}
}

static struct sl_eval_any to_uint(const struct sl_eval_any *of)
{
	uint64_t value;

	switch (of->kind) {
	case SL_KIND_UINT:
		return *of;
	case SL_KIND_INT:
		return of->integer < 0 ? fault(SL_FAULT_OVERFLOW)
				       : sl_eval_uint((uint64_t)of->integer);
	case SL_KIND_DOUBLE:
		return of->decimal >= 0 && of->decimal < 0x1p64
			       ? sl_eval_uint((uint64_t)of->decimal)
			       : fault(SL_FAULT_OVERFLOW);
	case SL_KIND_STRING:
		return read_digits(of->text, &value) ? sl_eval_uint(value)
						     : fault(SL_FAULT_CONVERSION);
	default:
		return fault(SL_FAULT_NO_OVERLOAD);
	}
}

static bool is_word(struct sl_slice text, const char *word)
{
	if (text.bytes != strlen(word))
		return false;
	for (uint32_t i = 0; i < text.bytes; i++)
		if (tolower((unsigned char)text.at[i]) != word[i])
			return false;
	return true;
}

/* digits, point, digits, exponent: at least one digit before the exponent and one in it. */
static bool is_decimal(struct sl_slice text)
{
	uint32_t i = 0, digits = 0, exponent = 0;

	for (; i < text.bytes && isdigit((unsigned char)text.at[i]); i++)
		digits++;
	if (i < text.bytes && text.at[i] == '.')
		for (i++; i < text.bytes && isdigit((unsigned char)text.at[i]); i++)
			digits++;
	if (digits && i < text.bytes && (text.at[i] == 'e' || text.at[i] == 'E')) {
		i++;
		if (i < text.bytes && (text.at[i] == '+' || text.at[i] == '-'))
			i++;
		for (; i < text.bytes && isdigit((unsigned char)text.at[i]); i++)
			exponent++;
		if (!exponent)
			return false;
	}
	return digits && i == text.bytes;
}

static struct sl_eval_any double_of_text(struct sl_eval_room *room, struct sl_slice text)
{
	bool minus = take_sign(&text);
	double value;
	char *copy;

	if (is_word(text, "nan")) {
		value = NAN;
	} else if (is_word(text, "inf") || is_word(text, "infinity")) {
		value = INFINITY;
	} else {
		if (!is_decimal(text))
			return fault(SL_FAULT_CONVERSION);
		copy = sl_eval_alloc(room, (uint64_t)text.bytes + 1); /* terminated */
		if (!copy)
			return fault(SL_FAULT_LIMIT);
		memcpy(copy, text.at, text.bytes);
		value = strtod(copy, NULL);
		if (isinf(value))
			return fault(SL_FAULT_CONVERSION);
	}
	return sl_eval_double(minus ? -value : value);
}

static struct sl_eval_any to_double(struct sl_eval_room *room, const struct sl_eval_any *of)
{
	switch (of->kind) {
	case SL_KIND_DOUBLE:
		return *of;
	case SL_KIND_INT:
		return sl_eval_double((double)of->integer);
	case SL_KIND_UINT:
		return sl_eval_double((double)of->natural);
	case SL_KIND_STRING:
		return double_of_text(room, of->text);
	default:
		return fault(SL_FAULT_NO_OVERLOAD);
	}
}

static struct sl_eval_any to_string(struct sl_eval_room *room, const struct sl_eval_any *of)
{
	char text[400];

	switch (of->kind) {
	case SL_KIND_STRING:
		return *of;
	case SL_KIND_BYTES:
		return sl_eval_is_utf8(of->text) ? sl_eval_string(of->text)
						 : fault(SL_FAULT_CONVERSION);
	case SL_KIND_BOOL:
		strcpy(text, of->integer ? "true" : "false");
		break;
	case SL_KIND_INT:
		snprintf(text, sizeof(text), "%lld", (long long)of->integer);
		break;
	case SL_KIND_UINT:
		snprintf(text, sizeof(text), "%llu", (unsigned long long)of->natural);
		break;
	case SL_KIND_DOUBLE:
		sl_eval_print_general(of->decimal, text);
		break;
	case SL_KIND_TIMESTAMP:
		sl_eval_print_instant(of, text);
		break;
	case SL_KIND_DURATION:
		sl_eval_print_duration(of, text);
		break;
	default:
		return fault(SL_FAULT_NO_OVERLOAD);
	}
	return sl_eval_copy_text(room, SL_KIND_STRING, sl_slice_of(text));
}

static struct sl_eval_any to_bool(const struct sl_eval_any *of)
{
	static const char *const yes[] = {"1", "t", "T", "TRUE", "true", "True"};
	static const char *const no[] = {"0", "f", "F", "FALSE", "false", "False"};

	if (of->kind == SL_KIND_BOOL)
		return *of;
	if (of->kind != SL_KIND_STRING)
		return fault(SL_FAULT_NO_OVERLOAD);
	for (int i = 0; i < 6; i++) {
		if (sl_slice_is(of->text, yes[i]))
			return sl_eval_bool(true);
		if (sl_slice_is(of->text, no[i]))
			return sl_eval_bool(false);
	}
	return fault(SL_FAULT_CONVERSION);
}

static struct sl_eval_any to_bytes(const struct sl_eval_any *of)
{
	struct sl_eval_any bytes = *of;

	if (of->kind != SL_KIND_STRING && of->kind != SL_KIND_BYTES)
		return fault(SL_FAULT_NO_OVERLOAD);
	bytes.kind = SL_KIND_BYTES;
	return bytes;
}

static struct sl_eval_any to_timestamp(const struct sl_eval_any *of)
{
	if (of->kind == SL_KIND_TIMESTAMP)
		return *of;
	if (of->kind == SL_KIND_INT)
		return sl_eval_timestamp(of->integer, 0);
	return of->kind == SL_KIND_STRING ? sl_eval_parse_timestamp(of->text)
					  : fault(SL_FAULT_NO_OVERLOAD);
}

static struct sl_eval_any to_duration(const struct sl_eval_any *of)
{
	if (of->kind == SL_KIND_DURATION)
		return *of;
	return of->kind == SL_KIND_STRING ? sl_eval_parse_duration(of->text)
					  : fault(SL_FAULT_NO_OVERLOAD);
}

struct sl_eval_any sl_eval_convert(struct sl_eval_room *room, enum sl_function function,
				   const struct sl_eval_any *of)
{
	switch (function) {
	case SL_FUNCTION_INT:
		return to_int(of);
	case SL_FUNCTION_UINT:
		return to_uint(of);
	case SL_FUNCTION_DOUBLE:
		return to_double(room, of);
	case SL_FUNCTION_STRING:
		return to_string(room, of);
	case SL_FUNCTION_BYTES:
		return to_bytes(of);
	case SL_FUNCTION_BOOL:
		return to_bool(of);
	case SL_FUNCTION_TIMESTAMP:
		return to_timestamp(of);
	case SL_FUNCTION_DURATION:
		return to_duration(of);
	case SL_FUNCTION_TYPE:
		return sl_eval_kind_of(of);
	default: /* dyn() */
		return *of;
	}
}
