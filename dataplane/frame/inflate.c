#include "frame/inflate_priv.h"

#define GZIP_HEAD_BYTES 18u /* a member has at least so many */

static bool is_word(struct sl_span value, const char *lower)
{
	if (value.bytes != strlen(lower))
		return false;
	for (size_t i = 0; i < value.bytes; i++)
		if ((value.at[i] >= 'A' && value.at[i] <= 'Z' ? value.at[i] | 0x20 : value.at[i]) !=
		    (uint8_t)lower[i])
			return false;
	return true;
}

enum sl_coding sl_coding_of(struct sl_span value)
{
	if (value.bytes == 0 || is_word(value, "identity"))
		return SL_CODING_NONE;
	if (is_word(value, "gzip") || is_word(value, "x-gzip"))
		return SL_CODING_GZIP;
	return is_word(value, "deflate") ? SL_CODING_DEFLATE : SL_CODING_UNKNOWN;
}

/* One stream, behind `done` bytes of others. */
static enum sl_reason run_stream(struct sl_inflater *inflater, z_stream *stream,
				 struct sl_span *rest, size_t *done)
{
	int result;

	inflateReset(stream);
	stream->next_in = rest->at;
	stream->avail_in = (uInt)rest->bytes;
	stream->next_out = inflater->room + *done;
	/* one more than may be: what fills it is too much */
	stream->avail_out = (uInt)(inflater->bytes_max + 1 - *done);
	result = inflate(stream, Z_FINISH);
	*done = inflater->bytes_max + 1 - stream->avail_out;
	*rest = sl_span_of(stream->next_in, stream->avail_in);
	if (*done > inflater->bytes_max)
		return SL_WHY_BODY_TOO_LARGE;
	return result == Z_STREAM_END ? SL_WHY_NONE : SL_WHY_BODY_CODING;
}

static bool begins_gzip(struct sl_span body)
{
	return body.bytes >= GZIP_HEAD_BYTES && body.at[0] == 0x1f && body.at[1] == 0x8b;
}

/* As zlib's format says in its first two bytes. */
static bool begins_zlib(struct sl_span body)
{
	return body.bytes >= 2 && (body.at[0] & 0x0f) == 8 &&
	       (body.at[0] << 8 | body.at[1]) % 31 == 0;
}

enum sl_reason sl_inflater_run(struct sl_inflater *inflater, enum sl_coding coding,
			       struct sl_span body, struct sl_span *ret_body)
{
	z_stream *stream = &inflater->wrapped;
	struct sl_span rest = body;
	size_t done = 0;
	enum sl_reason why;

	if (coding == SL_CODING_UNKNOWN || body.bytes > UINT32_MAX)
		return SL_WHY_BODY_CODING;
	if (coding == SL_CODING_GZIP && !begins_gzip(body))
		return SL_WHY_BODY_CODING;
	if (coding == SL_CODING_DEFLATE && !begins_zlib(body))
		stream = &inflater->bare;
	/* gzip may be several, one behind the other */
	do {
		why = run_stream(inflater, stream, &rest, &done);
	} while (!why && coding == SL_CODING_GZIP && begins_gzip(rest));
	if (why)
		return why;
	if (rest.bytes)
		return SL_WHY_BODY_CODING;
	*ret_body = sl_span_of(inflater->room, done);
	return SL_WHY_NONE;
}
