/* What the checks of an artifact share. The views are set and the framing is sound when they
 * begin; each check may rely on those named before it. All return 0 or -SL_E… with a sentence. */
#ifndef SL_BASE_ARTIFACT_PRIV_H
#define SL_BASE_ARTIFACT_PRIV_H

#include "base/artifact.h"
#include "framed_file_priv.h"

struct sl_artifact_check {
	const struct sl_artifact *artifact;
	uint64_t text_bytes;
	uint64_t blobs_bytes;
	uint64_t pattern_bytes;
	char *why; /* or NULL */
};

int sl_artifact_check_meta(const struct sl_artifact_check *check);
int sl_artifact_check_fields(const struct sl_artifact_check *check);
int sl_artifact_check_databases(const struct sl_artifact_check *check);
int sl_artifact_check_constants(const struct sl_artifact_check *check);
int sl_artifact_check_sets(const struct sl_artifact_check *check);
int sl_artifact_check_zones(const struct sl_artifact_check *check);
int sl_artifact_check_patterns(const struct sl_artifact_check *check);
int sl_artifact_check_code(const struct sl_artifact_check *check);
int sl_artifact_check_campaigns(const struct sl_artifact_check *check);
int sl_artifact_check_sequences(const struct sl_artifact_check *check);
int sl_artifact_check_steps(const struct sl_artifact_check *check);
int sl_artifact_check_windows(const struct sl_artifact_check *check);
int sl_artifact_check_data(const struct sl_artifact_check *check);
int sl_artifact_check_slots(const struct sl_artifact_check *check);
int sl_artifact_check_triggers(const struct sl_artifact_check *check);
int sl_artifact_check_atoms(const struct sl_artifact_check *check);
int sl_artifact_check_filings(const struct sl_artifact_check *check);
int sl_artifact_check_groups(const struct sl_artifact_check *check);
int sl_artifact_check_tree(const struct sl_artifact_check *check);

static inline bool sl_artifact_has_text(const struct sl_artifact_check *check,
					struct sl_text_ref ref)
{
	return (uint64_t)ref.offset + ref.bytes <= check->text_bytes;
}

/* A run of an array of n elements, of which earlier runs took *taken: runs are apart from each
 * other, so a run beyond what is left overlaps one, and checking all of them costs one pass. */
static inline bool sl_artifact_take_run(uint32_t first, uint32_t count, uint32_t n, uint64_t *taken)
{
	if ((uint64_t)first + count > n || *taken + count > n)
		return false;
	*taken += count;
	return true;
}

static inline bool sl_artifact_is_span(int64_t ns)
{
	return ns > 0 && ns <= SL_TIME_SPAN_NS_MAX;
}

#endif
