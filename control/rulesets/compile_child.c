/* sluice-control --compile: the child. Diagnostics and the summary are lines of JSON on its
 * standard output. */
#include "control/rulesets/rulesets_priv.h"

#include "control/files.h"
#include "control/json_member.h"
#include "rules/rules.h"
#include "sluice/error.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

enum {
	ARG_SOURCES = 2,
	ARG_ARTIFACT,
	ARG_PREVIOUS,
	ARG_NUMBER,
	ARG_ALWAYS,
	ARG_MEMORY,
	ARG_TIME,
	ARG_ZONE,
	ARG_AUTHOR,
	ARG_ADVERTISING,
	ARG_CACHE,
	ARG_CANDIDATES,
	ARG_PATTERN_NS,
	ARG_ANNOUNCED,
	ARG_KEY_BYTES,
	ARG_KEY_BYTES_ALL,
	ARG_PROGRESS, /* a descriptor of memory that the parent has too */
	ARGS,
};

#define NICE_MOST 19
#define LINE_BYTES 262144u

/* The shadow of a sanitizer takes terabytes of address space. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SHADOWED
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define SHADOWED
#endif
#endif

static void set_limits(const char *memory, const char *time_ms)
{
	struct rlimit cpu;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
#ifndef SHADOWED
	struct rlimit space = {.rlim_cur = strtoull(memory, NULL, 10),
			       .rlim_max = strtoull(memory, NULL, 10)};

	setrlimit(RLIMIT_AS, &space);
#else
	(void)memory;
#endif
	/* threads use more processor than time: this only catches what outlives its parent's
	 * patience */
	cpu.rlim_cur = strtoull(time_ms, NULL, 10) / 1000 * 4 + 4;
	cpu.rlim_max = cpu.rlim_cur + 2;
	setrlimit(RLIMIT_CPU, &cpu);
	setrlimit(RLIMIT_CORE, &(struct rlimit){0});
}

static int print_line(struct sl_json *json)
{
	if (json->full)
		return -SL_E_LIMIT;
	json->at[json->bytes++] = '\n';
	return sl_file_write_all(STDOUT_FILENO, json->at, json->bytes);
}

static int print_diagnostic(const struct sl_diagnostic *diagnostic, char *room)
{
	struct sl_json json;

	sl_json_init(&json, room, LINE_BYTES - 1);
	sl_json_object(&json);
	sl_member_string(&json, "severity",
			 diagnostic->severity == SL_SEVERITY_ERROR ? "error" : "warning");
	sl_member_string(&json, "file", diagnostic->file);
	sl_member_uint(&json, "line", diagnostic->line);
	sl_member_uint(&json, "column", diagnostic->column);
	sl_member_string(&json, "code", diagnostic->code);
	sl_member_string(&json, "message", diagnostic->message);
	sl_member_string(&json, "hint", diagnostic->hint);
	sl_member_string(&json, "source",
			 strlen(diagnostic->source) < 4096 ? diagnostic->source : "");
	sl_json_object_end(&json);
	return print_line(&json);
}

static int print_summary(const struct sl_rules_summary *summary, char *room)
{
	struct sl_json json;

	sl_json_init(&json, room, LINE_BYTES - 1);
	sl_json_object(&json);
	sl_member_object(&json, "summary");
	sl_member_uint(&json, "campaigns", summary->campaigns);
	sl_member_uint(&json, "triggers", summary->triggers);
	sl_json_name(&json, "hash");
	sl_json_hash(&json, summary->content);
	sl_json_object_end(&json);
	sl_json_object_end(&json);
	return print_line(&json);
}

static void print_change(void *context, const struct sl_rules_change *change)
{
	struct sl_json json;

	sl_json_init(&json, context, LINE_BYTES - 1);
	sl_json_object(&json);
	sl_member_object(&json, "change");
	sl_member_string(&json, "campaign", change->campaign);
	sl_member_string(&json, "what", sl_rules_fate_name(change->fate));
	sl_json_name(&json, "slots");
	sl_json_array(&json);
	for (uint32_t i = 0; i < change->n_slots; i++)
		sl_json_uint(&json, change->slots[i]);
	sl_json_array_end(&json);
	sl_json_object_end(&json);
	sl_json_object_end(&json);
	print_line(&json); /* what the parent does not hear is missing in what it says, no more */
}

