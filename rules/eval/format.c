/* "%d of %s".format([…]): %s %d %f %e %b %o %x %X and %%, a precision before the verb. */
#include "rules/eval/eval_priv.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#define PRECISION_DIGITS_MAX 3u
#define PRECISION_DEFAULT 6

static void print_value(struct sl_eval_text_out *out, const struct sl_eval_any *value,
			enum sl_fault *ret_fault);

static void print_list(struct sl_eval_text_out *out, const struct sl_eval_any *list,
		       enum sl_fault *ret_fault)
{
	sl_eval_out_string(out, "[");
	for (uint32_t i = 0; i < list->count; i++) {
		sl_eval_out_string(out, i ? ", " : "");
		print_value(out, &list->items[i], ret_fault);
	}
	sl_eval_out_string(out, "]");
}

struct entry {
	struct sl_slice key, value;
	uint32_t place; /* equal keys stay in their order */
};

static int by_key(const void *a, const void *b)
{
	const struct entry *x = a, *y = b;
	int order = sl_slice_compare(x->key, y->key);

	return order ? order : (x->place > y->place) - (x->place < y->place);
}

static struct sl_slice printed(struct sl_eval_room *room, const struct sl_eval_any *value,
			       enum sl_fault *ret_fault)
{
	struct sl_eval_text_out out = {.room = room};

	print_value(&out, value, ret_fault);
	if (out.failed)
		*ret_fault = SL_FAULT_LIMIT;
	return (struct sl_slice){out.at, out.bytes};
}

static void print_map(struct sl_eval_text_out *out, const struct sl_eval_any *map,
		      enum sl_fault *ret_fault)
{
	struct entry *entries = sl_eval_alloc(out->room, map->count * sizeof(*entries));

	if (!entries) {
		*ret_fault = SL_FAULT_LIMIT;
		return;
	}
	for (uint32_t i = 0; i < map->count; i++)
		entries[i] = (struct entry){
			.key = printed(out->room, &map->items[2 * i], ret_fault),
			.value = printed(out->room, &map->items[2 * i + 1], ret_fault),
			.place = i};
	qsort(entries, map->count, sizeof(*entries), by_key);
	sl_eval_out_string(out, "{");
	for (uint32_t i = 0; i < map->count; i++) {
		sl_eval_out_string(out, i ? ", " : "");
		sl_eval_out(out, entries[i].key);
		sl_eval_out_string(out, ": ");
		sl_eval_out(out, entries[i].value);
	}
	sl_eval_out_string(out, "}");
}

/* As %s: what string() gives where it gives something, but doubles in full, and more kinds. */
static void print_value(struct sl_eval_text_out *out, const struct sl_eval_any *value,
			enum sl_fault *ret_fault)
{
	char text[400];
	struct sl_eval_any string;

	switch (value->kind) {
	case SL_KIND_LIST:
		print_list(out, value, ret_fault);
		break;
	case SL_KIND_MAP:
		print_map(out, value, ret_fault);
		break;
	case SL_KIND_NULL:
		sl_eval_out_string(out, "null");
		break;
	case SL_KIND_TYPE:
		sl_eval_out_string(out, sl_eval_kind_name((uint8_t)value->integer));
		break;
	case SL_KIND_DOUBLE:
		sl_eval_print_plain(value->decimal, text);
		sl_eval_out_string(out, text);
		break;
	default:
		string = sl_eval_convert(out->room, SL_FUNCTION_STRING, value);
		if (string.kind == SL_KIND_STRING)
			sl_eval_out(out, string.text);
		else if (*ret_fault == SL_FAULT_NONE)
			*ret_fault = (enum sl_fault)string.fault;
	}
}

/* In base 2, 8 or 16, with a sign. */
static void print_based(struct sl_eval_text_out *out, const struct sl_eval_any *value,
			unsigned base, const char *digits)
{
	bool minus = value->kind == SL_KIND_INT && value->integer < 0;
	uint64_t rest = minus ? 0 - (uint64_t)value->integer : value->natural;
	char text[72], *at = text + sizeof(text) - 1;

	*at = '\0';
	do {
		*--at = digits[rest % base];
		rest /= base;
	} while (rest);
	if (minus)
		*--at = '-';
	sl_eval_out_string(out, at);
}

