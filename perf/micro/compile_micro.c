/* Campaigns to artifact, beside libyaml and the pattern library's compiler alone. One JSON line on
 * standard output; exit 1 where an artifact does not hold what was compiled.
 *
 *     compile_micro --compiler sluice-control --schema FILE [--campaigns N] [--kind KIND] [--seed
 * N]
 *                   [--scenario NAME]
 *
 * A turn compiles everything with an empty cache, then with one campaign changed and that cache
 * warm, by the program and the arguments that control runs as its child; loads what came out as
 * the dataplane does; and runs the floor. Each is a process of its own. Seconds are wall clock,
 * `cpu` is of all threads, from the kernel's account of the process; `ratio` is of CPU time. */
#include "base/artifact.h"
#include "base/clock.h"
#include "compile_files.h"
#include "compile_floor.h"
#include "match/match.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define TURNS 5u
#define CAMPAIGNS_MAX 100000u

static struct {
	struct sl_perf_case what;
	const char *scenario;
	const char *schema;
	const char *compiler;
} options = {.what = {.campaigns = 10000, .seed = 1}, .scenario = "compile"};

struct cost {
	double wall_s, cpu_s;
	long peak_kib;
};

struct bench {
	struct sl_perf_files files;
	char cache[128], first[128], changed[128];
};

struct times {
	double compile_s[TURNS], compile_cpu_s[TURNS], changed_s[TURNS], changed_cpu_s[TURNS];
	double load_s[TURNS], floor_cpu_s[TURNS], ratio[TURNS];
	uint64_t bytes;
	long peak_kib; /* of the whole compile */
};

/* ---- parts, each in its own process --------------------------------------------------------- */

_Noreturn static void compile(const struct bench *bench, const char *previous, const char *path)
{
	/* it has warnings: some of these campaigns do the same as others */
	if (freopen("/dev/null", "w", stdout))
		execl(options.compiler, options.compiler, "--compile", bench->files.directory, path,
		      previous, "1", "1024", "8000000000", "600000", "Asia/Seoul", "perf", "safe",
		      bench->cache, NULL);
	sl_perf_give_up(options.compiler, strerror(errno));
}

static void compile_all(const struct bench *bench)
{
	compile(bench, "", bench->first);
}

static void compile_changed(const struct bench *bench)
{
	compile(bench, bench->first, bench->changed);
}

static void load(const struct bench *bench)
{
	const struct sl_match_limits limits = {
		.events = 128, .candidates = 4096, .event_bytes = 65536, .scan_events = 16};
	static struct sl_stats_worker stats;
	char why[SL_SENTENCE_BYTES] = "not enough memory";
	struct sl_artifact *artifact;
	struct sl_match_set *set;
	struct sl_matcher *matcher;

	if (sl_artifact_open(bench->changed, &artifact, why) ||
	    sl_match_set_new(artifact, &set, why) || sl_matcher_new(&limits, &stats, &matcher) ||
	    sl_matcher_prepare(matcher, set))
		sl_perf_give_up(bench->changed, why);
}

static void run_floor(const struct bench *bench)
{
	sl_perf_compile_floor(&options.what, &bench->files);
}

static double seconds_of(struct timeval time)
{
	return (double)time.tv_sec + (double)time.tv_usec / 1e6;
}

static struct cost run(void (*part)(const struct bench *bench), const struct bench *bench)
{
	int64_t began_ns = sl_clock_read(CLOCK_MONOTONIC);
	struct rusage usage;
	struct cost cost;
	int status;
	pid_t child = fork();

	if (child == 0) {
		part(bench);
		_exit(0);
	}
	if (child < 0 || wait4(child, &status, 0, &usage) != child || status)
		sl_perf_give_up("a part", "ended before its time");
	cost.wall_s = (double)(sl_clock_read(CLOCK_MONOTONIC) - began_ns) / 1e9;
	cost.cpu_s = seconds_of(usage.ru_utime) + seconds_of(usage.ru_stime);
	cost.peak_kib = usage.ru_maxrss;
	return cost;
}

/* Returns the hash of what the rules mean. */
static uint64_t check(const char *path, uint64_t *ret_bytes)
{
	char why[SL_SENTENCE_BYTES];
	struct sl_artifact *artifact;
	struct stat info;
	uint64_t content;

	if (sl_artifact_open(path, &artifact, why) || stat(path, &info))
		sl_perf_give_up(path, why);
	if (artifact->n_campaigns != options.what.campaigns) {
		fprintf(stderr, "compile_micro: %u campaigns of %u\n", artifact->n_campaigns,
			options.what.campaigns);
		exit(1);
	}
	content = artifact->header->content[0];
	*ret_bytes = (uint64_t)info.st_size;
	sl_artifact_close(artifact);
	return content;
}

/* ---- turns ---------------------------------------------------------------------------------- */

