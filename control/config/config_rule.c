/* One rule of a mirror channel. */
#include "control/config/config_mapping_priv.h"

#include <ctype.h>
#include <string.h>

struct rule {
	const struct sl_config_tree *tree;
	const struct sl_config_node *item;
	struct sl_config_mapping *mapping;
	struct sl_problems *problems;
	struct sl_map_rule rule;
	const char *path; /* its pattern; "": any */
};

static const char *const rule_keys[] = {"method",  "host", "path", "where",
					"without", "id",   "body", "fields"};
#define RULE_KEYS (sizeof(rule_keys) / sizeof(rule_keys[0]))

static const struct {
	const char *text;
	uint32_t kind;
	bool named;
} sources[] = {
#define SL_MAP_SOURCE(name, text, named, doc) {text, SL_MAP_##name, named},
#include "sluice/map_sources.def"
#undef SL_MAP_SOURCE
};
#define SOURCES (sizeof(sources) / sizeof(sources[0]))

static const struct sl_config_node *member(const struct rule *rule, const char *key)
{
	for (uint32_t i = rule->item->child; i; i = rule->tree->nodes[i].next)
		if (!strcmp(rule->tree->nodes[i].key, key))
			return &rule->tree->nodes[i];
	return NULL;
}

/* The scalars of a list, or the one scalar. Each comes once; NULL: no more. */
static const struct sl_config_node *next_of(const struct rule *rule,
					    const struct sl_config_node *node,
					    const struct sl_config_node *before)
{
	uint32_t next;

	if (node->kind == SL_CONFIG_SCALAR)
		return before ? NULL : node;
	next = before ? before->next : node->child;
	return next ? &rule->tree->nodes[next] : NULL;
}

/* A scalar or a list of them, at least one. */
static bool is_words(const struct rule *rule, const struct sl_config_node *node, const char *key)
{
	const struct sl_config_node *at = NULL;

	if (node->kind == SL_CONFIG_SCALAR)
		return true;
	if (node->kind == SL_CONFIG_SEQUENCE && node->child) {
		while ((at = next_of(rule, node, at)) && at->kind == SL_CONFIG_SCALAR)
			;
		if (!at)
			return true;
	}
	sl_problems_add(rule->problems, node->line, node->column, NULL,
			"%.60s is a value, or a list of values", key);
	return false;
}

/* ---- sources */

static int capture_of(const char *path, const char *name, size_t n)
{
	int index = 0;

	for (const char *at = strchr(path, '{'); at; at = strchr(at + 1, '{'), index++)
		if (!strncmp(at + 1, name, n) && at[1 + n] == '}')
			return index;
	return -1;
}

static void unknown_source(const struct rule *rule, const char *text, unsigned line,
			   unsigned column)
{
	char hint[256] = "one of";
	size_t n = strlen(hint);

	for (unsigned i = 0; i < SOURCES; i++)
		n += (size_t)snprintf(hint + n, sizeof(hint) - n, "%s %s%s", i ? "," : "",
				      sources[i].text, sources[i].named ? "NAME" : "");
	sl_problems_add(rule->problems, line, column, hint,
			"\"%.60s\" is nowhere to take a value from", text);
}

/* A name as the request would have it. False: a problem was added. */
static bool take_name(const struct rule *rule, const char *name, unsigned line, unsigned column,
		      struct sl_map_source *source)
{
	char lower[SL_MAP_NAME_MAX + 1];
	size_t n = strlen(name);
	int capture;

	if (n == 0 || n > SL_MAP_NAME_MAX) {
		sl_problems_add(rule->problems, line, column, "as in query.step",
				"a name of 1 to %u bytes is wanted behind the dot",
				SL_MAP_NAME_MAX);
		return false;
	}
	if (source->kind == SL_MAP_JSON &&
	    (name[0] == '.' || name[n - 1] == '.' || strstr(name, ".."))) {
		sl_problems_add(rule->problems, line, column, "as in json.order.items.0.code",
				"json.%.60s: names joined by single dots are wanted", name);
		return false;
	}
	if (source->kind == SL_MAP_CAPTURE) {
		capture = capture_of(rule->path, name, n);
		if (capture < 0) {
			sl_problems_add(rule->problems, line, column,
					"path: /loan/{product}/apply has path.product",
					"path.%.60s: the rule's path has no {%.60s}", name, name);
			return false;
		}
		source->capture = (uint32_t)capture;
	}
	for (size_t i = 0; i <= n; i++)
		lower[i] = (char)(source->kind == SL_MAP_HEADER ? tolower((unsigned char)name[i])
								: name[i]);
	source->name = sl_config_mapping_text(rule->mapping, lower, n);
	return true;
}

