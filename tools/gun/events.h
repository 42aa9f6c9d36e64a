/* Synthetic bank traffic: event number i of a seed is always the same text, but for its time.
 *
 * - No real person, account or merchant: everything is invented.
 * - new() renders every kind of event once into templates of fixed length; an event is a copy of
 *   one with id, time and customer written in place. After new() the generator is read-only, so
 *   threads share it. Rendering allocates nothing and asks no clock.
 * - A share of the events repeats an earlier one's id and customer ("duplicates"), another share
 *   is broken in one of several ways ("malformed"); which, follows from seed and number too.
 * - A text is at most SL_EVENTS_TEXT_MAX bytes and has no line break in it. */
#ifndef SL_GUN_EVENTS_H
#define SL_GUN_EVENTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SL_EVENTS_TEXT_MAX 2300u
#define SL_EVENTS_ID_BYTES 22u   /* E0a1b2c3d-000000000000 */
#define SL_EVENTS_TIME_BYTES 29u /* 2026-11-21T09:12:33.120+09:00 */
#define SL_EVENTS_KEY_BYTES 9u   /* C00012345 */

struct sl_events_options {
	uint64_t seed;
	uint32_t customers; /* 1 to 100,000,000 */
	double duplicates;  /* shares, 0 to 1 */
	double malformed;
};

struct sl_events;

/* What an event is made of; lets a caller know its length before it is rendered. */
struct sl_event_plan {
	uint64_t number;  /* whose id it bears: its own, or the earlier one's that it repeats */
	const void *text; /* private */
	uint32_t bytes;
	uint32_t customer;
};

/* A moment, formatted: made once for many events. */
struct sl_event_time {
	char text[SL_EVENTS_TIME_BYTES];
};

int sl_events_new(const struct sl_events_options *options, struct sl_events **ret_events);
void sl_events_free(struct sl_events *events);

void sl_events_plan(const struct sl_events *events, uint64_t number,
		    struct sl_event_plan *ret_plan);

/* Writes plan->bytes bytes. */
void sl_events_render(const struct sl_events *events, const struct sl_event_plan *plan,
		      const struct sl_event_time *time, char *ret_text);

/* The id of event `number`, not terminated. */
void sl_events_id(const struct sl_events *events, uint64_t number, char ret_id[SL_EVENTS_ID_BYTES]);

/* Nanoseconds since 1970 as local time of +09:00, to the millisecond. */
void sl_events_time(int64_t wall_ns, struct sl_event_time *ret_time);

/* A number that looks random and depends on the two alone. */
uint64_t sl_events_mix(uint64_t seed, uint64_t number);

#endif
