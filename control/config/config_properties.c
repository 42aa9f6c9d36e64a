/* Maps of properties that a library defines: kept as written. */
#include "control/config/config_priv.h"

#include <string.h>

const char *sl_property(const struct sl_properties *properties, const char *name)
{
	for (unsigned i = 0; i < properties->count; i++)
		if (!strcmp(properties->room + properties->at[i].name, name))
			return properties->room + properties->at[i].value;
	return NULL;
}

static bool keep(struct sl_properties *properties, const char *text, uint32_t *ret_at)
{
	size_t n = strlen(text) + 1;

	if (n > sizeof(properties->room) - properties->bytes)
		return false;
	memcpy(properties->room + properties->bytes, text, n);
	*ret_at = properties->bytes;
	properties->bytes += (uint32_t)n;
	return true;
}

void sl_config_properties(const struct sl_config_tree *tree, const struct sl_config_node *map,
			  struct sl_properties *properties, struct sl_problems *problems)
{
	if (map->kind != SL_CONFIG_MAPPING) {
		sl_problems_add(problems, map->line, map->column,
				"properties: {bootstrap.servers: \"127.0.0.1:9092\"}",
				"properties are a mapping of names to values");
		return;
	}
	for (uint32_t i = map->child; i; i = tree->nodes[i].next) {
		const struct sl_config_node *node = &tree->nodes[i];
		unsigned n = properties->count;

		if (node->kind != SL_CONFIG_SCALAR) {
			sl_problems_add(problems, node->line, node->column,
					"lists are written as one text, separated by commas",
					"the property %.80s has one value", node->key);
		} else if (n == SL_PROPERTIES_MAX ||
			   !keep(properties, node->key, &properties->at[n].name) ||
			   !keep(properties, node->text, &properties->at[n].value)) {
			sl_problems_add(problems, node->key_line, node->key_column, NULL,
					"more than %u properties, or %u bytes of them",
					SL_PROPERTIES_MAX, SL_PROPERTIES_BYTES);
			return;
		} else {
			properties->at[n].line = node->key_line;
			properties->count++;
		}
	}
}
