/* Inside sl_states: the call under way, and what its files offer each other.
 *
 * A call reads what its key remembers, works on it campaign by campaign, stages what has changed,
 * and writes the key's record once at its end. What a campaign staged is taken back where it did
 * not fit. */
#ifndef SL_STATE_STATES_PRIV_H
#define SL_STATE_STATES_PRIV_H

#include "keys_priv.h"
#include "memory_priv.h"

#define ARENA_BYTES (4u << 20)
#define TOLD_MAX 4096u
#define LIVE_PLACES 65536u /* slots whose keys are counted */
#define LIVE_LOOKS 64u
#define STAGED_MAX SL_STATE_CHANGES_MAX
#define MORE_BYTES_MIN 96u
#define IMAGE_HEAD_BYTES 4u /* what is to be done with it; bytes behind, low first */

/* What one slot will be in the record. */
struct sl_staged {
	uint64_t slot;
	struct sl_span body; /* no bytes: nothing */
	int64_t due_ns;
	bool written;
	bool was; /* it is in the record as it is now */
};

struct sl_live {
	uint64_t slot;
	uint64_t keys;
	bool used;
};

/* The event that is applied. */
struct sl_arrival {
	const struct sl_event *event; /* NULL: none, something is due */
	int64_t time_ns;
	struct sl_span id; /* packed */
};

/* Which conditions of a sequence hold. */
struct sl_held {
	uint32_t steps, untils; /* a bit for each step */
	bool among;
};

/* How far a call had come. */
struct sl_call_mark {
	uint32_t fires, told, changes, staged, arena_used;
};

struct sl_states {
	struct sl_keys keys;
	struct sl_program_room *room;
	void *memory;
	size_t memory_bytes;
	struct sl_chunk *chunks;
	struct sl_interns *interns;
	struct sl_live *live;
	uint64_t full, stopped, damaged;

	/* ---- the call under way */
	const struct sl_state_plan *plan;
	int64_t tick_ns;
	struct sl_text key;
	uint64_t hash;
	uint32_t block;      /* its record; 0: none */
	struct sl_span body; /* what it remembers */
	struct sl_arrival arrival;
	bool is_short;              /* of memory: nothing new begins */
	bool failed;                /* something did not fit: the campaign is taken back */
	struct sl_memory *memories; /* SL_SEQUENCES_MAX: of the campaign under way */
	const struct sl_campaign *campaign;
	struct sl_call_mark before; /* the campaign's turn */
	struct sl_held held[SL_SEQUENCES_MAX];
	bool told[SL_GATE_COUNT]; /* of the campaign */
	bool told_now;            /* something, since it was set to false */
	bool keeps_retired;       /* nobody would hear of what is dropped */

	/* ---- its outcome, and what that points to */
	uint32_t n_fires, n_told, n_changes, n_staged;
	struct sl_state_fire *fires;
	struct sl_state_told *told_list;
	struct sl_state_change *changes;
	struct sl_staged *staged;
	uint8_t *arena;
	uint32_t arena_used;
	uint8_t *scratch; /* RECORD_BYTES_MAX: the record's new body */
	char *key_copy;   /* of a key that comes from its record */
};

/* ---- call.c: beginning, staging, ending */

void sl_call_begin(struct sl_states *states, const struct sl_state_plan *plan, int64_t tick_ns,
		   struct sl_text key, uint64_t hash, uint32_t block);
/* NULL, and `failed`: there is no room. Aligned for anything. */
void *sl_call_take(struct sl_states *states, size_t bytes);
/* All the room there is, to be packed into; then what was packed is kept. */
struct sl_pack sl_call_pack(struct sl_states *states);
struct sl_span sl_call_packed(struct sl_states *states, const struct sl_pack *out);

/* The key's memory of a slot; no bytes: none. */
struct sl_span sl_call_body(const struct sl_states *states, uint64_t slot);
/* The next entry behind *at, which begins as NULL. False: no more. */
bool sl_call_next(const struct sl_states *states, const uint8_t **at, uint64_t *ret_slot,
		  struct sl_span *ret_body);

void sl_call_load(struct sl_states *states, uint32_t sequence, int64_t tick_ns,
		  struct sl_memory *ret);
void sl_call_load_body(struct sl_states *states, const struct sl_plan_sequence *plan,
		       struct sl_span body, int64_t tick_ns, struct sl_memory *ret);
void sl_call_stage(struct sl_states *states, struct sl_memory *memory);
void sl_call_stage_body(struct sl_states *states, uint64_t slot, struct sl_span body,
			int64_t due_ns, bool was);
void sl_call_change(struct sl_states *states, uint64_t slot, struct sl_span image);
void sl_image_head(uint8_t at[IMAGE_HEAD_BYTES], unsigned kind, size_t bytes);
struct sl_live *sl_live_find(const struct sl_states *states, uint64_t slot);
void sl_call_tell(struct sl_states *states, enum sl_gate gate);

/* A campaign's turn: all its sequences are loaded; at its end what has changed is staged. */
void sl_call_campaign_begin(struct sl_states *states, uint32_t campaign, int64_t tick_ns);
void sl_call_campaign_end(struct sl_states *states);

/* Writes the record. exact: its timer is due at the least of `due_ns` and what was staged; else
 * that only makes it earlier. False: no memory, nothing was written. */
bool sl_call_commit(struct sl_states *states, bool exact, int64_t due_ns);
void sl_call_outcome(const struct sl_states *states, int64_t due_ns,
		     struct sl_state_outcome *ret_outcome);

/* ---- due.c */

