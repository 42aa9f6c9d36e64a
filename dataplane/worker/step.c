/* One round of a worker. */
#include "worker/worker_priv.h"

/* Between rounds only: no event sees two generations. */
static void adopt_generation(struct sl_worker *worker)
{
	struct sl_generation *generation =
		atomic_load_explicit(&worker->engine->generation, memory_order_acquire);

	if (generation == worker->generation)
		return;
	assert(worker->burst.n == 0); /* its events lie as far apart as the old schema asked */
	worker->burst.stride = generation ? generation->artifact->n_fields : 0;
	worker->generation = generation;
	worker->sweeping = generation != NULL;
	worker->sweep_place = 0;
	sl_stat_set(&worker->stats->ruleset, generation ? generation->artifact->meta->ruleset : 0);
	sl_stat_set(&worker->stats->generation, generation ? generation->number : 0);
	atomic_store_explicit(&worker->adopted, generation ? generation->number : 0,
			      memory_order_release);
	sl_swap_taken(worker);
}

static void serve_others(struct sl_worker *worker, bool owner)
{
	sl_commits_collect(worker);
	if (worker->engine->n_workers > 1)
		sl_handover_collect(worker);
	if (!owner)
		return;
	if (worker->engine->n_workers > 1)
		sl_owner_serve(worker);
	if (worker->outbox)
		sl_mailbox_deliver(worker);
	sl_effects_due(worker);
	sl_effects_sweep(worker);
}

void sl_worker_serve(struct sl_worker *worker, bool owner, int64_t wait_ns)
{
	worker->busy = false;
	sl_stages_look(worker);
	/* waiting for room is no standing still */
	sl_stat_add(&worker->stats->heartbeat, 1);
	serve_others(worker, owner);
	sl_store_seal(worker->store, true);
	worker->io_ops->wait(worker->io, NULL, worker->busy ? 0 : wait_ns);
}

/* A wire has no bell. What comes while a worker naps waits in the card, which holds more than comes
 * in so short a time. */
static int64_t patience(struct sl_worker *worker, int64_t wait_ns)
{
	int64_t nap_ns = worker->engine->config.settings.dpdk_nap_us * 1000;

	if (worker->busy || worker->polls_empty < SL_POLLS_EMPTY || !nap_ns)
		return 0;
	return wait_ns < nap_ns ? wait_ns : nap_ns;
}

/* Returns how long the sockets may be waited for. */
static int64_t poll_wires(struct sl_worker *worker, int64_t wait_ns)
{
	if (sl_wire_step(worker)) {
		worker->polls_empty = 0;
		worker->busy = true;
	} else if (worker->polls_empty < SL_POLLS_EMPTY) {
		worker->polls_empty++;
	}
	return patience(worker, wait_ns);
}

static void housekeeping(struct sl_worker *worker)
{
	if (worker->now.monotonic_ns - worker->housekeeping_ns < SL_HOUSEKEEPING_NS)
		return;
	worker->housekeeping_ns = worker->now.monotonic_ns;
	sl_session_housekeeping(worker);
	if (worker->packets)
		worker->engine->config.packets->housekeeping(worker->packets, &worker->now);
	if (worker->packets && worker->wire)
		sl_wire_housekeeping(worker);
	sl_time_housekeeping(worker);
	sl_loss_housekeeping(worker);
	if (worker->generation)
		sl_time_gauges(worker);
	sl_stat_set(&worker->stats->connections, worker->n_sessions);
	sl_stat_set(&worker->stats->outstanding,
		    worker->n_requests + worker->n_parts + worker->n_letters);
}

static void follow_engine(struct sl_worker *worker)
{
	const struct sl_engine *engine = worker->engine;
	bool draining = atomic_load_explicit(&engine->draining, memory_order_acquire);

	adopt_generation(worker);
	sl_session_backpressure(worker,
				!worker->generation || sl_store_backpressure(engine->store));
	if (draining && !worker->draining) {
		worker->draining = true;
		worker->io_ops->accepting(worker->io, false);
	}
	if (worker->draining)
		atomic_store_explicit(&worker->drained,
				      worker->n_sessions == 0 && sl_worker_idle(worker),
				      memory_order_release);
}

static void run_burst(struct sl_worker *worker)
{
	struct sl_io_burst *burst = &worker->io_burst;

	sl_count(worker->stats, SL_COUNTER_BURSTS, 1);
	for (unsigned i = 0; i < burst->n; i++)
		sl_worker_take_item(worker, &burst->items[i]);
	sl_datagrams_end(worker);
	if (!sl_burst_run(worker))
		sl_burst_drop_requests(worker);
	worker->io_ops->release(worker->io, burst);
}

int sl_worker_step(struct sl_worker *worker, struct sl_now (*clock)(void *context), void *context,
		   int64_t wait_ns)
{
	struct sl_io_burst *burst = &worker->io_burst;
	int error;

	worker->busy = false;
	worker->clock = clock;
	worker->clock_context = context;
	worker->now = clock(context); /* also peers' parts are judged by it */
	sl_stages_at(worker, worker->now.monotonic_ns);
	follow_engine(worker);
	if (worker->generation) /* before, what it remembers may be the loader's */
		sl_time_step(worker);
	sl_inquiry_answer(worker);
	serve_others(worker, true);
	if (wait_ns < 0 || wait_ns > SL_HOUSEKEEPING_NS)
		wait_ns = SL_HOUSEKEEPING_NS;
	if (worker->packets)
		wait_ns = poll_wires(worker, wait_ns);
	sl_store_seal(worker->store, false); /* what peers' parts and packets made */
	burst->n = 0;
	error = worker->io_ops->wait(worker->io, burst, worker->busy ? 0 : wait_ns);
	if (error)
		return error;
	if (burst->n) {
		worker->now = clock(context); /* the wait may have been long */
		sl_stages_at(worker, worker->now.monotonic_ns);
		run_burst(worker);
		sl_swap_round_end(worker);
	}
	housekeeping(worker);
	sl_stat_add(&worker->stats->heartbeat, 1);
	return 0;
}

bool sl_worker_idle(struct sl_worker *worker)
{
	const struct sl_engine *engine = worker->engine;

	/* letters that wait for a rule set wait on disk too */
	if (worker->departed || worker->n_requests || worker->n_parts ||
	    (worker->n_letters != worker->n_held && worker->generation) ||
	    worker->waits.head != worker->waits.tail || worker->deferred)
		return false;
	/* something may be due that was not looked at */
	if (worker->generation &&
	    (worker->due_left || worker->owner_time.due_done_ns != worker->owner_time.tick_ns))
		return false;
	for (unsigned origin = 0; origin < engine->n_workers; origin++)
		if (origin != worker->index &&
		    sl_ring_waiting(&engine->workers[origin].lanes_out[worker->index].there))
			return false;
	return sl_store_pending(worker->store) <= sl_store_committed(worker->store);
}
