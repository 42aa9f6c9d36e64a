/* Between the files of the reference for campaigns that remember.
 *
 * Lists are arrays that grow; what goes is taken out of the middle. Everything lies in one arena
 * that ends with the history, but for the arrays. */
#ifndef SL_RULES_EVAL_HISTORY_PRIV_H
#define SL_RULES_EVAL_HISTORY_PRIV_H

#include "rules/campaign/set_priv.h"
#include "rules/eval/history.h"
#include "rules/eval/walk_priv.h"

struct sl_eval_past {
	int64_t time_ns;
	uint64_t arrival;
	int64_t now_ns;
	struct sl_slice id;
	struct sl_slice customer;
	const struct sl_eval_any *fields;
};

/* What a window has of one aggregate. */
struct sl_eval_sum {
	int64_t integer;
	double decimal;
	bool overflow;
	uint64_t n; /* events with the field; of COUNT all */
	struct sl_eval_any least, greatest;
	const struct sl_eval_any **values; /* of DISTINCT */
	uint32_t n_values;
};

#define SL_EVAL_SUMS SL_AGGREGATES_MAX

struct sl_eval_run {
	const struct sl_eval_past *first;
	int64_t first_ns, last_ns, anchor_ns;
	uint32_t step;
	uint32_t count;
	bool complete; /* by `until`: no further repeat */
	const struct sl_eval_past *taken[SL_STEPS_MAX];
	const struct sl_eval_past *latest;     /* of taken */
	struct sl_eval_any sums[SL_EVAL_SUMS]; /* of the window that it began with */
};

/* A tumbling or calendar window, or a session. */
struct sl_eval_span {
	int64_t from_ns, to_ns; /* SESSION: its first and its last event */
	struct sl_eval_sum sums[SL_EVAL_SUMS];
	const struct sl_eval_past *latest; /* by arrival */
	bool fired;
};

struct sl_eval_completion {
	bool is;
	int64_t time_ns;
	struct sl_eval_run run;
};

/* Of one key and sequence. */
struct sl_eval_memory {
	const struct sl_sequence_text *sequence;
	struct sl_eval_run *runs;
	uint32_t n_runs;
	bool noted;
	int64_t note_ns;                     /* of a NOT in front: its latest */
	const struct sl_eval_past **entries; /* of a sliding window: by time, then arrival */
	uint32_t n_entries;
	struct sl_eval_span *spans; /* by time */
	uint32_t n_spans;
	struct sl_eval_completion completion; /* of ALL */
};

/* Of one key and campaign. */
struct sl_eval_account {
	uint32_t campaign;
	struct sl_slice key;
	struct sl_eval_memory memories[SL_SEQUENCES_MAX];
};

struct sl_eval_fire {
	uint32_t campaign;
	struct sl_slice key;
	struct sl_slice remembered; /* `for: customer`, and no first event: what it is kept by */
	int64_t time_ns;
	bool due;
	const struct sl_eval_past *event;
	struct sl_slice first;
	struct sl_eval_passed *steps;
	uint32_t n_steps;
	struct sl_eval_datum *data;
	uint32_t n_data;
	enum sl_gate gate;
};

struct sl_eval_limit {
	struct sl_slice name; /* of `over`, or of the campaign behind a blank */
	struct sl_slice key;
	int64_t *times;
	uint32_t n_times;
	int64_t per_ns;
};

struct sl_eval_seen {
	struct sl_slice key, id;
};

struct sl_eval_history {
	const struct sl_rules_set *rules;
	sl_eval_told *told;
	void *context;
	struct sl_arena arena;
	struct sl_arena scratch; /* of one condition */
	int64_t tick_ns;
	int64_t now_ns;
	uint64_t arrivals;
	struct sl_eval_account *accounts;
	uint32_t n_accounts;
	struct sl_eval_limit *limits;
	uint32_t n_limits;
	struct sl_eval_seen *seen;
	uint32_t n_seen;
	struct sl_eval_fire *fires; /* of the event or the instant at hand */
	uint32_t n_fires;
	sl_eval_watcher *watcher;         /* NULL: nobody watches */
	struct sl_eval_step *watch_parts; /* SL_EVAL_TRACE_MAX of them */
	struct sl_eval_fire *mail; /* for customers: one at a time, when the rest is decided */
	uint32_t n_mail;
	struct sl_eval_fire *delivered; /* mail that came: the same match comes once */
	uint32_t n_delivered;
};

/* What an event did to one key's memory of one sequence. */
struct sl_eval_deed {
	bool asked; /* a condition of the sequence held */
	bool changed;
	bool matched; /* completed a match here */
	bool taken;   /* by a run */
	bool runs_full;
	bool late; /* whatever the tick: a window keeps younger ones only */
};

/* Memory or the end of the process. */
void *sl_eval_history_alloc(struct sl_eval_history *history, size_t bytes);
/* `list` has room for one more of `size` bytes behind its n. */
void *sl_eval_history_more(void *list, uint32_t n, size_t size);
#define SL_EVAL_MORE(list, n) ((list) = sl_eval_history_more((list), (n), sizeof(*(list))))

static inline int64_t sl_eval_plus(int64_t time, int64_t span)
{
	int64_t sum;

	return __builtin_add_overflow(time, span, &sum) ? (span > 0 ? INT64_MAX : INT64_MIN) : sum;
}

