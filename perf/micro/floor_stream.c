#include "floor_stream.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

static const char head_end[] = "\r\n\r\n", length_name[] = "\r\nContent-Length: ";

void sl_perf_stream_fini(struct sl_perf_stream *stream)
{
	free(stream->carry);
	*stream = (struct sl_perf_stream){0};
}

static bool carry_on(struct sl_perf_stream *stream, const uint8_t *at, size_t bytes)
{
	if (!stream->carry)
		stream->carry = calloc(1, SL_PERF_CARRY_BYTES + SL_PERF_PADDING);
	if (!stream->carry || bytes > SL_PERF_CARRY_BYTES - stream->carried)
		return false;
	memcpy(stream->carry + stream->carried, at, bytes);
	stream->carried += bytes;
	return true;
}

/* Bytes of the head that begins here, 0: it does not end here; its body's length. */
static size_t read_head(const uint8_t *at, size_t bytes, uint64_t *ret_body)
{
	const uint8_t *end = memmem(at, bytes, head_end, sizeof(head_end) - 1);
	const uint8_t *length;

	if (!end)
		return 0;
	end += sizeof(head_end) - 1;
	length = memmem(at, (size_t)(end - at), length_name, sizeof(length_name) - 1);
	*ret_body = 0;
	for (length += length ? sizeof(length_name) - 1 : 0; length && *length >= '0'; length++)
		*ret_body = *ret_body * 10 + (uint64_t)(*length - '0');
	return (size_t)(end - at);
}

/* Ends the head that an earlier buffer began; how many of these bytes it took, 0: it goes on. */
static size_t end_carried_head(struct sl_perf_stream *stream, const uint8_t *at, size_t bytes)
{
	size_t before = stream->carried, head;

	if (!carry_on(stream, at, bytes < 1024 ? bytes : 1024))
		return 0;
	head = read_head(stream->carry, stream->carried, &stream->body_left);
	if (head)
		stream->carried = 0;
	return head ? head - before : 0;
}

int64_t sl_perf_take_requests(struct sl_perf_stream *stream, const uint8_t *at, size_t bytes)
{
	int64_t requests = 0;

	while (bytes) {
		size_t n;

		if (stream->body_left) {
			n = stream->body_left < bytes ? stream->body_left : bytes;
			stream->body_left -= n;
			requests += stream->body_left == 0;
		} else if (stream->carried) {
			n = end_carried_head(stream, at, bytes);
			if (!n)
				return stream->carried > 4096 ? -1 : requests;
		} else {
			n = read_head(at, bytes, &stream->body_left);
			if (!n)
				return carry_on(stream, at, bytes) ? requests : -1;
		}
		at += n;
		bytes -= n;
	}
	return requests;
}

int64_t sl_perf_take_lines(struct sl_perf_stream *stream, struct sl_perf_reader *reader,
			   const uint8_t *at, size_t bytes)
{
	const uint8_t *end = at + bytes, *stop;
	int64_t lines = 0;

	for (; (stop = memchr(at, '\n', (size_t)(end - at))); at = stop + 1, lines++) {
		const uint8_t *line = at;
		size_t n = (size_t)(stop - at);

		if (stream->carried) {
			if (!carry_on(stream, at, n))
				return -1;
			line = stream->carry;
			n = stream->carried;
			stream->carried = 0;
		}
		if (sl_perf_read(reader, line, n) < 0)
			return -1;
	}
	if (at < end && !carry_on(stream, at, (size_t)(end - at)))
		return -1;
	return lines;
}
