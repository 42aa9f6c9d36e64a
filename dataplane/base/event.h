/* An event as the stages see it: typed slots of the bank's schema.
 *
 * Lifetime: texts point into the message's bytes or into decode's arena, and end with the burst.
 * What outlives it (a hand-over) is copied with sl_event_copy(). The slot array is the caller's,
 * SL_FIELDS_MAX long at most; slots behind n_slots are not read. */
#ifndef SL_BASE_EVENT_H
#define SL_BASE_EVENT_H

#include "base/span.h"
#include "sluice/artifact.h"

#include <stdbool.h>
#include <stdint.h>

struct sl_text {
	const char *at;
	uint32_t bytes;
};

/* kind 0: absent. */
struct sl_value {
	union {
		int64_t integer; /* INT, TIME (ns since 1970), BOOL (0, 1) */
		double decimal;
		const char *text;           /* STRING */
		const struct sl_text *list; /* STRINGS */
	};
	uint32_t count; /* bytes of a string, items of a list */
	uint8_t kind;   /* enum sl_field_type */
	uint8_t reserved[3];
};

struct sl_event {
	struct sl_value *slots;
	uint16_t n_slots;
	uint16_t partition; /* of the key, see below */
	uint32_t index;     /* within its request or connection */
	int64_t time_ns;    /* when it happened */
	int64_t received_ns;
	uint8_t received_source; /* enum sl_clock_source */
	uint8_t channel;         /* index of the listener's channel */
	uint8_t reserved[6];
	struct sl_text id; /* roles, found once; bytes 0: the schema has none */
	struct sl_text key;
	struct sl_text type;
	struct sl_text source_channel; /* the field of role channel, else the listener's name */
	struct sl_text trace;          /* a valid traceparent, or none */
	uint64_t key_hash; /* its low bits are the partition; as that, set by sl_event_identify() */
	uint64_t seen[2];  /* judges duplicates; likewise */
};

/* Sets key_hash, the partition and `seen`, once the roles are there: XXH3-128 over length-prefixed
 * key and id, without an id over key and the event's whole text. Only for an event that somebody is
 * interested in: the hashes cost as much as a sixth of its decoding. An event without a key has
 * partition 0. */
void sl_event_identify(struct sl_event *event, struct sl_span text);

/* Bytes that sl_event_copy() needs. */
size_t sl_event_copy_bytes(const struct sl_event *event, const uint64_t *used_slots);

/* Copies the event with the slots whose bit is set in used_slots (SL_FIELDS_MAX bits; NULL: all)
 * and its roles into `at`, 16-byte aligned, of at least sl_event_copy_bytes(). Returns the copy,
 * which lies at the beginning of `at` and points only into it. */
struct sl_event *sl_event_copy(const struct sl_event *event, const uint64_t *used_slots, void *at);

/* The partition of a key: fixed for ever, between workers and between machines. */
uint16_t sl_event_partition(struct sl_text key);

/* XXH3-64: what nodes of equalities have for a string's value. */
uint64_t sl_text_hash(const char *at, uint32_t bytes);

/* XXH3-128 over each part's length (8 bytes, little-endian) and bytes. */
void sl_hash_parts(const struct sl_text *parts, unsigned n_parts, uint64_t ret_hash[2]);

#endif
