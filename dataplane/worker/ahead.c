/* What a start may do on threads of its own while the journal is opened and read. */
#include "base/turns.h"
#include "worker/worker_priv.h"

#include <stdio.h>

/* Of each worker's ids. What a larger setting asks for beyond comes with the ids. */
#define TOUCH_BYTES_MAX ((size_t)1 << 30)

void sl_engine_touch(const struct sl_engine *engine, const _Atomic bool *stop)
{
	/* on a core that nobody needs: those who read the journal touch what they need themselves
	 */
	sl_turns_last();
	for (unsigned i = 0; i < engine->n_workers; i++)
		sl_seen_touch(engine->workers[i].seen, TOUCH_BYTES_MAX, stop);
	/* who needs it sooner does it itself, and tells where it cannot be had */
	for (unsigned i = 0; i < engine->n_workers; i++)
		sl_states_touch(engine->workers[i].states, stop);
}

int sl_engine_read(struct sl_engine *engine, const char *artifact_path,
		   char ret_why[SL_SENTENCE_BYTES])
{
	struct sl_generation *generation;
	int error = sl_generation_new(artifact_path, 1, &generation, ret_why);

	if (error)
		return error;
	sl_generation_free(engine->read);
	engine->read = generation;
	snprintf(engine->read_path, sizeof(engine->read_path), "%s", artifact_path);
	return 0;
}

struct sl_generation *sl_engine_take_read(struct sl_engine *engine, const char *artifact_path)
{
	struct sl_generation *generation = engine->read;

	engine->read = NULL;
	if (generation && (engine->loads || strcmp(artifact_path, engine->read_path) != 0)) {
		sl_generation_free(generation);
		generation = NULL;
	}
	return generation;
}
