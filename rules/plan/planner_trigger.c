/* One trigger: where it is filed, what that proves, and what is left to its program. */
#include "rules/plan/planner_priv.h"

#include <stdio.h>

/* A conjunct need not be asked again where each way to come here proves it. */
static void find_proven(struct sl_planner *planner, const struct sl_cover *cover,
			const struct sl_choice *choices)
{
	for (uint32_t c = 0; c < planner->finding->n_conjuncts; c++) {
		bool proven = planner->is_exact[c];

		for (uint32_t i = 0; i < cover->n_rows && proven; i++) {
			const struct sl_row *row = &cover->rows[i];
			bool seen = false;

			for (uint32_t j = 0; j < row->n_facts && proven; j++) {
				if (row->facts[j]->conjunct != c)
					continue;
				seen = true;
				proven = sl_choice_proves(&choices[i], row->facts[j]);
			}
			proven &= seen;
		}
		planner->is_proven[c] = proven;
	}
}

static void warn(const struct sl_planner *planner, const char *code, const char *hint,
		 const char *format)
{
	const struct sl_plan_question *question = sl_planner_question(planner, planner->trigger);
	const struct sl_campaign_text *campaign = &planner->set->campaigns[question->campaign];
	char message[512];

	snprintf(message, sizeof(message), format, SL_SLICE_ARGS(campaign->name));
	sl_diagnose(planner->set->diagnostics, SL_SEVERITY_WARNING, question->place, code, hint,
		    "%s", message);
}

/* Nothing but what the event has not. */
static bool is_negation(struct sl_planner *planner)
{
	for (uint32_t i = 0; i < planner->finding->n_conjuncts; i++) {
		const struct sl_expr *side = sl_planner_conjunct(planner, i);

		if (!side || side->kind != SL_EXPR_CALL ||
		    (side->function != SL_FUNCTION_NE && side->function != SL_FUNCTION_NOT))
			return false;
	}
	return true;
}

static void file_always(struct sl_planner *planner, struct sl_plan_note *note)
{
	static const char hint[] = "join an equality or a test of a text with it, such as `type == "
				   "\"card.payment\" && …`";
	struct sl_plan *plan = planner->plan;

	note->always = true;
	note->share = 1;
	note->cost_ns = SL_CANDIDATE_NS;

	warn(planner, "always_list", hint,
	     is_negation(planner)
		     ? "the condition of `%.*s` is evaluated for every event: it says only which "
		       "events are not meant, and nearly all are left"
		     : "the condition of `%.*s` is evaluated for every event: nothing in it can "
		       "be looked up");
	sl_buffer_add(&plan->always, &planner->trigger, sizeof(planner->trigger));
	plan->n_always++;
}

/* Only one end of a range, and nothing else: most events may lie on its side. */
static bool is_bound_alone(const struct sl_choice *choice)
{
	return !choice->pattern && choice->n_equals == 0 &&
	       (choice->low == INT64_MIN || choice->high == INT64_MAX);
}

static bool says_nothing(const struct sl_choice *choice)
{
	return !choice->pattern && choice->n_equals == 0 && choice->range_slot < 0;
}

static void file_rows(struct sl_planner *planner, const struct sl_cover *cover,
		      struct sl_plan_note *note)
{
	struct sl_choice *choices =
		sl_arena_alloc(&planner->arena, cover->n_rows * sizeof(*choices));
	bool always = false, alone = false;

	if (!choices) {
		planner->failed = true;
		return;
	}
	for (uint32_t i = 0; i < cover->n_rows; i++) {
		choices[i] = sl_choice_of(&planner->census, &cover->rows[i]);
		always |= says_nothing(&choices[i]);
		alone |= is_bound_alone(&choices[i]);
	}
	if (always) {
		file_always(planner, note);
		return;
	}
	if (alone) {
		warn(planner, "always_list",
		     "join an equality or a test of a text with it, such as `type == "
		     "\"card.payment\" && …`",
		     "the condition of `%.*s` is evaluated for every event on one side of a bound: "
		     "nothing else in it can be looked up");
		planner->plan->n_always++;
		note->always = true;
	}
	for (uint32_t i = 0; i < cover->n_rows; i++) {
		sl_planner_file_row(planner, &choices[i]);
		note->share += choices[i].share;
		note->cost_ns += choices[i].cost_ns;
	}
	note->n_filings = cover->n_rows;
	find_proven(planner, cover, choices);
}

static void note_reads(struct sl_planner *planner, const struct sl_expr *expr,
		       struct sl_plan_note *note)
{
	struct sl_buffer *reads = &planner->plan->reads;
	const uint16_t *slots = (const uint16_t *)reads->at;
	bool known = expr->kind != SL_EXPR_FIELD;

	for (uint32_t i = 0; i < note->n_read && !known; i++)
		known = slots[note->read + i] == expr->slot;
	if (!known) {
		sl_buffer_add(reads, &expr->slot, sizeof(expr->slot));
		note->n_read++;
	}
	for (uint32_t i = 0; i < expr->n_args && !reads->failed; i++)
		note_reads(planner, expr->args[i], note);
}

static void plan_program(struct sl_planner *planner, struct sl_trigger *trigger,
			 struct sl_plan_note *note)
{
	uint32_t n = planner->finding->n_conjuncts, n_asked = 0;
	const struct sl_expr **asked =
		sl_arena_alloc(&planner->arena, ((size_t)n + 1) * sizeof(struct sl_expr *));

	planner->failed |= !asked;
	for (uint32_t i = 0; i < n && !planner->failed; i++) {
		const struct sl_expr *conjunct;

		if (planner->is_proven[i])
			continue;
		conjunct = sl_planner_conjunct(planner, i);
		if (!conjunct)
			return;
		note_reads(planner, conjunct, note);
		asked[n_asked++] = conjunct;
	}
	if (!planner->failed)
		sl_plan_program(planner->plan, asked, n_asked,
				sl_planner_question(planner, planner->trigger)->place,
				&trigger->code, &trigger->code_count);
}

void sl_planner_add_trigger(struct sl_planner *planner, uint32_t t)
{
	struct sl_plan *plan = planner->plan;
	struct sl_plan_note note = {
		.filing = (uint32_t)(plan->filings.bytes / sizeof(struct sl_plan_filing)),
		.read = (uint32_t)(plan->reads.bytes / sizeof(uint16_t)),
	};
	const struct sl_plan_question *question = sl_planner_question(planner, t);
	struct sl_trigger trigger = {
		.campaign = question->campaign, .step = question->step, .role = question->role};
	struct sl_cover cover = sl_planner_cover(planner, t);

	if (planner->failed)
		return;
	if (cover.n_rows == 0) {
		/* filed nowhere: it is never asked */
		if (!planner->set->campaigns[question->campaign].never_told)
			warn(planner, "never", "", "the condition of `%.*s` can never hold");
		note.never = true;
	} else {
		file_rows(planner, &cover, &note);
		plan_program(planner, &trigger, &note);
	}
	sl_buffer_add(&plan->triggers, &trigger, sizeof(trigger));
	sl_buffer_add(&plan->notes, &note, sizeof(note));
}
