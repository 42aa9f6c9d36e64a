/* The splitter: pieces lie in the body, in order, without overlap; a body that is one JSON array
 * comes out without a broken piece, each element sound. The first byte says whether it is lines. */
#include "../../unit/decode/plain_json.h"

#include "frame/frame.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define DEPTH 256u

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	bool is_lines, is_sound, is_broken = false;
	unsigned depth;
	struct sl_splitter splitter;
	struct sl_piece piece;
	size_t end = 0, n_unsound = 0;
	uint8_t *body;

	if (n == 0)
		return 0;
	is_lines = bytes[0] & 1;
	n--;
	body = malloc(n + SL_SPAN_PADDING);
	if (!body)
		abort();
	memcpy(body, bytes + 1, n);
	memset(body + n, ']', SL_SPAN_PADDING - 1);
	body[n + SL_SPAN_PADDING - 1] = 0;
	is_sound = plain_json_is_sound(body, n, DEPTH);
	/* the array around them is one level */
	depth = body[strspn((const char *)body, " \t\r\n")] == '[' ? DEPTH - 1 : DEPTH;
	sl_splitter_init(&splitter, sl_span_of(body, n),
			 is_lines ? SL_CONTENT_NDJSON : SL_CONTENT_JSON);
	while (sl_splitter_next(&splitter, &piece)) {
		assert(!is_broken); /* nothing comes behind it */
		assert(piece.text.at == body + piece.offset);
		assert(piece.offset >= end && piece.offset + piece.text.bytes <= n);
		assert(piece.text.bytes > 0 || piece.broken);
		end = piece.offset + piece.text.bytes;
		is_broken = piece.broken;
		n_unsound += !plain_json_is_sound(piece.text.at, piece.text.bytes, depth);
	}
	if (!is_lines) {
		assert(!is_sound || (!is_broken && n_unsound == 0));
		assert(is_sound || is_broken || n_unsound > 0);
	}
	assert(!sl_splitter_next(&splitter, &piece));
	free(body);
	return 0;
}
