#include "rules/plan/planner_priv.h"
#include "rules/progress_priv.h"

#include <errno.h>
#include <stdlib.h>

/* Where a capture or an aggregate of the campaign is in the artifact. */
static uint32_t place_of(const struct sl_plan *plan, const struct sl_campaign *campaign,
			 const struct sl_campaign_data *datum)
{
	const struct sl_sequence *sequence = (const struct sl_sequence *)plan->sequences.at +
					     campaign->sequence + datum->sequence;
	const struct sl_step *step;
	const struct sl_window *window;

	if (sl_plan_failed(plan))
		return 0;
	if (datum->from == SL_DATA_CAPTURE)
		return sequence->capture + datum->index;
	step = (const struct sl_step *)plan->steps.at + sequence->step;
	window = (const struct sl_window *)plan->windows.at + step->window;
	return window->aggregate + datum->index;
}

static void plan_campaign(struct sl_planner *planner, const struct sl_campaign_text *text)
{
	struct sl_plan *plan = planner->plan;
	struct sl_pool *pool = &plan->pool;
	char version[13]; /* 12 hex digits */
	struct sl_campaign campaign = {
		.name = sl_pool_text(pool, text->name),
		.owner = sl_pool_text(pool, text->owner),
		.step = sl_pool_text(pool, text->step),
		.channel = sl_pool_text(pool, text->channel),
		.template = sl_pool_text(pool, text->template),
		.valid_from_ns = text->valid_from_ns,
		.valid_until_ns = text->valid_until_ns,
		.kind = text->kind,
		.data = (uint32_t)(plan->data.bytes / sizeof(struct sl_data_field)),
		.data_count = text->n_data,
		.join_within_ns = INT64_MAX,
		.by_slot = -1,
		.limit_ns = text->limit.per_ns,
		.limit_count = text->limit.count,
		.priority = text->priority,
		.exclusive = sl_pool_text(pool, text->exclusive),
	};

	sl_campaign_version(text, version);
	campaign.version = sl_pool_text(pool, sl_slice_of(version));
	sl_plan_pattern(plan, text, &campaign);
	for (uint32_t i = 0; i < text->n_data; i++) {
		const struct sl_campaign_data *datum = &text->data[i];
		struct sl_data_field field = {.name = sl_pool_text(pool, datum->name),
					      .from = datum->from,
					      .index = datum->index};

		if (datum->from == SL_DATA_CONSTANT)
			field.index = sl_pool_constant(pool, &datum->constant);
		else if (datum->from == SL_DATA_SLOT)
			plan->flags[datum->index] |= SL_FIELD_USED;
		else
			field.index = place_of(plan, &campaign, datum);
		sl_buffer_add(&plan->data, &field, sizeof(field));
	}
	sl_buffer_add(&plan->campaigns, &campaign, sizeof(campaign));
}

/* ---- the set -------------------------------------------------------------------------------- */

static void check_always(const struct sl_planner *planner, uint32_t always_max)
{
	if (planner->plan->n_always > always_max)
		sl_mistake(planner->set->diagnostics, (struct sl_place){0}, "always_list_full",
			   "the warnings say which; each needs a test of what the event has, an "
			   "equality or a part of a text: what it has not (`!=`, `!`) does not do",
			   "%u campaigns would be evaluated for every event, at most %u may be "
			   "(limits.rules.always_list)",
			   planner->plan->n_always, always_max);
}

/* Candidates beyond the bound of an event are counted and not evaluated. */
static void warn_of_crowd(const struct sl_planner *planner, uint32_t candidates,
			  const struct sl_filing *filing)
{
	const struct sl_plan_question *question;
	const struct sl_campaign_text *first;

	if (filing->filed_count <= candidates)
		return;
	question = sl_planner_question(planner,
				       ((const uint32_t *)planner->plan->filed.at)[filing->filed]);
	first = &planner->set->campaigns[question->campaign];
	sl_diagnose(planner->set->diagnostics, SL_SEVERITY_WARNING, question->place, "crowded",
		    "join tests with them that tell the events apart: of a field's value, a text, "
		    "or a range with both ends; `!=` and `!` do not",
		    "%u campaigns are evaluated for the same events, `%.*s` is the first of them; "
		    "beyond %u (limits.match.candidates) an event leaves campaigns out",
		    filing->filed_count, SL_SLICE_ARGS(first->name), candidates);
}

static void warn_of_crowds(const struct sl_planner *planner, uint32_t candidates)
{
	const struct sl_tree_node *nodes = (const struct sl_tree_node *)planner->plan->nodes.at;
	const struct sl_atom *atoms = (const struct sl_atom *)planner->plan->atoms.at;

	for (size_t i = 0; i < planner->plan->nodes.bytes / sizeof(*nodes); i++)
		warn_of_crowd(planner, candidates, &nodes[i].filing);
	for (size_t i = 0; i < planner->plan->atoms.bytes / sizeof(*atoms); i++)
		warn_of_crowd(planner, candidates, &atoms[i].filing);
}

