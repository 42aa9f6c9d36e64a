#include "rules/eval/history.h"

#include "rules/eval/history_priv.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

/* ---- memory ---------------------------------------------------------------------------------- */

static void *believed(void *at)
{
	if (!at) {
		fputs("not enough memory\n", stderr);
		abort();
	}
	return at;
}

void *sl_eval_history_alloc(struct sl_eval_history *history, size_t bytes)
{
	return believed(sl_arena_alloc(&history->arena, bytes));
}

void *sl_eval_history_more(void *list, uint32_t n, size_t size)
{
	/* grown whenever it is full: at powers of two */
	return n & (n - 1) ? list : believed(realloc(list, (n ? 2 * (size_t)n : 1) * size));
}

static struct sl_slice copy(struct sl_eval_history *history, struct sl_slice text)
{
	return (struct sl_slice){believed(sl_arena_copy(&history->arena, text)), text.bytes};
}

/* ---- conditions ------------------------------------------------------------------------------ */

bool sl_eval_history_holds(struct sl_eval_history *history, const struct sl_expr *condition,
			   const struct sl_eval_past *event, const struct sl_eval_any *bound)
{
	struct sl_eval_walk walk = {
		.room = {.arena = &history->scratch,
			 .bytes = SL_EVAL_ROOM_BYTES,
			 .steps = SL_EVAL_STEPS_MAX},
		.fields = event ? event->fields : NULL,
		.bound = bound,
	};
	struct sl_eval_any value;

	if (!condition)
		return true;
	value = sl_eval_walk(&walk, condition);
	sl_arena_reset(&history->scratch);
	return value.kind == SL_KIND_BOOL && value.integer;
}

struct sl_eval_any sl_eval_history_capture(const struct sl_capture_text *capture,
					   const struct sl_eval_run *run)
{
	const struct sl_eval_past *event = run->taken[capture->step];
	struct sl_eval_any value = {0};

	if (event)
		value = event->fields[capture->slot];
	if (value.kind == SL_KIND_NONE ||
	    (value.kind == SL_KIND_STRING && value.text.bytes > SL_CAPTURE_BYTES_MAX))
		return sl_eval_fault(SL_FAULT_FIELD_ABSENT);
	return value;
}

void sl_eval_history_captures(const struct sl_sequence_text *sequence,
			      const struct sl_eval_run *run, struct sl_eval_any *ret_bound)
{
	for (uint32_t i = 0; i < sequence->n_captures; i++)
		ret_bound[i] = sl_eval_history_capture(&sequence->captures[i], run);
}

/* ---- keys ------------------------------------------------------------------------------------ */

/* An integer's digits are its text, as they are a customer's. */
static struct sl_slice text_of(struct sl_eval_history *history, const struct sl_eval_any *value)
{
	char digits[32];

	if (value->kind != SL_KIND_INT)
		return value->text;
	snprintf(digits, sizeof(digits), "%lld", (long long)value->integer);
	return copy(history, sl_slice_of(digits));
}

static struct sl_slice role_of(struct sl_eval_history *history, const struct sl_eval_past *event,
			       enum sl_field_role role)
{
	int slot = history->rules->schema.role_slot[role];

	if (slot < 0 || event->fields[slot].kind == SL_KIND_NONE)
		return (struct sl_slice){"", 0};
	return text_of(history, &event->fields[slot]);
}

/* False: the event has no such key, and does not exist for the campaign. */
static bool key_of(struct sl_eval_history *history, const struct sl_campaign_text *campaign,
		   const struct sl_eval_past *event, struct sl_slice *ret_key)
{
	int32_t slot = campaign->pattern ? campaign->pattern->by_slot : -1;

	*ret_key = (struct sl_slice){"", 0};
	if (slot < 0)
		*ret_key = event->customer;
	else if (event->fields[slot].kind != SL_KIND_NONE)
		*ret_key = text_of(history, &event->fields[slot]);
	return ret_key->bytes || !campaign->pattern; /* an empty text is nobody */
}

static struct sl_eval_account *account_of(struct sl_eval_history *history, uint32_t campaign,
					  struct sl_slice key)
{
	const struct sl_pattern_text *pattern = history->rules->campaigns[campaign].pattern;
	struct sl_eval_account *account;

	for (uint32_t i = 0; i < history->n_accounts; i++) {
		account = &history->accounts[i];
		if (account->campaign == campaign && sl_slice_equal(account->key, key))
			return account;
	}
	SL_EVAL_MORE(history->accounts, history->n_accounts);
	account = &history->accounts[history->n_accounts++];
	*account = (struct sl_eval_account){.campaign = campaign, .key = key};
	for (uint32_t i = 0; i < pattern->n_sequences; i++)
		account->memories[i].sequence = &pattern->sequences[i];
	return account;
}

