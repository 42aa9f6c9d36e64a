/* Events on their way to the workers that own their keys, and back; mail; ticks.
 *
 * A part belongs to its sender for ever; the owner has it between the two rings. Both rings of a
 * lane hold every part its sender has, so neither can be full, and an owner can always answer:
 * that is why two workers that wait for each other cannot deadlock. */
#include "worker/worker_priv.h"

struct sl_part *sl_part_take(struct sl_worker *worker, size_t bytes)
{
	struct sl_part **list = bytes <= SL_PART_INLINE ? &worker->free_parts : &worker->free_large;
	struct sl_part *part = *list;

	if (!part)
		return NULL;
	assert(bytes <= part->room);
	*list = part->next;
	worker->n_parts++;
	return part;
}

void sl_part_give(struct sl_worker *worker, struct sl_part *part)
{
	struct sl_part **list = part->large ? &worker->free_large : &worker->free_parts;

	part->next = *list;
	*list = part;
	worker->n_parts--;
}

void sl_part_send(struct sl_worker *worker, struct sl_part *part, unsigned owner)
{
	struct sl_io *peer =
		atomic_load_explicit(&worker->engine->group.members[owner], memory_order_acquire);
	bool pushed;

	if (part->generation) {
		_Atomic uint32_t *users = &part->generation->users[worker->index];

		atomic_store_explicit(users, atomic_load_explicit(users, memory_order_relaxed) + 1,
				      memory_order_relaxed);
	}
	pushed = sl_ring_push(&worker->lanes_out[owner].there, part);
	assert(pushed);
	if (peer)
		worker->io_ops->wake(peer);
}

void sl_part_answer(struct sl_worker *worker, struct sl_part *part)
{
	struct sl_engine *engine = worker->engine;
	struct sl_lane *lane = &engine->workers[part->origin].lanes_out[worker->index];
	struct sl_io *peer =
		atomic_load_explicit(&engine->group.members[part->origin], memory_order_acquire);
	bool pushed = sl_ring_push(&lane->back, part);

	assert(pushed);
	if (peer)
		worker->io_ops->wake(peer);
}

static void take_answer(struct sl_worker *worker, struct sl_part *part)
{
	if (part->generation) {
		_Atomic uint32_t *users = &part->generation->users[worker->index];

		atomic_store_explicit(users, atomic_load_explicit(users, memory_order_relaxed) - 1,
				      memory_order_release);
	}
	if (part->kind == SL_PART_TICK) {
		part->verdict = 0; /* the next may go */
		return;
	}
	if (part->kind == SL_PART_EVENT) {
		if (part->fan)
			sl_fan_note(worker, part->fan, part->verdict);
		else
			sl_request_result(worker, part->request, part->verdict);
		sl_request_release(worker, part->request);
	} else if (part->kind == SL_PART_MAIL) {
		sl_mailbox_cleared(worker, part->letter);
	}
	sl_part_give(worker, part);
}

void sl_handover_collect(struct sl_worker *worker)
{
	struct sl_part *part;

	for (unsigned owner = 0; owner < worker->engine->n_workers; owner++) {
		if (owner == worker->index)
			continue;
		while ((part = sl_ring_pop(&worker->lanes_out[owner].back))) {
			worker->busy = true;
			take_answer(worker, part);
		}
	}
}
