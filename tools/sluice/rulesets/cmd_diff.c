/* sluice diff: what changes from one rule set to another. */
#include "tools/sluice/commands/commands.h"
#include "tools/sluice/gateway/api.h"
#include "tools/sluice/gateway/api_arguments.h"
#include "tools/sluice/rulesets/changes.h"
#include "tools/sluice/rulesets/rule_files.h"
#include "tools/sluice/rulesets/version_files.h"

#include <argp.h>
#include <stdio.h>
#include <unistd.h>

static const char help[] =
	"Says what changes from one rule set to another: campaigns added, removed and changed."
	"\vN and M are versions that `sluice list` shows, from N to M. With DIR: from version N, "
	"or "
	"the one in force, to what is in the directory, which is what `sluice load DIR` would "
	"change. With N alone: from N to the one in force. A directory whose name is a number is "
	"written ./7.\n\n"
	"The names come first, then for each the lines that differ. Texts are compared, comments "
	"included, not meanings; files may be moved and renamed freely. A schema that the newer "
	"one does not bring stays as it is.\n\n"
	"Examples:\n"
	"  sluice diff campaigns            what would a load change?\n"
	"  sluice diff 6 7\n"
	"  sluice diff 6                    what has changed since number 6?\n"
	"  sluice diff 6 7 --json | jq -r 'select(.change == \"removed\") | .campaign'\n\n"
	"With --json a line for each campaign: {\"campaign\":\"…\",\"change\":\"added|removed|"
	"changed\",\"file\":\"…\",\"diff\":\"…\"}; of the schema, \"schema\" stands in place of "
	"\"campaign\".\n\n"
	"Exit codes: 0 nothing differs; 1 something does, there is no such version, or the "
	"directory cannot be read as campaigns; 2 used wrongly; 3 no gateway answers, or files "
	"could not be read.";

enum { KEY_SCHEMA = 256 };

static const struct argp_option table[] = {
	{"schema", KEY_SCHEMA, "FILE", 0, "the schema of DIR (default DIR/schema.yaml)", 0},
	{0},
};

struct diff {
	struct sl_api_arguments gateway;
	const char *schema, *directory;
	json_int_t versions[2];
	unsigned n_versions;
};

static void take_argument(struct diff *diff, const char *arg, struct argp_state *state)
{
	json_int_t number;

	if (state->arg_num >= 2)
		argp_error(state, "'%s' is too much", arg);
	else if (sl_version_number(arg, &number))
		diff->versions[diff->n_versions++] = number;
	else if (state->arg_num > 0)
		argp_error(state, "'%s' is no number of a version; a directory comes first", arg);
	else
		diff->directory = arg;
}

static error_t take(int key, char *arg, struct argp_state *state)
{
	struct diff *diff = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &diff->gateway;
		return 0;
	case KEY_SCHEMA:
		diff->schema = arg;
		return 0;
	case ARGP_KEY_ARG:
		take_argument(diff, arg, state);
		return 0;
	case ARGP_KEY_NO_ARGS:
		argp_error(state, "which two? versions N M, or a directory");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static int read_directory(const struct diff *diff, struct sl_campaign_texts *ret_texts)
{
	json_t *files, *schema;
	int result =
		sl_rule_files_read("sluice diff", diff->directory, diff->schema, &files, &schema);

	if (result)
		return result;
	result = sl_campaign_texts_read(files, schema, diff->gateway.json, ret_texts);
	json_decref(files);
	json_decref(schema);
	return result;
}

static int print(const struct diff *diff, const char *from, const char *to,
		 const struct sl_campaign_texts *before, const struct sl_campaign_texts *after)
{
	bool colour = isatty(STDOUT_FILENO);
	struct sl_changes changes;
	int result;

	sl_changes_find(before, after, &changes);
	if (diff->gateway.json) {
		sl_changes_print_json(&changes);
	} else {
		printf("%s -> %s\n", from, to);
		sl_changes_print_names(&changes, colour);
		sl_changes_print_lines(&changes, colour);
	}
	result = changes.n ? SL_EXIT_NO : SL_EXIT_DONE;
	sl_changes_fini(&changes);
	return result;
}

static const struct argp_child children[] = {{&sl_api_argp, 0, NULL, 0}, {0}};
const struct argp sl_diff_argp = {table, take, "N [M]\nDIR [N]", help, children, NULL, NULL};

int sl_cmd_diff(int argc, char **argv)
{
	struct sl_campaign_texts before = {0}, after = {0};
	struct diff diff = {0};
	json_int_t version = 0;
	char from[32], to[32];
	int result;

	argp_parse(&sl_diff_argp, argc, argv, 0, NULL, &diff);
	/* what is wrong with the directory is known without a gateway */
	if (diff.directory) {
		result = read_directory(&diff, &after);
		if (result)
			return result;
	}
	result = sl_version_texts("sluice diff", sl_api_address(diff.gateway.address),
				  diff.versions[0], diff.gateway.json, &version, &before);
	snprintf(from, sizeof(from), "version %" JSON_INTEGER_FORMAT, version);
	if (!result && !diff.directory)
		result = sl_version_texts("sluice diff", sl_api_address(diff.gateway.address),
					  diff.versions[1], diff.gateway.json, &version, &after);
	snprintf(to, sizeof(to), "version %" JSON_INTEGER_FORMAT, version);
	if (!result)
		result = print(&diff, from, diff.directory ? diff.directory : to, &before, &after);
	sl_campaign_texts_fini(&before);
	sl_campaign_texts_fini(&after);
	return result;
}
