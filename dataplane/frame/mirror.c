/* Both directions of a mirrored connection, phase by phase. */
#include "frame/mirror_priv.h"

#define CHUNK_LINE_BYTES_MAX (16u + 256u + 2u)
#define HEAD_EAGER_BYTES 1024u /* above it a head is parsed again only when a line of it ends */

/* One call of feed. */
struct feed {
	struct sl_mirror *mirror;
	struct sl_mirror_conn *conn;
	struct sl_mirror_side *side;
	unsigned index;
	int64_t time_ns;
	uint64_t head_offset; /* of the head that is parsed */
};

/* Reading has lost its place: what is under way is lost, the next message is looked for. */
static void lose_place(struct feed *feed)
{
	struct sl_mirror_side *side = feed->side;

	sl_mirror_drop_held(feed->mirror, side);
	side->phase = SL_MIRROR_SEEK;
	sl_mirror_unpair(feed->conn, feed->index);
	sl_mirror_lose(feed->conn, feed->index);
	sl_mirror_complete(feed->conn, feed->index);
}

/* Behind a message that is refused nobody knows where the next begins: the piece is passed over.
 * What only looked like a message, behind a gap, is no reason to. */
static void refuse(struct feed *feed, struct sl_span *rest)
{
	if (!feed->side->found) {
		feed->mirror->counts.refused++;
		sl_mirror_advance(rest, rest->bytes);
	}
	lose_place(feed);
}

/* What runs over this connection from now on is another protocol. */
static void become_other(struct feed *feed)
{
	for (unsigned i = 0; i < 2; i++) {
		sl_mirror_drop_held(feed->mirror, &feed->conn->sides[i]);
		feed->conn->sides[i].phase = SL_MIRROR_OTHER;
		sl_mirror_complete(feed->conn, i);
	}
}

static void end_message(struct feed *feed)
{
	feed->side->phase = SL_MIRROR_HEAD;
	feed->side->found = false;
	sl_mirror_complete(feed->conn, feed->index);
}

static void begin_body(struct feed *feed, bool chunked, uint64_t length)
{
	feed->side->left = length;
	if (chunked)
		feed->side->phase = SL_MIRROR_CHUNK;
	else if (length > 0)
		feed->side->phase = SL_MIRROR_BODY;
	else
		end_message(feed);
}

static ssize_t request_head(struct feed *feed, struct sl_span text)
{
	struct sl_http_request request;
	ssize_t parsed = sl_http1_request(text.at, text.bytes, &feed->mirror->http, &request);

	if (parsed <= 0)
		return parsed;
	feed->side->is_reply = false;
	sl_mirror_begin_request(feed->mirror, feed->conn, &request,
				sl_span_of(text.at, (size_t)parsed), feed->index, feed->time_ns,
				feed->head_offset);
	begin_body(feed, request.chunked, request.content_length);
	return parsed;
}

static ssize_t reply_head(struct feed *feed, struct sl_span text)
{
	struct sl_http_response reply;
	struct sl_mirror_pending *pending;
	ssize_t parsed = sl_http1_response(text.at, text.bytes, &feed->mirror->http, &reply);

	if (parsed <= 0)
		return parsed;
	feed->side->is_reply = true;
	if (reply.status < 200 && reply.status != 101) {
		end_message(feed);
		return parsed;
	}
	pending = sl_mirror_pair(feed->mirror, feed->conn, reply.status);
	if (reply.status == 101 || (pending && pending->is_connect && reply.status < 300))
		become_other(feed);
	else if ((pending && pending->is_head) || reply.status == 204 || reply.status == 304)
		end_message(feed);
	else if (!reply.chunked && !reply.has_length)
		feed->side->phase = SL_MIRROR_UNTIL_END;
	else
		begin_body(feed, reply.chunked, reply.content_length);
	return parsed;
}

/* An empty line may stand before a message; the parser of requests passes over it. */
static bool is_reply(struct sl_span text)
{
	return text.bytes >= 5 && memcmp(text.at, "HTTP/", 5) == 0;
}

static void head_step(struct feed *feed, struct sl_span *rest)
{
	struct sl_mirror_side *side = feed->side;
	size_t known = side->held_bytes;
	struct sl_span text;
	ssize_t parsed = 0;

	feed->head_offset = side->position - rest->bytes - known;
	if (sl_mirror_gather(feed->mirror, side, *rest, feed->mirror->limits.header_bytes, &text)) {
		feed->mirror->counts.no_room++;
		lose_place(feed);
		return;
	}
	if (known <= HEAD_EAGER_BYTES || text.bytes >= feed->mirror->limits.header_bytes ||
	    memchr(text.at + known, '\n', text.bytes - known))
		parsed = is_reply(text) ? reply_head(feed, text) : request_head(feed, text);
	if (parsed < 0) {
		refuse(feed, rest);
	} else if (side->phase != SL_MIRROR_OTHER &&
		   sl_mirror_take(feed->mirror, side, rest, text, (size_t)parsed)) {
		feed->mirror->counts.no_room++;
		lose_place(feed);
	}
}

static void begin_step(struct feed *feed, struct sl_span *rest)
{
	feed->side->phase = sl_mirror_looks_alike(*rest) ? SL_MIRROR_HEAD : SL_MIRROR_OTHER;
	feed->side->found = false;
}

