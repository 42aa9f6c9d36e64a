/* The text of an event: the rule's fields, each in the type that the schema wants where its text
 * allows. */
#include "base/json_out.h"
#include "decode/map_priv.h"

struct composing {
	struct sl_map *map;
	const struct sl_map_binding *binding;
	const struct sl_map_picked *picked;
	struct sl_json json;
	struct sl_text open; /* path of the object that is open; empty: the event itself */
	uint32_t index;
	struct sl_decode_fault *fault;
};

/* ---- values */

static bool is_digits(struct sl_text text)
{
	for (uint32_t i = 0; i < text.bytes; i++)
		if (text.at[i] < '0' || text.at[i] > '9')
			return false;
	return text.bytes > 0;
}

/* Spaces around it and zeros before it are no part of a number. */
static bool as_number(struct sl_text text, struct sl_text *ret_number)
{
	struct sl_number number;

	while (text.bytes && text.at[0] == ' ')
		text = (struct sl_text){text.at + 1, text.bytes - 1};
	while (text.bytes && text.at[text.bytes - 1] == ' ')
		text.bytes--;
	while (text.bytes > 1 && text.at[0] == '0' && text.at[1] >= '0' && text.at[1] <= '9')
		text = (struct sl_text){text.at + 1, text.bytes - 1};
	*ret_number = text;
	return text.bytes && sl_number_scan(text.at, text.bytes, &number) &&
	       number.bytes == text.bytes;
}

