/* Which of the matches of one key at one instant are sent. */
#include "rules/eval/history_priv.h"

#include <stdlib.h>

static const struct sl_campaign_text *campaign_of(const struct sl_eval_history *history,
						  const struct sl_eval_fire *fire)
{
	return &history->rules->campaigns[fire->campaign];
}

static void tell(struct sl_eval_history *history, const struct sl_eval_fire *fire)
{
	history->told(history->context, &(struct sl_eval_decision){
						.campaign = fire->campaign,
						.gate = fire->gate,
						.key = fire->key,
						.time_ns = fire->time_ns,
						.due = fire->due,
						.event = fire->event->id,
						.first = fire->first,
						.remembered = fire->remembered,
						.steps = fire->steps,
						.n_steps = fire->n_steps,
						.data = fire->data,
						.n_data = fire->n_data,
					});
}

void sl_eval_decide_told(struct sl_eval_history *history, uint32_t campaign, struct sl_slice key,
			 const struct sl_eval_past *event, enum sl_gate gate)
{
	struct sl_eval_fire fire = {.campaign = campaign,
				    .key = key,
				    .time_ns = event->time_ns,
				    .event = event,
				    .first = event->id,
				    .gate = gate};

	tell(history, &fire);
}

/* ---- limits ---------------------------------------------------------------------------------- */

/* `over` and names of campaigns may be alike. */
static struct sl_slice limit_name(struct sl_eval_history *history,
				  const struct sl_campaign_text *campaign)
{
	char *name;

	if (campaign->limit.over.bytes)
		return campaign->limit.over;
	name = sl_eval_history_alloc(history, campaign->name.bytes + 1);
	name[0] = ' ';
	memcpy(name + 1, campaign->name.at, campaign->name.bytes);
	return (struct sl_slice){name, campaign->name.bytes + 1};
}

static struct sl_eval_limit *limit_of(struct sl_eval_history *history,
				      const struct sl_eval_fire *fire)
{
	const struct sl_campaign_text *campaign = campaign_of(history, fire);
	struct sl_slice name = limit_name(history, campaign);
	struct sl_eval_limit *limit;

	for (uint32_t i = 0; i < history->n_limits; i++) {
		limit = &history->limits[i];
		if (sl_slice_equal(limit->name, name) && sl_slice_equal(limit->key, fire->key))
			return limit;
	}
	SL_EVAL_MORE(history->limits, history->n_limits);
	limit = &history->limits[history->n_limits++];
	*limit = (struct sl_eval_limit){
		.name = name, .key = fire->key, .per_ns = campaign->limit.per_ns};
	return limit;
}

static bool limit_passes(struct sl_eval_history *history, const struct sl_eval_fire *fire)
{
	const struct sl_limit_text *text = &campaign_of(history, fire)->limit;
	const struct sl_eval_limit *limit;
	uint32_t n = 0;

	if (!text->per_ns || !fire->key.bytes)
		return true;
	limit = limit_of(history, fire);
	for (uint32_t i = 0; i < limit->n_times; i++)
		n += limit->times[i] > sl_eval_plus(fire->time_ns, -text->per_ns);
	return n < text->count;
}

/* The youngest are kept, as many as the limit allows. */
static void limit_take(struct sl_eval_history *history, const struct sl_eval_fire *fire)
{
	const struct sl_limit_text *text = &campaign_of(history, fire)->limit;
	struct sl_eval_limit *limit;
	uint32_t i;

	if (!text->per_ns || !fire->key.bytes)
		return;
	limit = limit_of(history, fire);
	SL_EVAL_MORE(limit->times, limit->n_times);
	for (i = limit->n_times; i > 0 && limit->times[i - 1] > fire->time_ns; i--)
		limit->times[i] = limit->times[i - 1];
	limit->times[i] = fire->time_ns;
	limit->n_times++;
	if (limit->n_times > text->count) {
		limit->n_times--;
		memmove(limit->times, limit->times + 1, limit->n_times * sizeof(*limit->times));
	}
}

void sl_eval_limits_forget(struct sl_eval_history *history)
{
	for (uint32_t i = 0; i < history->n_limits; i++) {
		struct sl_eval_limit *limit = &history->limits[i];
		uint32_t n = 0;

		while (n < limit->n_times &&
		       sl_eval_plus(limit->times[n], limit->per_ns) < history->tick_ns)
			n++;
		limit->n_times -= n;
		memmove(limit->times, limit->times + n, limit->n_times * sizeof(*limit->times));
	}
}

/* ---- several at one instant ------------------------------------------------------------------ */