/* ROOT/N/source of ROOT/N/artifact. */
static const char *sources_of(const char *artifact, char path[SL_RULESET_PATH])
{
	const char *slash = strrchr(artifact, '/');
	int n = slash ? snprintf(path, SL_RULESET_PATH, "%.*s/source", (int)(slash - artifact),
				 artifact)
		      : 0;

	return n > 0 && (size_t)n < SL_RULESET_PATH ? path : NULL;
}

static void print_failure(int error, char *room)
{
	const struct sl_diagnostic diagnostic = {
		.severity = SL_SEVERITY_ERROR,
		.file = "",
		.code = "compile_failed",
		.message = sl_error_text(error),
		.hint = "",
		.source = "",
	};

	print_diagnostic(&diagnostic, room);
}

/* 0 where it is not given. */
static uint32_t argument(int argc, char **argv, int which)
{
	return argc > which ? (uint32_t)strtoul(argv[which], NULL, 10) : 0;
}

/* NULL: nobody watches. It ends with the process. */
static struct sl_rules_progress *map_progress(int argc, char **argv)
{
	uint32_t fd = argument(argc, argv, ARG_PROGRESS);
	struct sl_rules_progress *progress = MAP_FAILED;

	if (fd)
		progress = mmap(NULL, sizeof(*progress), PROT_READ | PROT_WRITE, MAP_SHARED,
				(int)fd, 0);
	return progress == MAP_FAILED ? NULL : progress;
}

/* A rule set may be a moment late; events may not. Where that is refused, it compiles all the same.
 */
static void yield_to_everything(void)
{
	errno = 0;
	if (nice(NICE_MOST) < 0)
		errno = 0;
}

int sl_rulesets_compile_main(int argc, char **argv)
{
	struct sl_diagnostics *diagnostics = sl_diagnostics_new();
	const struct sl_diagnostic *list;
	struct sl_rules_summary summary;
	struct sl_rules_options options;
	static char room[LINE_BYTES];
	char before[SL_RULESET_PATH];
	size_t n;
	int e;

	/* without a cache and bounds of costs it compiles all the same */
	if (argc < ARG_CACHE || argc > ARGS || !diagnostics)
		return 2;
	set_limits(argv[ARG_MEMORY], argv[ARG_TIME]);
	yield_to_everything();
	options = (struct sl_rules_options){
		.time_zone = argv[ARG_ZONE],
		.author = argv[ARG_AUTHOR],
		.previous = argv[ARG_PREVIOUS][0] ? argv[ARG_PREVIOUS] : NULL,
		.previous_directory = sources_of(argv[ARG_PREVIOUS], before),
		.changed = print_change,
		.changed_context = room,
		.cache = argc > ARG_CACHE && argv[ARG_CACHE][0] ? argv[ARG_CACHE] : NULL,
		.candidates = argument(argc, argv, ARG_CANDIDATES),
		.pattern_ns = argument(argc, argv, ARG_PATTERN_NS),
		.state_bytes = argument(argc, argv, ARG_KEY_BYTES),
		.state_bytes_all =
			argc > ARG_KEY_BYTES_ALL ? strtoull(argv[ARG_KEY_BYTES_ALL], NULL, 10) : 0,
		.announced = argc > ARG_ANNOUNCED ? argv[ARG_ANNOUNCED] : NULL,
		.progress = map_progress(argc, argv),
		.ruleset = strtoull(argv[ARG_NUMBER], NULL, 10),
		.always_list = (uint32_t)strtoul(argv[ARG_ALWAYS], NULL, 10),
		.unsafe_advertising = !strcmp(argv[ARG_ADVERTISING], "unsafe"),
	};
	e = sl_rules_compile(argv[ARG_SOURCES], &options, argv[ARG_ARTIFACT], diagnostics,
			     &summary);
	n = sl_diagnostics_all(diagnostics, &list);
	for (size_t i = 0; i < n; i++)
		print_diagnostic(&list[i], room);
	if (e == -ENOMEM)
		return SL_COMPILE_NO_MEMORY;
	if (e && e != -SL_E_RULES)
		print_failure(e, room);
	else if (!e)
		e = print_summary(&summary, room);
	sl_diagnostics_free(diagnostics);
	return e ? 1 : 0;
}
