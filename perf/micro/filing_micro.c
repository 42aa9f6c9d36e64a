/* Equalities: asked of the tree, or scanned for as literals? The same events and the same values
 * both ways, in turns, from memory; a JSON line for each number of campaigns. Every campaign is
 * `product == "P…"`; an event in a hundred has a product that one of them asks for.
 *
 *     filing_micro [--seconds N]
 *
 * `tree_ns` is sl_match_burst() over ready events: hashing, search, candidates. `literals_ns` is
 * hs_scan() over ready canonical texts, 16 events a call, hits counted: less than what match would
 * do with them, so where the tree is not slower it wins. Time is this thread's CPU time. */
#include "base/clock.h"
#include "match/match.h"
#include "rules/rules.h"

#include <hs/hs_compile.h>
#include <hs/hs_runtime.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define EVENTS 16384u
#define BURST 128u
#define SCAN_EVENTS 16u
#define TURNS 5u
#define PRODUCT_BYTES 8u /* P and seven digits */
#define FIELD_BYTES (SL_CANON_RUN_BYTES + PRODUCT_BYTES)
#define TEXT_BYTES (SCAN_EVENTS * FIELD_BYTES)

static double seconds = 0.5;

struct bench {
	char directory[64];
	struct sl_artifact *artifact;
	struct sl_match_set *set;
	struct sl_matcher *matcher;
	struct sl_stats_worker stats;
	hs_database_t *database;
	hs_scratch_t *scratch;
	char products[EVENTS][PRODUCT_BYTES + 1];
	struct sl_value slots[EVENTS];
	struct sl_event events[EVENTS];
	uint8_t texts[EVENTS / SCAN_EVENTS][TEXT_BYTES];
	uint64_t found;
};

_Noreturn static void give_up(const char *what)
{
	fprintf(stderr, "filing_micro: %s\n", what);
	exit(3);
}

static const char *path_of(const struct bench *bench, const char *name)
{
	static char path[128];

	snprintf(path, sizeof(path), "%s/%s", bench->directory, name);
	return path;
}

static uint8_t *put_field(uint8_t *at, const char *product)
{
	sl_canon_head(0, at);
	memcpy(at + SL_CANON_HEAD_BYTES, product, PRODUCT_BYTES);
	at[SL_CANON_HEAD_BYTES + PRODUCT_BYTES] = SL_CANON_END;
	return at + FIELD_BYTES;
}

static void make_events(struct bench *bench, uint32_t campaigns)
{
	uint32_t state = 1;

	for (uint32_t i = 0; i < EVENTS; i++) {
		uint32_t number;

		state = state * 1664525 + 1013904223;
		number = state >> 8;
		number = i % 100 ? 5000000 + number % 4000000 : number % campaigns;
		snprintf(bench->products[i], sizeof(bench->products[i]), "P%07u",
			 number % 10000000);
		bench->slots[i] = (struct sl_value){
			.text = bench->products[i], .count = PRODUCT_BYTES, .kind = SL_TYPE_STRING};
		bench->events[i] = (struct sl_event){.slots = &bench->slots[i], .n_slots = 1};
		put_field(bench->texts[i / SCAN_EVENTS] + i % SCAN_EVENTS * FIELD_BYTES,
			  bench->products[i]);
	}
}

static void make_tree(struct bench *bench, uint32_t campaigns)
{
	const struct sl_match_limits limits = {
		.events = BURST, .candidates = 64, .event_bytes = 1024, .scan_events = SCAN_EVENTS};
	struct sl_diagnostics *diagnostics = sl_diagnostics_new();
	char why[SL_SENTENCE_BYTES];
	FILE *file;

	strcpy(bench->directory, "/tmp/filing_micro-XXXXXX");
	if (!diagnostics || !mkdtemp(bench->directory) ||
	    !(file = fopen(path_of(bench, "schema.yaml"), "w")))
		give_up("no directory for the rules");
	fprintf(file, "schema: micro\nfields: {product: string}\n");
	fclose(file);
	for (uint32_t i = 0; i < campaigns; i += 10000) {
		char name[32];

		snprintf(name, sizeof(name), "r%06u.yaml", i);
		file = fopen(path_of(bench, name), "w");
		if (!file)
			give_up("no file for the rules");
		for (uint32_t j = i; j < i + 10000 && j < campaigns; j++)
			fprintf(file,
				"---\ncampaign: c%u\nkind: service\nmatch: product == \"P%07u\"\n",
				j, j);
		fclose(file);
	}
	if (sl_rules_compile(bench->directory, NULL, path_of(bench, "artifact"), diagnostics,
			     NULL) ||
	    sl_artifact_open(path_of(bench, "artifact"), &bench->artifact, why) ||
	    sl_match_set_new(bench->artifact, &bench->set, why) ||
	    sl_matcher_new(&limits, &bench->stats, &bench->matcher) ||
	    sl_matcher_prepare(bench->matcher, bench->set))
		give_up("the rules do not compile");
	sl_diagnostics_free(diagnostics);
}

