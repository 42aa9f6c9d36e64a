/* sluice drain: a running gateway accepts nothing more and finishes what it has. */
#include "base/clock.h"
#include "tools/sluice/commands/commands.h"
#include "tools/sluice/gateway/api.h"
#include "tools/sluice/gateway/api_arguments.h"

#include <argp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define TIMEOUT_MS 30000
#define STATUS_MS 10000
#define LOOK_NS (200 * SL_NS_PER_MS)

static const char help[] =
	"Makes a running gateway accept nothing more, finish, commit and acknowledge what it has, "
	"and stay up."
	"\vIts matches go on being forwarded; --wait waits for that too. Nothing is accepted again "
	"until the dataplane is started anew, as `sluice up` or the service manager does it. "
	"--stop ends both processes after that, and nobody starts them again.\n\n"
	"Examples:\n"
	"  sluice drain\n"
	"  sluice drain --wait 60    and until every sink has everything\n"
	"  sluice drain --stop\n\n"
	"With --json: {\"drained\":true,\"forwarded\":true}; forwarded is left out where --stop "
	"leaves nobody to ask.\n\n"
	"Exit codes: 0 drained; 1 something is still under way, or with --wait not forwarded; 2 "
	"used wrongly; 3 no gateway or no dataplane answers.";

enum { KEY_STOP = 2000, KEY_WAIT };

static const struct argp_option table[] = {
	{"stop", KEY_STOP, NULL, 0, "end both processes after it", 0},
	{"wait", KEY_WAIT, "SECONDS", 0, "until everything is forwarded, so long at most", 0},
	{0},
};

struct drain {
	struct sl_api_arguments gateway;
	bool stop;
	long wait_s; /* 0: not */
};

static error_t take(int key, char *arg, struct argp_state *state)
{
	struct drain *drain = state->input;
	char *end;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &drain->gateway;
		return 0;
	case KEY_STOP:
		drain->stop = true;
		return 0;
	case KEY_WAIT:
		drain->wait_s = strtol(arg, &end, 10);
		if (*end || drain->wait_s < 1 || drain->wait_s > 86400)
			argp_error(state, "--wait takes 1 to 86400 seconds, not '%s'", arg);
		return 0;
	case ARGP_KEY_ARG:
		argp_error(state, "'%s' is too much", arg);
		return 0;
	case ARGP_KEY_END:
		if (drain->stop && drain->wait_s)
			argp_error(state, "--stop forwards by itself: it goes without --wait");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

/* Blocks that the slowest sink has still to carry on; negative: it cannot be told. */
static json_int_t behind(const char *address)
{
	json_int_t most = 0, lag;
	const json_t *sink;
	json_t *status;
	size_t i;

	if (sl_api_status(address, STATUS_MS, &status))
		return -1;
	json_array_foreach(json_object_get(status, "sinks"), i, sink)
	{
		lag = sl_api_int(sink, "lag_blocks", 0);
		most = lag > most ? lag : most;
	}
	json_decref(status);
	return most;
}

static json_int_t wait_forwarded(const char *address, long wait_s)
{
	int64_t end_ns = sl_clock_read(CLOCK_MONOTONIC) + wait_s * SL_NS_PER_S;
	json_int_t blocks = behind(address);

	while (blocks && sl_clock_read(CLOCK_MONOTONIC) < end_ns) {
		nanosleep(&(struct timespec){.tv_nsec = LOOK_NS}, NULL);
		blocks = behind(address);
	}
	return blocks;
}

static int tell(const struct drain *drain, bool drained, json_int_t blocks)
{
	json_t *line;

	if (drain->gateway.json) {
		line = json_pack("{s:b}", "drained", drained);
		if (!drain->stop)
			json_object_set_new(line, "forwarded", json_boolean(blocks == 0));
		sl_api_print(line);
		json_decref(line);
	} else if (drain->stop) {
		puts(drained ? "drained; both processes end"
			     : "not everything was finished; both processes end, and what is "
			       "missing was never acknowledged");
	} else if (blocks > 0) {
		printf("drained; a sink is %" JSON_INTEGER_FORMAT " blocks behind\n", blocks);
	} else {
		puts(blocks ? "drained; how far the sinks are cannot be told"
			    : "drained, and everything is forwarded");
	}
	return drained && (!drain->wait_s || !blocks) ? SL_EXIT_DONE : SL_EXIT_NO;
}

static const struct argp_child children[] = {{&sl_api_argp, 0, NULL, 0}, {0}};
const struct argp sl_drain_argp = {table, take, "", help, children, NULL, NULL};

int sl_cmd_drain(int argc, char **argv)
{
	struct drain drain = {0};
	const char *address;
	json_int_t blocks = 0;
	json_t *answer;
	unsigned status;
	int result;

	argp_parse(&sl_drain_argp, argc, argv, 0, NULL, &drain);
	address = sl_api_address(drain.gateway.address);
	result = sl_api_call(address, "POST", drain.stop ? "/v1/stop" : "/v1/drain", NULL,
			     TIMEOUT_MS, &status, &answer);
	if (result)
		return result;
	if (status == 200) {
		if (!drain.stop)
			blocks = drain.wait_s ? wait_forwarded(address, drain.wait_s)
					      : behind(address);
		result = tell(&drain, json_is_true(json_object_get(answer, "drained")), blocks);
	} else {
		sl_api_complain("sluice drain", answer);
		result = status == 409 ? SL_EXIT_NO : SL_EXIT_FAILED;
	}
	json_decref(answer);
	return result;
}
