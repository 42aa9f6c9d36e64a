/* Keeping: records go into memory, at a settle into the newest segment, which is changed for a new
 * one when it is full or a sixteenth of the age. */
#include "control/quarantine/quarantine_priv.h"

#include "base/clock.h"
#include "sluice/error.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PARTS 16u /* that the room and the age are cut into */
#define BEHIND_MAX 65536u

/* ---- what was kept already ------------------------------------------------------------------- */

struct gathering {
	struct sl_quarantine *quarantine;
	uint64_t from;
	int error;
};

static bool gather_one(void *context, const struct sl_segment *segment,
		       const struct sl_segment_record *record)
{
	struct gathering *gathering = context;
	struct sl_quarantine *quarantine = gathering->quarantine;

	if (memcmp(segment->journal, quarantine->journal, sizeof(segment->journal)) != 0 ||
	    record->position < gathering->from)
		return false;
	if (quarantine->n_behind == quarantine->behind_room) {
		size_t room = quarantine->behind_room * 2 + 64;
		void *more = realloc(quarantine->behind, room * sizeof(*quarantine->behind));

		if (!more) {
			gathering->error = -ENOMEM;
			return false;
		}
		quarantine->behind = more;
		quarantine->behind_room = room;
	}
	quarantine->behind[quarantine->n_behind++] =
		(struct sl_quarantine_kept){record->position, record->hash};
	return true;
}

/* After a start or a failure records come again from the last cursor on: those from that block on
 * that are there already, by block and contents. */
static int gather(struct sl_quarantine *quarantine, uint64_t from)
{
	struct gathering gathering = {.quarantine = quarantine, .from = from};
	struct sl_quarantine_id next;
	int e;

	quarantine->n_behind = 0;
	e = sl_quarantine_visit_all(quarantine, (struct sl_quarantine_id){0}, BEHIND_MAX,
				    gather_one, &gathering, &next);
	if (!e)
		e = gathering.error;
	quarantine->look_behind = e != 0;
	return e;
}

/* They come in the order in which they were kept: mostly the last of the list is meant. */
static bool was_kept(struct sl_quarantine *quarantine, const struct sl_segment_record *record)
{
	struct sl_quarantine_kept *behind = quarantine->behind;

	for (size_t i = quarantine->n_behind; i-- > 0;) {
		if (behind[i].position != record->position || behind[i].hash != record->hash)
			continue;
		quarantine->n_behind--;
		memmove(behind + i, behind + i + 1, (quarantine->n_behind - i) * sizeof(*behind));
		return true;
	}
	/* the list begins with the newest: nothing behind that comes again */
	if (quarantine->n_behind && record->position > behind[0].position)
		quarantine->n_behind = 0;
	return false;
}

/* ---- the newest segment ---------------------------------------------------------------------- */

static int flush(struct sl_quarantine *quarantine)
{
	const char *at = quarantine->pending;
	size_t left = quarantine->pending_bytes;

	while (left) {
		ssize_t n = pwrite(quarantine->fd, at, left, (off_t)(quarantine->at.end - left));

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n < 0 ? -errno : -EIO;
		at += n;
		left -= (size_t)n;
	}
	quarantine->pending_bytes = 0;
	quarantine->at.file_bytes = quarantine->at.end;
	return 0;
}

static void give_up_file(struct sl_quarantine *quarantine)
{
	if (quarantine->fd >= 0)
		close(quarantine->fd);
	quarantine->fd = -1;
	quarantine->sync_failed = false;
}

static int sync_file(struct sl_quarantine *quarantine)
{
	if (!fdatasync(quarantine->fd))
		return 0;
	quarantine->sync_failed = true;
	return -errno;
}

/* Under the lock. */
static void forget_swept_file(struct sl_quarantine *quarantine)
{
	if (quarantine->newest_gone)
		give_up_file(quarantine);
	quarantine->newest_gone = false;
}

static void publish(struct sl_quarantine *quarantine)
{
	atomic_fetch_add_explicit(&quarantine->config.stats->settled, quarantine->unsettled,
				  memory_order_relaxed);
	quarantine->unsettled = 0;
	pthread_mutex_lock(&quarantine->lock);
	quarantine->segments[quarantine->n_segments - 1] = quarantine->at;
	quarantine->busy = false;
	pthread_mutex_unlock(&quarantine->lock);
}

int sl_quarantine_settle(struct sl_quarantine *quarantine)
{
	int e;

	if (quarantine->fd < 0 || !quarantine->busy)
		return 0;
	e = flush(quarantine);
	if (!e)
		e = sync_file(quarantine);
	if (e)
		return e;
	publish(quarantine);
	return 0;
}

