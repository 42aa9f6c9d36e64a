/* Inside match: the canonical text of a group of events, the set, and the worker's memory. */
#ifndef SL_MATCH_PRIV_H
#define SL_MATCH_PRIV_H

#include "match/match.h"

#include "base/program.h"

#include <hs/hs_runtime.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

/* ---- set ------------------------------------------------------------------------------------ */

/* A field whose values go into the canonical text, and what stands before each of them. */
struct sl_scanned_field {
	uint8_t head[SL_CANON_HEAD_BYTES];
	uint16_t slot;
};

/* A database, and what its pattern ids stand for. */
struct sl_match_database {
	hs_database_t *database;
	const uint32_t *ids; /* NULL: ids are atoms */
	uint32_t n_ids;
};

struct sl_match_set {
	const struct sl_artifact *artifact;
	/* Tells sets apart for ever: a freed set's address may be used again, its serial is not. */
	uint64_t serial;
	uint32_t n_databases;
	uint32_t n_scanned;
	struct sl_match_database *databases;
	uint64_t *sieve; /* which equalities no node has, see below */
	uint32_t sieve_mask;
	struct sl_scanned_field scanned[SL_FIELDS_MAX];
};

/* Most values of an event are asked for by nobody. The sieve says so of nearly all of them, out of
 * memory that stays in the cache: two bits a node, 8 to 16 bits of room for each, where bucket and
 * node take 64 bytes. What it lets through may still be in no node. */
static inline uint64_t sl_sieve_bits(uint64_t key)
{
	return UINT64_C(1) << (key & 63) | UINT64_C(1) << (key >> 6 & 63);
}

static inline bool sl_sieve_lets(const struct sl_match_set *set, uint64_t key)
{
	uint64_t bits = sl_sieve_bits(key);

	return (set->sieve[key >> 12 & set->sieve_mask] & bits) == bits;
}

/* ---- canonical text ------------------------------------------------------------------------- */

/* Where a value lies in the text, escaped. */
struct sl_canon_run {
	uint32_t begin, end;
	uint32_t slot;
};

/* The texts of a group of events, one behind the other. Runs ascend. */
struct sl_canon {
	uint8_t *text;
	struct sl_canon_run *runs; /* as many as can fit the text */
	uint32_t *ends;            /* of each event's text */
	uint32_t text_room, bytes;
	uint32_t n_runs;
	uint32_t n_events;
};

/* Adds an event's text. False, with nothing added, where the room might not suffice. */
bool sl_canon_add(struct sl_canon *canon, const struct sl_match_set *set,
		  const struct sl_event *event);

/* The run that holds the bytes from begin to end, or NULL: they are not inside one value. */
const struct sl_canon_run *sl_canon_find(const struct sl_canon *canon, uint32_t begin,
					 uint32_t end);

/* ---- matcher -------------------------------------------------------------------------------- */

/* What one set needs of a matcher. Stamps say in which event an atom was found, a node visited and
 * a trigger made a candidate last, so that nothing has to be cleared between events. */
struct sl_match_room {
	_Atomic uint64_t serial; /* prepare: rw, worker: ro; 0: empty */
	hs_scratch_t *scratch;
	uint32_t *atom_stamps;
	uint32_t *node_stamps;
	uint32_t *trigger_stamps;
	uint32_t n_atoms, n_nodes, n_triggers;
	uint32_t epoch; /* stamp of the last event so far; worker: rw */
};

/* Hits wait here until their atoms, fetched meanwhile, have arrived. */
#define SL_MATCH_HITS 256u

struct sl_match_hit {
	uint32_t atom;
	uint32_t to;
};

/* An atom found in an event, and the one found in it after this one. */
struct sl_match_found {
	uint32_t atom;
	uint32_t next;
};

#define SL_FOUND_END UINT32_MAX

struct sl_match_event_found {
	uint32_t first, last; /* in `found`; first SL_FOUND_END: none */
	uint32_t count;
};

/* Of a slot's string, kept for the nodes that ask it too. */
struct sl_match_hash {
	uint64_t value;
	uint64_t event; /* which one it is of, counted by the matcher */
};

struct sl_match_tally {
	uint64_t scan_errors, hits, candidates, cut, runs, errors;
};

struct sl_matcher {
	struct sl_match_limits limits;
	struct sl_stats_worker *stats;
	struct sl_match_room rooms[2];
	unsigned newest; /* of the rooms; prepare only */
	struct sl_program_room *program_room;

	/* the burst and group under way */
	const struct sl_match_set *set;
	struct sl_match_room *room;
	struct sl_match_tally tally;
	struct sl_canon canon;
	const struct sl_match_database *database; /* under scan */
	uint64_t events_seen;
	uint32_t stamp;  /* of the group's first event */
	uint32_t cursor; /* event in which the last hit was */
	uint32_t n_hits;
	uint32_t n_found;
	struct sl_match_hit hits[SL_MATCH_HITS];
	struct sl_match_hash hashes[SL_FIELDS_MAX];
	struct sl_match_found *found; /* scan_events times candidates */
	struct sl_match_event_found *event_found;

	/* results: first candidates, then, in place, the triggers that hold */
	uint32_t *first;    /* events + 1 */
	uint32_t *triggers; /* events times candidates */
};

/* Finds the atoms of the events whose texts lie in `canon`. */
void sl_match_scan(struct sl_matcher *matcher);

/* Appends the candidates of the group's event, its `i`th, to `triggers` from `at` on; returns where
 * they end. */
uint32_t sl_match_gather(struct sl_matcher *matcher, const struct sl_event *event, uint32_t i,
			 uint32_t at);

/* Leaves of the candidates triggers[begin .. end) those that hold, ascending, from `at` on;
 * at <= begin. Returns where they end. */
uint32_t sl_match_confirm(struct sl_matcher *matcher, const struct sl_event *event, uint32_t begin,
			  uint32_t end, uint32_t at);

#endif