static void seek_step(struct feed *feed, struct sl_span *rest)
{
	size_t at = sl_mirror_seek(*rest);

	sl_mirror_advance(rest, at);
	if (rest->bytes == 0)
		return;
	feed->side->phase = SL_MIRROR_HEAD;
	feed->side->found = true;
}

static void body_step(struct feed *feed, struct sl_span *rest)
{
	size_t part = feed->side->left < rest->bytes ? (size_t)feed->side->left : rest->bytes;

	if (!feed->side->is_reply)
		sl_mirror_append_body(feed->mirror, feed->conn, sl_span_of(rest->at, part));
	sl_mirror_advance(rest, part);
	feed->side->left -= part;
	if (feed->side->left > 0)
		return;
	if (feed->side->phase == SL_MIRROR_CHUNK_DATA)
		feed->side->phase = SL_MIRROR_CHUNK_END;
	else
		end_message(feed);
}

/* Lines of chunk framing: each is parsed as a whole. */
static void line_step(struct feed *feed, struct sl_span *rest)
{
	struct sl_mirror_side *side = feed->side;
	bool is_trailer = side->phase == SL_MIRROR_TRAILER;
	struct sl_span text;
	uint64_t bytes = 0;
	ssize_t parsed;

	if (sl_mirror_gather(feed->mirror, side, *rest,
			     is_trailer ? feed->mirror->limits.header_bytes : CHUNK_LINE_BYTES_MAX,
			     &text)) {
		feed->mirror->counts.no_room++;
		lose_place(feed);
		return;
	}
	if (side->phase == SL_MIRROR_CHUNK)
		parsed = sl_http1_chunk(text.at, text.bytes, &bytes);
	else if (is_trailer)
		parsed = sl_http1_trailers(text.at, text.bytes, &feed->mirror->http);
	else
		parsed = sl_http1_chunk_end(text.at, text.bytes);
	if (parsed < 0) {
		refuse(feed, rest);
		return;
	}
	if (sl_mirror_take(feed->mirror, side, rest, text, (size_t)parsed)) {
		feed->mirror->counts.no_room++;
		lose_place(feed);
		return;
	}
	if (parsed == 0)
		return;
	if (is_trailer) {
		end_message(feed);
	} else if (side->phase == SL_MIRROR_CHUNK_END) {
		side->phase = SL_MIRROR_CHUNK;
	} else {
		side->left = bytes;
		side->phase = bytes ? SL_MIRROR_CHUNK_DATA : SL_MIRROR_TRAILER;
	}
}

static void pass_step(struct feed *feed, struct sl_span *rest)
{
	(void)feed;
	sl_mirror_advance(rest, rest->bytes);
}

void sl_mirror_feed(struct sl_mirror *mirror, struct sl_mirror_conn *conn, unsigned index,
		    struct sl_span bytes, int64_t time_ns)
{
	static void (*const steps[])(struct feed *, struct sl_span *) = {
		[SL_MIRROR_BEGIN] = begin_step,    [SL_MIRROR_SEEK] = seek_step,
		[SL_MIRROR_HEAD] = head_step,      [SL_MIRROR_BODY] = body_step,
		[SL_MIRROR_CHUNK] = line_step,     [SL_MIRROR_CHUNK_DATA] = body_step,
		[SL_MIRROR_CHUNK_END] = line_step, [SL_MIRROR_TRAILER] = line_step,
		[SL_MIRROR_UNTIL_END] = pass_step, [SL_MIRROR_OTHER] = pass_step,
	};
	struct feed feed = {mirror, conn, &conn->sides[index], index, time_ns, 0};
	struct sl_span rest = bytes;

	feed.side->position += bytes.bytes;
	while (rest.bytes > 0) {
		uint8_t before = feed.side->phase;
		size_t left = rest.bytes;

		steps[before](&feed, &rest);
		if (rest.bytes == left && feed.side->phase == before)
			lose_place(
				&feed); /* no parser waits at its limit; should one, not for ever */
		if (rest.bytes == left && feed.side->phase == SL_MIRROR_SEEK)
			sl_mirror_advance(&rest, 1); /* not the same again */
	}
}

/* In a body of known length the next message's place is known even so. */
static bool is_inside_body(const struct sl_mirror_side *side, uint64_t bytes)
{
	return (side->phase == SL_MIRROR_BODY || side->phase == SL_MIRROR_CHUNK_DATA) &&
	       bytes <= side->left;
}

void sl_mirror_gap(struct sl_mirror *mirror, struct sl_mirror_conn *conn, unsigned index,
		   uint64_t bytes, bool unknown)
{
	struct feed feed = {mirror, conn, &conn->sides[index], index, 0, 0};
	struct sl_mirror_side *side = feed.side;

	side->position += unknown ? 0 : bytes;
	if (!unknown && side->phase == SL_MIRROR_UNTIL_END)
		return;
	if (!unknown && side->phase == SL_MIRROR_OTHER)
		return;
	if (!unknown && is_inside_body(side, bytes)) {
		side->left -= bytes;
		sl_mirror_lose(conn, index);
		if (side->left > 0)
			return;
		if (side->phase == SL_MIRROR_CHUNK_DATA)
			side->phase = SL_MIRROR_CHUNK_END;
		else
			end_message(&feed);
		return;
	}
	if (side->phase == SL_MIRROR_HEAD && side->held_bytes && !side->is_reply && !side->found)
		mirror->counts.lost++;
	lose_place(&feed);
}
