/* Writing JSON into a caller's buffer. Never allocates, never fails half-way: when the room ends,
 * `full` is set, nothing more is written, and the caller looks once at the end. Strings are
 * escaped; bytes that are not UTF-8 come out as U+FFFD. Commas and colons are the writer's job:
 * values inside an open object or array are separated by themselves. Nesting at most 32. */
#ifndef SL_BASE_JSON_OUT_H
#define SL_BASE_JSON_OUT_H

#include "base/event.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct sl_json {
	char *at;
	size_t room;
	size_t bytes; /* written; not terminated */
	uint32_t depth;
	uint32_t filled; /* bit per depth: something stands there already */
	bool full;
	bool after_name;
};

void sl_json_init(struct sl_json *json, char *at, size_t room);
void sl_json_object(struct sl_json *json);
void sl_json_object_end(struct sl_json *json);
void sl_json_array(struct sl_json *json);
void sl_json_array_end(struct sl_json *json);
/* One of the program's own: it is not escaped. */
void sl_json_name_plain(struct sl_json *json, const char *name, size_t bytes);
static inline void sl_json_name(struct sl_json *json, const char *name)
{
	sl_json_name_plain(json, name, strlen(name));
}
void sl_json_name_text(struct sl_json *json, struct sl_text name);
void sl_json_text(struct sl_json *json, struct sl_text text);
void sl_json_string(struct sl_json *json, const char *string);
void sl_json_int(struct sl_json *json, int64_t value);
void sl_json_uint(struct sl_json *json, uint64_t value);
void sl_json_double(struct sl_json *json,
		    double value); /* shortest that reads back; not finite: null */
void sl_json_bool(struct sl_json *json, bool value);
void sl_json_null(struct sl_json *json);
void sl_json_raw(struct sl_json *json, const char *at, size_t bytes); /* a value, already JSON */
void sl_json_time(struct sl_json *json, int64_t ns);             /* "2026-11-21T00:12:33.12Z" */
void sl_json_hash(struct sl_json *json, const uint64_t hash[2]); /* as sl_hash_format() */
void sl_json_value(struct sl_json *json, const struct sl_value *value);

/* RFC 3339 in UTC, with as many digits of the second as it has; returns its length. */
size_t sl_time_format(int64_t ns, char ret_text[40]);

/* 32 hex digits, the high half hash[1] first; not terminated. */
void sl_hash_format(const uint64_t hash[2], char ret_text[32]);

#endif
