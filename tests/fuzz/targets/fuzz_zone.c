/* Zone files: whatever is read as one gives transitions that the artifact's reader lets pass. */
#include "rules/time/zones_priv.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

static void check(const struct sl_buffer *transitions, int64_t repeats_from_s)
{
	const struct sl_transition *at = (const struct sl_transition *)transitions->at;
	size_t n = transitions->bytes / sizeof(*at);

	assert(n > 0 && at[0].from_s == INT64_MIN);
	for (size_t i = 0; i < n; i++) {
		assert(i == 0 || at[i].from_s > at[i - 1].from_s);
		assert(at[i].offset_s <= SL_ZONE_OFFSET_S_MAX &&
		       at[i].offset_s >= -SL_ZONE_OFFSET_S_MAX);
	}
	assert(repeats_from_s == INT64_MAX || (repeats_from_s >= SL_TIMESTAMP_SECONDS_MIN &&
					       repeats_from_s <= SL_TIMESTAMP_SECONDS_MAX));
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	struct sl_buffer transitions = {0};
	int64_t repeats_from_s;

	if (sl_zone_parse(bytes, n, &transitions, &repeats_from_s))
		check(&transitions, repeats_from_s);
	else
		assert(transitions.bytes == 0);
	sl_buffer_fini(&transitions);
	return 0;
}
