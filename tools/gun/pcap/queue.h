/* The mirror between the wire and the file: packets leave it in the order of their times, and a
 * share of them is left out, repeated, late or damaged.
 *
 * - Which, follows from the seed and the packets' order alone. A packet has one fate at most.
 * - What waits is what was put with a time behind the last flush: memory is bounded by how far
 *   ahead the caller puts.
 * - The file is pcap with nanoseconds, in this machine's byte order. */
#ifndef SL_GUN_PCAP_QUEUE_H
#define SL_GUN_PCAP_QUEUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Shares of all packets, 0 to 1, together at most 1. */
struct sl_fates {
	double loss, repeats, reorder, damage, overlap;
};

enum sl_fate {
	SL_FATE_WRITTEN,
	SL_FATE_LEFT_OUT,
	SL_FATE_REPEATED,
	SL_FATE_LATE,
	SL_FATE_DAMAGED,
	SL_FATE_OVERLAPPED, /* written; the caller is to send a part of it again */
	SL_FATES,
};

struct sl_queue_counts {
	uint64_t packets, bytes; /* in the file */
	uint64_t fates[SL_FATES];
};

struct sl_queue;

/* 0 or -errno. */
int sl_queue_open(const char *path, const struct sl_fates *fates, uint64_t seed,
		  struct sl_queue **ret_queue);
/* Writes what waits. 0 or -errno of whatever failed first; takes NULL. */
int sl_queue_close(struct sl_queue *queue);

/* What becomes of this frame. Overlaps are given only where `may_overlap`. */
enum sl_fate sl_queue_put(struct sl_queue *queue, int64_t time_ns, const uint8_t *frame,
			  size_t bytes, bool may_overlap);

/* Whether what had this fate can be read from the file. */
bool sl_fate_is_readable(enum sl_fate fate);

/* No packet will be put with a time before this one: those before it can go. */
void sl_queue_flush(struct sl_queue *queue, int64_t before_ns);

const struct sl_queue_counts *sl_queue_counts(const struct sl_queue *queue);

#endif