/* ---- events ---------------------------------------------------------------------------------- */

/* Whether any condition of the sequence holds for the event, whatever came before. */
static bool asks(struct sl_eval_history *history, const struct sl_sequence_text *sequence,
		 const struct sl_eval_past *event)
{
	if (sequence->strict && sl_eval_history_holds(history, sequence->among, event, NULL))
		return true;
	for (uint32_t i = 0; i < sequence->n_steps; i++) {
		const struct sl_step_text *step = &sequence->steps[i];

		if (sl_eval_history_holds(history, step->filter, event, NULL) ||
		    (step->until && sl_eval_history_holds(history, step->until, event, NULL)))
			return true;
	}
	return false;
}

static bool campaign_asks(struct sl_eval_history *history, const struct sl_campaign_text *campaign,
			  const struct sl_eval_past *event)
{
	const struct sl_pattern_text *pattern = campaign->pattern;

	if (!pattern)
		return sl_eval_history_holds(history, campaign->condition, event, NULL);
	for (uint32_t i = 0; i < pattern->n_sequences; i++)
		if (asks(history, &pattern->sequences[i], event))
			return true;
	return false;
}

static bool was_seen(const struct sl_eval_history *history, struct sl_slice key, struct sl_slice id)
{
	for (uint32_t i = 0; i < history->n_seen; i++)
		if (sl_slice_equal(history->seen[i].key, key) &&
		    sl_slice_equal(history->seen[i].id, id))
			return true;
	return false;
}

static void apply_pattern(struct sl_eval_history *history, uint32_t campaign, struct sl_slice key,
			  const struct sl_eval_past *event)
{
	const struct sl_campaign_text *text = &history->rules->campaigns[campaign];
	struct sl_eval_account *account = account_of(history, campaign, key);
	bool late = false, runs_full = false;

	for (uint32_t i = 0; i < text->pattern->n_sequences; i++) {
		struct sl_eval_door door = {.history = history,
					    .campaign = text,
					    .account = account,
					    .memory = &account->memories[i],
					    .sequence = i};
		struct sl_eval_deed deed = {.asked = asks(history, door.memory->sequence, event)};

		if (!deed.asked)
			continue;
		sl_eval_runs_event(&door, event, &deed);
		runs_full |= deed.runs_full;
		late |= deed.late ||
			(!deed.changed && !deed.runs_full && event->time_ns < history->tick_ns);
	}
	if (runs_full)
		sl_eval_decide_told(history, campaign, key, event, SL_GATE_RUNS_FULL);
	if (late)
		sl_eval_decide_told(history, campaign, key, event, SL_GATE_LATE);
}

static void apply_condition(struct sl_eval_history *history, uint32_t campaign, struct sl_slice key,
			    const struct sl_eval_past *event)
{
	const struct sl_campaign_text *text = &history->rules->campaigns[campaign];
	struct sl_eval_fire fire = {.campaign = campaign,
				    .key = key,
				    .time_ns = event->time_ns,
				    .event = event,
				    .first = event->id};

	fire.steps = sl_eval_history_alloc(history, sizeof(*fire.steps));
	fire.data = sl_eval_history_alloc(history, (text->n_data + 1) * sizeof(*fire.data));
	fire.steps[fire.n_steps++] = (struct sl_eval_passed){.name = text->step, .id = event->id};
	for (uint32_t i = 0; i < text->n_data; i++) {
		const struct sl_campaign_data *from = &text->data[i];
		struct sl_eval_datum datum = {
			.name = from->name,
			.value = from->from == SL_DATA_CONSTANT ? sl_eval_literal(&from->constant)
								: event->fields[from->index],
		};

		if (datum.value.kind != SL_KIND_NONE)
			fire.data[fire.n_data++] = datum;
	}
	SL_EVAL_MORE(history->fires, history->n_fires);
	history->fires[history->n_fires++] = fire;
}

static void settle(struct sl_eval_history *history, const struct sl_slice *key);

/* Everything of one key that the event has. */
static void apply_for_key(struct sl_eval_history *history, struct sl_slice key,
			  const struct sl_eval_past *event)
{
	struct sl_slice of;

	settle(history, &key); /* what a late event before this one left may be due already */
	SL_EVAL_MORE(history->seen, history->n_seen);
	history->seen[history->n_seen++] = (struct sl_eval_seen){key, event->id};
	for (uint32_t i = 0; i < history->rules->n_campaigns; i++) {
		const struct sl_campaign_text *campaign = &history->rules->campaigns[i];

		if (!key_of(history, campaign, event, &of) || !sl_slice_equal(of, key) ||
		    !campaign_asks(history, campaign, event))
			continue;
		if (campaign->pattern)
			apply_pattern(history, i, key, event);
		else
			apply_condition(history, i, key, event);
	}
	sl_eval_decide(history);
}

