/* What was lost on its way here, and so may not be taken for what did not come. Of a flow whose
 * customers are known their owners are told; what may concern anybody lies on a board that each
 * worker has and all read. Both are journalled, and known after a restart. */
#include "worker/worker_priv.h"

#define SECOND_NS SL_NS_PER_S
#define SAVE_NS SL_NS_PER_S                /* between two records of one board */
#define SILENCE_SAVE_NS (10 * SL_NS_PER_S) /* while it only goes on */

enum { LIST_ALL, LIST_BY, LIST_ALIVE }; /* the last: of one instant */

static bool is_asked(const struct sl_worker *worker)
{
	return worker->generation && sl_state_plan_absence(worker->generation->temporal.plan) > 0;
}

static uint16_t first_partition(const struct sl_engine *engine, unsigned worker)
{
	return (uint16_t)((worker * SL_PARTITIONS + engine->n_workers - 1) / engine->n_workers);
}

/* Of channels that send again what was not taken nothing is lost by a restart. */
static bool is_unanswered(const struct sl_engine *engine)
{
	for (unsigned i = 0; i < engine->config.n_channels; i++)
		if (engine->config.channels[i].protocol >= SL_PROTOCOL_UDP)
			return true;
	return false;
}

/* ---- the board ------------------------------------------------------------------------------- */

/* The version is odd while it is written: who reads meanwhile reads again. */
static void publish(struct sl_worker *worker)
{
	struct sl_loss_board *board = &worker->losses.board;
	uint32_t version = atomic_load_explicit(&board->version, memory_order_relaxed);

	atomic_store_explicit(&board->version, version + 1, memory_order_relaxed);
	atomic_thread_fence(memory_order_release);
	for (unsigned list = 0; list < SL_LOSS_LISTS; list++) {
		const struct sl_gaps *gaps = &worker->losses.gaps[list];

		for (uint32_t i = 0; i < gaps->n; i++) {
			atomic_store_explicit(&board->from_ns[list][i], gaps->at[i].from_ns,
					      memory_order_relaxed);
			atomic_store_explicit(&board->to_ns[list][i], gaps->at[i].to_ns,
					      memory_order_relaxed);
		}
		atomic_store_explicit(&board->n[list], gaps->n, memory_order_relaxed);
	}
	atomic_store_explicit(&board->version, version + 2, memory_order_release);
}

static bool board_says(const struct sl_loss_board *board, unsigned list, int64_t from_ns,
		       int64_t to_ns)
{
	uint32_t version, n;
	bool says;

	do {
		version = atomic_load_explicit(&board->version, memory_order_acquire);
		n = atomic_load_explicit(&board->n[list], memory_order_relaxed);
		says = false;
		for (uint32_t i = 0; i < n && i < SL_GAPS_MAX && !says; i++)
			says = atomic_load_explicit(&board->from_ns[list][i],
						    memory_order_relaxed) <= to_ns &&
			       atomic_load_explicit(&board->to_ns[list][i], memory_order_relaxed) >=
				       from_ns;
		atomic_thread_fence(memory_order_acquire);
	} while (version & 1 ||
		 version != atomic_load_explicit(&board->version, memory_order_relaxed));
	return says;
}

bool sl_loss_withholds(const struct sl_worker *worker, const struct sl_campaign *campaign,
		       const struct sl_state_fire *fire)
{
	const struct sl_engine *engine = worker->engine;

	if (fire->absent_from_ns > fire->absent_to_ns || campaign->on_loss != SL_ON_LOSS_HOLD)
		return false;
	if (fire->lost)
		return true;
	for (unsigned i = 0; i < engine->n_workers; i++) {
		const struct sl_loss_board *board = &engine->workers[i].losses.board;

		if (board_says(board, LIST_ALL, fire->absent_from_ns, fire->absent_to_ns) ||
		    (campaign->by_slot >= 0 &&
		     board_says(board, LIST_BY, fire->absent_from_ns, fire->absent_to_ns)))
			return true;
	}
	return false;
}

