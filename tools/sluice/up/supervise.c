#include "tools/sluice/up/supervise.h"

#include "base/clock.h"
#include "base/log.h"
#include "sluice/error.h"
#include "sluice/exit.h"
#include "tools/sluice/commands/commands.h"
#include "tools/sluice/gateway/api.h"

#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#define STATUS_MS 500
#define LOOK_AGAIN_MS 20 /* while something is not ready */
#define IDLE_MS 1000
#define DATAPLANE_STOP_NS (30 * SL_NS_PER_S)
#define FORWARD_NS (10 * SL_NS_PER_S)
#define CONTROL_STOP_NS (15 * SL_NS_PER_S)

static int64_t now_monotonic(void)
{
	return sl_clock_read(CLOCK_MONOTONIC);
}

/* Control reads its settings again; the dataplane takes those of its next start. */
static void pass_on_reload(const struct sl_supervisor *supervisor)
{
	pid_t pid = supervisor->children[SL_CHILD_CONTROL].pid;

	if (pid)
		kill(pid, SIGHUP);
}

/* A terminal that is gone ends what was started in it; somebody's SIGHUP is to reload. */
static bool asks_to_reload(const struct signalfd_siginfo *info)
{
	return info->ssi_signo == SIGHUP && info->ssi_code != SI_KERNEL;
}

/* Waits for a signal or until the time is over; true: somebody wants us to stop. */
static bool wait_for_signal(const struct sl_supervisor *supervisor, int timeout_ms)
{
	struct pollfd pollfd = {.fd = supervisor->signals, .events = POLLIN};
	struct signalfd_siginfo info;
	bool stop = false;

	if (poll(&pollfd, 1, timeout_ms) <= 0)
		return false;
	while (read(supervisor->signals, &info, sizeof(info)) == sizeof(info)) {
		if (asks_to_reload(&info))
			pass_on_reload(supervisor);
		else
			stop = stop || info.ssi_signo != SIGCHLD;
	}
	return stop;
}

static void describe_end(int status, char *text, size_t room)
{
	if (WIFSIGNALED(status))
		snprintf(text, room, "ended by signal %d (%s)", WTERMSIG(status),
			 strsignal(WTERMSIG(status)));
	else
		snprintf(text, room, "ended with status %d", WEXITSTATUS(status));
}

/* The same start would end the same way. What is only held at this moment (a lock, a port) is so
 * for good at a first start; of a child that ran before, what it held itself may be freed a moment
 * later. */
static bool is_hopeless(const struct sl_child *child, int status)
{
	switch (WIFEXITED(status) ? WEXITSTATUS(status) : 0) {
	case SL_PROCESS_SETTINGS:
	case SL_PROCESS_USAGE:
	case SL_PROCESS_REFUSED:
		return true;
	case SL_PROCESS_NOT_NOW:
		return !child->ever_ready;
	default:
		return false;
	}
}

/* One that says itself that it could not go on may say so each time it was ready for a moment;
 * killed from outside, it was well. */
static bool was_well(const struct sl_child *child, int status)
{
	return child->was_ready && !(WIFEXITED(status) && WEXITSTATUS(status) == SL_PROCESS_FAILED);
}

/* 0, or SL_EXIT_FAILED where it is not worth another start. */
static int note_end(struct sl_child *child, int status)
{
	pid_t pid = child->pid;
	int64_t delay_ns;
	char end[96];

	child->pid = 0;
	describe_end(status, end, sizeof(end));
	if (is_hopeless(child, status)) {
		child->hopeless = true;
		sl_log_error("%s cannot start (%s)", child->name, end);
		return SL_EXIT_FAILED;
	}
	delay_ns = sl_restarts_died(&child->restarts, now_monotonic(), was_well(child, status));
	if (delay_ns < 0) {
		sl_log_error("%s %s, %u times within 30 s without being ready: giving up; "
			     "its messages stand above",
			     child->name, end, SL_DEATHS_MAX);
		return SL_EXIT_FAILED;
	}
	child->start_at_ns = now_monotonic() + delay_ns;
	sl_log_warning("%s (pid %d) %s; starting it again in %ld ms", child->name, (int)pid, end,
		       (long)(delay_ns / SL_NS_PER_MS));
	return 0;
}

/* Through the API: whoever did that does not want it back. One that got a signal is started again,
 * as one that died. */
static bool ended_as_ordered(const struct sl_child *child, int status)
{
	if (!WIFEXITED(status) || WEXITSTATUS(status) != SL_PROCESS_ORDERED)
		return false;
	sl_log_info("%s was ordered to stop; so does everything", child->name);
	return true;
}

/* Takes note of children that ended. */
static int reap(struct sl_supervisor *supervisor, bool *ret_any, bool *ret_stop)
{
	int status, result = 0;
	pid_t pid;

	while (!result && (pid = waitpid(-1, &status, WNOHANG)) > 0) {
		for (unsigned role = 0; role < SL_CHILDREN; role++) {
			if (supervisor->children[role].pid != pid)
				continue;
			*ret_any = true;
			*ret_stop |= ended_as_ordered(&supervisor->children[role], status);
			if (*ret_stop)
				supervisor->children[role].pid = 0;
			else
				result = note_end(&supervisor->children[role], status);
			break;
		}
	}
	return result;
}

static void start_due(struct sl_supervisor *supervisor)
{
	for (unsigned role = 0; role < SL_CHILDREN; role++) {
		struct sl_child *child = &supervisor->children[role];
		int error;

		if (child->pid || child->start_at_ns > now_monotonic())
			continue;
		error = sl_child_start(child, -1);
		if (error) {
			sl_log_error("%s: %s", child->program, sl_error_text(error));
			child->start_at_ns = now_monotonic() + SL_NS_PER_S;
		}
	}
}

