/* sluice tail: matches, decisions and refusals as they pass. */
#include "sluice/error.h"
#include "tools/http_stream.h"
#include "tools/sluice/commands/commands.h"
#include "tools/sluice/gateway/api.h"
#include "tools/sluice/gateway/api_arguments.h"
#include "tools/sluice/gateway/query.h"
#include "tools/sluice/gateway/tail_print.h"
#include "tools/sluice/terminal_text.h"

#include <argp.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define HEAD_MS 10000
#define QUIET_MS 3600000
#define LINE_MAX_BYTES (4u << 20)
#define TARGET_BYTES 8000

static const char help[] =
	"Shows matches, decisions and refused events as a running gateway commits them."
	"\vIt begins with what is committed from now on and goes on until Ctrl-C, or until --count "
	"records were shown. It never slows the gateway: where more passes than can be shown, a "
	"line says how much was left out. --kind, --campaign, --key and --where narrow it; all of "
	"them have to hold.\n\n"
	"--where is a condition in the language of campaigns. It may ask for: kind, id, campaign, "
	"campaign_version, ruleset, key, event.id, event.time, event.type, event.channel, "
	"send.channel, send.template, data (of a match), decision (sent, or the gate that said "
	"no), reason, detail, channel (of a refusal), received, committed. A refusal has no "
	"campaign and no key; of its original every digit is a number sign.\n\n"
	"Examples:\n"
	"  sluice tail\n"
	"  sluice tail --kind decision --where 'decision != \"sent\"'\n"
	"  sluice tail --campaign loan-abandoned --count 1\n"
	"  sluice tail --where 'event.channel == \"atm\" && data.amount > 500000'\n"
	"  sluice tail --kind refusal --json | jq -r .reason\n\n"
	"With --json a line for each, as GET /v1/tail gives it: {\"kind\":\"match\",…}, "
	"{\"kind\":\"decision\",…}, {\"kind\":\"refusal\",…}, "
	"{\"kind\":\"missed\",\"records\":n,\"blocks\":n}.\n\n"
	"Exit codes: 0 --count records were shown; 1 the condition is none; 2 used wrongly; "
	"3 no gateway answers, or it went away.";

enum { KEY_KIND = 256, KEY_CAMPAIGN, KEY_KEY, KEY_WHERE, KEY_COUNT };

static const struct argp_option table[] = {
	{"kind", KEY_KIND, "match|decision|refusal", 0,
	 "one of them, or several with commas (default match,refusal)", 0},
	{"campaign", KEY_CAMPAIGN, "NAME", 0, "only of this campaign", 0},
	{"key", KEY_KEY, "KEY", 0, "only of this customer", 0},
	{"where", KEY_WHERE, "CEL", 0, "only where this condition holds", 0},
	{"count", KEY_COUNT, "N", 0, "end after so many records", 0},
	{0},
};

struct tail {
	struct sl_api_arguments gateway;
	const char *kind, *campaign, *key, *where;
	unsigned long count; /* 0: without end */
};

