/* pulse: whether a number of counters all go on moving.
 *
 * Each counts the rounds of one thread, several a second even when there is nothing to do. Whoever
 * watches notes them now and then; one that keeps its count for longer than is allowed stands
 * still. Pure but for the caller's memory, time is an argument, one thread. At most SL_PULSE_MAX
 * counters: further ones are not watched. */
#ifndef SL_BASE_PULSE_H
#define SL_BASE_PULSE_H

#include <stdbool.h>
#include <stdint.h>

#define SL_PULSE_MAX 80u

struct sl_pulse {
	unsigned n;
	uint64_t count[SL_PULSE_MAX];
	int64_t since_ns[SL_PULSE_MAX]; /* when it was first seen at that count */
};

/* n counters, each of which counts as having moved now. */
void sl_pulse_init(struct sl_pulse *pulse, unsigned n, int64_t now_ns);
void sl_pulse_note(struct sl_pulse *pulse, unsigned index, uint64_t count, int64_t now_ns);

/* The counter that has stood still the longest, where that is at least limit_ns; else -1. */
int sl_pulse_stalled(const struct sl_pulse *pulse, int64_t now_ns, int64_t limit_ns);

/* A watchdog that is fed only while all of them move: when to look, and what to say then. */
struct sl_watch {
	struct sl_pulse pulse;
	int64_t limit_ns; /* for standing still, half of what the watchdog allows; 0: nobody watches
			   */
	int64_t due_ns;   /* the next look */
	bool told;        /* that something stands still */
};

enum sl_watch_turn {
	SL_WATCH_FEED,
	SL_WATCH_TELL,  /* one stands still: say so, and do not feed */
	SL_WATCH_QUIET, /* it was said */
};

/* watchdog_us: within which it has to be fed; 0: there is none. */
void sl_watch_init(struct sl_watch *watch, uint64_t watchdog_us, unsigned n, int64_t now_ns);

/* Whether it is time to note all counters and take a turn; if so, the next look is set. */
bool sl_watch_is_due(struct sl_watch *watch, int64_t now_ns);
/* ret_who: which counter, where one stands still. */
enum sl_watch_turn sl_watch_turn(struct sl_watch *watch, int64_t now_ns, unsigned *ret_who);

#endif
