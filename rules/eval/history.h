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
	bool due;              /* made by a tick; the event is the last that was taken */
	struct sl_slice event; /* its id */
	struct sl_slice first; /* id of the first; no bytes where a window closed */
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

/* The set outlives it. 0 or -ENOMEM. */
int sl_eval_history_new(const struct sl_eval_set *set, sl_eval_told *told, void *context,
			struct sl_eval_history **ret_history);
void sl_eval_history_free(struct sl_eval_history *history); /* takes NULL */

/* False: a duplicate for every key that asked for it. */
bool sl_eval_history_event(struct sl_eval_history *history, const struct sl_eval_arrival *arrival);

/* All events with an earlier time have come. INT64_MAX: the end. */
void sl_eval_history_tick(struct sl_eval_history *history, int64_t tick_ns, int64_t now_ns);

#endif
