/* The engine: memory for all workers, recovery, and the life of rule-set generations. */
#include "sluice/layout.h"
#include "worker/worker_priv.h"

#include <stdio.h>
#include <stdlib.h>

#define SCAN_EVENTS 16u /* in one scan: a scan's fixed cost is that of half an event */

static void *zeroed(size_t n, size_t bytes)
{
	void *at = aligned_alloc(64, (n * bytes + 63) / 64 * 64);

	if (at)
		memset(at, 0, (n * bytes + 63) / 64 * 64);
	return at;
}

static int make_lanes(struct sl_engine *engine)
{
	unsigned n = engine->n_workers;
	uint32_t capacity = 2;

	if (n == 1)
		return 0;
	/* and a tick */
	while (capacity <
	       (uint32_t)engine->config.settings.partitions_handover + SL_PARTS_LARGE + 1)
		capacity *= 2;
	engine->lanes = zeroed((size_t)n * n, sizeof(*engine->lanes));
	engine->ring_slots = calloc((size_t)n * n * 2 * capacity, sizeof(*engine->ring_slots));
	if (!engine->lanes || !engine->ring_slots)
		return -ENOMEM;
	for (unsigned i = 0; i < n * n; i++) {
		sl_ring_init(&engine->lanes[i].there, engine->ring_slots + (size_t)i * 2 * capacity,
			     capacity);
		sl_ring_init(&engine->lanes[i].back,
			     engine->ring_slots + ((size_t)i * 2 + 1) * capacity, capacity);
	}
	for (unsigned i = 0; i < n; i++)
		engine->workers[i].lanes_out = engine->lanes + (size_t)i * n;
	return 0;
}

static int make_waits(struct sl_waits *waits, uint32_t room)
{
	uint32_t capacity = 64;

	while (capacity < room)
		capacity *= 2;
	waits->at = calloc(capacity, sizeof(*waits->at));
	if (!waits->at)
		return -ENOMEM;
	waits->mask = capacity - 1;
	waits->head = waits->tail = 0;
	return 0;
}

static int make_seen(struct sl_worker *worker)
{
	const struct sl_settings *settings = &worker->engine->config.settings;
	uint64_t owned[SL_PARTITIONS / 64] = {0};

	for (unsigned p = 0; p < SL_PARTITIONS; p++)
		if (sl_owner_of(worker->engine, (uint16_t)p) == worker->index)
			owned[p / 64] |= 1ull << p % 64;
	return sl_seen_new(owned, (uint32_t)settings->duplicates_per_partition,
			   settings->duplicates_age_ms * SL_NS_PER_MS, worker->stats,
			   &worker->seen);
}

static int make_states(struct sl_worker *worker)
{
	const struct sl_settings *settings = &worker->engine->config.settings;
	uint64_t bytes = (uint64_t)settings->state_bytes / worker->engine->n_workers;
	uint32_t room = (uint32_t)settings->candidates + SL_STATE_FIRES_MAX;

	worker->candidates_room = room;
	worker->candidates = calloc(room, sizeof(*worker->candidates));
	worker->order = calloc(room, sizeof(*worker->order));
	worker->changes = calloc(room, sizeof(*worker->changes));
	worker->group_triggers = calloc(room, sizeof(*worker->group_triggers));
	if (!worker->candidates || !worker->order || !worker->changes || !worker->group_triggers)
		return -ENOMEM;
	sl_time_init(worker);
	return sl_states_new(bytes < SL_STATES_BYTES_MIN ? SL_STATES_BYTES_MIN : bytes,
			     &worker->states);
}