static void post(struct sl_worker *worker, unsigned list, int64_t from_ns, int64_t to_ns)
{
	sl_gaps_add(&worker->losses.gaps[list], from_ns, to_ns);
	worker->losses.is_changed = true;
	publish(worker);
}

/* ---- one key --------------------------------------------------------------------------------- */

static void append(struct sl_blocks *blocks, uint16_t partition, struct sl_text key,
		   struct sl_span image)
{
	struct sl_delta_view delta = {
		.head = {.slot = SL_STATE_GAPS_SLOT, .partition = partition},
		.key = key,
		.image = image,
	};
	int error = sl_blocks_append_delta(blocks, &delta);

	assert(!error);
}

/* By the key's owner. What cannot be remembered of a key is remembered of all. */
void sl_loss_take(struct sl_worker *worker, const struct sl_generation *generation,
		  struct sl_text key, int64_t from_ns, int64_t to_ns)
{
	uint64_t hash = sl_text_hash(key.at, key.bytes);
	struct sl_state_change change;

	if (sl_states_lost(worker->states, generation->temporal.plan, key, hash, from_ns, to_ns,
			   worker->owner_time.tick_ns, &change)) {
		post(worker, LIST_ALL, from_ns, to_ns);
		return;
	}
	append(sl_owner_room(worker, sizeof(struct sl_delta_record) + key.bytes + change.bytes, 1),
	       (uint16_t)(hash % SL_PARTITIONS), key, sl_span_of(change.image, change.bytes));
	sl_count(worker->stats, SL_COUNTER_LOSS_KEYS, 1);
}

static void tell_owner(struct sl_worker *worker, struct sl_text key, int64_t from_ns, int64_t to_ns)
{
	unsigned owner = sl_owner_of(worker->engine, sl_event_partition(key));
	struct sl_part *part;

	if (owner == worker->index) {
		sl_loss_take(worker, worker->generation, key, from_ns, to_ns);
		return;
	}
	part = sl_part_take(worker, key.bytes);
	if (!part) {
		post(worker, LIST_ALL, from_ns, to_ns);
		return;
	}
	part->kind = SL_PART_LOSS;
	part->generation = worker->generation;
	part->lost_key = (struct sl_text){(char *)part->copy, key.bytes};
	part->lost_from_ns = from_ns;
	part->lost_to_ns = to_ns;
	memcpy(part->copy, key.at, key.bytes);
	sl_part_send(worker, part, owner);
}

/* ---- what sources tell ----------------------------------------------------------------------- */

/* A second whose rate was above the channel's. */
static void end_second(struct sl_worker *worker, unsigned channel)
{
	struct sl_loss_second *second = &worker->losses.seconds[channel];
	uint64_t all = second->seen + second->lost;

	if (second->lost && is_asked(worker) &&
	    (__uint128_t)second->lost * 1000000 >
		    (__uint128_t)all * worker->engine->config.channels[channel].loss_ppm)
		post(worker, LIST_ALL, second->from_ns, second->from_ns + SECOND_NS - 1);
	*second = (struct sl_loss_second){0};
}

static struct sl_loss_second *second_of(struct sl_worker *worker, unsigned channel)
{
	struct sl_loss_second *second = &worker->losses.seconds[channel];

	if (second->from_ns && worker->now.wall_ns - second->from_ns >= SECOND_NS)
		end_second(worker, channel);
	if (!second->from_ns)
		second->from_ns = worker->now.wall_ns;
	return second;
}

void sl_loss_seen(struct sl_worker *worker, unsigned channel, uint64_t packets)
{
	second_of(worker, channel)->seen += packets;
	worker->losses.came_ns[channel] = worker->now.monotonic_ns;
}

