/* The filing: what waits where, the tree of equalities, groups of intervals. */
#include "artifact_priv.h"
#include "sluice/error.h"

#include <xxhash.h>

static bool take_filing(const struct sl_artifact *artifact, const struct sl_filing *filing,
			uint64_t *filed, uint64_t *groups)
{
	return sl_artifact_take_run(filing->filed, filing->filed_count, artifact->n_filed, filed) &&
	       sl_artifact_take_run(filing->group, filing->group_count, artifact->n_groups, groups);
}

int sl_artifact_check_filings(const struct sl_artifact_check *check)
{
	const struct sl_artifact *artifact = check->artifact;
	uint64_t filed = 0, groups = 0;

	for (uint32_t i = 0; i < artifact->n_atoms; i++)
		if (!take_filing(artifact, &artifact->atoms[i].filing, &filed, &groups))
			return sl_framed_refuse(check->why, -SL_E_BOUNDS,
						"atom %u: its triggers lie outside", i);
	for (uint32_t i = 0; i < artifact->n_nodes; i++)
		if (!take_filing(artifact, &artifact->nodes[i].filing, &filed, &groups))
			return sl_framed_refuse(check->why, -SL_E_BOUNDS,
						"node %u: its triggers lie outside", i);
	return 0;
}

/* What each stands above is looked at once for it: the middle after its two sides, of which
 * ret_reach is the greater. A run of n halves each time, so this is 32 deep at most. */
static bool check_reach(const struct sl_interval *at, uint32_t n, int64_t *ret_reach)
{
	uint32_t middle = n / 2;
	int64_t reach = at[middle].high, side;

	if (middle > 0) {
		if (!check_reach(at, middle, &side))
			return false;
		reach = side > reach ? side : reach;
	}
	if (n - middle - 1 > 0) {
		if (!check_reach(at + middle + 1, n - middle - 1, &side))
			return false;
		reach = side > reach ? side : reach;
	}
	*ret_reach = reach;
	return reach == at[middle].reach;
}

static bool is_number(uint8_t type)
{
	return type == SL_TYPE_INT || type == SL_TYPE_TIME || type == SL_TYPE_DECIMAL;
}

static int check_group(const struct sl_artifact_check *check, uint32_t index)
{
	const struct sl_artifact *artifact = check->artifact;
	const struct sl_group *group = &artifact->groups[index];
	const struct sl_interval *at = artifact->intervals + group->first;
	int64_t reach;

	if (group->slot >= artifact->n_fields || !is_number(artifact->fields[group->slot].type))
		return sl_framed_refuse(check->why, -SL_E_BOUNDS,
					"group %u asks for a field that is no number", index);
	for (uint32_t i = 0; i < group->count; i++) {
		if (at[i].trigger >= artifact->n_triggers)
			return sl_framed_refuse(check->why, -SL_E_BOUNDS,
						"group %u: interval %u is of no trigger", index, i);
		if (i > 0 && at[i - 1].low > at[i].low)
			return sl_framed_refuse(check->why, -SL_E_BOUNDS, "group %u is not sorted",
						index);
	}
	if (group->count && !check_reach(at, group->count, &reach))
		return sl_framed_refuse(check->why, -SL_E_BOUNDS,
					"group %u: an interval's reach is wrong", index);
	return 0;
}

int sl_artifact_check_groups(const struct sl_artifact_check *check)
{
	const struct sl_artifact *artifact = check->artifact;
	uint64_t taken = 0;

	for (uint32_t i = 0; i < artifact->n_groups; i++) {
		int error;

		if (!sl_artifact_take_run(artifact->groups[i].first, artifact->groups[i].count,
					  artifact->n_intervals, &taken))
			return sl_framed_refuse(check->why, -SL_E_BOUNDS,
						"group %u: its intervals lie outside", i);
		error = check_group(check, i);
		if (error)
			return error;
	}
	return 0;
}

static bool is_text(uint8_t type)
{
	return type == SL_TYPE_STRING || type == SL_TYPE_STRINGS;
}

