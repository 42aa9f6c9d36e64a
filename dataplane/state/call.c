/* A call: what its key remembers is found, changes are staged, the record is written once. */
#include "states_priv.h"

#include <assert.h>

void sl_call_begin(struct sl_states *states, const struct sl_state_plan *plan, int64_t tick_ns,
		   struct sl_text key, uint64_t hash, uint32_t block)
{
	states->plan = plan;
	states->tick_ns = tick_ns;
	states->key = key;
	states->hash = hash;
	states->block = block;
	states->body = block ? sl_keys_body(sl_keys_at(&states->keys, block)) : sl_span_of(NULL, 0);
	states->arrival = (struct sl_arrival){0};
	states->is_short = states->failed = states->keeps_retired = false;
	states->n_fires = states->n_told = states->n_changes = states->n_staged = 0;
	states->arena_used = 0;
}

/* ---- memory of the call ------------------------------------------------------------------------
 */

void *sl_call_take(struct sl_states *states, size_t bytes)
{
	uint8_t *at = states->arena + states->arena_used;
	size_t rounded = (bytes + 15) & ~(size_t)15;

	if (rounded > ARENA_BYTES - states->arena_used) {
		states->failed = true;
		return NULL;
	}
	states->arena_used += (uint32_t)rounded;
	return at;
}

struct sl_pack sl_call_pack(struct sl_states *states)
{
	return sl_pack_of(states->arena + states->arena_used, ARENA_BYTES - states->arena_used);
}

struct sl_span sl_call_packed(struct sl_states *states, const struct sl_pack *out)
{
	const uint8_t *at = states->arena + states->arena_used;
	size_t bytes = (size_t)(out->at - at);

	if (out->over || !sl_call_take(states, bytes)) {
		states->failed = true;
		return sl_span_of(at, 0);
	}
	return sl_span_of(at, bytes);
}

/* ---- the record's entries: slot, bytes, body ---------------------------------------------------
 */

bool sl_call_next(const struct sl_states *states, const uint8_t **at, uint64_t *ret_slot,
		  struct sl_span *ret_body)
{
	const uint8_t *end = states->body.at + states->body.bytes;
	struct sl_unpack in;
	uint64_t bytes;

	if (!*at)
		*at = states->body.at;
	if (*at == end)
		return false;
	in = sl_unpack_of(*at, (size_t)(end - *at));
	*ret_slot = sl_unpack_number(&in);
	bytes = sl_unpack_number(&in);
	*ret_body = sl_span_of(in.at, bytes);
	sl_unpack_bytes(&in, bytes);
	assert(!in.bad);
	*at = in.at;
	return true;
}

struct sl_span sl_call_body(const struct sl_states *states, uint64_t slot)
{
	const uint8_t *at = NULL;
	struct sl_span body;
	uint64_t its;

	while (sl_call_next(states, &at, &its, &body))
		if (its == slot)
			return body;
	return sl_span_of(NULL, 0);
}

void sl_call_load(struct sl_states *states, uint32_t sequence, int64_t tick_ns,
		  struct sl_memory *ret)
{
	const struct sl_plan_sequence *plan = &states->plan->sequences[sequence];

	sl_call_load_body(states, plan, sl_call_body(states, plan->of->registry), tick_ns, ret);
}

void sl_call_load_body(struct sl_states *states, const struct sl_plan_sequence *plan,
		       struct sl_span body, int64_t tick_ns, struct sl_memory *ret)
{
	if (!body.bytes) {
		sl_memory_clear(plan, ret);
		return;
	}
	if (!sl_memory_read(plan, states->interns, body, ret)) {
		states->damaged++;
		ret->there = ret->changed = true;
		return;
	}
	sl_memory_expire(ret, tick_ns);
}

/* ---- staging -----------------------------------------------------------------------------------
 */

void sl_call_tell(struct sl_states *states, enum sl_gate gate)
{
	states->told_now = true;
	if (gate == SL_GATE_STATE_FULL)
		states->full++;
	if (states->told[gate] || states->n_told == TOLD_MAX)
		return;
	states->told[gate] = true;
	states->told_list[states->n_told++] = (struct sl_state_told){
		(uint32_t)(states->campaign - states->plan->artifact->campaigns), gate};
}

void sl_call_change(struct sl_states *states, uint64_t slot, struct sl_span image)
{
	if (states->n_changes == SL_STATE_CHANGES_MAX) {
		states->failed = true;
		return;
	}
	states->changes[states->n_changes++] =
		(struct sl_state_change){slot, image.at, (uint32_t)image.bytes};
}

