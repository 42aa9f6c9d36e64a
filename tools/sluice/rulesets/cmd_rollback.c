/* sluice rollback: makes a running gateway use an older version of its rules again. */
#include "tools/sluice/commands/commands.h"
#include "tools/sluice/gateway/api.h"
#include "tools/sluice/gateway/api_arguments.h"
#include "tools/sluice/rulesets/load_answer.h"
#include "tools/sluice/rulesets/version_files.h"

#include <argp.h>
#include <stdio.h>

static const char help[] =
	"Makes a running gateway use an older version of its rule set again, under a new number."
	"\vN is a number that `sluice list` shows; without it, the version that was in force "
	"before "
	"this one. Its campaigns and its schema are those that were loaded, checked byte by byte, "
	"and compiled anew; state of campaigns that both have is carried on. It is atomic as a "
	"load is: on any error the version in force stays, and it is 0 only once every worker has "
	"the new one.\n\n"
	"Two rollbacks without N in a row lead back to where the first began.\n\n"
	"Examples:\n"
	"  sluice rollback                  the last load was a mistake\n"
	"  sluice diff 6; sluice rollback 6\n"
	"  sluice rollback 6 --dry-run      would it compile still?\n\n"
	"With --json: {\"version\":8,\"campaigns\":20,\"hash\":\"…\"}, with \"remembered\", "
	"what becomes of what campaigns remember, where there is any; or a line for each "
	"diagnostic.\n\n"
	"Exit codes: 0 in force; 1 it is not kept, is damaged, or does not compile any more; 2 "
	"used wrongly; 3 no gateway answers, or it is busy with another load.";

enum { KEY_DRY = 256, KEY_AUTHOR };

static const struct argp_option table[] = {
	{"author", KEY_AUTHOR, "NAME", 0, "who rolls back (default: the login name)", 0},
	{"dry-run", KEY_DRY, NULL, 0, "compile it, but leave the one in force", 0},
	{0},
};

struct rollback {
	struct sl_api_arguments gateway;
	const char *author;
	json_int_t version; /* 0: the one before */
	bool dry_run;
};

static error_t take(int key, char *arg, struct argp_state *state)
{
	struct rollback *rollback = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &rollback->gateway;
		return 0;
	case KEY_AUTHOR:
		rollback->author = arg;
		return 0;
	case KEY_DRY:
		rollback->dry_run = true;
		return 0;
	case ARGP_KEY_ARG:
		if (rollback->version)
			argp_error(state, "one version at a time; '%s' is too much", arg);
		else if (!sl_version_number(arg, &rollback->version))
			argp_error(state, "'%s' is no number of a version", arg);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp_child children[] = {{&sl_api_argp, 0, NULL, 0}, {0}};
const struct argp sl_rollback_argp = {table, take, "[N]", help, children, NULL, NULL};

int sl_cmd_rollback(int argc, char **argv)
{
	struct rollback rollback = {0};
	char what[64] = "the version before";
	json_t *body, *answer;
	unsigned status;
	int result;

	argp_parse(&sl_rollback_argp, argc, argv, 0, NULL, &rollback);
	body = json_pack("{s:s, s:b}", "author", sl_load_author(rollback.author), "dry_run",
			 rollback.dry_run);
	if (!body) {
		fputs("sluice rollback: the author's name is not UTF-8\n", stderr);
		return SL_EXIT_USAGE;
	}
	if (rollback.version) {
		json_object_set_new(body, "version", json_integer(rollback.version));
		snprintf(what, sizeof(what), "version %" JSON_INTEGER_FORMAT, rollback.version);
	}
	result = sl_api_call(sl_api_address(rollback.gateway.address), "POST",
			     "/v1/rulesets/rollback", body, SL_LOAD_TIMEOUT_MS, &status, &answer);
	if (result)
		return result;
	result = sl_load_answer("sluice rollback", what, rollback.dry_run, rollback.gateway.json,
				status, answer);
	json_decref(answer);
	return result;
}
