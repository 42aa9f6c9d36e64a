/* One rule of a mirror channel: its keys, and the event that it makes of a request. */
#include "control/config/config_rule_priv.h"

#include <string.h>

static const char *const rule_keys[] = {"method",  "host", "path", "where",
					"without", "id",   "body", "fields"};
#define RULE_KEYS (sizeof(rule_keys) / sizeof(rule_keys[0]))

const struct sl_config_node *sl_config_rule_member(const struct sl_config_rule *rule,
						   const char *key)
{
	for (uint32_t i = rule->item->child; i; i = rule->tree->nodes[i].next)
		if (!strcmp(rule->tree->nodes[i].key, key))
			return &rule->tree->nodes[i];
	return NULL;
}

const struct sl_config_node *sl_config_rule_next(const struct sl_config_rule *rule,
						 const struct sl_config_node *node,
						 const struct sl_config_node *before)
{
	uint32_t next;

	if (node->kind == SL_CONFIG_SCALAR)
		return before ? NULL : node;
	next = before ? before->next : node->child;
	return next ? &rule->tree->nodes[next] : NULL;
}

bool sl_config_rule_is_words(const struct sl_config_rule *rule, const struct sl_config_node *node,
			     const char *key)
{
	const struct sl_config_node *at = NULL;

	if (node->kind == SL_CONFIG_SCALAR)
		return true;
	if (node->kind == SL_CONFIG_SEQUENCE && node->child) {
		while ((at = sl_config_rule_next(rule, node, at)) && at->kind == SL_CONFIG_SCALAR)
			;
		if (!at)
			return true;
	}
	sl_problems_add(rule->problems, node->line, node->column, NULL,
			"%.60s is a value, or a list of values", key);
	return false;
}

/* ---- fields */

/* One is the begin of the other, up to a dot: an object cannot be a value too. */
static bool is_above(const char *a, const char *b)
{
	size_t n = strlen(a);

	return !strncmp(a, b, n) && b[n] == '.';
}

static void check_field(struct sl_config_rule *rule, const struct sl_config_node *list,
			const struct sl_config_node *field)
{
	if (!sl_config_is_field(field->key))
		sl_problems_add(rule->problems, field->key_line, field->key_column,
				"letters, digits and _ joined by dots, as in device.os",
				"fields: \"%.60s\" is no name of a schema's field", field->key);
	for (uint32_t i = list->child; i; i = rule->tree->nodes[i].next)
		if (is_above(rule->tree->nodes[i].key, field->key))
			sl_problems_add(rule->problems, field->key_line, field->key_column, NULL,
					"fields: \"%.60s\" lies within \"%.60s\", which has a "
					"value of its own",
					field->key, rule->tree->nodes[i].key);
}

/* customer: cookie.CUST, or type: {constant: loan.apply}. */
static bool take_value(struct sl_config_rule *rule, const struct sl_config_node *node,
		       struct sl_map_source *ret_source)
{
	const struct sl_config_node *constant;

	if (node->kind == SL_CONFIG_SCALAR)
		return sl_config_rule_source(rule, node->text, node->line, node->column,
					     ret_source);
	constant = node->child ? &rule->tree->nodes[node->child] : NULL;
	if (node->kind != SL_CONFIG_MAPPING || !constant || constant->next ||
	    strcmp(constant->key, "constant") != 0 || constant->kind != SL_CONFIG_SCALAR) {
		sl_problems_add(rule->problems, node->line, node->column,
				"customer: cookie.CUST, or type: {constant: loan.apply}",
				"%.60s: a source is wanted, or {constant: VALUE}", node->key);
		return false;
	}
	*ret_source =
		(struct sl_map_source){.kind = SL_MAP_CONSTANT,
				       .name = sl_config_mapping_text(rule->mapping, constant->text,
								      strlen(constant->text))};
	return true;
}

static void take_fields(struct sl_config_rule *rule)
{
	const struct sl_config_node *node = sl_config_rule_member(rule, "fields");
	struct sl_config_mapping *mapping = rule->mapping;

	if (rule->rule.body == SL_MAP_BODY_EVENTS) {
		if (node)
			sl_problems_add(rule->problems, node->key_line, node->key_column,
					"remove one of the two",
					"fields: with body: events the body is the event");
		return;
	}
	if (!node || node->kind != SL_CONFIG_MAPPING || !node->child) {
		sl_problems_add(rule->problems, node ? node->line : rule->item->line,
				node ? node->column : rule->item->column,
				"fields: {type: {constant: loan.apply}, customer: cookie.CUST}; or "
				"body: events where the body is one",
				"this rule fills no fields");
		return;
	}
	for (uint32_t i = node->child; i; i = rule->tree->nodes[i].next) {
		const struct sl_config_node *at = &rule->tree->nodes[i];
		struct sl_map_field field;

		check_field(rule, node, at);
		if (!take_value(rule, at, &field.source))
			continue;
		if (rule->rule.n_fields == SL_FIELDS_MAX) {
			sl_problems_add(rule->problems, at->line, at->column, NULL,
					"fields: more than %u, which is what a schema may have",
					SL_FIELDS_MAX);
			return;
		}
		field.path = sl_config_mapping_text(mapping, at->key, strlen(at->key));
		if (!sl_config_mapping_has_room(mapping, sizeof(field))) {
			mapping->full = true;
			return;
		}
		mapping->fields[mapping->header.fields++] = field;
		rule->rule.n_fields++;
	}
}

