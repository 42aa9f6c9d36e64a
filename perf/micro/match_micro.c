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
#include "match_judge.h"
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
	struct sl_perf_events events;
	struct sl_perf_texts texts;
	struct sl_perf_engine *engine;
	struct sl_perf_engine *forgetful; /* of the same campaigns without their past, or NULL */
	struct sl_perf_scanner scanner;
	struct sl_perf_reader *reader;
	struct sl_perf_oracle *oracle;
	uint64_t fields; /* that the floor read in its last pass */
	struct sl_perf_judgement judgement;
};

/* oracle NULL: none is wanted. */
static struct sl_perf_engine *compile_rules(const struct sl_perf_case *what,
					    struct sl_perf_oracle **oracle)
{
	const struct sl_rules_options how = {.schema = options.schema, .ruleset = 1};
	struct sl_diagnostics *diagnostics = sl_diagnostics_new();
	char directory[] = "/tmp/match_micro-XXXXXX", artifact[64];
	const struct sl_diagnostic *list;
	struct sl_perf_engine *engine;

	if (!mkdtemp(directory))
		sl_perf_give_up(directory, "cannot be made");
	sl_perf_write_rules(what, directory);
	snprintf(artifact, sizeof(artifact), "%s/artifact", directory);
	if (sl_rules_compile(directory, &how, artifact, diagnostics, NULL) < 0)
		sl_perf_give_up("rule set", sl_diagnostics_all(diagnostics, &list)
						    ? list[0].message
						    : "it does not compile");
	sl_diagnostics_free(diagnostics);
	engine = sl_perf_engine_new(artifact);
	if (oracle)
		*oracle = sl_perf_oracle_new(directory, options.schema);
	unlink(artifact);
	sl_perf_remove_rules(what, directory);
	rmdir(directory);
	return engine;
}

static void bench_init(struct bench *bench)
{
	struct sl_perf_case forgetful = options.what;

	forgetful.forgetful = true;
	bench->engine = compile_rules(&options.what, &bench->oracle);
	if (options.what.kind == SL_PERF_MIXED_TEMPORAL)
		bench->forgetful = compile_rules(&forgetful, NULL);
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
	if (bench->forgetful)
		sl_perf_engine_free(bench->forgetful);
}

static void judge(struct bench *bench)
{
	struct sl_perf_judgement *judgement = &bench->judgement;

	sl_perf_judge(bench->engine, bench->oracle, &options.what, &bench->events, judgement);
	if (judgement->differences)
		fprintf(stderr, "match_micro: %llu of %llu events differ from the reference\n",
			(unsigned long long)judgement->differences,
			(unsigned long long)judgement->sampled);
}

/* ---- turns ---------------------------------------------------------------------------------- */

static uint64_t pass_of_ours(struct bench *bench)
{
	return sl_perf_engine_pass(bench->engine, &bench->events, NULL, NULL);
}

static uint64_t pass_of_forgetful(struct bench *bench)
{
	return sl_perf_engine_pass(bench->forgetful, &bench->events, NULL, NULL);
}

/* As ours does: the next text while this one is read. */
static void fetch_next(const struct sl_span *span)
{
	for (size_t i = 0; i < span->bytes; i += 64)
		__builtin_prefetch(span->at + span->bytes + i);
}

static void read_events(struct bench *bench, uint32_t first, uint32_t n)
{
	for (uint32_t i = first; i < first + n; i++) {
		const struct sl_span *span = &bench->events.spans[i];
		int known;

		fetch_next(span);
		known = sl_perf_read(bench->reader, span->at, span->bytes);
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
	double forgetful[TURNS], remembering[TURNS]; /* the second is ours over the first */
};

static void report_past(const struct bench *bench, struct times *times)
{
	const struct sl_perf_judgement *judgement = &bench->judgement;

	if (!bench->forgetful)
		return;
	printf(",\"none_temporal_ns\":%.1f,\"temporal_ratio\":%.3f,\"touched_share\":%.4f,"
	       "\"fires\":%llu,\"oracle_fires\":%llu",
	       median(times->forgetful), median(times->remembering),
	       (double)judgement->work.touched / bench->events.n,
	       (unsigned long long)judgement->fires, (unsigned long long)judgement->oracle_fires);
}

static void report(const struct bench *bench, struct times *times, uint64_t matches)
{
	const struct sl_perf_judgement *judgement = &bench->judgement;
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
	       (unsigned long long)judgement->matches,
	       (unsigned long long)judgement->oracle_matches,
	       (unsigned long long)judgement->sampled, (unsigned long long)judgement->differences);
	printf("\"floor\":{\"name\":\"hs_scan + simdjson\",\"ns_per_event\":%.1f,"
	       "\"simdjson_ns\":%.1f,\"single_scans_ns\":%.1f,\"questions\":%u},"
	       "\"ratio\":%.3f,\"runs\":%u,"
	       "\"spread\":%.3f,",
	       median(times->floor), median(times->simdjson), median(times->single),
	       bench->scanner.n_patterns, ratio, TURNS,
	       (times->ratio[TURNS - 1] - times->ratio[0]) / ratio);
	printf("\"events\":%u,\"event_bytes\":%.0f,\"scanned_bytes\":%.0f,\"matched_share\":%.4f,"
	       "\"hits_per_event\":%.3f,\"candidates_per_event\":%.3f,\"candidates_cut\":%llu",
	       events->n, (double)(last->at + last->bytes - events->text) / n,
	       (double)bench->texts.ends[events->n - 1] / n, (double)matches / n,
	       (double)judgement->work.hits / n, (double)judgement->work.candidates / n,
	       (unsigned long long)judgement->work.cut);
	report_past(bench, times);
	puts("}");
}

static void measure(struct bench *bench)
{
	uint64_t matches = UINT64_MAX, hits = UINT64_MAX, single = UINT64_MAX, fields = UINT64_MAX,
		 forgetful = UINT64_MAX;
	struct times times;

	for (unsigned i = 0; i < TURNS; i++) {
		times.ours[i] = turn_ns(bench, pass_of_ours, &matches);
		times.floor[i] = turn_ns(bench, pass_of_floor, &hits);
		times.single[i] = turn_ns(bench, pass_of_floor_single, &single);
		times.simdjson[i] = turn_ns(bench, pass_of_simdjson, &fields);
		times.ratio[i] = times.ours[i] / times.floor[i];
		if (!bench->forgetful)
			continue;
		times.forgetful[i] = turn_ns(bench, pass_of_forgetful, &forgetful);
		times.remembering[i] = times.ours[i] / times.forgetful[i];
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
	judge(&bench);
	measure(&bench);
	bench_fini(&bench);
	return bench.judgement.differences ? 1 : 0;
}
