/* What an event costs that touches what its key remembers, and how many bytes a key takes, beside a
 * bare table of 64-byte records with the same keys: hashed, prefetched a burst ahead, one word
 * changed. In turns, from memory; one JSON line.
 *
 *     state_micro [--keys N] [--sequences 1|2] [--seconds N]
 *
 * Each key remembers, at first, as many runs that wait (begun, and not done within 30 minutes: id,
 * a captured product, a timer), and one sliding count a day for the first sequence and two for the
 * second. A key's next events are counted (the third one: a match), end its runs, are counted,
 * begin runs, are counted, and so on; keys stand at each of these alike, so that what is remembered
 * stays as it is. bytes_per_key is of the time when all keys are filled: records, their slack, and
 * the whole index. Time is this thread's CPU time; making keys and hashes is not in it. */
#include "base/clock.h"
#include "tests/unit/state/fixture.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

#define BURST 64u
#define TURNS 5u
#define NEVER INT64_MAX
#define S 1000000000ll
#define KEY_BYTES 9u
#define SLOTS 2u

static struct {
	uint32_t keys;
	unsigned sequences;
	double seconds;
} options = {.keys = 1000000, .sequences = 1, .seconds = 1};

/* Conditions: begin, done; and for each count one. */
enum { BEGIN, DONE, COUNTED };

static const uint8_t kinds[] = {COUNTED, DONE, COUNTED, BEGIN, COUNTED};
#define PHASES (sizeof(kinds))

struct bench {
	struct fixture fixture;
	struct sl_states *states;
	uint64_t *index; /* of the bare table: key number + 1 */
	uint32_t mask;
	struct bare {
		char key[16];
		uint64_t touched;
		char rest[40];
	} * records;
	char texts[BURST][KEY_BYTES + 1];
	char ids[BURST][27];
	uint64_t hashes[BURST];
	struct sl_value slots[BURST][SLOTS];
	struct sl_event events[BURST];
	uint32_t triggers[3][FIX_TRIGGERS], n_triggers[3];
	uint64_t random, number;
	int64_t time_ns;
	uint8_t *phases; /* of each key: how far it is in its events */
	uint32_t burst[BURST];
	uint64_t fires, changes, changed_bytes;
};

_Noreturn static void give_up(const char *what)
{
	fprintf(stderr, "state_micro: %s\n", what);
	exit(3);
}

static double cpu_ns(void)
{
	struct timespec at;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &at);
	return (double)at.tv_sec * 1e9 + (double)at.tv_nsec;
}

/* ---- what is remembered ------------------------------------------------------------------------
 */

static void add_count(struct bench *bench)
{
	fix_campaign(&bench->fixture, "counted", SL_JOIN_ONE, NEVER);
	fix_sequence(&bench->fixture, SL_AFTER_RESTART, NEVER);
	fix_step(&bench->fixture, "views", SL_STEP_WINDOW, COUNTED, NEVER);
	fix_window(&bench->fixture, SL_WINDOW_SLIDING, 86400 * S, 3, SL_AGGREGATE_COUNT, 0, 3);
}

static void make_campaigns(struct bench *bench)
{
	static const uint32_t masks[3] = {1u << BEGIN, 1u << DONE, 1u << COUNTED};

	fix_init(&bench->fixture);
	for (unsigned i = 0; i < options.sequences; i++) {
		fix_campaign(&bench->fixture, "abandoned", SL_JOIN_ONE, NEVER);
		fix_sequence(&bench->fixture, SL_AFTER_RESTART, NEVER);
		fix_step(&bench->fixture, "start", SL_STEP_EVENT, BEGIN, NEVER);
		fix_step(&bench->fixture, "", SL_STEP_NOT, DONE, 1800 * S);
		fix_capture(&bench->fixture, 0, FIX_PRODUCT);
		add_count(bench);
	}
	if (options.sequences > 1)
		add_count(bench);
	fix_plan(&bench->fixture);
	for (unsigned kind = 0; kind < 3; kind++)
		for (uint32_t i = 0; i < bench->fixture.artifact.n_triggers; i++)
			if (masks[kind] >> bench->fixture.conditions[i] & 1)
				bench->triggers[kind][bench->n_triggers[kind]++] = i;
}

/* ---- events ------------------------------------------------------------------------------------
 */

static uint32_t random_key(struct bench *bench)
{
	bench->random = bench->random * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)((bench->random >> 32) * options.keys >> 32);
}

static void name_key(uint32_t number, char text[KEY_BYTES + 1])
{
	snprintf(text, KEY_BYTES + 1, "C%08u", number % 100000000);
}

