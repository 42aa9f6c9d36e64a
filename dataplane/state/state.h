/* state: what an owner remembers: the ids of the events it has taken, and what temporal triggers
 * need of the past.
 *
 * Ids. One struct sl_seen per worker, of the partitions it owns; single-threaded; all memory taken
 * at new. Bounded per partition by number (the oldest makes room, counted when it was still young)
 * and by age. Judging is against memory; what makes it durable is the SEEN record that the caller
 * journals in the same batch as the event's effects, and hands back here at start. */
#ifndef SL_STATE_H
#define SL_STATE_H

#include "base/artifact.h"
#include "base/program.h"
#include "sluice/gate.h"
#include "sluice/journal.h"
#include "sluice/stats.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct sl_seen;

/* owned: one bit per partition. */
int sl_seen_new(const uint64_t owned[SL_PARTITIONS / 64], uint32_t per_partition, int64_t age_ns,
		struct sl_stats_worker *stats, struct sl_seen **ret_seen);
void sl_seen_free(struct sl_seen *seen); /* takes NULL */

/* Has the kernel give the first so many bytes of the memory now, zeroed, that would come with the
 * first ids otherwise: whole large pages, half a millisecond each. Any thread, also while others
 * use it; ends early once `stop` is set. */
void sl_seen_touch(const struct sl_seen *seen, size_t bytes_max, const _Atomic bool *stop);

/* Fetches what judging this id will touch: a burst ahead. */
void sl_seen_prefetch(const struct sl_seen *seen, uint16_t partition, const uint64_t id[2]);

/* True: new, now remembered, and ret_record is to be journalled. False: a duplicate. */
bool sl_seen_take(struct sl_seen *seen, uint16_t partition, const uint64_t id[2], int64_t now_ns,
		  struct sl_seen_record *ret_record);

/* Fetches what restoring this record will touch: some records ahead. */
void sl_seen_restore_ahead(const struct sl_seen *seen, const struct sl_seen_record *record);

/* At start: a record of the snapshot or of the journal, in any order. Too old ones are passed over.
 */
void sl_seen_restore(struct sl_seen *seen, const struct sl_seen_record *record, int64_t now_ns);

uint64_t sl_seen_count(const struct sl_seen *seen);

/* ---- what temporal triggers remember ----------------------------------------------------------
 *
 * One struct sl_states per worker: per key and state slot the runs, windows, notes, completions
 * and limits. What they mean: rules/grammar.md.
 *
 * - Single-threaded. A plan is made once per generation, read-only and shared; artifact outlives
 *   it.
 * - All memory is taken and touched at new, none later. When it is used up nothing new is begun,
 *   told as STATE_FULL for each campaign that met it; what is remembered already is never forgotten
 *   for it. What is under way may grow by ids and fields of further events; a part of 64 of the
 *   memory is kept for that alone. It is no more, for the most that a run can need is many times of
 *   what nearly all do: where that part is used up too, an event for what is under way comes to
 *   nothing, is told likewise, and counted as `stopped`.
 * - Outcomes are views into the states, the plan, and the event that was given; they end with the
 *   next event, due or restore on the same states. Limits may be asked and taken meanwhile.
 * - `tick` is the owner's T: never less than in an earlier call. INT64_MAX: the end.
 * - A key has one hash, sl_text_hash() of its text, whose low bits are its partition.
 * - The plan of an event may be older or newer than that of the event before. A slot that was
 *   retired before the plan's rule set was made is dropped when it is met; one that is younger than
 *   that rule set is let alone.
 * - Cost: an event takes one look-up and one packing anew of what its key remembers, which should
 *   be small; windows of many entries cost as many steps. */
struct sl_states;
struct sl_state_plan;

/* 0 or -ENOMEM. */
int sl_state_plan_new(const struct sl_artifact *artifact, struct sl_state_plan **ret_plan);
void sl_state_plan_free(struct sl_state_plan *plan); /* takes NULL */

/* bytes: of all memory for keys, index and records, SL_STATES_BYTES_MIN at least. 0, -ENOMEM or
 * -SL_E_LIMIT. */
#define SL_STATES_BYTES_MIN (4u << 20)
int sl_states_new(uint64_t bytes, struct sl_states **ret_states);

/* Has the kernel give all of that memory now, zeroed: before the first event that is remembered, so
 * that none is waited for later, and none refused. Zeroing takes half a millisecond a large page,
 * ten times that where the machine is virtual and its host has to find the memory; again, it takes
 * next to nothing. Any thread, also while others use it; ends early once `stop` (NULL: never) is
 * set. 0 or -ENOMEM. */
int sl_states_touch(const struct sl_states *states, const _Atomic bool *stop);
void sl_states_free(struct sl_states *states); /* takes NULL */

/* Fetches what the next n keys will touch; best for bursts of 8 to 64. */
void sl_states_prefetch(const struct sl_states *states, const uint64_t *hashes, unsigned n);