int64_t sl_call_rest_due(struct sl_states *states, int64_t tick_ns); /* of what is not staged */
/* Whether something of the key may be due before the tick; examine finds out: true with an outcome.
 * The record may lie elsewhere then. */
bool sl_due_may_be(const struct sl_states *states, uint32_t block, int64_t tick_ns);
bool sl_due_examine(struct sl_states *states, const struct sl_state_plan *plan, uint32_t block,
		    int64_t tick_ns, struct sl_state_outcome *ret_outcome);

/* ---- deadlines.c: until when things live */

int64_t sl_time_add(int64_t time_ns, int64_t span_ns); /* at most INT64_MAX, which stays so */
bool sl_run_is_complete(const struct sl_plan_sequence *plan, const struct sl_memory_run *run);
bool sl_run_is_waiting(const struct sl_plan_sequence *plan, const struct sl_memory_run *run);
int64_t sl_run_step_limit(const struct sl_plan_sequence *plan, const struct sl_memory_run *run);
int64_t sl_run_next_limit(const struct sl_plan_sequence *plan, const struct sl_memory_run *run);
int64_t sl_run_deadline(const struct sl_plan_sequence *plan, const struct sl_memory_run *run);
int64_t sl_not_limit(const struct sl_plan_sequence *plan, const struct sl_memory_run *run,
		     unsigned step); /* of a trailing NOT */
int64_t sl_open_deadline(const struct sl_plan_sequence *plan, const struct sl_memory_open *open);
int64_t sl_completion_deadline(const struct sl_plan_sequence *plan,
			       const struct sl_memory_run *completion);
int64_t sl_note_deadline(const struct sl_memory *memory);
/* Takes out what ended before the tick, but for what fires then. */
void sl_memory_expire(struct sl_memory *memory, int64_t tick_ns);
int64_t sl_memory_fire_due(const struct sl_memory *memory); /* INT64_MAX: nothing fires */
int64_t sl_memory_due(const struct sl_memory *memory);      /* that, or when all of it has ended */

/* ---- runs.c, starts.c: an event and the runs of a sequence */

enum sl_run_answer { SL_RUN_PASSED, SL_RUN_TAKEN, SL_RUN_DIED, SL_RUN_COMPLETED };

enum sl_run_answer sl_run_ask(struct sl_states *states, struct sl_memory *memory,
			      struct sl_memory_run *run, const struct sl_held *held);
void sl_run_accept(struct sl_states *states, const struct sl_plan_sequence *plan,
		   struct sl_memory_run *run, unsigned step);
void sl_memory_event_set(struct sl_states *states, struct sl_memory_event *event,
			 const struct sl_plan_sequence *plan);
struct sl_span sl_capture_pack(struct sl_states *states, uint16_t slot);

/* What a start may meet. */
struct sl_start {
	bool matched; /* the event completed a match of the sequence */
	bool taken;   /* a run took it */
};

/* Whether another run may begin with the event; told where not. */
bool sl_start_may(struct sl_states *states, struct sl_memory *memory, const struct sl_start *start,
		  const struct sl_memory_run *run);
/* An event's first step, or a window's. True: something changed. */
bool sl_start(struct sl_states *states, struct sl_memory *memory, const struct sl_held *held,
	      const struct sl_start *start);
/* The window holds: a match, or the beginning of a run. False: it may not begin. */
bool sl_window_fire(struct sl_states *states, struct sl_memory *memory,
		    const struct sl_start *start, const struct sl_any *aggregates);

/* ---- sliding.c, opens.c, aggregates.c: windows */

bool sl_sliding_take(struct sl_states *states, struct sl_memory *memory,
		     const struct sl_start *start);
bool sl_open_take(struct sl_states *states, struct sl_memory *memory, const struct sl_start *start);
/* at_end: asked when it closes. */
void sl_open_close(struct sl_states *states, struct sl_memory *memory,
		   const struct sl_memory_open *open);

void sl_sum_add(struct sl_states *states, const struct sl_plan_sequence *plan, uint32_t aggregate,
		struct sl_memory_sum *sum, struct sl_span value);
void sl_sum_merge(struct sl_states *states, const struct sl_plan_sequence *plan, uint32_t aggregate,
		  struct sl_memory_sum *sum, const struct sl_memory_sum *later);
struct sl_any sl_sum_value(const struct sl_states *states, const struct sl_plan_sequence *plan,
			   uint32_t aggregate, const struct sl_memory_sum *sum, uint64_t count);
bool sl_having_holds(struct sl_states *states, const struct sl_plan_sequence *plan,
		     const struct sl_any *aggregates);
/* The event's values for the window's aggregates, one after the other. */
struct sl_span sl_values_pack(struct sl_states *states, const struct sl_plan_sequence *plan);
struct sl_span sl_value_of(const struct sl_plan_sequence *plan, uint32_t aggregate,
			   struct sl_span values);

/* ---- gaps.c: what may have been lost of a key */

bool sl_gaps_read(struct sl_span body, struct sl_gaps *ret_gaps);
bool sl_call_is_lost(const struct sl_states *states, int64_t from_ns, int64_t to_ns);
int64_t sl_gaps_due(const struct sl_state_plan *plan, const struct sl_gaps *gaps); /* n > 0 */

/* ---- completed.c, fires.c: matches */

/* A sequence is complete at `time_ns`; run: what completed it, in the memory or not. */
void sl_sequence_completed(struct sl_states *states, struct sl_memory *memory,
			   struct sl_memory_run *run, int64_t time_ns, bool due);
/* parts: one run for each sequence, the one that completed it by its index in them. */
void sl_fire(struct sl_states *states, const struct sl_memory_run *const *parts, unsigned n_parts,
	     unsigned completing, int64_t time_ns, bool due);

#endif
