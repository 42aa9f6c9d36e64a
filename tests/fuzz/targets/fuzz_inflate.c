/* Bodies in a coding: what comes out is within the bound, the same each time.
 *
 * The input: a byte for the coding, then the body. */
#include "frame/inflate.h"

#include <assert.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define BYTES_MAX 4096u

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sl_inflater *inflater;
	struct sl_span body = {0}, again = {0};
	enum sl_coding coding;
	enum sl_reason why;
	uint8_t *copy;

	if (size < 1)
		return 0;
	coding = data[0] % 2 ? SL_CODING_GZIP : SL_CODING_DEFLATE;
	copy = malloc(size);
	assert(copy && sl_inflater_new(BYTES_MAX, &inflater) == 0);
	memcpy(copy, data + 1, size - 1);
	why = sl_inflater_run(inflater, coding, sl_span_of(copy, size - 1), &body);
	assert(why == SL_WHY_NONE || why == SL_WHY_BODY_CODING || why == SL_WHY_BODY_TOO_LARGE);
	if (!why) {
		uint8_t *kept = malloc(body.bytes + 1);

		assert(kept && body.bytes <= BYTES_MAX);
		memcpy(kept, body.at, body.bytes);
		assert(sl_inflater_run(inflater, coding, sl_span_of(copy, size - 1), &again) ==
		       why);
		assert(sl_span_equal(sl_span_of(kept, body.bytes), again));
		free(kept);
	}
	sl_inflater_free(inflater);
	free(copy);
	return 0;
}
