/* What every match contains. */
#include "rules/regex/regex_priv.h"

#include <errno.h>

#define LITERAL_BYTES_MAX 256u

/* Of a part of the expression: what each of its matches begins and ends with, and contains. Where
 * it is exact, `prefix` is all of it. */
struct known {
	bool exact;
	struct sl_slice prefix, suffix, best;
};

struct search {
	struct sl_arena arena;
	bool no_memory;
};

static struct known know(struct search *search, const struct sl_regex_node *node);

static struct sl_slice longer(struct sl_slice a, struct sl_slice b)
{
	return b.bytes > a.bytes ? b : a;
}

static struct sl_slice join(struct search *search, struct sl_slice a, struct sl_slice b)
{
	char *at;

	if (a.bytes == 0 || b.bytes == 0)
		return a.bytes ? a : b;
	at = sl_arena_alloc(&search->arena, a.bytes + b.bytes);
	if (!at) {
		search->no_memory = true;
		return (struct sl_slice){0};
	}
	memcpy(at, a.at, a.bytes);
	memcpy(at + a.bytes, b.at, b.bytes);
	return (struct sl_slice){at, a.bytes + b.bytes};
}

/* Too long a one is good for what it begins and ends with. */
static struct known cut(struct known known)
{
	if (known.prefix.bytes > LITERAL_BYTES_MAX) {
		known.exact = false;
		known.prefix.bytes = LITERAL_BYTES_MAX;
	}
	if (known.suffix.bytes > LITERAL_BYTES_MAX) {
		known.suffix.at += known.suffix.bytes - LITERAL_BYTES_MAX;
		known.suffix.bytes = LITERAL_BYTES_MAX;
	}
	if (known.best.bytes > LITERAL_BYTES_MAX)
		known.best.bytes = LITERAL_BYTES_MAX;
	return known;
}

static struct known know_both(struct search *search, struct known a, struct known b)
{
	struct known both = {.exact = a.exact && b.exact};

	both.prefix = a.exact ? join(search, a.prefix, b.prefix) : a.prefix;
	both.suffix = b.exact ? join(search, a.suffix, b.suffix) : b.suffix;
	both.best = longer(longer(a.best, b.best), join(search, a.suffix, b.prefix));
	both.best = longer(longer(both.best, both.prefix), both.suffix);
	return cut(both);
}

static uint32_t common_prefix(struct sl_slice a, struct sl_slice b)
{
	uint32_t n = 0;

	while (n < a.bytes && n < b.bytes && a.at[n] == b.at[n])
		n++;
	return n;
}

static uint32_t common_suffix(struct sl_slice a, struct sl_slice b)
{
	uint32_t n = 0;

	while (n < a.bytes && n < b.bytes && a.at[a.bytes - 1 - n] == b.at[b.bytes - 1 - n])
		n++;
	return n;
}

static struct sl_slice common_part(struct sl_slice a, struct sl_slice b)
{
	struct sl_slice best = {0};

	for (uint32_t i = 0; i < a.bytes; i++) {
		for (uint32_t j = 0; j < b.bytes; j++) {
			struct sl_slice x = {a.at + i, a.bytes - i}, y = {b.at + j, b.bytes - j};

			x.bytes = common_prefix(x, y);
			best = longer(best, x);
		}
	}
	return best;
}

static struct known know_either(struct known a, struct known b)
{
	uint32_t suffix = common_suffix(a.suffix, b.suffix);
	struct known either = {.exact = a.exact && b.exact && sl_slice_equal(a.prefix, b.prefix)};

	either.prefix = (struct sl_slice){a.prefix.at, common_prefix(a.prefix, b.prefix)};
	if (suffix)
		either.suffix = (struct sl_slice){a.suffix.at + a.suffix.bytes - suffix, suffix};
	either.best = longer(common_part(a.best, b.best), longer(either.prefix, either.suffix));
	return either;
}

static struct known know_set(struct search *search, const struct sl_regex_set *set)
{
	struct sl_slice text;
	uint8_t bytes[4];
	char *at;

	if (set->n != 1 || set->ranges[0].first != set->ranges[0].last)
		return (struct known){0};
	text.bytes = sl_regex_encode(set->ranges[0].first, bytes);
	at = sl_arena_alloc(&search->arena, text.bytes);
	if (!at) {
		search->no_memory = true;
		return (struct known){0};
	}
	text.at = memcpy(at, bytes, text.bytes);
	return (struct known){.exact = true, .prefix = text, .suffix = text, .best = text};
}

static struct known know_repeat(struct search *search, const struct sl_regex_node *node)
{
	struct known once = know(search, node->child), all = once;

	if (node->min == 0)
		return (struct known){0};
	/* it grows for as long as it is exact; one that is not has one seam to offer */
	for (uint32_t i = 1; i < node->min && (all.exact || i == 1); i++)
		all = know_both(search, all, once);
	all.exact = all.exact && node->min == node->max;
	return all;
}

static struct known know(struct search *search, const struct sl_regex_node *node)
{
	struct known known = {.exact = true};

	switch (node->kind) {
	case SL_REGEX_NODE_SET:
		return know_set(search, node->set);
	case SL_REGEX_NODE_REPEAT:
		return know_repeat(search, node);
	case SL_REGEX_NODE_CONCAT:
		for (const struct sl_regex_node *child = node->child; child; child = child->next)
			known = know_both(search, known, know(search, child));
		return known;
	case SL_REGEX_NODE_ALTERNATE:
		known = know(search, node->child);
		for (const struct sl_regex_node *child = node->child->next; child;
		     child = child->next)
			known = know_either(known, know(search, child));
		return known;
	default:
		return known;
	}
}

int sl_regex_required_literal(const struct sl_regex_tree *tree, struct sl_arena *arena,
			      struct sl_slice *ret_literal)
{
	struct search search = {0};
	struct sl_slice best = know(&search, tree->root).best;
	char *at = search.no_memory ? NULL : sl_arena_copy(arena, best);

	sl_arena_fini(&search.arena);
	if (!at)
		return -ENOMEM;
	*ret_literal = (struct sl_slice){at, best.bytes};
	return 0;
}
