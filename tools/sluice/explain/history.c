#include "tools/sluice/explain/history.h"

#include "rules/campaign/set_priv.h"
#include "tools/sluice/commands/commands.h"
#include "tools/sluice/eval/answer.h"
#include "tools/sluice/eval/event.h"
#include "tools/sluice/explain/moment.h"
#include "tools/sluice/explain/steps.h"
#include "tools/sluice/gateway/api.h"
#include "tools/sluice/replay/event_lines.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define KEY_BYTES 1024u

struct telling {
	const struct sl_explain_history *request;
	const struct sl_rules_set *rules;
	struct sl_event_file *event;
	struct sl_eval_history *history;
	json_t *theirs;  /* "slot value": what the customer's events have, for campaigns by those */
	json_t *stories; /* "campaign key": one line of the answer */
	json_t *order;   /* the same, as they came up */
	uint64_t read, of_key;
};

/* ---- keys ------------------------------------------------------------------------------------ */

static bool text_of_slot(const struct telling *telling, int32_t slot, char ret_text[KEY_BYTES])
{
	uint16_t n;
	const struct sl_value *slots = sl_event_file_slots(telling->event, &n);

	if (slot < 0 || slot >= n || !slots[slot].kind)
		return false;
	if (slots[slot].kind == SL_TYPE_STRING)
		snprintf(ret_text, KEY_BYTES, "%.*s", (int)slots[slot].count, slots[slot].text);
	else
		snprintf(ret_text, KEY_BYTES, "%lld", (long long)slots[slot].integer);
	return true;
}

static int32_t slot_of(const struct telling *telling, uint32_t campaign)
{
	const struct sl_pattern_text *pattern = telling->rules->campaigns[campaign].pattern;

	return pattern && pattern->by_slot >= 0 ? pattern->by_slot
						: telling->rules->schema.role_slot[SL_ROLE_KEY];
}

static bool is_theirs(const struct telling *telling, uint32_t campaign, const char *key)
{
	const struct sl_pattern_text *pattern = telling->rules->campaigns[campaign].pattern;
	char name[KEY_BYTES + 16];

	if (!strcmp(key, telling->request->key))
		return true;
	if (!pattern || !pattern->for_customer)
		return false;
	snprintf(name, sizeof(name), "%d %s", slot_of(telling, campaign), key);
	return json_object_get(telling->theirs, name) != NULL;
}

/* NULL: the campaign, or the key, is none that was asked for. */
static json_t *story_of(struct telling *telling, uint32_t campaign, const char *key)
{
	const char *name = sl_eval_name(telling->request->set, campaign);
	char both[KEY_BYTES + 512];
	json_t *story;

	if (!is_theirs(telling, campaign, key) ||
	    (telling->request->campaign && strcmp(telling->request->campaign, name)))
		return NULL;
	snprintf(both, sizeof(both), "%s %s", name, key);
	story = json_object_get(telling->stories, both);
	if (story)
		return story;
	story = json_pack("{s:s, s:s, s:i, s:i, s:[], s:[]}", "campaign", name, "key", key,
			  "events", 0, "matches", 0, "steps", "moments");
	json_object_set_new(telling->stories, both, story);
	json_array_append(telling->order, story);
	return story;
}

/* ---- what happened --------------------------------------------------------------------------- */

static void add(struct telling *telling, uint32_t campaign, struct sl_slice key, json_t *moment)
{
	char text[KEY_BYTES];
	json_t *story;

	snprintf(text, sizeof(text), "%.*s", SL_SLICE_ARGS(key));
	story = story_of(telling, campaign, text);
	if (story && !strcmp(sl_api_text(moment, "what", ""), "match"))
		json_object_set_new(story, "matches",
				    json_integer(sl_api_int(story, "matches", 0) + 1));
	if (story)
		json_array_append(json_object_get(story, "moments"), moment);
	json_decref(moment);
}

static void take_moment(void *context, const struct sl_eval_moment *moment)
{
	struct telling *telling = context;

	add(telling, moment->campaign, moment->key,
	    sl_explain_moment(telling->request->set, moment));
}

