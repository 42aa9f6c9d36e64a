/* Structure: objects, arrays, names, and what separates them. */
#include "base/json_out_priv.h"

#include <assert.h>

#define DEPTH_MAX 32u

void sl_json_init(struct sl_json *json, char *at, size_t room)
{
	*json = (struct sl_json){.at = at, .room = room};
}

static void nest(struct sl_json *json, char bracket)
{
	assert(json->depth < DEPTH_MAX);
	sl_json_begin_value(json);
	sl_json_put_char(json, bracket);
	json->depth++;
	json->filled &= ~(1u << (json->depth - 1));
}

static void unnest(struct sl_json *json, char bracket)
{
	assert(json->depth > 0 && !json->after_name);
	json->depth--;
	sl_json_put_char(json, bracket);
}

void sl_json_object(struct sl_json *json)
{
	nest(json, '{');
}

void sl_json_object_end(struct sl_json *json)
{
	unnest(json, '}');
}

void sl_json_array(struct sl_json *json)
{
	nest(json, '[');
}

void sl_json_array_end(struct sl_json *json)
{
	unnest(json, ']');
}

void sl_json_name_plain(struct sl_json *json, const char *name, size_t bytes)
{
	char *at;

	assert(json->depth > 0 && !json->after_name);
	sl_json_begin_value(json);
	at = sl_json_take(json, bytes + 3);
	if (at) {
		*at++ = '"';
		memcpy(at, name, bytes);
		memcpy(at + bytes, "\":", 2);
	}
	json->after_name = true;
}

void sl_json_name_text(struct sl_json *json, struct sl_text name)
{
	assert(json->depth > 0 && !json->after_name);
	sl_json_text(json, name);
	sl_json_put_char(json, ':');
	json->after_name = true;
}

void sl_json_string(struct sl_json *json, const char *string)
{
	sl_json_text(json, (struct sl_text){.at = string, .bytes = (uint32_t)strlen(string)});
}

void sl_json_bool(struct sl_json *json, bool value)
{
	sl_json_raw(json, value ? "true" : "false", value ? 4 : 5);
}

void sl_json_null(struct sl_json *json)
{
	sl_json_raw(json, "null", 4);
}

void sl_json_raw(struct sl_json *json, const char *at, size_t bytes)
{
	sl_json_begin_value(json);
	sl_json_put(json, at, bytes);
}

void sl_json_value(struct sl_json *json, const struct sl_value *value)
{
	switch (value->kind) {
	case SL_TYPE_STRING:
		sl_json_text(json, (struct sl_text){.at = value->text, .bytes = value->count});
		break;
	case SL_TYPE_INT:
		sl_json_int(json, value->integer);
		break;
	case SL_TYPE_DECIMAL:
		sl_json_double(json, value->decimal);
		break;
	case SL_TYPE_BOOL:
		sl_json_bool(json, value->integer != 0);
		break;
	case SL_TYPE_TIME:
		sl_json_time(json, value->integer);
		break;
	case SL_TYPE_STRINGS:
		sl_json_array(json);
		for (uint32_t i = 0; i < value->count; i++)
			sl_json_text(json, value->list[i]);
		sl_json_array_end(json);
		break;
	default: /* absent */
		sl_json_null(json);
	}
}
