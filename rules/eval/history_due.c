/* What falls due while no event comes, and what is forgotten. */
#include "rules/eval/history.h"

#include "rules/eval/history_priv.h"

static struct sl_eval_door door_of(struct sl_eval_history *history, struct sl_eval_account *account,
				   uint32_t sequence)
{
	return (struct sl_eval_door){.history = history,
				     .campaign = &history->rules->campaigns[account->campaign],
				     .account = account,
				     .memory = &account->memories[sequence],
				     .sequence = sequence};
}

static uint32_t sequences_of(const struct sl_eval_history *history,
			     const struct sl_eval_account *account)
{
	return history->rules->campaigns[account->campaign].pattern->n_sequences;
}

static int64_t due_of(struct sl_eval_history *history, struct sl_eval_account *account)
{
	int64_t due_ns = INT64_MAX;

	for (uint32_t s = 0; s < sequences_of(history, account); s++) {
		struct sl_eval_door door = door_of(history, account, s);
		int64_t at_ns = sl_eval_window_due(door.memory);

		due_ns = at_ns < due_ns ? at_ns : due_ns;
		for (uint32_t i = 0; i < door.memory->n_runs; i++) {
			if (!sl_eval_run_waits_out(&door, &door.memory->runs[i]))
				continue;
			at_ns = sl_eval_run_deadline(&door, &door.memory->runs[i]);
			due_ns = at_ns < due_ns ? at_ns : due_ns;
		}
	}
	return due_ns;
}

static void come_due(struct sl_eval_history *history, struct sl_eval_account *account,
		     int64_t due_ns)
{
	for (uint32_t s = 0; s < sequences_of(history, account); s++) {
		struct sl_eval_door door = door_of(history, account, s);
		struct sl_eval_memory *memory = door.memory;

		for (uint32_t i = 0; i < memory->n_runs; i++) {
			struct sl_eval_run run = memory->runs[i];

			if (!sl_eval_run_waits_out(&door, &run) ||
			    sl_eval_run_deadline(&door, &run) != due_ns)
				continue;
			sl_eval_runs_remove(memory, i);
			sl_eval_runs_matched(&door, &run, run.latest, due_ns, true);
			i = UINT32_MAX; /* others may have ended with it: from the first again */
		}
		sl_eval_window_at(&door, due_ns);
	}
}

static void forget(struct sl_eval_history *history, struct sl_eval_account *account)
{
	const struct sl_pattern_text *pattern =
		history->rules->campaigns[account->campaign].pattern;
	int64_t tick_ns = history->tick_ns;

	for (uint32_t s = 0; s < pattern->n_sequences; s++) {
		struct sl_eval_door door = door_of(history, account, s);
		struct sl_eval_memory *memory = door.memory;

		for (uint32_t i = memory->n_runs; i > 0; i--)
			if (sl_eval_run_deadline(&door, &memory->runs[i - 1]) < tick_ns) {
				sl_eval_watch_run(&door, SL_EVAL_EXPIRED, &memory->runs[i - 1],
						  memory->runs[i - 1].latest);
				sl_eval_runs_remove(memory, i - 1);
			}
		if (memory->noted &&
		    sl_eval_plus(memory->note_ns, memory->sequence->steps[0].within_ns) < tick_ns)
			memory->noted = false;
		if (memory->completion.is &&
		    sl_eval_plus(memory->completion.time_ns, pattern->join_within_ns) < tick_ns)
			memory->completion.is = false;
		sl_eval_window_forget(memory, tick_ns);
	}
}

/* The earliest instant before the tick, and the key that it is one of. only: of that key; NULL: of
 * any. */
static bool least_due(struct sl_eval_history *history, const struct sl_slice *only,
		      int64_t *ret_due_ns, struct sl_slice *ret_key)
{
	int64_t least_ns = history->tick_ns;
	bool found = false;

	for (uint32_t i = 0; i < history->n_accounts; i++) {
		struct sl_eval_account *account = &history->accounts[i];
		int64_t due_ns = due_of(history, account);

		if (only && !sl_slice_equal(*only, account->key))
			continue;
		if (due_ns < least_ns ||
		    (found && due_ns == least_ns && sl_slice_compare(account->key, *ret_key) < 0)) {
			least_ns = due_ns;
			*ret_key = account->key;
			found = true;
		}
	}
	*ret_due_ns = least_ns;
	return found;
}

void sl_eval_settle(struct sl_eval_history *history, const struct sl_slice *only)
{
	struct sl_slice key = {0};
	int64_t due_ns;

	while (least_due(history, only, &due_ns, &key)) {
		/* in the order of the campaigns, which is that of their accounts' numbers */
		for (uint32_t c = 0; c < history->rules->n_campaigns; c++)
			for (uint32_t i = 0; i < history->n_accounts; i++)
				if (history->accounts[i].campaign == c &&
				    sl_slice_equal(history->accounts[i].key, key))
					come_due(history, &history->accounts[i], due_ns);
		sl_eval_decide(history);
	}
	for (uint32_t i = 0; i < history->n_accounts; i++)
		if (!only || sl_slice_equal(*only, history->accounts[i].key))
			forget(history, &history->accounts[i]);
	sl_eval_limits_forget(history);
}

void sl_eval_history_tick(struct sl_eval_history *history, int64_t tick_ns, int64_t now_ns)
{
	if (tick_ns < history->tick_ns)
		return;
	history->tick_ns = tick_ns;
	history->now_ns = now_ns;
	sl_eval_settle(history, NULL);
}

/* The first instant at which something will fall due; INT64_MAX: none. */
static int64_t next_due(struct sl_eval_history *history)
{
	int64_t least_ns = INT64_MAX;

	for (uint32_t i = 0; i < history->n_accounts; i++) {
		int64_t due_ns = due_of(history, &history->accounts[i]);

		least_ns = due_ns < least_ns ? due_ns : least_ns;
	}
	return least_ns;
}

int64_t sl_eval_history_pass(struct sl_eval_history *history, int64_t time_ns)
{
	int64_t due_ns, at_ns;

	if (time_ns < history->tick_ns)
		return history->tick_ns;
	while ((due_ns = next_due(history)) < time_ns) {
		at_ns = due_ns < history->tick_ns ? history->tick_ns : due_ns + 1;
		sl_eval_history_tick(history, at_ns, at_ns);
	}
	if (time_ns != INT64_MAX)
		sl_eval_history_tick(history, time_ns, time_ns);
	return history->tick_ns;
}
