/* What a generation's campaigns remember by; made once, when it is loaded. */
#include "worker/worker_priv.h"

#include <stdio.h>
#include <stdlib.h>

static int by_name(const void *a, const void *b, void *context)
{
	const struct sl_artifact *artifact = context;
	const struct sl_text x =
		sl_artifact_text(artifact, artifact->campaigns[*(const uint32_t *)a].name);
	const struct sl_text y =
		sl_artifact_text(artifact, artifact->campaigns[*(const uint32_t *)b].name);

	return sl_decide_order(x, y);
}

/* A bit for each field that somebody remembers by. */
static unsigned count_fields(const struct sl_artifact *artifact)
{
	uint64_t bits[SL_FIELDS_MAX / 64] = {0};
	unsigned n = 0;

	for (uint32_t i = 0; i < artifact->n_campaigns; i++) {
		int32_t slot = artifact->campaigns[i].by_slot;

		if (slot < 0 || bits[slot / 64] >> slot % 64 & 1)
			continue;
		bits[slot / 64] |= 1ull << slot % 64;
		n++;
	}
	return n;
}

static int list_mailed(struct sl_temporal *temporal, const struct sl_artifact *artifact)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < artifact->n_campaigns; i++)
		n += artifact->campaigns[i].for_customer != 0;
	if (!n)
		return 0;
	temporal->mailed = calloc(n, sizeof(*temporal->mailed));
	if (!temporal->mailed)
		return -ENOMEM;
	for (uint32_t i = 0; i < artifact->n_campaigns; i++)
		if (artifact->campaigns[i].for_customer)
			temporal->mailed[temporal->n_mailed++] = i;
	qsort_r(temporal->mailed, n, sizeof(*temporal->mailed), by_name, (void *)artifact);
	return 0;
}

static bool remembers(const struct sl_campaign *campaign)
{
	return campaign->sequence_count || campaign->limit_ns || campaign->exclusive.bytes;
}

static int list_asking(struct sl_temporal *temporal, const struct sl_artifact *artifact)
{
	temporal->asking = calloc(artifact->n_triggers / 64 + 1, sizeof(*temporal->asking));
	if (!temporal->asking)
		return -ENOMEM;
	for (uint32_t i = 0; i < artifact->n_triggers; i++)
		if (remembers(&artifact->campaigns[artifact->triggers[i].campaign]))
			temporal->asking[i / 64] |= UINT64_C(1) << i % 64;
	return 0;
}

int sl_temporal_init(struct sl_temporal *temporal, const struct sl_artifact *artifact,
		     char ret_why[SL_SENTENCE_BYTES])
{
	unsigned fields = count_fields(artifact);
	int error;

	*temporal = (struct sl_temporal){.by = fields > 0};
	if (fields > SL_BY_FIELDS_MAX) {
		snprintf(ret_why, SL_SENTENCE_BYTES,
			 "its campaigns remember by %u fields; %u may be remembered by at most",
			 fields, SL_BY_FIELDS_MAX);
		return -SL_E_LIMIT;
	}
	for (uint32_t i = 0; i < artifact->n_campaigns && !temporal->remembers; i++)
		temporal->remembers = remembers(&artifact->campaigns[i]);
	error = sl_state_plan_new(artifact, &temporal->plan);
	if (!error)
		error = list_mailed(temporal, artifact);
	if (!error)
		error = list_asking(temporal, artifact);
	if (!error)
		return 0;
	snprintf(ret_why, SL_SENTENCE_BYTES, "what campaigns remember cannot be laid out: %s",
		 sl_error_text(error));
	sl_temporal_fini(temporal);
	return error;
}

void sl_temporal_fini(struct sl_temporal *temporal)
{
	sl_state_plan_free(temporal->plan);
	free(temporal->mailed);
	free(temporal->asking);
	*temporal = (struct sl_temporal){0};
}

uint32_t sl_temporal_mailed(const struct sl_temporal *temporal, const struct sl_artifact *artifact,
			    struct sl_text name)
{
	uint32_t low = 0, high = temporal->n_mailed;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2, index = temporal->mailed[middle];
		int order = sl_decide_order(
			sl_artifact_text(artifact, artifact->campaigns[index].name), name);

		if (order == 0)
			return index;
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return UINT32_MAX;
}
