/* sluice show: the sources of a version, as they were loaded. */
#include "tools/sluice/commands/commands.h"
#include "tools/sluice/gateway/api.h"
#include "tools/sluice/gateway/api_arguments.h"
#include "tools/sluice/rulesets/version_files.h"
#include "tools/sluice/terminal_text.h"

#include <argp.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const char help[] =
	"Shows the campaigns of a version as they were loaded: byte by byte, with their comments."
	"\vN is a number that `sluice list` shows; without it, the version in force. All files "
	"come one after the other, each below a line with its name; with --campaign, only the text "
	"of that campaign.\n\n"
	"Examples:\n"
	"  sluice show                                  what is in force\n"
	"  sluice show 6 --campaign loan-abandoned      that one, as it was in number 6\n"
	"  sluice show 6 --json | jq -r .file           the names of its files\n\n"
	"With --json a line for each file: {\"file\":\"…\",\"text\":\"…\"}; with --campaign one "
	"line: {\"campaign\":\"…\",\"file\":\"…\",\"line\":1,\"text\":\"…\"}.\n\n"
	"Exit codes: 0 shown; 1 there is no such version or campaign; 2 used wrongly; 3 no gateway "
	"answers, or its files are damaged.";

enum { KEY_CAMPAIGN = 256 };

static const struct argp_option table[] = {
	{"campaign", KEY_CAMPAIGN, "NAME", 0, "only this one", 0},
	{0},
};

struct show {
	struct sl_api_arguments gateway;
	const char *campaign;
	json_int_t version; /* 0: the one in force */
};

static error_t take(int key, char *arg, struct argp_state *state)
{
	struct show *show = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &show->gateway;
		return 0;
	case KEY_CAMPAIGN:
		show->campaign = arg;
		return 0;
	case ARGP_KEY_ARG:
		if (show->version)
			argp_error(state, "one version at a time; '%s' is too much", arg);
		else if (!sl_version_number(arg, &show->version))
			argp_error(state, "'%s' is no number of a version", arg);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

/* Byte by byte into a file; a terminal is not given what would act on it. */
static void print_text(const char *text)
{
	if (isatty(STDOUT_FILENO))
		sl_terminal_put_lines(stdout, text);
	else
		fputs(text, stdout);
}

static void print_files(const json_t *files, bool as_json)
{
	const json_t *file;
	size_t i;

	json_array_foreach(files, i, file)
	{
		const char *name = sl_api_text(file, "name", ""),
			   *text = sl_api_text(file, "text", "");
		size_t n = strlen(text);

		if (as_json) {
			json_t *line = json_pack("{s:s, s:s}", "file", name, "text", text);

			sl_api_print(line);
			json_decref(line);
		} else {
			fputs(i ? "\n==> " : "==> ", stdout);
			sl_terminal_put(stdout, name);
			fputs(" <==\n", stdout);
			print_text(text);
			if (n && text[n - 1] != '\n')
				putchar('\n');
		}
	}
}

static int print_campaign(const struct show *show, const json_t *files, json_int_t version)
{
	const struct sl_campaign_text_of *campaign;
	struct sl_campaign_texts texts;
	int result = sl_campaign_texts_read(files, NULL, show->gateway.json, &texts);

	if (result)
		return result;
	campaign = sl_campaign_texts_find(&texts, show->campaign);
	if (!campaign) {
		fprintf(stderr,
			"sluice show: version %" JSON_INTEGER_FORMAT " has no campaign `%s`\n",
			version, show->campaign);
		result = SL_EXIT_NO;
	} else if (show->gateway.json) {
		json_t *line = json_pack("{s:s, s:s, s:i, s:s}", "campaign", campaign->name, "file",
					 campaign->file, "line", (int)campaign->line, "text",
					 campaign->text);

		sl_api_print(line);
		json_decref(line);
	} else {
		print_text(campaign->text);
	}
	sl_campaign_texts_fini(&texts);
	return result;
}

static const struct argp_child children[] = {{&sl_api_argp, 0, NULL, 0}, {0}};
const struct argp sl_show_argp = {table, take, "[N]", help, children, NULL, NULL};

int sl_cmd_show(int argc, char **argv)
{
	struct show show = {0};
	json_int_t version;
	json_t *files;
	int result;

	argp_parse(&sl_show_argp, argc, argv, 0, NULL, &show);
	result = sl_version_files("sluice show", sl_api_address(show.gateway.address), show.version,
				  &version, &files);
	if (result)
		return result;
	if (show.campaign)
		result = print_campaign(&show, files, version);
	else
		print_files(files, show.gateway.json);
	json_decref(files);
	return result;
}
