/* sluice status: what a running gateway is doing. */
#include "sluice/error.h"
#include "tools/sluice/commands/commands.h"
#include "tools/sluice/gateway/api.h"
#include "tools/sluice/gateway/api_arguments.h"
#include "tools/sluice/terminal_text.h"

#include <argp.h>
#include <stdbool.h>
#include <stdio.h>
#include <unistd.h>

#define TIMEOUT_MS 10000
#define MIB 1048576.0

static const char help[] =
	"Shows what a running gateway is doing: its processes, rule set, ledger, journal and sinks."
	"\vreceived = accepted + refused + duplicates + dropped and accepted = matched + unmatched "
	"hold exactly "
	"whenever nothing is under way.\n\n"
	"Examples:\n"
	"  sluice status\n"
	"  sluice status --api unix:/run/sluice/control.sock --json\n\n"
	"Exit codes: 0 ready; 1 running, but not ready; 2 used wrongly; 3 no gateway answers.";

static const char *const ledger[] = {"received", "accepted", "refused",  "duplicates",
				     "dropped",  "matched",  "unmatched"};

#define N_LEDGER (sizeof(ledger) / sizeof(ledger[0]))

static const char *coloured(const char *text, bool good)
{
	static char buffer[64];

	if (!isatty(STDOUT_FILENO))
		return text;
	snprintf(buffer, sizeof(buffer), "\x1b[1;%dm%s\x1b[0m", good ? 32 : 31, text);
	return buffer;
}

/* Whole, also where it is longer than its column. */
static void print_name(const char *name)
{
	unsigned columns = sl_terminal_columns(name);

	fputs("  ", stdout);
	sl_terminal_put(stdout, name);
	printf("%*s", columns < 12 ? (int)(12 - columns) : 0, "");
}

static void print_ledger_row(const char *name, const json_t *row)
{
	print_name(name);
	for (size_t i = 0; i < N_LEDGER; i++)
		printf(" %12" JSON_INTEGER_FORMAT, sl_api_int(row, ledger[i], 0));
	putchar('\n');
}

static void print_reason(const char *channel, const char *reason, json_int_t n)
{
	print_name(channel);
	putchar(' ');
	sl_terminal_put(stdout, reason);
	printf(": %" JSON_INTEGER_FORMAT "\n", n);
}

static void print_ledger(const json_t *status)
{
	const json_t *channels = json_object_get(status, "channels"), *channel, *reason;
	const char *name;
	bool adds_up = !json_is_false(sl_api_get(status, "ledger.adds_up"));
	size_t i;

	printf("\n  %-12s", "channel");
	for (i = 0; i < N_LEDGER; i++)
		printf(" %12s", ledger[i]);
	putchar('\n');
	json_array_foreach(channels, i, channel)
		print_ledger_row(sl_api_text(channel, "channel", "?"), channel);
	if (json_array_size(channels) > 1)
		print_ledger_row("total", json_object_get(status, "ledger"));
	printf("  %s\n", adds_up ? coloured("adds up", true) : "events are under way");
	json_array_foreach(channels, i, channel)
	{
		json_object_foreach(json_object_get(channel, "reasons"), name, reason)
		{
			if (json_integer_value(reason))
				print_reason(sl_api_text(channel, "channel", "?"), name,
					     json_integer_value(reason));
		}
	}
}

static void print_worker(const json_t *worker)
{
	json_int_t stalled_ms = sl_api_int(worker, "stalled_ms", 0);

	printf("worker %-4" JSON_INTEGER_FORMAT " rule set %" JSON_INTEGER_FORMAT
	       " (generation %" JSON_INTEGER_FORMAT "), %" JSON_INTEGER_FORMAT
	       " connections, %" JSON_INTEGER_FORMAT " under way, ",
	       sl_api_int(worker, "worker", 0), sl_api_int(worker, "ruleset", 0),
	       sl_api_int(worker, "generation", 0), sl_api_int(worker, "connections", 0),
	       sl_api_int(worker, "outstanding", 0));
	if (stalled_ms)
		printf("%s for %" JSON_INTEGER_FORMAT " s\n", coloured("STALLED", false),
		       stalled_ms / 1000);
	else
		printf("%" JSON_INTEGER_FORMAT " rounds\n", sl_api_int(worker, "heartbeat", 0));
}

