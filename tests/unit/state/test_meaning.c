/* Random campaigns and events: states beside the model, with restarts from what was journalled.
 *
 * usage: unit_state_meaning [SEED [CASES]]: a failing case prints its seed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/state/model.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CASES 1500u
#define EVENTS_MAX 90u
#define NEVER INT64_MAX
#define STORED_BYTES 65536u

static const char *const key_names[MODEL_KEYS] = {"C00012345", "C2", "a third customer's key"};
static const char *const product_names[] = {"L1", "L2", "L3", "L4"};

struct stored {
	uint32_t bytes;
	uint8_t at[STORED_BYTES];
};

static struct {
	uint64_t seed, random;
	struct fixture fixture;
	struct model model;
	struct model_lines expected, told;
	struct sl_states *states;
	const struct model_event *event;
	int id_form;
	int64_t base, scale;
	struct stored stored[MODEL_KEYS][FIX_SEQUENCES];
	uint64_t fires, restarts, mores, late, full, due;
} world;

static uint32_t below(uint32_t n)
{
	world.random = world.random * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(world.random >> 33) % n;
}

static bool chance(uint32_t percent)
{
	return below(100) < percent;
}

/* ---- campaigns ---------------------------------------------------------------------------------
 */

static int64_t span(void)
{
	return (int64_t)(1 + below(12)) * world.scale;
}

static unsigned condition(void)
{
	return below(6);
}

static void make_window(bool is_whole)
{
	static const enum sl_aggregate_function functions[] = {
		SL_AGGREGATE_COUNT, SL_AGGREGATE_COUNT, SL_AGGREGATE_SUM,     SL_AGGREGATE_MIN,
		SL_AGGREGATE_MAX,   SL_AGGREGATE_AVG,   SL_AGGREGATE_DISTINCT};
	enum sl_window_kind kind = 1 + below(4);
	enum sl_aggregate_function function = functions[below(7)];
	enum fix_slot slot = function == SL_AGGREGATE_COUNT      ? 0
			     : function == SL_AGGREGATE_DISTINCT ? FIX_PRODUCT
								 : FIX_AMOUNT;
	bool large = chance(20);
	int64_t n = function == SL_AGGREGATE_SUM   ? 1 + below(40)
		    : function == SL_AGGREGATE_AVG ? 1 + below(8)
						   : 1 + below(large ? 30 : 4);
	uint32_t keep = (uint32_t)n + (chance(50) ? 0 : below(4)) + (large ? 20 : 0);
	struct sl_window *window;

	if (function == SL_AGGREGATE_SUM && chance(40))
		slot = FIX_PRICE;
	window = fix_window(&world.fixture, kind, span() * (large ? 10 : 1), keep, function, slot,
			    n);
	if (chance(40))
		fix_aggregate(&world.fixture, SL_AGGREGATE_SUM, FIX_AMOUNT);
	if (chance(20))
		fix_aggregate(&world.fixture, SL_AGGREGATE_MAX, FIX_PRICE);
	window->at_end = is_whole && kind != SL_WINDOW_SLIDING && chance(50);
}

static void make_times(struct sl_step *step, bool is_first)
{
	step->times_from = 1 + below(3);
	step->times_to = chance(30)   ? UINT32_MAX
			 : chance(50) ? step->times_from
				      : step->times_from + below(3);
	if (is_first && chance(50))
		step->within_ns = span();
	if (chance(40)) {
		step->times_to = UINT32_MAX;
		fix_until(&world.fixture, condition());
	}
}

