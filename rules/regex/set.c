#include "rules/regex/set_priv.h"

#include <stdlib.h>

const struct sl_regex_range sl_regex_words[4] = {{'0', '9'}, {'A', 'Z'}, {'_', '_'}, {'a', 'z'}};
const struct sl_regex_range sl_regex_newline[1] = {{'\n', '\n'}};

static struct sl_regex_range *ranges_of(const struct sl_regex_builder *builder)
{
	return (struct sl_regex_range *)builder->ranges.at;
}

static uint32_t count_of(const struct sl_regex_builder *builder)
{
	return (uint32_t)(builder->ranges.bytes / sizeof(struct sl_regex_range));
}

void sl_regex_builder_fini(struct sl_regex_builder *builder)
{
	sl_buffer_fini(&builder->ranges);
}

void sl_regex_builder_add(struct sl_regex_builder *builder, uint32_t first, uint32_t last)
{
	struct sl_regex_range range = {first, last};

	sl_buffer_add(&builder->ranges, &range, sizeof(range));
}

void sl_regex_builder_add_all(struct sl_regex_builder *builder,
			      const struct sl_regex_builder *other)
{
	builder->ranges.failed |= other->ranges.failed;
	sl_buffer_add(&builder->ranges, other->ranges.at, other->ranges.bytes);
}

static int compare(const void *a, const void *b)
{
	const struct sl_regex_range *x = a, *y = b;

	return (x->first > y->first) - (x->first < y->first);
}

void sl_regex_builder_tidy(struct sl_regex_builder *builder)
{
	struct sl_regex_range *ranges = ranges_of(builder);
	uint32_t n = count_of(builder), kept = 0;

	if (builder->ranges.failed || n < 2)
		return;
	qsort(ranges, n, sizeof(*ranges), compare);
	for (uint32_t i = 1; i < n; i++) {
		if (ranges[i].first > ranges[kept].last + 1)
			ranges[++kept] = ranges[i];
		else if (ranges[i].last > ranges[kept].last)
			ranges[kept].last = ranges[i].last;
	}
	builder->ranges.bytes = (kept + 1) * sizeof(*ranges);
}

void sl_regex_builder_negate(struct sl_regex_builder *builder)
{
	struct sl_regex_range *ranges;
	uint32_t next = 0, n, kept = 0;

	sl_regex_builder_tidy(builder);
	n = count_of(builder);
	/* one gap more than there are ranges at most */
	sl_regex_builder_add(builder, 0, 0);
	if (builder->ranges.failed)
		return;
	ranges = ranges_of(builder);
	for (uint32_t i = 0; i < n; i++) {
		struct sl_regex_range range = ranges[i];

		if (range.first > next)
			ranges[kept++] = (struct sl_regex_range){next, range.first - 1};
		next = range.last + 1;
	}
	if (next <= SL_CODE_POINT_MAX)
		ranges[kept++] = (struct sl_regex_range){next, SL_CODE_POINT_MAX};
	builder->ranges.bytes = kept * sizeof(*ranges);
}

const struct sl_regex_set *sl_regex_set_seal(struct sl_regex_builder *builder,
					     struct sl_arena *arena)
{
	struct sl_regex_set *set = sl_arena_alloc(arena, sizeof(*set));
	struct sl_regex_range *ranges;

	sl_regex_builder_tidy(builder);
	if (!set || builder->ranges.failed)
		return NULL;
	set->n = count_of(builder);
	ranges = sl_arena_alloc(arena, set->n * sizeof(*ranges));
	if (!ranges)
		return NULL;
	if (set->n)
		memcpy(ranges, builder->ranges.at, set->n * sizeof(*ranges));
	set->ranges = ranges;
	return set;
}

bool sl_regex_set_has(const struct sl_regex_set *set, uint32_t code)
{
	uint32_t low = 0, high = set->n;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;

		if (set->ranges[middle].last < code)
			low = middle + 1;
		else
			high = middle;
	}
	return low < set->n && set->ranges[low].first <= code;
}

uint32_t sl_regex_set_count(const struct sl_regex_set *set)
{
	uint32_t count = 0;

	for (uint32_t i = 0; i < set->n; i++)
		count += set->ranges[i].last - set->ranges[i].first + 1;
	return count;
}

/* What both have; both ascend. */
static void add_common(struct sl_regex_builder *builder, const struct sl_regex_set *set,
		       const struct sl_regex_range *ranges, uint32_t n)
{
	for (uint32_t i = 0, j = 0; i < set->n && j < n;) {
		const struct sl_regex_range *a = &set->ranges[i], *b = &ranges[j];
		uint32_t first = a->first > b->first ? a->first : b->first;
		uint32_t last = a->last < b->last ? a->last : b->last;

		if (first <= last)
			sl_regex_builder_add(builder, first, last);
		if (a->last < b->last)
			i++;
		else
			j++;
	}
}

const struct sl_regex_set *sl_regex_set_part(const struct sl_regex_set *set,
					     const struct sl_regex_range *ranges, uint32_t n,
					     bool without, struct sl_arena *arena)
{
	struct sl_regex_builder wanted = {0}, builder = {0};
	const struct sl_regex_set *part = NULL;

	for (uint32_t i = 0; i < n; i++)
		sl_regex_builder_add(&wanted, ranges[i].first, ranges[i].last);
	if (without)
		sl_regex_builder_negate(&wanted);
	if (!wanted.ranges.failed) {
		add_common(&builder, set, ranges_of(&wanted), count_of(&wanted));
		part = sl_regex_set_seal(&builder, arena);
	}
	sl_regex_builder_fini(&wanted);
	sl_regex_builder_fini(&builder);
	return part;
}
