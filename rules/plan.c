#include "rules/plan_priv.h"

#include <errno.h>

/* An atom that some conjunct could be filed under. */
struct candidate {
	uint32_t shared; /* triggers that could be */
	uint32_t last_shared;
	uint32_t id; /* among the chosen; UINT32_MAX */
	uint32_t last_filed;
};

struct filing {
	uint32_t atom;
	uint32_t trigger;
};

struct planner {
	const struct sl_rules_set *set;
	struct sl_plan *plan;
	struct sl_table index;       /* hash of kind, slot, literal -> candidate */
	struct sl_buffer candidates; /* struct candidate */
	struct sl_buffer filings;    /* struct filing */
	struct sl_buffer conjuncts;  /* of the trigger at hand */
	struct sl_buffer literal;
	uint32_t trigger;
	bool failed;
};

/* How good a filter a conjunct is: smaller is better, in this order. */
struct rank {
	bool poor;
	uint64_t shared;
	uint8_t kind;
	uint32_t literal_bytes;
};

static struct candidate *candidate_of(struct planner *planner, const struct sl_conjunct *conjunct,
				      uint32_t i)
{
	struct sl_buffer *literal = &planner->literal;
	uint8_t head[] = {conjunct->atom, (uint8_t)conjunct->slot, (uint8_t)(conjunct->slot >> 8)};
	uint64_t hash[2];
	uint32_t *index;
	bool is_new;

	literal->bytes = 0;
	sl_buffer_add(literal, head, sizeof(head));
	sl_atom_literal(conjunct->atom, conjunct->slot, conjunct->constants[i]->text, literal);
	if (literal->failed)
		goto fail;
	sl_rules_hash(literal->at, literal->bytes, hash);
	index = sl_table_put(&planner->index, hash, &is_new);
	if (!index)
		goto fail;
	if (is_new) {
		struct candidate candidate = {
			.last_shared = UINT32_MAX, .id = UINT32_MAX, .last_filed = UINT32_MAX};

		*index = (uint32_t)(planner->candidates.bytes / sizeof(candidate));
		sl_buffer_add(&planner->candidates, &candidate, sizeof(candidate));
	}
	if (planner->candidates.failed)
		goto fail;
	return (struct candidate *)planner->candidates.at + *index;
fail:
	planner->failed = true;
	return NULL;
}

/* The conjuncts of trigger t; false: its condition never holds. */
static bool load_conjuncts(struct planner *planner, uint32_t t)
{
	bool possible;

	planner->trigger = t;
	planner->conjuncts.bytes = 0;
	possible = sl_conjuncts_of(&planner->set->schema, planner->set->campaigns[t].condition,
				   &planner->conjuncts);
	planner->failed |= planner->conjuncts.failed;
	return possible && !planner->failed;
}

static uint32_t n_conjuncts(const struct planner *planner)
{
	return (uint32_t)(planner->conjuncts.bytes / sizeof(struct sl_conjunct));
}

static void count_shared(struct planner *planner)
{
	const struct sl_conjunct *conjuncts = (const struct sl_conjunct *)planner->conjuncts.at;

	for (uint32_t i = 0; i < n_conjuncts(planner); i++) {
		for (uint32_t j = 0; conjuncts[i].atom && j < conjuncts[i].n_constants; j++) {
			struct candidate *candidate = candidate_of(planner, &conjuncts[i], j);

			if (!candidate)
				return;
			if (candidate->last_shared != planner->trigger)
				candidate->shared++;
			candidate->last_shared = planner->trigger;
		}
	}
}

static struct rank rank_of(struct planner *planner, const struct sl_conjunct *conjunct)
{
	struct rank rank = {.kind = conjunct->atom, .literal_bytes = UINT32_MAX};

	for (uint32_t j = 0; j < conjunct->n_constants; j++) {
		const struct candidate *candidate = candidate_of(planner, conjunct, j);
		uint32_t bytes = conjunct->constants[j]->text.bytes;

		if (!candidate)
			break;
		rank.shared += candidate->shared;
		if (bytes < rank.literal_bytes)
			rank.literal_bytes = bytes;
	}
	rank.poor = conjunct->atom != SL_ATOM_EQUALS && rank.literal_bytes <= SL_ATOM_POOR_BYTES;
	return rank;
}