static void make_sequence(enum sl_after_match after)
{
	struct sl_sequence *sequence =
		fix_sequence(&world.fixture, after, chance(50) ? span() * 2 : NEVER);
	bool strict = chance(15), trailing = !strict && chance(35), leading = !strict && chance(20);
	uint32_t more = below(3), first = leading;

	sequence->runs_max = 1 + below(5);
	if (leading)
		fix_step(&world.fixture, "", SL_STEP_NOT, condition(), span());
	fix_step(&world.fixture, "s", SL_STEP_EVENT, condition(), NEVER);
	if (chance(35))
		make_window(!more && !trailing);
	else if (chance(30))
		make_times(&world.fixture.steps[world.fixture.artifact.n_steps - 1], true);
	fix_capture(&world.fixture, first, FIX_PRODUCT);
	for (uint32_t i = 0; i < more; i++) {
		if (chance(25))
			fix_step(&world.fixture, "", SL_STEP_NOT, condition(), NEVER);
		fix_step(&world.fixture, "t", SL_STEP_EVENT, condition(),
			 sequence->within_ns == NEVER || chance(60) ? span() : NEVER);
		if (chance(30))
			make_times(&world.fixture.steps[world.fixture.artifact.n_steps - 1], false);
		if (chance(25))
			fix_link_product(&world.fixture);
	}
	if (trailing)
		fix_step(&world.fixture, "", SL_STEP_NOT, condition(),
			 sequence->within_ns == NEVER || chance(60) ? span() : NEVER);
	if (strict)
		fix_among(&world.fixture, condition());
}

static void make_campaigns(void)
{
	uint32_t n = 1 + below(2);

	fix_init(&world.fixture);
	for (uint32_t i = 0; i < n; i++) {
		enum sl_after_match after = below(3);
		enum sl_join join = chance(60) ? SL_JOIN_ONE : 1 + below(2);
		uint32_t sequences = join == SL_JOIN_ONE ? 1 : 2 + below(2);
		struct sl_campaign *campaign = fix_campaign(&world.fixture, "c", join,
							    join == SL_JOIN_ALL ? span() : NEVER);

		campaign->data = world.fixture.artifact.n_data;
		campaign->data_count = 1;
		world.fixture.data[world.fixture.artifact.n_data++].from = SL_DATA_AGGREGATE;
		for (uint32_t s = 0; s < sequences; s++)
			make_sequence(after);
	}
	fix_plan(&world.fixture);
}

/* ---- what happened, as the model says it -------------------------------------------------------
 */

static unsigned number_of(struct sl_text id)
{
	unsigned number = 0, power = 1;

	for (uint32_t i = 0; i < id.bytes && i < 8 && power; i++) {
		char c = id.at[id.bytes - 1 - i];

		if (c < '0' || c > '9')
			break;
		number += (unsigned)(c - '0') * power;
		power *= 10;
	}
	return number;
}

static void name_event(unsigned number, char text[64])
{
	static const char *const forms[] = {
		"%u",       "ev-%u",
		"01J%023u", "0a1b2c3d-0000-4000-8000-%012u",
		"%016u",    "a long name of an event that is no number at all: %u"};

	snprintf(text, 64, forms[world.id_form], number);
}

static int product_of(const struct sl_any *value)
{
	for (int i = 0; i < 4; i++)
		if (value->kind == SL_KIND_STRING && value->count == 2 &&
		    memcmp(value->text, product_names[i], 2) == 0)
			return i;
	return -1;
}

static void tell_fire(const struct sl_state_fire *fire, unsigned key)
{
	char text[MODEL_LINE] = "";
	size_t used = 0;
	uint32_t step = 0;

	for (uint32_t p = 0; p < fire->n_parts; p++) {
		const struct sl_state_part *part = &fire->parts[p];
		const struct sl_sequence *of = &world.fixture.sequences[part->sequence];
		const struct sl_step *steps = world.fixture.steps + of->step;

		for (uint32_t i = 0; i < of->step_count; i++)
			if (steps[i].kind != SL_STEP_NOT)
				used += (size_t)snprintf(text + used, sizeof(text) - used, "%u ",
							 number_of(fire->steps[step++].id));
		used += (size_t)snprintf(text + used, sizeof(text) - used, "p%d ",
					 product_of(&part->captures[0]));
		for (uint32_t i = 0; i < part->n_aggregates; i++) {
			const struct sl_any *value = &part->aggregates[i];

			used += (size_t)(value->kind == SL_KIND_INT
						 ? snprintf(text + used, sizeof(text) - used,
							    "a%.3f ", (double)value->integer)
					 : value->kind == SL_KIND_DOUBLE
						 ? snprintf(text + used, sizeof(text) - used,
							    "a%.3f ", value->decimal)
						 : snprintf(text + used, sizeof(text) - used,
							    "a- "));
		}
		used += (size_t)snprintf(text + used, sizeof(text) - used, " ");
	}
	assert_int_equal(step, fire->n_steps);
	model_line(&world.told, "key %u %s %u@%lld first %d event %u@%lld %s", key,
		   fire->due ? "due" : "match", fire->campaign, (long long)fire->time_ns,
		   fire->first_id.bytes ? (int)number_of(fire->first_id) : -1,
		   number_of(fire->event_id), (long long)fire->event_time_ns, text);
	if (fire->due) {
		assert_int_equal(fire->event_channel.bytes, 6);
		assert_true(fire->event_type.bytes == 8 || fire->event_type.bytes == 9);
	}
	world.fires++;
	world.due += fire->due;
}

