/* The owner's side: duplicates are judged, gates asked and records written by the one worker that
 * owns an event's key, in the order in which events reach it. */
#include "worker/worker_priv.h"

#define SERVE_BURST 16u

/* Room in the batch, whatever it takes: the event is half done, and only the committer, who waits
 * for nobody, can make room. Peers' parts stay in their rings meanwhile. */
struct sl_blocks *sl_owner_room(struct sl_worker *worker, size_t bytes, unsigned n_records)
{
	struct sl_blocks *blocks;

	while (!(blocks = sl_store_open_batch(worker->store, bytes, n_records))) {
		sl_count(worker->stats, SL_COUNTER_JOURNAL_WAITS, 1);
		sl_worker_serve(worker, false, SL_NS_PER_MS);
	}
	return blocks;
}

enum sl_verdict sl_owner_take(struct sl_worker *worker, const struct sl_generation *generation,
			      const struct sl_event *event, const uint32_t *triggers, uint32_t n)
{
	enum sl_verdict verdict = SL_VERDICT_UNMATCHED;
	struct sl_seen_record seen;
	struct sl_blocks *blocks;
	int error;

	if (!sl_seen_take(worker->seen, event->partition, event->seen, worker->now.wall_ns, &seen))
		return SL_VERDICT_DUPLICATE;
	for (uint32_t i = 0; i < n; i++) {
		blocks = sl_owner_room(worker, sl_emit_bytes(generation, event, triggers[i]), 2);
		if (sl_emit_trigger(worker, blocks, generation, event, triggers[i]) == SL_GATE_SENT)
			verdict = SL_VERDICT_MATCHED;
	}
	/* last: were the event cut in two by a crash, its sender would send it again and the
	 * missing records would follow, under the same ids */
	blocks = sl_owner_room(worker, sizeof(seen), 1);
	error = sl_blocks_append_seen(blocks, &seen);
	assert(!error);
	return verdict;
}

static void serve_part(struct sl_worker *worker, struct sl_part *part)
{
	if (part->kind == SL_PART_MAIL) {
		part->verdict = SL_VERDICT_UNMATCHED;
		sl_mailbox_receive(worker, &part->letter->mail);
	} else {
		part->verdict = sl_owner_take(worker, part->generation, part->event, part->triggers,
					      part->n_triggers);
	}
	if (sl_store_pending(worker->store) > sl_store_committed(worker->store)) {
		sl_waits_add(
			&worker->waits,
			&(struct sl_wait){.commit = sl_store_pending(worker->store), .part = part});
		return;
	}
	sl_part_answer(worker, part);
}

static bool serve_lane(struct sl_worker *worker, struct sl_ring *ring)
{
	struct sl_part *parts[SERVE_BURST];
	unsigned n = 0;

	if (!sl_store_open_batch(worker->store, SL_ROOM_BEFORE, SERVE_BURST))
		return false;
	while (n < SERVE_BURST && (parts[n] = sl_ring_pop(ring))) {
		if (parts[n]->kind == SL_PART_EVENT)
			sl_seen_prefetch(worker->seen, parts[n]->event->partition,
					 parts[n]->event->seen);
		n++;
	}
	for (unsigned i = 0; i < n; i++)
		serve_part(worker, parts[i]);
	worker->busy |= n > 0;
	return n == SERVE_BURST;
}

void sl_owner_serve(struct sl_worker *worker)
{
	const struct sl_engine *engine = worker->engine;

	for (unsigned origin = 0; origin < engine->n_workers; origin++) {
		struct sl_ring *ring = &engine->workers[origin].lanes_out[worker->index].there;

		if (origin == worker->index)
			continue;
		while (sl_ring_waiting(ring) && serve_lane(worker, ring))
			;
	}
}
