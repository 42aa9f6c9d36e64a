#include "tools/sluice/cases/run.h"

#include "sluice/reason.h"
#include "tools/sluice/replay/engine.h"

#include <stdlib.h>
#include <string.h>

struct run {
	const struct sl_case *test;
	json_t *came;     /* matches since the last `expect` */
	json_t *reason;   /* of the last refusal; NULL: none since the last event */
	json_t *failures; /* of this test */
};

static json_t *text_of(struct sl_text text)
{
	json_t *value = json_stringn(text.at, text.bytes);

	return value ? value : json_string("(not UTF-8)");
}

static void take_match(struct run *run, const struct sl_record *record)
{
	struct sl_match_view match;

	if (sl_record_match(record, &match))
		return;
	json_array_append_new(
		run->came, json_pack("{s:o, s:o, s:o, s:o}", "campaign", text_of(match.campaign),
				     "key", text_of(match.key), "event", text_of(match.event_id),
				     "data", json_loadb(match.data.at, match.data.bytes, 0, NULL)));
}

static void take_refusal(struct run *run, const struct sl_record *record)
{
	struct sl_refused_view refused;

	if (sl_record_refused(record, &refused))
		return;
	json_decref(run->reason);
	run->reason = json_string(sl_reason_info(refused.head.reason)->name);
}

static void take_record(void *context, const struct sl_record *record)
{
	if (record->type == SL_RECORD_MATCH)
		take_match(context, record);
	else if (record->type == SL_RECORD_REFUSED)
		take_refusal(context, record);
}

static json_t *expected_json(const struct sl_case_match *match)
{
	json_t *object = json_pack("{s:s}", "campaign", match->campaign);

	if (match->key)
		json_object_set_new(object, "key", json_string(match->key));
	for (uint32_t i = 0; i < match->n_data; i++) {
		json_t *data = json_object_get(object, "data");

		if (!data) {
			data = json_object();
			json_object_set_new(object, "data", data);
		}
		json_object_set_new(data, match->data[i].name,
				    json_loads(match->data[i].json, JSON_DECODE_ANY, NULL));
	}
	return object;
}

/* Numbers are equal by value: 5 and 5.0. */
static bool is_equal(const json_t *expected, const json_t *came)
{
	if (json_is_number(expected) && json_is_number(came))
		return json_number_value(expected) == json_number_value(came);
	return json_equal(expected, came);
}

/* What is said of a match must be so; what is not said may be anything. */
static bool fits(const json_t *expected, const json_t *came)
{
	const json_t *key = json_object_get(expected, "key"), *value;
	const char *name;

	if (!json_equal(json_object_get(expected, "campaign"), json_object_get(came, "campaign")))
		return false;
	if (key && !json_equal(key, json_object_get(came, "key")))
		return false;
	json_object_foreach(
		json_object_get(expected, "data"), name,
		value) if (!is_equal(value, json_object_get(json_object_get(came, "data"),
							    name))) return false;
	return true;
}

static void fail(struct run *run, unsigned line, json_t *failure)
{
	json_object_set_new(failure, "line", json_integer(line));
	json_array_append_new(run->failures, failure);
}

/* Pairs what was expected with what came. An expectation that says more is paired first, so that
 * one which says little does not take its match. */
static void check_matches(struct run *run, const struct sl_case_step *step)
{
	json_t *missing = json_array(), *expected;
	size_t i;

	for (int with_data = 1; with_data >= 0; with_data--)
		for (uint32_t e = 0; e < step->n_matches; e++) {
			if ((step->matches[e].n_data || step->matches[e].key ? 1 : 0) != with_data)
				continue;
			expected = expected_json(&step->matches[e]);
			for (i = 0; i < json_array_size(run->came); i++)
				if (fits(expected, json_array_get(run->came, i)))
					break;
			if (i < json_array_size(run->came)) {
				json_array_remove(run->came, i);
				json_decref(expected);
			} else {
				json_array_append_new(missing, expected);
			}
		}
	if (json_array_size(missing) || json_array_size(run->came))
		fail(run, step->line,
		     json_pack("{s:O, s:O}", "missing", missing, "unexpected", run->came));
	json_decref(missing);
	json_decref(run->came);
	run->came = json_array();
}

static void send(struct run *run, struct sl_replay *replay, const struct sl_case_step *step)
{
	size_t bytes = strlen(step->event);
	char *padded = calloc(1, bytes + 1 + SL_SPAN_PADDING);
	const char *reason;

	if (!padded)
		abort();
	memcpy(padded, step->event, bytes);
	padded[bytes] = '\n';
	json_decref(run->reason);
	run->reason = NULL;
	sl_replay_event(replay, sl_span_of(padded, bytes));
	free(padded);
	reason = json_string_value(run->reason);
	if (reason && !step->refused)
		fail(run, step->line,
		     json_pack("{s:o, s:s}", "message",
			       json_sprintf("the event is refused: %s", reason), "event",
			       step->event));
	else if (step->refused && (!reason || strcmp(reason, step->refused)))
		fail(run, step->line,
		     json_pack("{s:o, s:s}", "message",
			       json_sprintf("the event is %s%s, not refused: %s",
					    reason ? "refused: " : "taken", reason ? reason : "",
					    step->refused),
			       "event", step->event));
}

json_t *sl_case_run(const struct sl_case *test, const char *artifact_path,
		    const struct sl_settings *settings, char ret_why[SL_SENTENCE_BYTES])
{
	struct run run = {.test = test, .came = json_array(), .failures = json_array()};
	struct sl_replay *replay;
	json_t *result = NULL;
	int error = sl_replay_new(artifact_path, settings, 1, take_record, &run, &replay, ret_why);

	if (!error) {
		for (uint32_t i = 0; i < test->n_steps; i++) {
			if (test->steps[i].kind == SL_CASE_SEND)
				send(&run, replay, &test->steps[i]);
			else if (test->steps[i].kind == SL_CASE_WAIT)
				sl_replay_clock(replay, test->steps[i].until_ns);
			else
				check_matches(&run, &test->steps[i]);
		}
		/* a match that nobody spoke of is as unexpected at the end as before */
		if (json_array_size(run.came))
			check_matches(&run,
				      &(struct sl_case_step){
					      .line = test->n_steps
							      ? test->steps[test->n_steps - 1].line
							      : test->line});
		sl_replay_free(replay);
		result = json_pack("{s:s, s:s, s:i, s:b}", "test", test->name, "file", test->file,
				   "line", (int)test->line, "passed",
				   json_array_size(run.failures) == 0);
		if (json_array_size(run.failures))
			json_object_set(result, "failures", run.failures);
	}
	json_decref(run.came);
	json_decref(run.reason);
	json_decref(run.failures);
	return result;
}
