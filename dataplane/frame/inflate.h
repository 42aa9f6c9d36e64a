/* frame: bodies that came in a coding are unfolded.
 *
 * - One thread. sl_inflater_new() takes all memory, the library's too; a run takes none.
 * - A body may be made to unfold to a thousand times its size: what is beyond bytes_max is refused,
 *   never read in part. Cost: in proportion to the body and to bytes_max.
 * - What a run gives lives until the next one. SL_SPAN_PADDING bytes behind it may be read. */
#ifndef SL_FRAME_INFLATE_H
#define SL_FRAME_INFLATE_H

#include "base/span.h"
#include "sluice/reason.h"

enum sl_coding {
	SL_CODING_NONE = 0,
	SL_CODING_GZIP,
	SL_CODING_DEFLATE, /* zlib's format, as HTTP says, or the bare stream, as some send */
	SL_CODING_UNKNOWN, /* another, or several */
};

struct sl_inflater;

int sl_inflater_new(size_t bytes_max, struct sl_inflater **ret_inflater);
void sl_inflater_free(struct sl_inflater *inflater); /* takes NULL */

/* Of a Content-Encoding's value; empty: none. */
enum sl_coding sl_coding_of(struct sl_span value);

/* SL_WHY_NONE, SL_WHY_BODY_CODING or SL_WHY_BODY_TOO_LARGE. */
enum sl_reason sl_inflater_run(struct sl_inflater *inflater, enum sl_coding coding,
			       struct sl_span body, struct sl_span *ret_body);

#endif
