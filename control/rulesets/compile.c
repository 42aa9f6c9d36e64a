/* The compiler in a child of its own, with limits on memory, processor and time: rules are foreign
 * text, and what they need to compile is not known before. */
#include "control/rulesets/rulesets_priv.h"

#include "base/clock.h"
#include "rules/rules.h"
#include "sluice/error.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define OUTPUT_BYTES_MAX ((size_t)64 << 20)
#define DIAGNOSTICS_MAX 10000u
#define CHANGES_MAX 10000u
#define SLICE_MS 50

extern char **environ;

#define DEAR_NS (100 * SL_NS_PER_MS) /* less is not worth a word */
#define PROGRESS_FD 3
#define QUOTE(number) #number
#define TEXT_OF(number) QUOTE(number)

struct child {
	struct sl_rules_progress *progress; /* shared with it; NULL: there was no memory for it */
	int progress_fd;
	pid_t pid;
	int out; /* its standard output */
	char *text;
	size_t bytes;
	size_t room;
	bool timed_out;
	bool stopped;
};

/* ROOT/patterns of ROOT/N/artifact: compiled patterns are carried from number to number. Of another
 * path none. */
static void cache_beside(const char *artifact, char ret_cache[SL_RULESET_PATH + 16])
{
	const char *name = strrchr(artifact, '/'), *number = name;

	while (number > artifact && number[-1] != '/')
		number--;
	if (number && number - artifact > 1)
		snprintf(ret_cache, SL_RULESET_PATH + 16, "%.*spatterns", (int)(number - artifact),
			 artifact);
	else
		ret_cache[0] = '\0';
}

static int spawn(const struct sl_compile_job *job, struct child *child)
{
	char number[24], always[24], memory[24], time[24], candidates[24], pattern_ns[24];
	char key_bytes[24], key_bytes_all[24];
	char cache[SL_RULESET_PATH + 16];
	const struct sl_settings *settings = job->settings;
	const char *argv[] = {
		job->program,
		"--compile",
		job->sources,
		job->artifact,
		job->previous,
		number,
		always,
		memory,
		time,
		settings->time_zone,
		job->author,
		settings->unsafe_advertising ? "unsafe" : "safe",
		cache,
		candidates,
		pattern_ns,
		job->announced,
		key_bytes,
		key_bytes_all,
		child->progress ? TEXT_OF(PROGRESS_FD) : NULL,
		NULL,
	};
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attributes;
	sigset_t none, defaults;
	int pipe_fds[2], e;

	snprintf(number, sizeof(number), "%" PRIu64, job->number);
	snprintf(always, sizeof(always), "%" PRId64, settings->always_list);
	snprintf(memory, sizeof(memory), "%" PRId64, settings->compile_bytes);
	snprintf(time, sizeof(time), "%" PRId64, settings->compile_ms);
	snprintf(candidates, sizeof(candidates), "%" PRId64, settings->candidates);
	snprintf(pattern_ns, sizeof(pattern_ns), "%" PRId64, settings->pattern_ns);
	snprintf(key_bytes, sizeof(key_bytes), "%" PRId64, settings->key_bytes_each);
	snprintf(key_bytes_all, sizeof(key_bytes_all), "%" PRId64, settings->key_bytes_all);
	cache_beside(job->artifact, cache);
	if (pipe2(pipe_fds, O_CLOEXEC))
		return -errno;
	sigemptyset(&none);
	sigemptyset(&defaults);
	sigaddset(&defaults, SIGPIPE);
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
	posix_spawn_file_actions_adddup2(&actions, pipe_fds[1], STDOUT_FILENO);
	if (child->progress)
		posix_spawn_file_actions_adddup2(&actions, child->progress_fd, PROGRESS_FD);
	posix_spawnattr_init(&attributes);
	posix_spawnattr_setsigmask(&attributes,
				   &none); /* this process takes signals by a descriptor */
	posix_spawnattr_setsigdefault(&attributes, &defaults);
	posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
	e = posix_spawn(&child->pid, job->program, &actions, &attributes, (char *const *)argv,
			environ);
	posix_spawnattr_destroy(&attributes);
	posix_spawn_file_actions_destroy(&actions);
	close(pipe_fds[1]);
	if (e) {
		close(pipe_fds[0]);
		return -e;
	}
	child->out = pipe_fds[0];
	return 0;
}

