#include "worker/worker_priv.h"

#include <stdio.h>
#include <stdlib.h>

int sl_generation_new(const char *path, uint64_t number, struct sl_generation **ret_generation,
		      char ret_why[SL_SENTENCE_BYTES])
{
	struct sl_generation *generation = calloc(1, sizeof(*generation));
	int error = -ENOMEM;

	if (!generation)
		return error;
	generation->number = number;
	error = sl_artifact_open(path, &generation->artifact, ret_why);
	if (error)
		goto fail;
	error = sl_decode_plan_new(generation->artifact, &generation->plan);
	if (error) {
		snprintf(ret_why, SL_SENTENCE_BYTES, "the schema cannot be decoded by: %s",
			 sl_error_text(error));
		goto fail;
	}
	error = sl_record_plan_new(generation->artifact, &generation->recorded);
	if (error) {
		snprintf(ret_why, SL_SENTENCE_BYTES, "not enough memory");
		goto fail;
	}
	error = sl_match_set_new(generation->artifact, &generation->set, ret_why);
	if (error)
		goto fail;
	error = sl_temporal_init(&generation->temporal, generation->artifact, ret_why);
	if (error)
		goto fail;
	*ret_generation = generation;
	return 0;
fail:
	sl_generation_free(generation);
	return error;
}

void sl_generation_free(struct sl_generation *generation)
{
	if (!generation)
		return;
	sl_temporal_fini(&generation->temporal);
	sl_match_set_free(generation->set);
	sl_map_binding_free(generation->binding);
	sl_record_plan_free(generation->recorded);
	sl_decode_plan_free(generation->plan);
	sl_artifact_close(generation->artifact);
	free(generation);
}

static void note_longest(sl_stat *longest, int64_t ns)
{
	if ((uint64_t)ns > sl_stat_get(longest))
		sl_stat_set(longest, (uint64_t)ns);
}

void sl_swap_taken(struct sl_worker *worker)
{
	worker->swap_ns =
		worker->clock(worker->clock_context).monotonic_ns - worker->now.monotonic_ns;
	worker->swap = SL_SWAP_TAKEN;
}

void sl_swap_matched(struct sl_worker *worker)
{
	if (worker->swap != SL_SWAP_TAKEN)
		return;
	note_longest(&worker->stats->swap_ns_max,
		     worker->swap_ns + worker->matched_ns - worker->now.monotonic_ns);
	worker->swap = SL_SWAP_MATCHED;
}

void sl_swap_round_end(struct sl_worker *worker)
{
	if (worker->swap != SL_SWAP_MATCHED)
		return;
	note_longest(&worker->stats->swap_round_ns_max,
		     worker->swap_ns + worker->clock(worker->clock_context).monotonic_ns -
			     worker->now.monotonic_ns);
	worker->swap = SL_SWAP_OVER;
}
