#include "tools/sluice/argp_walk.h"

#include <ctype.h>
#include <string.h>

static bool is_last(const struct argp_option *option)
{
	return !option->name && !option->key && !option->doc && !option->group;
}

void sl_argp_walk(const struct argp *argp, sl_option_visit *visit, void *context)
{
	for (const struct argp_option *option = argp->options; option && !is_last(option); option++)
		if (!(option->flags & OPTION_HIDDEN))
			visit(context, option);
	for (const struct argp_child *child = argp->children; child && child->argp; child++)
		sl_argp_walk(child->argp, visit, context);
}

struct search {
	const char *name;
	bool found;
};

static void compare(void *context, const struct argp_option *option)
{
	struct search *search = context;

	if (option->name && !strcmp(option->name, search->name))
		search->found = true;
}

bool sl_argp_has(const struct argp *argp, const char *name)
{
	struct search search = {.name = name};

	sl_argp_walk(argp, compare, &search);
	return search.found;
}

static bool are_choices(const char *called)
{
	if (!strchr(called, '|'))
		return false;
	for (; *called; called++)
		if (!islower((unsigned char)*called) && !strchr("|-_", *called))
			return false;
	return true;
}

enum sl_argument_kind sl_argument_kind(const char *called)
{
	if (!called || !*called)
		return SL_ARGUMENT_NONE;
	if (are_choices(called))
		return SL_ARGUMENT_CHOICE;
	if (strstr(called, "FILE") || strstr(called, "ARTIFACT") || strstr(called, "EVENTS"))
		return SL_ARGUMENT_FILE;
	return strstr(called, "DIR") ? SL_ARGUMENT_DIRECTORY : SL_ARGUMENT_ANY;
}
