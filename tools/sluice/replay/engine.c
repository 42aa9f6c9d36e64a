#include "tools/sluice/replay/engine.h"

#include "base/artifact.h"
#include "base/counters.h"
#include "decode/decode.h"
#include "io/mem.h"
#include "sluice/error.h"
#include "worker/stats_page.h"
#include "worker/worker.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

struct sl_replay {
	struct sl_engine *engine;
	struct sl_engine_config config;
	unsigned opened;
	unsigned turn; /* worker that gets the next event */
	int connections[SL_IO_WORKERS_MAX];
	struct sl_now now;
	int64_t until_ns;
	uint64_t passed_over;
	/* the reader's own look at an event, for its time */
	struct sl_artifact *artifact;
	struct sl_decode_plan *plan;
	struct sl_decoder *decoder;
	struct sl_value slots[SL_FIELDS_MAX];
	struct sl_record_walker walker;
	void (*each)(void *context, const struct sl_record *record);
	void *context;
};

static struct sl_now virtual_clock(void *context)
{
	return ((struct sl_replay *)context)->now;
}

/* Blocks that this very process has just built. */
static void consume(void *context, const void *block, size_t bytes)
{
	struct sl_replay *replay = context;
	struct sl_record record;
	size_t offset = 0;
	int more = sl_block_check(block, bytes);

	assert(!more);
	while ((more = sl_record_next(&replay->walker, block, &offset, &record)) > 0)
		replay->each(replay->context, &record);
	assert(!more);
}

static void fatal(void *context, int error, const char *sentence)
{
	(void)context;
	fprintf(stderr, "sluice replay: %s: %s\n", sentence, sl_error_text(error));
	exit(3);
}

static void fill_config(struct sl_replay *replay, const struct sl_settings *settings,
			unsigned workers)
{
	struct sl_engine_config *config = &replay->config;

	config->settings = *settings;
	config->settings.channels = 1;
	config->settings.record_events = 0;
	config->settings.io_connections = 4;
	config->settings.skew_ahead_ms = INT32_MAX; /* the clock follows the events */
	/* hours may lie between two events: nobody is cut off for that */
	config->settings.tcp_idle_ms = INT64_MAX / SL_NS_PER_MS;
	/* its own watermark stays behind the ticks from here, however the events are dealt out */
	config->channels[0] = (struct sl_channel){
		.name = "replay", .protocol = SL_PROTOCOL_TCP, .lateness_ms = UINT32_MAX};
	config->n_channels = 1;
	config->listeners[0] = (struct sl_io_listener){.fd = -1, .protocol = SL_PROTOCOL_TCP};
	config->workers = workers;
	config->io = &sl_io_mem;
	config->in_memory = true;
	config->hold_mail = true;
	config->consume = consume;
	config->fatal = fatal;
	config->context = replay;
}

static int open_reader(struct sl_replay *replay, const char *artifact_path,
		       char ret_why[SL_SENTENCE_BYTES])
{
	const struct sl_settings *settings = &replay->config.settings;
	const struct sl_decode_limits limits = {
		.event_bytes = (uint32_t)settings->event_bytes,
		.depth = (uint32_t)settings->event_depth,
		.skew_ahead_ns = INT64_MAX / 4,
	};
	int error = sl_artifact_open(artifact_path, &replay->artifact, ret_why);

	if (!error)
		error = sl_decode_plan_new(replay->artifact, &replay->plan);
	if (!error)
		error = sl_decoder_new(&limits, &replay->decoder);
	return error;
}

static int open_workers(struct sl_replay *replay)
{
	for (unsigned i = 0; i < replay->config.workers; i++) {
		struct sl_worker *worker = sl_engine_worker(replay->engine, i);
		int error = sl_worker_open(worker);

		if (error)
			return error;
		replay->opened++;
		replay->connections[i] = sl_io_mem_connect(sl_worker_io(worker), 0);
		if (replay->connections[i] < 0)
			return replay->connections[i];
	}
	return 0;
}

int sl_replay_new(const char *artifact_path, const struct sl_settings *settings, unsigned workers,
		  void (*each)(void *context, const struct sl_record *record), void *context,
		  struct sl_replay **ret_replay, char ret_why[SL_SENTENCE_BYTES])
{
	struct sl_replay *replay = calloc(1, sizeof(*replay));
	int error = -ENOMEM;

	snprintf(ret_why, SL_SENTENCE_BYTES, "not enough memory");
	if (!replay)
		return error;
	replay->each = each;
	replay->until_ns = INT64_MAX;
	replay->context = context;
	sl_record_walker_init(&replay->walker);
	fill_config(replay, settings, workers);
	replay->config.stats = sl_stats_page_private(workers);
	if (!replay->config.stats)
		goto fail;
	error = open_reader(replay, artifact_path, ret_why);
	if (error)
		goto fail;
	error = sl_engine_new(&replay->config, &replay->engine, ret_why);
	if (error)
		goto fail;
	error = sl_engine_load(replay->engine, artifact_path, ret_why);
	if (!error)
		error = sl_engine_start(replay->engine);
	if (!error)
		error = open_workers(replay);
	if (error)
		goto fail;
	*ret_replay = replay;
	return 0;
fail:
	sl_replay_free(replay);
	return error;
}