static int make_stages(struct sl_worker *worker)
{
	const struct sl_settings *settings = &worker->engine->config.settings;
	const struct sl_decode_limits decode = {
		.event_bytes = (uint32_t)settings->event_bytes,
		.depth = (uint32_t)settings->event_depth,
		.skew_ahead_ns = settings->skew_ahead_ms * SL_NS_PER_MS,
	};
	const struct sl_match_limits match = {
		.events = SL_BURST_EVENTS,
		.candidates = (uint32_t)settings->candidates,
		.event_bytes = (uint32_t)settings->event_bytes,
		.scan_events = SCAN_EVENTS,
	};
	int error = sl_decoder_new(&decode, &worker->decoder);

	if (!error)
		error = sl_matcher_new(&match, worker->stats, &worker->matcher);
	if (!error)
		error = sl_assembly_new((size_t)settings->assembly_bytes, &worker->assembly);
	if (!error)
		error = make_seen(worker);
	if (!error)
		error = make_states(worker);
	if (!error)
		error = sl_handover_new(worker);
	if (!error)
		error = sl_mailbox_new(worker);
	worker->http_limits = (struct sl_http_framer_limits){
		.http =
			{
				.header_bytes = (size_t)settings->http_header_bytes,
				.headers = (unsigned)settings->http_headers,
				.body_bytes = (uint64_t)settings->http_body_bytes,
			},
		.header_ns = settings->http_header_ms * SL_NS_PER_MS,
		.body_ns = settings->http_body_ms * SL_NS_PER_MS,
		.idle_ns = settings->http_idle_ms * SL_NS_PER_MS,
	};
	return error;
}

static int make_worker(struct sl_engine *engine, unsigned index)
{
	struct sl_worker *worker = &engine->workers[index];
	const struct sl_settings *settings = &engine->config.settings;
	uint32_t parts =
		engine->n_workers * ((uint32_t)settings->partitions_handover + SL_PARTS_LARGE);
	int error;

	worker->engine = engine;
	worker->index = index;
	worker->io_ops = engine->config.io;
	worker->stats = (struct sl_stats_worker *)(engine->config.stats + 1) + index;
	worker->campaigns = sl_stats_page_campaigns(engine->config.stats) + index;
	/* one for what departed, and those of channels on wires */
	worker->sessions = calloc((size_t)settings->io_connections + 1 + SL_CHANNELS_MAX,
				  sizeof(*worker->sessions));
	worker->requests = calloc(SL_REQUESTS, sizeof(*worker->requests));
	worker->burst.slots =
		calloc((size_t)SL_BURST_EVENTS * SL_FIELDS_MAX, sizeof(*worker->burst.slots));
	worker->data = malloc(SL_DATA_BYTES);
	if (worker->engine->config.settings.record_events) {
		worker->recorded = malloc(SL_RECORDED_BYTES);
		if (!worker->recorded)
			return -ENOMEM;
	}
	worker->reply = malloc(SL_OUTPUT_BYTES);
	if (!worker->sessions || !worker->requests || !worker->burst.slots || !worker->data ||
	    !worker->reply)
		return -ENOMEM;
	for (unsigned i = 0; i < SL_REQUESTS; i++) {
		worker->requests[i].next = worker->free_requests;
		worker->free_requests = &worker->requests[i];
	}
	for (unsigned i = 0; i < engine->config.n_channels; i++)
		worker->sessions[sl_wire_session(worker, i)].channel = (uint8_t)i;
	error = make_waits(&worker->waits, SL_REQUESTS + parts);
	if (!error)
		error = make_stages(worker);
	return error ? error : sl_wire_worker_new(worker);
}

static void free_worker(struct sl_worker *worker)
{
	sl_wire_free(worker->wire);
	sl_mailbox_free(worker);
	sl_handover_free(worker);
	sl_seen_free(worker->seen);
	sl_states_free(worker->states);
	free(worker->group_triggers);
	free(worker->changes);
	free(worker->order);
	free(worker->candidates);
	sl_assembly_free(worker->assembly);
	sl_matcher_free(worker->matcher);
	sl_decoder_free(worker->decoder);
	free(worker->waits.at);
	free(worker->reply);
	free(worker->recorded);
	free(worker->data);
	free(worker->burst.slots);
	free(worker->requests);
	free(worker->sessions);
}

static void wake_worker(void *context, unsigned index)
{
	struct sl_engine *engine = context;
	struct sl_io *io =
		atomic_load_explicit(&engine->group.members[index], memory_order_acquire);

	if (io)
		engine->config.io->wake(io);
}

