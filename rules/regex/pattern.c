/* Trees as expressions of the pattern library over the bytes of the canonical text.
 *
 * What cannot be said there is said more loosely: a hit too many is confirmed away, a hit too few
 * would be a match that is never seen. An anchor at the expression's begin is the field's head, one
 * at its end the delimiter; elsewhere, and for words, an assertion is left out. */
#include "rules/regex/regex_priv.h"

#include "sluice/artifact.h"

#include <errno.h>
#include <stdio.h>

#define EXPRESSION_BYTES_MAX 65536u
/* A set of more runs of bytes is said by its bytes alone. */
#define SEQUENCES_MAX 4u
/* The library unrolls a repeated group, and takes seconds to find out that it has become too much:
 * a group that would have more bytes than this is repeated without an end. */
#define GROUP_BYTES_MAX 128u
#define UNROLLED_BYTES_MAX 2048u
#define WEIGHT_MAX 100000u
#define ANCHOR_WEIGHT 4u
#define LOW_MAX SL_CANON_ESCAPE /* characters up to it are escaped */

struct emitter {
	struct sl_buffer text;
	uint8_t head[SL_CANON_HEAD_BYTES];
	uint32_t unbounded, repeat_max;
};

/* What was emitted for a part of the tree. */
struct part {
	bool empty; /* it may be found in nothing */
	uint32_t weight;
	uint32_t unrolled; /* bytes that the library looks at apart from each other, about */
};

/* A set of characters as bytes. */
struct bytes {
	uint8_t plain[256];   /* the one byte of a character */
	uint8_t any[256];     /* some byte of one */
	uint32_t n_plain;     /* of one byte */
	uint32_t n_low;       /* escaped ones */
	uint32_t n_sequences; /* of several bytes; the first SEQUENCES_MAX are kept */
	uint32_t least, most; /* bytes of a character */
	struct sl_regex_sequence sequences[SEQUENCES_MAX];
};

static void put(struct emitter *emitter, const char *text)
{
	sl_buffer_add(&emitter->text, text, strlen(text));
}

static void put_byte(struct emitter *emitter, unsigned byte)
{
	char text[8];

	snprintf(text, sizeof(text), "\\x%02x", byte);
	put(emitter, text);
}

static void put_range(struct emitter *emitter, unsigned first, unsigned last)
{
	put_byte(emitter, first);
	if (last > first)
		put(emitter, "-");
	if (last > first)
		put_byte(emitter, last);
}

static void put_set(struct emitter *emitter, const uint8_t set[256])
{
	put(emitter, "[");
	for (unsigned first = 0, last; first < 256; first = last + 1) {
		last = first;
		if (!set[first])
			continue;
		while (last < 255 && set[last + 1])
			last++;
		put_range(emitter, first, last);
	}
	put(emitter, "]");
}

static void put_times(struct emitter *emitter, uint32_t min, uint32_t max)
{
	char text[32];

	if (max == SL_REGEX_UNBOUNDED) {
		emitter->unbounded++;
		snprintf(text, sizeof(text), min > 1 ? "{%u,}" : min ? "+" : "*", min);
	} else if (max == 1) {
		snprintf(text, sizeof(text), "%s", min ? "" : "?");
	} else {
		snprintf(text, sizeof(text), min == max ? "{%u}" : "{%u,%u}", min, max);
		if (max > emitter->repeat_max)
			emitter->repeat_max = max;
	}
	put(emitter, text);
}

static void count_length(struct bytes *bytes, uint32_t n)
{
	if (bytes->least == 0 || n < bytes->least)
		bytes->least = n;
	if (n > bytes->most)
		bytes->most = n;
}

static void add_sequence(struct bytes *bytes, const struct sl_regex_sequence *sequence)
{
	for (uint32_t i = 0; i < sequence->n; i++)
		memset(bytes->any + sequence->first[i], 1,
		       (size_t)(sequence->last[i] - sequence->first[i]) + 1);
	count_length(bytes, sequence->n);
	if (bytes->n_sequences < SEQUENCES_MAX)
		bytes->sequences[bytes->n_sequences] = *sequence;
	bytes->n_sequences++;
}

static void add_ascii(struct bytes *bytes, uint32_t code)
{
	if (code > LOW_MAX) {
		bytes->plain[code] = bytes->any[code] = 1;
		bytes->n_plain++;
		count_length(bytes, 1);
		return;
	}
	bytes->any[SL_CANON_ESCAPE] = bytes->any[code + 0x40] = 1;
	bytes->n_low++;
	count_length(bytes, 2);
}

