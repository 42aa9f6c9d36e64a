#include "tools/sluice/explain/pattern.h"

#include "rules/campaign/set_priv.h"
#include "tools/sluice/explain/steps.h"
#include "tools/sluice/gateway/api.h"

#include <errno.h>
#include <stdlib.h>

#define TEXT_BYTES 2048u

struct asking {
	struct sl_eval_set *set;
	const struct sl_explain_event *event;
	json_t *pattern; /* for JSON; NULL: for people */
};

static json_t *text_of(struct sl_slice text)
{
	return json_stringn(text.at, text.bytes);
}

static const char *kind_of(const struct sl_step_text *step)
{
	return step->kind == SL_STEP_NOT      ? "not"
	       : step->kind == SL_STEP_WINDOW ? "window"
					      : "event";
}

static bool holds(const struct sl_explain_steps *steps)
{
	return steps->n == 0 ||
	       (steps->at[0].value.kind == SL_KIND_BOOL && steps->at[0].value.integer);
}

static void print_condition(const char *label, const struct sl_explain_steps *steps)
{
	json_t *reasons = sl_explain_reasons(steps);
	const json_t *reason;
	size_t i;

	printf("  %s: %s\n", label,
	       !steps->n      ? "every event"
	       : holds(steps) ? "holds"
			      : "does not hold");
	json_array_foreach(reasons, i, reason) printf("    - %s\n", json_string_value(reason));
	sl_explain_print(steps, stdout);
	json_decref(reasons);
}

/* One condition; NULL asks nothing. Its JSON goes into `into`. */
static int ask(const struct asking *asking, const struct sl_expr *condition, const char *label,
	       json_t *into)
{
	struct sl_explain_steps steps = {0};
	int error = 0;

	if (condition)
		error = sl_eval_explain(asking->set, condition, asking->event->values,
					asking->event->n, &steps.at, &steps.n);
	if (error)
		return error;
	if (!asking->pattern) {
		print_condition(label, &steps);
		return 0;
	}
	json_object_set_new(into, "holds", json_boolean(holds(&steps)));
	json_object_set_new(into, "reasons", sl_explain_reasons(&steps));
	json_object_set_new(into, "condition", sl_explain_tree(&steps));
	return 0;
}

static int ask_step(const struct asking *asking, const struct sl_step_text *step)
{
	char label[SL_SCHEMA_PATH_MAX + 32], link[TEXT_BYTES];
	json_t *into = asking->pattern ? json_object() : NULL;
	json_t *until = into && step->until ? json_object() : NULL;
	int error;

	if (step->name.bytes)
		snprintf(label, sizeof(label), "%.*s", SL_SLICE_ARGS(step->name));
	else
		snprintf(label, sizeof(label), "not");
	if (into) {
		if (step->name.bytes)
			json_object_set_new(into, "step", text_of(step->name));
		json_object_set_new(into, "kind", json_string(kind_of(step)));
	}
	error = ask(asking, step->filter, label, into);
	if (!error && step->link) {
		if (sl_eval_write(step->link, link, sizeof(link)) >= sizeof(link))
			strcpy(link + sizeof(link) - 4, "...");
		if (into)
			json_object_set_new(into, "link", json_string(link));
		else
			printf("    and, of the steps before: %s\n", link);
	}
	if (!error && step->until)
		error = ask(asking, step->until, "until", until);
	if (until)
		json_object_set_new(into, "until", until);
	if (into)
		json_array_append_new(asking->pattern, into);
	return error;
}

static int ask_pattern(const struct asking *asking, const struct sl_pattern_text *pattern)
{
	int error = 0;

	for (uint32_t i = 0; i < pattern->n_sequences && !error; i++)
		for (uint32_t k = 0; k < pattern->sequences[i].n_steps && !error; k++)
			error = ask_step(asking, &pattern->sequences[i].steps[k]);
	return error;
}

int sl_explain_pattern(struct sl_eval_set *set, uint32_t campaign,
		       const struct sl_explain_event *event, bool json)
{
	const struct sl_campaign_text *text = &sl_eval_rules(set)->campaigns[campaign];
	struct asking asking = {.set = set, .event = event};
	json_t *line;
	int error;

	if (!json) {
		printf("%s: remembers; this event alone\n", text->name.at);
		error = ask_pattern(&asking, text->pattern);
		putchar('\n');
		return error;
	}
	asking.pattern = json_array();
	error = ask_pattern(&asking, text->pattern);
	line = json_pack("{s:s, s:n, s:[s], s:o}", "campaign", text->name.at, "matched", "reasons",
			 "it looks at what happened over time, not at one event alone", "pattern",
			 asking.pattern);
	if (!error)
		sl_api_print(line);
	json_decref(line);
	return error;
}