void sl_call_stage_body(struct sl_states *states, uint64_t slot, struct sl_span body,
			int64_t due_ns, bool was)
{
	if (states->n_staged == STAGED_MAX) {
		states->failed = true;
		return;
	}
	states->staged[states->n_staged++] =
		(struct sl_staged){.slot = slot, .body = body, .due_ns = due_ns, .was = was};
}

void sl_image_head(uint8_t at[IMAGE_HEAD_BYTES], unsigned kind, size_t bytes)
{
	at[0] = (uint8_t)kind;
	at[1] = (uint8_t)bytes;
	at[2] = (uint8_t)(bytes >> 8);
	at[3] = (uint8_t)(bytes >> 16);
}

/* An image in the arena; its body is behind the head. */
static struct sl_span write_image(struct sl_states *states, const struct sl_memory *memory,
				  unsigned kind, struct sl_interns *interns)
{
	static const uint8_t head[IMAGE_HEAD_BYTES];
	struct sl_pack out = sl_call_pack(states);
	struct sl_span image;

	sl_pack_bytes(&out, head, sizeof(head));
	if (kind == SL_STATE_WHOLE)
		sl_memory_write(memory, interns, &out);
	else
		sl_memory_write_more(memory, &out);
	image = sl_call_packed(states, &out);
	if (states->failed)
		return image;
	if (image.bytes > SL_STATE_IMAGE_BYTES_MAX)
		states->failed = true;
	sl_image_head((uint8_t *)(uintptr_t)image.at, kind, image.bytes - IMAGE_HEAD_BYTES);
	return image;
}

static struct sl_span body_of(struct sl_span image)
{
	return image.bytes ? sl_span_of(image.at + IMAGE_HEAD_BYTES, image.bytes - IMAGE_HEAD_BYTES)
			   : image;
}

/* A large window that only slid on is told by how it did, until that has become as long as it is.
 */
static bool is_told_by_more(const struct sl_states *states, const struct sl_memory *memory)
{
	struct sl_span before = sl_call_body(states, memory->plan->of->registry);

	return memory->n_entries && memory->there && !memory->changed_runs &&
	       before.bytes > MORE_BYTES_MIN && memory->more_bytes < before.bytes;
}

void sl_call_stage(struct sl_states *states, struct sl_memory *memory)
{
	uint64_t slot = memory->plan->of->registry;
	struct sl_span image, more;

	if (!memory->changed)
		return;
	if (sl_memory_is_empty(memory)) {
		if (!memory->there)
			return;
		sl_call_stage_body(states, slot, sl_span_of(NULL, 0), INT64_MAX, true);
		sl_call_change(states, slot, sl_span_of(NULL, 0));
		return;
	}
	if (is_told_by_more(states, memory)) {
		more = write_image(states, memory, SL_STATE_MORE, NULL);
		memory->more_bytes += more.bytes;
		image = write_image(states, memory, SL_STATE_WHOLE, states->interns);
		sl_call_change(states, slot, more);
	} else {
		memory->more_bytes = 0;
		image = write_image(states, memory, SL_STATE_WHOLE, states->interns);
		sl_call_change(states, slot,
			       memory->plan->keeps_event
				       ? write_image(states, memory, SL_STATE_WHOLE, NULL)
				       : image);
	}
	sl_call_stage_body(states, slot, body_of(image), sl_memory_due(memory), memory->there);
}

/* ---- a campaign's turn -------------------------------------------------------------------------
 */

void sl_call_campaign_begin(struct sl_states *states, uint32_t campaign, int64_t tick_ns)
{
	const struct sl_campaign *of = &states->plan->artifact->campaigns[campaign];

	states->campaign = of;
	states->before = (struct sl_call_mark){states->n_fires, states->n_told, states->n_changes,
					       states->n_staged, states->arena_used};
	memset(states->told, 0, sizeof(states->told));
	for (uint32_t i = 0; i < of->sequence_count; i++)
		sl_call_load(states, of->sequence + i, tick_ns, &states->memories[i]);
}

void sl_call_campaign_end(struct sl_states *states)
{
	const struct sl_call_mark *before = &states->before;

	for (uint32_t i = 0; i < states->campaign->sequence_count && !states->failed; i++)
		sl_call_stage(states, &states->memories[i]);
	if (!states->failed)
		return;
	states->failed = false;
	states->n_fires = before->fires;
	states->n_told = before->told;
	states->n_changes = before->changes;
	states->n_staged = before->staged;
	states->arena_used = before->arena_used;
	memset(states->told, 0, sizeof(states->told));
	sl_call_tell(states, SL_GATE_STATE_FULL);
}

/* ---- keys that have a slot ---------------------------------------------------------------------
 */

