/* What a key remembers, read back from a hostile disk. The first byte says for which slot; the rest
 * is its image. What is restored is looked at, gets events, and is let fall due: whatever it is, it
 * fits its campaign. */
#include "tests/unit/state/fixture.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

#define S 1000000000ll
#define T0 (1795000000ll * S)
#define NEVER INT64_MAX

static struct fixture fixture;
static struct sl_states *states;
static const char key_text[] = "C00012345";

static void make_sequences(void)
{
	struct sl_step *step;

	fix_sequence(&fixture, SL_AFTER_OVERLAP, 100 * S);
	fix_step(&fixture, "", SL_STEP_NOT, 4, 10 * S);
	step = fix_step(&fixture, "a", SL_STEP_EVENT, 0, 50 * S);
	step->times_from = 2;
	step->times_to = 5;
	step = fix_step(&fixture, "b", SL_STEP_EVENT, 1, NEVER);
	step->times_to = UINT32_MAX;
	fix_link_product(&fixture);
	fix_until(&fixture, 2);
	fix_step(&fixture, "", SL_STEP_NOT, 3, 20 * S);
	fix_capture(&fixture, 2, FIX_AMOUNT);
	fix_sequence(&fixture, SL_AFTER_RESTART, NEVER);
	fix_step(&fixture, "c", SL_STEP_EVENT, 4, NEVER);
}

static void make_windows(void)
{
	fix_campaign(&fixture, "sliding", SL_JOIN_ONE, NEVER);
	fixture.campaigns[fixture.artifact.n_campaigns - 1].data_count = 1;
	fixture.data[0].from = SL_DATA_AGGREGATE;
	fix_sequence(&fixture, SL_AFTER_SKIP_PAST, NEVER);
	fix_step(&fixture, "w", SL_STEP_WINDOW, 0, NEVER);
	fix_window(&fixture, SL_WINDOW_SLIDING, 60 * S, 40, SL_AGGREGATE_SUM, FIX_AMOUNT, 30);
	fix_aggregate(&fixture, SL_AGGREGATE_DISTINCT, FIX_PRODUCT);
	fix_step(&fixture, "d", SL_STEP_EVENT, 1, 60 * S);
	fix_campaign(&fixture, "day", SL_JOIN_ONE, NEVER);
	fix_sequence(&fixture, SL_AFTER_RESTART, NEVER);
	fix_step(&fixture, "w", SL_STEP_WINDOW, 0, NEVER);
	fix_window(&fixture, SL_WINDOW_CALENDAR, 0, 5, SL_AGGREGATE_DISTINCT, FIX_PRODUCT, 2)
		->at_end = 1;
	fix_aggregate(&fixture, SL_AGGREGATE_MAX, FIX_PRICE);
	fix_aggregate(&fixture, SL_AGGREGATE_AVG, FIX_PRICE);
	fix_capture(&fixture, 0, FIX_PRODUCT);
	fix_campaign(&fixture, "session", SL_JOIN_ONE, NEVER);
	fix_sequence(&fixture, SL_AFTER_OVERLAP, NEVER);
	fix_step(&fixture, "w", SL_STEP_WINDOW, 1, NEVER);
	fix_window(&fixture, SL_WINDOW_SESSION, 15 * S, 0, SL_AGGREGATE_COUNT, 0, 4);
	fix_campaign(&fixture, "values", SL_JOIN_ONE, NEVER);
	fix_sequence(&fixture, SL_AFTER_RESTART, NEVER);
	fix_step(&fixture, "w", SL_STEP_WINDOW, 0, NEVER);
	fix_window(&fixture, SL_WINDOW_SLIDING, 60 * S, 4, SL_AGGREGATE_DISTINCT, FIX_PRODUCT, 4);
}

static void make(void)
{
	fix_init(&fixture);
	fix_campaign(&fixture, "all", SL_JOIN_ALL, 50 * S);
	fixture.campaigns[0].limit_ns = 100 * S;
	fixture.campaigns[0].limit_count = 3;
	make_sequences();
	make_windows();
	fix_plan(&fixture);
	assert(sl_states_new(SL_STATES_BYTES_MIN, &states) == 0);
}

static void hear(void *context, const struct sl_state_outcome *outcome)
{
	unsigned *sum = context;

	for (uint32_t i = 0; i < outcome->n_changes; i++)
		for (uint32_t b = 0; b < outcome->changes[i].bytes; b++)
			*sum += outcome->changes[i].image[b];
	for (uint32_t i = 0; i < outcome->n_fires; i++) {
		const struct sl_state_fire *fire = &outcome->fires[i];

		for (uint32_t s = 0; s < fire->n_steps; s++)
			for (uint32_t b = 0; b < fire->steps[s].id.bytes; b++)
				*sum += (uint8_t)fire->steps[s].id.at[b];
	}
}

static uint64_t slot_of(uint8_t number)
{
	uint32_t n = fixture.artifact.n_sequences;

	if (number % (n + 2) == n + 1)
		return SL_STATE_GAPS_SLOT;
	return number % (n + 2) == n ? fixture.campaigns[0].limit_registry : 10u + number % (n + 2);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	const struct sl_text key = {key_text, sizeof(key_text) - 1};
	uint64_t hash = sl_text_hash(key.at, key.bytes);
	struct sl_state_look looks[16];
	struct sl_gaps gaps[SL_GAPS_LISTS_MAX];
	struct sl_state_change change;
	unsigned sum = 0;

	if (!states)
		make();
	if (n < 2)
		return 0;
	sl_states_restore(states, fixture.plan, key, hash, slot_of(bytes[0]), bytes + 1,
			  (uint32_t)(n - 1));
	sl_gaps_of_image(bytes, n, 1 + bytes[0] % SL_GAPS_LISTS_MAX, gaps);
	sl_states_lost(states, fixture.plan, key, hash, T0, T0 + S, T0, &change);
	sl_states_look(states, fixture.plan, key, hash, T0, looks, 16);
	sl_states_limit_take(states, fixture.plan, key, hash, 0, T0, T0, &change);
	for (unsigned i = 0; i < 4; i++)
		fix_apply(&fixture, states,
			  &(struct fix_event){T0 + i * S, "e", key_text, 1u << i | 16, "L1", 7}, T0,
			  hear, &sum);
	fix_tick(&fixture, states, NEVER, hear, &sum);
	for (uint32_t slot = 0; slot <= fixture.artifact.n_sequences + 1; slot++)
		sl_states_restore(states, fixture.plan, key, hash, slot_of((uint8_t)slot), NULL, 0);
	return sum == 1 ? -1 : 0;
}
