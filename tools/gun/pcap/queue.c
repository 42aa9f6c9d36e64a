#include "tools/gun/pcap/queue.h"

#include "tools/gun/events.h"
#include "tools/gun/pcap/headers.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAGIC_NANOSECONDS 0xa1b23c4du
#define LINK_ETHERNET 1u
#define SNAP_BYTES 262144u
#define LATE_NS_MAX (100 * 1000) /* some dozen packets at 10 Gbit/s */
#define REPEAT_NS_MAX (5 * 1000)

struct waiting {
	int64_t time_ns;
	uint64_t order; /* of those of one time */
	size_t bytes;
	uint8_t frame[];
};

struct sl_queue {
	FILE *file;
	int error;
	uint64_t seed, draws, puts;
	uint64_t below[SL_FATES]; /* of 2^32, each added to those before it */
	struct waiting **heap;    /* the earliest on top */
	size_t n, room;
	struct sl_queue_counts counts;
};

static uint32_t draw(struct sl_queue *queue)
{
	return (uint32_t)(sl_events_mix(queue->seed, queue->draws++) >> 32);
}

static int write_start(struct sl_queue *queue)
{
	const uint16_t version[2] = {2, 4};
	const uint32_t rest[4] = {0, 0, SNAP_BYTES, LINK_ETHERNET}, magic = MAGIC_NANOSECONDS;

	if (fwrite(&magic, sizeof(magic), 1, queue->file) != 1 ||
	    fwrite(version, sizeof(version), 1, queue->file) != 1 ||
	    fwrite(rest, sizeof(rest), 1, queue->file) != 1)
		return -errno;
	return 0;
}

int sl_queue_open(const char *path, const struct sl_fates *fates, uint64_t seed,
		  struct sl_queue **ret_queue)
{
	const double shares[SL_FATES] = {
		[SL_FATE_LEFT_OUT] = fates->loss,      [SL_FATE_REPEATED] = fates->repeats,
		[SL_FATE_LATE] = fates->reorder,       [SL_FATE_DAMAGED] = fates->damage,
		[SL_FATE_OVERLAPPED] = fates->overlap,
	};
	struct sl_queue *queue = calloc(1, sizeof(*queue));
	double sum = 0;
	int error;

	if (!queue)
		return -ENOMEM;
	for (unsigned i = 0; i < SL_FATES; i++) {
		sum += shares[i];
		queue->below[i] = (uint64_t)(sum * 0x1p32);
	}
	queue->seed = seed ^ 0x9ca9f11e;
	queue->file = strcmp(path, "-") ? fopen(path, "wb") : stdout;
	error = queue->file ? write_start(queue) : -errno;
	if (error) {
		if (queue->file && queue->file != stdout)
			fclose(queue->file);
		free(queue);
		return error;
	}
	*ret_queue = queue;
	return 0;
}

static bool is_before(const struct waiting *a, const struct waiting *b)
{
	return a->time_ns != b->time_ns ? a->time_ns < b->time_ns : a->order < b->order;
}

static void sift_up(struct sl_queue *queue, size_t at)
{
	struct waiting *moved = queue->heap[at];

	while (at && is_before(moved, queue->heap[(at - 1) / 2])) {
		queue->heap[at] = queue->heap[(at - 1) / 2];
		at = (at - 1) / 2;
	}
	queue->heap[at] = moved;
}

static struct waiting *take_first(struct sl_queue *queue)
{
	struct waiting *first = queue->heap[0], *moved = queue->heap[--queue->n];
	size_t at = 0;

	for (;;) {
		size_t child = 2 * at + 1;

		if (child + 1 < queue->n && is_before(queue->heap[child + 1], queue->heap[child]))
			child++;
		if (child >= queue->n || !is_before(queue->heap[child], moved))
			break;
		queue->heap[at] = queue->heap[child];
		at = child;
	}
	queue->heap[at] = moved;
	return first;
}

static struct waiting *add(struct sl_queue *queue, int64_t time_ns, const uint8_t *frame,
			   size_t bytes)
{
	struct waiting *waiting = malloc(sizeof(*waiting) + bytes);

	if (queue->n == queue->room) {
		queue->room = queue->room ? 2 * queue->room : 1024;
		queue->heap = realloc(queue->heap, queue->room * sizeof(struct waiting *));
	}
	if (!waiting || !queue->heap)
		abort();
	*waiting = (struct waiting){.time_ns = time_ns, .order = queue->puts++, .bytes = bytes};
	memcpy(waiting->frame, frame, bytes);
	queue->heap[queue->n++] = waiting;
	sift_up(queue, queue->n - 1);
	return waiting;
}

static enum sl_fate fate_of(struct sl_queue *queue, bool may_overlap)
{
	uint32_t drawn = draw(queue);

	for (unsigned fate = SL_FATE_WRITTEN + 1; fate < SL_FATES; fate++)
		if (drawn < queue->below[fate])
			return fate == SL_FATE_OVERLAPPED && !may_overlap ? SL_FATE_WRITTEN : fate;
	return SL_FATE_WRITTEN;
}

enum sl_fate sl_queue_put(struct sl_queue *queue, int64_t time_ns, const uint8_t *frame,
			  size_t bytes, bool may_overlap)
{
	enum sl_fate fate = fate_of(queue, may_overlap);

	queue->counts.fates[fate]++;
	if (fate == SL_FATE_LEFT_OUT)
		return fate;
	if (fate == SL_FATE_LATE)
		time_ns += 1 + draw(queue) % LATE_NS_MAX;
	if (fate == SL_FATE_REPEATED)
		add(queue, time_ns + draw(queue) % REPEAT_NS_MAX, frame, bytes);
	if (fate == SL_FATE_DAMAGED)
		sl_headers_damage(add(queue, time_ns, frame, bytes)->frame);
	else
		add(queue, time_ns, frame, bytes);
	return fate;
}

bool sl_fate_is_readable(enum sl_fate fate)
{
	return fate != SL_FATE_LEFT_OUT && fate != SL_FATE_DAMAGED;
}

static void write_packet(struct sl_queue *queue, const struct waiting *waiting)
{
	const uint32_t head[4] = {
		(uint32_t)(waiting->time_ns / 1000000000),
		(uint32_t)(waiting->time_ns % 1000000000),
		(uint32_t)waiting->bytes,
		(uint32_t)waiting->bytes,
	};

	if (fwrite(head, sizeof(head), 1, queue->file) != 1 ||
	    fwrite(waiting->frame, waiting->bytes, 1, queue->file) != 1)
		queue->error = queue->error ? queue->error : -errno;
	queue->counts.packets++;
	queue->counts.bytes += waiting->bytes;
}

void sl_queue_flush(struct sl_queue *queue, int64_t before_ns)
{
	while (queue->n && queue->heap[0]->time_ns < before_ns) {
		struct waiting *first = take_first(queue);

		write_packet(queue, first);
		free(first);
	}
}

int sl_queue_close(struct sl_queue *queue)
{
	int error;

	if (!queue)
		return 0;
	sl_queue_flush(queue, INT64_MAX);
	error = queue->error;
	if (fflush(queue->file) && !error)
		error = -errno;
	if (queue->file != stdout && fclose(queue->file) && !error)
		error = -errno;
	free(queue->heap);
	free(queue);
	return error;
}

const struct sl_queue_counts *sl_queue_counts(const struct sl_queue *queue)
{
	return &queue->counts;
}