static void take_ids(struct sl_config_rule *rule)
{
	const struct sl_config_node *node = sl_config_rule_member(rule, "id"), *at = NULL;
	const struct sl_config_node *fields = sl_config_rule_member(rule, "fields");

	if (!node || !sl_config_rule_is_words(rule, node, "id"))
		return;
	while ((at = sl_config_rule_next(rule, node, at))) {
		bool is_filled = false;

		for (uint32_t i = fields && fields->kind == SL_CONFIG_MAPPING ? fields->child : 0;
		     i; i = rule->tree->nodes[i].next)
			is_filled |= !strcmp(rule->tree->nodes[i].key, at->text);
		if (!is_filled)
			sl_problems_add(rule->problems, at->line, at->column,
					"the id is made of values of `fields`",
					"id: this rule does not fill \"%.60s\"", at->text);
		if (rule->rule.n_ids++ < SL_FIELDS_MAX)
			sl_config_mapping_ref(rule->mapping, at->text, strlen(at->text));
		else
			sl_problems_add(rule->problems, at->line, at->column, NULL,
					"id: more than %u fields", SL_FIELDS_MAX);
	}
}

static void take_body(struct sl_config_rule *rule)
{
	static const char *const words[] = {"fields", "each", "events"};
	const struct sl_config_node *node = sl_config_rule_member(rule, "body");
	uint32_t i = 0;

	if (!node)
		return;
	while (i < 3 && (node->kind != SL_CONFIG_SCALAR || strcmp(node->text, words[i]) != 0))
		i++;
	if (i == 3)
		sl_problems_add(rule->problems, node->line, node->column,
				"fields: one event of a request; each: one of each element or line "
				"of its body; events: its body holds events",
				"body is fields, each or events");
	else
		rule->rule.body = i;
}

static void check_keys(const struct sl_config_rule *rule)
{
	char hint[128];

	for (uint32_t i = rule->item->child; i; i = rule->tree->nodes[i].next) {
		const struct sl_config_node *node = &rule->tree->nodes[i];
		const char *near;
		unsigned k = 0;

		while (k < RULE_KEYS && strcmp(rule_keys[k], node->key) != 0)
			k++;
		if (k < RULE_KEYS)
			continue;
		near = sl_config_nearest(node->key, rule_keys, RULE_KEYS);
		snprintf(hint, sizeof(hint), "did you mean %s?", near ? near : "");
		sl_problems_add(rule->problems, node->key_line, node->key_column,
				near ? hint : NULL, "a rule has no key \"%.60s\"", node->key);
	}
}

/* Of single elements nothing is known while a rule is chosen. */
static void check_each(const struct sl_config_rule *rule)
{
	const struct sl_map_condition *conditions =
		rule->mapping->conditions + rule->rule.condition;

	for (uint32_t i = 0; rule->rule.body == SL_MAP_BODY_EACH && i < rule->rule.n_conditions;
	     i++)
		if (conditions[i].source.kind == SL_MAP_JSON) {
			sl_problems_add(rule->problems, rule->item->line, rule->item->column,
					"ask for it in the campaign",
					"a rule with body: each has no condition on json.");
			return;
		}
}

void sl_config_rule(const struct sl_config_tree *tree, const struct sl_config_node *item,
		    struct sl_config_mapping *mapping, struct sl_problems *problems)
{
	struct sl_config_rule rule = {
		.tree = tree,
		.item = item,
		.mapping = mapping,
		.problems = problems,
		.rule = {.ref = mapping->header.refs,
			 .condition = mapping->header.conditions,
			 .field = mapping->header.fields},
	};

	check_keys(&rule);
	take_body(&rule);
	sl_config_rule_path(&rule);
	sl_config_rule_methods(&rule); /* these three in the order of the block */
	sl_config_rule_hosts(&rule);
	take_ids(&rule);
	sl_config_rule_where(&rule);
	sl_config_rule_without(&rule);
	take_fields(&rule);
	check_each(&rule);
	if (!sl_config_mapping_has_room(mapping, sizeof(rule.rule)))
		mapping->full = true;
	else
		mapping->rules[mapping->header.rules++] = rule.rule;
}
