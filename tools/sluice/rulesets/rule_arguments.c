#include "tools/sluice/rulesets/rule_arguments.h"

#include "tools/sluice/commands/commands.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { KEY_SCHEMA = 512, KEY_JSON };

static const struct argp_option table[] = {
	{"schema", KEY_SCHEMA, "FILE", 0, "the bank's schema (default DIR/schema.yaml)", 0},
	{"json", KEY_JSON, NULL, 0, "JSON on standard output", 0},
	{0},
};

static error_t take(int key, char *arg, struct argp_state *state)
{
	struct sl_rule_arguments *rules = state->input;

	switch (key) {
	case KEY_SCHEMA:
		rules->schema = arg;
		return 0;
	case KEY_JSON:
		rules->json = true;
		return 0;
	case ARGP_KEY_ARG:
		if (rules->directory)
			argp_error(state, "one directory is a whole rule set; '%s' is too much",
				   arg);
		rules->directory = arg;
		return 0;
	case ARGP_KEY_NO_ARGS:
		argp_error(state, "which directory?");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

const struct argp sl_rule_argp = {table, take, NULL, NULL, NULL, NULL, NULL};

int sl_rule_schema_check(const char *command, const char *schema)
{
	struct stat info;
	int error = 0;

	if (!schema)
		return 0;
	if (stat(schema, &info) || access(schema, R_OK))
		error = errno;
	else if (S_ISDIR(info.st_mode))
		error = EISDIR;
	if (!error)
		return 0;
	fprintf(stderr, "%s: the schema %s cannot be read: %s\n", command, schema, strerror(error));
	return SL_EXIT_FAILED;
}
