#include "rules/eval/eval_priv.h"
#include "tools/sluice/eval/typed_json.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

static json_t *base64(struct sl_slice bytes)
{
	static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
				       "0123456789+/";
	const unsigned char *at = (const unsigned char *)bytes.at;
	char *text = malloc(4 * ((size_t)bytes.bytes / 3 + 1) + 1);
	size_t n = 0;
	json_t *json;

	for (uint32_t i = 0; text && i < bytes.bytes; i += 3) {
		uint32_t left = bytes.bytes - i;
		unsigned group = (unsigned)at[i] << 16;

		group |= left > 1 ? (unsigned)at[i + 1] << 8 : 0;
		group |= left > 2 ? at[i + 2] : 0;
		text[n++] = alphabet[group >> 18];
		text[n++] = alphabet[group >> 12 & 63];
		text[n++] = left > 1 ? alphabet[group >> 6 & 63] : '=';
		text[n++] = left > 2 ? alphabet[group & 63] : '=';
	}
	json = text ? json_stringn(text, n) : NULL;
	free(text);
	return json;
}

static json_t *of_double(double value)
{
	if (isnan(value))
		return json_string("NaN");
	if (isinf(value))
		return json_string(value > 0 ? "Infinity" : "-Infinity");
	return json_real(value);
}

/* n items, or n entries as pairs. */
static json_t *of_items(const struct sl_eval_any *items, uint32_t n, bool pairs)
{
	json_t *list = json_array();

	for (uint32_t i = 0; list && i < n; i++) {
		json_t *item = pairs ? json_pack("[o, o]", sl_typed_write(&items[2 * i]),
						 sl_typed_write(&items[2 * i + 1]))
				     : sl_typed_write(&items[i]);

		if (!item || json_array_append_new(list, item)) {
			json_decref(list);
			return NULL;
		}
	}
	return list;
}

static json_t *printed(const struct sl_eval_any *value)
{
	char text[64];

	switch (value->kind) {
	case SL_KIND_INT:
		snprintf(text, sizeof(text), "%lld", (long long)value->integer);
		break;
	case SL_KIND_UINT:
		snprintf(text, sizeof(text), "%llu", (unsigned long long)value->natural);
		break;
	case SL_KIND_TIMESTAMP:
		sl_eval_print_instant(value, text);
		break;
	case SL_KIND_DURATION:
		sl_eval_print_duration(value, text);
		break;
	default:
		snprintf(text, sizeof(text), "%s", sl_eval_kind_name((uint8_t)value->integer));
	}
	return json_string(text);
}

json_t *sl_typed_write(const struct sl_eval_any *value)
{
	switch (value->kind) {
	case SL_KIND_INT:
		return json_pack("{s:o}", "int", printed(value));
	case SL_KIND_UINT:
		return json_pack("{s:o}", "uint", printed(value));
	case SL_KIND_DOUBLE:
		return json_pack("{s:o}", "double", of_double(value->decimal));
	case SL_KIND_STRING:
		return json_pack("{s:o}", "string",
				 json_stringn(value->text.at, value->text.bytes));
	case SL_KIND_BYTES:
		return json_pack("{s:o}", "bytes", base64(value->text));
	case SL_KIND_BOOL:
		return json_pack("{s:b}", "bool", (int)value->integer);
	case SL_KIND_NULL:
		return json_pack("{s:n}", "null");
	case SL_KIND_LIST:
		return json_pack("{s:o}", "list", of_items(value->items, value->count, false));
	case SL_KIND_MAP:
		return json_pack("{s:o}", "map", of_items(value->items, value->count, true));
	case SL_KIND_TIMESTAMP:
		return json_pack("{s:o}", "timestamp", printed(value));
	case SL_KIND_DURATION:
		return json_pack("{s:o}", "duration", printed(value));
	case SL_KIND_TYPE:
		return json_pack("{s:o}", "type", printed(value));
	default:
		return NULL;
	}
}
