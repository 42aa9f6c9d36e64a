/* sluice record: events that a gateway recorded, as lines that a replay reads. */
#include "tools/sluice/commands/commands.h"
#include "tools/sluice/gateway/api.h"
#include "tools/sluice/gateway/api_arguments.h"
#include "tools/sluice/gateway/query.h"
#include "tools/sluice/time_argument.h"

#include <argp.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define TIMEOUT_MS 60000
#define TARGET_BYTES 512

static const char help[] =
	"Writes the events that a running gateway recorded to standard output, oldest first, a "
	"line "
	"each, as `sluice replay` and `sluice explain` read them."
	"\vA gateway records where the setting record.events is true: every accepted event, with "
	"the "
	"fields of the schema as they were decoded. These are customers' data, not masked: whoever "
	"may ask the admin API gets them. They are kept as long as the settings record.days and "
	"record.bytes say. An event that was sent twice is there twice; a replay knows it by its "
	"id.\n\n"
	"TIME is 2026-11-21T17:00:00Z, the same with any zone, or how long ago: 90s, 15m, 2h, 7d. "
	"Times are when an event was received.\n\n"
	"Examples:\n"
	"  sluice record export --from 7d > week.ndjson\n"
	"  sluice replay --rules now/ --diff next/ week.ndjson\n\n"
	"The output is JSON with and without --json.\n\n"
	"Exit codes: 0 written; 1 there are none; 2 used wrongly; 3 no gateway answers, or the "
	"output cannot be written.";

enum { KEY_FROM = 2200, KEY_TO };

static const struct argp_option table[] = {
	{"from", KEY_FROM, "TIME", 0, "only those received then or later", 0},
	{"to", KEY_TO, "TIME", 0, "only those received before", 0},
	{0},
};

struct record {
	struct sl_api_arguments gateway;
	char from[SL_TIME_ARGUMENT_BYTES], to[SL_TIME_ARGUMENT_BYTES];
	bool export;
};

static error_t take(int key, char *arg, struct argp_state *state)
{
	struct record *given = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &given->gateway;
		return 0;
	case KEY_FROM:
		sl_time_argument(arg, given->from);
		return 0;
	case KEY_TO:
		sl_time_argument(arg, given->to);
		return 0;
	case ARGP_KEY_ARG:
		if (given->export || strcmp(arg, "export") != 0)
			argp_error(state, "it is `record export`, not '%s'", arg);
		given->export = true;
		return 0;
	case ARGP_KEY_END:
		if (!given->export)
			argp_error(state, "what about them? `sluice record export` writes them");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static int ask(const struct record *given, const char *after, unsigned *ret_status,
	       json_t **ret_answer)
{
	char target[TARGET_BYTES];
	struct sl_query query;

	sl_query_init(&query, target, sizeof(target), "/v1/recorded");
	sl_query_add(&query, "limit", "10000");
	sl_query_add_given(&query, "from", given->from);
	sl_query_add_given(&query, "to", given->to);
	sl_query_add_given(&query, "after", after);
	return sl_api_call(sl_api_address(given->gateway.address), "GET", target, NULL, TIMEOUT_MS,
			   ret_status, ret_answer);
}

/* False: nobody takes them. */
static bool write_page(const json_t *answer, unsigned long *written)
{
	const json_t *one;
	size_t i;

	json_array_foreach(json_object_get(answer, "events"), i, one)
	{
		size_t n = json_string_length(one);

		if (!n)
			continue;
		if (fwrite(json_string_value(one), 1, n, stdout) < n || putchar('\n') == EOF)
			return false;
		(*written)++;
	}
	return fflush(stdout) == 0;
}

static int export(const struct record *given)
{
	unsigned long written = 0;
	bool recording = true;
	char after[64] = "";
	unsigned status;
	json_t *answer;
	int result;

	do {
		result = ask(given, after, &status, &answer);
		if (result)
			return result;
		if (status != 200) {
			sl_api_complain("sluice record", answer);
			result = status == 400 ? SL_EXIT_USAGE : SL_EXIT_FAILED;
		} else if (!write_page(answer, &written)) {
			fputs("sluice record: the output cannot be written\n", stderr);
			result = SL_EXIT_FAILED;
		}
		recording = !json_is_false(json_object_get(answer, "recording"));
		snprintf(after, sizeof(after), "%s", sl_api_text(answer, "next", ""));
		json_decref(answer);
	} while (!result && after[0]);
	if (result || written)
		return result;
	fprintf(stderr, "sluice record: there are none%s\n",
		recording ? "" : "; the setting record.events: true makes the gateway record");
	return SL_EXIT_NO;
}

static const struct argp_child children[] = {{&sl_api_argp, 0, NULL, 0}, {0}};
const struct argp sl_record_argp = {table, take, "export", help, children, NULL, NULL};

int sl_cmd_record(int argc, char **argv)
{
	struct record given = {0};

	argp_parse(&sl_record_argp, argc, argv, 0, NULL, &given);
	return export(&given);
}
