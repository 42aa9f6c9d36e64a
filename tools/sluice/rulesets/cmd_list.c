/* sluice list: the versions of rule sets that a running gateway keeps. */
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
	"Lists the versions of rule sets that a running gateway keeps, newest first."
	"\vEvery load and every rollback that came in force has a number, never used twice; a load "
	"that was refused uses one up and leaves nothing. How many are kept is the setting "
	"limits.rules.kept. The one in force is marked with a star.\n\n"
	"Examples:\n"
	"  sluice list\n"
	"  sluice list --json | jq -r 'select(.in_force) | .hash'\n"
	"  sluice show 6                  what was in number 6\n"
	"  sluice rollback 6              and back to it\n\n"
	"With --json a line for each: {\"version\":7,\"campaigns\":20,\"hash\":\"…\","
	"\"author\":\"…\",\"time\":\"…\",\"in_force\":true}.\n\n"
	"Exit codes: 0 listed, also where there is none yet; 2 used wrongly; 3 no gateway answers.";

/* "2026-11-21 00:12:33Z": what a person reads of a time. */
static void print_row(const json_t *one)
{
	char time[20], hash[13];

	snprintf(time, sizeof(time), "%.19s", sl_api_text(one, "time", ""));
	snprintf(hash, sizeof(hash), "%.12s", sl_api_text(one, "hash", ""));
	if (strlen(time) > 10)
		time[10] = ' ';
	printf("%c %7" JSON_INTEGER_FORMAT "  %-19sZ  %9" JSON_INTEGER_FORMAT "  ",
	       json_is_true(json_object_get(one, "in_force")) ? '*' : ' ',
	       sl_api_int(one, "version", 0), time, sl_api_int(one, "campaigns", 0));
	sl_terminal_put_cell(stdout, hash, 12);
	fputs("  ", stdout);
	sl_terminal_put(stdout, sl_api_text(one, "author", ""));
	putchar('\n');
}

static void print(const json_t *versions, bool as_json)
{
	const json_t *one;
	size_t i;

	if (!as_json && !json_array_size(versions))
		puts("there is no rule set yet; `sluice load DIR` brings the first");
	else if (!as_json)
		printf("  %7s  %-20s  %9s  %-12s  %s\n", "version", "loaded", "campaigns", "hash",
		       "author");
	json_array_foreach(versions, i, one)
	{
		if (as_json)
			sl_api_print(one);
		else
			print_row(one);
	}
}

static const struct argp_child children[] = {{&sl_api_argp, 0, NULL, 0}, {0}};
const struct argp sl_list_argp = {NULL, sl_api_take_nothing_else, "", help, children, NULL, NULL};

int sl_cmd_list(int argc, char **argv)
{
	struct sl_api_arguments list = {0};
	const json_t *versions;
	json_t *answer;
	unsigned status;
	int result;

	argp_parse(&sl_list_argp, argc, argv, 0, NULL, &list);
	result = sl_api_call(sl_api_address(list.address), "GET", "/v1/rulesets", NULL, TIMEOUT_MS,
			     &status, &answer);
	if (result)
		return result;
	versions = json_object_get(answer, "rulesets");
	if (status == 200 && json_is_array(versions)) {
		print(versions, list.json);
	} else {
		sl_api_complain("sluice list", answer);
		result = SL_EXIT_FAILED;
	}
	json_decref(answer);
	return result;
}