void sl_quarantine_rewind(struct sl_quarantine *quarantine)
{
	bool cut = true;

	quarantine->pending_bytes = 0;
	quarantine->unsettled = 0;
	quarantine->look_behind = true;
	pthread_mutex_lock(&quarantine->lock);
	forget_swept_file(quarantine);
	if (quarantine->fd >= 0) {
		quarantine->at = quarantine->segments[quarantine->n_segments - 1];
		cut = !ftruncate(quarantine->fd, (off_t)quarantine->at.end);
	}
	/* a later sync of a file whose sync failed may say that all is well when it is not */
	if (!cut || quarantine->sync_failed)
		give_up_file(quarantine);
	quarantine->busy = false;
	pthread_mutex_unlock(&quarantine->lock);
}

/* The newest one, as it was left by an earlier life of this process. */
static int go_on_with_newest(struct sl_quarantine *quarantine)
{
	const struct sl_segment *newest =
		quarantine->n_segments ? &quarantine->segments[quarantine->n_segments - 1] : NULL;

	if (!newest || newest->sealed ||
	    memcmp(newest->journal, quarantine->journal, sizeof(newest->journal)) != 0)
		return 0;
	quarantine->at = *newest;
	return sl_quarantine_open_file(quarantine, newest->number, O_RDWR, &quarantine->fd);
}

int sl_quarantine_open(struct sl_quarantine *quarantine)
{
	int e = 0;

	pthread_mutex_lock(&quarantine->lock);
	forget_swept_file(quarantine);
	if (!quarantine->opened) {
		e = sl_quarantine_open_segments(quarantine);
		if (!e)
			e = go_on_with_newest(quarantine);
	}
	pthread_mutex_unlock(&quarantine->lock);
	return e;
}

static int begin_segment(struct sl_quarantine *quarantine)
{
	struct sl_segment segment;
	int fd, e;

	pthread_mutex_lock(&quarantine->lock);
	if (quarantine->n_segments && !quarantine->segments[quarantine->n_segments - 1].records)
		sl_quarantine_drop_newest(quarantine); /* begun, and nothing came to be in it */
	if (quarantine->n_segments == SL_QUARANTINE_SEGMENTS_MAX)
		sl_quarantine_drop_oldest(quarantine);
	e = sl_segment_create(quarantine->config.directory, quarantine->last_number + 1,
			      quarantine->journal, &segment, &fd);
	if (!e) {
		quarantine->last_number++;
		quarantine->segments[quarantine->n_segments++] = segment;
		quarantine->at = segment;
		quarantine->fd = fd;
	}
	pthread_mutex_unlock(&quarantine->lock);
	return e;
}

static int end_segment(struct sl_quarantine *quarantine)
{
	int e = flush(quarantine);

	if (!e)
		e = sync_file(quarantine);
	if (!e)
		e = sl_segment_seal(quarantine->fd, &quarantine->at);
	if (e)
		return e;
	publish(quarantine);
	give_up_file(quarantine);
	return 0;
}

/* A segment that takes so many bytes more, and not more of them than may be kept. */
static int make_room(struct sl_quarantine *quarantine, size_t bytes)
{
	int64_t now_ns = sl_clock_read(CLOCK_REALTIME);
	uint64_t room = quarantine->config.bytes / PARTS;
	bool full = quarantine->at.records && quarantine->at.end + bytes > room;
	bool old = quarantine->at.records &&
		   now_ns - quarantine->at.created_ns > quarantine->config.age_ns / PARTS;
	int e = 0;

	if (quarantine->fd >= 0 && (full || old))
		e = end_segment(quarantine);
	if (!e && quarantine->fd < 0)
		e = begin_segment(quarantine);
	if (!e && quarantine->pending_bytes + bytes > sizeof(quarantine->pending))
		e = flush(quarantine);
	if (e)
		return e;
	pthread_mutex_lock(&quarantine->lock);
	quarantine->busy = true;
	/* the room of the newest is counted as taken: its file grows behind the lock's back */
	while (quarantine->n_segments > 1 &&
	       sl_quarantine_bytes(quarantine) + room > quarantine->config.bytes)
		sl_quarantine_drop_oldest(quarantine);
	pthread_mutex_unlock(&quarantine->lock);
	return 0;
}

int sl_quarantine_keep(struct sl_quarantine *quarantine, const struct sl_segment_record *record)
{
	struct sl_segment *at = &quarantine->at;
	size_t bytes = sl_segment_record_bytes(record);
	int e = sl_quarantine_open(quarantine);

	if (!e && quarantine->look_behind)
		e = gather(quarantine, record->position);
	if (e || was_kept(quarantine, record))
		return e;
	e = make_room(quarantine, bytes);
	if (e)
		return e;
	sl_segment_record_write(record, at->end, at->last,
				quarantine->pending + quarantine->pending_bytes);
	quarantine->pending_bytes += bytes;
	quarantine->unsettled++;
	at->last = at->end;
	at->end += bytes;
	if (!at->records++)
		at->first_ns = record->body.committed_ns;
	at->last_ns = record->body.committed_ns;
	return 0;
}
