/* Decode and match from memory beside simdjson and hs_scan alone: the same events, the same
 * literals, in turns; medians over the turns. One JSON line on standard output; exit 1 where the
 * engine and the reference evaluator differ on the sample.
 *
 *     match_micro --schema FILE [--campaigns N] [--kind KIND] [--hit-rate SHARE] [--seconds N]
 *                 [--megabytes N] [--seed N] [--scenario NAME]
 *
 * Time is this thread's CPU time: neither side waits for anything. */
#include "base/clock.h"
#include "match_cases.h"
#include "match_engine.h"
#include "match_oracle.h"
#include "match_scan.h"
#include "rules/rules.h"
#include "simdjson_floor.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define TURNS 5u
#define EVENT_BYTES_MAX 65536u
#define GROUP 16u /* events a scan: what the floor gains most by */
#define CAMPAIGNS_MAX 100000u
/* campaigns times events that the reference evaluator looks at */
#define ORACLE_WORK 10000000u

static struct {
	struct sl_perf_case what;
	double seconds;
	const char *scenario;
	const char *schema;
} options = {
	.what = {.campaigns = 10000, .hit_rate = 0.01, .bytes = 64u << 20, .seed = 1},
	.seconds = 1,
	.scenario = "match",
};

struct bench {
	char directory[64];
	struct sl_perf_events events;
	struct sl_perf_texts texts;
	struct sl_perf_engine *engine;
	struct sl_perf_scanner scanner;
	struct sl_perf_reader *reader;
	struct sl_perf_oracle *oracle;
	uint64_t fields; /* that the floor read in its last pass */
	/* the sample: how many of each fate are still wanted, and every which of the others */
	uint32_t planted_left, stride;
	uint64_t sampled, matches, oracle_matches, differences;
	struct sl_perf_work work; /* of that one pass */
};

static const char *path_in(const struct bench *bench, const char *name)
{
	static char path[128];

	snprintf(path, sizeof(path), "%s/%s", bench->directory, name);
	return path;
}

static void compile_rules(struct bench *bench)
{
	const struct sl_rules_options how = {.schema = options.schema, .ruleset = 1};
	struct sl_diagnostics *diagnostics = sl_diagnostics_new();
	const struct sl_diagnostic *list;
	const char *artifact;

	strcpy(bench->directory, "/tmp/match_micro-XXXXXX");
	if (!mkdtemp(bench->directory))
		sl_perf_give_up(bench->directory, "cannot be made");
	sl_perf_write_rules(&options.what, bench->directory);
	artifact = path_in(bench, "artifact");
	if (sl_rules_compile(bench->directory, &how, artifact, diagnostics, NULL) < 0)
		sl_perf_give_up("rule set", sl_diagnostics_all(diagnostics, &list)
						    ? list[0].message
						    : "it does not compile");
	sl_diagnostics_free(diagnostics);
	bench->engine = sl_perf_engine_new(artifact);
	bench->oracle = sl_perf_oracle_new(bench->directory, options.schema);
	unlink(artifact);
	sl_perf_remove_rules(&options.what, bench->directory);
	rmdir(bench->directory);
}

static void bench_init(struct bench *bench)
{
	compile_rules(bench);
	sl_perf_make_events(&options.what, &bench->events);
	sl_perf_scanner_init(&bench->scanner, &options.what,
			     sl_perf_engine_artifact(bench->engine));
	sl_perf_make_texts(bench->engine, &bench->events, bench->scanner.slots, &bench->texts);
	bench->reader = sl_perf_reader_new(EVENT_BYTES_MAX);
	if (!bench->reader)
		sl_perf_give_up("floor", "not enough memory");
}

static void bench_fini(struct bench *bench)
{
	sl_perf_reader_free(bench->reader);
	sl_perf_scanner_fini(&bench->scanner);
	sl_perf_free_texts(&bench->texts);
	sl_perf_free_events(&bench->events);
	sl_perf_oracle_free(bench->oracle);
	sl_perf_engine_free(bench->engine);
}

/* ---- the sample ----------------------------------------------------------------------------- */

