#include "rules/campaign/schema_priv.h"

#include "rules/nearest_priv.h"

#include <errno.h>
#include <stdio.h>

#define STRING_BYTES_DEFAULT 65536u
#define STRING_BYTES_MAX 1048576u
#define LIST_ITEMS_DEFAULT 1024u
#define LIST_ITEMS_MAX 65536u

static const struct {
	const char *name;
	uint8_t type;
} types[] = {
	{"string", SL_TYPE_STRING}, {"int", SL_TYPE_INT},   {"decimal", SL_TYPE_DECIMAL},
	{"bool", SL_TYPE_BOOL},     {"time", SL_TYPE_TIME}, {"strings", SL_TYPE_STRINGS},
};

/* What databases and JSON Schema call them. */
static const struct {
	const char *name, *ours;
} elsewhere[] = {
	{"array", "strings"},   {"bigint", "int"},     {"boolean", "bool"},
	{"char", "string"},     {"date", "time"},      {"datetime", "time"},
	{"double", "decimal"},  {"float", "decimal"},  {"integer", "int"},
	{"list", "strings"},    {"long", "int"},       {"number", "int` or `decimal"},
	{"numeric", "decimal"}, {"str", "string"},     {"text", "string"},
	{"timestamp", "time"},  {"varchar", "string"},
};

