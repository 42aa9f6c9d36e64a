/* Which requests a rule is for: method, host, path, and what they have or have not. */
#include "control/config/config_rule_priv.h"

#include <ctype.h>
#include <string.h>

void sl_config_rule_methods(struct sl_config_rule *rule)
{
	const struct sl_config_node *node = sl_config_rule_member(rule, "method"), *at = NULL;

	if (!node || !sl_config_rule_is_words(rule, node, "method"))
		return;
	while ((at = sl_config_rule_next(rule, node, at))) {
		size_t n = strlen(at->text);

		if (n == 0 || n > 32 || strspn(at->text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ-") != n)
			sl_problems_add(rule->problems, at->line, at->column,
					"in capitals: GET, POST", "method: \"%.40s\" is no method",
					at->text);
		sl_config_mapping_ref(rule->mapping, at->text, n);
		rule->rule.n_methods++;
	}
}

void sl_config_rule_hosts(struct sl_config_rule *rule)
{
	const struct sl_config_node *node = sl_config_rule_member(rule, "host"), *at = NULL;
	char lower[SL_MAP_NAME_MAX];

	if (!node || !sl_config_rule_is_words(rule, node, "host"))
		return;
	while ((at = sl_config_rule_next(rule, node, at))) {
		size_t n = strlen(at->text);
		bool is_sound = n > 0 && n < sizeof(lower) &&
				(at->text[0] == '[' || !strchr(at->text, ':')) &&
				!strpbrk(at->text, "/ ?#@") && !strchr(at->text + 1, '*') &&
				(at->text[0] != '*' || at->text[1] == '.');

		if (!is_sound) {
			sl_problems_add(rule->problems, at->line, at->column,
					"a name without port: m.bank.example, or *.bank.example "
					"for all below it",
					"host: \"%.60s\" is no host", at->text);
			continue;
		}
		for (size_t i = 0; i < n; i++)
			lower[i] = (char)tolower((unsigned char)at->text[i]);
		sl_config_mapping_ref(rule->mapping, lower, n);
		rule->rule.n_hosts++;
	}
}

/* NULL, or what is wrong with a pattern. */
static const char *fault_of(const char *path)
{
	unsigned captures = 0;

	if (path[0] != '/')
		return "it begins with a slash";
	if (strlen(path) > SL_MAP_NAME_MAX)
		return "it is too long";
	if (strpbrk(path, "?#; "))
		return "it ends before the question mark; queries stand under where";
	for (const char *at = path; *at; at++) {
		const char *end;
		bool is_wild = *at == '*' || *at == '{';

		if (at[0] == '*' && at[1] == '*')
			return at[2] ? "** stands at its end" : NULL;
		if (*at == '}')
			return "a } without {";
		if (*at == '{') {
			end = strchr(at, '}');
			if (!end || end == at + 1 || memchr(at + 1, '{', (size_t)(end - at - 1)) ||
			    memchr(at, '/', (size_t)(end - at)))
				return "a capture is {name}";
			if (sl_config_rule_capture(path, at + 1, (size_t)(end - at - 1)) !=
			    (int)captures)
				return "each capture has a name of its own";
			if (captures++ == SL_MAP_CAPTURES_MAX)
				return "it has more than 16 captures";
			at = end;
		}
		if (is_wild && (at[1] == '{' || (at[1] == '*' && at[2] != 0)))
			return "between two captures or stars something has to stand";
	}
	return NULL;
}

void sl_config_rule_path(struct sl_config_rule *rule)
{
	const struct sl_config_node *node = sl_config_rule_member(rule, "path");
	const char *fault;

	rule->path = "";
	if (!node)
		return;
	if (node->kind != SL_CONFIG_SCALAR) {
		sl_problems_add(rule->problems, node->line, node->column,
				"write a rule for each, or use {name} and *",
				"path is a single pattern");
		return;
	}
	fault = fault_of(node->text);
	if (fault) {
		sl_problems_add(rule->problems, node->line, node->column,
				"/loan/{product}/apply, /static/*.js, /api/**",
				"path: \"%.80s\": %s", node->text, fault);
		return;
	}
	rule->path = node->text;
	rule->rule.path = sl_config_mapping_text(rule->mapping, node->text, strlen(node->text));
}

static void add_condition(struct sl_config_rule *rule, const struct sl_map_condition *condition)
{
	struct sl_config_mapping *mapping = rule->mapping;

	if (!sl_config_mapping_has_room(mapping, sizeof(*condition))) {
		mapping->full = true;
		return;
	}
	mapping->conditions[mapping->header.conditions++] = *condition;
	rule->rule.n_conditions++;
}

void sl_config_rule_where(struct sl_config_rule *rule)
{
	const struct sl_config_node *node = sl_config_rule_member(rule, "where");

	if (!node)
		return;
	if (node->kind != SL_CONFIG_MAPPING) {
		sl_problems_add(rule->problems, node->line, node->column,
				"where: {query.step: start, cookie.CUST: \"*\"}",
				"where is a mapping of sources to values");
		return;
	}
	for (uint32_t i = node->child; i; i = rule->tree->nodes[i].next) {
		const struct sl_config_node *at = NULL, *of = &rule->tree->nodes[i];
		struct sl_map_condition condition = {.ref = rule->mapping->header.refs};

		if (!sl_config_rule_source(rule, of->key, of->key_line, of->key_column,
					   &condition.source) ||
		    !sl_config_rule_is_words(rule, of, of->key))
			continue;
		/* "*" alone: it is there, whatever it is */
		while ((at = sl_config_rule_next(rule, of, at))) {
			if (!strcmp(at->text, "*"))
				continue;
			sl_config_mapping_ref(rule->mapping, at->text, strlen(at->text));
			condition.n_refs++;
		}
		add_condition(rule, &condition);
	}
}

void sl_config_rule_without(struct sl_config_rule *rule)
{
	const struct sl_config_node *node = sl_config_rule_member(rule, "without"), *at = NULL;

	if (!node || !sl_config_rule_is_words(rule, node, "without"))
		return;
	while ((at = sl_config_rule_next(rule, node, at))) {
		struct sl_map_condition condition = {.absent = 1,
						     .ref = rule->mapping->header.refs};

		if (sl_config_rule_source(rule, at->text, at->line, at->column, &condition.source))
			add_condition(rule, &condition);
	}
}