static void print_ready_line(const struct sl_supervisor *supervisor, const json_t *status)
{
	json_t *sinks = json_array(), *line;
	const json_t *sink;
	size_t i;

	json_array_foreach(json_object_get(status, "sinks"), i, sink) json_array_append_new(
		sinks, json_pack("{s:O?, s:O*, s:O*, s:O*}", "kind", json_object_get(sink, "kind"),
				 "path", json_object_get(sink, "path"), "servers",
				 json_object_get(sink, "servers"), "topic",
				 json_object_get(sink, "topic")));
	line = json_pack(
		"{s:b, s:{s:i, s:i, s:i}, s:O?, s:s, s:o}", "ready", 1, "pids", "up", (int)getpid(),
		"dataplane", (int)supervisor->children[SL_CHILD_DATAPLANE].pid, "control",
		(int)supervisor->children[SL_CHILD_CONTROL].pid, "listening",
		json_object_get(status, "listening"), "api", supervisor->api, "sinks", sinks);
	sl_api_print(line);
	json_decref(line);
}

/* True once control says that everything is ready, and means these very processes. */
static bool announce(struct sl_supervisor *supervisor)
{
	struct sl_child *dataplane = &supervisor->children[SL_CHILD_DATAPLANE];
	struct sl_child *control = &supervisor->children[SL_CHILD_CONTROL];
	json_t *status;
	bool ready;

	if (!dataplane->pid || !control->pid || sl_api_status(supervisor->api, STATUS_MS, &status))
		return false;
	/* what has come up is announced, also where it waits for its first rule set, or for room */
	ready = json_is_true(json_object_get(status, "started")) &&
		sl_api_int(status, "pids.dataplane", 0) == dataplane->pid &&
		sl_api_int(status, "pids.control", 0) == control->pid;
	if (ready) {
		dataplane->was_ready = control->was_ready = true;
		dataplane->ever_ready = control->ever_ready = true;
		print_ready_line(supervisor, status);
	}
	json_decref(status);
	return ready;
}

/* SIGTERM, and SIGKILL when the time is over or somebody asks a second time. */
static void stop_child(struct sl_supervisor *supervisor, struct sl_child *child, int64_t within_ns)
{
	int64_t deadline_ns = now_monotonic() + within_ns;
	bool hurry = false;

	if (!child->pid)
		return;
	kill(child->pid, SIGTERM);
	while (waitpid(child->pid, NULL, WNOHANG) == 0) {
		if (hurry || now_monotonic() > deadline_ns) {
			sl_log_warning("%s does not stop, killing it; nothing acknowledged is "
				       "lost",
				       child->name);
			kill(child->pid, SIGKILL);
			waitpid(child->pid, NULL, 0);
			break;
		}
		hurry = wait_for_signal(supervisor, 100);
	}
	child->pid = 0;
}

/* Or as much as can be: a sink that cannot go on says why. */
static bool everything_forwarded(const char *api)
{
	json_t *status;
	const json_t *sink;
	bool forwarded = true;
	size_t i;

	if (sl_api_status(api, STATUS_MS, &status))
		return false;
	json_array_foreach(json_object_get(status, "sinks"), i, sink)
	{
		if (sl_api_int(sink, "lag_blocks", 0) > 0 && !json_object_get(sink, "stuck"))
			forwarded = false;
	}
	json_decref(status);
	return forwarded;
}

static void stop_all(struct sl_supervisor *supervisor)
{
	struct sl_child *control = &supervisor->children[SL_CHILD_CONTROL];
	int64_t deadline_ns;

	stop_child(supervisor, &supervisor->children[SL_CHILD_DATAPLANE], DATAPLANE_STOP_NS);
	deadline_ns = now_monotonic() + FORWARD_NS;
	while (control->pid && now_monotonic() < deadline_ns &&
	       !everything_forwarded(supervisor->api)) {
		if (waitpid(control->pid, NULL, WNOHANG) == control->pid)
			control->pid = 0;
		else if (wait_for_signal(supervisor, 50))
			break;
	}
	stop_child(supervisor, control, CONTROL_STOP_NS);
}

static int wait_ms(const struct sl_supervisor *supervisor, bool ready)
{
	bool waiting = !ready;

	for (unsigned role = 0; role < SL_CHILDREN; role++)
		waiting = waiting || !supervisor->children[role].pid;
	return waiting ? LOOK_AGAIN_MS : IDLE_MS;
}

/* Last, below whatever the other one had to say while it was stopped. */
static void advise(const struct sl_supervisor *supervisor)
{
	for (unsigned role = 0; role < SL_CHILDREN; role++)
		if (supervisor->children[role].hopeless)
			sl_log_error(
				"stopped, for starting %s again would end the same "
				"way; do what its error message above says, then start `sluice up` "
				"again",
				supervisor->children[role].name);
}

int sl_supervise(struct sl_supervisor *supervisor)
{
	bool ready = false, stop = false;
	int result = 0;

	while (!stop && !result) {
		bool any_ended = false;

		result = reap(supervisor, &any_ended, &stop);
		if (any_ended)
			ready = false;
		if (result || stop)
			break;
		start_due(supervisor);
		if (!ready)
			ready = announce(supervisor);
		stop = wait_for_signal(supervisor, wait_ms(supervisor, ready));
	}
	stop_all(supervisor);
	advise(supervisor);
	return result;
}
