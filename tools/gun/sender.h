/* One sending thread: an open stream of requests over some connections.
 *
 * - Requests are numbered over all threads; thread t of T sends those with number % T == t, and
 *   request r holds the events from r * batch on. So what is sent does not depend on timing, and a
 *   request that must be sent again is rendered again, byte for byte.
 * - At most connections * pipeline requests are under way; beyond that the stream falls behind, and
 *   the latency of what is late counts from when it was due.
 * - Counts may be read by another thread while it runs; the histogram only after it has ended. */
#ifndef SL_GUN_SENDER_H
#define SL_GUN_SENDER_H

#include "tools/gun/histogram.h"
#include "tools/gun/options.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

/* Written by the sending thread. Events, where nothing else is said. */
struct sl_sender_counts {
	_Atomic uint64_t sent; /* once each, however often a request went out */
	_Atomic uint64_t requests;
	_Atomic uint64_t bytes;
	_Atomic uint64_t accepted, matched, duplicates, refused;
	_Atomic uint64_t delivered; /* lines that nobody acknowledges, given to the kernel */
	_Atomic uint64_t rejected;  /* of requests answered with a 4xx as a whole */
	_Atomic uint64_t
		nonsense; /* of requests whose answer could not be read or did not add up */
	_Atomic uint64_t unanswered;  /* given up at the end */
	_Atomic uint64_t retries;     /* requests sent again */
	_Atomic uint64_t unavailable; /* answers with 5xx or 429 */
	_Atomic uint64_t connections_lost;
	_Atomic uint64_t under_way; /* requests now */
};

struct sl_sender_job {
	const struct sl_gun_options *options;
	const struct sl_events *events;
	const atomic_bool *stop;
	uint32_t index; /* of this thread */
	int64_t start_monotonic_ns, start_wall_ns;
	/* outcome */
	struct sl_sender_counts counts;
	struct sl_histogram latency_ns;
	int error; /* 0, or a negative error that ended it */
};

/* Thread function; takes a struct sl_sender_job. */
void *sl_sender_run(void *job);

#endif
