/* What a rule set makes of a stream of events, said slowly: the reference for campaigns that
 * remember, and for those that do not. It follows the meaning in rules/grammar.md word by word,
 * keeps every event it was given, and packs nothing.
 *
 * - Shares rules' reader and trees with the compiler and nothing else.
 * - Events come in the order of their arrival; ticks in between, never backwards. What falls due
 *   before a tick happens in that call.
 * - Values and texts are copied. What `told` is given lives as long as the call.
 * - One thread; see eval.h. Memory grows with the stream; without memory it ends the process, as
 *   the tools and tests that it is for would.
 * - Cost: every condition of every campaign for every event. */
#ifndef SL_RULES_EVAL_HISTORY_H
#define SL_RULES_EVAL_HISTORY_H

#include "rules/eval/eval.h"

#include "sluice/gate.h"

struct sl_eval_history;

/* A step that was passed, and the last event that it took. */
struct sl_eval_passed {
	struct sl_slice name;
	struct sl_slice id;
};

struct sl_eval_datum {
	struct sl_slice name;
	struct sl_eval_any value;
};

/* One decision: a match that was sent, or why one was not, or what an event came to. */
struct sl_eval_decision {
	uint32_t campaign;
	enum sl_gate gate;
	struct sl_slice key;
	int64_t time_ns;
	bool due;                   /* made by a tick; the event is the last that was taken */
	struct sl_slice event;      /* its id */
	struct sl_slice first;      /* id of the first; no bytes where a window closed */
	struct sl_slice remembered; /* then, of `for: customer`, whose window it was */
	const struct sl_eval_passed *steps; /* of LATE and RUNS_FULL none */
	uint32_t n_steps;
	const struct sl_eval_datum *data;
	uint32_t n_data;
};

typedef void sl_eval_told(void *context, const struct sl_eval_decision *decision);

struct sl_eval_arrival {
	const struct sl_eval_value *values;
	size_t n_values;
	int64_t time_ns;
	int64_t now_ns; /* what validity is judged by */
};

/* What an event did to what is remembered, or nearly did; for people. */
enum sl_eval_moment_kind {
	SL_EVAL_BEGAN,     /* a run */
	SL_EVAL_TAKEN,     /* as the step, for the `count`th time */
	SL_EVAL_CLOSED,    /* by `until`: the step has all it takes */
	SL_EVAL_ENDED,     /* the run: what must not come came, step is that `not` */
	SL_EVAL_CUT_SHORT, /* the run: `until` came, and the step had come too few times */
	SL_EVAL_BROKEN,    /* the run: strict, and this came between */
	SL_EVAL_UNLINKED,  /* it has what the step asks, but not beside the steps before: parts */
	SL_EVAL_TOO_LATE,  /* it has, but came after until_ns */
	SL_EVAL_TOO_EARLY, /* before the run's last event */
	SL_EVAL_NOTED,     /* a `not` in front: nothing begins up to until_ns */
	SL_EVAL_HINDERED,  /* nothing begins: that `not` came, up to until_ns */
	SL_EVAL_UNDER_WAY, /* nothing begins: a run is under way, or the time is over */
	SL_EVAL_GATHERED,  /* into the window; parts are those of `having` */
	SL_EVAL_EXPIRED,   /* the run: nothing more came up to until_ns */
};

struct sl_eval_moment {
	enum sl_eval_moment_kind kind;
	uint32_t campaign, sequence, step;
	struct sl_slice key;
	struct sl_slice event; /* of EXPIRED the last that was taken */
	int64_t time_ns;
	struct sl_slice run; /* the id of its first event; no bytes: of no run */
	uint32_t count;
	bool held;        /* GATHERED: whether `having` did */
	bool is_due;      /* what until_ns is: when it matches, else when it ends without */
	int64_t until_ns; /* INT64_MAX: none */
	const struct sl_eval_step *parts;
	uint32_t n_parts;
};

typedef void sl_eval_watcher(void *context, const struct sl_eval_moment *moment);

/* The set outlives it. 0 or -ENOMEM. */
int sl_eval_history_new(const struct sl_eval_set *set, sl_eval_told *told, void *context,
			struct sl_eval_history **ret_history);
void sl_eval_history_free(struct sl_eval_history *history); /* takes NULL */

/* Tells all that happens, too, with the context of `told`; before the first event. 0 or -ENOMEM. */
int sl_eval_history_watch(struct sl_eval_history *history, sl_eval_watcher *watcher);

/* False: a duplicate for every key that asked for it. */
bool sl_eval_history_event(struct sl_eval_history *history, const struct sl_eval_arrival *arrival);

/* All events with an earlier time have come. INT64_MAX: the end. */
void sl_eval_history_tick(struct sl_eval_history *history, int64_t tick_ns, int64_t now_ns);

/* As a gateway's clock goes that follows the events: what falls due before that time happens at its
 * own, or now if a late event brought it; then it is that time. An earlier one than before changes
 * nothing. INT64_MAX: all that is still due, and no time behind it. Returns what time it is. */
int64_t sl_eval_history_pass(struct sl_eval_history *history, int64_t time_ns);

#endif
