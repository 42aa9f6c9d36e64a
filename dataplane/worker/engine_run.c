/* The engine at work: workers open and close, rule sets are exchanged, everything is drained. */
#include "worker/worker_priv.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#define PATIENCE_MS 10000 /* that workers get to adopt a generation or to let go of one */

static void sleep_a_millisecond(void)
{
	nanosleep(&(struct timespec){.tv_nsec = SL_NS_PER_MS}, NULL);
}

static void wake_all(struct sl_engine *engine)
{
	for (unsigned i = 0; i < engine->n_workers; i++) {
		struct sl_io *io =
			atomic_load_explicit(&engine->group.members[i], memory_order_acquire);

		if (io)
			engine->config.io->wake(io);
	}
}

int sl_engine_start(struct sl_engine *engine)
{
	return sl_store_start(engine->store);
}

struct sl_worker *sl_engine_worker(struct sl_engine *engine, unsigned index)
{
	assert(index < engine->n_workers);
	return &engine->workers[index];
}

struct sl_io *sl_worker_io(struct sl_worker *worker)
{
	return worker->io;
}

struct sl_packets *sl_worker_packets(struct sl_worker *worker)
{
	return worker->packets;
}

int sl_worker_open(struct sl_worker *worker)
{
	struct sl_engine *engine = worker->engine;
	const struct sl_settings *settings = &engine->config.settings;
	struct sl_io_config config = {
		.group = &engine->group,
		.worker = worker->index,
		.listeners = engine->config.listeners,
		.n_listeners = engine->config.n_channels,
		.connections = (uint32_t)settings->io_connections,
		.buffers = (uint32_t)settings->io_buffers,
		.buffer_bytes = (uint32_t)settings->io_buffer_bytes,
		.output_bytes = SL_OUTPUT_BYTES,
		.udp_gro = settings->udp_gro,
		.stats = worker->stats,
	};
	const struct sl_packets_config packets = {
		.context = engine->config.packets_context,
		.worker = worker->index,
		.stats = worker->stats,
	};
	int error = worker->io_ops->open(&config, &worker->io);

	if (!error && engine->config.packets) {
		error = engine->config.packets->open(&packets, &worker->packets);
		if (error) {
			worker->io_ops->close(worker->io);
			worker->io = NULL;
		}
	}
	if (!error)
		atomic_store_explicit(&worker->running, true, memory_order_release);
	return error;
}

void sl_worker_close(struct sl_worker *worker)
{
	atomic_store_explicit(&worker->running, false, memory_order_release);
	for (uint32_t i = 0; i < (uint32_t)worker->engine->config.settings.io_connections; i++)
		sl_session_closed(worker, i);
	sl_stash_drop_departed(worker);
	if (worker->packets)
		worker->engine->config.packets->close(worker->packets);
	worker->packets = NULL;
	worker->io_ops->close(worker->io);
	worker->io = NULL;
}

static bool all_adopted(const struct sl_engine *engine, uint64_t number)
{
	for (unsigned i = 0; i < engine->n_workers; i++) {
		struct sl_worker *worker = &engine->workers[i];

		if (atomic_load_explicit(&worker->running, memory_order_acquire) &&
		    atomic_load_explicit(&worker->adopted, memory_order_acquire) != number)
			return false;
	}
	return true;
}

static bool in_use(const struct sl_engine *engine, const struct sl_generation *generation)
{
	for (unsigned i = 0; i < engine->n_workers; i++)
		if (atomic_load_explicit(&generation->users[i], memory_order_acquire))
			return true;
	return false;
}

/* True: the generation before the current one is gone, and a new one may come. */
static bool free_retired(struct sl_engine *engine)
{
	for (int tries = 0; engine->retired && tries < PATIENCE_MS; tries++) {
		if (all_adopted(engine, engine->loads) && !in_use(engine, engine->retired)) {
			sl_generation_free(engine->retired);
			engine->retired = NULL;
		} else {
			sleep_a_millisecond();
		}
	}
	return !engine->retired;
}