/* Parents come first, so going up ends; the walk down is as deep. */
static bool is_shallow(const struct sl_artifact *artifact, uint32_t index)
{
	uint32_t depth = 0;

	for (; index > 0 && depth <= SL_NODE_DEPTH_MAX; depth++) {
		if (artifact->nodes[index].parent >= index)
			return false;
		index = artifact->nodes[index].parent;
	}
	return depth <= SL_NODE_DEPTH_MAX;
}

static bool is_found(const struct sl_artifact *artifact, uint32_t index)
{
	const struct sl_tree_node *node = &artifact->nodes[index];
	uint64_t key = sl_node_key(node->parent, node->slot, node->value);
	uint32_t mask = artifact->n_buckets - 1;

	for (uint32_t step = 0; step <= SL_BUCKET_STEPS_MAX; step++) {
		const struct sl_bucket *bucket = &artifact->buckets[((uint32_t)key + step) & mask];

		if (bucket->node == index)
			return bucket->tag == key >> 32;
		if (bucket->node == 0)
			break;
	}
	return false;
}

/* Each bucket that is taken leads to a node of its own, and one is empty: a search ends. */
static int check_buckets(const struct sl_artifact_check *check)
{
	const struct sl_artifact *artifact = check->artifact;
	uint32_t taken = 0;

	if (artifact->n_buckets & (artifact->n_buckets - 1))
		return sl_framed_refuse(check->why, -SL_E_BOUNDS, "%u buckets: no power of two",
					artifact->n_buckets);
	for (uint32_t i = 0; i < artifact->n_buckets; i++) {
		if (artifact->buckets[i].node && artifact->buckets[i].node >= artifact->n_nodes)
			return sl_framed_refuse(check->why, -SL_E_BOUNDS, "bucket %u is no node",
						i);
		taken += artifact->buckets[i].node != 0;
	}
	if (taken != (artifact->n_nodes ? artifact->n_nodes - 1 : 0) ||
	    (artifact->n_nodes && 2 * (uint64_t)taken >= artifact->n_buckets))
		return sl_framed_refuse(check->why, -SL_E_BOUNDS,
					"%u of %u buckets taken by %u nodes", taken,
					artifact->n_buckets, artifact->n_nodes);
	return 0;
}

static int check_node(const struct sl_artifact_check *check, uint32_t index)
{
	const struct sl_artifact *artifact = check->artifact;
	const struct sl_tree_node *node = &artifact->nodes[index];
	uint8_t type;

	if (node->slot >= artifact->n_fields || !is_shallow(artifact, index))
		return sl_framed_refuse(check->why, -SL_E_BOUNDS, "node %u has no place", index);
	type = artifact->fields[node->slot].type;
	if (is_text(type) &&
	    (!sl_artifact_has_text(check, node->text) ||
	     XXH3_64bits(artifact->text + node->text.offset, node->text.bytes) != node->value))
		return sl_framed_refuse(check->why, -SL_E_BOUNDS,
					"node %u: its text is not its value", index);
	if (!is_found(artifact, index))
		return sl_framed_refuse(check->why, -SL_E_BOUNDS, "no bucket leads to node %u",
					index);
	return 0;
}

int sl_artifact_check_tree(const struct sl_artifact_check *check)
{
	const struct sl_artifact *artifact = check->artifact;
	uint64_t asked = 0;
	int error = check_buckets(check);

	for (uint32_t i = 0; i < artifact->n_nodes && !error; i++) {
		if (!sl_artifact_take_run(artifact->nodes[i].asked, artifact->nodes[i].asked_count,
					  artifact->n_asked, &asked))
			return sl_framed_refuse(check->why, -SL_E_BOUNDS,
						"node %u: the slots it asks lie outside", i);
		if (i > 0)
			error = check_node(check, i);
	}
	for (uint32_t i = 0; i < artifact->n_asked && !error; i++)
		if (artifact->asked[i] >= artifact->n_fields)
			return sl_framed_refuse(check->why, -SL_E_BOUNDS,
						"a node asks slot %u of %u", artifact->asked[i],
						artifact->n_fields);
	return error;
}