static void store_failed(void *context, int error, const char *sentence)
{
	struct sl_engine *engine = context;

	engine->config.fatal(engine->config.context, error, sentence);
}

static void consume_block(void *context, const void *block, size_t bytes)
{
	struct sl_engine *engine = context;

	if (engine->config.consume)
		engine->config.consume(engine->config.context, block, bytes);
}

static int open_store(struct sl_engine *engine, char ret_why[SL_SENTENCE_BYTES])
{
	const struct sl_settings *settings = &engine->config.settings;
	struct sl_store_config config = {
		.journal_path = engine->config.in_memory ? NULL : engine->journal_path,
		.cursors_path = engine->config.in_memory ? NULL : engine->cursors_path,
		.map_bytes = (uint64_t)settings->journal_bytes,
		.backpressure_percent = (unsigned)settings->journal_backpressure,
		.batch_bytes = (uint32_t)settings->journal_batch_bytes,
		.preallocate = settings->journal_preallocate,
		.workers = engine->n_workers,
		.stats = &engine->config.stats->store,
		.wake = wake_worker,
		.failed = store_failed,
		.consume = consume_block,
		.context = engine,
	};

	snprintf(engine->journal_path, sizeof(engine->journal_path), "%s/" SL_DATA_JOURNAL,
		 settings->data);
	snprintf(engine->cursors_path, sizeof(engine->cursors_path), "%s/" SL_DATA_CURSORS,
		 settings->data);
	return sl_store_open(&config, &engine->store, ret_why);
}

int sl_engine_make(const struct sl_engine_config *config, struct sl_engine **ret_engine,
		   char ret_why[SL_SENTENCE_BYTES])
{
	struct sl_engine *engine = zeroed(1, sizeof(*engine));
	int error = -ENOMEM;

	assert(config->workers >= 1 && config->workers <= SL_IO_WORKERS_MAX);
	snprintf(ret_why, SL_SENTENCE_BYTES, "not enough memory for %u workers", config->workers);
	if (!engine)
		return error;
	engine->config = *config;
	engine->n_workers = config->workers;
	atomic_store(&engine->tick_ns, INT64_MIN);
	engine->group.ops = config->io;
	engine->group.n = config->workers;
	engine->workers = zeroed(config->workers, sizeof(*engine->workers));
	if (!engine->workers)
		goto fail;
	error = sl_wire_plan_new(engine);
	if (!error)
		error = make_lanes(engine);
	for (unsigned i = 0; !error && i < engine->n_workers; i++)
		error = make_worker(engine, i);
	if (error)
		goto fail;
	*ret_engine = engine;
	return 0;
fail:
	sl_engine_free(engine);
	return error;
}

int sl_engine_open(struct sl_engine *engine, char ret_why[SL_SENTENCE_BYTES])
{
	int error = open_store(engine, ret_why);

	if (error)
		return error;
	for (unsigned i = 0; i < engine->n_workers; i++)
		engine->workers[i].store = sl_store_worker(engine->store, i);
	return sl_engine_recover(engine, ret_why);
}

int sl_engine_new(const struct sl_engine_config *config, struct sl_engine **ret_engine,
		  char ret_why[SL_SENTENCE_BYTES])
{
	struct sl_engine *engine;
	int error = sl_engine_make(config, &engine, ret_why);

	if (error)
		return error;
	error = sl_engine_open(engine, ret_why);
	if (error) {
		sl_engine_free(engine);
		return error;
	}
	*ret_engine = engine;
	return 0;
}

void sl_engine_free(struct sl_engine *engine)
{
	if (!engine)
		return;
	sl_store_close(engine->store);
	for (unsigned i = 0; engine->workers && i < engine->n_workers; i++)
		free_worker(&engine->workers[i]);
	sl_generation_free(engine->read);
	sl_generation_free(engine->retired);
	sl_generation_free(atomic_load(&engine->generation));
	sl_wire_plan_free(engine);
	free(engine->ring_slots);
	free(engine->lanes);
	free(engine->workers);
	free(engine);
}
