#include "tools/sluice/explain/moment.h"

#include "base/json_out.h"
#include "rules/campaign/set_priv.h"
#include "tools/sluice/eval/typed_json.h"
#include "tools/sluice/explain/steps.h"
#include "tools/sluice/gateway/api.h"

#include <inttypes.h>
#include <stdlib.h>

#define TEXT_BYTES 512u

/* In the order of their kinds: the name for scripts, the words for people. */
static const struct {
	const char *name, *words;
} kinds[] = {
	[SL_EVAL_BEGAN] = {"began", "a run begins"},
	[SL_EVAL_TAKEN] = {"taken", "taken"},
	[SL_EVAL_CLOSED] = {"closed", "`until` came, the step has all it takes"},
	[SL_EVAL_ENDED] = {"ended", "came, and ends the run"},
	[SL_EVAL_CUT_SHORT] = {"cut_short", "`until` came too early, and ends the run"},
	[SL_EVAL_BROKEN] = {"broken", "something else came between, and ends the run"},
	[SL_EVAL_UNLINKED] = {"unlinked", "does not hold beside the steps before"},
	[SL_EVAL_TOO_LATE] = {"too_late", "held, but its time was over"},
	[SL_EVAL_TOO_EARLY] = {"too_early", "held, but before the run's last event"},
	[SL_EVAL_NOTED] = {"noted", "came: nothing begins for a while"},
	[SL_EVAL_HINDERED] = {"hindered", "nothing begins, for this came before"},
	[SL_EVAL_UNDER_WAY] = {"under_way",
			       "no run begins: one is under way, or its time would be over"},
	[SL_EVAL_GATHERED] = {"gathered", "gathered"},
	[SL_EVAL_EXPIRED] = {"expired", "nothing more came, and the run ends"},
};

static json_t *text_of(struct sl_slice text)
{
	json_t *json = json_stringn(text.at, text.bytes);

	return json ? json : json_string("(not UTF-8)");
}

static json_t *time_of(int64_t ns)
{
	char text[40];
	size_t n = sl_time_format(ns, text);

	return json_stringn(text, n);
}

/* What the fields, captures and aggregates were that a condition looked at. */
static json_t *values_of(const struct sl_explain_steps *steps)
{
	json_t *values = json_object();
	char name[TEXT_BYTES];

	for (uint32_t i = 0; i < steps->n; i++) {
		const struct sl_eval_step *step = &steps->at[i];

		if ((step->expr->kind != SL_EXPR_FIELD && step->expr->kind != SL_EXPR_BOUND) ||
		    step->value.kind == SL_KIND_ERROR ||
		    sl_eval_write(step->expr, name, sizeof(name)) >= sizeof(name))
			continue;
		json_object_set_new(values, name, sl_typed_write(&step->value));
	}
	return values;
}

json_t *sl_explain_moment(const struct sl_eval_set *set, const struct sl_eval_moment *moment)
{
	const struct sl_sequence_text *sequence = &sl_eval_rules(set)
							   ->campaigns[moment->campaign]
							   .pattern->sequences[moment->sequence];
	const struct sl_step_text *step = &sequence->steps[moment->step];
	const struct sl_explain_steps steps = {moment->parts, moment->n_parts};
	json_t *json = json_pack("{s:o, s:o, s:s, s:o}", "time", time_of(moment->time_ns), "event",
				 text_of(moment->event), "what", kinds[moment->kind].name, "step",
				 step->name.bytes ? text_of(step->name) : json_string("not"));

	if (moment->run.bytes)
		json_object_set_new(json, "run", text_of(moment->run));
	if (moment->kind == SL_EVAL_BEGAN || moment->kind == SL_EVAL_TAKEN)
		json_object_set_new(json, "count", json_integer(moment->count));
	if (moment->until_ns != INT64_MAX)
		json_object_set_new(json, moment->is_due ? "due" : "until",
				    time_of(moment->until_ns));
	if (moment->n_parts) {
		json_object_set_new(json, "held", json_boolean(moment->held));
		json_object_set_new(json, "values", values_of(&steps));
		json_object_set_new(json, "reasons", sl_explain_reasons(&steps));
	}
	return json;
}

