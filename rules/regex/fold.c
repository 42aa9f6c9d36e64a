/* Letters that differ in case only. */
#include "rules/regex/set_priv.h"

/* Letters that are equal but for their case make a circle of at most this many. */
#define CIRCLE_MAX 4u

static const struct fold {
	uint32_t first, last;
	uint32_t step;
	int32_t distance; /* to the next of the circle */
} folds[] = {
#define FOLD(first, last, step, distance) {first, last, step, distance},
#include "rules/regex/fold.def"
#undef FOLD
};

/* Adds the next of each member of the fold that lies in the range. */
static void add_next(struct sl_regex_builder *builder, const struct fold *fold,
		     const struct sl_regex_range *range)
{
	uint32_t first = fold->first, last = fold->last;

	if (range->first > first)
		first += (range->first - first + fold->step - 1) / fold->step * fold->step;
	if (range->last < last)
		last = range->last;
	if (first > last)
		return;
	if (fold->step == 1) {
		sl_regex_builder_add(builder, first + (uint32_t)fold->distance,
				     last + (uint32_t)fold->distance);
		return;
	}
	for (uint32_t code = first; code <= last; code += fold->step)
		sl_regex_builder_add(builder, code + (uint32_t)fold->distance,
				     code + (uint32_t)fold->distance);
}

/* Of n ranges, which ascend, the first that does not end before the code point. */
static size_t find_range(const struct sl_regex_builder *builder, size_t n, uint32_t code)
{
	const struct sl_regex_range *ranges = (const struct sl_regex_range *)builder->ranges.at;
	size_t low = 0, high = n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (ranges[middle].last < code)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

void sl_regex_builder_fold(struct sl_regex_builder *builder)
{
	for (unsigned turn = 1; turn < CIRCLE_MAX; turn++) {
		size_t n;

		sl_regex_builder_tidy(builder);
		n = builder->ranges.bytes / sizeof(struct sl_regex_range);
		for (size_t i = 0; i < sizeof(folds) / sizeof(*folds); i++) {
			size_t at = find_range(builder, n, folds[i].first);

			for (; at < n && !builder->ranges.failed; at++) {
				/* copied: adding moves the ranges */
				struct sl_regex_range range =
					((struct sl_regex_range *)builder->ranges.at)[at];

				if (range.first > folds[i].last)
					break;
				add_next(builder, &folds[i], &range);
			}
		}
	}
	sl_regex_builder_tidy(builder);
}