static bool is_better(const struct rank *a, const struct rank *b)
{
	if (a->poor != b->poor)
		return !a->poor;
	if (a->shared != b->shared)
		return a->shared < b->shared;
	if (a->kind != b->kind)
		return a->kind < b->kind;
	return a->literal_bytes > b->literal_bytes;
}

/* The conjunct that files the trigger at hand, or NULL. */
static const struct sl_conjunct *choose(struct planner *planner)
{
	const struct sl_conjunct *conjuncts = (const struct sl_conjunct *)planner->conjuncts.at,
				 *best = NULL;
	struct rank best_rank = {0};

	for (uint32_t i = 0; i < n_conjuncts(planner); i++) {
		struct rank rank;

		if (!conjuncts[i].atom)
			continue;
		rank = rank_of(planner, &conjuncts[i]);
		if (!best || is_better(&rank, &best_rank)) {
			best = &conjuncts[i];
			best_rank = rank;
		}
	}
	return best;
}

/* Files under each atom of the conjunct. */
static void file_trigger(struct planner *planner, const struct sl_conjunct *conjunct)
{
	struct sl_plan *plan = planner->plan;

	for (uint32_t j = 0; j < conjunct->n_constants; j++) {
		struct candidate *candidate = candidate_of(planner, conjunct, j);
		struct filing filing = {.trigger = planner->trigger};

		if (!candidate)
			return;
		if (candidate->id == UINT32_MAX) {
			struct sl_plan_literal literal = {.offset = plan->literals.bytes};
			struct sl_atom atom = {.kind = conjunct->atom, .slot = conjunct->slot};

			candidate->id = (uint32_t)(plan->atoms.bytes / sizeof(atom));
			sl_atom_literal(conjunct->atom, conjunct->slot,
					conjunct->constants[j]->text, &plan->literals);
			literal.bytes = (uint32_t)(plan->literals.bytes - literal.offset);
			atom.bytes = literal.bytes;
			sl_buffer_add(&plan->atoms, &atom, sizeof(atom));
			sl_buffer_add(&plan->literal_index, &literal, sizeof(literal));
			plan->flags[conjunct->slot] |= SL_FIELD_SCANNED;
		}
		if (candidate->last_filed == planner->trigger)
			continue; /* a member that stands twice in its list */
		candidate->last_filed = planner->trigger;
		filing.atom = candidate->id;
		sl_buffer_add(&planner->filings, &filing, sizeof(filing));
	}
}

static void plan_trigger(struct planner *planner, uint32_t t)
{
	const struct sl_campaign_text *campaign = &planner->set->campaigns[t];
	struct sl_diagnostics *diagnostics = planner->set->diagnostics;
	struct sl_plan *plan = planner->plan;
	struct sl_trigger trigger = {.campaign = t};
	const struct sl_conjunct *filing;

	if (!load_conjuncts(planner, t)) {
		/* under no atom and on no list: it is never asked */
		sl_diagnose(diagnostics, SL_SEVERITY_WARNING, campaign->condition_place, "never",
			    "", "the condition of `%.*s` can never hold",
			    SL_SLICE_ARGS(campaign->name));
		sl_buffer_add(&plan->triggers, &trigger, sizeof(trigger));
		return;
	}
	filing = choose(planner);
	if (filing) {
		struct sl_conjunct chosen = *filing;

		file_trigger(planner, &chosen);
		sl_plan_code(plan, (struct sl_conjunct *)planner->conjuncts.at,
			     n_conjuncts(planner), &chosen, &trigger);
	} else {
		sl_diagnose(
			diagnostics, SL_SEVERITY_WARNING, campaign->condition_place, "always_list",
			"join a test of a text with it, such as `type == \"card.payment\" && …`",
			"the condition of `%.*s` is evaluated for every event: nothing in it can "
			"be "
			"looked up",
			SL_SLICE_ARGS(campaign->name));
		sl_buffer_add(&plan->always, &t, sizeof(t));
		sl_plan_code(plan, (struct sl_conjunct *)planner->conjuncts.at,
			     n_conjuncts(planner), NULL, &trigger);
	}
	sl_buffer_add(&plan->triggers, &trigger, sizeof(trigger));
}