json_t *sl_explain_decision(const struct sl_eval_decision *decision)
{
	bool sent = decision->gate == SL_GATE_SENT;
	json_t *steps = json_object(), *data = json_object();
	json_t *json = json_pack("{s:o, s:o, s:s, s:s}", "time", time_of(decision->time_ns),
				 "event", text_of(decision->event), "what",
				 decision->n_steps ? "match" : "decision", "decision",
				 sent ? "sent" : sl_gate_name(decision->gate));

	for (uint32_t i = 0; i < decision->n_steps; i++)
		json_object_setn_new(steps, decision->steps[i].name.at,
				     decision->steps[i].name.bytes, text_of(decision->steps[i].id));
	for (uint32_t i = 0; i < decision->n_data; i++)
		json_object_setn_new(data, decision->data[i].name.at, decision->data[i].name.bytes,
				     sl_typed_write(&decision->data[i].value));
	if (decision->n_steps) {
		json_object_set_new(json, "is_due", json_boolean(decision->due));
		json_object_set(json, "steps", steps);
		json_object_set(json, "data", data);
	}
	json_decref(steps);
	json_decref(data);
	return json;
}

static const char *words_of(const char *what)
{
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (!strcmp(kinds[i].name, what))
			return kinds[i].words;
	return what;
}

/* "amount is 7, first.amount is 9": of an object of typed values. */
static void print_values(const json_t *values, FILE *to)
{
	const char *name, *comma = "";
	json_t *value, *inner;

	json_object_foreach((json_t *)values, name, value)
	{
		inner = json_object_iter_value(json_object_iter(value));
		char *text = json_dumps(inner, JSON_ENCODE_ANY);

		fprintf(to, "%s%s is %s", comma, name,
			json_is_string(inner) && !json_object_get(value, "string")
				? json_string_value(inner)
				: (text ? text : "?"));
		free(text);
		comma = ", ";
	}
}

void sl_explain_moment_print(const json_t *moment, FILE *to)
{
	const char *what = sl_api_text(moment, "what", ""), *due = sl_api_text(moment, "due", "");
	const char *until = sl_api_text(moment, "until", ""), *run = sl_api_text(moment, "run", "");
	const json_t *values = json_object_get(moment, "values");
	json_int_t count = sl_api_int(moment, "count", 1);
	bool alive = !strcmp(what, "began") || !strcmp(what, "taken") || !strcmp(what, "closed");

	fprintf(to, "  %-20s  %-16s  ", sl_api_text(moment, "time", ""),
		sl_api_text(moment, "event", ""));
	if (json_object_get(moment, "decision")) {
		fprintf(to, "%s%s%s", !strcmp(what, "match") ? "match: " : "",
			sl_api_text(moment, "decision", ""),
			json_is_true(json_object_get(moment, "is_due")) ? ", as it fell due" : "");
		if (json_object_size(json_object_get(moment, "data"))) {
			fputs("; ", to);
			print_values(json_object_get(moment, "data"), to);
		}
		fputc('\n', to);
		return;
	}
	fprintf(to, "%s: %s", sl_api_text(moment, "step", ""), words_of(what));
	if (!strcmp(what, "gathered"))
		fputs(json_is_true(json_object_get(moment, "held")) ? ", and it is enough"
								    : ", not enough yet",
		      to);
	if (count > 1)
		fprintf(to, ", %" JSON_INTEGER_FORMAT " by now", count);
	if (*run && strcmp(what, "began"))
		fprintf(to, "; run of %s", run);
	if (*due)
		fprintf(to, alive ? "; matches after %s if nothing comes" : "; it was due at %s",
			due);
	else if (*until)
		fprintf(to, alive ? "; waits up to %s" : "; up to %s", until);
	if (json_object_size(values)) {
		fputs("; ", to);
		print_values(values, to);
	}
	fputc('\n', to);
}
