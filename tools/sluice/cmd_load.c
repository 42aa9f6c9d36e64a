/* sluice load: makes a running gateway use a directory of campaigns. */
#include "tools/sluice/api.h"
#include "tools/sluice/commands.h"
#include "tools/sluice/rule_arguments.h"
#include "tools/sluice/rule_files.h"
#include "tools/sluice/verdict.h"

#include <argp.h>
#include <pwd.h>
#include <stdio.h>
#include <unistd.h>

#define TIMEOUT_MS                                                                                 \
	(10 * 60 * 1000) /* longer than the gateway's own limit for compiling by default */

static const char help[] =
	"Makes a running gateway use a directory of campaigns in place of all that it has."
	"\vThe gateway compiles the set aside and swaps it in on all workers at once; on any error "
	"the one in force "
	"stays. The schema is FILE, else DIR/schema.yaml, else the one in force. It is 0 only once "
	"every worker has "
	"the new version.\n\n"
	"Examples:\n"
	"  sluice load campaigns\n"
	"  sluice load campaigns --dry-run --json\n"
	"  SLUICE_API=unix:/run/sluice/control.sock sluice load campaigns\n\n"
	"With --json: {\"version\":7,\"campaigns\":20,\"hash\":\"…\"}, or a line for each "
	"diagnostic.\n\n"
	"Exit codes: 0 loaded; 1 the campaigns have errors; 2 used wrongly; 3 no gateway answers, "
	"it is busy with "
	"another load, or files could not be read.";

enum { KEY_API = 256, KEY_DRY };

static const struct argp_option table[] = {
	{"api", KEY_API, "ADDRESS", 0,
	 "unix:PATH or HOST:PORT (default $SLUICE_API, else unix:./run/control.sock)", 0},
	{"dry-run", KEY_DRY, NULL, 0, "compile it, but leave the one in force", 0},
	{0},
};

struct load {
	struct sl_rule_arguments rules;
	const char *api;
	bool dry_run;
};

static error_t take(int key, char *arg, struct argp_state *state)
{
	struct load *load = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &load->rules;
		return 0;
	case KEY_API:
		load->api = arg;
		return 0;
	case KEY_DRY:
		load->dry_run = true;
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const char *author(void)
{
	const struct passwd *user = getpwuid(getuid());

	return user ? user->pw_name : "";
}

static int report(const struct load *load, unsigned status, const json_t *answer)
{
	json_t *none = json_array();
	const json_t *diagnostics = json_object_get(answer, "diagnostics");
	char sentence[256];
	int result;

	if (load->dry_run)
		snprintf(sentence, sizeof(sentence),
			 "%s: %" JSON_INTEGER_FORMAT
			 " campaigns, sound; a dry run, the ones in force stay",
			 load->rules.directory, sl_api_int(answer, "campaigns", 0));
	else
		snprintf(sentence, sizeof(sentence),
			 "%s: version %" JSON_INTEGER_FORMAT ", %" JSON_INTEGER_FORMAT
			 " campaigns, in force on every worker",
			 load->rules.directory, sl_api_int(answer, "version", 0),
			 sl_api_int(answer, "campaigns", 0));
	if (status == 200 || (status == 422 && json_array_size(diagnostics) > 0)) {
		result = sl_verdict_print(json_is_array(diagnostics) ? diagnostics : none, answer,
					  sentence, load->rules.json);
		/* refused although nothing but warnings came back: still no */
		result = status == 422 ? SL_EXIT_NO : result;
	} else {
		fprintf(stderr, "sluice load: %s\n",
			sl_api_text(answer, "error",
				    sl_api_text(answer, "message",
						"the gateway refused, without a word")));
		result = status == 409 || status >= 500 ? SL_EXIT_FAILED : SL_EXIT_NO;
	}
	json_decref(none);
	return result;
}

int sl_cmd_load(int argc, char **argv)
{
	static const struct argp_child children[] = {{&sl_rule_argp, 0, NULL, 0}, {0}};
	static const struct argp argp = {table, take, "DIR", help, children, NULL, NULL};
	struct load load = {0};
	json_t *files, *schema, *body, *answer;
	unsigned status;
	int result;

	argp_parse(&argp, argc, argv, 0, NULL, &load);
	result = sl_rule_files_read(load.rules.directory, load.rules.schema, &files, &schema);
	if (result)
		return result;
	body = json_pack("{s:o, s:o, s:s, s:b}", "files", files, "schema", schema, "author",
			 author(), "dry_run", load.dry_run);
	result = sl_api_call(sl_api_address(load.api), "POST", "/v1/rulesets", body, TIMEOUT_MS,
			     &status, &answer);
	if (result)
		return result;
	result = report(&load, status, answer);
	json_decref(answer);
	return result;
}
