/* Members of a JSON object, name and value at once.
 *
 * As the functions of base/json_out.h that they stand for: the name is one of the program's own and
 * is not escaped; where there is no room the writer is `full`. */
#ifndef SL_CONTROL_JSON_MEMBER_H
#define SL_CONTROL_JSON_MEMBER_H

#include "base/json_out.h"

static inline void sl_member_text(struct sl_json *json, const char *name, struct sl_text value)
{
	sl_json_name(json, name);
	sl_json_text(json, value);
}

static inline void sl_member_string(struct sl_json *json, const char *name, const char *value)
{
	sl_json_name(json, name);
	sl_json_string(json, value);
}

static inline void sl_member_uint(struct sl_json *json, const char *name, uint64_t value)
{
	sl_json_name(json, name);
	sl_json_uint(json, value);
}

static inline void sl_member_bool(struct sl_json *json, const char *name, bool value)
{
	sl_json_name(json, name);
	sl_json_bool(json, value);
}

/* Nanoseconds since 1970. */
static inline void sl_member_time(struct sl_json *json, const char *name, int64_t ns)
{
	sl_json_name(json, name);
	sl_json_time(json, ns);
}

/* The object or array that begins under that name; its end is the caller's. */
static inline void sl_member_object(struct sl_json *json, const char *name)
{
	sl_json_name(json, name);
	sl_json_object(json);
}

static inline void sl_member_array(struct sl_json *json, const char *name)
{
	sl_json_name(json, name);
	sl_json_array(json);
}

#endif