static void store(unsigned key, const struct sl_state_change *change)
{
	struct stored *to = &world.stored[key][change->slot - 10];

	if (!change->bytes || change->image[0] == SL_STATE_WHOLE)
		to->bytes = 0;
	assert_true(to->bytes + change->bytes <= STORED_BYTES);
	if (change->bytes)
		memcpy(to->at + to->bytes, change->image, change->bytes);
	to->bytes += change->bytes;
	world.mores += change->bytes && change->image[0] == SL_STATE_MORE;
}

static unsigned key_of(struct sl_text key)
{
	for (unsigned i = 0; i < MODEL_KEYS; i++)
		if (strlen(key_names[i]) == key.bytes &&
		    memcmp(key_names[i], key.at, key.bytes) == 0)
			return i;
	fail_msg("no such key");
	return 0;
}

static void hear(void *context, const struct sl_state_outcome *outcome)
{
	unsigned key;

	(void)context;
	if (!outcome->n_fires && !outcome->n_told && !outcome->n_changes)
		return;
	key = key_of(outcome->key);
	for (uint32_t i = 0; i < outcome->n_fires; i++)
		tell_fire(&outcome->fires[i], key);
	for (uint32_t i = 0; i < outcome->n_told; i++) {
		model_line(&world.told, "key %u %s %u event %u", key,
			   sl_gate_name(outcome->told[i].gate), outcome->told[i].campaign,
			   world.event->id);
		world.late += outcome->told[i].gate == SL_GATE_LATE;
		world.full += outcome->told[i].gate == SL_GATE_RUNS_FULL;
	}
	for (uint32_t i = 0; i < outcome->n_changes; i++)
		store(key, &outcome->changes[i]);
}

/* ---- running both ------------------------------------------------------------------------------
 */

static void restart(void)
{
	sl_states_free(world.states);
	assert_int_equal(sl_states_new(SL_STATES_BYTES_MIN, &world.states), 0);
	for (unsigned key = 0; key < MODEL_KEYS; key++)
		for (unsigned i = 0; i < FIX_SEQUENCES; i++) {
			const struct stored *from = &world.stored[key][i];
			struct sl_text name = {key_names[key], (uint32_t)strlen(key_names[key])};

			int error =
				from->bytes
					? sl_states_restore(world.states, world.fixture.plan, name,
							    sl_text_hash(name.at, name.bytes),
							    10 + i, from->at, from->bytes)
					: 0;

			if (error)
				fail_msg("seed %llu: restoring gives %d",
					 (unsigned long long)world.seed, error);
		}
	world.restarts++;
}

static void make_event(unsigned id, int64_t *now, struct model_event *event)
{
	int64_t ahead = chance(30) ? 0 : below(4), behind = chance(30) ? below(12) : 0;

	*now += ahead * world.scale;
	*event = (struct model_event){
		.time_ns = *now - behind * world.scale,
		.id = id,
		.key = chance(70) ? 0 : below(MODEL_KEYS),
		.mask = 1u << below(6) | (chance(40) ? 1u << below(6) : 0),
		.product = chance(80) ? (int)below(4) : -1,
		.amount = (int64_t)below(20) - 4,
		.has_amount = chance(85),
	};
}