/* 1, 0; -1: neither. */
static int as_bool(struct sl_text text)
{
	static const char *const words[] = {"false", "true", "0", "1", "N", "Y", "n", "y"};

	for (unsigned i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (text.bytes == strlen(words[i]) && !memcmp(text.at, words[i], text.bytes))
			return (int)(i & 1);
	return -1;
}

/* False: it is left out, for a number that is empty is none. */
static bool has_content(uint8_t type, struct sl_text text)
{
	return text.bytes || type == 0 || type == SL_TYPE_STRING || type == SL_TYPE_STRINGS;
}

static void put_text(struct sl_json *json, uint8_t type, struct sl_text text)
{
	struct sl_text number;
	int truth;

	switch (type) {
	case SL_TYPE_INT:
	case SL_TYPE_DECIMAL:
		if (as_number(text, &number)) {
			sl_json_raw(json, number.at, number.bytes);
			return;
		}
		break;
	case SL_TYPE_BOOL:
		truth = as_bool(text);
		if (truth >= 0) {
			sl_json_bool(json, truth);
			return;
		}
		break;
	case SL_TYPE_TIME:
		if (is_digits(text) && as_number(text, &number)) {
			sl_json_raw(json, number.at, number.bytes);
			return;
		}
		break;
	case SL_TYPE_STRINGS:
		sl_json_array(json);
		sl_json_text(json, text);
		sl_json_array_end(json);
		return;
	default:
		break;
	}
	sl_json_text(json, text); /* what does not fit, decode says */
}

/* A value of the body stays as it stands but for what the schema wants as another scalar. */
static void put_token(struct sl_json *json, uint8_t type, struct sl_text token)
{
	bool is_string = token.at[0] == '"';
	bool is_scalar = !is_string && token.at[0] != '{' && token.at[0] != '[';
	bool is_escaped = is_string && memchr(token.at, '\\', token.bytes);

	if (is_scalar && type == SL_TYPE_STRING)
		sl_json_text(json, token);
	else if (is_string && !is_escaped && token.bytes > 2 && type != 0 &&
		 type != SL_TYPE_STRING && type != SL_TYPE_STRINGS)
		put_text(json, type, (struct sl_text){token.at + 1, token.bytes - 2});
	else if (is_string && type == SL_TYPE_STRINGS) {
		sl_json_array(json);
		sl_json_raw(json, token.at, token.bytes);
		sl_json_array_end(json);
	} else {
		sl_json_raw(json, token.at, token.bytes);
	}
}

/* ---- members */

/* The path up to its last dot. */
static struct sl_text parent_of(struct sl_text path)
{
	uint32_t n = path.bytes;

	while (n > 0 && path.at[n - 1] != '.')
		n--;
	return (struct sl_text){path.at, n ? n - 1 : 0};
}

static bool is_within(struct sl_text path, struct sl_text object)
{
	return object.bytes == 0 ||
	       (path.bytes > object.bytes && memcmp(path.at, object.at, object.bytes) == 0 &&
		path.at[object.bytes] == '.');
}

/* Members come sorted by path, so that an object once closed is not opened again. */
static void put_name(struct composing *composing, struct sl_text path)
{
	struct sl_json *json = &composing->json;
	uint32_t at;

	while (!is_within(path, composing->open)) {
		sl_json_object_end(json);
		composing->open = parent_of(composing->open);
	}
	for (at = composing->open.bytes ? composing->open.bytes + 1 : 0;;) {
		const char *dot = memchr(path.at + at, '.', path.bytes - at);

		if (!dot)
			break;
		sl_json_name_text(json,
				  (struct sl_text){path.at + at, (uint32_t)(dot - path.at) - at});
		sl_json_object(json);
		at = (uint32_t)(dot - path.at) + 1;
		composing->open = (struct sl_text){path.at, at - 1};
	}
	sl_json_name_text(json, (struct sl_text){path.at + at, path.bytes - at});
}

static enum sl_reason value_of(struct composing *composing, const struct sl_map_member *member,
			       struct sl_map_value *ret_value)
{
	enum sl_reason why = sl_map_value(composing->map, &member->source, member->json,
					  composing->picked, ret_value);

	if (why)
		sl_fault_fill(composing->fault, why, 0, member->path,
			      why == SL_WHY_FIELD_DUPLICATE ? "occurs twice in the body"
			      : why == SL_WHY_TOO_LARGE     ? "no room for its text"
			      : why == SL_WHY_UTF8_INVALID
				      ? "bytes that are not UTF-8; is it another charset?"
				      : "not in the charset that it is said to be in");
	return why;
}

static const struct sl_map_member *
member_of(const struct sl_map *map, const struct sl_map_binding *binding, struct sl_text path)
{
	uint32_t rule = (uint32_t)(map->chosen - map->plan->rules);

	for (uint32_t i = binding->first[rule]; i < binding->first[rule + 1]; i++)
		if (binding->members[i].path.bytes == path.bytes &&
		    memcmp(binding->members[i].path.at, path.at, path.bytes) == 0)
			return &binding->members[i];
	return NULL;
}

/* Of the fields that the rule names, else of the place of the request: all that have none of them
 * would be one. */
static enum sl_reason put_id(struct composing *composing)
{
	struct sl_map *map = composing->map;
	const struct sl_map_rule *rule = map->chosen->rule;
	struct sl_text parts[SL_FIELDS_MAX + 2];
	uint64_t index = composing->index, hash[2];
	unsigned n = 0;
	bool any = false;
	char *text;

	for (uint32_t i = 0; i < rule->n_ids; i++) {
		uint32_t ref = rule->ref + rule->n_methods + rule->n_hosts + i;
		const struct sl_map_member *member = member_of(
			map, composing->binding,
			sl_mapping_text(&map->plan->mapping, map->plan->mapping.refs[ref]));
		struct sl_map_value value = {0};
		enum sl_reason why = member ? value_of(composing, member, &value) : SL_WHY_NONE;

		if (why)
			return why;
		any |= value.text.bytes > 0;
		parts[n++] = value.text;
	}
	if (!any) {
		n = 0;
		parts[n++] = (struct sl_text){(const char *)map->request->name,
					      sizeof(map->request->name)};
		parts[n++] = (struct sl_text){(const char *)&index, sizeof(index)};
	}
	sl_hash_parts(parts, n, hash);
	if (map->scratch_room - map->scratch_used < 32)
		return sl_fault_fill(composing->fault, SL_WHY_TOO_LARGE, 0, (struct sl_text){0},
				     "no room for its id");
	text = map->scratch + map->scratch_used;
	map->scratch_used += 32;
	sl_hash_format(hash, text);
	sl_json_text(&composing->json, (struct sl_text){text, 32});
	return SL_WHY_NONE;
}

static enum sl_reason put_member(struct composing *composing, const struct sl_map_member *member)
{
	struct sl_map_value value;
	enum sl_reason why;

	if (member->source.kind == SL_MAP_ID) {
		put_name(composing, member->path);
		return put_id(composing);
	}
	why = value_of(composing, member, &value);
	if (why || value.kind == SL_MAP_ABSENT ||
	    (value.kind == SL_MAP_TEXT && !has_content(member->type, value.text)))
		return why;
	put_name(composing, member->path);
	if (value.kind == SL_MAP_TOKEN)
		put_token(&composing->json, member->type, value.text);
	else
		put_text(&composing->json, member->type, value.text);
	return SL_WHY_NONE;
}

enum sl_reason sl_map_compose(struct sl_map *map, const struct sl_map_binding *binding,
			      struct sl_span piece, uint32_t index, char *at, size_t room,
			      size_t *ret_bytes, struct sl_decode_fault *ret_fault)
{
	uint32_t rule = (uint32_t)(map->chosen - map->plan->rules);
	struct composing composing = {.map = map,
				      .binding = binding,
				      .picked = map->picked,
				      .index = index,
				      .fault = ret_fault};
	enum sl_reason why = SL_WHY_NONE;

	map->scratch_used = 0;
	if (map->chosen->rule->body == SL_MAP_BODY_EACH) {
		composing.picked = map->of_piece;
		if (map->plan->json)
			why = sl_map_pick(map, piece, map->of_piece, ret_fault);
	} else if (map->chosen->reads_json) {
		why = sl_map_read_body(map, ret_fault);
	}
	if (why)
		return why;
	sl_json_init(&composing.json, at, room);
	sl_json_object(&composing.json);
	for (uint32_t i = binding->first[rule]; !why && i < binding->first[rule + 1]; i++)
		why = put_member(&composing, &binding->members[i]);
	if (why)
		return why;
	while (composing.open.bytes) {
		sl_json_object_end(&composing.json);
		composing.open = parent_of(composing.open);
	}
	sl_json_object_end(&composing.json);
	if (composing.json.full)
		return sl_fault_fill(ret_fault, SL_WHY_TOO_LARGE, 0, (struct sl_text){0},
				     "longer than the limit for one event");
	*ret_bytes = composing.json.bytes;
	return SL_WHY_NONE;
}