static void make_event(struct bench *bench, unsigned i, uint32_t key)
{
	name_key(key, bench->texts[i]);
	snprintf(bench->ids[i], sizeof(bench->ids[i]), "01J%023llu",
		 (unsigned long long)bench->number++);
	bench->hashes[i] = sl_text_hash(bench->texts[i], KEY_BYTES);
	bench->slots[i][FIX_PRODUCT] =
		(struct sl_value){.text = "L0123", .count = 5, .kind = SL_TYPE_STRING};
	bench->events[i] = (struct sl_event){
		.slots = bench->slots[i],
		.n_slots = SLOTS,
		.time_ns = bench->time_ns / 1000000 * 1000000,
		.id = {bench->ids[i], 26},
		.key = {bench->texts[i], KEY_BYTES},
		.type = {"loan.apply.start", 16},
		.source_channel = {"mobile", 6},
	};
	bench->time_ns += 10000; /* a hundred thousand a second */
}

static void apply(struct bench *bench, unsigned i, unsigned kind)
{
	struct sl_state_input input = {
		.event = &bench->events[i],
		.key = bench->events[i].key,
		.hash = bench->hashes[i],
		.triggers = bench->triggers[kind],
		.n_triggers = bench->n_triggers[kind],
		.tick_ns = bench->time_ns - S,
	};
	struct sl_state_outcome outcome;
	int more;

	do {
		more = sl_states_event(bench->states, bench->fixture.plan, &input, &outcome);
		bench->fires += outcome.n_fires;
		bench->changes += outcome.n_changes;
		for (uint32_t c = 0; c < outcome.n_changes; c++)
			bench->changed_bytes += outcome.changes[c].bytes;
		for (uint32_t t = 0; t < outcome.n_told; t++)
			if (outcome.told[t].gate == SL_GATE_STATE_FULL)
				give_up("the memory is used up");
	} while (more);
}

/* ---- the bare table ----------------------------------------------------------------------------
 */

static void *take(size_t bytes)
{
	void *at = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (at == MAP_FAILED)
		give_up("there is not enough memory");
	madvise(at, bytes, MADV_HUGEPAGE);
	return at;
}

static void fill_bare(struct bench *bench)
{
	uint64_t slots = 1;

	while (slots < options.keys * 3ull / 2)
		slots *= 2;
	bench->mask = (uint32_t)(slots - 1);
	bench->index = take(slots * sizeof(*bench->index));
	bench->records = take(options.keys * sizeof(*bench->records));
	for (uint32_t i = 0; i < options.keys; i++) {
		uint64_t hash;

		name_key(i, bench->records[i].key);
		hash = sl_text_hash(bench->records[i].key, KEY_BYTES);
		while (bench->index[hash & bench->mask])
			hash++;
		bench->index[hash & bench->mask] = i + 1;
	}
}

static void touch_bare(struct bench *bench)
{
	for (unsigned i = 0; i < BURST; i++)
		__builtin_prefetch(&bench->index[bench->hashes[i] & bench->mask]);
	for (unsigned i = 0; i < BURST; i++)
		__builtin_prefetch(
			&bench->records[(uint32_t)bench->index[bench->hashes[i] & bench->mask]], 1);
	for (unsigned i = 0; i < BURST; i++) {
		uint64_t at = bench->hashes[i];

		while (memcmp(bench->records[bench->index[at & bench->mask] - 1].key,
			      bench->texts[i], KEY_BYTES) != 0)
			at++;
		bench->records[bench->index[at & bench->mask] - 1].touched++;
	}
}

/* ---- measuring ---------------------------------------------------------------------------------
 */

static double fill(struct bench *bench)
{
	struct sl_states_stats stats;

	for (uint32_t key = 0; key < options.keys; key++) {
		make_event(bench, 0, key);
		apply(bench, 0, BEGIN);
		apply(bench, 0, COUNTED);
	}
	for (uint32_t key = 0; key < options.keys; key++) {
		make_event(bench, 0, key);
		apply(bench, 0, COUNTED);
	}
	sl_states_stats(bench->states, &stats);
	if (stats.keys != options.keys)
		give_up("not every key is remembered");
	return (double)stats.bytes / (double)stats.keys;
}

static void apply_next(struct bench *bench, unsigned i, uint32_t key)
{
	apply(bench, i, kinds[bench->phases[key]]);
	bench->phases[key] = (uint8_t)((bench->phases[key] + 1u) % PHASES);
}