/* A line that says one thing in words of the gateway's. */
static void print_said(const char *what, const char *said)
{
	printf("%-11s ", what);
	sl_terminal_put(stdout, said);
	putchar('\n');
}

static void print_below(const char *what, const char *said)
{
	printf("%-11s %s: ", "", what);
	sl_terminal_put(stdout, said);
	putchar('\n');
}

/* What campaigns remember; nothing where they remember nothing. */
static void print_memory(const json_t *state)
{
	json_int_t keys = sl_api_int(state, "keys", 0), refused = sl_api_int(state, "refused", 0),
		   age_ms = sl_api_int(state, "tick_age_ms", -1);

	if (!keys && !refused)
		return;
	printf("%-11s %" JSON_INTEGER_FORMAT " keys, %" JSON_INTEGER_FORMAT
	       " timers, %.1f of %.1f MiB",
	       "memory", keys, sl_api_int(state, "timers", 0),
	       (double)sl_api_int(state, "bytes", 0) / MIB,
	       (double)sl_api_int(state, "room", 0) / MIB);
	printf(", the fullest worker %.1f %%", (double)sl_api_int(state, "fill_permille", 0) / 10);
	if (age_ms >= 0)
		printf(", tick %.1f s old", (double)age_ms / 1000);
	if (refused)
		printf(", %s %" JSON_INTEGER_FORMAT " times", coloured("REFUSED", false), refused);
	putchar('\n');
}

static void print_topic(const json_t *problem)
{
	printf("%-11s topic ", "");
	sl_terminal_put(stdout, sl_api_text(problem, "topic", "-"));
	fputs(": ", stdout);
	sl_terminal_put(stdout, sl_api_text(problem, "message", ""));
	putchar('\n');
}

static void print_sink(const json_t *sink)
{
	const json_t *problem;
	size_t i;

	printf("%-11s ", "sink");
	sl_terminal_put(stdout, sl_api_text(sink, "kind", "?"));
	putchar(' ');
	sl_terminal_put(stdout, sl_api_text(sink, "path", sl_api_text(sink, "servers", "")));
	printf(": %" JSON_INTEGER_FORMAT " forwarded, %" JSON_INTEGER_FORMAT
	       " blocks behind, %" JSON_INTEGER_FORMAT " errors",
	       sl_api_int(sink, "forwarded", 0), sl_api_int(sink, "lag_blocks", 0),
	       sl_api_int(sink, "errors", 0));
	if (json_object_get(sink, "stuck")) {
		fputs("; STUCK: ", stdout);
		sl_terminal_put(stdout, sl_api_text(sink, "stuck", ""));
	}
	putchar('\n');
	if (sl_api_int(sink, "damaged_blocks", 0))
		printf("%-11s %s: %" JSON_INTEGER_FORMAT
		       " blocks of the journal were damaged, see the log of control\n",
		       "", coloured("LOST", false), sl_api_int(sink, "damaged_blocks", 0));
	if (json_object_get(sink, "trouble"))
		print_below(coloured("TROUBLE", false), sl_api_text(sink, "trouble", ""));
	json_array_foreach(sl_api_get(sink, "topics.problem"), i, problem) print_topic(problem);
}

static void print_listener(const json_t *listener)
{
	printf("%-11s ", "listening");
	sl_terminal_put(stdout, sl_api_text(listener, "channel", "?"));
	fputs(": ", stdout);
	sl_terminal_put(stdout, sl_api_text(listener, "protocol", "?"));
	fputs(" on ", stdout);
	sl_terminal_put(stdout, sl_api_text(listener, "address", "?"));
	putchar('\n');
}

