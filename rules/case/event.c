#include "rules/case/case_priv.h"

#include <stdio.h>
#include <time.h>

#define PATH_ROOM (SL_SCHEMA_PATH_MAX + 1)

static void add_text(struct sl_buffer *json, const char *text)
{
	sl_buffer_add(json, text, strlen(text));
}

static void add_string(struct sl_buffer *json, struct sl_slice text)
{
	add_text(json, "\"");
	for (uint32_t i = 0; i < text.bytes; i++) {
		unsigned char c = (unsigned char)text.at[i];
		char escape[8];

		if (c == '"' || c == '\\')
			snprintf(escape, sizeof(escape), "\\%c", c);
		else if (c < 0x20 || c == 0x7f)
			snprintf(escape, sizeof(escape), "\\u%04x", c);
		else
			snprintf(escape, sizeof(escape), "%c", c);
		add_text(json, escape);
	}
	add_text(json, "\"");
}

static uint32_t skip_digits(struct sl_slice text, uint32_t at)
{
	while (at < text.bytes && text.at[at] >= '0' && text.at[at] <= '9')
		at++;
	return at;
}

/* A number as JSON writes it. */
static bool is_number(struct sl_slice text)
{
	uint32_t at = text.bytes && text.at[0] == '-', from = at;

	at = skip_digits(text, at);
	if (at == from || (text.at[from] == '0' && at > from + 1))
		return false;
	if (at < text.bytes && text.at[at] == '.') {
		from = ++at;
		at = skip_digits(text, at);
		if (at == from)
			return false;
	}
	if (at < text.bytes && (text.at[at] == 'e' || text.at[at] == 'E')) {
		at++;
		if (at < text.bytes && (text.at[at] == '+' || text.at[at] == '-'))
			at++;
		from = at;
		at = skip_digits(text, at);
		if (at == from)
			return false;
	}
	return at == text.bytes;
}

static bool is_bare(const struct sl_yaml_node *node)
{
	return node->style == SL_YAML_PLAIN &&
	       (is_number(node->value) || sl_slice_is(node->value, "true") ||
		sl_slice_is(node->value, "false") || sl_slice_is(node->value, "null"));
}

static bool is_text_field(const struct sl_schema *schema, const char *path)
{
	int slot = schema ? sl_schema_find(schema, sl_slice_of(path)) : -1;
	uint8_t type = slot < 0 ? SL_TYPE_INT : schema->fields[slot].type;

	return type == SL_TYPE_STRING || type == SL_TYPE_STRINGS || type == SL_TYPE_TIME;
}

/* path: of the node in the event, "device.os". */
static void add_value(const struct sl_schema *schema, const struct sl_yaml_node *node,
		      const char *path, struct sl_buffer *json)
{
	if (node->kind == SL_YAML_SCALAR) {
		if (is_bare(node) && !is_text_field(schema, path))
			sl_buffer_add(json, node->value.at, node->value.bytes);
		else
			add_string(json, node->value);
		return;
	}
	add_text(json, node->kind == SL_YAML_MAP ? "{" : "[");
	for (const struct sl_yaml_node *item = node->items; item; item = item->next) {
		char below[PATH_ROOM] = "";

		if (item != node->items)
			add_text(json, ",");
		if (node->kind == SL_YAML_MAP) {
			snprintf(below, sizeof(below), "%s%s%.*s", path, *path ? "." : "",
				 SL_SLICE_ARGS(item->key->value));
			add_string(json, item->key->value);
			add_text(json, ":");
		}
		add_value(schema, item, node->kind == SL_YAML_MAP ? below : path, json);
	}
	add_text(json, node->kind == SL_YAML_MAP ? "}" : "]");
}

void sl_case_value_json(const struct sl_yaml_node *node, struct sl_buffer *json)
{
	add_value(NULL, node, "", json);
}

static void add_member(struct sl_buffer *json, bool *first, struct sl_slice name)
{
	add_text(json, *first ? "" : ",");
	*first = false;
	add_string(json, name);
	add_text(json, ":");
}

