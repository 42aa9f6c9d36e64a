/* Time, as owners judge by it. An origin's watermark is the least of its channels' that are not
 * idle: the greatest event time less what the channel may be late. Events carry it as it was before
 * them; where none go, a tick of its own does, one under way to each peer. An owner's tick is the
 * least that it heard of, and never runs back. An origin whose channels are all idle does not
 * count, whatever they may be late by; where none counts it is the clock's.
 *
 * On a virtual clock nothing is idle, and origins that brought nothing do not count: what falls due
 * depends on the events alone, and the caller says when time is over. */
#include "worker/worker_priv.h"

#define IDLE INT64_MAX /* for a watermark */

static bool is_virtual(const struct sl_worker *worker)
{
	return worker->now.source == SL_CLOCK_VIRTUAL;
}

void sl_time_init(struct sl_worker *worker)
{
	for (unsigned i = 0; i < SL_CHANNELS_MAX; i++)
		worker->origin_time.newest_ns[i] = INT64_MIN;
	for (unsigned i = 0; i < SL_IO_WORKERS_MAX; i++)
		worker->owner_time.heard_ns[i] = INT64_MIN;
	worker->origin_time.watermark_ns = INT64_MIN;
	worker->owner_time.tick_ns = INT64_MIN;
	worker->owner_time.due_done_ns = INT64_MIN;
	worker->owner_time.saved_ns = INT64_MIN;
}

static int64_t lateness_ns(const struct sl_worker *worker, unsigned channel)
{
	return worker->engine->config.channels[channel].lateness_ms * SL_NS_PER_MS;
}

/* The greatest of all lies that far behind the clock where nothing comes. */
static int64_t of_the_clock(const struct sl_worker *worker)
{
	int64_t late = 0;

	for (unsigned i = 0; i < worker->engine->config.n_channels; i++)
		if (lateness_ns(worker, i) > late)
			late = lateness_ns(worker, i);
	return worker->now.wall_ns - late -
	       worker->engine->config.settings.time_idle_ms * SL_NS_PER_MS;
}

static void set_watermark(struct sl_worker *worker)
{
	struct sl_origin_time *time = &worker->origin_time;
	int64_t least = INT64_MAX;

	for (unsigned i = 0; i < worker->engine->config.n_channels; i++) {
		int64_t mark = time->newest_ns[i] - lateness_ns(worker, i);

		if (time->newest_ns[i] == INT64_MIN || time->idle[i])
			continue;
		if (mark < least)
			least = mark;
	}
	if (least != INT64_MAX)
		time->watermark_ns = least;
	else if (!is_virtual(worker))
		time->watermark_ns = IDLE;
}

void sl_time_note(struct sl_worker *worker, unsigned channel, int64_t event_time_ns)
{
	struct sl_origin_time *time = &worker->origin_time;

	time->came_ns[channel] = worker->now.monotonic_ns;
	if (event_time_ns <= time->newest_ns[channel] && !time->idle[channel])
		return;
	time->idle[channel] = false;
	if (event_time_ns > time->newest_ns[channel])
		time->newest_ns[channel] = event_time_ns;
	set_watermark(worker);
}

/* From all that was heard. */
static void set_tick(struct sl_worker *worker)
{
	struct sl_owner_time *time = &worker->owner_time;
	int64_t least = IDLE;

	for (unsigned i = 0; i < worker->engine->n_workers; i++) {
		if (time->heard_ns[i] == INT64_MIN && is_virtual(worker))
			continue;
		if (time->heard_ns[i] < least)
			least = time->heard_ns[i];
	}
	if (least == IDLE && !is_virtual(worker))
		least = of_the_clock(worker);
	if (least != IDLE && least > time->tick_ns)
		time->tick_ns = least;
}

void sl_time_hear(struct sl_worker *worker, unsigned origin, int64_t watermark_ns)
{
	if (watermark_ns == worker->owner_time.heard_ns[origin])
		return;
	worker->owner_time.heard_ns[origin] = watermark_ns;
	set_tick(worker);
}

void sl_time_step(struct sl_worker *worker)
{
	int64_t ordered = atomic_load_explicit(&worker->engine->tick_ns, memory_order_acquire);

	if (ordered > worker->owner_time.tick_ns)
		worker->owner_time.tick_ns = ordered;
}

static void look_for_idle(struct sl_worker *worker)
{
	const struct sl_engine_config *config = &worker->engine->config;
	struct sl_origin_time *time = &worker->origin_time;
	int64_t patience = config->settings.time_idle_ms * SL_NS_PER_MS;

	if (is_virtual(worker))
		return;
	for (unsigned i = 0; i < config->n_channels; i++)
		if (worker->now.monotonic_ns - time->came_ns[i] > patience)
			time->idle[i] = true;
	set_watermark(worker);
}

static void tell_peers(struct sl_worker *worker)
{
	int64_t watermark = worker->origin_time.watermark_ns;

	for (unsigned owner = 0; owner < worker->engine->n_workers; owner++) {
		struct sl_part *part = &worker->tick_parts[owner];

		if (owner == worker->index || part->verdict || part->watermark_ns == watermark)
			continue;
		part->kind = SL_PART_TICK;
		part->verdict = 1; /* on its way */
		part->watermark_ns = watermark;
		sl_part_send(worker, part, owner);
	}
}

void sl_time_save(struct sl_worker *worker, struct sl_blocks *blocks)
{
	struct sl_owner_time *time = &worker->owner_time;
	const struct sl_tick_record tick = {.watermark_ns = time->tick_ns,
					    .now_ns = worker->now.wall_ns};
	int error;

	if (time->tick_ns == time->saved_ns)
		return;
	error = sl_blocks_append_tick(blocks, &tick);
	assert(!error);
	time->saved_ns = time->tick_ns;
	time->decided = false;
	time->save_at_ns = worker->now.monotonic_ns + SL_TICK_SAVE_NS;
}

void sl_time_housekeeping(struct sl_worker *worker)
{
	struct sl_owner_time *time = &worker->owner_time;
	struct sl_blocks *blocks;

	if (!worker->generation || !worker->generation->temporal.remembers)
		return;
	look_for_idle(worker);
	if (worker->origin_time.watermark_ns != INT64_MIN) {
		sl_time_hear(worker, worker->index, worker->origin_time.watermark_ns);
		set_tick(worker); /* the clock goes on where nothing is heard */
		if (worker->engine->n_workers > 1)
			tell_peers(worker);
	}
	if (time->tick_ns == time->saved_ns || worker->engine->config.in_memory)
		return;
	/* a tick by which nothing was decided is nobody's loss */
	if (!worker->draining && (!time->decided || worker->now.monotonic_ns < time->save_at_ns))
		return;
	blocks = sl_store_open_batch(worker->store, sizeof(struct sl_tick_record), 1);
	if (blocks)
		sl_time_save(worker, blocks);
}

void sl_time_gauges(struct sl_worker *worker)
{
	struct sl_stats_worker *stats = worker->stats;
	struct sl_states_stats states;

	sl_states_stats(worker->states, &states);
	sl_stat_set(&stats->tick_ns, (uint64_t)worker->owner_time.tick_ns);
	sl_stat_set(&stats->state_keys, states.keys);
	sl_stat_set(&stats->state_timers, states.timers);
	sl_stat_set(&stats->state_bytes, states.bytes);
	sl_stat_set(&stats->state_room, states.bytes_room);
	sl_stat_set(&stats->state_full, states.full);
	sl_stat_set(&stats->counters[SL_COUNTER_STATE_STOPPED], states.stopped);
	sl_stat_set(&stats->state_damaged, states.damaged);
}