static struct bytes bytes_of(const struct sl_regex_set *set)
{
	struct bytes bytes = {0};

	for (uint32_t i = 0; i < set->n; i++) {
		struct sl_regex_range range = set->ranges[i];
		struct sl_regex_sequence sequence;

		for (; range.first < 0x80 && range.first <= range.last; range.first++)
			add_ascii(&bytes, range.first);
		while (sl_regex_next_sequence(&range, &sequence))
			add_sequence(&bytes, &sequence);
	}
	return bytes;
}

static void put_low(struct emitter *emitter, const struct sl_regex_set *set)
{
	uint8_t escaped[256] = {0};

	for (uint32_t code = 0; code <= LOW_MAX; code++)
		escaped[code + 0x40] = sl_regex_set_has(set, code);
	put_byte(emitter, SL_CANON_ESCAPE);
	put_set(emitter, escaped);
}

static void put_sequence(struct emitter *emitter, const struct sl_regex_sequence *sequence)
{
	for (uint32_t i = 0; i < sequence->n; i++) {
		bool one = sequence->first[i] == sequence->last[i];

		put(emitter, one ? "" : "[");
		put_range(emitter, sequence->first[i], sequence->last[i]);
		put(emitter, one ? "" : "]");
	}
}

/* The characters of a set, each in its bytes. */
static void put_alternatives(struct emitter *emitter, const struct sl_regex_set *set,
			     const struct bytes *bytes)
{
	const char *between = "(?:";

	if (bytes->n_plain) {
		put(emitter, between);
		put_set(emitter, bytes->plain);
		between = "|";
	}
	if (bytes->n_low) {
		put(emitter, between);
		put_low(emitter, set);
		between = "|";
	}
	for (uint32_t i = 0; i < bytes->n_sequences; i++) {
		put(emitter, between);
		put_sequence(emitter, &bytes->sequences[i]);
		between = "|";
	}
	put(emitter, ")");
}

static struct part emit_set(struct emitter *emitter, const struct sl_regex_set *set, uint32_t min,
			    uint32_t max)
{
	struct bytes bytes = bytes_of(set);
	bool unbounded = max == SL_REGEX_UNBOUNDED;
	uint32_t count = sl_regex_set_count(set), weight = 0;

	for (uint32_t size = 256; size > 1 && count <= size / 2; size /= 2)
		weight++;
	if (count == 1)
		weight = 8 * bytes.least;
	if (bytes.least == 0) {
		put(emitter, "[^\\x00-\\xff]"); /* the set of nothing */
	} else if (!bytes.n_low && !bytes.n_sequences) {
		put_set(emitter, bytes.plain);
		put_times(emitter, min, max);
	} else if (bytes.n_sequences <= SEQUENCES_MAX && (max == 1 || count == 1)) {
		put_alternatives(emitter, set, &bytes);
		put_times(emitter, min, max);
	} else {
		put_set(emitter, bytes.any);
		put_times(emitter, min * bytes.least, unbounded ? max : max * bytes.most);
	}
	return (struct part){.empty = min == 0,
			     .weight = min * weight,
			     .unrolled = bytes.n_plain ? 1 : bytes.least};
}

/* Which kinds may stand before or behind a place where the assertion lets pass. */
static unsigned kinds_of(uint16_t places, bool behind)
{
	unsigned kinds = 0;

	for (unsigned i = 0; i < SL_REGEX_KINDS; i++)
		for (unsigned j = 0; j < SL_REGEX_KINDS; j++)
			if (places & (behind ? SL_REGEX_BETWEEN(i, j) : SL_REGEX_BETWEEN(j, i)))
				kinds |= 1u << j;
	return kinds;
}

/* The edge of the text, or a newline in it; nothing, where other things may stand there too. */
static bool emit_edge(struct emitter *emitter, unsigned kinds, const uint8_t *edge, uint32_t n)
{
	bool is_edge = kinds & 1u << SL_REGEX_EDGE, newline = kinds & 1u << SL_REGEX_NEWLINE;

	if (kinds & (1u << SL_REGEX_WORD | 1u << SL_REGEX_OTHER))
		return false;
	put(emitter, "(?:");
	for (uint32_t i = 0; i < n && is_edge; i++)
		put_byte(emitter, edge[i]);
	put(emitter, is_edge && newline ? "|" : "");
	if (newline)
		put_byte(emitter, '\n');
	put(emitter, is_edge || newline ? ")" : "[^\\x00-\\xff])");
	return true;
}