/* Without it the child compiles as well; nobody can say then what it was at. */
static void open_progress(struct child *child)
{
	void *at = MAP_FAILED;
	int fd = memfd_create("sluice-compile", MFD_CLOEXEC);

	if (fd >= 0 && ftruncate(fd, sizeof(*child->progress)) == 0)
		at = mmap(NULL, sizeof(*child->progress), PROT_READ | PROT_WRITE, MAP_SHARED, fd,
			  0);
	if (at == MAP_FAILED && fd >= 0)
		close(fd);
	child->progress = at == MAP_FAILED ? NULL : at;
	child->progress_fd = fd;
}

static void close_progress(struct child *child)
{
	if (!child->progress)
		return;
	munmap(child->progress, sizeof(*child->progress));
	close(child->progress_fd);
	child->progress = NULL;
}

/* 1: more may come, 0: the end, negative: an error. */
static int take_output(struct child *child)
{
	char discard[4096];
	ssize_t n;

	if (child->bytes == child->room && child->room < OUTPUT_BYTES_MAX) {
		size_t room = child->room ? child->room * 2 : 65536;
		char *text = realloc(child->text, room);

		if (!text)
			return -ENOMEM;
		child->text = text;
		child->room = room;
	}
	if (child->bytes < child->room)
		n = read(child->out, child->text + child->bytes, child->room - child->bytes);
	else
		n = read(child->out, discard, sizeof(discard)); /* diagnostics enough */
	if (n < 0)
		return errno == EINTR ? 1 : -errno;
	if (child->bytes < child->room)
		child->bytes += (size_t)n;
	return n > 0;
}

/* NULL: the child has not said. */
static const char *phase_of(const struct sl_rules_progress *progress)
{
	static const char *const phases[SL_RULES_PHASES] = {
		[SL_RULES_READING] = "reading",     [SL_RULES_PLANNING] = "planning",
		[SL_RULES_MEASURING] = "measuring", [SL_RULES_COMPILING] = "compiling",
		[SL_RULES_WRITING] = "writing",
	};
	uint32_t phase = progress ? progress->phase : 0;

	return phase < SL_RULES_PHASES ? phases[phase] : NULL;
}

static bool ask_meanwhile(const struct sl_compile_job *job, const struct child *child)
{
	struct sl_ruleset_progress progress = {.phase = phase_of(child->progress)};

	if (child->progress) {
		progress.done = child->progress->done;
		progress.steps = child->progress->steps;
	}
	return job->meanwhile(job->context, &progress);
}

static int watch(const struct sl_compile_job *job, struct child *child)
{
	int64_t deadline_ns =
		sl_clock_read(CLOCK_MONOTONIC) + job->settings->compile_ms * SL_NS_PER_MS;
	int more = 1;

	while (more > 0) {
		struct pollfd poll_fd = {.fd = child->out, .events = POLLIN};

		if (poll(&poll_fd, 1, SLICE_MS) > 0)
			more = take_output(child);
		if (sl_clock_read(CLOCK_MONOTONIC) >= deadline_ns)
			child->timed_out = true;
		child->stopped = ask_meanwhile(job, child);
		if (child->timed_out || child->stopped)
			break;
	}
	return more < 0 ? more : 0;
}

static void say(json_t *diagnostics, const char *code, const char *message, const char *hint)
{
	json_array_append_new(diagnostics,
			      json_pack("{s:s, s:s, s:i, s:i, s:s, s:s, s:s, s:s}", "severity",
					"error", "file", "", "line", 0, "column", 0, "code", code,
					"message", message, "hint", hint, "source", ""));
}

/* Of the child's memory, which may be half written: text that goes into JSON. */
static void copy_text(const char *from, char *to, size_t room)
{
	size_t n = 0;

	for (; n + 1 < room && from[n]; n++)
		to[n] = from[n] >= ' ' && from[n] < 0x7f ? from[n] : '?';
	to[n] = 0;
}

/* What the child was at, and what took longest until then: what to look at. */
static void say_where(const struct sl_rules_progress *progress, char *hint, size_t room)
{
	const char *phase = phase_of(progress);
	char what[sizeof(progress->at)];
	size_t n = 0;

	hint[0] = 0;
	if (!phase)
		return;
	copy_text(progress->at, what, sizeof(what));
	n = (size_t)snprintf(hint, room, "it was %s %s", phase,
			     what[0] ? what : "the rule set as a whole");
	for (unsigned i = 0; i < SL_RULES_DEAREST && n < room; i++) {
		const struct sl_rules_dear *dear = &progress->dearest[i];

		copy_text(dear->what, what, sizeof(what));
		if (what[0] && dear->ns >= DEAR_NS)
			n += (size_t)snprintf(hint + n, room - n, "%s%s (%.1f s)",
					      i ? ", " : "; what took longest before: ", what,
					      (double)dear->ns / 1e9);
	}
}

