/* Making a plan of an artifact: once per generation. */
#include "plan_priv.h"

#include "sluice/error.h"

#include <errno.h>
#include <stdlib.h>

static inline uint32_t home_of(const struct sl_state_plan *plan, uint64_t slot)
{
	return (uint32_t)(slot * UINT64_C(0x9e3779b97f4a7c15) >> 32) & plan->mask;
}

const struct sl_plan_slot *sl_plan_slot(const struct sl_state_plan *plan, uint64_t slot)
{
	for (uint32_t at = home_of(plan, slot);; at = (at + 1) & plan->mask) {
		const struct sl_plan_slot *its = &plan->slots[at];

		if (its->kind == SL_SLOT_UNKNOWN)
			return NULL;
		if (its->slot == slot)
			return its;
	}
}

static void add_slot(struct sl_state_plan *plan, uint64_t slot, enum sl_slot_kind kind,
		     uint32_t index)
{
	uint32_t at = home_of(plan, slot);

	if (sl_plan_slot(plan, slot))
		return;
	while (plan->slots[at].kind != SL_SLOT_UNKNOWN)
		at = (at + 1) & plan->mask;
	plan->slots[at] = (struct sl_plan_slot){slot, kind, index};
}

/* Steps that are no NOT, and where the NOTs stand to them. */
static void find_steps(struct sl_plan_sequence *sequence, uint32_t n_steps)
{
	uint8_t before = 0;

	for (uint32_t i = 0; i < n_steps; i++) {
		if (sequence->steps[i].kind == SL_STEP_NOT) {
			sequence->leading |= i == 0;
			continue;
		}
		if (!sequence->usable)
			sequence->first = (uint8_t)i;
		else
			sequence->next[before] = (uint8_t)i;
		sequence->usable = true;
		sequence->last = before = (uint8_t)i;
	}
	sequence->trailing = sequence->usable && sequence->last + 1u < n_steps;
}

static void find_values(struct sl_plan_sequence *sequence)
{
	for (uint32_t i = 0; i < sequence->n_aggregates; i++) {
		const struct sl_aggregate *aggregate = &sequence->aggregates[i];
		uint8_t at = 0;

		if (aggregate->function == SL_AGGREGATE_COUNT)
			continue;
		while (at < sequence->n_values && sequence->value_slots[at] != aggregate->slot)
			at++;
		if (at == sequence->n_values)
			sequence->value_slots[sequence->n_values++] = aggregate->slot;
		sequence->value_of[i] = at;
	}
}

/* having: distinct(f) >= n, and as many are kept. */
static bool asks_distinct_alone(const struct sl_artifact *artifact,
				const struct sl_plan_sequence *sequence)
{
	const struct sl_window *window = sequence->window;
	const struct sl_instruction *code = artifact->code + window->having;
	uint32_t n = window->having_count;
	const struct sl_constant *constant;

	if (window->kind != SL_WINDOW_SLIDING || sequence->n_aggregates != 1 ||
	    sequence->aggregates[0].function != SL_AGGREGATE_DISTINCT)
		return false;
	if (n == 4 && code[3].op == SL_OP_END)
		n = 3;
	if (n != 3 || code[0].op != SL_OP_BOUND || code[1].op != SL_OP_CONST ||
	    code[2].op != SL_OP_GE)
		return false;
	constant = &artifact->constants[code[1].arg];
	return constant->type == SL_KIND_INT && constant->integer == (int64_t)window->keep;
}

static bool sends_aggregates(const struct sl_artifact *artifact, const struct sl_campaign *campaign)
{
	for (uint32_t i = 0; i < campaign->data_count; i++)
		if (artifact->data[campaign->data + i].from == SL_DATA_AGGREGATE)
			return true;
	return false;
}

/* A window is the first step, and where it is asked at its end the last too. */
static bool fits_windows(const struct sl_plan_sequence *sequence)
{
	for (unsigned i = sequence->first + 1u; i <= sequence->last; i++)
		if (sequence->steps[i].kind == SL_STEP_WINDOW)
			return false;
	return !sequence->window || !sequence->window->at_end ||
	       (sequence->first == sequence->last && !sequence->trailing);
}

/* ---- what it says that did not come ------------------------------------------------------------
 */

/* having: count() >= n, or distinct: what was lost could only have made it more. */
static bool holds_with_more(const struct sl_artifact *artifact,
			    const struct sl_plan_sequence *sequence)
{
	const struct sl_window *window = sequence->window;
	const struct sl_instruction *code = artifact->code + window->having;
	uint32_t n = window->having_count;
	uint32_t function;

	if (n == 4 && code[3].op == SL_OP_END)
		n = 3;
	if (n != 3 || sequence->n_aggregates != 1 || code[0].op != SL_OP_BOUND ||
	    code[1].op != SL_OP_CONST || (code[2].op != SL_OP_GE && code[2].op != SL_OP_GT))
		return false;
	function = sequence->aggregates[0].function;
	return function == SL_AGGREGATE_COUNT || function == SL_AGGREGATE_DISTINCT;
}

static bool says_absence(const struct sl_plan_sequence *sequence)
{
	return sequence->usable && (sequence->leading || sequence->trailing ||
				    sequence->says_between || sequence->says_end);
}

