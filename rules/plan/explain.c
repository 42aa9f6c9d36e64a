/* The plan in words, for whoever wonders what a campaign costs. */
#include "rules/plan/plan_priv.h"

#include <errno.h>

/* More ways than these are told by their number. */
#define PLACES_MAX 64u

static const char *text_of(struct sl_arena *arena, struct sl_slice text)
{
	return sl_arena_copy(arena, text);
}

static int add_places(const struct sl_plan *plan, const struct sl_rules_set *set,
		      const struct sl_plan_note *note, struct sl_arena *arena,
		      struct sl_rules_filing *filing)
{
	const struct sl_plan_filing *filings =
		(const struct sl_plan_filing *)plan->filings.at + note->filing;
	uint32_t n = note->n_filings < PLACES_MAX ? note->n_filings : PLACES_MAX;
	const char **places = sl_arena_alloc(arena, ((size_t)n + 1) * sizeof(*places));
	struct sl_buffer text = {0};
	bool failed = !places;

	for (uint32_t i = 0; i < n && !failed; i++) {
		sl_plan_place_text(plan, &set->schema, &filings[i], &text);
		places[i] = text.failed ? NULL : text_of(arena, sl_slice_of((char *)text.at));
		failed = !places[i];
	}
	sl_buffer_fini(&text);
	if (failed)
		return -ENOMEM;
	filing->places = places;
	filing->n_places = n;
	filing->n_ways = note->n_filings;
	return 0;
}

static int add_reads(const struct sl_plan *plan, const struct sl_rules_set *set,
		     const struct sl_plan_note *note, struct sl_arena *arena,
		     struct sl_rules_filing *filing)
{
	const uint16_t *slots = (const uint16_t *)plan->reads.at + note->read;
	const char **reads = sl_arena_alloc(arena, ((size_t)note->n_read + 1) * sizeof(*reads));

	for (uint32_t i = 0; i < note->n_read && reads; i++) {
		reads[i] = text_of(arena, set->schema.fields[slots[i]].path);
		if (!reads[i])
			return -ENOMEM;
	}
	filing->reads = reads;
	filing->n_reads = note->n_read;
	return reads ? 0 : -ENOMEM;
}

static void locate(struct sl_place place, struct sl_rules_filing *filing)
{
	filing->file = place.source ? place.source->name : "";
	filing->line = place.source ? 1 : 0;
	for (uint32_t i = 0; place.source && i < place.offset && i < place.source->bytes; i++)
		filing->line += place.source->text[i] == '\n';
}

static const char *role_of(uint32_t role)
{
	static const char *const roles[] = {[SL_TRIGGER_MATCH] = "match",
					    [SL_TRIGGER_STEP] = "step",
					    [SL_TRIGGER_UNTIL] = "until",
					    [SL_TRIGGER_AMONG] = "among"};

	return roles[role];
}

/* The name of the step whose condition it is, in the text of the pool. */
static struct sl_slice step_of(const struct sl_plan *plan, const struct sl_trigger *trigger)
{
	const struct sl_step *step = (const struct sl_step *)plan->steps.at + trigger->step;

	if (trigger->role != SL_TRIGGER_STEP && trigger->role != SL_TRIGGER_UNTIL)
		return (struct sl_slice){"", 0};
	return (struct sl_slice){(const char *)plan->pool.text.at + step->name.offset,
				 step->name.bytes};
}

int sl_plan_explain(const struct sl_plan *plan, const struct sl_rules_set *set,
		    sl_rules_filed *filed, void *context)
{
	const struct sl_plan_note *notes = (const struct sl_plan_note *)plan->notes.at;
	const struct sl_trigger *triggers = (const struct sl_trigger *)plan->triggers.at;
	const struct sl_plan_question *questions =
		(const struct sl_plan_question *)plan->questions.at;
	struct sl_arena arena = {0};
	int error = 0;

	for (size_t i = 0; i < plan->notes.bytes / sizeof(*notes) && !error; i++) {
		const struct sl_campaign_text *campaign = &set->campaigns[triggers[i].campaign];
		struct sl_rules_filing filing = {
			.instructions = triggers[i].code_count,
			.always = notes[i].always,
			.never = notes[i].never,
			.share = notes[i].share < 1 ? notes[i].share : 1,
			.cost_ns = notes[i].cost_ns,
			.role = role_of(triggers[i].role),
		};
		bool first = i == 0 || triggers[i - 1].campaign != triggers[i].campaign;

		sl_arena_reset(&arena);
		filing.campaign = text_of(&arena, campaign->name);
		filing.step = text_of(&arena, step_of(plan, &triggers[i]));
		filing.state_bytes = first ? sl_campaign_bytes(campaign) : 0;
		locate(questions[i].place, &filing);
		error = filing.campaign && filing.step ? 0 : -ENOMEM;
		if (!error)
			error = add_places(plan, set, &notes[i], &arena, &filing);
		if (!error)
			error = add_reads(plan, set, &notes[i], &arena, &filing);
		if (!error)
			filed(context, &filing);
	}
	sl_arena_fini(&arena);
	return error;
}
