#include "tests/unit/state/fixture.h"

#include <assert.h>
#include <string.h>

static struct sl_text_ref text_ref(struct fixture *fixture, const char *text)
{
	struct sl_text_ref ref = {fixture->text_used, (uint32_t)strlen(text)};

	assert(fixture->text_used + ref.bytes <= FIX_TEXT);
	memcpy(fixture->text + fixture->text_used, text, ref.bytes);
	fixture->text_used += ref.bytes;
	return ref;
}

void fix_init(struct fixture *fixture)
{
	static const uint8_t types[FIX_SLOTS] = {SL_TYPE_STRING, SL_TYPE_STRING, SL_TYPE_INT,
						 SL_TYPE_DECIMAL, SL_TYPE_TIME};

	memset(fixture, 0, sizeof(*fixture));
	fixture->meta.registry_next = 1000;
	for (unsigned i = 0; i < FIX_SLOTS; i++)
		fixture->fields[i].type = types[i];
	fixture->zones[0] =
		(struct sl_time_zone){.first = 0, .count = 1, .repeats_from_s = INT64_MAX};
	fixture->transitions[0] = (struct sl_transition){.from_s = INT64_MIN, .offset_s = 9 * 3600};
	fixture->artifact = (struct sl_artifact){
		.text = fixture->text,
		.meta = &fixture->meta,
		.fields = fixture->fields,
		.n_fields = FIX_SLOTS,
		.triggers = fixture->triggers,
		.code = fixture->code,
		.constants = fixture->constants,
		.campaigns = fixture->campaigns,
		.data = fixture->data,
		.sequences = fixture->sequences,
		.steps = fixture->steps,
		.captures = fixture->captures,
		.windows = fixture->windows,
		.aggregates = fixture->aggregates,
		.zones = fixture->zones,
		.n_zones = 1,
		.transitions = fixture->transitions,
		.n_transitions = 1,
	};
}

void fix_fini(struct fixture *fixture)
{
	sl_state_plan_free(fixture->plan);
}

struct sl_campaign *fix_campaign(struct fixture *fixture, const char *name, enum sl_join join,
				 int64_t within_ns)
{
	struct sl_campaign *campaign = &fixture->campaigns[fixture->artifact.n_campaigns++];

	*campaign = (struct sl_campaign){
		.name = text_ref(fixture, name),
		.sequence = fixture->artifact.n_sequences,
		.join = join,
		.join_within_ns = within_ns,
		.by_slot = -1,
		.limit_registry = 500 + fixture->artifact.n_campaigns,
	};
	return campaign;
}

struct sl_sequence *fix_sequence(struct fixture *fixture, enum sl_after_match after,
				 int64_t within_ns)
{
	uint32_t index = fixture->artifact.n_sequences++;
	struct sl_sequence *sequence = &fixture->sequences[index];

	*sequence = (struct sl_sequence){
		.registry = 10 + index,
		.campaign = fixture->artifact.n_campaigns - 1,
		.step = fixture->artifact.n_steps,
		.capture = fixture->artifact.n_captures,
		.runs_max = 8,
		.within_ns = within_ns,
		.after = after,
	};
	fixture->among[index] = FIX_NONE;
	fixture->campaigns[sequence->campaign].sequence_count++;
	return sequence;
}

static struct sl_sequence *latest(struct fixture *fixture)
{
	return &fixture->sequences[fixture->artifact.n_sequences - 1];
}

struct sl_step *fix_step(struct fixture *fixture, const char *name, enum sl_step_kind kind,
			 unsigned condition, int64_t within_ns)
{
	uint32_t index = fixture->artifact.n_steps++;

	fixture->steps[index] = (struct sl_step){
		.name = text_ref(fixture, name),
		.kind = kind,
		.times_from = 1,
		.times_to = 1,
		.within_ns = within_ns,
	};
	fixture->step_condition[index] = (uint8_t)condition;
	fixture->step_until[index] = FIX_NONE;
	latest(fixture)->step_count++;
	return &fixture->steps[index];
}

void fix_until(struct fixture *fixture, unsigned condition)
{
	uint32_t index = fixture->artifact.n_steps - 1;

	fixture->steps[index].has_until = 1;
	fixture->step_until[index] = (uint8_t)condition;
}

void fix_among(struct fixture *fixture, unsigned condition)
{
	latest(fixture)->strict = 1;
	fixture->among[fixture->artifact.n_sequences - 1] = (uint8_t)condition;
}

static uint32_t instruction(struct fixture *fixture, uint8_t op, uint16_t slot, uint32_t arg)
{
	uint32_t index = fixture->artifact.n_code++;

	assert(index < FIX_CODE);
	fixture->code[index] = (struct sl_instruction){.op = op, .slot = slot, .arg = arg};
	return index;
}

uint32_t fix_capture(struct fixture *fixture, uint32_t step, enum fix_slot slot)
{
	uint32_t index = fixture->artifact.n_captures++;

	fixture->captures[index] = (struct sl_capture){.step = step, .slot = (uint16_t)slot};
	latest(fixture)->capture_count++;
	return index;
}

void fix_link_product(struct fixture *fixture)
{
	struct sl_sequence *sequence = latest(fixture);
	struct sl_step *step = &fixture->steps[fixture->artifact.n_steps - 1];
	uint32_t first = fixture->steps[sequence->step].kind == SL_STEP_NOT, bound = 0;

	while (bound < sequence->capture_count &&
	       (fixture->captures[sequence->capture + bound].step != first ||
		fixture->captures[sequence->capture + bound].slot != FIX_PRODUCT))
		bound++;
	if (bound == sequence->capture_count)
		fix_capture(fixture, first, FIX_PRODUCT);
	step->link = instruction(fixture, SL_OP_BOUND, 0, bound);
	instruction(fixture, SL_OP_SLOT, FIX_PRODUCT, 0);
	instruction(fixture, SL_OP_EQ, 0, 0);
	step->link_count = 3;
}