void sl_replay_free(struct sl_replay *replay)
{
	if (!replay)
		return;
	for (unsigned i = 0; i < replay->opened; i++)
		sl_worker_close(sl_engine_worker(replay->engine, i));
	sl_engine_free(replay->engine);
	sl_decoder_free(replay->decoder);
	sl_decode_plan_free(replay->plan);
	sl_artifact_close(replay->artifact);
	free(replay->config.stats);
	free(replay);
}

static void set_clock(struct sl_replay *replay, int64_t time_ns)
{
	if (time_ns > replay->now.wall_ns)
		replay->now.wall_ns = time_ns;
	replay->now.monotonic_ns = replay->now.wall_ns;
	replay->now.source = SL_CLOCK_VIRTUAL;
}

static bool all_idle(struct sl_replay *replay)
{
	for (unsigned i = 0; i < replay->config.workers; i++)
		if (!sl_worker_idle(sl_engine_worker(replay->engine, i)))
			return false;
	return true;
}

static void step_all(struct sl_replay *replay, struct sl_worker *first)
{
	int error;

	do {
		error = sl_worker_step(first, virtual_clock, replay, 0);
		for (unsigned i = 0; !error && i < replay->config.workers; i++)
			error = sl_worker_step(sl_engine_worker(replay->engine, i), virtual_clock,
					       replay, 0);
		assert(!error);
	} while (!all_idle(replay));
}

/* Until nothing is under way: mail goes one letter at a time, in an order of its own. */
static void settle(struct sl_replay *replay, struct sl_worker *first)
{
	do
		step_all(replay, first);
	while (sl_engine_let_go(replay->engine));
}

/* Lets what falls due up to the tick happen at its own time, not when the next event is read. */
static void run_clock(struct sl_replay *replay, int64_t tick_ns)
{
	struct sl_worker *first = sl_engine_worker(replay->engine, 0);
	int64_t next_ns;

	while ((next_ns = sl_engine_next_due(replay->engine)) <= tick_ns && next_ns != INT64_MAX) {
		/* a late event brought it: ticks do not go back, so it falls due at the next */
		if (next_ns < replay->now.wall_ns)
			next_ns = replay->now.wall_ns + 1;
		if (next_ns > tick_ns)
			break;
		set_clock(replay, next_ns);
		sl_engine_tick(replay->engine, next_ns);
		settle(replay, first);
	}
}

void sl_replay_clock(struct sl_replay *replay, int64_t time_ns)
{
	if (time_ns < replay->now.wall_ns)
		return;
	run_clock(replay, time_ns);
	set_clock(replay, time_ns);
	sl_engine_tick(replay->engine, time_ns);
	settle(replay, sl_engine_worker(replay->engine, 0));
}

/* False: the event lies behind the end. */
static bool advance_clock(struct sl_replay *replay, struct sl_span text)
{
	struct sl_event event = {.slots = replay->slots};
	struct sl_arrival arrival = {.received_ns = replay->now.wall_ns,
				     .received_source = SL_CLOCK_VIRTUAL};
	struct sl_decode_fault fault;

	sl_decoder_reset(replay->decoder);
	if (sl_decode_json(replay->decoder, replay->plan, text, &arrival, &event, &fault))
		return true; /* the engine refuses it too, and counts it */
	if (event.time_ns > replay->until_ns)
		return false;
	sl_replay_clock(replay, event.time_ns);
	return true;
}

void sl_replay_event(struct sl_replay *replay, struct sl_span text)
{
	struct sl_worker *reader = sl_engine_worker(replay->engine, replay->turn);
	int error;

	if (!advance_clock(replay, text)) {
		replay->passed_over++;
		return;
	}
	error = sl_io_mem_feed(sl_worker_io(reader), (unsigned)replay->connections[replay->turn],
			       text.at, text.bytes + 1, replay->now.wall_ns);
	assert(!error);
	replay->turn = (replay->turn + 1) % replay->config.workers;
	settle(replay, reader);
}

void sl_replay_until(struct sl_replay *replay, int64_t until_ns)
{
	replay->until_ns = until_ns;
}

void sl_replay_finish(struct sl_replay *replay)
{
	if (replay->until_ns != INT64_MAX) {
		sl_replay_clock(replay, replay->until_ns);
		return;
	}
	run_clock(replay, INT64_MAX);
	settle(replay, sl_engine_worker(replay->engine, 0));
}

void sl_replay_totals(const struct sl_replay *replay, struct sl_replay_totals *ret_totals)
{
	const struct sl_stats_worker *stats =
		(const struct sl_stats_worker *)(replay->config.stats + 1);

	*ret_totals = (struct sl_replay_totals){.passed_over = replay->passed_over};
	for (unsigned i = 0; i < replay->config.workers; i++) {
		const sl_stat *ledger = stats[i].ledger[0];

		ret_totals->received += sl_stat_get(&ledger[SL_LEDGER_RECEIVED]);
		ret_totals->accepted += sl_stat_get(&ledger[SL_LEDGER_ACCEPTED]);
		ret_totals->refused += sl_stat_get(&ledger[SL_LEDGER_REFUSED]);
		ret_totals->duplicates += sl_stat_get(&ledger[SL_LEDGER_DUPLICATES]);
		ret_totals->matched += sl_stat_get(&ledger[SL_LEDGER_MATCHED]);
		ret_totals->unmatched += sl_stat_get(&ledger[SL_LEDGER_UNMATCHED]);
	}
}
