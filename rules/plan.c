#include "rules/plan_priv.h"

#include "rules/plan_choice_priv.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <xxhash.h>

/* As many candidates as an event may have where nothing else is set. */
#define CROWD_MAX 4096u

/* What was found out about a trigger when the census was taken. */
struct kept {
	const struct sl_expr *const *conjuncts;
	struct sl_cover cover;
	bool *is_exact; /* of each conjunct: its cover says all that it does */
	uint32_t n_conjuncts;
	bool weighed; /* a cover was given up for another, which only the whole census can judge */
};

struct planner {
	const struct sl_rules_set *set;
	struct sl_plan *plan;
	struct sl_census census;
	struct sl_arena lasting; /* of the census */
	struct sl_arena arena;   /* of the trigger at hand */
	struct kept *kept;       /* of each trigger */
	struct sl_table nodes;   /* hash of parent and fact -> node */
	struct sl_cover_context context;
	/* of the trigger at hand */
	const struct sl_expr *const *conjuncts;
	uint32_t n_conjuncts;
	bool *is_exact;
	bool *is_proven;
	uint32_t trigger;
	bool failed;
};

static void found(void *context, struct sl_fact *fact)
{
	struct planner *planner = context;

	sl_census_meet(&planner->census, fact);
}

/* What an event costs that is filed so, about. */
static double weight(void *context, const struct sl_cover *cover)
{
	struct planner *planner = context;
	double cost_ns = 0;

	planner->kept[planner->trigger].weighed = true;

	for (uint32_t i = 0; i < cover->n_rows; i++)
		cost_ns += sl_choice_of(&planner->census, &cover->rows[i]).cost_ns;
	return cost_ns;
}

/* The sides of the condition's `&&`, and those of theirs. */
static void flatten(struct sl_buffer *conjuncts, const struct sl_expr *expr)
{
	if (expr->kind != SL_EXPR_CALL || expr->function != SL_FUNCTION_AND) {
		sl_buffer_add(conjuncts, &expr, sizeof(struct sl_expr *));
		return;
	}
	for (uint32_t i = 0; i < expr->n_args; i++)
		flatten(conjuncts, expr->args[i]);
}

static struct sl_cover cover_of_trigger(struct planner *planner, uint32_t t)
{
	struct sl_arena *arena = planner->context.arena;
	struct sl_cover cover = sl_cover_any(&planner->context);
	struct sl_buffer conjuncts = {0};
	uint32_t n;

	planner->trigger = t;
	flatten(&conjuncts, planner->set->campaigns[t].condition);
	n = (uint32_t)(conjuncts.bytes / sizeof(struct sl_expr *));
	planner->is_exact = sl_arena_alloc(arena, (size_t)n + 1);
	planner->conjuncts = sl_arena_alloc(arena, conjuncts.bytes);
	if (conjuncts.failed || !planner->is_exact || !planner->conjuncts) {
		sl_buffer_fini(&conjuncts);
		planner->failed = true;
		return sl_cover_never();
	}
	memcpy((void *)planner->conjuncts, conjuncts.at, conjuncts.bytes);
	sl_buffer_fini(&conjuncts);
	planner->n_conjuncts = n;
	for (uint32_t i = 0; i < n; i++) {
		struct sl_cover side;

		planner->context.conjunct = i;
		side = sl_cover_of(&planner->context, planner->conjuncts[i]);
		planner->is_exact[i] = side.exact;
		cover = sl_cover_and(&planner->context, cover, side);
	}
	planner->failed |= planner->context.failed || planner->census.failed;
	return cover;
}

/* The cover found by the census, where it may be kept. */
static struct sl_cover cover_again(struct planner *planner, uint32_t t)
{
	const struct kept *kept = &planner->kept[t];
	struct sl_cover cover = kept->cover;