static void make_literals(struct bench *bench, uint32_t campaigns)
{
	char(*expressions)[4 * FIELD_BYTES + 1] = calloc(campaigns, sizeof(*expressions));
	const char **list = calloc(campaigns, sizeof(*list));
	unsigned *ids = calloc(campaigns, sizeof(*ids));
	hs_compile_error_t *mistake;

	if (!expressions || !list || !ids)
		give_up("no memory");
	for (uint32_t i = 0; i < campaigns; i++) {
		char product[PRODUCT_BYTES + 1];
		uint8_t field[FIELD_BYTES];

		snprintf(product, sizeof(product), "P%07u", i % 10000000);
		put_field(field, product);
		for (unsigned j = 0; j < FIELD_BYTES; j++)
			snprintf(expressions[i] + 4 * j, 5, "\\x%02x", field[j]);
		list[i] = expressions[i];
		ids[i] = i;
	}
	if (hs_compile_multi(list, NULL, ids, campaigns, HS_MODE_BLOCK, NULL, &bench->database,
			     &mistake) ||
	    hs_alloc_scratch(bench->database, &bench->scratch))
		give_up("the literals do not compile");
	free(expressions);
	free(list);
	free(ids);
}

static uint64_t pass_tree(struct bench *bench)
{
	struct sl_matches matches;
	uint64_t found = 0;

	for (uint32_t i = 0; i < EVENTS; i += BURST) {
		sl_match_burst(bench->matcher, bench->set, bench->events + i, BURST, &matches);
		found += matches.first[BURST];
	}
	return found;
}

static int on_hit(unsigned id, unsigned long long from, unsigned long long to, unsigned flags,
		  void *context)
{
	(void)id;
	(void)from;
	(void)to;
	(void)flags;
	++*(uint64_t *)context;
	return 0;
}

static uint64_t pass_literals(struct bench *bench)
{
	uint64_t found = 0;

	for (uint32_t i = 0; i < EVENTS / SCAN_EVENTS; i++)
		hs_scan(bench->database, (const char *)bench->texts[i], TEXT_BYTES, 0,
			bench->scratch, on_hit, &found);
	return found;
}

static double turn_ns(struct bench *bench, uint64_t (*pass)(struct bench *))
{
	int64_t began_ns = sl_clock_read(CLOCK_THREAD_CPUTIME_ID), now_ns;
	uint64_t passes = 0;

	do {
		bench->found = pass(bench);
		passes++;
		now_ns = sl_clock_read(CLOCK_THREAD_CPUTIME_ID);
	} while (now_ns - began_ns < (int64_t)(seconds * 1e9));
	return (double)(now_ns - began_ns) / (double)passes / EVENTS;
}

static int by_double(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static bool measure(struct bench *bench, uint32_t campaigns)
{
	double tree[TURNS], literals[TURNS];
	uint64_t matches = 0, hits = 0;

	for (unsigned i = 0; i < TURNS; i++) {
		tree[i] = turn_ns(bench, pass_tree);
		matches = bench->found;
		literals[i] = turn_ns(bench, pass_literals);
		hits = bench->found;
	}
	qsort(tree, TURNS, sizeof(*tree), by_double);
	qsort(literals, TURNS, sizeof(*literals), by_double);
	printf("{\"scenario\":\"filing\",\"case\":{\"campaigns\":%u},\"tree_ns\":%.1f,"
	       "\"literals_ns\":%.1f,\"matches\":%llu,\"hits\":%llu,\"runs\":%u}\n",
	       campaigns, tree[TURNS / 2], literals[TURNS / 2], (unsigned long long)matches,
	       (unsigned long long)hits, TURNS);
	return matches == hits;
}

static void fini(struct bench *bench, uint32_t campaigns)
{
	sl_matcher_free(bench->matcher);
	sl_match_set_free(bench->set);
	sl_artifact_close(bench->artifact);
	hs_free_scratch(bench->scratch);
	hs_free_database(bench->database);
	unlink(path_of(bench, "artifact"));
	unlink(path_of(bench, "schema.yaml"));
	for (uint32_t i = 0; i < campaigns; i += 10000) {
		char name[32];

		snprintf(name, sizeof(name), "r%06u.yaml", i);
		unlink(path_of(bench, name));
	}
	rmdir(bench->directory);
}

int main(int argc, char **argv)
{
	static const uint32_t campaigns[] = {10, 100, 1000, 10000, 100000};
	static struct bench bench;
	bool good = true;

	if (argc == 3 && !strcmp(argv[1], "--seconds") && atof(argv[2]) > 0) {
		seconds = atof(argv[2]);
	} else if (argc != 1) {
		fprintf(stderr, "usage: filing_micro [--seconds N]\n");
		return 2;
	}
	for (unsigned i = 0; i < sizeof(campaigns) / sizeof(*campaigns); i++) {
		memset(&bench, 0, sizeof(bench));
		make_events(&bench, campaigns[i]);
		make_tree(&bench, campaigns[i]);
		make_literals(&bench, campaigns[i]);
		good &= measure(&bench, campaigns[i]);
		fini(&bench, campaigns[i]);
	}
	return good ? 0 : 1;
}