static int64_t longer(int64_t a, int64_t b)
{
	int64_t sum;

	return a == INT64_MAX || b == INT64_MAX || __builtin_add_overflow(a, b, &sum) ? INT64_MAX
										      : sum;
}

/* From the earliest time that a match of it may speak of to the match. */
static int64_t span_of(const struct sl_plan_sequence *sequence)
{
	int64_t steps = 0, window = 0;

	for (uint32_t i = 0; i < sequence->of->step_count; i++)
		if (i != sequence->first || sequence->steps[i].within_ns != INT64_MAX)
			steps = longer(steps, sequence->steps[i].within_ns);
	if (sequence->of->within_ns < steps)
		steps = sequence->of->within_ns;
	if (sequence->leading)
		steps = longer(steps, sequence->steps[0].within_ns);
	if (sequence->says_end)
		window = sequence->window->kind == SL_WINDOW_TUMBLING ? sequence->window->length_ns
								      : INT64_MAX;
	return longer(steps, window);
}

/* What has no end of its own counts as the longest that a step may wait. */
static void find_absence(struct sl_state_plan *plan, const struct sl_plan_sequence *sequence)
{
	int64_t span;

	if (!says_absence(sequence) || sequence->campaign->on_loss != SL_ON_LOSS_HOLD)
		return;
	span = span_of(sequence);
	if (sequence->campaign->join == SL_JOIN_ALL)
		span = longer(span, sequence->campaign->join_within_ns);
	if (span > SL_TIME_SPAN_NS_MAX)
		span = SL_TIME_SPAN_NS_MAX;
	if (span > plan->absence_ns)
		plan->absence_ns = span;
	plan->absence_by |= sequence->campaign->by_slot >= 0;
}

static void plan_sequence(const struct sl_artifact *artifact, uint32_t index,
			  struct sl_plan_sequence *sequence)
{
	const struct sl_sequence *of = &artifact->sequences[index];

	*sequence = (struct sl_plan_sequence){
		.of = of,
		.index = index,
		.campaign = &artifact->campaigns[of->campaign],
		.steps = artifact->steps + of->step,
		.captures = artifact->captures + of->capture,
	};
	if (of->step_count > SL_STEPS_MAX || of->capture_count > SL_CAPTURES_MAX)
		return;
	find_steps(sequence, of->step_count);
	if (!sequence->usable)
		return;
	if (sequence->steps[sequence->first].kind == SL_STEP_WINDOW) {
		sequence->window = &artifact->windows[sequence->steps[sequence->first].window];
		sequence->aggregates = artifact->aggregates + sequence->window->aggregate;
		sequence->n_aggregates = sequence->window->aggregate_count;
		find_values(sequence);
		sequence->by_value = asks_distinct_alone(artifact, sequence);
		sequence->keeps_aggregates = sends_aggregates(artifact, sequence->campaign);
	}
	if (!fits_windows(sequence)) {
		sequence->usable = false;
		return;
	}
	sequence->keeps_event =
		sequence->trailing || (sequence->window && sequence->window->at_end);
	for (unsigned i = sequence->first + 1u; i < sequence->last; i++)
		sequence->says_between |= sequence->steps[i].kind == SL_STEP_NOT;
	sequence->says_between |= of->strict != 0;
	sequence->says_end = sequence->window && sequence->window->at_end &&
			     !holds_with_more(artifact, sequence);
	sequence->keeps_customer = sequence->keeps_event && sequence->campaign->for_customer;
}

void sl_state_plan_free(struct sl_state_plan *plan)
{
	if (!plan)
		return;
	free(plan->sequences);
	free(plan->slots);
	free(plan);
}

int sl_state_plan_new(const struct sl_artifact *artifact, struct sl_state_plan **ret_plan)
{
	struct sl_state_plan *plan = calloc(1, sizeof(*plan));
	uint64_t slots = 2ull * (artifact->n_sequences + artifact->n_campaigns) + 4, room = 8;

	if (!plan)
		return -ENOMEM;
	while (room < slots)
		room *= 2;
	plan->artifact = artifact;
	plan->next_slot = artifact->meta->registry_next;
	plan->n_sequences = artifact->n_sequences;
	plan->mask = (uint32_t)(room - 1);
	plan->sequences = calloc(artifact->n_sequences + 1ul, sizeof(*plan->sequences));
	plan->slots = calloc(room, sizeof(*plan->slots));
	if (!plan->sequences || !plan->slots) {
		sl_state_plan_free(plan);
		return -ENOMEM;
	}
	for (uint32_t i = 0; i < artifact->n_sequences; i++) {
		plan_sequence(artifact, i, &plan->sequences[i]);
		add_slot(plan, artifact->sequences[i].registry, SL_SLOT_SEQUENCE, i);
		find_absence(plan, &plan->sequences[i]);
	}
	if (plan->absence_ns)
		add_slot(plan, SL_STATE_GAPS_SLOT, SL_SLOT_GAPS, 0);
	for (uint32_t i = 0; i < artifact->n_campaigns; i++)
		if (artifact->campaigns[i].limit_ns)
			add_slot(plan, artifact->campaigns[i].limit_registry, SL_SLOT_LIMIT, i);
	*ret_plan = plan;
	return 0;
}
