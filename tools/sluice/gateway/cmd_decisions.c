/* sluice decisions: what a gateway decided, sent or not, and why, also long ago. */
#include "tools/sluice/commands/commands.h"
#include "tools/sluice/gateway/api.h"
#include "tools/sluice/gateway/api_arguments.h"
#include "tools/sluice/gateway/page_list.h"
#include "tools/sluice/terminal_text.h"
#include "tools/sluice/time_argument.h"

#include <argp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LIMIT_MAX 100000000
#define TARGET_BYTES 4096

static const char help[] =
	"Says what a running gateway decided, newest first: which messages were sent to a "
	"customer, which were not, and why not."
	"\vEvery candidate that matched has a decision: sent, or the first gate that said no. They "
	"are kept with the customer's key and without the message, as long as the settings "
	"archive.days and archive.bytes say, and are there a second or two after they were made. "
	"`sluice status --json` counts under \"archive\" what is kept.\n\n"
	"TIME is 2026-11-21T17:00:00Z, the same with any zone (2026-11-22T02:00:00+09:00), or how "
	"long ago: 90s, 15m, 2h, 7d. Times are when it was decided. Without --key and --campaign "
	"all of the time is read, which takes as long as there is much of it.\n\n"
	"Examples:\n"
	"  sluice decisions --key C00012345 --from 30d\n"
	"  sluice decisions --campaign loan-abandoned --from 2026-11-01T00:00:00+09:00\n"
	"  sluice decisions --json --key C00012345 | jq -r .decision | sort | uniq -c\n\n"
	"With --json a line for each: {\"time\":\"…\",\"id\":\"match id\",\"campaign\":\"…\","
	"\"campaign_version\":\"…\",\"ruleset\":7,\"key\":\"…\",\"event\":{\"id\":\"…\",\"time\":"
	"\"…\"},\"decision\":\"validity\",\"why\":\"…\"}; what the clock made has \"due\":true; "
	"what was sent has \"type\" and \"channel\" in \"event\", \"steps\":{\"name\":\"event's "
	"id\"}, "
	"and \"send\":{\"channel\":\"…\",\"template\":\"…\"}.\n\n"
	"Exit codes: 0 listed; 1 there are none; 2 used wrongly; 3 no gateway answers.";

enum { KEY_KEY = 2100, KEY_CAMPAIGN, KEY_FROM, KEY_TO, KEY_LIMIT };

static const struct argp_option table[] = {
	{"key", KEY_KEY, "KEY", 0, "only of this customer, or whatever the campaign groups by", 0},
	{"campaign", KEY_CAMPAIGN, "NAME", 0, "only of this campaign", 0},
	{"from", KEY_FROM, "TIME", 0, "only those made then or later", 0},
	{"to", KEY_TO, "TIME", 0, "only those made before", 0},
	{"limit", KEY_LIMIT, "N", 0, "at most so many (100)", 0},
	{0},
};

struct decisions {
	struct sl_api_arguments gateway;
	const char *key, *campaign;
	char from[SL_TIME_ARGUMENT_BYTES], to[SL_TIME_ARGUMENT_BYTES];
	long limit;
};

static error_t take(int key, char *arg, struct argp_state *state)
{
	struct decisions *given = state->input;
	char *end;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &given->gateway;
		return 0;
	case KEY_KEY:
		given->key = arg;
		return 0;
	case KEY_CAMPAIGN:
		given->campaign = arg;
		return 0;
	case KEY_FROM:
		sl_time_argument(arg, given->from);
		return 0;
	case KEY_TO:
		sl_time_argument(arg, given->to);
		return 0;
	case KEY_LIMIT:
		given->limit = strtol(arg, &end, 10);
		if (*end || given->limit < 1 || given->limit > LIMIT_MAX)
			argp_error(state, "--limit takes 1 to %d, not '%s'", LIMIT_MAX, arg);
		return 0;
	case ARGP_KEY_ARG:
		argp_error(state, "it takes no '%s'; a customer is --key %s", arg, arg);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static void cell(const char *text, unsigned width)
{
	sl_terminal_put_cell(stdout, text, width);
	fputs("  ", stdout);
}

static void print_head(const void *context)
{
	const struct decisions *given = context;

	printf("%-20s  %-24s  %-12s  ", "decided", "campaign", "version");
	if (!given->key)
		printf("%-16s  ", "key");
	printf("%-12s  %-32s  %s\n", "decision", "match id", "why, or where to");
}

static void print_row(const void *context, const json_t *one)
{
	const char *channel = sl_api_text(one, "send.channel", NULL);
	const struct decisions *given = context;

	sl_page_list_put_time(sl_api_text(one, "time", ""));
	cell(sl_api_text(one, "campaign", ""), 24);
	cell(sl_api_text(one, "campaign_version", ""), 12);
	if (!given->key)
		cell(sl_api_text(one, "key", ""), 16);
	cell(sl_api_text(one, "decision", ""), 12);
	cell(sl_api_text(one, "id", ""), 32);
	if (channel) {
		sl_terminal_put(stdout, channel);
		putchar(' ');
		sl_terminal_put(stdout, sl_api_text(one, "send.template", ""));
	} else {
		sl_terminal_put(stdout, sl_api_text(one, "why", ""));
	}
	putchar('\n');
}

static void add_filters(const void *context, struct sl_query *query)
{
	const struct decisions *given = context;

	sl_query_add(query, "key", given->key);
	sl_query_add(query, "campaign", given->campaign);
	sl_query_add_given(query, "from", given->from);
	sl_query_add_given(query, "to", given->to);
}

static int refused(unsigned status, const json_t *answer)
{
	sl_api_complain("sluice decisions", answer);
	return status == 400 ? SL_EXIT_USAGE : SL_EXIT_FAILED;
}

static int list(const struct decisions *given)
{
	const struct sl_page_list pages = {
		.program = "sluice decisions",
		.address = sl_api_address(given->gateway.address),
		.path = "/v1/decisions",
		.member = "decisions",
		.target_bytes = TARGET_BYTES,
		.limit = given->limit,
		.json = given->gateway.json,
		.add_filters = add_filters,
		.print_head = print_head,
		.print_row = print_row,
		.refused = refused,
		.context = given,
	};
	bool more;
	long left;
	int result = sl_page_list(&pages, &left, &more);

	if (result)
		return result;
	if (left == given->limit) {
		if (!given->gateway.json)
			puts("there are none");
		return SL_EXIT_NO;
	}
	if (more)
		fprintf(stderr, "there may be older ones: --limit %ld, or --to an earlier time\n",
			10 * given->limit);
	return SL_EXIT_DONE;
}

static const struct argp_child children[] = {{&sl_api_argp, 0, NULL, 0}, {0}};
const struct argp sl_decisions_argp = {table, take, NULL, help, children, NULL, NULL};

int sl_cmd_decisions(int argc, char **argv)
{
	struct decisions given = {.limit = 100};

	argp_parse(&sl_decisions_argp, argc, argv, 0, NULL, &given);
	return list(&given);
}
