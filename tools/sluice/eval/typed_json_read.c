#include "rules/eval/eval_priv.h"
#include "tools/sluice/eval/typed_json.h"

#include <math.h>
#include <stdio.h>

#define DEPTH_MAX 64u
#define ENTRIES_MAX 10000u /* each is compared with all before it */

struct reader {
	struct sl_arena *arena;
	struct sl_eval_room room; /* for the conversions that are borrowed */
	char *why;
};

static bool refuse(const struct reader *reader, const char *what)
{
	snprintf(reader->why, SL_TYPED_WHY_BYTES, "%s", what);
	return false;
}

static bool no_memory(const struct reader *reader)
{
	return refuse(reader, "there is no memory for it");
}

static bool read_text(const struct reader *reader, const json_t *json, uint8_t kind,
		      struct sl_eval_any *ret_value)
{
	struct sl_slice text;

	if (!json_is_string(json))
		return refuse(reader, "its value is written as a string");
	text = (struct sl_slice){json_string_value(json), (uint32_t)json_string_length(json)};
	text.at = sl_arena_copy(reader->arena, text);
	*ret_value = (struct sl_eval_any){.kind = kind, .text = text};
	return text.at ? true : no_memory(reader);
}

/* Numbers, times and durations: texts that CEL's own conversions read. */
static bool read_converted(struct reader *reader, const json_t *json, enum sl_function function,
			   struct sl_eval_any *ret_value)
{
	struct sl_eval_any text;

	if (!read_text(reader, json, SL_KIND_STRING, &text))
		return false;
	*ret_value = sl_eval_convert(&reader->room, function, &text);
	if (ret_value->kind == SL_KIND_ERROR)
		return refuse(reader, sl_eval_fault_text(ret_value->fault));
	return true;
}

static bool read_double(struct reader *reader, const json_t *json, struct sl_eval_any *ret_value)
{
	const char *text = json_string_value(json);

	if (json_is_number(json))
		*ret_value = sl_eval_double(json_number_value(json));
	else if (text && !strcmp(text, "NaN"))
		*ret_value = sl_eval_double(NAN);
	else if (text && (!strcmp(text, "Infinity") || !strcmp(text, "-Infinity")))
		*ret_value = sl_eval_double(*text == '-' ? -INFINITY : INFINITY);
	else
		return refuse(reader, "a double is a number, or \"NaN\", \"Infinity\", "
				      "\"-Infinity\"");
	return true;
}

static int six_bits(char c)
{
	static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
				       "0123456789+/";
	const char *at = c ? strchr(alphabet, c) : NULL;

	return at ? (int)(at - alphabet) : -1;
}

/* Base64 in place: four characters give up to three bytes. */
static bool decode_base64(char *text, uint32_t n, uint32_t *ret_bytes)
{
	uint32_t bytes = 0;

	if (n % 4)
		return false;
	for (uint32_t i = 0; i < n; i += 4) {
		unsigned missing = i + 4 == n ? (text[i + 3] == '=') + (text[i + 2] == '=') : 0;
		unsigned group = 0;

		for (unsigned j = 0; j < 4 - missing; j++) {
			int bits = six_bits(text[i + j]);

			if (bits < 0)
				return false;
			group |= (unsigned)bits << (18 - 6 * j);
		}
		if (missing && (text[i + 3] != '=' || (group & ((1u << 8 * missing) - 1))))
			return false;
		for (unsigned j = 0; j < 3 - missing; j++)
			text[bytes++] = (char)(group >> (16 - 8 * j));
	}
	*ret_bytes = bytes;
	return true;
}

static bool read_bytes(struct reader *reader, const json_t *json, struct sl_eval_any *ret_value)
{
	if (!read_text(reader, json, SL_KIND_BYTES, ret_value))
		return false;
	/* the copy is ours to write in */
	if (!decode_base64((char *)ret_value->text.at, ret_value->text.bytes,
			   &ret_value->text.bytes))
		return refuse(reader, "bytes are written in base64, with = at the end");
	return true;
}