void sl_loss_notice(struct sl_worker *worker, const struct sl_loss *loss)
{
	int64_t from_ns = loss->from_ns ? loss->from_ns : loss->time_ns;
	unsigned known = 0;

	second_of(worker, loss->channel)->lost += loss->packets;
	sl_count(worker->stats, SL_COUNTER_LOST, loss->packets);
	if (!is_asked(worker))
		return;
	for (unsigned i = 0; i < loss->n_keys; i++) {
		if (!loss->keys[i].bytes)
			continue;
		known++;
		tell_owner(worker, loss->keys[i], from_ns, loss->time_ns);
	}
	if (known && sl_state_plan_absence_by(worker->generation->temporal.plan))
		post(worker, LIST_BY, from_ns, loss->time_ns);
}

/* ---- now and then ---------------------------------------------------------------------------- */

static int64_t came_last(const struct sl_engine *engine, unsigned channel)
{
	int64_t last = 0;

	for (unsigned i = 0; i < engine->n_workers; i++) {
		int64_t came = atomic_load_explicit(
			&engine->workers[i].losses.board.came_ns[channel], memory_order_relaxed);

		last = came > last ? came : last;
	}
	return last;
}

static void look_for_silence(struct sl_worker *worker)
{
	const struct sl_engine *engine = worker->engine;
	struct sl_losses *losses = &worker->losses;

	if (!losses->began_ns)
		losses->began_ns = worker->now.monotonic_ns;
	for (unsigned i = 0; i < engine->config.n_channels; i++) {
		int64_t silence = engine->config.channels[i].silence_ms * SL_NS_PER_MS;
		int64_t came = came_last(engine, i);
		bool was_changed = losses->is_changed;

		came = came > losses->began_ns ? came : losses->began_ns;
		if (!silence || worker->now.monotonic_ns - came <= silence)
			continue;
		post(worker, LIST_ALL, worker->now.wall_ns - (worker->now.monotonic_ns - came),
		     worker->now.wall_ns);
		/* that it goes on is written more seldom than that it began */
		if (losses->is_silent[i] &&
		    worker->now.monotonic_ns < losses->saved_ns + SILENCE_SAVE_NS)
			losses->is_changed = was_changed;
		losses->is_silent[i] = true;
		losses->silent_again[i] = true;
	}
	for (unsigned i = 0; i < engine->config.n_channels; i++) {
		losses->is_changed |= losses->is_silent[i] && !losses->silent_again[i];
		losses->is_silent[i] = losses->silent_again[i];
		losses->silent_again[i] = false;
	}
}

/* What the start left open ends with the first sign of life of this process. */
static void look_at_pause(struct sl_worker *worker)
{
	struct sl_gaps *all = &worker->losses.gaps[LIST_ALL];
	struct sl_gaps *alive = &worker->losses.gaps[LIST_ALIVE];

	if (all->n && all->at[all->n - 1].to_ns == INT64_MAX) {
		struct sl_gap *open = &all->at[all->n - 1];

		open->to_ns = open->from_ns;
		post(worker, LIST_ALL, open->from_ns, worker->now.wall_ns);
	}
	if (!is_unanswered(worker->engine))
		return;
	if (alive->n && worker->now.wall_ns - alive->at[0].to_ns < SAVE_NS)
		return;
	alive->n = 1;
	alive->at[0] = (struct sl_gap){worker->now.wall_ns, worker->now.wall_ns};
	worker->losses.is_changed = true;
}

/* Owners read it whose ticks are behind this one's: they get so long. */
#define PEERS_NS (3600 * SL_NS_PER_S)

static void forget(struct sl_worker *worker)
{
	int64_t tick = worker->owner_time.tick_ns;
	int64_t span = sl_state_plan_absence(worker->generation->temporal.plan) + PEERS_NS;

	if (tick < INT64_MIN + span || tick == INT64_MAX)
		return;
	for (unsigned list = LIST_ALL; list <= LIST_BY; list++) {
		struct sl_gaps *gaps = &worker->losses.gaps[list];

		if (!gaps->n || gaps->at[0].to_ns >= tick - span)
			continue;
		sl_gaps_forget(gaps, tick - span);
		worker->losses.is_changed = true;
		publish(worker);
	}
}