static bool has_no_memory(int status)
{
	return WIFEXITED(status) && WEXITSTATUS(status) == SL_COMPILE_NO_MEMORY;
}

/* What the child cannot say itself, because it is dead or has no memory. */
static void say_limit(const struct sl_compile_job *job, const struct child *child, bool is_time,
		      json_t *diagnostics)
{
	char message[1024], where[1536], hint[1700];

	say_where(child->progress, where, sizeof(where));
	if (is_time)
		snprintf(message, sizeof(message),
			 "compiling took longer than limits.rules.compile_ms, %" PRId64 " ms%s%s",
			 job->settings->compile_ms, where[0] ? ": " : "", where);
	else
		snprintf(message, sizeof(message),
			 "compiling needed more than limits.rules.compile_bytes, %" PRId64
			 " bytes%s%s",
			 job->settings->compile_bytes, where[0] ? ": " : "", where);
	snprintf(hint, sizeof(hint),
		 "make what is named simpler, or the rules fewer, or raise that setting");
	say(diagnostics, is_time ? "compile_time" : "compile_memory", message, hint);
}

static void say_end(const struct sl_compile_job *job, const struct child *child, int status,
		    json_t *diagnostics)
{
	char message[256];

	if (child->stopped) {
		say(diagnostics, "stopping", "the gateway's control process is stopping",
		    "load again");
	} else if (child->timed_out || (WIFSIGNALED(status) && WTERMSIG(status) == SIGXCPU)) {
		say_limit(job, child, true, diagnostics);
	} else if ((WIFSIGNALED(status) && WTERMSIG(status) != SIGKILL) || has_no_memory(status)) {
		say_limit(job, child, false, diagnostics);
	} else if (WIFSIGNALED(status)) {
		snprintf(message, sizeof(message),
			 "the compiler was ended by signal %d; the machine may be short of memory",
			 WTERMSIG(status));
		say(diagnostics, "compile_memory", message, "see the kernel's log");
	} else {
		snprintf(message, sizeof(message),
			 "the compiler ended with status %d and said nothing", WEXITSTATUS(status));
		say(diagnostics, "compile_failed", message, "see the log");
	}
}

static void take_line(const char *line, size_t n, struct sl_compile_result *result)
{
	json_t *value = json_loadb(line, n, 0, NULL);
	const json_t *summary = json_object_get(value, "summary");
	json_t *change = json_object_get(value, "change");

	if (json_is_object(change)) {
		if (json_array_size(result->changes) < CHANGES_MAX)
			json_array_append(result->changes, change);
	} else if (json_is_object(summary)) {
		const char *hash = json_string_value(json_object_get(summary, "hash"));

		result->done = true;
		result->campaigns =
			(uint64_t)json_integer_value(json_object_get(summary, "campaigns"));
		snprintf(result->hash, sizeof(result->hash), "%s", hash ? hash : "");
	} else if (json_is_object(value) &&
		   json_array_size(result->diagnostics) < DIAGNOSTICS_MAX) {
		json_array_append(result->diagnostics, value);
	}
	json_decref(value);
}

static void take_lines(const struct child *child, struct sl_compile_result *result)
{
	const char *at = child->text, *end = child->text + child->bytes;

	while (at < end) {
		const char *newline = memchr(at, '\n', (size_t)(end - at));

		if (!newline)
			break;
		take_line(at, (size_t)(newline - at), result);
		at = newline + 1;
	}
}

int sl_ruleset_compile(const struct sl_compile_job *job, struct sl_compile_result *ret_result)
{
	struct sl_compile_result result = {.diagnostics = json_array(), .changes = json_array()};
	struct child child = {0};
	int e, status = 0;

	if (!result.diagnostics || !result.changes) {
		sl_ruleset_compile_fini(&result);
		return -ENOMEM;
	}
	open_progress(&child);
	e = spawn(job, &child);
	if (e)
		goto out;
	e = watch(job, &child);
	if (e || child.timed_out || child.stopped)
		kill(child.pid, SIGKILL);
	close(child.out);
	while (waitpid(child.pid, &status, 0) < 0 && errno == EINTR)
		;
	if (!e) {
		take_lines(&child, &result);
		if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
			result.done = false;
		if (!result.done && (!WIFEXITED(status) || has_no_memory(status) ||
				     !json_array_size(result.diagnostics)))
			say_end(job, &child, status, result.diagnostics);
	}
	free(child.text);
out:
	close_progress(&child);
	if (e) {
		sl_ruleset_compile_fini(&result);
		return e;
	}
	*ret_result = result;
	return 0;
}

void sl_ruleset_compile_fini(struct sl_compile_result *result)
{
	json_decref(result->diagnostics);
	json_decref(result->changes);
}
