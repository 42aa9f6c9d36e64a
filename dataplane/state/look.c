/* What a key remembers, for people, and how much all of them. */
#include "states_priv.h"

struct looking {
	struct sl_state_look *at;
	uint32_t room, n;
};

static void add(struct looking *looking, const struct sl_state_look *look)
{
	if (looking->n < looking->room)
		looking->at[looking->n] = *look;
	looking->n++;
}

static struct sl_state_look look_of(const struct sl_plan_sequence *plan,
				    enum sl_state_look_kind kind)
{
	return (struct sl_state_look){
		.kind = kind,
		.slot = plan->of->registry,
		.campaign = plan->of->campaign,
		.sequence = plan->index,
		.step = plan->first,
	};
}

static void look_at_run(struct looking *looking, const struct sl_plan_sequence *plan,
			enum sl_state_look_kind kind, const struct sl_memory_run *run)
{
	struct sl_state_look look = look_of(plan, kind);

	look.step = run->step;
	look.count = run->count;
	look.first_ns = run->first_ns;
	look.last_ns = run->last_ns;
	look.due_ns = kind == SL_LOOK_RUN ? sl_run_deadline(plan, run)
					  : sl_completion_deadline(plan, run);
	add(looking, &look);
}

static void look_at_memory(struct looking *looking, const struct sl_memory *memory)
{
	const struct sl_plan_sequence *plan = memory->plan;
	struct sl_state_look look;

	if (memory->has_note) {
		look = look_of(plan, SL_LOOK_NOTE);
		look.step = 0;
		look.count = 1;
		look.first_ns = look.last_ns = memory->note_ns;
		look.due_ns = sl_note_deadline(memory);
		add(looking, &look);
	}
	if (memory->has_completion)
		look_at_run(looking, plan, SL_LOOK_COMPLETION, &memory->completion);
	for (uint32_t i = 0; i < memory->n_runs; i++)
		look_at_run(looking, plan, SL_LOOK_RUN, &memory->runs[i]);
	look = look_of(plan, SL_LOOK_WINDOW);
	if (memory->n_entries) {
		look.count = memory->n_entries;
		look.first_ns = memory->entries[0].time_ns;
		look.last_ns = memory->entries[memory->n_entries - 1].time_ns;
		look.due_ns = sl_time_add(look.last_ns, plan->window->length_ns);
		add(looking, &look);
	}
	for (uint32_t i = 0; i < memory->n_open; i++) {
		look.count = (uint32_t)memory->open[i].count;
		look.first_ns = memory->open[i].start_ns;
		look.last_ns = memory->open[i].last_ns;
		look.due_ns = sl_open_deadline(plan, &memory->open[i]);
		add(looking, &look);
	}
}

static void look_at_limit(struct looking *looking, const struct sl_state_plan *plan,
			  const struct sl_plan_slot *slot, struct sl_span body)
{
	int64_t times[LIMIT_TIMES_MAX];
	int n = sl_limit_read(body, times);

	if (n < 1)
		return;
	add(looking, &(struct sl_state_look){
			     .kind = SL_LOOK_LIMIT,
			     .slot = slot->slot,
			     .campaign = slot->index,
			     .count = (uint32_t)n,
			     .first_ns = times[0],
			     .last_ns = times[n - 1],
			     .due_ns = sl_time_add(times[n - 1],
						   plan->artifact->campaigns[slot->index].limit_ns),
		     });
}

uint32_t sl_states_look(struct sl_states *states, const struct sl_state_plan *plan,
			struct sl_text key, uint64_t hash, int64_t tick_ns,
			struct sl_state_look *ret_looks, uint32_t room)
{
	struct looking looking = {.at = ret_looks, .room = room};
	const uint8_t *at = NULL;
	struct sl_span body;
	uint64_t slot;

	sl_call_begin(states, plan, tick_ns, key, hash, sl_keys_find(&states->keys, key, hash));
	while (sl_call_next(states, &at, &slot, &body)) {
		const struct sl_plan_slot *its = sl_plan_slot(plan, slot);

		if (!its || its->kind == SL_SLOT_GAPS)
			continue;
		if (its->kind == SL_SLOT_LIMIT) {
			look_at_limit(&looking, plan, its, body);
			continue;
		}
		sl_call_load_body(states, &plan->sequences[its->index], body, tick_ns,
				  &states->memories[0]);
		look_at_memory(&looking, &states->memories[0]);
	}
	return looking.n;
}

uint64_t sl_states_live(const struct sl_states *states, uint64_t slot)
{
	const struct sl_live *live = sl_live_find(states, slot);

	return live && live->used && live->slot == slot ? live->keys : 0;
}

void sl_states_stats(const struct sl_states *states, struct sl_states_stats *ret_stats)
{
	const struct sl_keys *keys = &states->keys;

	*ret_stats = (struct sl_states_stats){
		.keys = keys->count,
		.timers = keys->wheel.linked,
		.bytes = keys->slab.used_bytes + (uint64_t)keys->slots * sizeof(*keys->index),
		.bytes_room = states->memory_bytes,
		.full = states->full,
		.stopped = states->stopped,
		.damaged = states->damaged,
	};
}
