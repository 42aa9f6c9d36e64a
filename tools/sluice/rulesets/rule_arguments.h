/* The part of a command line that says which campaigns are meant: DIR, --schema, --json, as an argp
 * child of the commands that take a rule set. */
#ifndef SL_SLUICE_RULESETS_RULE_ARGUMENTS_H
#define SL_SLUICE_RULESETS_RULE_ARGUMENTS_H

#include <argp.h>
#include <stdbool.h>

struct sl_rule_arguments {
	const char *directory;
	const char *schema; /* NULL: the directory's own, or whatever the command then takes */
	bool json;
};

/* Its input is a struct sl_rule_arguments, which the parent's parser hands on (ARGP_KEY_INIT). */
extern const struct argp sl_rule_argp;

/* A schema that was named has to be there: 0, or SL_EXIT_FAILED with a message. NULL is fine. */
int sl_rule_schema_check(const char *command, const char *schema);

#endif
