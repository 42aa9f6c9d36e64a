/* sluice up: a whole gateway in the foreground. */
#include "base/log.h"
#include "sluice/error.h"
#include "sluice/exit.h"
#include "sluice/layout.h"
#include "tools/sluice/commands/commands.h"
#include "tools/sluice/gateway/api.h"
#include "tools/sluice/up/supervise.h"

#include <argp.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

static const char help[] =
	"Runs a gateway in the foreground: the dataplane and control, started again when one dies."
	"\vThe settings are checked first. Once everything is up, and again after each restart, "
	"one line of JSON "
	"goes to standard output: "
	"{\"ready\":true,\"pids\":{…},\"listening\":[…],\"api\":\"unix:…\",\"sinks\":[…]}. "
	"Logs of both go to standard error. SIGTERM or Ctrl-C stops it: the dataplane finishes "
	"what it has, control "
	"forwards what is left; a second time hurries it. SIGHUP reads the settings again: what "
	"can change "
	"without a restart does, the log names the rest.\n\n"
	"Examples:\n"
	"  sluice up --config sluice.yaml\n"
	"  sluice up --config sluice.yaml 2>sluice.log\n\n"
	"Exit codes: 0 stopped as asked; 1 the settings are wrong; 2 used wrongly; 3 a process "
	"cannot start and starting it again would not help (the last line says what to do), or it "
	"died ten times within 30 s.";

enum { KEY_LOG_FORMAT = 256 };

static const struct argp_option table[] = {
	{"config", 'c', "FILE", 0, "the settings (default sluice.yaml)", 0},
	{"log-format", KEY_LOG_FORMAT, "json|text", 0,
	 "of all three processes on standard error (default: text on a terminal, else json)", 0},
	{"json", 'j', NULL, 0, "accepted for symmetry: standard output is JSON anyway", 0},
	{0},
};

struct up {
	const char *config;
	const char *log_format;
};

static error_t take(int key, char *arg, struct argp_state *state)
{
	struct up *up = state->input;

	switch (key) {
	case 'c':
		up->config = arg;
		return 0;
	case KEY_LOG_FORMAT:
		if (strcmp(arg, "json") != 0 && strcmp(arg, "text") != 0)
			argp_error(state, "--log-format is json or text");
		up->log_format = arg;
		return 0;
	case 'j':
		return 0;
	case ARGP_KEY_ARG:
		argp_error(state, "'%s' is too much; the settings are --config FILE", arg);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static int open_signals(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGHUP);
	sigprocmask(SIG_BLOCK, &set, NULL);
	return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

static json_t *read_line(int fd)
{
	json_t *line;
	FILE *file = fdopen(fd, "r");

	if (!file) {
		close(fd);
		return NULL;
	}
	line = json_loadf(file, JSON_DISABLE_EOF_CHECK, NULL);
	while (fgetc(file) != EOF)
		; /* so that the writer never meets a closed pipe */
	fclose(file);
	return line;
}

/* Lets control check the settings and write what the dataplane reads: 0 and where things are, or
 * the exit code. What is wrong, control has said. */
static int prepare(const struct sl_child *control, json_t **ret_places)
{
	struct sl_child child = *control;
	json_t *places;
	int ends[2], status, error;

	if (pipe2(ends, O_CLOEXEC))
		return SL_EXIT_FAILED;
	child.arguments[4] = "--prepare";
	child.arguments[5] = "--alone"; /* as the children will have to be */
	error = sl_child_start(&child, ends[1]);
	close(ends[1]);
	if (error) {
		close(ends[0]);
		fprintf(stderr, "sluice up: %s: %s\n", child.program, sl_error_text(error));
		return SL_EXIT_FAILED;
	}
	places = read_line(ends[0]);
	if (waitpid(child.pid, &status, 0) != child.pid || !WIFEXITED(status))
		status = SL_EXIT_FAILED << 8;
	if (WEXITSTATUS(status) == 0 && json_is_string(json_object_get(places, "run")) &&
	    json_is_string(json_object_get(places, "settings"))) {
		*ret_places = places;
		return 0;
	}
	json_decref(places);
	if (WEXITSTATUS(status) == 0)
		fprintf(stderr, "sluice up: %s is of another version\n", child.program);
	if (WEXITSTATUS(status) == SL_PROCESS_NOT_NOW)
		return SL_EXIT_FAILED;
	return WEXITSTATUS(status) ? WEXITSTATUS(status) : SL_EXIT_FAILED;
}

const struct argp sl_up_argp = {table, take, NULL, help, NULL, NULL, NULL};

int sl_cmd_up(int argc, char **argv)
{
	struct sl_supervisor supervisor = {
		.children = {{.name = "sluice-dataplane"}, {.name = "sluice-control"}},
	};
	struct sl_child *control = &supervisor.children[SL_CHILD_CONTROL];
	struct up up = {.config = "sluice.yaml",
			.log_format = isatty(STDERR_FILENO) ? "text" : "json"};
	char api[PATH_MAX + 32];
	json_t *places;
	int result;

	argp_parse(&sl_up_argp, argc, argv, 0, NULL, &up);
	for (unsigned role = 0; role < SL_CHILDREN; role++) {
		if (!sl_child_find(&supervisor.children[role]))
			continue;
		fprintf(stderr, "sluice up: there is no %s beside this program nor in PATH\n",
			supervisor.children[role].name);
		return SL_EXIT_FAILED;
	}
	sl_log_init("sluice-up", !strcmp(up.log_format, "text"));
	for (unsigned role = 0; role < SL_CHILDREN; role++) {
		supervisor.children[role].arguments[0] = "--log-format";
		supervisor.children[role].arguments[1] = up.log_format;
	}
	control->arguments[2] = "--config";
	control->arguments[3] = up.config;
	/* whoever read the first ready line may be gone by the next: `sluice up | head -1` */
	signal(SIGPIPE, SIG_IGN);
	supervisor.signals = open_signals();
	if (supervisor.signals < 0)
		return SL_EXIT_FAILED;
	result = prepare(control, &places);
	if (!result) {
		snprintf(api, sizeof(api), "unix:%s/" SL_RUN_API, sl_api_text(places, "run", ""));
		supervisor.api = api;
		supervisor.children[SL_CHILD_DATAPLANE].arguments[2] =
			sl_api_text(places, "settings", "");
		result = sl_supervise(&supervisor);
		sl_log_flush(true);
		json_decref(places);
	}
	close(supervisor.signals);
	return result;
}