/* Each key some way on. */
static void spread_phases(struct bench *bench)
{
	for (uint32_t key = 0; key < options.keys; key++)
		for (uint32_t n = key * 2654435761u >> 16; n % PHASES; n--) {
			make_event(bench, 0, key);
			apply_next(bench, 0, key);
		}
}

static double turn(struct bench *bench, bool is_bare, uint64_t *ret_events)
{
	double spent = 0;
	uint64_t n = 0;

	while (spent < options.seconds * 1e9) {
		double began;

		for (unsigned i = 0; i < BURST; i++) {
			bench->burst[i] = random_key(bench);
			make_event(bench, i, bench->burst[i]);
			__builtin_prefetch(&bench->phases[bench->burst[i]], 1);
		}
		began = cpu_ns();
		if (is_bare) {
			touch_bare(bench);
		} else {
			sl_states_prefetch(bench->states, bench->hashes, BURST);
			for (unsigned i = 0; i < BURST; i++)
				apply_next(bench, i, bench->burst[i]);
		}
		spent += cpu_ns() - began;
		n += BURST;
	}
	*ret_events += n;
	return spent / (double)n;
}

static int ascending(const void *a, const void *b)
{
	return (*(const double *)a > *(const double *)b) -
	       (*(const double *)a < *(const double *)b);
}

static void report(struct bench *bench, double bytes_per_key)
{
	double ours[TURNS], bare[TURNS];
	uint64_t events = 0, bare_events = 0;

	spread_phases(bench);
	bench->fires = bench->changes = bench->changed_bytes = 0;
	for (unsigned i = 0; i < TURNS; i++) {
		bare[i] = turn(bench, true, &bare_events);
		ours[i] = turn(bench, false, &events);
	}
	qsort(ours, TURNS, sizeof(*ours), ascending);
	qsort(bare, TURNS, sizeof(*bare), ascending);
	printf("{\"scenario\":\"state\",\"case\":{\"keys\":%u,\"sequences\":%u,\"counters\":%u,"
	       "\"workers\":1},\"bytes_per_key\":%.1f,\"events_per_s\":%.0f,\"ns_per_event\":%.1f,"
	       "\"matches\":%llu,\"changes_per_event\":%.3f,\"changed_bytes_per_event\":%.1f,"
	       "\"floor\":{\"name\":\"bare prefetched table\",\"ns_per_event\":%.1f},"
	       "\"ratio\":%.3f,\"runs\":%u,\"spread\":%.3f}\n",
	       options.keys, options.sequences, options.sequences * 2 - 1, bytes_per_key,
	       1e9 / ours[TURNS / 2], ours[TURNS / 2], (unsigned long long)bench->fires,
	       (double)bench->changes / (double)events,
	       (double)bench->changed_bytes / (double)events, bare[TURNS / 2],
	       ours[TURNS / 2] / bare[TURNS / 2], TURNS,
	       (ours[TURNS - 1] - ours[0]) / ours[TURNS / 2]);
}

int main(int argc, char **argv)
{
	static struct bench bench = {.random = 1, .time_ns = 1795000000ll * S};
	uint64_t bytes;

	for (int i = 1; i < argc; i += 2) {
		const char *value = i + 1 < argc ? argv[i + 1] : "";

		if (!strcmp(argv[i], "--keys") && atol(value) >= 1000 && atol(value) <= 50000000)
			options.keys = (uint32_t)atol(value);
		else if (!strcmp(argv[i], "--sequences") &&
			 (!strcmp(value, "1") || !strcmp(value, "2")))
			options.sequences = (unsigned)atoi(value);
		else if (!strcmp(argv[i], "--seconds") && atof(value) > 0)
			options.seconds = atof(value);
		else {
			fprintf(stderr, "usage: state_micro [--keys N] [--sequences 1|2] "
					"[--seconds N]\n");
			return 2;
		}
	}
	make_campaigns(&bench);
	/* what the promise allows a key, and the reserve of what is never given to new ones */
	bytes = (uint64_t)options.keys * (options.sequences == 1 ? 96 : 160) * 102 / 100;
	if (sl_states_new(bytes < SL_STATES_BYTES_MIN ? SL_STATES_BYTES_MIN : bytes,
			  &bench.states) ||
	    sl_states_touch(bench.states, NULL))
		give_up("there is not enough memory");
	bench.phases = take(options.keys);
	fill_bare(&bench);
	report(&bench, fill(&bench));
	sl_states_free(bench.states);
	fix_fini(&bench.fixture);
	return 0;
}