static void save(struct sl_worker *worker)
{
	struct sl_losses *losses = &worker->losses;
	uint8_t image[SL_GAPS_IMAGE_BYTES];
	const struct sl_text nobody = {.at = ""};
	struct sl_blocks *blocks;
	bool any = false;
	size_t bytes;

	if (!losses->is_changed || worker->engine->config.in_memory ||
	    worker->now.monotonic_ns < losses->saved_ns + SAVE_NS)
		return;
	blocks = sl_store_open_batch(worker->store,
				     (losses->n_foreign + 1) * sizeof(struct sl_delta_record) +
					     sizeof(image),
				     losses->n_foreign + 1);
	if (!blocks)
		return;
	for (unsigned list = 0; list < SL_GAPS_LISTS_MAX; list++)
		any |= losses->gaps[list].n > 0;
	bytes = any ? sl_gaps_image(losses->gaps, SL_GAPS_LISTS_MAX, image) : 0;
	append(blocks, first_partition(worker->engine, worker->index), nobody,
	       sl_span_of(image, bytes));
	/* they are on this board now */
	for (unsigned i = 0; i < losses->n_foreign; i++)
		append(blocks, losses->foreign[i], nobody, sl_span_of(image, 0));
	losses->n_foreign = 0;
	losses->is_changed = false;
	losses->saved_ns = worker->now.monotonic_ns;
}

void sl_loss_housekeeping(struct sl_worker *worker)
{
	struct sl_losses *losses = &worker->losses;

	if (worker->now.source == SL_CLOCK_VIRTUAL || !is_asked(worker))
		return;
	for (unsigned i = 0; i < worker->engine->config.n_channels; i++) {
		int64_t came = worker->origin_time.came_ns[i];

		came = came > losses->came_ns[i] ? came : losses->came_ns[i];
		atomic_store_explicit(&losses->board.came_ns[i], came, memory_order_relaxed);
		second_of(worker, i);
	}
	if (worker->index == 0) {
		look_at_pause(worker);
		look_for_silence(worker);
	}
	forget(worker);
	save(worker);
}

/* ---- at start -------------------------------------------------------------------------------- */

/* One of a board's records: the partition says whose it was, perhaps among another number of
 * workers. Those that were taken over are cleared once they are written anew. */
int sl_loss_restore(struct sl_engine *engine, uint16_t partition, struct sl_span image)
{
	struct sl_worker *worker = &engine->workers[sl_owner_of(engine, partition)];
	struct sl_losses *losses = &worker->losses;
	struct sl_gaps read[SL_GAPS_LISTS_MAX];
	int error;

	if (!image.bytes)
		return 0;
	error = sl_gaps_of_image(image.at, image.bytes, SL_GAPS_LISTS_MAX, read);
	if (error)
		return error;
	for (unsigned list = LIST_ALL; list <= LIST_BY; list++)
		for (uint32_t i = 0; i < read[list].n; i++)
			sl_gaps_add(&losses->gaps[list], read[list].at[i].from_ns,
				    read[list].at[i].to_ns);
	if (read[LIST_ALIVE].n)
		engine->workers[0].losses.gaps[LIST_ALIVE] = read[LIST_ALIVE];
	if (partition != first_partition(engine, worker->index) &&
	    losses->n_foreign < SL_IO_WORKERS_MAX) {
		losses->foreign[losses->n_foreign++] = partition;
		losses->is_changed = true;
	}
	publish(worker);
	return 0;
}

/* When all was restored. Workers may decide before the first of them has looked at its clock: till
 * then the pause has no end. */
void sl_loss_resume(struct sl_engine *engine)
{
	struct sl_worker *first = &engine->workers[0];
	const struct sl_gaps *alive = &first->losses.gaps[LIST_ALIVE];

	if (alive->n && is_unanswered(engine))
		post(first, LIST_ALL, alive->at[0].to_ns, INT64_MAX);
}
