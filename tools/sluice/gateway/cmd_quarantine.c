/* sluice quarantine: events that were refused, with their reason and their masked original. */
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

#define TIMEOUT_MS 20000
#define LIMIT_MAX 1000000
#define TARGET_BYTES 2048

static const char help[] =
	"Lists the events that a running gateway refused, newest first, or shows one of them."
	"\vA refused event is kept with the reason, what was wrong with it, and its text with "
	"every digit a #. How long and how many are the settings quarantine.age_ms and "
	"quarantine.bytes; `sluice status --json` counts under \"quarantine\" what was let go "
	"since.\n\n"
	"TIME is 2026-11-21T17:00:00Z, the same with any zone, or how long ago: 90s, 15m, 2h, "
	"7d.\n\n"
	"Examples:\n"
	"  sluice quarantine --since 1h\n"
	"  sluice quarantine --channel web --reason field_type --limit 20\n"
	"  sluice quarantine show 3-18304\n"
	"  sluice quarantine --json --limit 100000 | jq -r .reason | sort | uniq -c\n\n"
	"With --json a line for each: {\"id\":\"3-18304\",\"time\":\"…\",\"channel\":\"web\","
	"\"reason\":\"field_type\",\"detail\":\"…\",\"offset\":17,\"bytes\":212}; show adds "
	"\"committed\", \"text\" and \"cut\".\n\n"
	"Exit codes: 0 listed or shown; 1 there is none of that id; 2 used wrongly; 3 no gateway "
	"answers.";

enum { KEY_CHANNEL = 2000, KEY_REASON, KEY_SINCE, KEY_UNTIL, KEY_LIMIT };

static const struct argp_option table[] = {
	{"channel", KEY_CHANNEL, "NAME", 0, "only of this channel", 0},
	{"reason", KEY_REASON, "REASON", 0, "only for this reason, as field_type", 0},
	{"since", KEY_SINCE, "TIME", 0, "only those received then or later", 0},
	{"until", KEY_UNTIL, "TIME", 0, "only those received before", 0},
	{"limit", KEY_LIMIT, "N", 0, "at most so many (100)", 0},
	{0},
};

struct quarantine {
	struct sl_api_arguments gateway;
	const char *channel, *reason;
	char since[SL_TIME_ARGUMENT_BYTES], until[SL_TIME_ARGUMENT_BYTES];
	long limit;
	unsigned words;
	bool show;
	const char *id;
};

static void take_word(struct quarantine *given, const char *word, struct argp_state *state)
{
	given->words++;
	if (given->words == 1 && !strcmp(word, "show"))
		given->show = true;
	else if (given->words == 2 && given->show)
		given->id = word;
	else if (given->words != 1 || strcmp(word, "list") != 0)
		argp_error(state, "it is `quarantine list` or `quarantine show ID`, not '%s'",
			   word);
}

