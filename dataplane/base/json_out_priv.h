/* What the files of json_out share. */
#ifndef SL_BASE_JSON_OUT_PRIV_H
#define SL_BASE_JSON_OUT_PRIV_H

#include "base/json_out.h"

/* All n bytes, or none and `full`. */
static inline void sl_json_put(struct sl_json *json, const char *at, size_t n)
{
	if (json->full || n > json->room - json->bytes) {
		json->full = true;
		return;
	}
	if (n)
		memcpy(json->at + json->bytes, at, n);
	json->bytes += n;
}

/* Room for n bytes that the caller writes, all of them; NULL and `full` where there is none. */
static inline char *sl_json_take(struct sl_json *json, size_t n)
{
	char *at = json->at + json->bytes;

	if (json->full || n > json->room - json->bytes) {
		json->full = true;
		return NULL;
	}
	json->bytes += n;
	return at;
}

static inline void sl_json_put_char(struct sl_json *json, char c)
{
	if (json->full || json->room == json->bytes)
		json->full = true;
	else
		json->at[json->bytes++] = c;
}

/* The comma that a value or name may need before it, where something stands before in the same
 * object or array. */
static inline void sl_json_begin_value(struct sl_json *json)
{
	uint32_t bit;

	if (json->after_name || json->depth == 0) {
		json->after_name = false;
		return;
	}
	bit = 1u << (json->depth - 1);
	if (json->filled & bit)
		sl_json_put_char(json, ',');
	json->filled |= bit;
}

/* A whole number as a value. */
void sl_json_put_number(struct sl_json *json, bool negative, uint64_t magnitude);

#endif
