#include "rules/read/yaml_priv.h"

static const char *const kind_names[] = {
	[SL_YAML_SCALAR] = "one value",
	[SL_YAML_LIST] = "a list",
	[SL_YAML_MAP] = "a map (`key: value` lines, or {key: value})",
};

const struct sl_yaml_node *sl_yaml_get(const struct sl_yaml_node *map, const char *key)
{
	for (const struct sl_yaml_node *entry = map->items; entry; entry = entry->next) {
		if (sl_slice_is(entry->key->value, key))
			return entry;
	}
	return NULL;
}

bool sl_yaml_is_kind_or(const struct sl_yaml_file *file, const struct sl_yaml_node *node,
			enum sl_yaml_kind kind, const char *what, const char *hint)
{
	if (node->is_refused)
		return false;
	if (node->kind == kind)
		return true;
	sl_mistake(file->diagnostics, sl_yaml_at(file, node), "bad_value", hint, "%s must be %s",
		   what, kind_names[kind]);
	return false;
}

bool sl_yaml_is_kind(const struct sl_yaml_file *file, const struct sl_yaml_node *node,
		     enum sl_yaml_kind kind, const char *what)
{
	return sl_yaml_is_kind_or(file, node, kind, what, "");
}

bool sl_yaml_text(const struct sl_yaml_file *file, const struct sl_yaml_node *node,
		  const char *what, uint32_t bytes_max, struct sl_slice *ret_text)
{
	if (!sl_yaml_is_kind(file, node, SL_YAML_SCALAR, what))
		return false;
	if (node->value.bytes == 0) {
		sl_mistake(file->diagnostics, sl_yaml_at(file, node), "bad_value", "",
			   "%s is empty", what);
		return false;
	}
	if (node->value.bytes > bytes_max) {
		sl_mistake(file->diagnostics, sl_yaml_at(file, node), "bad_value", "",
			   "%s must have 1 to %u bytes, it has %u", what, bytes_max,
			   node->value.bytes);
		return false;
	}
	for (uint32_t i = 0; i < node->value.bytes; i++) {
		unsigned char c = (unsigned char)node->value.at[i];

		if ((c < 0x20 && c != '\n' && c != '\t') || c == 0x7f) {
			sl_mistake(file->diagnostics, sl_yaml_place(file->source, node, i),
				   "bad_value", "", "%s holds a control character", what);
			return false;
		}
	}
	*ret_text = node->value;
	return true;
}

bool sl_yaml_bool(const struct sl_yaml_file *file, const struct sl_yaml_node *node,
		  const char *what, bool *ret_value)
{
	bool yes = node->kind == SL_YAML_SCALAR && sl_slice_is(node->value, "true");

	if (!yes && !(node->kind == SL_YAML_SCALAR && sl_slice_is(node->value, "false"))) {
		sl_mistake(file->diagnostics, sl_yaml_at(file, node), "bad_value", "",
			   "%s must be true or false", what);
		return false;
	}
	*ret_value = yes;
	return true;
}

bool sl_yaml_count(const struct sl_yaml_file *file, const struct sl_yaml_node *node,
		   const char *what, uint32_t max, uint32_t *ret_value)
{
	uint64_t value = 0;
	bool good =
		node->kind == SL_YAML_SCALAR && node->value.bytes > 0 && node->value.bytes <= 10;

	for (uint32_t i = 0; good && i < node->value.bytes; i++) {
		good = node->value.at[i] >= '0' && node->value.at[i] <= '9';
		value = value * 10 + (unsigned)(node->value.at[i] - '0');
	}
	if (!good || value == 0 || value > max) {
		sl_mistake(file->diagnostics, sl_yaml_at(file, node), "bad_value", "",
			   "%s must be a number from 1 to %u", what, max);
		return false;
	}
	*ret_value = (uint32_t)value;
	return true;
}
