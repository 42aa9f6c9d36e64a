/* sluice log: how much control says in its log. */
#include "base/log.h"
#include "tools/sluice/commands/commands.h"
#include "tools/sluice/gateway/api.h"
#include "tools/sluice/gateway/api_arguments.h"

#include <argp.h>
#include <stdio.h>

#define TIMEOUT_MS 10000

static const char help[] =
	"Shows from which level on sluice-control writes to its log, or sets it until it ends."
	"\vLEVEL is debug, info (at first), warn or error. At debug each request to the API is a "
	"line. The dataplane writes some ten lines in its life, always.\n\n"
	"More than ten lines of one kind in ten seconds are left out and counted; lines that "
	"nobody takes are lost and counted, for the log never holds the gateway up.\n\n"
	"Examples:\n"
	"  sluice log\n"
	"  sluice log debug\n\n"
	"With --json: {\"level\":\"info\",\"written\":12,\"left_out\":0,\"lost\":0}.\n\n"
	"Exit codes: 0 shown or set; 2 used wrongly; 3 no gateway answers.";

struct log_level {
	struct sl_api_arguments gateway;
	const char *level;
};

static error_t take(int key, char *arg, struct argp_state *state)
{
	struct log_level *given = state->input;
	enum sl_log_level level;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &given->gateway;
		return 0;
	case ARGP_KEY_ARG:
		if (given->level)
			argp_error(state, "'%s' is too much", arg);
		if (!sl_log_level_read(arg, &level))
			argp_error(state, "'%s' is no level: debug, info, warn or error", arg);
		given->level = arg;
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp_child children[] = {{&sl_api_argp, 0, NULL, 0}, {0}};
const struct argp sl_log_argp = {NULL, take, "[debug|info|warn|error]", help, children, NULL, NULL};

int sl_cmd_log(int argc, char **argv)
{
	struct log_level given = {0};
	json_t *answer;
	unsigned status;
	int result;

	argp_parse(&sl_log_argp, argc, argv, 0, NULL, &given);
	result = sl_api_call(sl_api_address(given.gateway.address), given.level ? "PUT" : "GET",
			     "/v1/log-level",
			     given.level ? json_pack("{s:s}", "level", given.level) : NULL,
			     TIMEOUT_MS, &status, &answer);
	if (result)
		return result;
	if (status != 200) {
		sl_api_complain("sluice log", answer);
		result = SL_EXIT_FAILED;
	} else if (given.gateway.json) {
		sl_api_print(answer);
	} else {
		printf("%s: %" JSON_INTEGER_FORMAT " lines written, %" JSON_INTEGER_FORMAT
		       " left out, %" JSON_INTEGER_FORMAT " lost\n",
		       sl_api_text(answer, "level", ""), sl_api_int(answer, "written", 0),
		       sl_api_int(answer, "left_out", 0), sl_api_int(answer, "lost", 0));
	}
	json_decref(answer);
	return result;
}