#define SL_STATE_FIRES_MAX 1024u /* of one outcome; a campaign with more is told as STATE_FULL */
#define SL_STATE_CHANGES_MAX 4096u
#define SL_STATE_IMAGE_BYTES_MAX 98304u

/* What an earlier event of a step left, or a window's numbers: kind ERROR where there is none. */
struct sl_state_part {
	uint32_t sequence; /* index in the artifact */
	uint32_t n_captures;
	uint32_t n_aggregates;
	const struct sl_any *captures;   /* of the sequence, in order */
	const struct sl_any *aggregates; /* of its window, in order */
};

struct sl_state_step {
	struct sl_text name;
	struct sl_text id; /* of the last event that it accepted */
};

/* A match, before anybody asked whether it may be sent. */
struct sl_state_fire {
	uint32_t campaign;
	bool due;        /* nothing came: made by the tick */
	int64_t time_ns; /* of the event that completed it, or when it fell due */
	/* that event; of a due match the last one that was accepted */
	int64_t event_time_ns;
	struct sl_text event_id, event_type, event_channel;
	struct sl_text customer; /* of campaigns with for_customer: that event's */
	struct sl_text first_id; /* for the match id; none where a window closed */
	/* That nothing came in this time is what it says (a `not`, strict neighbours, a window's
	 * end); nothing of the kind where absent_from_ns is the greater. */
	int64_t absent_from_ns, absent_to_ns;
	bool lost; /* and something of this key may have been lost in it */
	const struct sl_state_step *steps;
	uint32_t n_steps;
	uint32_t n_parts; /* more than one where a campaign asks for ALL */
	const struct sl_state_part *parts;
};

/* Indexes are those of SL_DATA_CAPTURE and SL_DATA_AGGREGATE. */
struct sl_any sl_state_fire_capture(const struct sl_state_plan *plan,
				    const struct sl_state_fire *fire, uint32_t index);
struct sl_any sl_state_fire_aggregate(const struct sl_state_plan *plan,
				      const struct sl_state_fire *fire, uint32_t index);

/* A campaign for which an event came to nothing. */
struct sl_state_told {
	uint32_t campaign;
	enum sl_gate gate; /* LATE, RUNS_FULL, STATE_FULL */
};

/* To be journalled in one commit with what the event caused. bytes 0: the slot has nothing more
 * for this key. Else the first byte says what to do with those before, of the same key and slot:
 * SL_STATE_WHOLE replaces them, SL_STATE_MORE is appended to them. What came together so is what
 * sl_states_restore() takes, in one piece or one after the other. Nobody else need understand it.
 */
struct sl_state_change {
	uint64_t slot;
	const uint8_t *image;
	uint32_t bytes;
};

#define SL_STATE_WHOLE ((unsigned)SL_DELTA_WHOLE) /* as records have it */
#define SL_STATE_MORE ((unsigned)SL_DELTA_MORE)

struct sl_state_outcome {
	struct sl_text key;
	uint64_t hash;
	int64_t due_ns;                    /* of what fell due; else that of the event */
	const struct sl_state_fire *fires; /* all with one event, or one due instant */
	const struct sl_state_told *told;
	const struct sl_state_change *changes;
	uint32_t n_fires, n_told, n_changes;
};

struct sl_state_input {
	const struct sl_event *event;
	struct sl_text key; /* what the triggers' campaigns remember by */
	uint64_t hash;
	const uint32_t *triggers; /* those that hold, ascending; MATCH ones are passed over */
	uint32_t n_triggers;
	int64_t tick_ns;
};

/* 0: the event was applied. 1: something of its key fell due before: the outcome is that, the event
 * was not applied, call again. */
int sl_states_event(struct sl_states *states, const struct sl_state_plan *plan,
		    const struct sl_state_input *input, struct sl_state_outcome *ret_outcome);

/* 1: the outcome of one key's next due instant, or of the end of what it remembered; 0: nothing
 * more is due before this tick. Keys come in any order, one key's instants in theirs; up to two
 * milliseconds after their tick. Each call does little. */
int sl_states_due(struct sl_states *states, const struct sl_state_plan *plan, int64_t tick_ns,
		  struct sl_state_outcome *ret_outcome);

/* Drops what slots left behind that were retired before the plan's rule set was made, key by key.
 * *place begins as 0 with a new plan. 1: the outcome, of no key or of one; call again. 0: all were
 * looked at; one that was passed over meanwhile is dropped when it is met. Each call does little.
 */
int sl_states_sweep(struct sl_states *states, const struct sl_state_plan *plan, int64_t tick_ns,
		    uint32_t *place, struct sl_state_outcome *ret_outcome);

/* A tick before which sl_states_due() has nothing to do; INT64_MAX: nothing waits for any. At it
 * there need not be anything either: then it is asked again. */
int64_t sl_states_next(const struct sl_states *states);