/* history.c */
/* Whether a condition holds; NULL holds. bound may be NULL where nothing is bound. */
bool sl_eval_history_holds(struct sl_eval_history *history, const struct sl_expr *condition,
			   const struct sl_eval_past *event, const struct sl_eval_any *bound);
/* The captures of a run, as bindings: SL_CAPTURES_MAX of them. */
void sl_eval_history_captures(const struct sl_sequence_text *sequence,
			      const struct sl_eval_run *run, struct sl_eval_any *ret_bound);
struct sl_eval_any sl_eval_history_capture(const struct sl_capture_text *capture,
					   const struct sl_eval_run *run);

/* history_runs.c */
struct sl_eval_door {
	struct sl_eval_history *history;
	const struct sl_campaign_text *campaign;
	struct sl_eval_account *account;
	struct sl_eval_memory *memory;
	uint32_t sequence; /* its index */
};

int64_t sl_eval_run_deadline(const struct sl_eval_door *door, const struct sl_eval_run *run);
/* Whether a fresh run may begin with the event; runs_full is told through the deed. */
bool sl_eval_run_may_begin(const struct sl_eval_door *door, const struct sl_eval_run *fresh,
			   const struct sl_eval_past *event, struct sl_eval_deed *deed);
/* Of an event: its runs, its start. */
void sl_eval_runs_event(const struct sl_eval_door *door, const struct sl_eval_past *event,
			struct sl_eval_deed *deed);
/* The run has completed its sequence: a fire, or a part of one. event: what completed it. */
void sl_eval_runs_matched(const struct sl_eval_door *door, const struct sl_eval_run *run,
			  const struct sl_eval_past *event, int64_t time_ns, bool due);
/* The step behind that is waited for; the number of steps: none is. */
uint32_t sl_eval_run_next(const struct sl_eval_door *door, const struct sl_eval_run *run);
/* Whether its step has had what it needs, so that what is behind it is waited for. */
bool sl_eval_run_is_ready(const struct sl_eval_door *door, const struct sl_eval_run *run);
/* The run is waiting for nothing but time: behind the last event comes a NOT. */
bool sl_eval_run_waits_out(const struct sl_eval_door *door, const struct sl_eval_run *run);
/* Has the run all its steps but such a NOT. */
bool sl_eval_run_is_done(const struct sl_eval_door *door, const struct sl_eval_run *run);
void sl_eval_runs_remove(struct sl_eval_memory *memory, uint32_t i);

/* history_windows.c */
void sl_eval_window_event(const struct sl_eval_door *door, const struct sl_eval_past *event,
			  struct sl_eval_deed *deed);
/* The next instant at which a span of this memory is asked for the last time; INT64_MAX: none. */
int64_t sl_eval_window_due(const struct sl_eval_memory *memory);
/* Fires what is to be asked at that instant; spans go by sl_eval_window_forget(). */
void sl_eval_window_at(const struct sl_eval_door *door, int64_t due_ns);
void sl_eval_window_forget(struct sl_eval_memory *memory, int64_t tick_ns);

/* history_sums.c */
void sl_eval_sums_add(struct sl_eval_history *history, const struct sl_window_text *window,
		      struct sl_eval_sum *sums, const struct sl_eval_past *event);
/* The earlier window's plus the later's, into the earlier's. */
void sl_eval_sums_join(struct sl_eval_history *history, const struct sl_window_text *window,
		       struct sl_eval_sum *earlier, const struct sl_eval_sum *later);
void sl_eval_sums_values(const struct sl_schema *schema, const struct sl_window_text *window,
			 const struct sl_eval_sum *sums, struct sl_eval_any *ret_values);

/* history_calendar.c: the unit that holds the time: from its first nanosecond to the next one's. */
void sl_eval_calendar(enum sl_calendar_unit unit, struct sl_slice zone, int64_t time_ns,
		      int64_t *ret_from_ns, int64_t *ret_to_ns);

/* history_watch.c; each does nothing where nobody watches. */
/* What became of a run that was offered the event, or why nothing did. */
void sl_eval_watch_offered(const struct sl_eval_door *door, const struct sl_eval_run *before,
			   const struct sl_eval_run *after, const struct sl_eval_past *event,
			   bool died);
void sl_eval_watch_run(const struct sl_eval_door *door, enum sl_eval_moment_kind kind,
		       const struct sl_eval_run *run, const struct sl_eval_past *event);
/* Of a `not` in front. */
void sl_eval_watch_note(const struct sl_eval_door *door, enum sl_eval_moment_kind kind,
			const struct sl_eval_past *event);
void sl_eval_watch_having(const struct sl_eval_door *door, const struct sl_eval_past *event,
			  const struct sl_eval_any *values);

/* history_decide.c */
void sl_eval_decide(struct sl_eval_history *history); /* what is in fires, then in mail */
void sl_eval_decide_told(struct sl_eval_history *history, uint32_t campaign, struct sl_slice key,
			 const struct sl_eval_past *event, enum sl_gate gate);
void sl_eval_limits_forget(struct sl_eval_history *history);

/* history_due.c: what is due happens, and what nothing can need any more goes. only: of that key;
 * NULL: of all. */
void sl_eval_settle(struct sl_eval_history *history, const struct sl_slice *only);

#endif