static error_t take(int key, char *arg, struct argp_state *state)
{
	struct tail *tail = state->input;
	char *end;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &tail->gateway;
		return 0;
	case KEY_KIND:
		tail->kind = arg;
		return 0;
	case KEY_CAMPAIGN:
		tail->campaign = arg;
		return 0;
	case KEY_KEY:
		tail->key = arg;
		return 0;
	case KEY_WHERE:
		tail->where = arg;
		return 0;
	case KEY_COUNT:
		errno = 0;
		tail->count = strtoul(arg, &end, 10);
		if (*end || errno || !tail->count || *arg == '-')
			argp_error(state, "--count takes a number from 1 on, not '%s'", arg);
		return 0;
	case ARGP_KEY_ARG:
		argp_error(state, "'%s' is too much; a condition follows --where", arg);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp_child children[] = {{&sl_api_argp, 0, NULL, 0}, {0}};
const struct argp sl_tail_argp = {table, take, NULL, help, children, NULL, NULL};

/* What came of a line, and where in it the next piece goes. */
struct lines {
	char *at;
	size_t room, bytes;
};

static int show(const struct tail *tail, const char *line, size_t n, unsigned long *shown)
{
	json_t *record = json_loadb(line, n, JSON_REJECT_DUPLICATES, NULL);

	if (!json_is_object(record)) {
		fputs("sluice tail: the gateway's answer is none\n", stderr);
		json_decref(record);
		return SL_EXIT_FAILED;
	}
	if (tail->gateway.json) {
		fwrite(line, 1, n, stdout);
		putchar('\n');
	} else {
		sl_tail_print(stdout, record, isatty(STDOUT_FILENO) && !getenv("NO_COLOR"));
	}
	*shown += sl_tail_is_record(record);
	json_decref(record);
	/* who reads is waiting; and who has gone need not be read for: a terminal's lines have been
	 * tried by now, and have nothing left to flush */
	if (fflush(stdout) || ferror(stdout))
		return SL_EXIT_FAILED;
	return 0;
}

/* Whole lines are shown; what is left stays. */
static int show_lines(const struct tail *tail, struct lines *lines, unsigned long *shown)
{
	size_t from = 0;
	char *end;
	int result = 0;

	while (!result && (end = memchr(lines->at + from, '\n', lines->bytes - from))) {
		result = show(tail, lines->at + from, (size_t)(end - lines->at) - from, shown);
		from = (size_t)(end - lines->at) + 1;
		if (tail->count && *shown >= tail->count)
			break;
	}
	memmove(lines->at, lines->at + from, lines->bytes - from);
	lines->bytes -= from;
	return result;
}

static bool make_room(struct lines *lines)
{
	char *at;

	if (lines->bytes < lines->room)
		return true;
	if (lines->room >= LINE_MAX_BYTES)
		return false;
	at = realloc(lines->at, lines->room ? lines->room * 2 : 65536);
	if (!at)
		return false;
	lines->at = at;
	lines->room = lines->room ? lines->room * 2 : 65536;
	return true;
}

static int lost(const char *address, ssize_t n)
{
	fprintf(stderr, "sluice tail: the gateway at %s went away%s%s\n", address, n ? ": " : "",
		n ? sl_error_text((int)n) : "");
	return SL_EXIT_FAILED;
}

static int follow(const struct tail *tail, const char *address, struct sl_http_stream *stream)
{
	struct lines lines = {0};
	unsigned long shown = 0;
	int result = 0;

	while (!result && !(tail->count && shown >= tail->count)) {
		ssize_t n;

		if (!make_room(&lines)) {
			fputs("sluice tail: a line of the gateway's has no end\n", stderr);
			result = SL_EXIT_FAILED;
			break;
		}
		n = sl_http_stream_read(stream, lines.at + lines.bytes, lines.room - lines.bytes,
					QUIET_MS);
		if (n == -ETIMEDOUT)
			continue;
		if (n <= 0) {
			result = lost(address, n);
			break;
		}
		lines.bytes += (size_t)n;
		result = show_lines(tail, &lines, &shown);
	}
	free(lines.at);
	return result;
}

/* Why it was refused. */
static int complain(const char *address, struct sl_http_stream *stream)
{
	unsigned status = sl_http_stream_status(stream);
	char body[4096];
	size_t bytes = 0;
	ssize_t n = 1;
	json_t *answer;

	while (n > 0 && bytes < sizeof(body)) {
		n = sl_http_stream_read(stream, body + bytes, sizeof(body) - bytes, HEAD_MS);
		bytes += n > 0 ? (size_t)n : 0;
	}
	answer = json_loadb(body, bytes, JSON_REJECT_DUPLICATES, NULL);
	if (sl_api_let_in(address, status, answer))
		sl_api_complain("sluice tail", answer);
	json_decref(answer);
	return status == 400 ? SL_EXIT_NO : SL_EXIT_FAILED;
}

int sl_cmd_tail(int argc, char **argv)
{
	struct tail tail = {0};
	struct sl_http_stream *stream;
	char target[TARGET_BYTES];
	struct sl_query query;
	const char *address;
	int e, result;

	argp_parse(&sl_tail_argp, argc, argv, 0, NULL, &tail);
	address = sl_api_address(tail.gateway.address);
	sl_query_init(&query, target, sizeof(target), "/v1/tail");
	sl_query_add(&query, "kind", tail.kind);
	sl_query_add(&query, "campaign", tail.campaign);
	sl_query_add(&query, "key", tail.key);
	sl_query_add(&query, "where", tail.where);
	if (query.full) {
		fputs("sluice tail: the condition is too long; 2,000 bytes are taken\n", stderr);
		return SL_EXIT_USAGE;
	}
	e = sl_http_stream_open(address, target, HEAD_MS, &stream);
	if (e)
		return sl_api_unreachable(address, e);
	if (sl_http_stream_status(stream) == 200 && isatty(STDOUT_FILENO))
		fputs("what is committed from now on appears here; Ctrl-C ends it\n", stderr);
	if (sl_http_stream_status(stream) == 200)
		result = follow(&tail, address, stream);
	else
		result = complain(address, stream);
	sl_http_stream_close(stream);
	return result;
}