/* The higher priority, then the lesser name. */
static int rank(const struct sl_campaign_text *a, const struct sl_campaign_text *b)
{
	if (a->priority != b->priority)
		return a->priority > b->priority ? -1 : 1;
	return sl_slice_compare(a->name, b->name);
}

static bool is_valid(const struct sl_eval_history *history, const struct sl_eval_fire *fire)
{
	const struct sl_campaign_text *campaign = campaign_of(history, fire);

	return campaign->valid_from_ns <= history->now_ns &&
	       history->now_ns < campaign->valid_until_ns;
}

static bool is_outranked(const struct sl_eval_history *history, uint32_t i)
{
	const struct sl_campaign_text *mine = campaign_of(history, &history->fires[i]);

	for (uint32_t j = 0; mine->exclusive.bytes && j < history->n_fires; j++) {
		const struct sl_eval_fire *other = &history->fires[j];
		const struct sl_campaign_text *theirs = campaign_of(history, other);

		if ((other->gate == SL_GATE_SENT || other->gate == SL_GATE_OUTRANKED) &&
		    sl_slice_equal(mine->exclusive, theirs->exclusive) && rank(theirs, mine) < 0)
			return true;
	}
	return false;
}

/* The same match: of one campaign, with the same first and last event. */
static void drop_twins(struct sl_eval_history *history)
{
	for (uint32_t i = 0; i < history->n_fires; i++) {
		for (uint32_t j = i + 1; j < history->n_fires;) {
			const struct sl_eval_fire *a = &history->fires[i], *b = &history->fires[j];

			if (a->campaign != b->campaign || a->due != b->due ||
			    !sl_slice_equal(a->first, b->first)) {
				j++;
				continue;
			}
			history->n_fires--;
			memmove(history->fires + j, history->fires + j + 1,
				(history->n_fires - j) * sizeof(*history->fires));
		}
	}
}

/* The best of those that nobody has asked yet, the earlier first. */
static struct sl_eval_fire *next_to_ask(struct sl_eval_history *history, const bool *is_asked)
{
	struct sl_eval_fire *best = NULL;

	for (uint32_t i = 0; i < history->n_fires; i++) {
		struct sl_eval_fire *fire = &history->fires[i];

		if (is_asked[i] || fire->gate != SL_GATE_SENT)
			continue;
		if (!best || rank(campaign_of(history, fire), campaign_of(history, best)) < 0)
			best = fire;
	}
	return best;
}

static void decide_fires(struct sl_eval_history *history)
{
	bool *is_asked = sl_eval_history_alloc(history, history->n_fires + 1);
	struct sl_eval_fire *fire;

	drop_twins(history);
	for (uint32_t i = 0; i < history->n_fires; i++) {
		fire = &history->fires[i];
		fire->gate = !is_valid(history, fire)       ? SL_GATE_VALIDITY
			     : !limit_passes(history, fire) ? SL_GATE_LIMIT
							    : SL_GATE_SENT;
	}
	for (uint32_t i = 0; i < history->n_fires; i++)
		if (history->fires[i].gate == SL_GATE_SENT && is_outranked(history, i))
			history->fires[i].gate = SL_GATE_OUTRANKED;
	while ((fire = next_to_ask(history, is_asked))) {
		is_asked[fire - history->fires] = true;
		if (limit_passes(history, fire))
			limit_take(history, fire);
		else
			fire->gate = SL_GATE_LIMIT;
	}
	for (uint32_t i = 0; i < history->n_fires; i++)
		tell(history, &history->fires[i]);
	history->n_fires = 0;
}

/* Of two keys that an event reached under one id, each may have made the match. */
static bool was_delivered(struct sl_eval_history *history, const struct sl_eval_fire *fire)
{
	for (uint32_t i = 0; i < history->n_delivered; i++) {
		const struct sl_eval_fire *old = &history->delivered[i];

		if (old->campaign == fire->campaign && old->due == fire->due &&
		    sl_slice_equal(old->key, fire->key) &&
		    sl_slice_equal(old->remembered, fire->remembered) &&
		    sl_slice_equal(old->first, fire->first) &&
		    (fire->due ? old->time_ns == fire->time_ns
			       : sl_slice_equal(old->event->id, fire->event->id)))
			return true;
	}
	SL_EVAL_MORE(history->delivered, history->n_delivered);
	history->delivered[history->n_delivered++] = *fire;
	return false;
}

void sl_eval_decide(struct sl_eval_history *history)
{
	decide_fires(history);
	for (uint32_t i = 0; i < history->n_mail; i++) {
		if (was_delivered(history, &history->mail[i]))
			continue;
		SL_EVAL_MORE(history->fires, history->n_fires);
		history->fires[history->n_fires++] = history->mail[i];
		decide_fires(history);
	}
	history->n_mail = 0;
}
