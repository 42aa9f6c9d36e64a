/* From nodes and filings to what the artifact has: buckets, asked slots, runs, groups. */
#include "rules/plan/plan_priv.h"

#include <errno.h>
#include <stdlib.h>

struct build {
	struct sl_plan *plan;
	struct sl_plan_filing *filings;
	size_t n;
	struct sl_tree_node *nodes;
	uint32_t n_nodes;
	struct sl_atom *atoms;
};

/* Nodes first, then atoms; at one place what is always a candidate before the groups. */
static int by_place(const void *a, const void *b)
{
	const struct sl_plan_filing *x = a, *y = b;

	if (x->place != y->place)
		return x->place < y->place ? -1 : 1;
	if (x->slot != y->slot)
		return x->slot < y->slot ? -1 : 1;
	if (x->low != y->low)
		return x->low < y->low ? -1 : 1;
	if (x->high != y->high)
		return x->high < y->high ? -1 : 1;
	return x->trigger < y->trigger ? -1 : x->trigger > y->trigger;
}

static struct sl_filing *filing_at(struct build *build, uint32_t place)
{
	return place & SL_PLAN_ATOM ? &build->atoms[place & ~SL_PLAN_ATOM].filing
				    : &build->nodes[place].filing;
}

/* The greatest end below each, middles standing above their sides. */
static int64_t set_reach(struct sl_interval *at, uint32_t n)
{
	uint32_t middle = n / 2;
	int64_t reach = at[middle].high, side;

	if (middle > 0 && (side = set_reach(at, middle)) > reach)
		reach = side;
	if (n - middle - 1 > 0 && (side = set_reach(at + middle + 1, n - middle - 1)) > reach)
		reach = side;
	at[middle].reach = reach;
	return reach;
}

/* Filings first to end are of one place and slot. */
static void add_group(struct build *build, size_t first, size_t end)
{
	struct sl_plan *plan = build->plan;
	const struct sl_plan_filing *filing = &build->filings[first];
	struct sl_filing *at = filing_at(build, filing->place);
	struct sl_group group = {
		.first = (uint32_t)(plan->intervals.bytes / sizeof(struct sl_interval)),
		.count = (uint32_t)(end - first),
		.slot = (uint16_t)filing->slot,
	};
	struct sl_interval *intervals =
		sl_buffer_grow(&plan->intervals, group.count * sizeof(*intervals));

	if (!intervals)
		return;
	for (size_t i = first; i < end; i++)
		intervals[i - first] = (struct sl_interval){
			.low = build->filings[i].low,
			.high = build->filings[i].high,
			.trigger = build->filings[i].trigger,
		};
	set_reach(intervals, group.count);
	if (at->group_count++ == 0)
		at->group = (uint32_t)(plan->groups.bytes / sizeof(group));
	sl_buffer_add(&plan->groups, &group, sizeof(group));
}

static void add_plain(struct build *build, size_t first, size_t end)
{
	struct sl_buffer *filed = &build->plan->filed;
	struct sl_filing *at = filing_at(build, build->filings[first].place);

	at->filed = (uint32_t)(filed->bytes / sizeof(uint32_t));
	at->filed_count = (uint32_t)(end - first);
	for (size_t i = first; i < end; i++)
		sl_buffer_add(filed, &build->filings[i].trigger, sizeof(uint32_t));
}

/* A trigger whose rows come to the same place is there once. */
static void drop_repeated(struct build *build)
{
	size_t n = 0;

	for (size_t i = 0; i < build->n; i++)
		if (n == 0 || by_place(&build->filings[n - 1], &build->filings[i]) != 0)
			build->filings[n++] = build->filings[i];
	build->n = n;
}

static void add_runs(struct build *build)
{
	const struct sl_plan_filing *filings = build->filings;
	size_t end;

	for (size_t i = 0; i < build->n; i = end) {
		for (end = i; end < build->n && filings[end].place == filings[i].place &&
			      filings[end].slot == filings[i].slot;)
			end++;
		if (filings[i].slot < 0)
			add_plain(build, i, end);
		else
			add_group(build, i, end);
	}
}

