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
	sl_record_plan_free(generation->recorded);
	sl_decode_plan_free(generation->plan);
	sl_artifact_close(generation->artifact);
	free(generation);
}