static void take_turn(struct bench *bench, unsigned i, struct times *times)
{
	struct cost whole, changed, floor;
	uint64_t before, bytes;

	sl_perf_files_remove(bench->cache);
	sl_perf_files_write(&bench->files, &options.what, SL_PERF_UNCHANGED);
	whole = run(compile_all, bench);
	before = check(bench->first, &times->bytes);
	sl_perf_files_write(&bench->files, &options.what,
			    options.what.campaigns / (TURNS + 1) * (i + 1));
	changed = run(compile_changed, bench);
	if (check(bench->changed, &bytes) == before) {
		fprintf(stderr, "compile_micro: a changed campaign changes nothing\n");
		exit(1);
	}
	times->load_s[i] = run(load, bench).wall_s;
	floor = run(run_floor, bench);
	times->compile_s[i] = whole.wall_s;
	times->compile_cpu_s[i] = whole.cpu_s;
	times->changed_s[i] = changed.wall_s;
	times->changed_cpu_s[i] = changed.cpu_s;
	times->floor_cpu_s[i] = floor.cpu_s;
	times->ratio[i] = whole.cpu_s / floor.cpu_s;
	if (times->peak_kib < whole.peak_kib)
		times->peak_kib = whole.peak_kib;
}

static int by_double(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double median(double *values)
{
	qsort(values, TURNS, sizeof(*values), by_double);
	return values[TURNS / 2];
}

static void report(struct times *times)
{
	double n = options.what.campaigns, cpu_s = median(times->compile_cpu_s);
	double floor_s = median(times->floor_cpu_s), ratio = median(times->ratio);

	printf("{\"scenario\":\"%s\",\"case\":{\"campaigns\":%u,\"kind\":\"%s\"},"
	       "\"campaigns_per_s\":%.0f,\"ns_per_campaign\":%.0f,",
	       options.scenario, options.what.campaigns, sl_perf_kind_names[options.what.kind],
	       n / cpu_s, cpu_s * 1e9 / n);
	printf("\"compile_s\":%.3f,\"compile_cpu_s\":%.3f,\"changed_s\":%.3f,"
	       "\"changed_cpu_s\":%.3f,\"load_ms\":%.2f,\"artifact_bytes\":%llu,"
	       "\"peak_mib\":%.0f,",
	       median(times->compile_s), cpu_s, median(times->changed_s),
	       median(times->changed_cpu_s), median(times->load_s) * 1e3,
	       (unsigned long long)times->bytes, (double)times->peak_kib / 1024);
	printf("\"floor\":{\"name\":\"libyaml + hs_compile_multi\",\"ns_per_campaign\":%.0f,"
	       "\"compile_cpu_s\":%.3f},\"ratio\":%.3f,\"runs\":%u,\"spread\":%.3f}\n",
	       floor_s * 1e9 / n, floor_s, ratio, TURNS,
	       (times->ratio[TURNS - 1] - times->ratio[0]) / ratio);
}

static bool take_kind(const char *value)
{
	for (unsigned i = 0; i < SL_PERF_KINDS; i++)
		if (!strcmp(value, sl_perf_kind_names[i])) {
			options.what.kind = (enum sl_perf_kind)i;
			return true;
		}
	return false;
}

static bool take_option(const char *name, const char *value)
{
	if (!strcmp(name, "--campaigns") && atoi(value) > (int)TURNS &&
	    atoi(value) <= (int)CAMPAIGNS_MAX)
		options.what.campaigns = (uint32_t)atoi(value);
	else if (!strcmp(name, "--kind"))
		return take_kind(value);
	else if (!strcmp(name, "--scenario") && *value)
		options.scenario = value;
	else if (!strcmp(name, "--seed") && *value)
		options.what.seed = strtoull(value, NULL, 10);
	else if (!strcmp(name, "--schema") && *value)
		options.schema = value;
	else if (!strcmp(name, "--compiler") && *value)
		options.compiler = value;
	else
		return false;
	return true;
}

int main(int argc, char **argv)
{
	static struct bench bench;
	static struct times times;

	for (int i = 1; i < argc; i += 2)
		if (i + 1 == argc || !take_option(argv[i], argv[i + 1]))
			options.schema = NULL, i = argc;
	if (!options.schema || !options.compiler) {
		fprintf(stderr, "usage: compile_micro --compiler sluice-control --schema FILE "
				"[--campaigns N] [--kind KIND] [--seed N] [--scenario NAME]\n");
		return 2;
	}
	sl_perf_files_init(&bench.files, options.schema);
	snprintf(bench.cache, sizeof(bench.cache), "%s/cache", bench.files.root);
	snprintf(bench.first, sizeof(bench.first), "%s/first", bench.files.root);
	snprintf(bench.changed, sizeof(bench.changed), "%s/changed", bench.files.root);
	for (unsigned i = 0; i < TURNS; i++)
		take_turn(&bench, i, &times);
	report(&times);
	sl_perf_files_fini(&bench.files);
	return 0;
}
