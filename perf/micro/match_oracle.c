#include "match_oracle.h"

#include "match_cases.h"
#include "rules/eval/history.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

#define VALUES_MAX 64u
#define ITEMS_MAX 16u

struct sl_perf_oracle {
	struct sl_eval_set *set;
	enum sl_eval_answer *answers;
	uint32_t n_campaigns;
	/* of the event under way */
	struct sl_eval_value values[VALUES_MAX];
	struct sl_eval_text items[ITEMS_MAX];
	uint32_t n_values, n_items;
};

struct sl_perf_oracle *sl_perf_oracle_new(const char *directory, const char *schema)
{
	const struct sl_rules_options options = {.schema = schema, .ruleset = 1};
	struct sl_diagnostics *diagnostics = sl_diagnostics_new();
	struct sl_perf_oracle *oracle = calloc(1, sizeof(*oracle));

	if (!oracle || !diagnostics || sl_eval_open(directory, &options, diagnostics, &oracle->set))
		sl_perf_give_up(directory, "the reference evaluator does not take it");
	sl_diagnostics_free(diagnostics);
	oracle->n_campaigns = sl_eval_campaigns(oracle->set);
	oracle->answers = calloc(oracle->n_campaigns, sizeof(*oracle->answers));
	if (!oracle->answers)
		sl_perf_give_up("oracle", "not enough memory");
	return oracle;
}

void sl_perf_oracle_free(struct sl_perf_oracle *oracle)
{
	sl_eval_close(oracle->set);
	free(oracle->answers);
	free(oracle);
}

static struct sl_eval_text text_of(const json_t *string)
{
	return (struct sl_eval_text){.at = json_string_value(string),
				     .bytes = (uint32_t)json_string_length(string)};
}

static void take_list(struct sl_perf_oracle *oracle, const json_t *list,
		      struct sl_eval_value *value)
{
	const json_t *item;
	size_t i;

	value->type = SL_TYPE_STRINGS;
	value->list = &oracle->items[oracle->n_items];
	json_array_foreach(list, i, item)
	{
		if (oracle->n_items == ITEMS_MAX)
			sl_perf_give_up("oracle", "an event with more items than it has room for");
		oracle->items[oracle->n_items++] = text_of(item);
		value->count++;
	}
}

/* By the JSON's own types; the schema's are the same, but for times, which no condition here asks
 * for. */
static void take_value(struct sl_perf_oracle *oracle, const char *path, const json_t *json)
{
	struct sl_eval_value *value = &oracle->values[oracle->n_values];

	if (oracle->n_values == VALUES_MAX)
		sl_perf_give_up("oracle", "an event with more fields than it has room for");
	*value = (struct sl_eval_value){.path = path};
	if (json_is_string(json)) {
		value->type = SL_TYPE_STRING;
		value->text = text_of(json);
	} else if (json_is_integer(json)) {
		value->type = SL_TYPE_INT;
		value->integer = json_integer_value(json);
	} else if (json_is_real(json)) {
		value->type = SL_TYPE_DECIMAL;
		value->decimal = json_real_value(json);
	} else if (json_is_array(json)) {
		take_list(oracle, json, value);
	} else {
		return;
	}
	oracle->n_values++;
}

static json_t *take_event(struct sl_perf_oracle *oracle, struct sl_span text)
{
	json_t *event = json_loadb((const char *)text.at, text.bytes, 0, NULL);
	const char *name;
	json_t *member;

	if (!json_is_object(event))
		sl_perf_give_up("oracle", "an event that is no object");
	oracle->n_values = oracle->n_items = 0;
	json_object_foreach(event, name, member) take_value(oracle, name, member);
	return event;
}

bool sl_perf_oracle_agrees(struct sl_perf_oracle *oracle, struct sl_span text,
			   const uint32_t *campaigns, uint32_t n, uint64_t *matches)
{
	json_t *event = take_event(oracle, text);
	bool agree = true;
	uint32_t at = 0;

	sl_eval_event(oracle->set, oracle->values, oracle->n_values, oracle->answers);
	for (uint32_t i = 0; i < oracle->n_campaigns; i++) {
		bool holds = oracle->answers[i] == SL_EVAL_TRUE;
		bool said = at < n && campaigns[at] == i;

		at += said;
		*matches += holds;
		agree &= holds == said;
	}
	json_decref(event);
	return agree && at == n;
}

/* ---- what is remembered --------------------------------------------------------------------- */

struct telling {
	sl_perf_oracle_fired each;
	void *context;
};

static void take_decision(void *context, const struct sl_eval_decision *decision)
{
	const struct telling *telling = context;

	if (decision->gate == SL_GATE_SENT)
		telling->each(telling->context, sl_perf_event_number(decision->event.at),
			      decision->campaign);
}

/* Events are of one hour of one day. */
static int64_t time_of(const json_t *event)
{
	const char *time = json_string_value(json_object_get(event, "time"));
	unsigned minute, second, ms;

	if (!time || sscanf(time, "2026-11-21T09:%2u:%2u.%3u+09:00", &minute, &second, &ms) != 3)
		sl_perf_give_up("oracle", "an event of another time");
	return INT64_C(1795219200000000000) +
	       ((int64_t)(minute * 60 + second) * 1000 + ms) * 1000000;
}

void sl_perf_oracle_past(struct sl_perf_oracle *oracle, const struct sl_span *events, uint32_t n,
			 sl_perf_oracle_fired each, void *context)
{
	struct telling telling = {.each = each, .context = context};
	struct sl_eval_history *history;

	if (sl_eval_history_new(oracle->set, take_decision, &telling, &history))
		sl_perf_give_up("oracle", "not enough memory");
	for (uint32_t i = 0; i < n; i++) {
		json_t *event = take_event(oracle, events[i]);
		const struct sl_eval_arrival arrival = {
			.values = oracle->values,
			.n_values = oracle->n_values,
			.time_ns = time_of(event),
			.now_ns = time_of(event),
		};

		sl_eval_history_event(history, &arrival);
		json_decref(event);
	}
	sl_eval_history_free(history);
}