static void print_wire(const json_t *wire)
{
	static const char *const losses[] = {"missed", "no_buffer", "errors", "handover_full",
					     "too_long"};
	bool up = sl_api_int(wire, "link_up", 0);
	json_int_t lost = 0;

	for (size_t i = 0; i < sizeof(losses) / sizeof(losses[0]); i++)
		lost += sl_api_int(wire, losses[i], 0);
	printf("%-11s ", "wire");
	sl_terminal_put(stdout, sl_api_text(wire, "wire", "?"));
	printf(": link %s, %" JSON_INTEGER_FORMAT " packets, %" JSON_INTEGER_FORMAT " lost\n",
	       coloured(up ? "up" : "DOWN", up), sl_api_int(wire, "packets", 0), lost);
}

static void print_page(const json_t *status, const char *address)
{
	bool ready = json_is_true(json_object_get(status, "ready"));
	const json_t *item;
	size_t i;

	fputs("sluice ", stdout);
	sl_terminal_put(stdout, sl_api_text(status, "version", "?"));
	printf(" at %s: %s\n\n", address, coloured(ready ? "ready" : "NOT READY", ready));
	json_array_foreach(json_object_get(status, "not_ready"), i, item)
		print_said("not ready", json_string_value(item) ? json_string_value(item) : "");
	json_array_foreach(json_object_get(status, "alarms"), i, item)
		print_said("ALARM", json_string_value(item) ? json_string_value(item) : "");
	json_array_foreach(json_object_get(status, "problems"), i, item)
		print_said("PROBLEM", sl_api_text(item, "message", ""));
	fputs("dataplane   ", stdout);
	sl_terminal_put(stdout, sl_api_text(status, "dataplane.state", "absent"));
	printf(", pid %" JSON_INTEGER_FORMAT ", %" JSON_INTEGER_FORMAT " worker(s)\n",
	       sl_api_int(status, "pids.dataplane", 0), sl_api_int(status, "dataplane.workers", 0));
	json_array_foreach(sl_api_get(status, "dataplane.worker"), i, item) print_worker(item);
	printf("control     pid %" JSON_INTEGER_FORMAT "\n", sl_api_int(status, "pids.control", 0));
	printf("rule set    version %" JSON_INTEGER_FORMAT ", %" JSON_INTEGER_FORMAT " campaigns, ",
	       sl_api_int(status, "ruleset.version", 0),
	       sl_api_int(status, "ruleset.campaigns", 0));
	sl_terminal_put(stdout, sl_api_text(status, "ruleset.hash", "none"));
	putchar('\n');
	printf("journal     %.1f %% full%s\n",
	       (double)sl_api_int(status, "journal.fill_permille", 0) / 10,
	       sl_api_int(status, "journal.backpressure", 0) ||
			       json_is_true(sl_api_get(status, "journal.backpressure"))
		       ? ", sources are told to wait"
		       : "");
	print_memory(json_object_get(status, "state"));
	json_array_foreach(json_object_get(status, "sinks"), i, item) print_sink(item);
	json_array_foreach(json_object_get(status, "listening"), i, item) print_listener(item);
	json_array_foreach(json_object_get(status, "wires"), i, item) print_wire(item);
	print_ledger(status);
}

static const struct argp_child children[] = {{&sl_api_argp, 0, NULL, 0}, {0}};
const struct argp sl_status_argp = {NULL, sl_api_take_nothing_else, NULL, help, children, NULL,
				    NULL};

int sl_cmd_status(int argc, char **argv)
{
	struct sl_api_arguments options = {0};
	const char *address;
	unsigned status;
	json_t *answer;
	int result;

	argp_parse(&sl_status_argp, argc, argv, 0, NULL, &options);
	address = sl_api_address(options.address);
	result = sl_api_call(address, "GET", "/v1/status", NULL, TIMEOUT_MS, &status, &answer);
	if (result)
		return result;
	if (status != 200) {
		fprintf(stderr, "sluice status: %s answers %u\n", address, status);
		result = SL_EXIT_FAILED;
	} else {
		if (options.json)
			sl_api_print(answer);
		else
			print_page(answer, address);
		result = json_is_true(json_object_get(answer, "ready")) ? SL_EXIT_DONE : SL_EXIT_NO;
	}
	json_decref(answer);
	return result;
}