/* Runs of trigger indexes, one for each atom, ascending. */
static void build_runs(struct planner *planner)
{
	struct sl_plan *plan = planner->plan;
	struct sl_atom *atoms = (struct sl_atom *)plan->atoms.at;
	const struct filing *filings = (const struct filing *)planner->filings.at;
	size_t n_atoms = plan->atoms.bytes / sizeof(*atoms);
	size_t n = planner->filings.bytes / sizeof(*filings);
	uint32_t *filed, first = 0;

	if (n == 0)
		return;
	filed = sl_buffer_grow(&plan->filed, n * sizeof(*filed));
	if (!filed || n > UINT32_MAX) {
		planner->failed = true;
		return;
	}
	for (size_t i = 0; i < n; i++)
		atoms[filings[i].atom].filed_count++;
	for (size_t i = 0; i < n_atoms; i++) {
		atoms[i].filed = first;
		first += atoms[i].filed_count;
		atoms[i].filed_count = 0;
	}
	for (size_t i = 0; i < n; i++) {
		struct sl_atom *atom = &atoms[filings[i].atom];

		filed[atom->filed + atom->filed_count++] = filings[i].trigger;
	}
}

static void plan_campaign(struct planner *planner, const struct sl_campaign_text *text)
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
	};

	sl_campaign_version(text, version);
	campaign.version = sl_pool_text(pool, sl_slice_of(version));
	for (uint32_t i = 0; i < text->n_data; i++) {
		const struct sl_campaign_data *datum = &text->data[i];
		struct sl_data_field field = {.name = sl_pool_text(pool, datum->name),
					      .is_constant = datum->is_constant};

		field.index =
			datum->is_constant ? sl_pool_constant(pool, &datum->constant) : datum->slot;
		if (!datum->is_constant)
			plan->flags[datum->slot] |= SL_FIELD_USED;
		sl_buffer_add(&plan->data, &field, sizeof(field));
	}
	sl_buffer_add(&plan->campaigns, &campaign, sizeof(campaign));
}

static bool has_failed(const struct planner *planner)
{
	const struct sl_plan *plan = planner->plan;

	return planner->failed || planner->filings.failed || sl_pool_failed(&plan->pool) ||
	       plan->atoms.failed || plan->literals.failed || plan->literal_index.failed ||
	       plan->filed.failed || plan->always.failed || plan->triggers.failed ||
	       plan->code.failed || plan->campaigns.failed || plan->data.failed;
}

static void check_always(const struct planner *planner, uint32_t always_max)
{
	size_t always = planner->plan->always.bytes / sizeof(uint32_t);

	if (always > always_max)
		sl_mistake(planner->set->diagnostics, (struct sl_place){0}, "always_list_full",
			   "see the warnings for which; each needs a test of a text",
			   "%zu campaigns would be evaluated for every event, at most %u may be",
			   always, always_max);
}

int sl_plan_make(const struct sl_rules_set *set, uint32_t always_max, struct sl_plan *ret_plan)
{
	struct planner planner = {.set = set, .plan = ret_plan};
	bool failed;

	*ret_plan = (struct sl_plan){0};
	for (uint32_t i = 0; i < set->schema.n_fields; i++)
		ret_plan->flags[i] = set->schema.fields[i].flags |
				     (set->schema.fields[i].role ? SL_FIELD_USED : 0);
	for (uint32_t t = 0; t < set->n_campaigns && !planner.failed; t++) {
		if (load_conjuncts(&planner, t))
			count_shared(&planner);
	}
	for (uint32_t t = 0; t < set->n_campaigns && !planner.failed; t++) {
		plan_trigger(&planner, t);
		plan_campaign(&planner, &set->campaigns[t]);
	}
	if (!has_failed(&planner)) /* a run may only be built of lists that are whole */
		build_runs(&planner);
	check_always(&planner, always_max);
	failed = has_failed(&planner);
	sl_table_fini(&planner.index);
	sl_buffer_fini(&planner.candidates);
	sl_buffer_fini(&planner.filings);
	sl_buffer_fini(&planner.conjuncts);
	sl_buffer_fini(&planner.literal);
	if (failed)
		sl_plan_fini(ret_plan);
	return failed ? -ENOMEM : 0;
}

void sl_plan_fini(struct sl_plan *plan)
{
	sl_pool_fini(&plan->pool);
	sl_buffer_fini(&plan->atoms);
	sl_buffer_fini(&plan->literals);
	sl_buffer_fini(&plan->literal_index);
	sl_buffer_fini(&plan->filed);
	sl_buffer_fini(&plan->always);
	sl_buffer_fini(&plan->triggers);
	sl_buffer_fini(&plan->code);
	sl_buffer_fini(&plan->campaigns);
	sl_buffer_fini(&plan->data);
}
