/* sluice settings: what a running gateway has in effect, and where each of it came from. */
#include "tools/sluice/commands/commands.h"
#include "tools/sluice/gateway/api.h"
#include "tools/sluice/gateway/api_arguments.h"
#include "tools/sluice/terminal_text.h"

#include <argp.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define TIMEOUT_MS 10000

static const char help[] =
	"Shows the settings that a running gateway has in effect, and where each came from."
	"\vWith PREFIX only those whose name begins so: journal, limits.http, kafka, channels. The "
	"origin is a line of the settings file, `default`, or for a property of Kafka `sluice`: "
	"what Sluice sets where the file says nothing. Values of secrets are shown as ****.\n\n"
	"Examples:\n"
	"  sluice settings --changed              what the file says\n"
	"  sluice settings limits --help-each    what each does and needs\n"
	"  sluice settings kafka --json | jq -r 'select(.origin != \"default\") | .name'\n\n"
	"With --json a line for each: {\"name\":\"journal.bytes\",\"value\":\"1GiB\","
	"\"origin\":\"default\",\"default\":\"1GiB\",\"reload\":false,\"change\":\"…\","
	"\"help\":\"…\"}; channels are named channels.NAME, properties of Kafka kafka.NAME.\n\n"
	"Exit codes: 0 shown; 1 there is none of that name; 2 used wrongly; 3 no gateway answers.";

enum { KEY_HELP_EACH = 2000, KEY_CHANGED };

static const struct argp_option table[] = {
	{"help-each", KEY_HELP_EACH, NULL, 0, "what each does, and what a change needs", 0},
	{"changed", KEY_CHANGED, NULL, 0, "only those that the file gives", 0},
	{0},
};

struct settings {
	struct sl_api_arguments gateway;
	const char *prefix;
	bool help_each, changed;
	unsigned shown;
};

static error_t take(int key, char *arg, struct argp_state *state)
{
	struct settings *given = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &given->gateway;
		return 0;
	case KEY_HELP_EACH:
		given->help_each = true;
		return 0;
	case KEY_CHANGED:
		given->changed = true;
		return 0;
	case ARGP_KEY_ARG:
		if (given->prefix)
			argp_error(state, "'%s' is too much", arg);
		given->prefix = arg;
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

/* A whole name, or what stands before one of its dots. */
static bool begins(const char *name, const char *prefix)
{
	size_t n = prefix ? strlen(prefix) : 0;

	return !n || (!strncmp(name, prefix, n) && (!name[n] || name[n] == '.'));
}

static void print_row(const struct settings *given, const json_t *one)
{
	const char *about = sl_api_text(one, "help", NULL);

	sl_terminal_put_cell(stdout, sl_api_text(one, "name", ""), 40);
	putchar(' ');
	sl_terminal_put(stdout, sl_api_text(one, "value", ""));
	for (unsigned at = sl_terminal_columns(sl_api_text(one, "value", "")); at < 24; at++)
		putchar(' ');
	putchar(' ');
	sl_terminal_put(stdout, sl_api_text(one, "origin", ""));
	putchar('\n');
	if (given->help_each && about) {
		fputs("    ", stdout);
		sl_terminal_put(stdout, about);
		printf("\n    default ");
		sl_terminal_put(stdout, sl_api_text(one, "default", ""));
		fputs("; ", stdout);
		sl_terminal_put(stdout, sl_api_text(one, "change", ""));
		putchar('\n');
	}
}

static void show(struct settings *given, json_t *one, const char *family, const char *name)
{
	char whole[256];

	snprintf(whole, sizeof(whole), "%s%s", family, name);
	if (!begins(whole, given->prefix) ||
	    (given->changed && strncmp(sl_api_text(one, "origin", ""), "/", 1) != 0))
		return;
	given->shown++;
	json_object_set_new(one, "name", json_string(whole));
	if (given->gateway.json)
		sl_api_print(one);
	else
		print_row(given, one);
}

static void show_all(struct settings *given, const json_t *answer)
{
	char listens[256];
	json_t *one;
	size_t i;

	json_array_foreach(json_object_get(answer, "settings"), i, one)
		show(given, one, "", sl_api_text(one, "name", ""));
	json_array_foreach(json_object_get(answer, "channels"), i, one)
	{
		snprintf(listens, sizeof(listens), "%s %s", sl_api_text(one, "protocol", ""),
			 sl_api_text(one, "listen", ""));
		json_object_set_new(one, "value", json_string(listens));
		show(given, one, "channels.", sl_api_text(one, "channel", ""));
	}
	json_array_foreach(json_object_get(answer, "kafka"), i, one)
		show(given, one, "kafka.", sl_api_text(one, "name", ""));
}

static const struct argp_child children[] = {{&sl_api_argp, 0, NULL, 0}, {0}};
const struct argp sl_settings_argp = {table, take, "[PREFIX]", help, children, NULL, NULL};

int sl_cmd_settings(int argc, char **argv)
{
	struct settings given = {0};
	json_t *answer;
	unsigned status;
	int result;

	argp_parse(&sl_settings_argp, argc, argv, 0, NULL, &given);
	result = sl_api_call(sl_api_address(given.gateway.address), "GET", "/v1/settings", NULL,
			     TIMEOUT_MS, &status, &answer);
	if (result)
		return result;
	if (status != 200) {
		sl_api_complain("sluice settings", answer);
		result = SL_EXIT_FAILED;
	} else {
		show_all(&given, answer);
		result = given.shown || !given.prefix ? SL_EXIT_DONE : SL_EXIT_NO;
	}
	if (result == SL_EXIT_NO)
		fprintf(stderr, "sluice settings: there is none that begins with %s\n",
			given.prefix);
	json_decref(answer);
	return result;
}