struct sl_window *fix_window(struct fixture *fixture, enum sl_window_kind kind, int64_t length_ns,
			     uint32_t keep, enum sl_aggregate_function function, enum fix_slot slot,
			     int64_t n)
{
	struct sl_step *step = &fixture->steps[fixture->artifact.n_steps - 1];
	struct sl_window *window = &fixture->windows[fixture->artifact.n_windows];
	uint32_t constant = fixture->artifact.n_constants++;

	step->kind = SL_STEP_WINDOW;
	step->window = fixture->artifact.n_windows++;
	fixture->constants[constant] = (struct sl_constant){.type = SL_KIND_INT, .integer = n};
	*window = (struct sl_window){
		.kind = kind,
		.unit = SL_CALENDAR_DAY,
		.length_ns = length_ns,
		.keep = keep,
		.having = instruction(fixture, SL_OP_BOUND, 0, 0),
		.having_count = 3,
		.aggregate = fixture->artifact.n_aggregates,
	};
	instruction(fixture, SL_OP_CONST, 0, constant);
	instruction(fixture, SL_OP_GE, 0, 0);
	fix_aggregate(fixture, function, slot);
	return window;
}

void fix_aggregate(struct fixture *fixture, enum sl_aggregate_function function, enum fix_slot slot)
{
	fixture->aggregates[fixture->artifact.n_aggregates++] =
		(struct sl_aggregate){.function = function, .slot = (uint16_t)slot};
	fixture->windows[fixture->artifact.n_windows - 1].aggregate_count++;
}

static void trigger(struct fixture *fixture, uint32_t campaign, enum sl_trigger_role role,
		    uint32_t step, uint8_t condition)
{
	uint32_t index = fixture->artifact.n_triggers++;

	assert(index < FIX_TRIGGERS);
	fixture->triggers[index] =
		(struct sl_trigger){.campaign = campaign, .step = step, .role = role};
	fixture->conditions[index] = condition;
}

void fix_plan(struct fixture *fixture)
{
	fixture->artifact.n_triggers = 0;
	for (uint32_t i = 0; i < fixture->artifact.n_sequences; i++) {
		const struct sl_sequence *sequence = &fixture->sequences[i];

		for (uint32_t s = sequence->step; s < sequence->step + sequence->step_count; s++) {
			trigger(fixture, sequence->campaign, SL_TRIGGER_STEP, s,
				fixture->step_condition[s]);
			if (fixture->step_until[s] != FIX_NONE)
				trigger(fixture, sequence->campaign, SL_TRIGGER_UNTIL, s,
					fixture->step_until[s]);
		}
		if (fixture->among[i] != FIX_NONE)
			trigger(fixture, sequence->campaign, SL_TRIGGER_AMONG, i,
				fixture->among[i]);
	}
	sl_state_plan_free(fixture->plan);
	assert(sl_state_plan_new(&fixture->artifact, &fixture->plan) == 0);
}

static struct sl_text text_of(const char *text)
{
	return (struct sl_text){text, (uint32_t)strlen(text)};
}

static struct sl_value string_of(const char *text)
{
	if (!text)
		return (struct sl_value){0};
	return (struct sl_value){
		.text = text, .count = (uint32_t)strlen(text), .kind = SL_TYPE_STRING};
}

void fix_apply(const struct fixture *fixture, struct sl_states *states,
	       const struct fix_event *event, int64_t tick_ns, fix_outcome *told, void *context)
{
	struct sl_value slots[FIX_SLOTS] = {
		[FIX_CUSTOMER] = string_of(event->key),
		[FIX_PRODUCT] = string_of(event->product),
		[FIX_AT] = {.kind = SL_TYPE_TIME, .integer = event->time_ns},
	};
	struct sl_event of = {
		.slots = slots,
		.n_slots = FIX_SLOTS,
		.time_ns = event->time_ns,
		.id = text_of(event->id),
		.key = text_of(event->key),
		.type = text_of(event->mask & 1 ? "odd.type" : "even.type"),
		.source_channel = text_of("mobile"),
	};
	uint32_t triggers[FIX_TRIGGERS];
	struct sl_state_input input = {
		.event = &of,
		.key = of.key,
		.hash = sl_text_hash(of.key.at, of.key.bytes),
		.triggers = triggers,
		.tick_ns = tick_ns,
	};
	struct sl_state_outcome outcome;
	int more;

	if (event->amount != INT64_MIN) {
		slots[FIX_AMOUNT] =
			(struct sl_value){.kind = SL_TYPE_INT, .integer = event->amount};
		slots[FIX_PRICE] = (struct sl_value){.kind = SL_TYPE_DECIMAL,
						     .decimal = (double)event->amount / 4};
	}
	for (uint32_t i = 0; i < fixture->artifact.n_triggers; i++)
		if (event->mask >> fixture->conditions[i] & 1)
			triggers[input.n_triggers++] = i;
	sl_states_prefetch(states, &input.hash, 1);
	do {
		more = sl_states_event(states, fixture->plan, &input, &outcome);
		told(context, &outcome);
	} while (more);
}

void fix_tick(const struct fixture *fixture, struct sl_states *states, int64_t tick_ns,
	      fix_outcome *told, void *context)
{
	struct sl_state_outcome outcome;

	while (sl_states_due(states, fixture->plan, tick_ns, &outcome))
		told(context, &outcome);
}