static bool take_source(const struct rule *rule, const char *text, unsigned line, unsigned column,
			struct sl_map_source *ret_source)
{
	for (unsigned i = 0; i < SOURCES; i++) {
		size_t n = strlen(sources[i].text);

		if (sources[i].named ? strncmp(text, sources[i].text, n) != 0
				     : strcmp(text, sources[i].text) != 0)
			continue;
		*ret_source = (struct sl_map_source){.kind = sources[i].kind};
		return !sources[i].named || take_name(rule, text + n, line, column, ret_source);
	}
	unknown_source(rule, text, line, column);
	return false;
}

/* ---- method, host, path */

static void take_methods(struct rule *rule)
{
	const struct sl_config_node *node = member(rule, "method"), *at = NULL;

	if (!node || !is_words(rule, node, "method"))
		return;
	while ((at = next_of(rule, node, at))) {
		size_t n = strlen(at->text);

		if (n == 0 || n > 32 || strspn(at->text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ-") != n)
			sl_problems_add(rule->problems, at->line, at->column,
					"in capitals: GET, POST", "method: \"%.40s\" is no method",
					at->text);
		sl_config_mapping_ref(rule->mapping, at->text, n);
		rule->rule.n_methods++;
	}
}

static void take_hosts(struct rule *rule)
{
	const struct sl_config_node *node = member(rule, "host"), *at = NULL;
	char lower[SL_MAP_NAME_MAX];

	if (!node || !is_words(rule, node, "host"))
		return;
	while ((at = next_of(rule, node, at))) {
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
			if (capture_of(path, at + 1, (size_t)(end - at - 1)) != (int)captures)
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

static void take_path(struct rule *rule)
{
	const struct sl_config_node *node = member(rule, "path");
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

/* ---- conditions */

static void add_condition(struct rule *rule, const struct sl_map_condition *condition)
{
	struct sl_config_mapping *mapping = rule->mapping;

	if (!sl_config_mapping_has_room(mapping, sizeof(*condition))) {
		mapping->full = true;
		return;
	}
	mapping->conditions[mapping->header.conditions++] = *condition;
	rule->rule.n_conditions++;
}

static void take_where(struct rule *rule)
{
	const struct sl_config_node *node = member(rule, "where");

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

		if (!take_source(rule, of->key, of->key_line, of->key_column, &condition.source) ||
		    !is_words(rule, of, of->key))
			continue;
		/* "*" alone: it is there, whatever it is */
		while ((at = next_of(rule, of, at))) {
			if (!strcmp(at->text, "*"))
				continue;
			sl_config_mapping_ref(rule->mapping, at->text, strlen(at->text));
			condition.n_refs++;
		}
		add_condition(rule, &condition);
	}
}

static void take_without(struct rule *rule)
{
	const struct sl_config_node *node = member(rule, "without"), *at = NULL;

	if (!node || !is_words(rule, node, "without"))
		return;
	while ((at = next_of(rule, node, at))) {
		struct sl_map_condition condition = {.absent = 1,
						     .ref = rule->mapping->header.refs};

		if (take_source(rule, at->text, at->line, at->column, &condition.source))
			add_condition(rule, &condition);
	}
}

/* ---- fields */

/* One is the begin of the other, up to a dot: an object cannot be a value too. */
static bool is_above(const char *a, const char *b)
{
	size_t n = strlen(a);

	return !strncmp(a, b, n) && b[n] == '.';
}

static void check_field(struct rule *rule, const struct sl_config_node *list,
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
static bool take_value(struct rule *rule, const struct sl_config_node *node,
		       struct sl_map_source *ret_source)
{
	const struct sl_config_node *constant;

	if (node->kind == SL_CONFIG_SCALAR)
		return take_source(rule, node->text, node->line, node->column, ret_source);
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

static void take_fields(struct rule *rule)
{
	const struct sl_config_node *node = member(rule, "fields");
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

static void take_ids(struct rule *rule)
{
	const struct sl_config_node *node = member(rule, "id"), *at = NULL;
	const struct sl_config_node *fields = member(rule, "fields");

	if (!node || !is_words(rule, node, "id"))
		return;
	while ((at = next_of(rule, node, at))) {
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

static void take_body(struct rule *rule)
{
	static const char *const words[] = {"fields", "each", "events"};
	const struct sl_config_node *node = member(rule, "body");
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

static void check_keys(const struct rule *rule)
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
static void check_each(const struct rule *rule)
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
	struct rule rule = {
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
	take_path(&rule);
	take_methods(&rule); /* these three in the order of the block */
	take_hosts(&rule);
	take_ids(&rule);
	take_where(&rule);
	take_without(&rule);
	take_fields(&rule);
	check_each(&rule);
	if (!sl_config_mapping_has_room(mapping, sizeof(rule.rule)))
		mapping->full = true;
	else
		mapping->rules[mapping->header.rules++] = rule.rule;
}