static bool read_value(struct reader *reader, const json_t *json, unsigned depth,
		       struct sl_eval_any *ret_value);
static bool read_plain(struct reader *reader, const json_t *json, unsigned depth,
		       struct sl_eval_any *ret_value);

static bool read_list(struct reader *reader, const json_t *json, unsigned depth, bool typed,
		      struct sl_eval_any *ret_value)
{
	size_t n = json_array_size(json);
	struct sl_eval_any *items = sl_arena_alloc(reader->arena, n * sizeof(*items) + 1);

	if (!json_is_array(json))
		return refuse(reader, "a list is written as an array");
	if (!items)
		return no_memory(reader);
	for (size_t i = 0; i < n; i++)
		if (!(typed ? read_value : read_plain)(reader, json_array_get(json, i), depth + 1,
						       &items[i]))
			return false;
	*ret_value =
		(struct sl_eval_any){.kind = SL_KIND_LIST, .count = (uint32_t)n, .items = items};
	return true;
}

static bool make_map(struct reader *reader, const struct sl_eval_any *items, size_t n_items,
		     struct sl_eval_any *ret_value)
{
	if (n_items > 2 * ENTRIES_MAX)
		return refuse(reader, "a map has at most 10,000 entries");
	*ret_value = sl_eval_make_map(items, (uint32_t)n_items);
	if (ret_value->kind == SL_KIND_MAP)
		return true;
	return refuse(reader, ret_value->fault == SL_FAULT_REPEATED_KEY
				      ? "a map has one key twice"
				      : "a map's keys are bool, int, uint or string");
}

static bool read_map(struct reader *reader, const json_t *json, unsigned depth,
		     struct sl_eval_any *ret_value)
{
	size_t n = json_array_size(json);
	struct sl_eval_any *items = sl_arena_alloc(reader->arena, 2 * n * sizeof(*items) + 1);

	if (!json_is_array(json))
		return refuse(reader, "a map is written as an array of [key, value]");
	if (!items)
		return no_memory(reader);
	for (size_t i = 0; i < n; i++) {
		const json_t *pair = json_array_get(json, i);

		if (json_array_size(pair) != 2)
			return refuse(reader, "a map is written as an array of [key, value]");
		for (size_t j = 0; j < 2; j++)
			if (!read_value(reader, json_array_get(pair, j), depth + 1,
					&items[2 * i + j]))
				return false;
	}
	return make_map(reader, items, 2 * n, ret_value);
}

static bool read_type(struct reader *reader, const json_t *json, struct sl_eval_any *ret_value)
{
	struct sl_eval_any name;
	enum sl_kind kind;

	if (!read_text(reader, json, SL_KIND_STRING, &name))
		return false;
	kind = sl_eval_kind_named(name.text);
	if (kind == SL_KIND_NONE)
		return refuse(reader, "there is no such type");
	*ret_value = (struct sl_eval_any){.kind = SL_KIND_TYPE, .integer = kind};
	return true;
}

static bool read_bool_or_null(struct reader *reader, const char *name, const json_t *json,
			      struct sl_eval_any *ret_value)
{
	if (!strcmp(name, "bool") && json_is_boolean(json))
		*ret_value = sl_eval_bool(json_is_true(json));
	else if (!strcmp(name, "null") && json_is_null(json))
		*ret_value = (struct sl_eval_any){.kind = SL_KIND_NULL};
	else
		return refuse(reader, "it is written {\"bool\":true} or {\"null\":null}");
	return true;
}

static bool read_value(struct reader *reader, const json_t *json, unsigned depth,
		       struct sl_eval_any *ret_value)
{
	void *iter = json_object_iter((json_t *)json);
	const char *name = iter ? json_object_iter_key(iter) : "";
	const json_t *inner = iter ? json_object_iter_value(iter) : NULL;

