/* HTTP of both directions with gaps: nothing is read that was not given, and all memory comes back.
 *
 * The input: steps of a byte of kind (side, gap) and a byte of length, then as many bytes. */
#include "frame/mirror.h"

#include <assert.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct sl_mirror_limits limits = {
	.arena_bytes = 256u << 10, .header_bytes = 512, .body_bytes = 256, .pending = 4};

/* Reads all that is handed out. */
static uint64_t take(struct sl_mirror *mirror, struct sl_mirror_conn *conn)
{
	struct sl_mirror_request request;
	uint64_t hash = 0;

	while (sl_mirror_next(mirror, conn, &request)) {
		hash = hash * 31 + request.status + request.body_bytes + request.request.n_headers;
		for (size_t i = 0; i < request.body.bytes; i++)
			hash = hash * 31 + request.body.at[i];
		for (size_t i = 0; i < request.request.target.bytes; i++)
			hash = hash * 31 + request.request.target.at[i];
	}
	return hash;
}

/* A copy of its own, so that the end of each piece is watched. */
static void feed(struct sl_mirror *mirror, struct sl_mirror_conn *conn, unsigned side,
		 const uint8_t *at, size_t bytes)
{
	uint8_t *copy = malloc(bytes ? bytes : 1);

	assert(copy);
	if (bytes)
		memcpy(copy, at, bytes);
	sl_mirror_feed(mirror, conn, side, sl_span_of(copy, bytes), 1);
	free(copy);
}

static void in_steps(struct sl_mirror *mirror, const uint8_t *data, size_t size)
{
	struct sl_mirror_conn conn = {0};
	size_t at = 0;

	while (size - at >= 2) {
		size_t bytes = data[at + 1];
		unsigned side = data[at] & 1;
		bool is_gap = data[at] & 2, unknown = data[at] & 4;

		at += 2;
		if (is_gap) {
			sl_mirror_gap(mirror, &conn, side, bytes, unknown);
		} else {
			bytes = bytes < size - at ? bytes : size - at;
			feed(mirror, &conn, side, data + at, bytes);
			at += bytes;
		}
		take(mirror, &conn);
	}
	sl_mirror_end(mirror, &conn);
	take(mirror, &conn);
	sl_mirror_conn_fini(mirror, &conn);
	assert(sl_mirror_used(mirror) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sl_mirror *mirror;

	assert(sl_mirror_new(&limits, &mirror) == 0);
	in_steps(mirror, data, size);
	sl_mirror_free(mirror);
	return 0;
}