static void take_decision(void *context, const struct sl_eval_decision *decision)
{
	add(context, decision->campaign, decision->key, sl_explain_decision(decision));
}

/* ---- what the steps ask of each event alone -------------------------------------------------- */

/* How near an event came is by how many parts of the condition it missed. */
static int ask_step(struct telling *telling, json_t *summary, const struct sl_expr *filter,
		    const struct sl_eval_value *values, uint16_t n, const char *id)
{
	struct sl_explain_steps steps = {0};
	json_t *reasons, *nearest = json_object_get(summary, "nearest");
	int error = filter ? sl_eval_explain(telling->request->set, filter, values, n, &steps.at,
					     &steps.n)
			   : 0;

	if (error)
		return error;
	if (!filter || (steps.at[0].value.kind == SL_KIND_BOOL && steps.at[0].value.integer)) {
		json_object_set_new(summary, "held",
				    json_integer(sl_api_int(summary, "held", 0) + 1));
		json_object_del(summary, "nearest");
		return 0;
	}
	reasons = sl_explain_reasons(&steps);
	if (!sl_api_int(summary, "held", 0) &&
	    (!nearest ||
	     json_array_size(reasons) <= json_array_size(json_object_get(nearest, "reasons"))))
		json_object_set_new(summary, "nearest",
				    json_pack("{s:s, s:O}", "event", id, "reasons", reasons));
	json_decref(reasons);
	return 0;
}

static json_t *summary_at(json_t *story, size_t i, struct sl_slice name)
{
	json_t *steps = json_object_get(story, "steps");

	if (i == json_array_size(steps))
		json_array_append_new(steps,
				      json_pack("{s:o, s:i}", "step",
						name.bytes ? json_stringn(name.at, name.bytes)
							   : json_string("not"),
						"held", 0));
	return json_array_get(steps, i);
}

static int ask_campaign(struct telling *telling, uint32_t campaign,
			const struct sl_eval_value *values, uint16_t n)
{
	const struct sl_campaign_text *text = &telling->rules->campaigns[campaign];
	char key[KEY_BYTES], id[KEY_BYTES] = "";
	json_t *story;
	size_t at = 0;
	int error = 0;

	if (!text_of_slot(telling, slot_of(telling, campaign), key))
		return 0;
	story = story_of(telling, campaign, key);
	if (!story)
		return 0;
	text_of_slot(telling, telling->rules->schema.role_slot[SL_ROLE_ID], id);
	json_object_set_new(story, "events", json_integer(sl_api_int(story, "events", 0) + 1));
	if (!text->pattern)
		return ask_step(telling, summary_at(story, 0, text->step), text->condition, values,
				n, id);
	for (uint32_t i = 0; i < text->pattern->n_sequences; i++)
		for (uint32_t k = 0; k < text->pattern->sequences[i].n_steps && !error; k++) {
			const struct sl_step_text *step = &text->pattern->sequences[i].steps[k];

			error = ask_step(telling, summary_at(story, at++, step->name), step->filter,
					 values, n, id);
		}
	return error;
}

/* ---- events ---------------------------------------------------------------------------------- */

static void take_theirs(void *context, struct sl_span text)
{
	struct telling *telling = context;
	char key[KEY_BYTES], name[KEY_BYTES + 16];
	int64_t time_ns;

	if (!sl_event_file_decode(telling->event, text, &time_ns) ||
	    !text_of_slot(telling, telling->rules->schema.role_slot[SL_ROLE_KEY], key) ||
	    strcmp(key, telling->request->key))
		return;
	for (uint32_t i = 0; i < telling->rules->n_campaigns; i++) {
		const struct sl_pattern_text *pattern = telling->rules->campaigns[i].pattern;

		if (!pattern || !pattern->for_customer ||
		    !text_of_slot(telling, pattern->by_slot, key))
			continue;
		snprintf(name, sizeof(name), "%d %s", pattern->by_slot, key);
		json_object_set_new(telling->theirs, name, json_true());
	}
}

static bool concerns(const struct telling *telling)
{
	char key[KEY_BYTES];

	for (uint32_t i = 0; i < telling->rules->n_campaigns; i++)
		if (text_of_slot(telling, slot_of(telling, i), key) && is_theirs(telling, i, key))
			return true;
	return false;
}

