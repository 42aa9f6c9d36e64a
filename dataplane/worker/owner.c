/* The owner's side: duplicates are judged, gates asked and records written by the one worker that
 * owns a key, in the order in which events reach it. */
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

static bool has_letters(const struct sl_worker *worker, const struct sl_generation *generation)
{
	return !generation || !generation->temporal.n_mailed ||
	       worker->n_free_letters >= SL_MAILED_MAX;
}

bool sl_owner_ready(struct sl_worker *worker)
{
	return has_letters(worker, worker->generation) &&
	       sl_store_open_batch(worker->store, SL_ROOM_BEFORE, 4);
}

/* What asks nothing of the past: each trigger that holds is a match of the event alone. seen NULL:
 * of a channel whose events are not remembered. */
static enum sl_verdict take_plain(struct sl_worker *worker, const struct sl_take *take,
				  const struct sl_seen_record *seen)
{
	const struct sl_artifact *artifact = take->generation->artifact;
	enum sl_verdict verdict = SL_VERDICT_UNMATCHED;
	const struct sl_event *event = take->event;
	struct sl_blocks *blocks;
	int error;

	for (uint32_t i = 0; i < take->n_triggers; i++) {
		const struct sl_occurrence occurrence = {
			.generation = take->generation,
			.campaign = &artifact->campaigns[artifact->triggers[take->triggers[i]]
								 .campaign],
			.event = event,
			.key = take->key,
			.partition = take->partition,
			.time_ns = event->time_ns,
			.event_time_ns = event->time_ns,
			.event_id = event->id,
			.event_type = event->type,
			.event_channel = event->source_channel,
			.first_id = event->id,
		};
		const struct sl_decide_input input = {.artifact = artifact,
						      .campaign = occurrence.campaign,
						      .event = event,
						      .now_ns = worker->now.wall_ns};
		enum sl_gate gate = sl_decide(&input);
		uint64_t id[2];

		sl_emit_id(&occurrence, id);
		sl_emit_candidate(worker, &occurrence, id, gate);
		if (gate == SL_GATE_SENT)
			verdict = SL_VERDICT_MATCHED;
	}
	/* last: were the event cut in two by a crash, its sender would send it again and the
	 * missing records would follow, under the same ids */
	if (!seen)
		return verdict;
	blocks = sl_owner_room(worker, sizeof(*seen), 1);
	error = sl_blocks_append_seen(blocks, seen);
	assert(!error);
	return verdict;
}

enum sl_verdict sl_owner_take(struct sl_worker *worker, const struct sl_take *take)
{
	const struct sl_channel *channel = &worker->engine->config.channels[take->event->channel];
	struct sl_seen_record record, *seen = channel->repeats ? NULL : &record;

	if (take->generation->temporal.remembers)
		sl_time_hear(worker, take->origin, take->watermark_ns);
	if (seen &&
	    !sl_seen_take(worker->seen, take->partition, take->seen, worker->now.wall_ns, seen))
		return SL_VERDICT_DUPLICATE;
	if (!take->generation->temporal.remembers ||
	    !sl_temporal_asks(&take->generation->temporal, take->triggers, take->n_triggers))
		return take_plain(worker, take, seen);
	return sl_effects_event(worker, take, seen);
}

static void take_event_part(struct sl_worker *worker, struct sl_part *part)
{
	const struct sl_take take = {
		.generation = part->generation,
		.event = part->event,
		.key = part->key,
		.key_hash = part->key_hash,
		.partition = part->partition,
		.seen = {part->seen[0], part->seen[1]},
		.triggers = part->triggers,
		.n_triggers = part->n_triggers,
		.watermark_ns = part->watermark_ns,
		.origin = part->origin,
	};

	part->verdict = sl_owner_take(worker, &take);
}

static void serve_part(struct sl_worker *worker, struct sl_part *part)
{
	switch (part->kind) {
	case SL_PART_TICK:
		sl_time_hear(worker, part->origin, part->watermark_ns);
		sl_part_answer(worker, part);
		return;
	case SL_PART_MAIL:
		part->verdict = SL_VERDICT_UNMATCHED;
		sl_mailbox_receive(worker, &part->letter->mail);
		break;
	case SL_PART_LOSS:
		sl_loss_take(worker, part->generation, part->lost_key, part->lost_from_ns,
			     part->lost_to_ns);
		break;
	default:
		take_event_part(worker, part);
	}
	if (sl_store_pending(worker->store) > sl_store_committed(worker->store)) {
		sl_waits_add(
			&worker->waits,
			&(struct sl_wait){.commit = sl_store_pending(worker->store), .part = part});
		return;
	}
	sl_part_answer(worker, part);
}

/* An event that may have to post mail waits for room in the outbox, and those behind it with it;
 * mail goes past them, for two owners that wait for each other's receipts must go on. */
static bool defer(struct sl_worker *worker, struct sl_part *part)
{
	if (part->kind != SL_PART_EVENT ||
	    (!worker->deferred && has_letters(worker, part->generation)))
		return false;
	part->next = NULL;
	if (worker->deferred)
		worker->deferred_last->next = part;
	else
		worker->deferred = part;
	worker->deferred_last = part;
	return true;
}

static void serve_deferred(struct sl_worker *worker)
{
	while (worker->deferred && has_letters(worker, worker->deferred->generation) &&
	       sl_store_open_batch(worker->store, SL_ROOM_BEFORE, 4)) {
		struct sl_part *part = worker->deferred;

		worker->deferred = part->next;
		serve_part(worker, part);
		worker->busy = true;
	}
}

static bool serve_lane(struct sl_worker *worker, struct sl_ring *ring)
{
	struct sl_part *parts[SERVE_BURST];
	unsigned n = 0;

	if (!sl_store_open_batch(worker->store, SL_ROOM_BEFORE, SERVE_BURST))
		return false;
	while (n < SERVE_BURST && (parts[n] = sl_ring_pop(ring))) {
		if (parts[n]->kind == SL_PART_EVENT) {
			const struct sl_part *part = parts[n];
			const struct sl_temporal *temporal = &part->generation->temporal;

			sl_seen_prefetch(worker->seen, part->partition, part->seen);
			if (temporal->remembers &&
			    sl_temporal_asks(temporal, part->triggers, part->n_triggers))
				sl_states_prefetch(worker->states, &part->key_hash, 1);
		}
		n++;
	}
	for (unsigned i = 0; i < n; i++)
		if (!defer(worker, parts[i]))
			serve_part(worker, parts[i]);
	worker->busy |= n > 0;
	return n == SERVE_BURST;
}

void sl_owner_serve(struct sl_worker *worker)
{
	const struct sl_engine *engine = worker->engine;

	/* what peers send is judged by rules; they have them, and so will this one in its next
	 * round
	 */
	if (!worker->generation)
		return;
	serve_deferred(worker);
	for (unsigned origin = 0; origin < engine->n_workers; origin++) {
		struct sl_ring *ring = &engine->workers[origin].lanes_out[worker->index].there;

		if (origin == worker->index)
			continue;
		while (sl_ring_waiting(ring) && serve_lane(worker, ring))
			;
	}
}