/* Before the first set under which anything is remembered, see sl_states_touch(). */
static int touch_states(struct sl_engine *engine, char ret_why[SL_SENTENCE_BYTES])
{
	int error = 0;

	for (unsigned i = 0; !error && i < engine->n_workers; i++)
		error = sl_states_touch(engine->workers[i].states, NULL);
	if (error)
		snprintf(ret_why, SL_SENTENCE_BYTES,
			 "there is less memory than state.bytes asks for; lower it, or give the "
			 "dataplane more");
	return error;
}

int sl_engine_load(struct sl_engine *engine, const char *artifact_path,
		   char ret_why[SL_SENTENCE_BYTES])
{
	struct sl_generation *generation;
	int error;

	snprintf(ret_why, SL_SENTENCE_BYTES,
		 "the rule set before the one in force is still in use; try again");
	if (!free_retired(engine))
		return -SL_E_BUSY;
	snprintf(ret_why, SL_SENTENCE_BYTES, "%s", sl_error_text(-ENOMEM));
	generation = sl_engine_take_read(engine, artifact_path);
	error = generation
			? 0
			: sl_generation_new(artifact_path, engine->loads + 1, &generation, ret_why);
	if (error)
		return error;
	if (engine->map_plan)
		error = sl_map_binding_new(engine->map_plan, generation->artifact,
					   &generation->binding);
	if (error) {
		sl_generation_free(generation);
		return error;
	}
	for (unsigned i = 0; i < engine->n_workers; i++) {
		error = sl_matcher_prepare(engine->workers[i].matcher, generation->set);
		if (error) {
			snprintf(ret_why, SL_SENTENCE_BYTES,
				 "no room for worker %u to scan with: %s", i, sl_error_text(error));
			sl_generation_free(generation);
			return error;
		}
	}
	error = generation->temporal.remembers ? touch_states(engine, ret_why) : 0;
	if (error) {
		sl_generation_free(generation);
		return error;
	}
	if (!engine->states_restored) {
		error = sl_engine_restore_states(engine, generation, ret_why);
		if (error) {
			sl_generation_free(generation);
			return error;
		}
		engine->states_restored = true;
	}
	engine->loads++;
	engine->retired = atomic_load_explicit(&engine->generation, memory_order_relaxed);
	atomic_store_explicit(&engine->generation, generation, memory_order_release);
	wake_all(engine);
	/* a worker that waits for room adopts once it has it: the set is published all the same */
	for (int tries = 0; tries < PATIENCE_MS && !all_adopted(engine, engine->loads); tries++)
		sleep_a_millisecond();
	if (!all_adopted(engine, engine->loads)) {
		snprintf(ret_why, SL_SENTENCE_BYTES,
			 "not every worker has taken it in time: the journal holds them up");
		return -SL_E_BUSY;
	}
	free_retired(engine);
	return 0;
}

uint64_t sl_engine_ruleset(const struct sl_engine *engine)
{
	const struct sl_generation *generation = atomic_load_explicit(
		&((struct sl_engine *)engine)->generation, memory_order_acquire);

	return generation ? generation->artifact->meta->ruleset : 0;
}

void sl_engine_tick(struct sl_engine *engine, int64_t tick_ns)
{
	int64_t least = atomic_load_explicit(&engine->tick_ns, memory_order_relaxed);

	while (tick_ns > least && !atomic_compare_exchange_weak(&engine->tick_ns, &least, tick_ns))
		;
	wake_all(engine);
}

int64_t sl_engine_next_due(const struct sl_engine *engine)
{
	int64_t least = INT64_MAX;

	for (unsigned i = 0; i < engine->n_workers; i++) {
		int64_t next = sl_states_next(engine->workers[i].states);

		least = next < least ? next : least;
	}
	return least;
}

void sl_engine_drain(struct sl_engine *engine)
{
	atomic_store_explicit(&engine->draining, true, memory_order_release);
	wake_all(engine);
}

bool sl_engine_drained(const struct sl_engine *engine)
{
	for (unsigned i = 0; i < engine->n_workers; i++)
		if (!atomic_load_explicit(&engine->workers[i].drained, memory_order_acquire))
			return false;
	return true;
}

void sl_engine_stop_commits(struct sl_engine *engine)
{
	sl_store_stop(engine->store);
}

void sl_engine_listen(struct sl_engine *engine, const struct sl_io_listener *listeners)
{
	memcpy(engine->config.listeners, listeners, sizeof(engine->config.listeners));
}
