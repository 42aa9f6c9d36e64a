/* What is kept, as others see it. */
#include "control/quarantine/quarantine_priv.h"

#include "sluice/error.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define NUMBER_MAX 999999999999999999u /* no id has more digits */

void sl_quarantine_id_format(struct sl_quarantine_id id, char ret_text[SL_QUARANTINE_ID_BYTES])
{
	snprintf(ret_text, SL_QUARANTINE_ID_BYTES, "%" PRIu64 "-%" PRIu64, id.segment, id.offset);
}

int sl_quarantine_id_parse(const char *text, struct sl_quarantine_id *ret_id)
{
	struct sl_quarantine_id id;
	char again[SL_QUARANTINE_ID_BYTES];

	if (strlen(text) >= sizeof(again) ||
	    sscanf(text, "%" SCNu64 "-%" SCNu64, &id.segment, &id.offset) != 2 || !id.segment ||
	    id.segment > NUMBER_MAX || id.offset > NUMBER_MAX)
		return -SL_E_FORMAT;
	sl_quarantine_id_format(id, again); /* no signs, blanks or leading zeros */
	if (strcmp(again, text) != 0)
		return -SL_E_FORMAT;
	*ret_id = id;
	return 0;
}

/* A copy of the segments from number `to` down, of all where that is 0: oldest first. */
static int copy_segments(struct sl_quarantine *quarantine, uint64_t to,
			 struct sl_segment **ret_segments, unsigned *ret_n)
{
	struct sl_segment *segments = malloc(sizeof(quarantine->segments));
	unsigned n;

	if (!segments)
		return -ENOMEM;
	pthread_mutex_lock(&quarantine->lock);
	n = quarantine->n_segments;
	memcpy(segments, quarantine->segments, n * sizeof(*segments));
	pthread_mutex_unlock(&quarantine->lock);
	while (to && n && segments[n - 1].number > to)
		n--;
	*ret_segments = segments;
	*ret_n = n;
	return 0;
}

struct walk {
	sl_quarantine_visit *visit;
	void *context;
	unsigned left;
	char *room;
	struct sl_quarantine_id seen; /* the last one */
};

/* From the record at `offset` down. True: on to the segment before, *ret_before is 0 then. */
static bool walk_segment(struct walk *walk, const struct sl_segment *segment, int fd,
			 uint64_t offset, uint64_t *ret_before)
{
	struct sl_segment_record record;
	uint64_t before;

	*ret_before = 0;
	/* damage costs what lies before it in its segment, nothing else */
	while (offset &&
	       !sl_segment_record_read(fd, segment->end, offset, walk->room, &record, &before)) {
		record.body.id = walk->seen = (struct sl_quarantine_id){segment->number, offset};
		*ret_before = before;
		if (!walk->visit(walk->context, segment, &record) || !--walk->left)
			return false;
		offset = before;
	}
	*ret_before = 0;
	return true;
}

static uint64_t before_of(struct walk *walk, const struct sl_segment *segment, int fd,
			  uint64_t offset)
{
	struct sl_segment_record record;
	uint64_t before;

	return sl_segment_record_read(fd, segment->end, offset, walk->room, &record, &before)
		       ? 0
		       : before;
}

int sl_quarantine_visit_all(struct sl_quarantine *quarantine, struct sl_quarantine_id after,
			    unsigned records_max, sl_quarantine_visit *visit, void *context,
			    struct sl_quarantine_id *ret_next)
{
	struct walk walk = {.visit = visit, .context = context, .left = records_max};
	struct sl_segment *segments;
	uint64_t before = 0;
	bool on = true;
	unsigned n;
	int fd, e = copy_segments(quarantine, after.segment, &segments, &n);

	if (e)
		return e;
	walk.room = malloc(SL_QUARANTINE_RECORD_MAX);
	if (!walk.room) {
		free(segments);
		return -ENOMEM;
	}
	for (; on && n; n -= on) {
		const struct sl_segment *segment = &segments[n - 1];
		uint64_t from = segment->last;

		if (!from || sl_quarantine_open_file(quarantine, segment->number, O_RDONLY, &fd))
			continue; /* empty, or let go meanwhile */
		if (segment->number == after.segment)
			from = before_of(&walk, segment, fd, after.offset);
		on = walk_segment(&walk, segment, fd, from, &before);
		close(fd);
	}
	*ret_next = !on && (before || n > 1) ? walk.seen : (struct sl_quarantine_id){0};
	free(walk.room);
	free(segments);
	return 0;
}

struct each {
	int (*each)(void *context, const struct sl_quarantined *record);
	void *context;
};

static bool visit_body(void *context, const struct sl_segment *segment,
		       const struct sl_segment_record *record)
{
	const struct each *each = context;

	(void)segment;
	return each->each(each->context, &record->body) == 0;
}

int sl_quarantine_walk(struct sl_quarantine *quarantine, struct sl_quarantine_id after,
		       int (*each)(void *context, const struct sl_quarantined *record),
		       void *context, struct sl_quarantine_id *ret_next)
{
	struct each to = {.each = each, .context = context};

	return sl_quarantine_visit_all(quarantine, after, SL_QUARANTINE_WALK_MAX, visit_body, &to,
				       ret_next);
}

int sl_quarantine_get(struct sl_quarantine *quarantine, struct sl_quarantine_id id,
		      char room[SL_QUARANTINE_RECORD_MAX], struct sl_quarantined *ret_record)
{
	struct sl_segment_record record;
	struct sl_segment *segments;
	uint64_t before;
	unsigned n;
	int fd, e = copy_segments(quarantine, id.segment, &segments, &n);

	if (e)
		return e;
	e = -ENOENT;
	if (n && segments[n - 1].number == id.segment &&
	    !sl_quarantine_open_file(quarantine, id.segment, O_RDONLY, &fd)) {
		if (!sl_segment_record_read(fd, segments[n - 1].end, id.offset, room, &record,
					    &before)) {
			*ret_record = record.body;
			ret_record->id = id;
			e = 0;
		}
		close(fd);
	}
	free(segments);
	return e;
}

void sl_quarantine_look(struct sl_quarantine *quarantine, struct sl_quarantine_view *ret_view)
{
	struct sl_quarantine_view view = {0};

	pthread_mutex_lock(&quarantine->lock);
	for (unsigned i = 0; i < quarantine->n_segments; i++) {
		const struct sl_segment *segment = &quarantine->segments[i];

		view.kept += segment->records;
		if (segment->records && !view.oldest_ns)
			view.oldest_ns = segment->first_ns;
	}
	view.bytes = sl_quarantine_bytes(quarantine);
	view.let_go = quarantine->let_go;
	view.lost = quarantine->lost;
	pthread_mutex_unlock(&quarantine->lock);
	*ret_view = view;
}