/* Which slots the children of each node ask for, each once: children of one parent may lie apart,
 * so they are sorted by parent and slot first. */
static int by_parent(const void *a, const void *b)
{
	const struct sl_tree_node *x = *(struct sl_tree_node *const *)a,
				  *y = *(struct sl_tree_node *const *)b;

	if (x->parent != y->parent)
		return x->parent < y->parent ? -1 : 1;
	return x->slot < y->slot ? -1 : x->slot > y->slot;
}

static int add_asked(struct build *build)
{
	struct sl_tree_node **children = calloc(build->n_nodes, sizeof(*children));
	struct sl_buffer *asked = &build->plan->asked;

	if (!children)
		return -ENOMEM;
	for (uint32_t i = 1; i < build->n_nodes; i++)
		children[i - 1] = &build->nodes[i];
	qsort(children, build->n_nodes - 1, sizeof(struct sl_tree_node *), by_parent);
	for (uint32_t i = 0; i + 1 < build->n_nodes; i++) {
		struct sl_tree_node *parent = &build->nodes[children[i]->parent];

		if (i > 0 && by_parent(&children[i - 1], &children[i]) == 0)
			continue;
		if (parent->asked_count++ == 0)
			parent->asked = (uint32_t)(asked->bytes / sizeof(uint16_t));
		sl_buffer_add(asked, &children[i]->slot, sizeof(uint16_t));
	}
	free(children);
	return 0;
}

/* False: a node would lie further behind its place than a search goes. */
static bool fill_buckets(const struct build *build, struct sl_bucket *buckets, uint32_t n)
{
	for (uint32_t i = 1; i < build->n_nodes; i++) {
		const struct sl_tree_node *node = &build->nodes[i];
		uint64_t key = sl_node_key(node->parent, node->slot, node->value);
		uint32_t step = 0;

		while (buckets[((uint32_t)key + step) & (n - 1)].node)
			if (++step > SL_BUCKET_STEPS_MAX)
				return false;
		buckets[((uint32_t)key + step) & (n - 1)] =
			(struct sl_bucket){.tag = (uint32_t)(key >> 32), .node = i};
	}
	return true;
}

/* At most half of them are taken. */
static int add_buckets(struct build *build)
{
	uint32_t n = 4;

	while (n < 2 * (uint64_t)build->n_nodes)
		n *= 2;
	for (unsigned doublings = 0; doublings < 4; doublings++, n *= 2) {
		struct sl_bucket *buckets;

		build->plan->buckets.bytes = 0;
		buckets = sl_buffer_grow(&build->plan->buckets, n * sizeof(*buckets));
		if (!buckets)
			return -ENOMEM;
		if (fill_buckets(build, buckets, n))
			return 0;
	}
	return -ENOMEM;
}

int sl_plan_build_filings(struct sl_plan *plan)
{
	struct build build = {
		.plan = plan,
		.n = plan->filings.bytes / sizeof(struct sl_plan_filing),
		.nodes = (struct sl_tree_node *)plan->nodes.at,
		.n_nodes = (uint32_t)(plan->nodes.bytes / sizeof(struct sl_tree_node)),
		.atoms = (struct sl_atom *)plan->atoms.at,
	};
	int error = add_asked(&build);

	if (!error)
		error = add_buckets(&build);
	if (error || build.n == 0)
		return error;
	if (build.n > UINT32_MAX)
		return -ENOMEM;
	build.filings = malloc(build.n * sizeof(*build.filings));
	if (!build.filings)
		return -ENOMEM;
	memcpy(build.filings, plan->filings.at, build.n * sizeof(*build.filings));
	qsort(build.filings, build.n, sizeof(*build.filings), by_place);
	drop_repeated(&build);
	add_runs(&build);
	free(build.filings);
	return sl_plan_failed(plan) ? -ENOMEM : 0;
}
