/* What is asked of workers about what they remember: by the commander, answered by each worker
 * itself, for nobody else may touch it. */
#include "worker/worker_priv.h"

#include <string.h>
#include <time.h>

#define PATIENCE_MS 1000

_Static_assert(SL_ENGINE_SLOTS_MAX * sizeof(uint64_t) <= 1024, "a round's work is small");

_Static_assert((int)SL_COMMAND_LOOK_RUN == (int)SL_LOOK_RUN &&
		       (int)SL_COMMAND_LOOK_LIMIT == (int)SL_LOOK_LIMIT,
	       "kinds go out as they are");

static void put_name(const struct sl_artifact *artifact, struct sl_text_ref name,
		     char at[SL_COMMAND_NAME_BYTES])
{
	struct sl_text text = sl_artifact_text(artifact, name);
	uint32_t n = text.bytes < SL_COMMAND_NAME_BYTES ? text.bytes : SL_COMMAND_NAME_BYTES - 1;

	memcpy(at, text.at, n);
	at[n] = 0;
}

static void put_look(const struct sl_artifact *artifact, const struct sl_state_look *look,
		     struct sl_command_look *ret_look)
{
	struct sl_command_look out = {
		.kind = (uint32_t)look->kind,
		.count = look->count,
		.first_ns = look->first_ns,
		.last_ns = look->last_ns,
		.due_ns = look->due_ns,
	};

	put_name(artifact, artifact->campaigns[look->campaign].name, out.campaign);
	if (look->kind != SL_LOOK_LIMIT) {
		const struct sl_sequence *sequence = &artifact->sequences[look->sequence];

		put_name(artifact, artifact->steps[sequence->step + look->step].name, out.step);
	}
	*ret_look = out;
}

static void look(struct sl_worker *worker, struct sl_inquiry *inquiry)
{
	const struct sl_text key = {.at = inquiry->key, .bytes = inquiry->key_bytes};
	struct sl_state_look looks[SL_COMMAND_LOOKS_MAX];

	inquiry->n_looks = 0;
	inquiry->tick_ns = worker->owner_time.tick_ns;
	if (!worker->generation)
		return;
	inquiry->n_looks = sl_states_look(worker->states, worker->generation->temporal.plan, key,
					  sl_text_hash(key.at, key.bytes), inquiry->tick_ns, looks,
					  SL_COMMAND_LOOKS_MAX);
	for (uint32_t i = 0; i < inquiry->n_looks && i < SL_COMMAND_LOOKS_MAX; i++)
		put_look(worker->generation->artifact, &looks[i], &inquiry->looks[i]);
}

void sl_inquiry_answer(struct sl_worker *worker)
{
	struct sl_inquiry *inquiry = &worker->inquiry;

	if (!atomic_load_explicit(&inquiry->asked, memory_order_acquire))
		return;
	/* without a rule set what it remembers may be the loader's: nothing yet */
	for (unsigned i = 0; i < inquiry->n; i++)
		inquiry->live[i] =
			worker->generation ? sl_states_live(worker->states, inquiry->slots[i]) : 0;
	if (inquiry->key_bytes)
		look(worker, inquiry);
	atomic_store_explicit(&inquiry->asked, false, memory_order_release);
}

static bool is_asked(struct sl_worker *worker)
{
	return atomic_load_explicit(&worker->inquiry.asked, memory_order_acquire);
}

/* Whether it can be asked now: it runs, and no question of before is still with it. */
static bool is_free(struct sl_worker *worker)
{
	return !is_asked(worker) && atomic_load_explicit(&worker->running, memory_order_acquire);
}

static bool can_ask(struct sl_engine *engine)
{
	for (unsigned i = 0; i < engine->n_workers; i++)
		if (!is_free(&engine->workers[i]))
			return false;
	return true;
}

static void hand_over(struct sl_worker *worker)
{
	struct sl_io *io = atomic_load_explicit(&worker->engine->group.members[worker->index],
						memory_order_acquire);

	atomic_store_explicit(&worker->inquiry.asked, true, memory_order_release);
	if (io)
		worker->io_ops->wake(io);
}

static bool all_answered(struct sl_engine *engine)
{
	for (unsigned i = 0; i < engine->n_workers; i++)
		if (is_asked(&engine->workers[i]))
			return false;
	return true;
}

/* False: not in time. */
static bool wait_for_all(struct sl_engine *engine)
{
	const struct timespec pause = {.tv_nsec = SL_NS_PER_MS / 4};

	for (int tries = 0; tries < PATIENCE_MS * 4 && !all_answered(engine); tries++)
		nanosleep(&pause, NULL);
	return all_answered(engine);
}

int sl_engine_live(struct sl_engine *engine, const uint64_t *slots, unsigned n, uint64_t *ret_live)
{
	assert(n <= SL_ENGINE_SLOTS_MAX);
	if (!can_ask(engine))
		return -SL_E_BUSY;
	for (unsigned i = 0; i < engine->n_workers; i++) {
		struct sl_inquiry *inquiry = &engine->workers[i].inquiry;

		inquiry->n = n;
		inquiry->key_bytes = 0;
		memcpy(inquiry->slots, slots, n * sizeof(*slots));
		hand_over(&engine->workers[i]);
	}
	if (!wait_for_all(engine))
		return -SL_E_BUSY;
	for (unsigned s = 0; s < n; s++) {
		ret_live[s] = 0;
		for (unsigned i = 0; i < engine->n_workers; i++)
			ret_live[s] += engine->workers[i].inquiry.live[s];
	}
	return 0;
}

int sl_engine_look(struct sl_engine *engine, struct sl_text key, struct sl_command_look *ret_looks,
		   int64_t *ret_tick_ns)
{
	uint16_t partition = (uint16_t)(sl_text_hash(key.at, key.bytes) % SL_PARTITIONS);
	struct sl_worker *owner = &engine->workers[sl_owner_of(engine, partition)];
	struct sl_inquiry *inquiry = &owner->inquiry;
	uint32_t n;

	assert(key.bytes && key.bytes <= sizeof(inquiry->key));
	if (!is_free(owner))
		return -SL_E_BUSY;
	inquiry->n = 0;
	inquiry->key_bytes = key.bytes;
	memcpy(inquiry->key, key.at, key.bytes);
	hand_over(owner);
	if (!wait_for_all(engine))
		return -SL_E_BUSY;
	n = inquiry->n_looks < SL_COMMAND_LOOKS_MAX ? inquiry->n_looks : SL_COMMAND_LOOKS_MAX;
	memcpy(ret_looks, inquiry->looks, n * sizeof(*ret_looks));
	*ret_tick_ns = inquiry->tick_ns;
	return (int)inquiry->n_looks;
}
