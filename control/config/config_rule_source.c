/* Where in a request a value is taken from, as query.step or cookie.CUST. */
#include "control/config/config_rule_priv.h"

#include <ctype.h>
#include <string.h>

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

int sl_config_rule_capture(const char *path, const char *name, size_t n)
{
	int index = 0;

	for (const char *at = strchr(path, '{'); at; at = strchr(at + 1, '{'), index++)
		if (!strncmp(at + 1, name, n) && at[1 + n] == '}')
			return index;
	return -1;
}

static void unknown_source(const struct sl_config_rule *rule, const char *text, unsigned line,
			   unsigned column)
{
	char hint[256] = "one of";
	size_t n = strlen(hint);

	for (unsigned i = 0; i < SOURCES && n < sizeof(hint); i++)
		n += (size_t)snprintf(hint + n, sizeof(hint) - n, "%s %s%s", i ? "," : "",
				      sources[i].text, sources[i].named ? "NAME" : "");
	sl_problems_add(rule->problems, line, column, hint,
			"\"%.60s\" is nowhere to take a value from", text);
}

static unsigned names_in(const char *path)
{
	unsigned n = 1;

	while ((path = strchr(path, '.'))) {
		path++;
		n++;
	}
	return n;
}

/* A name as the request would have it. False: a problem was added. */
static bool take_name(const struct sl_config_rule *rule, const char *name, unsigned line,
		      unsigned column, struct sl_map_source *source)
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
	if (source->kind == SL_MAP_JSON && names_in(name) > SL_PATH_NAMES_MAX) {
		sl_problems_add(rule->problems, line, column, "take the object around it",
				"json.%.60s: more than %u names deep", name, SL_PATH_NAMES_MAX);
		return false;
	}
	if (source->kind == SL_MAP_CAPTURE) {
		capture = sl_config_rule_capture(rule->path, name, n);
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

bool sl_config_rule_source(const struct sl_config_rule *rule, const char *text, unsigned line,
			   unsigned column, struct sl_map_source *ret_source)
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
