/* Slips in the events of tests, which the gateway would take in silence: fields that the schema has
 * not, and reasons that do not exist. */
#include "rules/case/case_priv.h"

#include "rules/nearest_priv.h"

#include <stdio.h>

#define PATH_ROOM (SL_SCHEMA_PATH_MAX + 1)

static void warn_of_field(const struct sl_schema *schema, const struct sl_yaml_file *file,
			  const struct sl_yaml_node *key, struct sl_slice path)
{
	struct sl_nearest nearest = {.wrote = path};
	char hint[SL_SCHEMA_PATH_MAX + 64];

	for (uint32_t i = 0; i < schema->n_fields; i++)
		sl_nearest_offer(&nearest, schema->fields[i].path);
	sl_nearest_hint(&nearest, hint, sizeof(hint));
	if (memchr(key->value.at, '.', key->value.bytes) && sl_schema_find(schema, path) >= 0)
		snprintf(hint, sizeof(hint), "a field within another is written `{%.*s: {…}}`",
			 (int)strcspn(key->value.at, "."), key->value.at);
	sl_diagnose(file->diagnostics, SL_SEVERITY_WARNING, sl_yaml_at(file, key), "unknown_field",
		    hint, "no campaign sees this: the schema has no field `%.*s`",
		    SL_SLICE_ARGS(path));
}

static void check_map(const struct sl_schema *schema, const struct sl_yaml_file *file,
		      const struct sl_yaml_node *map, struct sl_slice before)
{
	for (const struct sl_yaml_node *entry = map->items; entry; entry = entry->next) {
		char room[PATH_ROOM];
		struct sl_slice path = {.at = room};
		bool dotted = memchr(entry->key->value.at, '.', entry->key->value.bytes) != NULL;
		int n = snprintf(room, sizeof(room), "%.*s%s%.*s", SL_SLICE_ARGS(before),
				 before.bytes ? "." : "", SL_SLICE_ARGS(entry->key->value));

		if (n < 0 || (size_t)n >= sizeof(room))
			continue;
		path.bytes = (uint32_t)n;
		if (entry->kind == SL_YAML_MAP && sl_schema_branch(schema, path) >= 0)
			check_map(schema, file, entry, path);
		else if (dotted || sl_schema_find(schema, path) < 0)
			warn_of_field(schema, file, entry->key, path);
	}
}

void sl_case_check_fields(const struct sl_schema *schema, const struct sl_yaml_file *file,
			  const struct sl_yaml_node *event)
{
	check_map(schema, file, event, (struct sl_slice){"", 0});
}

void sl_case_check_reason(const struct sl_yaml_file *file, const struct sl_yaml_node *reason)
{
	static const char *const reasons[] = {
#define SL_REASON(name, text, kind, doc) text,
#include "sluice/reasons.def"
#undef SL_REASON
	};
	struct sl_nearest nearest = {.wrote = reason->value};
	char hint[128];

	if (reason->kind != SL_YAML_SCALAR || reason->value.bytes == 0)
		return; /* reported where it is read */
	for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++) {
		if (sl_slice_is(reason->value, reasons[i]))
			return;
		sl_nearest_offer(&nearest, sl_slice_of(reasons[i]));
	}
	if (nearest.best.bytes)
		sl_nearest_hint(&nearest, hint, sizeof(hint));
	else
		snprintf(hint, sizeof(hint), "as `field_missing`, `field_type`, `field_range`");
	sl_mistake(file->diagnostics, sl_yaml_at(file, reason), "bad_value", hint,
		   "no event is refused for a reason `%.*s`", SL_SLICE_ARGS(reason->value));
}
