/* What one key remembers for one sequence, unpacked: read from its record, changed, packed anew.
 *
 * Packed texts and values are views into the record, the image or the arena of the call. */
#ifndef SL_STATE_MEMORY_PRIV_H
#define SL_STATE_MEMORY_PRIV_H

#include "pack_priv.h"
#include "plan_priv.h"

/* ---- type and channel of events, named by a number: a worker meets few of them ----------------
 */

#define INTERN_PAIRS 4096u
#define INTERN_BYTES (256u << 10)

struct sl_intern {
	uint32_t at; /* in the bytes: type, then channel */
	uint16_t type_bytes, channel_bytes;
};

struct sl_interns {
	uint32_t n;
	uint32_t used;
	struct sl_intern pairs[INTERN_PAIRS];
	uint16_t places[2 * INTERN_PAIRS]; /* by hash: pair + 1 */
	char bytes[INTERN_BYTES];
};

/* The pair's number plus one; 0: there is no room. */
uint32_t sl_intern(struct sl_interns *interns, struct sl_text type, struct sl_text channel);

/* ---- parts ------------------------------------------------------------------------------------
 */

/* The last event that was accepted. */
struct sl_memory_event {
	int64_t time_ns;
	struct sl_text type, channel, customer;
};

/* A run, or what is left of one that completed its sequence (ALL). */
struct sl_memory_run {
	int64_t first_ns, last_ns, anchor_ns;
	uint32_t count;
	uint8_t step;
	bool done;               /* the step's `until` came */
	bool over;               /* to be left out */
	struct sl_span first_id; /* no bytes: that of the first step */
	struct sl_memory_event event;
	struct sl_span ids[SL_STEPS_MAX];             /* of steps up to its own, but for NOTs */
	struct sl_span captures[SL_CAPTURES_MAX];     /* of those steps; no bytes: none yet */
	struct sl_span aggregates[SL_AGGREGATES_MAX]; /* as packed values; no bytes: none */
};

/* SLIDING. */
struct sl_memory_entry {
	int64_t time_ns;
	struct sl_span values;
};

/* What one aggregate has come to. */
struct sl_memory_sum {
	uint64_t n; /* values; of DISTINCT: hashes */
	int64_t integer;
	double decimal;
	bool overflow;
	struct sl_span extreme; /* MIN, MAX: a packed value */
	const uint8_t *hashes;  /* DISTINCT: 8 bytes each */
	uint64_t room;          /* hashes that may be written there; 0: they lie in a record */
};

/* TUMBLING, CALENDAR: from start on; SESSION: from start to last. */
struct sl_memory_open {
	int64_t start_ns, last_ns;
	uint64_t count;
	bool fired;
	struct sl_memory_sum sums[SL_AGGREGATES_MAX];
	struct sl_span id; /* at_end: of the last event */
	struct sl_memory_event event;
	struct sl_span captures[SL_CAPTURES_MAX];
};

struct sl_memory {
	const struct sl_plan_sequence *plan;
	bool there; /* something was there before */
	bool changed;
	bool changed_runs; /* more than the entries of a SLIDING window */
	bool has_note, has_completion;
	int64_t note_ns; /* of the leading NOT */
	struct sl_memory_run completion;
	uint32_t n_runs;
	struct sl_memory_run runs[SL_RUNS_MAX + 1];
	uint32_t n_entries;
	struct sl_memory_entry entries[SL_KEEP_MAX + 1];
	uint32_t n_open;
	struct sl_memory_open open[SL_RUNS_MAX + 1];
	/* SLIDING: how the entries differ from those of the record, in this order */
	uint32_t dropped_first;       /* so many from the front */
	uint32_t removed;             /* then this one, plus one */
	struct sl_memory_entry added; /* then this; no bytes in values and added_is: none */
	bool added_is;
	uint32_t dropped_last; /* then so many from the front */
	uint64_t more_bytes;   /* of images since the last whole one */
};

/* Replaces what `ret` holds. NULL interns: a foreign image, in which numbers of pairs are wrong.
 * False: no such memory; ret is then empty. */
bool sl_memory_read(const struct sl_plan_sequence *plan, const struct sl_interns *interns,
		    struct sl_span body, struct sl_memory *ret);
void sl_memory_clear(const struct sl_plan_sequence *plan, struct sl_memory *ret);
bool sl_memory_is_empty(const struct sl_memory *memory);

/* NULL interns: for others, with texts in full. */
void sl_memory_write(const struct sl_memory *memory, struct sl_interns *interns,
		     struct sl_pack *out);

/* How a SLIDING window's entries changed; and that done to a window. False: not to be done to it.
 */
void sl_memory_write_more(const struct sl_memory *memory, struct sl_pack *out);
bool sl_memory_read_more(struct sl_memory *memory, struct sl_unpack *in);
void sl_memory_insert(struct sl_memory *memory, const struct sl_memory_entry *entry);
void sl_memory_drop(struct sl_memory *memory, uint32_t n); /* entries from the front */

/* Limits: times of matches, ascending. Returns how many, or -1. */
#define LIMIT_TIMES_MAX 64u
int sl_limit_read(struct sl_span body, int64_t ret_times_ns[LIMIT_TIMES_MAX]);
void sl_limit_write(const int64_t *times_ns, unsigned n, struct sl_pack *out);

/* ---- the first byte of a body -----------------------------------------------------------------
 */

#define BODY_UNIT 3u
#define BODY_NOTE 4u
#define BODY_COMPLETION 8u
#define BODY_RUNS 16u
#define BODY_WINDOW 32u
#define BODY_LIMIT 64u
#define BODY_ONE_RUN 128u /* with RUNS: their number is not written */

/* The first of a run. */
#define RUN_STEP 15u
#define RUN_DONE 16u
#define RUN_FIRST_ID 32u
#define RUN_TIMES 64u  /* anchor and last are not its first event's time */
#define RUN_COUNT 128u /* is not 1 */

#endif
