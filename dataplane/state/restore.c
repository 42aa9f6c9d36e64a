/* What changes said, taken back into memory at start. Images come from disk: each is read under the
 * plan and packed anew, and what does not read is refused before anything is changed. */
#include "states_priv.h"

#include "sluice/error.h"

/* One piece of an image. False: it is none. */
static bool next_piece(struct sl_unpack *in, unsigned *ret_kind, struct sl_span *ret_body)
{
	const uint8_t *head = sl_unpack_bytes(in, IMAGE_HEAD_BYTES);
	const uint8_t *body;
	uint32_t bytes;

	if (!head)
		return false;
	bytes = head[1] | (uint32_t)head[2] << 8 | (uint32_t)head[3] << 16;
	body = sl_unpack_bytes(in, bytes);
	if (!body || (head[0] != SL_STATE_WHOLE && head[0] != SL_STATE_MORE))
		return false;
	*ret_kind = head[0];
	*ret_body = sl_span_of(body, bytes);
	return true;
}

static bool apply_piece(const struct sl_plan_sequence *plan, unsigned kind, struct sl_span body,
			struct sl_memory *memory)
{
	struct sl_unpack in = sl_unpack_of(body.at, body.bytes);
	bool there = memory->there;

	if (kind == SL_STATE_WHOLE) {
		if (!sl_memory_read(plan, NULL, body, memory))
			return false;
		memory->there = there;
		return true;
	}
	memory->more_bytes += body.bytes + IMAGE_HEAD_BYTES;
	return !sl_memory_is_empty(memory) && sl_memory_read_more(memory, &in) && in.at == in.end;
}

static int restore_sequence(struct sl_states *states, const struct sl_plan_sequence *plan,
			    struct sl_unpack *in)
{
	struct sl_memory *memory = &states->memories[0];
	struct sl_pack out;
	struct sl_span body;
	unsigned kind;

	sl_call_load(states, plan->index, INT64_MIN, memory);
	while (in->at != in->end)
		if (!next_piece(in, &kind, &body) || !apply_piece(plan, kind, body, memory))
			return -SL_E_FORMAT;
	if (sl_memory_is_empty(memory)) {
		if (memory->there)
			sl_call_stage_body(states, plan->of->registry, sl_span_of(NULL, 0),
					   INT64_MAX, true);
		return 0;
	}
	out = sl_call_pack(states);
	sl_memory_write(memory, states->interns, &out);
	body = sl_call_packed(states, &out);
	sl_call_stage_body(states, plan->of->registry, body, sl_memory_due(memory), memory->there);
	return 0;
}

static int restore_limit(struct sl_states *states, uint64_t slot,
			 const struct sl_campaign *campaign, struct sl_unpack *in)
{
	int64_t times[LIMIT_TIMES_MAX];
	struct sl_span body = {0};
	unsigned kind;
	int n = 0;

	while (in->at != in->end) {
		if (!next_piece(in, &kind, &body) || kind != SL_STATE_WHOLE)
			return -SL_E_FORMAT;
		n = sl_limit_read(body, times);
		if (n < 1)
			return -SL_E_FORMAT;
	}
	sl_call_stage_body(states, slot, body, sl_time_add(times[n - 1], campaign->limit_ns),
			   sl_call_body(states, slot).bytes > 0);
	return 0;
}

static int restore_gaps(struct sl_states *states, struct sl_unpack *in)
{
	struct sl_gaps gaps = {0};
	struct sl_span body = {0};
	unsigned kind;

	while (in->at != in->end)
		if (!next_piece(in, &kind, &body) || kind != SL_STATE_WHOLE ||
		    !sl_gaps_read(body, &gaps) || !gaps.n)
			return -SL_E_FORMAT;
	sl_call_stage_body(states, SL_STATE_GAPS_SLOT, body, sl_gaps_due(states->plan, &gaps),
			   sl_call_body(states, SL_STATE_GAPS_SLOT).bytes > 0);
	return 0;
}

int sl_states_restore(struct sl_states *states, const struct sl_state_plan *plan,
		      struct sl_text key, uint64_t hash, uint64_t slot, const uint8_t *image,
		      uint32_t bytes)
{
	const struct sl_plan_slot *its = sl_plan_slot(plan, slot);
	struct sl_unpack in = sl_unpack_of(image, bytes);
	int error = 0;

	if (!its && !sl_plan_retired(plan, slot))
		return 0;
	sl_call_begin(states, plan, INT64_MIN, key, hash, sl_keys_find(&states->keys, key, hash));
	states->keeps_retired = true;
	if (!bytes) {
		if (sl_call_body(states, slot).bytes)
			sl_call_stage_body(states, slot, sl_span_of(NULL, 0), INT64_MAX, true);
	} else if (!its) {
		static const uint8_t mark;

		sl_call_stage_body(states, slot, sl_span_of(&mark, 1), INT64_MIN,
				   sl_call_body(states, slot).bytes > 0);
		/* where there is no room for it, it goes on lying on disk */
		if (!sl_call_commit(states, false, INT64_MAX))
			states->failed = false;
		return 0;
	} else if (its->kind == SL_SLOT_LIMIT) {
		error = restore_limit(states, slot, &plan->artifact->campaigns[its->index], &in);
	} else if (its->kind == SL_SLOT_GAPS) {
		error = restore_gaps(states, &in);
	} else {
		error = restore_sequence(states, &plan->sequences[its->index], &in);
	}
	if (error)
		return error;
	if (states->failed || !sl_call_commit(states, false, INT64_MAX)) {
		states->full++;
		return -SL_E_FULL;
	}
	return 0;
}
