/* The keys of a campaign and of its parts: which there are, and what was meant by one that is not.
 */
#include "rules/campaign/campaign_priv.h"

#include "rules/nearest_priv.h"

#include <stdio.h>

struct key {
	const char *name;
	bool offered;
};

static const struct key campaign_keys[] = {
	{"campaign", true},     {"owner", true},
	{"description", true},  {"kind", true},
	{"renamed_from", true}, {"valid", true},
	{"match", true},        {"within", true},
	{"by", true},           {"for", true},
	{"after_match", true},  {"runs", true},
	{"neighbours", true},   {"among", true},
	{"on_change", true},    {"on_loss", true},
	{"limit", true},        {"priority", true},
	{"exclusive", true},    {"send", true},
	{"audience", false},    {"control_group", false},
	{"goal", false},        {"schedule", false},
	{"quiet_hours", false}, {"pacing", false},
};

static const struct key valid_keys[] = {{"from", true}, {"until", true}};
static const struct key send_keys[] = {{"channel", true}, {"template", true}, {"data", true}};
static const struct key limit_keys[] = {{"per_customer", true}, {"per", true}, {"over", true}};
static const struct key join_keys[] = {{"any", true}, {"all", true}, {"within", true}};
static const struct key times_keys[] = {{"from", true}, {"to", true}};
static const struct key window_keys[] = {
	{"tumbling", true}, {"calendar", true}, {"zone", true}, {"session", true}};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const struct {
	const char *where;
	const struct key *keys;
	size_t n;
} sets[] = {
	[SL_KEYS_CAMPAIGN] = {"a campaign", campaign_keys, COUNT(campaign_keys)},
	[SL_KEYS_VALID] = {"`valid`", valid_keys, COUNT(valid_keys)},
	[SL_KEYS_SEND] = {"`send`", send_keys, COUNT(send_keys)},
	[SL_KEYS_LIMIT] = {"`limit`", limit_keys, COUNT(limit_keys)},
	[SL_KEYS_JOIN] = {"`match`", join_keys, COUNT(join_keys)},
	[SL_KEYS_TIMES] = {"`times`", times_keys, COUNT(times_keys)},
	[SL_KEYS_WINDOW] = {"`window`", window_keys, COUNT(window_keys)},
};

/* The key that was meant, or all of them. */
static const char *hint_keys(const struct sl_nearest *nearest, const struct key *keys,
			     size_t n_keys, char *hint, size_t room)
{
	size_t used;

	if (nearest->best.bytes)
		return sl_nearest_hint(nearest, hint, room);
	used = (size_t)snprintf(hint, room, "its keys are");
	for (size_t i = 0; i < n_keys && used < room; i++)
		if (keys[i].offered)
			used += (size_t)snprintf(hint + used, room - used, "%s `%s`", i ? "," : "",
						 keys[i].name);
	return hint;
}

/* A merge key was refused when it was read. */
static bool is_merge(const struct sl_yaml_node *key)
{
	return key->style == SL_YAML_PLAIN && sl_slice_is(key->value, "<<");
}

static bool is_of_step(struct sl_slice name)
{
	static const char *const keys[] = {"not",    "times", "until", "window",
					   "having", "count", "keep",  "fire"};

	for (size_t i = 0; i < COUNT(keys); i++)
		if (sl_slice_is(name, keys[i]))
			return true;
	return false;
}

/* Reports what is no key, or is not offered. */
void sl_campaign_check_keys(const struct sl_yaml_file *file, const struct sl_yaml_node *map,
			    enum sl_keys which)
{
	const struct key *keys = sets[which].keys;
	size_t n_keys = sets[which].n;

	for (const struct sl_yaml_node *entry = map->items; entry; entry = entry->next) {
		struct sl_nearest nearest = {.wrote = entry->key->value};
		char hint[400];
		size_t i = 0;

		while (i < n_keys && !sl_slice_is(entry->key->value, keys[i].name))
			i++;
		for (size_t j = 0; i == n_keys && j < n_keys; j++)
			sl_nearest_offer(&nearest, sl_slice_of(keys[j].name));
		if (i == n_keys && which == SL_KEYS_CAMPAIGN && is_of_step(entry->key->value))
			sl_mistake(file->diagnostics, sl_yaml_at(file, entry->key), "unknown_key",
				   "move it into the step, beside the step's name and condition",
				   "`%.*s` is of a step of `match`, not of the campaign",
				   SL_SLICE_ARGS(entry->key->value));
		else if (i == n_keys && !is_merge(entry->key))
			sl_mistake(file->diagnostics, sl_yaml_at(file, entry->key), "unknown_key",
				   hint_keys(&nearest, keys, n_keys, hint, sizeof(hint)),
				   "%s has no key `%.*s`", sets[which].where,
				   SL_SLICE_ARGS(entry->key->value));
		else if (i < n_keys && !keys[i].offered)
			sl_mistake(file->diagnostics, sl_yaml_at(file, entry->key), "not_yet",
				   "take it out, or leave the campaign to a later version",
				   "`%s` is not acted on by this version", keys[i].name);
	}
}

/* Another key stands there for it, which was reported with what was meant. */
bool sl_campaign_is_misspelt(const struct sl_yaml_node *map, const char *key)
{
	for (const struct sl_yaml_node *entry = map->items; entry; entry = entry->next) {
		struct sl_nearest nearest = {.wrote = entry->key->value};
		bool known = false;

		for (size_t i = 0; i < COUNT(sets); i++)
			for (size_t j = 0; j < sets[i].n; j++)
				known |= sl_slice_is(entry->key->value, sets[i].keys[j].name);
		sl_nearest_offer(&nearest, sl_slice_of(key));
		if (!known && nearest.best.bytes)
			return true;
	}
	return false;
}

const struct sl_yaml_node *sl_campaign_require(const struct sl_yaml_file *file,
					       const struct sl_yaml_node *map, const char *key,
					       const char *hint)
{
	const struct sl_yaml_node *node = sl_yaml_get(map, key);

	if (!node && !sl_campaign_is_misspelt(map, key))
		sl_mistake(file->diagnostics, sl_yaml_at(file, map), "missing_key", hint,
			   "there is no `%s`", key);
	return node;
}

unsigned sl_campaign_read_word(const struct sl_yaml_file *file, const struct sl_yaml_node *node,
			       const char *what, const char *const *words, unsigned n)
{
	char all[160];
	size_t used = 0;

	for (unsigned i = 0; i < n; i++)
		if (node->kind == SL_YAML_SCALAR && sl_slice_is(node->value, words[i]))
			return i;
	for (unsigned i = 0; i < n && used < sizeof(all); i++)
		used += (size_t)snprintf(all + used, sizeof(all) - used, "%s`%s`",
					 i == 0       ? ""
					 : i + 1 == n ? " or "
						      : ", ",
					 words[i]);
	if (!node->is_refused)
		sl_mistake(file->diagnostics, sl_yaml_at(file, node), "bad_value", "", "%s is %s",
			   what, all);
	return n;
}