static void take_event(void *context, struct sl_span text)
{
	struct telling *telling = context;
	struct sl_eval_value values[SL_FIELDS_MAX];
	struct sl_eval_arrival arrival = {.values = values};
	uint16_t n;

	if (!sl_event_file_decode(telling->event, text, &arrival.time_ns))
		return;
	telling->read++;
	arrival.now_ns = sl_eval_history_pass(telling->history, arrival.time_ns);
	if (!concerns(telling))
		return;
	telling->of_key++;
	sl_eval_values_of(telling->request->set, telling->event, values, &n);
	for (uint32_t i = 0; i < telling->rules->n_campaigns; i++)
		if (ask_campaign(telling, i, values, n)) {
			fputs("sluice explain: not enough memory\n", stderr);
			exit(SL_EXIT_FAILED);
		}
	arrival.n_values = n;
	sl_eval_history_event(telling->history, &arrival);
}

/* ---- the answer ------------------------------------------------------------------------------ */

static void print_story(const json_t *story)
{
	json_int_t events = sl_api_int(story, "events", 0);
	json_int_t matches = sl_api_int(story, "matches", 0);
	const json_t *step, *moment, *reason, *nearest;
	size_t i, k;

	printf("%s, key %s: %lld event%s, %lld match%s\n", sl_api_text(story, "campaign", ""),
	       sl_api_text(story, "key", ""), (long long)events, events == 1 ? "" : "s",
	       (long long)matches, matches == 1 ? "" : "es");
	json_array_foreach(json_object_get(story, "steps"), i, step)
	{
		printf("  %s: held for %lld", sl_api_text(step, "step", ""),
		       (long long)sl_api_int(step, "held", 0));
		nearest = json_object_get(step, "nearest");
		if (nearest)
			printf("; nearest was %s:", sl_api_text(nearest, "event", ""));
		putchar('\n');
		json_array_foreach(json_object_get(nearest, "reasons"), k, reason)
			printf("    - %s\n", json_string_value(reason));
	}
	json_array_foreach(json_object_get(story, "moments"), i, moment)
		sl_explain_moment_print(moment, stdout);
	putchar('\n');
}

static int answer(const struct telling *telling)
{
	const struct sl_explain_history *request = telling->request;
	const json_t *story;
	size_t i;

	json_array_foreach(telling->order, i, story)
	{
		if (request->json)
			sl_api_print(story);
		else
			print_story(story);
	}
	fprintf(stderr, "%llu events, %llu of them of %s\n", (unsigned long long)telling->read,
		(unsigned long long)telling->of_key, request->key);
	if (json_array_size(telling->order))
		return SL_EXIT_DONE;
	fprintf(stderr, "sluice explain: no %s saw an event of %s\n",
		request->campaign ? "such campaign" : "campaign", request->key);
	return SL_EXIT_NO;
}

int sl_explain_history(const struct sl_explain_history *request)
{
	struct telling telling = {.request = request,
				  .rules = sl_eval_rules(request->set),
				  .theirs = json_object(),
				  .stories = json_object(),
				  .order = json_array()};
	int result = sl_event_file_open("sluice explain", request->schema, NULL, &telling.event);
	int error = 0;

	if (!result)
		error = sl_eval_history_new(request->set, take_decision, &telling,
					    &telling.history);
	if (!result && !error)
		error = sl_eval_history_watch(telling.history, take_moment);
	if (error) {
		fputs("sluice explain: not enough memory\n", stderr);
		result = SL_EXIT_FAILED;
	}
	if (!result)
		result = sl_event_lines_read("sluice explain", request->files, request->n_files,
					     take_theirs, &telling);
	if (!result)
		result = sl_event_lines_read("sluice explain", request->files, request->n_files,
					     take_event, &telling);
	if (!result) {
		sl_eval_history_pass(telling.history, INT64_MAX);
		result = answer(&telling);
	}
	sl_eval_history_free(telling.history);
	sl_event_file_close(telling.event);
	json_decref(telling.theirs);
	json_decref(telling.stories);
	json_decref(telling.order);
	return result;
}
