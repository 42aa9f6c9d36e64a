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

/* Everything of one key that the event has. */
static void apply_for_key(struct sl_eval_history *history, struct sl_slice key,
			  const struct sl_eval_past *event)
{
	struct sl_slice of;

	sl_eval_settle(history,
		       &key); /* what a late event before this one left may be due already */
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
