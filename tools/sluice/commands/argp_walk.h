/* The options of a command and of what it has in common with others, from its table: for
 * completion, manual pages and tests, so that they cannot disagree with what is parsed. */
#ifndef SL_SLUICE_COMMANDS_ARGP_WALK_H
#define SL_SLUICE_COMMANDS_ARGP_WALK_H

#include <argp.h>
#include <stdbool.h>

/* An option that people may use, or a title above some (no name; doc says it). */
typedef void sl_option_visit(void *context, const struct argp_option *option);

/* In the order of the tables, children last. --help and --usage, which argp adds, are not there. */
void sl_argp_walk(const struct argp *argp, sl_option_visit *visit, void *context);

/* Whether there is an option of that name. */
bool sl_argp_has(const struct argp *argp, const char *name);

/* What a shell may put for an argument, by how usage messages call it: "FILE", "DIR", "FILE...",
 * "json|text", "[list|show ID]". */
enum sl_argument_kind {
	SL_ARGUMENT_NONE,
	SL_ARGUMENT_ANY, /* nothing to offer */
	SL_ARGUMENT_FILE,
	SL_ARGUMENT_DIRECTORY,
	SL_ARGUMENT_CHOICE,
};
enum sl_argument_kind sl_argument_kind(const char *called);

/* The words to choose from, separated by blanks. */
void sl_argument_choices(const char *called, char *ret_words, size_t room);

#endif