static struct part emit_assertion(struct emitter *emitter, uint16_t places, bool start, bool end)
{
	static const uint8_t delimiter[] = {SL_CANON_END};
	struct part part = {.empty = true};

	if (start &&
	    emit_edge(emitter, kinds_of(places, false), emitter->head, sizeof(emitter->head)))
		part = (struct part){.weight = ANCHOR_WEIGHT};
	if (end && emit_edge(emitter, kinds_of(places, true), delimiter, sizeof(delimiter)))
		part = (struct part){.weight = part.weight + ANCHOR_WEIGHT};
	return part;
}

static struct part emit(struct emitter *emitter, const struct sl_regex_node *node, bool start,
			bool end);

static struct part emit_repeat(struct emitter *emitter, const struct sl_regex_node *node,
			       bool start, bool end)
{
	uint32_t min = node->min, max = node->max, times = max == SL_REGEX_UNBOUNDED ? min : max;
	struct part part;

	put(emitter, "(?:");
	part = emit(emitter, node->child, start && max == 1, end && max == 1);
	put(emitter, ")");
	if (times > 1 && times * part.unrolled > GROUP_BYTES_MAX) {
		min = min > 0;
		max = SL_REGEX_UNBOUNDED;
		times = 1;
	}
	put_times(emitter, min, max);
	part.empty |= min == 0;
	part.weight *= min;
	part.unrolled *= times ? times : 1;
	return part;
}

/* start, end: nothing of the expression stands before or behind the node. */
static struct part emit(struct emitter *emitter, const struct sl_regex_node *node, bool start,
			bool end)
{
	bool alternate = node->kind == SL_REGEX_NODE_ALTERNATE;
	struct part part = {.empty = !alternate, .weight = alternate ? WEIGHT_MAX : 0};

	switch (node->kind) {
	case SL_REGEX_NODE_SET:
		return emit_set(emitter, node->set, 1, 1);
	case SL_REGEX_NODE_ASSERT:
		return emit_assertion(emitter, node->empty, start, end);
	case SL_REGEX_NODE_REPEAT:
		if (node->child->kind == SL_REGEX_NODE_SET)
			return emit_set(emitter, node->child->set, node->min, node->max);
		return emit_repeat(emitter, node, start, end);
	default:
		put(emitter, alternate ? "(?:" : "");
		for (const struct sl_regex_node *child = node->child; child; child = child->next) {
			struct part next =
				emit(emitter, child, start && (alternate || child == node->child),
				     end && (alternate || !child->next));

			part.empty =
				alternate ? part.empty || next.empty : part.empty && next.empty;
			part.unrolled += next.unrolled;
			if (!alternate)
				part.weight += next.weight;
			else if (next.weight < part.weight)
				part.weight = next.weight;
			put(emitter, alternate && child->next ? "|" : "");
		}
		put(emitter, alternate ? ")" : "");
	}
	if (part.weight > WEIGHT_MAX)
		part.weight = WEIGHT_MAX;
	return part;
}

int sl_regex_filter(const struct sl_regex_tree *tree, uint16_t slot, struct sl_arena *arena,
		    struct sl_regex_filter *ret_filter)
{
	struct emitter emitter = {0};
	struct sl_regex_filter filter = {.expression = ""};
	struct part part;
	int error = 0;

	sl_canon_head(slot, emitter.head);
	part = emit(&emitter, tree->root, true, true);
	filter.weight = part.weight;
	filter.unbounded = emitter.unbounded;
	filter.repeat_max = emitter.repeat_max;
	filter.usable = !part.empty && part.weight >= SL_REGEX_WEIGHT_MIN &&
			part.unrolled <= UNROLLED_BYTES_MAX &&
			emitter.text.bytes <= EXPRESSION_BYTES_MAX;
	if (filter.usable)
		filter.expression =
			sl_arena_copy(arena, (struct sl_slice){(const char *)emitter.text.at,
							       (uint32_t)emitter.text.bytes});
	if (emitter.text.failed || !filter.expression)
		error = -ENOMEM;
	else
		*ret_filter = filter;
	sl_buffer_fini(&emitter.text);
	return error;
}