static void judge(void *context, uint32_t event, const uint32_t *triggers, uint32_t n)
{
	static uint32_t campaigns[CAMPAIGNS_MAX];
	struct bench *bench = context;
	const struct sl_artifact *artifact = sl_perf_engine_artifact(bench->engine);

	if (bench->events.fates[event] != SL_PERF_BACKGROUND && bench->planted_left)
		bench->planted_left--;
	else if (event % bench->stride)
		return;
	for (uint32_t i = 0; i < n; i++)
		campaigns[i] = artifact->triggers[triggers[i]].campaign;
	bench->sampled++;
	bench->matches += n;
	if (!sl_perf_oracle_agrees(bench->oracle, bench->events.spans[event], campaigns, n,
				   &bench->oracle_matches))
		bench->differences++;
}

/* Half of the sample are the first events of a fate, the other half lies evenly over all. */
static void judge_sample(struct bench *bench)
{
	uint32_t half = ORACLE_WORK / options.what.campaigns / 2;

	bench->planted_left = half;
	bench->stride = bench->events.n / half + 1;
	sl_perf_engine_pass(bench->engine, &bench->events, judge, bench);
	bench->work = sl_perf_engine_work(bench->engine);
	if (bench->differences)
		fprintf(stderr, "match_micro: %llu of %llu events differ from the reference\n",
			(unsigned long long)bench->differences, (unsigned long long)bench->sampled);
}

/* ---- turns ---------------------------------------------------------------------------------- */

static uint64_t pass_of_ours(struct bench *bench)
{
	return sl_perf_engine_pass(bench->engine, &bench->events, NULL, NULL);
}

static void read_events(struct bench *bench, uint32_t first, uint32_t n)
{
	for (uint32_t i = first; i < first + n; i++) {
		const struct sl_span *span = &bench->events.spans[i];
		int known = sl_perf_read(bench->reader, span->at, span->bytes);

		if (known < 0)
			sl_perf_give_up("floor", "simdjson refuses an event");
		bench->fields += (uint64_t)known;
	}
}

/* Both libraries over a group while it is in the cache. */
static uint64_t pass_of_floor(struct bench *bench)
{
	uint64_t hits = bench->scanner.hits;

	bench->fields = 0;
	for (uint32_t first = 0, n; first < bench->events.n; first += n) {
		n = bench->events.n - first < GROUP ? bench->events.n - first : GROUP;
		read_events(bench, first, n);
		sl_perf_scan(&bench->scanner, &bench->texts, first, n);
	}
	return bench->scanner.hits - hits;
}

/* The same with a scan for each event. */
static uint64_t pass_of_floor_single(struct bench *bench)
{
	uint64_t hits = bench->scanner.hits;

	for (uint32_t i = 0; i < bench->events.n; i++) {
		read_events(bench, i, 1);
		sl_perf_scan(&bench->scanner, &bench->texts, i, 1);
	}
	return bench->scanner.hits - hits;
}

static uint64_t pass_of_simdjson(struct bench *bench)
{
	bench->fields = 0;
	read_events(bench, 0, bench->events.n);
	return bench->fields;
}