static void planner_fini(struct sl_planner *planner)
{
	sl_census_fini(&planner->census);
	sl_arena_fini(&planner->lasting);
	sl_arena_fini(&planner->arena);
	sl_table_fini(&planner->nodes);
	free(planner->findings);
}

int sl_plan_make(const struct sl_rules_set *set, uint32_t always_max, struct sl_plan *ret_plan)
{
	const struct sl_plan_bounds bounds = {always_max, SL_CANDIDATES_DEFAULT};

	return sl_plan_make_within(set, &bounds, ret_plan);
}

int sl_plan_make_within(const struct sl_rules_set *set, const struct sl_plan_bounds *bounds,
			struct sl_plan *ret_plan)
{
	struct sl_planner planner = {.set = set, .plan = ret_plan};
	const struct sl_tree_node root = {0};
	uint32_t n;
	int error = 0;

	planner.context = (struct sl_cover_context){.schema = &set->schema};
	*ret_plan = (struct sl_plan){.set = set};
	planner.failed = !sl_plan_ask(ret_plan, set);
	n = (uint32_t)(ret_plan->questions.bytes / sizeof(struct sl_plan_question));
	sl_progress_phase(set->progress, SL_RULES_PLANNING, 2 * n);
	for (uint32_t i = 0; i < set->schema.n_fields; i++)
		ret_plan->flags[i] = set->schema.fields[i].flags |
				     (set->schema.fields[i].role ? SL_FIELD_USED : 0);
	sl_buffer_add(&ret_plan->nodes, &root, sizeof(root));
	planner.failed |= !sl_table_reserve(&planner.nodes, n) ||
			  !sl_table_reserve(&planner.census.index, 2 * (size_t)n) ||
			  !sl_table_reserve(&ret_plan->pool.texts, 3 * (size_t)set->n_campaigns);
	if (!planner.failed)
		sl_planner_take_census(&planner);
	for (uint32_t i = 0, t = 0; i < set->n_campaigns && !planner.failed; i++) {
		sl_progress_campaign(set->progress, set->campaigns[i].name);
		for (; t < n && sl_planner_question(&planner, t)->campaign == i; t++) {
			sl_progress_step(set->progress, 1);
			sl_planner_add_trigger(&planner, t);
		}
		plan_campaign(&planner, &set->campaigns[i]);
	}
	sl_progress_pause(set->progress);
	if (planner.failed || sl_plan_failed(ret_plan))
		error = -ENOMEM;
	if (!error)
		error = sl_plan_build_filings(ret_plan);
	if (!error) {
		check_always(&planner, bounds->always_list);
		warn_of_crowds(&planner, bounds->candidates);
	}
	planner_fini(&planner);
	if (error)
		sl_plan_fini(ret_plan);
	return error;
}

bool sl_plan_failed(const struct sl_plan *plan)
{
	return sl_pool_failed(&plan->pool) || plan->atoms.failed || plan->literals.failed ||
	       plan->literal_index.failed || plan->nodes.failed || plan->buckets.failed ||
	       plan->asked.failed || plan->filings.failed || plan->filed.failed ||
	       plan->groups.failed || plan->intervals.failed || plan->always.failed ||
	       plan->triggers.failed || plan->code.failed || plan->campaigns.failed ||
	       plan->data.failed || plan->notes.failed || plan->reads.failed || plan->dear.failed ||
	       plan->sequences.failed || plan->steps.failed || plan->captures.failed ||
	       plan->windows.failed || plan->aggregates.failed || plan->questions.failed;
}

void sl_plan_fini(struct sl_plan *plan)
{
	sl_pool_fini(&plan->pool);
	sl_buffer_fini(&plan->atoms);
	sl_buffer_fini(&plan->literals);
	sl_buffer_fini(&plan->literal_index);
	sl_buffer_fini(&plan->nodes);
	sl_buffer_fini(&plan->buckets);
	sl_buffer_fini(&plan->asked);
	sl_buffer_fini(&plan->filings);
	sl_buffer_fini(&plan->filed);
	sl_buffer_fini(&plan->groups);
	sl_buffer_fini(&plan->intervals);
	sl_buffer_fini(&plan->always);
	sl_buffer_fini(&plan->triggers);
	sl_buffer_fini(&plan->code);
	sl_buffer_fini(&plan->campaigns);
	sl_buffer_fini(&plan->data);
	sl_buffer_fini(&plan->sequences);
	sl_buffer_fini(&plan->steps);
	sl_buffer_fini(&plan->captures);
	sl_buffer_fini(&plan->windows);
	sl_buffer_fini(&plan->aggregates);
	sl_buffer_fini(&plan->questions);
	sl_buffer_fini(&plan->notes);
	sl_buffer_fini(&plan->reads);
	sl_buffer_fini(&plan->dear);
}
