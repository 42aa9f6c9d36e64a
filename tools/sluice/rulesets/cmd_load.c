/* sluice load: makes a running gateway use a directory of campaigns. */
#include "tools/sluice/commands/commands.h"
#include "tools/sluice/gateway/api.h"
#include "tools/sluice/gateway/api_arguments.h"
#include "tools/sluice/rulesets/changes.h"
#include "tools/sluice/rulesets/load_answer.h"
#include "tools/sluice/rulesets/load_watch.h"
#include "tools/sluice/rulesets/plan_print.h"
#include "tools/sluice/rulesets/rule_arguments.h"
#include "tools/sluice/rulesets/rule_files.h"
#include "tools/sluice/rulesets/version_files.h"

#include <argp.h>
#include <stdio.h>
#include <unistd.h>

static const char help[] =
	"Makes a running gateway use a directory of campaigns in place of all that it has."
	"\vThe gateway compiles the set aside and swaps it in on all workers at once; on any error "
	"the one in force "
	"stays. The schema is FILE, else DIR/schema.yaml, else the one in force. It is 0 only once "
	"every worker has "
	"the new version.\n\n"
	"Examples:\n"
	"  sluice load campaigns\n"
	"  sluice load campaigns --dry-run          what would it change?\n"
	"  sluice load campaigns --dry-run --explain-plan\n"
	"  sluice load campaigns --author release-42\n"
	"  SLUICE_API=unix:/run/sluice/control.sock sluice load campaigns\n\n"
	"With --json: {\"version\":7,\"campaigns\":20,\"hash\":\"…\"}, with \"remembered\", "
	"what becomes of what campaigns remember, where there is any; or a line for each "
	"diagnostic; a dry run adds \"added\", \"removed\" and \"changed\", lists of names, and "
	"\"schema_changed\". Its version is 0.\n\n"
	"Exit codes: 0 loaded; 1 the campaigns have errors; 2 used wrongly; 3 no gateway answers, "
	"it is busy with "
	"another load, or files could not be read.";

enum { KEY_DRY = 256, KEY_AUTHOR, KEY_PLAN };

static const struct argp_option table[] = {
	{"author", KEY_AUTHOR, "NAME", 0, "whose version it is (default: the login name)", 0},
	{"dry-run", KEY_DRY, NULL, 0,
	 "compile it and say what would change, but leave the one in force", 0},
	{"explain-plan", KEY_PLAN, NULL, 0,
	 "with --dry-run: print where each campaign is filed, as `sluice check` does", 0},
	{0},
};

struct load {
	struct sl_rule_arguments rules;
	const char *api, *author;
	bool dry_run, plan;
};

static error_t take(int key, char *arg, struct argp_state *state)
{
	struct load *load = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &load->rules;
		state->child_inputs[1] = &load->api;
		return 0;
	case KEY_AUTHOR:
		load->author = arg;
		return 0;
	case KEY_DRY:
		load->dry_run = true;
		return 0;
	case KEY_PLAN:
		load->plan = true;
		return 0;
	case ARGP_KEY_END:
		if (load->plan && !load->dry_run)
			argp_error(state, "--explain-plan goes with --dry-run");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

/* What would change, beside what the gateway said: nothing is in force yet where it has no current
 * one. */
static int add_changes(const struct load *load, const json_t *files, const json_t *schema,
		       json_t *answer, struct sl_campaign_texts sets[2],
		       struct sl_changes *ret_changes)
{
	json_t *current;
	unsigned status;
	json_int_t version;
	int result = sl_campaign_texts_read(files, schema, load->rules.json, &sets[1]);

	if (!result)
		result = sl_api_call(sl_api_address(load->api), "GET", "/v1/rulesets/current", NULL,
				     SL_LOAD_TIMEOUT_MS, &status, &current);
	if (result)
		return result;
	version = sl_api_int(current, "version", 0);
	json_decref(current);
	if (status == 200)
		result = sl_version_texts("sluice load", sl_api_address(load->api), version,
					  load->rules.json, &version, &sets[0]);
	if (result)
		return result;
	sl_changes_find(&sets[0], &sets[1], ret_changes);
	sl_changes_into(ret_changes, answer);
	return 0;
}

static int report(const struct load *load, const json_t *files, const json_t *schema,
		  unsigned status, json_t *answer)
{
	struct sl_campaign_texts sets[2] = {{0}};
	struct sl_changes changes = {0};
	bool says_changes = load->dry_run && status == 200;
	int result = says_changes ? add_changes(load, files, schema, answer, sets, &changes) : 0;

	if (!result)
		result = sl_load_answer("sluice load", load->rules.directory, load->dry_run,
					load->rules.json, status, answer);
	if (!result && says_changes && !load->rules.json)
		sl_changes_print_names(&changes, isatty(STDOUT_FILENO));
	sl_changes_fini(&changes);
	sl_campaign_texts_fini(&sets[0]);
	sl_campaign_texts_fini(&sets[1]);
	return result;
}

/* By the compiler of this program and the settings' own defaults; a directory whose schema only the
 * gateway has cannot be planned here. */
static int explain(const struct load *load, const json_t *schema)
{
	struct sl_rules_options options = {.schema = load->rules.schema};

	if (!json_is_null(schema))
		return sl_plan_print(load->rules.directory, &options, load->rules.json);
	fputs("sluice load: --explain-plan needs the schema here: name it with --schema\n", stderr);
	return SL_EXIT_USAGE;
}

static const struct argp_child children[] = {
	{&sl_rule_argp, 0, NULL, 0}, {&sl_api_address_argp, 0, NULL, 0}, {0}};
const struct argp sl_load_argp = {table, take, "DIR", help, children, NULL, NULL};

int sl_cmd_load(int argc, char **argv)
{
	struct load load = {0};
	json_t *files, *schema, *body, *answer;
	struct sl_load_watch watch;
	unsigned status;
	int result;

	argp_parse(&sl_load_argp, argc, argv, 0, NULL, &load);
	result = sl_rule_files_read("sluice load", load.rules.directory, load.rules.schema, &files,
				    &schema);
	if (result)
		return result;
	body = json_pack("{s:O, s:O, s:s, s:b}", "files", files, "schema", schema, "author",
			 sl_load_author(load.author), "dry_run", load.dry_run);
	if (!body) {
		fputs("sluice load: the author's name is not UTF-8\n", stderr);
		result = SL_EXIT_USAGE;
	} else {
		sl_load_watch_begin(&watch, sl_api_address(load.api));
		result = sl_api_call(sl_api_address(load.api), "POST", "/v1/rulesets", body,
				     SL_LOAD_TIMEOUT_MS, &status, &answer);
		sl_load_watch_end(&watch);
	}
	if (!result) {
		result = report(&load, files, schema, status, answer);
		json_decref(answer);
	}
	if (!result && load.plan)
		result = explain(&load, schema);
	json_decref(files);
	json_decref(schema);
	return result;
}