/* Whether the campaign's limit lets a match at `time_ns` pass; true where it has none. */
bool sl_states_limit_passes(struct sl_states *states, const struct sl_state_plan *plan,
			    struct sl_text key, uint64_t hash, uint32_t campaign, int64_t time_ns,
			    int64_t tick_ns);

/* Counts it: 0 and the change (slot 0 where the campaign has no limit), or -SL_E_FULL. The change
 * lives as long as the outcome before it. */
int sl_states_limit_take(struct sl_states *states, const struct sl_state_plan *plan,
			 struct sl_text key, uint64_t hash, uint32_t campaign, int64_t time_ns,
			 int64_t tick_ns, struct sl_state_change *ret_change);

/* At start: what changes said, in their order; bytes 0 forgets. 0; -SL_E_FULL; -SL_E_FORMAT for
 * bytes that no change can have had, and nothing is done. Of slots that were retired only a mark
 * is kept, for the sweep to say that they are gone; those that the plan does not know yet are
 * passed over. Foreign bytes: checked. */
int sl_states_restore(struct sl_states *states, const struct sl_state_plan *plan,
		      struct sl_text key, uint64_t hash, uint64_t slot, const uint8_t *image,
		      uint32_t bytes);

/* ---- what may have been lost ------------------------------------------------------------------
 *
 * Spans of time, ascending, none touching another. Of more than there is room for the nearest
 * become one: so more counts as lost, never less. */
#define SL_GAPS_MAX 64u
#define SL_GAPS_LISTS_MAX 3u
#define SL_GAPS_IMAGE_BYTES (16u + SL_GAPS_LISTS_MAX * SL_GAPS_MAX * 20u)

struct sl_gap {
	int64_t from_ns, to_ns; /* both belong to it */
};

struct sl_gaps {
	uint32_t n;
	struct sl_gap at[SL_GAPS_MAX + 1]; /* the last: only while one is added */
};

void sl_gaps_add(struct sl_gaps *gaps, int64_t from_ns, int64_t to_ns);
bool sl_gaps_overlap(const struct sl_gaps *gaps, int64_t from_ns, int64_t to_ns);
void sl_gaps_forget(struct sl_gaps *gaps, int64_t before_ns); /* those that ended before */
/* n lists as the image of a change, and back; foreign bytes: 0 or -SL_E_FORMAT. */
size_t sl_gaps_image(const struct sl_gaps *gaps, unsigned n, uint8_t ret_at[SL_GAPS_IMAGE_BYTES]);
int sl_gaps_of_image(const uint8_t *image, size_t bytes, unsigned n, struct sl_gaps *ret_gaps);

/* The slot under which keys have theirs: the registry never comes so far. */
#define SL_STATE_GAPS_SLOT UINT64_MAX

/* How long a loss may matter to a campaign that says that something did not come; 0: none does. */
int64_t sl_state_plan_absence(const struct sl_state_plan *plan);
/* Whether one of them remembers by another field than the customer. */
bool sl_state_plan_absence_by(const struct sl_state_plan *plan);

/* Something of this key may have been lost between the two times: remembered as long as it may
 * matter. 0 and the change, which lives as long as an outcome, or -SL_E_FULL. */
int sl_states_lost(struct sl_states *states, const struct sl_state_plan *plan, struct sl_text key,
		   uint64_t hash, int64_t from_ns, int64_t to_ns, int64_t tick_ns,
		   struct sl_state_change *ret_change);

struct sl_states_stats {
	uint64_t keys;
	uint64_t timers;
	uint64_t bytes;      /* in use: records, their slack, the index's part of them */
	uint64_t bytes_room; /* what may be in use */
	uint64_t full;       /* times that something was refused for want of memory */
	uint64_t stopped; /* events that came to nothing for what was under way, for want of it */
	uint64_t damaged; /* memories that did not fit their plan, dropped */
};

void sl_states_stats(const struct sl_states *states, struct sl_states_stats *ret_stats);

/* Keys that have something in this slot. */
uint64_t sl_states_live(const struct sl_states *states, uint64_t slot);

/* For people: one run, window, note, completion or limit that a key has. */
enum sl_state_look_kind {
	SL_LOOK_RUN = 1,
	SL_LOOK_WINDOW,
	SL_LOOK_NOTE,
	SL_LOOK_COMPLETION,
	SL_LOOK_LIMIT,
};

struct sl_state_look {
	enum sl_state_look_kind kind;
	uint64_t slot;
	uint32_t campaign, sequence;
	uint32_t step;  /* of the sequence: the last that accepted an event */
	uint32_t count; /* events of that step; entries */
	int64_t first_ns, last_ns;
	int64_t due_ns; /* up to when it lives, or when it fires; INT64_MAX: no end */
};

/* Returns how many there are, of which it filled at most `room`. */
uint32_t sl_states_look(struct sl_states *states, const struct sl_state_plan *plan,
			struct sl_text key, uint64_t hash, int64_t tick_ns,
			struct sl_state_look *ret_looks, uint32_t room);

#endif