	sl_arena_reset(&planner->arena);
	planner->trigger = t;
	planner->conjuncts = kept->conjuncts;
	planner->n_conjuncts = kept->n_conjuncts;
	planner->is_exact = kept->is_exact;
	if (kept->weighed)
		cover = cover_of_trigger(planner, t);
	planner->is_proven = sl_arena_alloc(&planner->arena, (size_t)planner->n_conjuncts + 1);
	planner->failed |= !planner->is_proven;
	return cover;
}

/* ---- places --------------------------------------------------------------------------------- */

static uint32_t node_for(struct planner *planner, uint32_t parent, const struct sl_fact *fact)
{
	struct sl_plan *plan = planner->plan;
	bool is_text = fact->type == SL_TYPE_STRING || fact->type == SL_TYPE_STRINGS;
	uint32_t head[2] = {parent, fact->index}; /* the census knows equal facts by their index */
	struct sl_tree_node node = {.parent = parent, .slot = fact->slot};
	uint64_t hash[2];
	uint32_t *index;
	bool is_new;

	sl_rules_hash(head, sizeof(head), hash);
	index = sl_table_put(&planner->nodes, hash, &is_new);
	if (!index) {
		planner->failed = true;
		return 0;
	}
	if (!is_new)
		return *index;
	*index = (uint32_t)(plan->nodes.bytes / sizeof(node));
	node.value = is_text ? XXH3_64bits(fact->text.at, fact->text.bytes) : (uint64_t)fact->low;
	if (is_text)
		node.text = sl_pool_text(&plan->pool, fact->text);
	sl_buffer_add(&plan->nodes, &node, sizeof(node));
	return *index;
}

static enum sl_atom_kind atom_kind(enum sl_fact_kind kind)
{
	switch (kind) {
	case SL_FACT_PREFIX:
		return SL_ATOM_PREFIX;
	case SL_FACT_SUFFIX:
		return SL_ATOM_SUFFIX;
	case SL_FACT_REGEX:
		return SL_ATOM_REGEX;
	default:
		return SL_ATOM_CONTAINS;
	}
}

static void note_dear(struct planner *planner, uint32_t atom)
{
	struct sl_plan_dear dear = {.atom = atom, .trigger = planner->trigger};

	sl_buffer_add(&planner->plan->dear, &dear, sizeof(dear));
}

static uint32_t atom_for(struct planner *planner, const struct sl_fact *fact)
{
	struct sl_plan *plan = planner->plan;
	struct sl_census_fact *entry =
		(struct sl_census_fact *)planner->census.facts.at + fact->index;
	struct sl_plan_literal literal = {.offset = plan->literals.bytes,
					  .class = SL_DATABASE_LITERAL};
	struct sl_atom atom = {.kind = (uint8_t)atom_kind(fact->kind), .slot = fact->slot};

	if (entry->atom != SL_ATOM_NONE)
		return entry->atom;
	entry->atom = (uint32_t)(plan->atoms.bytes / sizeof(atom));
	if (fact->kind == SL_FACT_REGEX) {
		literal.class = (uint8_t)fact->high;
		literal.flags = (uint32_t)fact->low;
		sl_buffer_add(&plan->literals, fact->text.at, fact->text.bytes);
	} else {
		sl_atom_literal((enum sl_atom_kind)atom.kind, fact->slot, fact->text,
				&plan->literals);
		atom.bytes = (uint32_t)(plan->literals.bytes - literal.offset);
	}
	literal.bytes = (uint32_t)(plan->literals.bytes - literal.offset);
	sl_buffer_add(&plan->atoms, &atom, sizeof(atom));
	sl_buffer_add(&plan->literal_index, &literal, sizeof(literal));
	plan->flags[fact->slot] |= SL_FIELD_SCANNED;
	if (literal.class == SL_DATABASE_DEAR)
		note_dear(planner, entry->atom);
	return entry->atom;
}

static void file_row(struct planner *planner, const struct sl_choice *choice)
{
	struct sl_plan_filing filing = {.trigger = planner->trigger, .slot = choice->range_slot};

	if (choice->range_slot >= 0) {
		filing.low = choice->low;
		filing.high = choice->high;
	}
	if (choice->pattern)
		filing.place = atom_for(planner, choice->pattern) | SL_PLAN_ATOM;
	for (uint32_t i = 0; i < choice->n_equals; i++)
		filing.place = node_for(planner, filing.place, choice->equals[i]);
	sl_buffer_add(&planner->plan->filings, &filing, sizeof(filing));
}

