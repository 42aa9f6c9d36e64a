/* Lines out of a stream. */
#include "frame/frame.h"

void sl_line_framer_init(struct sl_line_framer *framer, size_t line_bytes_max,
			 struct sl_assembly *assembly, int64_t now_ns)
{
	*framer = (struct sl_line_framer){
		.assembly = assembly,
		.line_bytes_max = line_bytes_max,
		.since_ns = now_ns,
	};
}

static void give_back(struct sl_line_framer *framer)
{
	sl_assembly_give(framer->assembly, framer->held);
	framer->held = NULL;
	framer->held_bytes = framer->held_room = 0;
}

void sl_line_framer_fini(struct sl_line_framer *framer)
{
	give_back(framer);
}

static bool append(struct sl_line_framer *framer, const uint8_t *at, size_t bytes)
{
	size_t want = framer->held_bytes + bytes + SL_SPAN_PADDING, room;
	uint8_t *held;

	if (want > framer->held_room) {
		if (want < 2 * framer->held_room)
			want = 2 * framer->held_room;
		held = sl_assembly_take(framer->assembly, want, &room);
		if (!held)
			return false;
		if (framer->held)
			memcpy(held, framer->held, framer->held_bytes);
		sl_assembly_give(framer->assembly, framer->held);
		framer->held = held;
		framer->held_room = room;
	}
	memcpy(framer->held + framer->held_bytes, at, bytes);
	framer->held_bytes += bytes;
	return true;
}

/* What is held is handed out and ends with the next feed, which sees a block of no bytes. */
static struct sl_span release_held(struct sl_line_framer *framer)
{
	struct sl_span held = sl_span_of(framer->held, framer->held_bytes);

	framer->held_bytes = 0;
	return held;
}

static void refuse(struct sl_line_framer *framer, unsigned status, struct sl_span part,
		   struct sl_message *ret_message)
{
	struct sl_span begin = framer->held_bytes ? release_held(framer) : part;

	if (begin.bytes > framer->line_bytes_max)
		begin.bytes = framer->line_bytes_max;
	ret_message->kind = SL_MESSAGE_BAD;
	ret_message->status = status;
	ret_message->detail = status == 413
				      ? "the line is longer than limits.event.bytes"
				      : "the memory for lines that arrive in pieces is used up";
	ret_message->body = begin;
}

/* The part of a line up to its end, which is not part of it. */
static void end_line(struct sl_line_framer *framer, struct sl_span part,
		     struct sl_message *ret_message)
{
	size_t bytes = framer->held_bytes + part.bytes;
	struct sl_span line = part;

	if (bytes > framer->line_bytes_max + 1) {
		refuse(framer, 413, part, ret_message);
		return;
	}
	if (framer->held_bytes) {
		if (part.bytes && !append(framer, part.at, part.bytes)) {
			refuse(framer, 503, part, ret_message);
			return;
		}
		line = release_held(framer);
	}
	if (line.bytes && line.at[line.bytes - 1] == '\r')
		line.bytes--;
	if (line.bytes > framer->line_bytes_max) {
		refuse(framer, 413, line, ret_message);
	} else if (line.bytes) {
		ret_message->kind = SL_MESSAGE_LINE;
		ret_message->body = line;
	}
}

/* The end of the bytes, but not of the line. A carriage return may still prove to be its end. */
static void keep_part(struct sl_line_framer *framer, struct sl_span part,
		      struct sl_message *ret_message)
{
	size_t bytes = framer->held_bytes + part.bytes;
	size_t bytes_max = framer->line_bytes_max + (part.at[part.bytes - 1] == '\r');
	bool too_long = bytes > bytes_max;

	if (!too_long && append(framer, part.at, part.bytes))
		return;
	framer->passing_over = true;
	refuse(framer, too_long ? 413 : 503, part, ret_message);
}

size_t sl_line_framer_feed(struct sl_line_framer *framer, struct sl_span bytes, int64_t now_ns,
			   struct sl_message *ret_message)
{
	size_t done = 0;

	*ret_message = (struct sl_message){0};
	if (bytes.bytes)
		framer->since_ns = now_ns;
	while (done < bytes.bytes && ret_message->kind == SL_MESSAGE_NONE) {
		const uint8_t *at = bytes.at + done;
		const uint8_t *end = memchr(at, '\n', bytes.bytes - done);
		struct sl_span part = sl_span_of(at, end ? (size_t)(end - at) : bytes.bytes - done);

		if (framer->held_bytes == 0)
			give_back(framer); /* the last message ends here */
		if (framer->passing_over)
			framer->passing_over = !end;
		else if (end)
			end_line(framer, part, ret_message);
		else
			keep_part(framer, part, ret_message);
		done += part.bytes + (end != NULL);
	}
	return done;
}