struct sl_live *sl_live_find(const struct sl_states *states, uint64_t slot)
{
	uint32_t at = (uint32_t)(slot * UINT64_C(0x9e3779b97f4a7c15) >> 48) % LIVE_PLACES;

	for (unsigned i = 0; i < LIVE_LOOKS; i++) {
		struct sl_live *live = &states->live[(at + i) % LIVE_PLACES];

		if (!live->used || live->slot == slot)
			return live;
	}
	return NULL;
}

static void count_live(struct sl_states *states, uint64_t slot, bool more)
{
	struct sl_live *live = sl_live_find(states, slot);

	if (!live)
		return;
	live->used = true;
	live->slot = slot;
	live->keys += more ? 1 : live->keys ? UINT64_MAX : 0;
}

/* ---- the end -----------------------------------------------------------------------------------
 */

static struct sl_staged *find_staged(const struct sl_states *states, uint64_t slot)
{
	for (uint32_t i = 0; i < states->n_staged; i++)
		if (states->staged[i].slot == slot)
			return &states->staged[i];
	return NULL;
}

static void put_entry(struct sl_pack *out, uint64_t slot, struct sl_span body)
{
	sl_pack_number(out, slot);
	sl_pack_number(out, body.bytes);
	sl_pack_bytes(out, body.at, body.bytes);
}

/* The record's new body. */
static struct sl_span build(struct sl_states *states)
{
	struct sl_pack out = sl_pack_of(states->scratch, RECORD_BYTES_MAX);
	const uint8_t *at = NULL;
	struct sl_span body;
	uint64_t slot;

	for (uint32_t i = 0; i < states->n_staged; i++)
		states->staged[i].written = false;
	while (sl_call_next(states, &at, &slot, &body)) {
		struct sl_staged *staged = find_staged(states, slot);

		if (staged) {
			body = staged->body;
			staged->written = true;
		} else if (!states->keeps_retired && sl_plan_retired(states->plan, slot)) {
			sl_call_change(states, slot, sl_span_of(NULL, 0));
			sl_call_stage_body(states, slot, sl_span_of(NULL, 0), INT64_MAX, true);
			if (states->failed)
				break;
			states->staged[states->n_staged - 1].written = true;
			continue;
		}
		if (body.bytes)
			put_entry(&out, slot, body);
	}
	for (uint32_t i = 0; i < states->n_staged; i++)
		if (!states->staged[i].written && states->staged[i].body.bytes)
			put_entry(&out, states->staged[i].slot, states->staged[i].body);
	states->failed |= out.over;
	return sl_span_of(states->scratch, (size_t)(out.at - states->scratch));
}

static void set_due(struct sl_states *states, bool exact, int64_t due_ns)
{
	const struct sl_record_head *record = sl_keys_at(&states->keys, states->block);
	uint64_t due;

	for (uint32_t i = 0; i < states->n_staged; i++)
		if (states->staged[i].body.bytes && states->staged[i].due_ns < due_ns)
			due_ns = states->staged[i].due_ns;
	due = sl_due_unit(due_ns);
	if (exact || !record->prev || due < record->due)
		sl_keys_set_due(&states->keys, states->block, due);
}

bool sl_call_commit(struct sl_states *states, bool exact, int64_t due_ns)
{
	struct sl_span body;

	if (!states->n_staged) {
		if (exact && states->block)
			set_due(states, true, due_ns);
		return true;
	}
	body = build(states);
	if (states->failed)
		return false;
	if (!body.bytes) {
		if (states->block)
			sl_keys_remove(&states->keys, states->hash, states->block);
		states->block = 0;
	} else {
		uint32_t block = sl_keys_write(&states->keys, states->key, states->hash,
					       states->block, body);

		if (!block)
			return false;
		states->block = block;
		set_due(states, exact, due_ns);
	}
	states->body = sl_span_of(NULL, 0); /* it lay in the old record */
	for (uint32_t i = 0; i < states->n_staged; i++)
		if (states->staged[i].was != (states->staged[i].body.bytes > 0))
			count_live(states, states->staged[i].slot, !states->staged[i].was);
	return true;
}

void sl_call_outcome(const struct sl_states *states, int64_t due_ns,
		     struct sl_state_outcome *ret_outcome)
{
	*ret_outcome = (struct sl_state_outcome){
		.key = states->key,
		.hash = states->hash,
		.due_ns = due_ns,
		.fires = states->fires,
		.told = states->told_list,
		.changes = states->changes,
		.n_fires = states->n_fires,
		.n_told = states->n_told,
		.n_changes = states->n_changes,
	};
}