/* Whole passes until the time is up; what a pass gives is the same each time. */
static double turn_ns(struct bench *bench, uint64_t (*pass)(struct bench *), uint64_t *expected)
{
	int64_t began_ns = sl_clock_read(CLOCK_THREAD_CPUTIME_ID), now_ns;
	uint64_t passes = 0;

	do {
		uint64_t result = pass(bench);

		if (*expected == UINT64_MAX)
			*expected = result;
		if (result != *expected)
			sl_perf_give_up("a pass", "gives another result than the one before");
		passes++;
		now_ns = sl_clock_read(CLOCK_THREAD_CPUTIME_ID);
	} while (now_ns - began_ns < (int64_t)(options.seconds * 1e9));
	return (double)(now_ns - began_ns) / (double)passes / bench->events.n;
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

struct times {
	double ours[TURNS], floor[TURNS], single[TURNS], simdjson[TURNS], ratio[TURNS];
};

static void report(const struct bench *bench, struct times *times, uint64_t matches)
{
	const struct sl_perf_events *events = &bench->events;
	const struct sl_span *last = &events->spans[events->n - 1];
	double ours_ns = median(times->ours), ratio = median(times->ratio), n = events->n;

	printf("{\"scenario\":\"%s\",\"case\":{\"campaigns\":%u,\"kind\":\"%s\",\"hit_rate\":%g,"
	       "\"workers\":1},\"events_per_s\":%.0f,\"ns_per_event\":%.1f,"
	       "\"cpu_s_per_million\":%.4f,",
	       options.scenario, options.what.campaigns, sl_perf_kind_names[options.what.kind],
	       options.what.hit_rate, 1e9 / ours_ns, ours_ns, ours_ns / 1e3);
	printf("\"matches\":%llu,\"oracle_matches\":%llu,\"oracle_events\":%llu,"
	       "\"oracle_differences\":%llu,",
	       (unsigned long long)bench->matches, (unsigned long long)bench->oracle_matches,
	       (unsigned long long)bench->sampled, (unsigned long long)bench->differences);
	printf("\"floor\":{\"name\":\"hs_scan + simdjson\",\"ns_per_event\":%.1f,"
	       "\"simdjson_ns\":%.1f,\"single_scans_ns\":%.1f,\"questions\":%u},"
	       "\"ratio\":%.3f,\"runs\":%u,"
	       "\"spread\":%.3f,",
	       median(times->floor), median(times->simdjson), median(times->single),
	       bench->scanner.n_patterns, ratio, TURNS,
	       (times->ratio[TURNS - 1] - times->ratio[0]) / ratio);
	printf("\"events\":%u,\"event_bytes\":%.0f,\"scanned_bytes\":%.0f,\"matched_share\":%.4f,"
	       "\"hits_per_event\":%.3f,\"candidates_per_event\":%.3f,\"candidates_cut\":%llu}\n",
	       events->n, (double)(last->at + last->bytes - events->text) / n,
	       (double)bench->texts.ends[events->n - 1] / n, (double)matches / n,
	       (double)bench->work.hits / n, (double)bench->work.candidates / n,
	       (unsigned long long)bench->work.cut);
}

static void measure(struct bench *bench)
{
	uint64_t matches = UINT64_MAX, hits = UINT64_MAX, single = UINT64_MAX, fields = UINT64_MAX;
	struct times times;

	for (unsigned i = 0; i < TURNS; i++) {
		times.ours[i] = turn_ns(bench, pass_of_ours, &matches);
		times.floor[i] = turn_ns(bench, pass_of_floor, &hits);
		times.single[i] = turn_ns(bench, pass_of_floor_single, &single);
		times.simdjson[i] = turn_ns(bench, pass_of_simdjson, &fields);
		times.ratio[i] = times.ours[i] / times.floor[i];
	}
	report(bench, &times, matches);
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
	if (!strcmp(name, "--campaigns") && atoi(value) > 0 && atoi(value) <= (int)CAMPAIGNS_MAX)
		options.what.campaigns = (uint32_t)atoi(value);
	else if (!strcmp(name, "--kind"))
		return take_kind(value);
	else if (!strcmp(name, "--scenario") && *value)
		options.scenario = value;
	else if (!strcmp(name, "--hit-rate") && atof(value) >= 0 && atof(value) <= 0.5)
		options.what.hit_rate = atof(value);
	else if (!strcmp(name, "--seconds") && atof(value) > 0)
		options.seconds = atof(value);
	else if (!strcmp(name, "--megabytes") && atoi(value) > 0 && atoi(value) <= 1024)
		options.what.bytes = (uint64_t)atoi(value) << 20;
	else if (!strcmp(name, "--seed") && *value)
		options.what.seed = strtoull(value, NULL, 10);
	else if (!strcmp(name, "--schema") && *value)
		options.schema = value;
	else
		return false;
	return true;
}

int main(int argc, char **argv)
{
	static struct bench bench;

	for (int i = 1; i < argc; i += 2)
		if (i + 1 == argc || !take_option(argv[i], argv[i + 1]))
			options.schema = NULL, i = argc;
	if (!options.schema) {
		fprintf(stderr, "usage: match_micro --schema FILE [--campaigns N] "
				"[--kind KIND] [--hit-rate SHARE] [--seconds N] [--megabytes N] "
				"[--seed N] [--scenario NAME]\n"
				"kinds:");
		for (unsigned i = 0; i < SL_PERF_KINDS; i++)
			fprintf(stderr, " %s", sl_perf_kind_names[i]);
		fputs("\n", stderr);
		return 2;
	}
	bench_init(&bench);
	judge_sample(&bench);
	measure(&bench);
	bench_fini(&bench);
	return bench.differences ? 1 : 0;
}