static int compare_lines(const void *a, const void *b)
{
	return strcmp(a, b);
}

static void compare(uint64_t seed)
{
	qsort(world.told.at, world.told.n, MODEL_LINE, compare_lines);
	qsort(world.expected.at, world.expected.n, MODEL_LINE, compare_lines);
	for (uint32_t i = 0; i < world.told.n || i < world.expected.n; i++) {
		const char *told = i < world.told.n ? world.told.at[i] : "nothing";
		const char *expected = i < world.expected.n ? world.expected.at[i] : "nothing";

		if (strcmp(told, expected) != 0)
			fail_msg("seed %llu: expected %s, got %s", (unsigned long long)seed,
				 expected, told);
	}
}

static void apply(const struct model_event *event, int64_t tick)
{
	char id[64];

	name_event(event->id, id);
	world.event = event;
	model_apply(&world.model, event, tick);
	fix_apply(&world.fixture, world.states,
		  &(struct fix_event){
			  .time_ns = event->time_ns,
			  .id = id,
			  .key = key_names[event->key],
			  .mask = event->mask,
			  .product = event->product < 0 ? NULL : product_names[event->product],
			  .amount = event->has_amount ? event->amount : INT64_MIN,
		  },
		  tick, hear, NULL);
}

static void run_case(uint64_t seed)
{
	static const int64_t scales[] = {1, 1000, 7000000, 1000000000, 3 * 3600ll * 1000000000};
	uint32_t n = 5 + below(EVENTS_MAX - 5);
	int64_t now, tick = INT64_MIN, allowed;
	struct sl_states_stats stats;

	world.scale = scales[below(5)];
	world.base = 1795000000ll * 1000000000 + (chance(30) ? 123456789 : 0);
	world.id_form = (int)below(6);
	make_campaigns();
	memset(&world.model, 0, sizeof(world.model));
	world.model.fixture = &world.fixture;
	world.model.lines = &world.expected;
	world.expected.n = world.told.n = 0;
	memset(world.stored, 0, sizeof(world.stored));
	assert_int_equal(sl_states_new(SL_STATES_BYTES_MIN, &world.states), 0);
	now = world.base;
	allowed = below(8) * world.scale;
	for (uint32_t i = 0; i < n; i++) {
		struct model_event event;

		make_event(i, &now, &event);
		apply(&event, tick);
		if (chance(50) && now - allowed > tick)
			tick = now - allowed + (chance(30) ? world.scale / 2 : 0);
		if (chance(30)) {
			model_tick(&world.model, tick);
			fix_tick(&world.fixture, world.states, tick, hear, NULL);
		}
		if (chance(3))
			restart();
	}
	model_tick(&world.model, NEVER);
	fix_tick(&world.fixture, world.states, NEVER, hear, NULL);
	compare(seed);
	sl_states_stats(world.states, &stats);
	assert_int_equal(stats.damaged, 0);
	assert_int_equal(stats.full, 0);
	sl_states_free(world.states);
	fix_fini(&world.fixture);
}

static uint64_t first_seed = 1, n_cases = CASES;

static void test_states_mean_what_the_model_says(void **state)
{
	(void)state;
	for (uint64_t seed = first_seed; seed < first_seed + n_cases; seed++) {
		world.seed = seed;
		world.random = seed * 0x9e3779b97f4a7c15u;
		run_case(seed);
	}
	print_message("%llu cases: %llu matches, %llu of them due, %llu late, %llu runs_full, %llu "
		      "restarts, %llu told by how they changed\n",
		      (unsigned long long)n_cases, (unsigned long long)world.fires,
		      (unsigned long long)world.due, (unsigned long long)world.late,
		      (unsigned long long)world.full, (unsigned long long)world.restarts,
		      (unsigned long long)world.mores);
	if (n_cases >= CASES)
		assert_true(world.fires && world.due && world.late && world.full &&
			    world.restarts && world.mores);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_states_mean_what_the_model_says),
	};

	if (argc > 1) {
		first_seed = strtoull(argv[1], NULL, 10);
		n_cases = argc > 2 ? strtoull(argv[2], NULL, 10) : 1;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