static const struct {
	const char *name;
	uint8_t role;
	uint8_t type;
	uint8_t also; /* another type that will do, 0: none; of an integer the digits are the text
		       */
} roles[] = {
	{"id", SL_ROLE_ID, SL_TYPE_STRING, SL_TYPE_INT},
	{"time", SL_ROLE_TIME, SL_TYPE_TIME, 0},
	{"key", SL_ROLE_KEY, SL_TYPE_STRING, SL_TYPE_INT},
	{"type", SL_ROLE_TYPE, SL_TYPE_STRING, 0},
	{"channel", SL_ROLE_CHANNEL, SL_TYPE_STRING, 0},
	{"trace", SL_ROLE_TRACE, SL_TYPE_STRING, 0},
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

const char *sl_schema_type_name(uint8_t type)
{
	for (size_t i = 0; i < COUNT(types); i++) {
		if (types[i].type == type)
			return types[i].name;
	}
	return "nothing";
}

bool sl_schema_is_reserved(struct sl_slice word)
{
	static const char *const words[] = {
		"true",     "false",   "null",      "in",       "as",  "break",  "const",
		"continue", "else",    "for",       "function", "if",  "import", "let",
		"loop",     "package", "namespace", "return",   "var", "void",   "while",
	};

	for (size_t i = 0; i < COUNT(words); i++) {
		if (sl_slice_is(word, words[i]))
			return true;
	}
	return false;
}

int sl_schema_find(const struct sl_schema *schema, struct sl_slice path)
{
	for (uint32_t i = 0; i < schema->n_fields; i++) {
		if (sl_slice_equal(schema->fields[i].path, path))
			return (int)i;
	}
	return -1;
}

static bool is_below(struct sl_slice path, struct sl_slice branch)
{
	return path.bytes > branch.bytes && path.at[branch.bytes] == '.' &&
	       memcmp(path.at, branch.at, branch.bytes) == 0;
}

int sl_schema_branch(const struct sl_schema *schema, struct sl_slice path)
{
	for (uint32_t i = 0; i < schema->n_fields; i++) {
		if (is_below(schema->fields[i].path, path))
			return (int)i;
	}
	return -1;
}

static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

/* Names of CEL joined by dots, the first of them no reserved word. */
static bool is_path(struct sl_slice path)
{
	bool start = true;
	uint32_t first = 0, names = 1;

	if (path.bytes == 0 || path.bytes > SL_SCHEMA_PATH_MAX)
		return false;
	for (uint32_t i = 0; i < path.bytes; i++) {
		char c = path.at[i];

		if (c == '.' && !start) {
			start = true;
			names++;
		} else if (is_letter(c) || (c >= '0' && c <= '9' && !start)) {
			start = false;
		} else {
			return false;
		}
	}
	while (first < path.bytes && path.at[first] != '.')
		first++;
	return !start && names <= SL_PATH_NAMES_MAX &&
	       !sl_schema_is_reserved((struct sl_slice){path.at, first});
}

static bool read_type(const struct sl_yaml_file *file, const struct sl_yaml_node *node,
		      uint8_t *ret_type)
{
	struct sl_nearest nearest = {.wrote = node->value};
	char hint[128];

	if (!sl_yaml_is_kind(file, node, SL_YAML_SCALAR, "the type of a field"))
		return false;
	for (size_t i = 0; i < COUNT(types); i++) {
		if (sl_slice_is(node->value, types[i].name)) {
			*ret_type = types[i].type;
			return true;
		}
		sl_nearest_offer(&nearest, sl_slice_of(types[i].name));
	}
	sl_nearest_hint(&nearest, hint, sizeof(hint));
	for (size_t i = 0; i < COUNT(elsewhere); i++)
		if (sl_slice_is(node->value, elsewhere[i].name))
			snprintf(hint, sizeof(hint), "here it is `%s`", elsewhere[i].ours);
	sl_mistake(
		file->diagnostics, sl_yaml_at(file, node), "unknown_type", hint,
		"there is no type `%.*s`; types are string, int, decimal, bool, time and strings",
		SL_SLICE_ARGS(node->value));
	return false;
}

static void read_role(const struct sl_yaml_file *file, const struct sl_yaml_node *node,
		      struct sl_schema *schema, struct sl_schema_field *field)
{
	struct sl_place place = sl_yaml_at(file, node);
	struct sl_nearest nearest = {.wrote = node->value};
	char hint[128];

	if (!sl_yaml_is_kind(file, node, SL_YAML_SCALAR, "the role of a field"))
		return;
	for (size_t i = 0; i < COUNT(roles); i++) {
		int taken = schema->role_slot[roles[i].role];

		sl_nearest_offer(&nearest, sl_slice_of(roles[i].name));
		if (!sl_slice_is(node->value, roles[i].name))
			continue;
		if (field->type && field->type != roles[i].type && field->type != roles[i].also)
			sl_mistake(file->diagnostics, place, "bad_role", "",
				   "the role %s needs a field of type %s%s%s", roles[i].name,
				   sl_schema_type_name(roles[i].type), roles[i].also ? " or " : "",
				   roles[i].also ? sl_schema_type_name(roles[i].also) : "");
		else if (taken >= 0)
			sl_mistake(file->diagnostics, place, "bad_role", "",
				   "`%.*s` has the role %s already",
				   SL_SLICE_ARGS(schema->fields[taken].path), roles[i].name);
		else
			field->role = roles[i].role;
		return;
	}
	sl_mistake(file->diagnostics, place, "unknown_role",
		   sl_nearest_hint(&nearest, hint, sizeof(hint)),
		   "there is no role `%.*s`; roles are id, time, key, type, channel and trace",
		   SL_SLICE_ARGS(node->value));
}

static void refuse_key(const struct sl_yaml_file *file, const struct sl_yaml_node *key,
		       const char *const *known, size_t n_known, const char *where)
{
	struct sl_nearest nearest = {.wrote = key->value};
	char hint[128];

	for (size_t i = 0; i < n_known; i++)
		sl_nearest_offer(&nearest, sl_slice_of(known[i]));
	sl_mistake(file->diagnostics, sl_yaml_at(file, key), "unknown_key",
		   sl_nearest_hint(&nearest, hint, sizeof(hint)), "%s has no key `%.*s`", where,
		   SL_SLICE_ARGS(key->value));
}

static void read_options(const struct sl_yaml_file *file, const struct sl_yaml_node *map,
			 struct sl_schema *schema, struct sl_schema_field *field)
{
	static const char *const known[] = {"type", "role", "required", "max", "items"};
	const struct sl_yaml_node *type = sl_yaml_get(map, "type");
	bool required = false;

	if (!type)
		sl_mistake(file->diagnostics, sl_yaml_at(file, map), "missing_key",
			   "`name: {type: string}`", "the field has no type");
	else
		read_type(file, type, &field->type);
	for (const struct sl_yaml_node *entry = map->items; entry; entry = entry->next) {
		bool texts = field->type == SL_TYPE_STRING || field->type == SL_TYPE_STRINGS;

		if (sl_slice_is(entry->key->value, "role"))
			read_role(file, entry, schema, field);
		else if (sl_slice_is(entry->key->value, "required"))
			sl_yaml_bool(file, entry, "required", &required);
		else if (sl_slice_is(entry->key->value, "max") && texts)
			sl_yaml_count(file, entry, "max", STRING_BYTES_MAX, &field->bytes_max);
		else if (sl_slice_is(entry->key->value, "items") && field->type == SL_TYPE_STRINGS)
			sl_yaml_count(file, entry, "items", LIST_ITEMS_MAX, &field->items_max);
		else if (field->type && (sl_slice_is(entry->key->value, "max") ||
					 sl_slice_is(entry->key->value, "items")))
			sl_mistake(file->diagnostics, sl_yaml_at(file, entry->key), "bad_value", "",
				   "a field of type %s has no `%.*s`",
				   sl_schema_type_name(field->type),
				   SL_SLICE_ARGS(entry->key->value));
		else if (type && entry != type && field->type)
			refuse_key(file, entry->key, known, COUNT(known), "a field");
	}
	if (required)
		field->flags |= SL_FIELD_REQUIRED;
}

/* A JSON member is a value or an object, not now this and now that. */
static bool check_path(const struct sl_yaml_file *file, const struct sl_yaml_node *key,
		       const struct sl_schema *schema)
{
	struct sl_place place = sl_yaml_at(file, key);
	int below = sl_schema_branch(schema, key->value);

	if (!is_path(key->value)) {
		sl_mistake(file->diagnostics, place, "bad_name",
			   "letters, digits and _ joined by dots, at most 16 names and 128 bytes, "
			   "no word that CEL reserves",
			   "`%.*s` cannot name a field", SL_SLICE_ARGS(key->value));
		return false;
	}
	for (uint32_t i = 0; below < 0 && i < schema->n_fields; i++) {
		if (is_below(key->value, schema->fields[i].path))
			below = (int)i;
	}
	if (below >= 0) {
		sl_mistake(file->diagnostics, place, "bad_name", "",
			   "`%.*s` and `%.*s` cannot both be fields: one lies inside the other",
			   SL_SLICE_ARGS(key->value), SL_SLICE_ARGS(schema->fields[below].path));
		return false;
	}
	return true;
}

static int read_field(const struct sl_yaml_file *file, struct sl_arena *arena,
		      const struct sl_yaml_node *entry, struct sl_schema *schema)
{
	struct sl_schema_field field = {.offset = entry->key->start};

	if (schema->n_fields == SL_FIELDS_MAX) {
		sl_mistake(file->diagnostics, sl_yaml_at(file, entry->key), "too_many", "",
			   "a schema has at most %u fields", SL_FIELDS_MAX);
		return 0;
	}
	if (!check_path(file, entry->key, schema))
		return 0;
	if (entry->kind == SL_YAML_SCALAR)
		read_type(file, entry, &field.type);
	else if (sl_yaml_is_kind(file, entry, SL_YAML_MAP, "a field"))
		read_options(file, entry, schema, &field);
	if (!field.bytes_max && (field.type == SL_TYPE_STRING || field.type == SL_TYPE_STRINGS))
		field.bytes_max = STRING_BYTES_DEFAULT;
	if (!field.items_max && field.type == SL_TYPE_STRINGS)
		field.items_max = LIST_ITEMS_DEFAULT;
	field.path =
		(struct sl_slice){sl_arena_copy(arena, entry->key->value), entry->key->value.bytes};
	if (!field.path.at)
		return -ENOMEM;
	if (field.role)
		schema->role_slot[field.role] = (int)schema->n_fields;
	schema->fields[schema->n_fields++] = field;
	return 0;
}

static int read_schema(const struct sl_yaml_file *file, struct sl_arena *arena,
		       const struct sl_yaml_node *root, struct sl_schema *schema)
{
	static const char *const known[] = {"schema", "fields"};
	const struct sl_yaml_node *fields = NULL;
	struct sl_slice name;
	int error = 0;

	if (!sl_yaml_is_kind(file, root, SL_YAML_MAP, "a schema"))
		return 0;
	for (const struct sl_yaml_node *entry = root->items; entry; entry = entry->next) {
		if (sl_slice_is(entry->key->value, "schema")) {
			if (!sl_yaml_text(file, entry, "the name of a schema", 128, &name))
				continue;
			schema->name = (struct sl_slice){sl_arena_copy(arena, name), name.bytes};
			if (!schema->name.at)
				return -ENOMEM;
		} else if (sl_slice_is(entry->key->value, "fields")) {
			fields = entry;
		} else {
			refuse_key(file, entry->key, known, COUNT(known), "a schema");
		}
	}
	if (!fields) {
		sl_mistake(file->diagnostics, sl_yaml_at(file, root), "missing_key",
			   "`fields:` and below it a line `name: type` for each",
			   "the schema has no `fields`");
		return 0;
	}
	if (!sl_yaml_is_kind_or(file, fields, SL_YAML_MAP, "`fields`",
				"below `fields:` a line `name: type` for each, indented"))
		return 0;
	for (const struct sl_yaml_node *entry = fields->items; entry && !error; entry = entry->next)
		error = read_field(file, arena, entry, schema);
	return error;
}

int sl_schema_load(const struct sl_source *source, struct sl_arena *arena,
		   struct sl_diagnostics *diagnostics, struct sl_schema *ret_schema)
{
	struct sl_yaml_file file = {.source = source, .diagnostics = diagnostics};
	const struct sl_yaml_node *root = NULL, *second = NULL;
	struct sl_yaml yaml;
	int found, error;

	*ret_schema = (struct sl_schema){.name = {"", 0}};
	for (unsigned i = 0; i < SL_ROLES; i++)
		ret_schema->role_slot[i] = -1;
	error = sl_yaml_open(&yaml, source, diagnostics);
	if (error)
		return error;
	found = sl_yaml_next(&yaml, arena, &root);
	if (found < 0) {
		error = found;
		goto out;
	}
	if (found == 0) {
		if (sl_diagnostics_count(diagnostics, SL_SEVERITY_ERROR) == 0)
			sl_mistake(diagnostics, (struct sl_place){.source = source}, "missing_key",
				   "", "the schema is empty");
		goto out;
	}
	error = read_schema(&file, arena, root, ret_schema);
	if (error)
		goto out;
	found = sl_yaml_next(&yaml, arena, &second);
	if (found == 1)
		sl_mistake(diagnostics, sl_yaml_at(&file, second), "bad_value", "",
			   "a schema is one document; a second one begins here");
	else
		error = found;
out:
	sl_yaml_close(&yaml);
	return error;
}
