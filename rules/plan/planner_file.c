/* Nodes and atoms, each once, and the filings at them. */
#include "rules/plan/planner_priv.h"

#include <xxhash.h>

static uint32_t node_for(struct sl_planner *planner, uint32_t parent, const struct sl_fact *fact)
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

static void note_dear(struct sl_planner *planner, uint32_t atom)
{
	struct sl_plan_dear dear = {.atom = atom, .trigger = planner->trigger};

	sl_buffer_add(&planner->plan->dear, &dear, sizeof(dear));
}

static uint32_t atom_for(struct sl_planner *planner, const struct sl_fact *fact)
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

void sl_planner_file_row(struct sl_planner *planner, const struct sl_choice *choice)
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