static struct sl_eval_any kept(struct sl_eval_history *history, struct sl_eval_any value)
{
	struct sl_eval_any *items;

	if (value.kind == SL_KIND_STRING) {
		value.text = copy(history, value.text);
	} else if (value.kind == SL_KIND_LIST) {
		items = sl_eval_history_alloc(history, (value.count + 1) * sizeof(*items));
		for (uint32_t i = 0; i < value.count; i++)
			items[i] = kept(history, value.items[i]);
		value.items = items;
	}
	return value;
}

static struct sl_eval_past *keep(struct sl_eval_history *history,
				 const struct sl_eval_arrival *arrival)
{
	struct sl_eval_room room = {
		.arena = &history->arena, .bytes = SL_EVAL_ROOM_BYTES, .steps = SL_EVAL_STEPS_MAX};
	struct sl_eval_past *event = sl_eval_history_alloc(history, sizeof(*event));
	struct sl_eval_any *fields =
		sl_eval_history_alloc(history, SL_FIELDS_MAX * sizeof(*fields));

	sl_eval_take_event(&history->rules->schema, arrival->values, arrival->n_values, &room,
			   fields);
	for (uint32_t i = 0; i < history->rules->schema.n_fields; i++)
		fields[i] = kept(history, fields[i]);
	event->time_ns = arrival->time_ns;
	event->now_ns = arrival->now_ns;
	event->arrival = history->arrivals++;
	event->fields = fields;
	event->id = role_of(history, event, SL_ROLE_ID);
	event->customer = role_of(history, event, SL_ROLE_KEY);
	return event;
}

bool sl_eval_history_event(struct sl_eval_history *history, const struct sl_eval_arrival *arrival)
{
	const struct sl_eval_past *event = keep(history, arrival);
	struct sl_slice key;
	bool is_new = false, is_asked = false;

	history->now_ns = arrival->now_ns;
	for (uint32_t i = 0; i < history->rules->n_campaigns; i++) {
		const struct sl_campaign_text *campaign = &history->rules->campaigns[i];

		if (!key_of(history, campaign, event, &key) ||
		    !campaign_asks(history, campaign, event))
			continue;
		is_asked = true;
		if (was_seen(history, key, event->id))
			continue;
		is_new = true;
		apply_for_key(history, key, event);
	}
	return is_new || !is_asked;
}

/* ---- ticks ----------------------------------------------------------------------------------- */

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
static bool next_due(struct sl_eval_history *history, const struct sl_slice *only,
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

/* What is due happens, and what nothing can need any more goes. */
static void settle(struct sl_eval_history *history, const struct sl_slice *only)
{
	struct sl_slice key = {0};
	int64_t due_ns;

	while (next_due(history, only, &due_ns, &key)) {
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
	settle(history, NULL);
}

int64_t sl_eval_history_next_due(struct sl_eval_history *history)
{
	int64_t least_ns = INT64_MAX;

	for (uint32_t i = 0; i < history->n_accounts; i++) {
		int64_t due_ns = due_of(history, &history->accounts[i]);

		least_ns = due_ns < least_ns ? due_ns : least_ns;
	}
	return least_ns;
}

/* ---- life ------------------------------------------------------------------------------------ */

int sl_eval_history_new(const struct sl_eval_set *set, sl_eval_told *told, void *context,
			struct sl_eval_history **ret_history)
{
	struct sl_eval_history *history = calloc(1, sizeof(*history));

	if (!history)
		return -ENOMEM;
	history->rules = sl_eval_rules(set);
	history->told = told;
	history->context = context;
	history->tick_ns = INT64_MIN;
	*ret_history = history;
	return 0;
}

int sl_eval_history_watch(struct sl_eval_history *history, sl_eval_watcher *watcher)
{
	history->watch_parts = calloc(SL_EVAL_TRACE_MAX, sizeof(*history->watch_parts));
	if (!history->watch_parts)
		return -ENOMEM;
	history->watcher = watcher;
	return 0;
}

void sl_eval_history_free(struct sl_eval_history *history)
{
	if (!history)
		return;
	for (uint32_t i = 0; i < history->n_accounts; i++) {
		for (uint32_t s = 0; s < SL_SEQUENCES_MAX; s++) {
			free(history->accounts[i].memories[s].runs);
			free(history->accounts[i].memories[s].entries);
			free(history->accounts[i].memories[s].spans);
		}
	}
	for (uint32_t i = 0; i < history->n_limits; i++)
		free(history->limits[i].times);
	free(history->accounts);
	free(history->limits);
	free(history->seen);
	free(history->fires);
	free(history->mail);
	free(history->watch_parts);
	free(history->delivered);
	sl_arena_fini(&history->scratch);
	sl_arena_fini(&history->arena);
	free(history);
}