static void print_bytes(struct sl_eval_text_out *out, struct sl_slice text, const char *digits)
{
	for (uint32_t i = 0; i < text.bytes; i++) {
		unsigned char byte = (unsigned char)text.at[i];

		sl_eval_out(out, (struct sl_slice){&digits[byte >> 4], 1});
		sl_eval_out(out, (struct sl_slice){&digits[byte & 15], 1});
	}
}

static void print_measured(struct sl_eval_text_out *out, const struct sl_eval_any *value,
			   bool with_exponent, int precision)
{
	double decimal = value->kind == SL_KIND_DOUBLE ? value->decimal
			 : value->kind == SL_KIND_INT  ? (double)value->integer
						       : (double)value->natural;
	char text[1400]; /* 309 digits, the point, 999 more */

	if (isnan(decimal) || isinf(decimal))
		sl_eval_print_plain(decimal, text);
	else
		snprintf(text, sizeof(text), with_exponent ? "%.*e" : "%.*f", precision, decimal);
	sl_eval_out_string(out, text);
}

/* One verb with its value. */
static enum sl_fault print_verb(struct sl_eval_text_out *out, char verb, int precision,
				const struct sl_eval_any *value)
{
	bool whole = value->kind == SL_KIND_INT || value->kind == SL_KIND_UINT;
	bool text = value->kind == SL_KIND_STRING || value->kind == SL_KIND_BYTES;
	bool number = whole || value->kind == SL_KIND_DOUBLE;
	const char *digits = verb == 'X' ? "0123456789ABCDEF" : "0123456789abcdef";
	enum sl_fault fault = SL_FAULT_NONE;

	if (verb == 's' || (verb == 'd' && number))
		print_value(out, value, &fault);
	else if ((verb == 'f' || verb == 'e') && number)
		print_measured(out, value, verb == 'e', precision);
	else if (verb == 'b' && value->kind == SL_KIND_BOOL)
		sl_eval_out_string(out, value->integer ? "1" : "0");
	else if ((verb == 'b' || verb == 'o') && whole)
		print_based(out, value, verb == 'b' ? 2 : 8, digits);
	else if ((verb == 'x' || verb == 'X') && whole)
		print_based(out, value, 16, digits);
	else if ((verb == 'x' || verb == 'X') && text)
		print_bytes(out, value->text, digits);
	else
		fault = SL_FAULT_ARGUMENT;
	return fault;
}

/* What follows a % that is no %%: ".3f". The precision, and the verb as the text's first byte. */
static bool read_clause(struct sl_slice *text, int *ret_precision)
{
	uint32_t digits = 0;

	*ret_precision = PRECISION_DEFAULT;
	if (text->bytes && text->at[0] == '.') {
		*ret_precision = 0;
		for (digits = 1; digits < text->bytes && text->at[digits] >= '0' &&
				 text->at[digits] <= '9' && digits <= PRECISION_DIGITS_MAX;
		     digits++)
			*ret_precision = 10 * *ret_precision + text->at[digits] - '0';
		if (digits == 1)
			return false;
	}
	text->at += digits;
	text->bytes -= digits;
	return text->bytes && memchr("sdfeboxX", text->at[0], 8);
}

static enum sl_fault format(struct sl_eval_text_out *out, struct sl_slice text,
			    const struct sl_eval_any *list)
{
	enum sl_fault fault = SL_FAULT_NONE;
	uint32_t next = 0;
	int precision;

	for (; text.bytes && fault == SL_FAULT_NONE; text.at++, text.bytes--) {
		if (text.at[0] != '%') {
			sl_eval_out(out, (struct sl_slice){text.at, 1});
			continue;
		}
		text.at++;
		text.bytes--;
		if (text.bytes && text.at[0] == '%')
			sl_eval_out_string(out, "%");
		else if (!read_clause(&text, &precision) || next >= list->count)
			return SL_FAULT_ARGUMENT;
		else
			fault = print_verb(out, text.at[0], precision, &list->items[next++]);
	}
	return fault;
}

struct sl_eval_any sl_eval_format(struct sl_eval_room *room, const struct sl_eval_any *args,
				  uint32_t n_args)
{
	struct sl_eval_text_out out = {.room = room};
	enum sl_fault fault;

	if (n_args != 2 || args[0].kind != SL_KIND_STRING || args[1].kind != SL_KIND_LIST)
		return sl_eval_fault(SL_FAULT_NO_OVERLOAD);
	fault = format(&out, args[0].text, &args[1]);
	return fault && !out.failed ? sl_eval_fault(fault) : sl_eval_out_end(&out);
}