static void print_instant(int64_t ns, char *at, size_t room)
{
	time_t seconds = (time_t)(ns / 1000000000);
	long rest = (long)(ns % 1000000000);
	struct tm parts;
	size_t n;

	if (rest < 0) {
		seconds--;
		rest += 1000000000;
	}
	gmtime_r(&seconds, &parts);
	n = strftime(at, room, "%Y-%m-%dT%H:%M:%S", &parts);
	if (rest)
		n += (size_t)snprintf(at + n, room - n, ".%09ld", rest);
	snprintf(at + n, room - n, "Z");
}

int64_t sl_case_event_time(const struct sl_schema *schema, const struct sl_yaml_node *map,
			   const struct sl_case_defaults *defaults)
{
	int slot = schema->role_slot[SL_ROLE_TIME];
	const struct sl_yaml_node *given;
	int64_t time_ns = defaults->time_ns;
	char path[PATH_ROOM];

	if (slot < 0)
		return time_ns;
	snprintf(path, sizeof(path), "%.*s", SL_SLICE_ARGS(schema->fields[slot].path));
	given = sl_yaml_get(map, path);
	if (!given && defaults->event)
		given = sl_yaml_get(defaults->event, path);
	if (given && given->kind == SL_YAML_SCALAR)
		sl_instant_parse(given->value, &time_ns);
	return time_ns;
}

/* A role's field that neither the event nor the defaults have. Nested ones are left out: the
 * schema's authors keep roles at the top. */
static void add_role(const struct sl_schema *schema, const struct sl_yaml_node *map,
		     const struct sl_case_defaults *defaults, uint8_t role, bool *first,
		     struct sl_buffer *json)
{
	int slot = schema->role_slot[role];
	char path[PATH_ROOM], value[48];

	if (slot < 0)
		return;
	snprintf(path, sizeof(path), "%.*s", SL_SLICE_ARGS(schema->fields[slot].path));
	if (strchr(path, '.') || sl_yaml_get(map, path) ||
	    (defaults->event && sl_yaml_get(defaults->event, path)))
		return;
	if (schema->fields[slot].type == SL_TYPE_INT)
		snprintf(value, sizeof(value), "%u", role == SL_ROLE_ID ? defaults->number : 1);
	else if (role == SL_ROLE_ID)
		snprintf(value, sizeof(value), "event-%u", defaults->number);
	else if (role == SL_ROLE_KEY)
		snprintf(value, sizeof(value), "C1");
	else
		print_instant(defaults->time_ns, value, sizeof(value));
	add_member(json, first, sl_slice_of(path));
	if (schema->fields[slot].type == SL_TYPE_INT)
		add_text(json, value);
	else
		add_string(json, sl_slice_of(value));
}

static void add_members(const struct sl_schema *schema, const struct sl_yaml_node *from,
			const struct sl_yaml_node *unless_in, bool *first, struct sl_buffer *json)
{
	for (const struct sl_yaml_node *item = from->items; item; item = item->next) {
		if (unless_in && sl_yaml_get(unless_in, item->key->value.at))
			continue;
		add_member(json, first, item->key->value);
		add_value(schema, item, item->key->value.at, json);
	}
}

void sl_case_event_json(const struct sl_schema *schema, const struct sl_yaml_node *map,
			const struct sl_case_defaults *defaults, struct sl_buffer *json)
{
	bool first = true;

	add_text(json, "{");
	add_role(schema, map, defaults, SL_ROLE_ID, &first, json);
	add_role(schema, map, defaults, SL_ROLE_TIME, &first, json);
	add_role(schema, map, defaults, SL_ROLE_KEY, &first, json);
	if (defaults->event)
		add_members(schema, defaults->event, map, &first, json);
	add_members(schema, map, NULL, &first, json);
	add_text(json, "}");
	sl_buffer_add(json, "", 1);
}
