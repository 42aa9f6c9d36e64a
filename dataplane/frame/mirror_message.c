/* Requests that are read or wait for their replies. */
#include "frame/mirror_priv.h"

#include <assert.h>

static void give_back(struct sl_mirror *mirror, struct sl_mirror_pending *pending)
{
	if (!pending)
		return;
	sl_assembly_give(mirror->assembly, pending->body);
	sl_assembly_give(mirror->assembly, pending);
}

struct sl_mirror_pending *sl_mirror_begin_request(struct sl_mirror *mirror,
						  struct sl_mirror_conn *conn,
						  const struct sl_http_request *request,
						  struct sl_span head, unsigned side,
						  int64_t time_ns, uint64_t offset)
{
	struct sl_mirror_pending *pending;
	size_t room;

	pending = sl_assembly_take(mirror->assembly, sizeof(*pending) + head.bytes, &room);
	if (!pending) {
		mirror->counts.no_room++;
		return NULL;
	}
	*pending = (struct sl_mirror_pending){
		.head_bytes = head.bytes,
		.time_ns = time_ns,
		.offset = offset,
		.side = (uint8_t)side,
		.is_head = sl_span_equal(request->method, sl_span_text("HEAD")),
		.is_connect = sl_span_equal(request->method, sl_span_text("CONNECT")),
	};
	if (!conn->late)
		conn->unclaimed = 0;
	if (conn->unclaimed) {
		conn->unclaimed--;
		pending->paired = true; /* with nobody knows which of them */
	}
	memcpy(pending + 1, head.at, head.bytes);
	if (conn->last)
		conn->last->next = pending;
	else
		conn->first = pending;
	conn->last = pending;
	conn->n_pending++;
	if (conn->reading) { /* of the other side: both cannot be clients */
		conn->reading->lost = true;
		conn->reading->complete = true;
	}
	conn->reading = pending;
	return pending;
}

struct sl_mirror_pending *sl_mirror_pair(struct sl_mirror *mirror, struct sl_mirror_conn *conn,
					 unsigned status)
{
	struct sl_mirror_pending *pending = conn->first;

	mirror->counts.replies++;
	while (pending && pending->paired)
		pending = pending->next;
	if (pending) {
		pending->paired = true;
		pending->status = (uint16_t)status;
	} else if (conn->unclaimed < UINT32_MAX) {
		conn->unclaimed++;
	}
	return pending;
}

void sl_mirror_append_body(struct sl_mirror *mirror, struct sl_mirror_conn *conn,
			   struct sl_span bytes)
{
	struct sl_mirror_pending *pending = conn->reading;
	size_t room, want;
	uint8_t *body;

	if (!pending)
		return;
	pending->body_bytes += bytes.bytes;
	room = mirror->limits.body_bytes - pending->body_kept;
	bytes.bytes = bytes.bytes < room ? bytes.bytes : room;
	if (bytes.bytes == 0 || pending->no_room || pending->lost)
		return;
	want = pending->body_kept + bytes.bytes + SL_SPAN_PADDING;
	if (want > pending->body_room) {
		want = want < 2 * pending->body_room ? 2 * pending->body_room : want;
		body = sl_assembly_take(mirror->assembly, want, &room);
		if (!body) {
			pending->no_room = true;
			return;
		}
		if (pending->body_kept)
			memcpy(body, pending->body, pending->body_kept);
		sl_assembly_give(mirror->assembly, pending->body);
		pending->body = body;
		pending->body_room = room;
	}
	memcpy(pending->body + pending->body_kept, bytes.at, bytes.bytes);
	pending->body_kept += bytes.bytes;
}

static bool is_reading(const struct sl_mirror_conn *conn, unsigned side)
{
	return conn->reading && conn->reading->side == side;
}

void sl_mirror_complete(struct sl_mirror_conn *conn, unsigned side)
{
	if (!is_reading(conn, side))
		return;
	conn->reading->complete = true;
	conn->reading = NULL;
}

void sl_mirror_lose(struct sl_mirror_conn *conn, unsigned side)
{
	if (is_reading(conn, side))
		conn->reading->lost = true;
}

void sl_mirror_unpair(struct sl_mirror_conn *conn, unsigned side)
{
	for (struct sl_mirror_pending *pending = conn->first; pending; pending = pending->next)
		if (pending->side != side)
			pending->paired = true;
}

static void unlink_first(struct sl_mirror_conn *conn)
{
	struct sl_mirror_pending *pending = conn->first;

	if (conn->reading == pending)
		conn->reading = NULL;
	conn->first = pending->next;
	if (!conn->first)
		conn->last = NULL;
	conn->n_pending--;
}

static void hand_out(struct sl_mirror *mirror, struct sl_mirror_pending *pending,
		     struct sl_mirror_request *ret_request)
{
	static const uint8_t nothing[SL_SPAN_PADDING];
	ssize_t parsed = sl_http1_request(sl_mirror_head_of(pending), pending->head_bytes,
					  &mirror->http, &ret_request->request);

	assert(parsed == (ssize_t)pending->head_bytes);
	ret_request->body = pending->body ? sl_span_of(pending->body, pending->body_kept)
					  : sl_span_of(nothing, 0);
	ret_request->body_bytes = pending->body_bytes;
	ret_request->status = pending->status;
	ret_request->side = pending->side;
	ret_request->time_ns = pending->time_ns;
	ret_request->offset = pending->offset;
	mirror->counts.requests++;
}

bool sl_mirror_next(struct sl_mirror *mirror, struct sl_mirror_conn *conn,
		    struct sl_mirror_request *ret_request)
{
	give_back(mirror, mirror->lent);
	mirror->lent = NULL;
	while (conn->first && conn->first->complete &&
	       (conn->first->paired || conn->n_pending > mirror->limits.pending)) {
		struct sl_mirror_pending *pending = conn->first;

		unlink_first(conn);
		if (pending->lost || pending->no_room) {
			mirror->counts.lost += pending->lost;
			mirror->counts.no_room += !pending->lost;
			give_back(mirror, pending);
			continue;
		}
		mirror->lent = pending;
		hand_out(mirror, pending, ret_request);
		return true;
	}
	return false;
}

void sl_mirror_end(struct sl_mirror *mirror, struct sl_mirror_conn *conn)
{
	for (unsigned i = 0; i < 2; i++) {
		struct sl_mirror_side *side = &conn->sides[i];

		if (side->phase == SL_MIRROR_HEAD && side->held_bytes && !side->is_reply)
			mirror->counts.lost++;
		sl_mirror_drop_held(mirror, side);
		side->phase = SL_MIRROR_SEEK;
		sl_mirror_lose(conn, i);
		sl_mirror_complete(conn, i);
		sl_mirror_unpair(conn, i);
	}
}

void sl_mirror_conn_fini(struct sl_mirror *mirror, struct sl_mirror_conn *conn)
{
	for (unsigned i = 0; i < 2; i++)
		sl_mirror_drop_held(mirror, &conn->sides[i]);
	while (conn->first) {
		struct sl_mirror_pending *pending = conn->first;

		unlink_first(conn);
		give_back(mirror, pending);
	}
	give_back(mirror, mirror->lent);
	mirror->lent = NULL;
	memset(conn, 0, sizeof(*conn));
}
