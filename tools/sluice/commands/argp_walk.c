#include "tools/sluice/commands/argp_walk.h"

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

/* Bytes of the words between bars that it begins with, 0: there are none. */
static size_t choices_of(const char **called)
{
	size_t n = 0;

	if (**called == '[')
		(*called)++;
	while (islower((unsigned char)(*called)[n]) ||
	       ((*called)[n] && strchr("|-_", (*called)[n])))
		n++;
	return memchr(*called, '|', n) && !isalnum((unsigned char)(*called)[n]) ? n : 0;
}

void sl_argument_choices(const char *called, char *ret_words, size_t room)
{
	size_t n = choices_of(&called), i = 0;

	for (; i < n && i + 1 < room; i++)
		ret_words[i] = called[i] == '|' ? ' ' : called[i];
	ret_words[i] = '\0';
}

enum sl_argument_kind sl_argument_kind(const char *called)
{
	if (!called || !*called)
		return SL_ARGUMENT_NONE;
	if (choices_of(&(const char *){called}))
		return SL_ARGUMENT_CHOICE;
	if (strstr(called, "FILE") || strstr(called, "ARTIFACT") || strstr(called, "EVENTS"))
		return SL_ARGUMENT_FILE;
	return strstr(called, "DIR") ? SL_ARGUMENT_DIRECTORY : SL_ARGUMENT_ANY;
}