	if (!json_is_object(json) || json_object_size(json) != 1)
		return refuse(reader,
			      "a value is an object with one key, its type: {\"int\":\"7\"}");
	if (depth > DEPTH_MAX)
		return refuse(reader, "it is nested more than 64 deep");
	if (!strcmp(name, "int"))
		return read_converted(reader, inner, SL_FUNCTION_INT, ret_value);
	if (!strcmp(name, "uint"))
		return read_converted(reader, inner, SL_FUNCTION_UINT, ret_value);
	if (!strcmp(name, "timestamp"))
		return read_converted(reader, inner, SL_FUNCTION_TIMESTAMP, ret_value);
	if (!strcmp(name, "duration"))
		return read_converted(reader, inner, SL_FUNCTION_DURATION, ret_value);
	if (!strcmp(name, "double"))
		return read_double(reader, inner, ret_value);
	if (!strcmp(name, "string"))
		return read_text(reader, inner, SL_KIND_STRING, ret_value);
	if (!strcmp(name, "bytes"))
		return read_bytes(reader, inner, ret_value);
	if (!strcmp(name, "list"))
		return read_list(reader, inner, depth, true, ret_value);
	if (!strcmp(name, "map"))
		return read_map(reader, inner, depth, ret_value);
	if (!strcmp(name, "type"))
		return read_type(reader, inner, ret_value);
	if (!strcmp(name, "bool") || !strcmp(name, "null"))
		return read_bool_or_null(reader, name, inner, ret_value);
	return refuse(reader, "the types are int, uint, double, string, bytes, bool, null, list, "
			      "map, timestamp, duration, type");
}

static bool read_object(struct reader *reader, const json_t *json, unsigned depth,
			struct sl_eval_any *ret_value)
{
	size_t n = 2 * json_object_size(json), i = 0;
	struct sl_eval_any *items = sl_arena_alloc(reader->arena, n * sizeof(*items) + 1);
	const char *name;
	json_t *member;

	if (!items)
		return no_memory(reader);
	json_object_foreach((json_t *)json, name, member)
	{
		struct sl_slice key = sl_slice_of(name);

		key.at = sl_arena_copy(reader->arena, key);
		if (!key.at)
			return no_memory(reader);
		items[i++] = sl_eval_string(key);
		if (!read_plain(reader, member, depth + 1, &items[i++]))
			return false;
	}
	return make_map(reader, items, n, ret_value);
}

static bool read_plain(struct reader *reader, const json_t *json, unsigned depth,
		       struct sl_eval_any *ret_value)
{
	if (depth > DEPTH_MAX)
		return refuse(reader, "it is nested more than 64 deep");
	switch (json_typeof(json)) {
	case JSON_STRING:
		return read_text(reader, json, SL_KIND_STRING, ret_value);
	case JSON_INTEGER:
		*ret_value = sl_eval_int(json_integer_value(json));
		return true;
	case JSON_REAL:
		*ret_value = sl_eval_double(json_real_value(json));
		return true;
	case JSON_ARRAY:
		return read_list(reader, json, depth, false, ret_value);
	case JSON_OBJECT:
		return read_object(reader, json, depth, ret_value);
	case JSON_NULL:
		*ret_value = (struct sl_eval_any){.kind = SL_KIND_NULL};
		return true;
	default:
		*ret_value = sl_eval_bool(json_is_true(json));
		return true;
	}
}

static struct reader reader_of(struct sl_arena *arena, char *why)
{
	return (struct reader){
		.arena = arena, .room = {.arena = arena, .bytes = UINT32_MAX}, .why = why};
}

bool sl_typed_read(const json_t *json, struct sl_arena *arena, struct sl_eval_any *ret_value,
		   char ret_why[SL_TYPED_WHY_BYTES])
{
	struct reader reader = reader_of(arena, ret_why);

	return read_value(&reader, json, 1, ret_value);
}

bool sl_typed_read_plain(const json_t *json, struct sl_arena *arena, struct sl_eval_any *ret_value,
			 char ret_why[SL_TYPED_WHY_BYTES])
{
	struct reader reader = reader_of(arena, ret_why);

	return read_plain(&reader, json, 1, ret_value);
}