static error_t take(int key, char *arg, struct argp_state *state)
{
	struct quarantine *given = state->input;
	char *end;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &given->gateway;
		return 0;
	case KEY_CHANNEL:
		given->channel = arg;
		return 0;
	case KEY_REASON:
		given->reason = arg;
		return 0;
	case KEY_SINCE:
		sl_time_argument(arg, given->since);
		return 0;
	case KEY_UNTIL:
		sl_time_argument(arg, given->until);
		return 0;
	case KEY_LIMIT:
		given->limit = strtol(arg, &end, 10);
		if (*end || given->limit < 1 || given->limit > LIMIT_MAX)
			argp_error(state, "--limit takes 1 to %d, not '%s'", LIMIT_MAX, arg);
		return 0;
	case ARGP_KEY_ARG:
		take_word(given, arg, state);
		return 0;
	case ARGP_KEY_END:
		if (given->show && !given->id)
			argp_error(state, "show which? `sluice quarantine` lists the ids");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static void print_head(const void *context)
{
	(void)context;
	printf("%-20s  %-12s  %-10s  %-15s  %6s  %s\n", "received", "id", "channel", "reason",
	       "bytes", "what was wrong");
}

static void print_row(const void *context, const json_t *one)
{
	(void)context;
	sl_page_list_put_time(sl_api_text(one, "time", ""));
	sl_terminal_put_cell(stdout, sl_api_text(one, "id", ""), 12);
	fputs("  ", stdout);
	sl_terminal_put_cell(stdout, sl_api_text(one, "channel", ""), 10);
	fputs("  ", stdout);
	sl_terminal_put_cell(stdout, sl_api_text(one, "reason", ""), 15);
	printf("  %6" JSON_INTEGER_FORMAT "  ", sl_api_int(one, "bytes", 0));
	sl_terminal_put(stdout, sl_api_text(one, "detail", ""));
	putchar('\n');
}

static int refused(unsigned status, const json_t *answer)
{
	sl_api_complain("sluice quarantine", answer);
	return status == 404 ? SL_EXIT_NO : status == 400 ? SL_EXIT_USAGE : SL_EXIT_FAILED;
}

static void add_filters(const void *context, struct sl_query *query)
{
	const struct quarantine *given = context;

	sl_query_add(query, "channel", given->channel);
	sl_query_add(query, "reason", given->reason);
	sl_query_add_given(query, "since", given->since);
	sl_query_add_given(query, "until", given->until);
}

static int list(const struct quarantine *given)
{
	const struct sl_page_list pages = {
		.program = "sluice quarantine",
		.address = sl_api_address(given->gateway.address),
		.path = "/v1/quarantine",
		.member = "refused",
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

	if (!result && left == given->limit && !given->gateway.json)
		puts("there are none");
	else if (!result && more)
		fprintf(stderr, "there may be older ones: --limit %ld\n", 10 * given->limit);
	return result;
}

static void line(const char *name, const char *value)
{
	printf("%-10s ", name);
	sl_terminal_put(stdout, value);
	putchar('\n');
}

static void print_whole(const json_t *one)
{
	line("id", sl_api_text(one, "id", ""));
	line("received", sl_api_text(one, "time", ""));
	line("committed", sl_api_text(one, "committed", ""));
	line("channel", sl_api_text(one, "channel", ""));
	line("reason", sl_api_text(one, "reason", ""));
	line("detail", sl_api_text(one, "detail", ""));
	printf("%-10s byte %" JSON_INTEGER_FORMAT " of %" JSON_INTEGER_FORMAT "\n", "at",
	       sl_api_int(one, "offset", 0), sl_api_int(one, "bytes", 0));
	puts("the event, every digit a #:");
	sl_terminal_put_lines(stdout, sl_api_text(one, "text", ""));
	putchar('\n');
	if (json_is_true(json_object_get(one, "cut")))
		puts("(the rest of it was not kept)");
}

static int show(const struct quarantine *given)
{
	char target[256];
	unsigned status;
	json_t *answer;
	int result;

	if (strlen(given->id) > 47 || strspn(given->id, "0123456789-") != strlen(given->id)) {
		fprintf(stderr,
			"sluice quarantine: '%s' is no id; `sluice quarantine` lists them\n",
			given->id);
		return SL_EXIT_NO;
	}
	snprintf(target, sizeof(target), "/v1/quarantine/%s", given->id);
	result = sl_api_call(sl_api_address(given->gateway.address), "GET", target, NULL,
			     TIMEOUT_MS, &status, &answer);
	if (result)
		return result;
	if (status != 200)
		result = refused(status, answer);
	else if (given->gateway.json)
		sl_api_print(answer);
	else
		print_whole(answer);
	json_decref(answer);
	return result;
}

static const struct argp_child children[] = {{&sl_api_argp, 0, NULL, 0}, {0}};
const struct argp sl_quarantine_argp = {table, take, "[list|show ID]", help, children, NULL, NULL};

int sl_cmd_quarantine(int argc, char **argv)
{
	struct quarantine given = {.limit = 100};

	argp_parse(&sl_quarantine_argp, argc, argv, 0, NULL, &given);
	return given.show ? show(&given) : list(&given);
}