/* ---- triggers ------------------------------------------------------------------------------- */

/* A conjunct need not be asked again where each way to come here proves it. */
static void find_proven(struct planner *planner, const struct sl_cover *cover,
			const struct sl_choice *choices)
{
	for (uint32_t c = 0; c < planner->n_conjuncts; c++) {
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

static void warn(const struct planner *planner, const char *code, const char *hint,
		 const char *format)
{
	const struct sl_campaign_text *campaign = &planner->set->campaigns[planner->trigger];
	char message[512];

	snprintf(message, sizeof(message), format, SL_SLICE_ARGS(campaign->name));
	sl_diagnose(planner->set->diagnostics, SL_SEVERITY_WARNING, campaign->condition_place, code,
		    hint, "%s", message);
}

static void file_always(struct planner *planner, struct sl_plan_note *note)
{
	struct sl_plan *plan = planner->plan;

	note->always = true;
	note->share = 1;
	note->cost_ns = SL_CANDIDATE_NS;

	warn(planner, "always_list",
	     "join an equality or a test of a text with it, such as `type == \"card.payment\" && "
	     "…`",
	     "the condition of `%.*s` is evaluated for every event: nothing in it can be looked "
	     "up");
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

static void file_rows(struct planner *planner, const struct sl_cover *cover,
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
		file_row(planner, &choices[i]);
		note->share += choices[i].share;
		note->cost_ns += choices[i].cost_ns;
	}
	note->n_filings = cover->n_rows;
	find_proven(planner, cover, choices);
}

static void note_reads(struct planner *planner, const struct sl_expr *expr,
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

static void plan_program(struct planner *planner, struct sl_trigger *trigger,
			 struct sl_plan_note *note)
{
	const struct sl_expr **asked = sl_arena_alloc(
		&planner->arena, ((size_t)planner->n_conjuncts + 1) * sizeof(struct sl_expr *));
	uint32_t n = 0;

	if (!asked) {
		planner->failed = true;
		return;
	}
	for (uint32_t i = 0; i < planner->n_conjuncts; i++) {
		if (planner->is_proven[i])
			continue;
		note_reads(planner, planner->conjuncts[i], note);
		asked[n++] = planner->conjuncts[i];
	}
	sl_plan_program(planner->plan, planner->set, asked, n, trigger);
}

static void plan_trigger(struct planner *planner, uint32_t t)
{
	struct sl_plan *plan = planner->plan;
	struct sl_plan_note note = {
		.filing = (uint32_t)(plan->filings.bytes / sizeof(struct sl_plan_filing)),
		.read = (uint32_t)(plan->reads.bytes / sizeof(uint16_t)),
	};
	struct sl_trigger trigger = {.campaign = t};
	struct sl_cover cover = cover_again(planner, t);

	if (planner->failed)
		return;
	if (cover.n_rows == 0) {
		/* filed nowhere: it is never asked */
		if (!planner->set->campaigns[t].never_told)
			warn(planner, "never", "", "the condition of `%.*s` can never hold");
		note.never = true;
	} else {
		file_rows(planner, &cover, &note);
		plan_program(planner, &trigger, &note);
	}
	sl_buffer_add(&plan->triggers, &trigger, sizeof(trigger));
	sl_buffer_add(&plan->notes, &note, sizeof(note));
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

/* ---- the set -------------------------------------------------------------------------------- */

static void check_always(const struct planner *planner, uint32_t always_max)
{
	if (planner->plan->n_always > always_max)
		sl_mistake(planner->set->diagnostics, (struct sl_place){0}, "always_list_full",
			   "see the warnings for which; each needs an equality or a test of a text",
			   "%u campaigns would be evaluated for every event, at most %u may be",
			   planner->plan->n_always, always_max);
}

/* Candidates beyond the bound of an event are counted and not evaluated. */
static void warn_of_crowd(const struct planner *planner, const struct sl_filing *filing)
{
	const uint32_t *filed = (const uint32_t *)planner->plan->filed.at + filing->filed;
	const struct sl_campaign_text *first;

	if (filing->filed_count <= CROWD_MAX)
		return;
	first = &planner->set->campaigns[filed[0]];
	sl_diagnose(planner->set->diagnostics, SL_SEVERITY_WARNING, first->condition_place,
		    "crowded",
		    "join tests with them that tell the events apart: of a field's value, a text, "
		    "or a range with both ends",
		    "%u campaigns are evaluated for the same events, `%.*s` is the first of them; "
		    "beyond %u an event leaves campaigns out",
		    filing->filed_count, SL_SLICE_ARGS(first->name), CROWD_MAX);
}

static void warn_of_crowds(const struct planner *planner)
{
	const struct sl_tree_node *nodes = (const struct sl_tree_node *)planner->plan->nodes.at;
	const struct sl_atom *atoms = (const struct sl_atom *)planner->plan->atoms.at;

	for (size_t i = 0; i < planner->plan->nodes.bytes / sizeof(*nodes); i++)
		warn_of_crowd(planner, &nodes[i].filing);
	for (size_t i = 0; i < planner->plan->atoms.bytes / sizeof(*atoms); i++)
		warn_of_crowd(planner, &atoms[i].filing);
}

/* While it is taken a cover that has to be given up is chosen without it, and chosen again. */
static void take_census(struct planner *planner)
{
	uint32_t n = planner->set->n_campaigns;

	planner->kept = calloc((size_t)n + 1, sizeof(*planner->kept));
	planner->failed |= !planner->kept;
	planner->context.arena = &planner->lasting;
	for (uint32_t t = 0; t < n && !planner->failed; t++) {
		struct kept *kept = &planner->kept[t];

		planner->census.trigger = t + 1;
		kept->cover = cover_of_trigger(planner, t);
		kept->conjuncts = planner->conjuncts;
		kept->n_conjuncts = planner->n_conjuncts;
		kept->is_exact = planner->is_exact;
	}
	planner->census.trigger = 0;
	planner->context.arena = &planner->arena;
}

static void planner_fini(struct planner *planner)
{
	sl_census_fini(&planner->census);
	sl_arena_fini(&planner->lasting);
	sl_arena_fini(&planner->arena);
	sl_table_fini(&planner->nodes);
	free(planner->kept);
}

int sl_plan_make(const struct sl_rules_set *set, uint32_t always_max, struct sl_plan *ret_plan)
{
	struct planner planner = {.set = set, .plan = ret_plan};
	const struct sl_tree_node root = {0};
	int error = 0;

	planner.context = (struct sl_cover_context){
		.schema = &set->schema, .found = found, .weight = weight, .context = &planner};
	*ret_plan = (struct sl_plan){0};
	for (uint32_t i = 0; i < set->schema.n_fields; i++)
		ret_plan->flags[i] = set->schema.fields[i].flags |
				     (set->schema.fields[i].role ? SL_FIELD_USED : 0);
	sl_buffer_add(&ret_plan->nodes, &root, sizeof(root));
	take_census(&planner);
	for (uint32_t t = 0; t < set->n_campaigns && !planner.failed; t++) {
		plan_trigger(&planner, t);
		plan_campaign(&planner, &set->campaigns[t]);
	}
	if (planner.failed || sl_plan_failed(ret_plan))
		error = -ENOMEM;
	if (!error)
		error = sl_plan_build_filings(ret_plan);
	if (!error) {
		check_always(&planner, always_max);
		warn_of_crowds(&planner);
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
	       plan->data.failed || plan->notes.failed || plan->reads.failed || plan->dear.failed;
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
	sl_buffer_fini(&plan->notes);
	sl_buffer_fini(&plan->reads);
	sl_buffer_fini(&plan->dear);
}
