/* Trees of regular expressions to Glushkov's automaton.
 *
 * A fragment is what is known of a part of the expression: which positions may take its first
 * character and which its last, and whether it may take none. Where assertions stand at its ends,
 * that depends on what stands on the other side: so first positions are kept by the kind of the
 * neighbour before, last ones by the kind of the one behind. Joining two fragments settles it, for
 * each position takes characters of one kind only. */
#include "rules/regex/automaton_priv.h"

#include "sluice/error.h"

#include <errno.h>
#include <stdio.h>

struct fragment {
	struct sl_regex_row first[SL_REGEX_KINDS];
	struct sl_regex_row last[SL_REGEX_KINDS];
	uint16_t empty;
};

/* Parts of the tree, each as often as it is repeated: what takes nothing takes time all the same.
 */
#define PARTS_MAX 32768u

struct compiler {
	struct sl_regex_automaton *automaton;
	uint32_t n_parts;
	struct sl_arena *arena;
	struct sl_regex_fault *fault;
};

static int build(struct compiler *compiler, const struct sl_regex_node *node,
		 struct fragment *ret_fragment);

static int too_large(struct compiler *compiler, uint32_t offset)
{
	*compiler->fault = (struct sl_regex_fault){
		.kind = SL_REGEX_TOO_LARGE,
		.offset = offset,
		.hint = "each character of the pattern counts once, times the repeats around it: "
			"lower the numbers in {…}, or write `+` or `*` for them",
	};
	snprintf(compiler->fault->message, sizeof(compiler->fault->message),
		 "the pattern is too large: here it needs more than %u states",
		 SL_REGEX_POSITIONS_MAX);
	return -SL_E_RULES;
}

static void row_or(struct sl_regex_row *row, const struct sl_regex_row *other)
{
	for (unsigned i = 0; i < SL_REGEX_WORDS_MAX; i++)
		row->bits[i] |= other->bits[i];
}

static void row_or_common(struct sl_regex_row *row, const struct sl_regex_row *a,
			  const struct sl_regex_row *b)
{
	for (unsigned i = 0; i < SL_REGEX_WORDS_MAX; i++)
		row->bits[i] |= a->bits[i] & b->bits[i];
}

/* After a position of `last` comes one of `first`, where both allow the other's kind. */
static void connect(struct sl_regex_automaton *automaton, const struct sl_regex_row *last,
		    const struct sl_regex_row *first)
{
	struct sl_regex_row any = {0};

	for (unsigned kind = 0; kind < SL_REGEX_KINDS; kind++)
		row_or(&any, &last[kind]);
	for (uint32_t p = 0; p < automaton->n; p++) {
		if (any.bits[p / 64] == 0) {
			p |= 63;
			continue;
		}
		if (!sl_regex_row_has(&any, p))
			continue;
		for (unsigned kind = 0; kind < SL_REGEX_KINDS; kind++)
			if (sl_regex_row_has(&last[kind], p))
				row_or_common(&automaton->follow[p], &first[automaton->kinds[p]],
					      &automaton->of_kind[kind]);
	}
}

/* a, then b, into a. */
static void append(struct sl_regex_automaton *automaton, struct fragment *a,
		   const struct fragment *b)
{
	struct fragment joined = *b;

	connect(automaton, a->last, b->first);
	memcpy(joined.first, a->first, sizeof(joined.first));
	for (unsigned before = 0; before < SL_REGEX_KINDS; before++) {
		for (unsigned behind = 0; behind < SL_REGEX_KINDS; behind++) {
			if (a->empty & SL_REGEX_BETWEEN(before, behind))
				row_or_common(&joined.first[before], &b->first[before],
					      &automaton->of_kind[behind]);
			if (b->empty & SL_REGEX_BETWEEN(before, behind))
				row_or_common(&joined.last[behind], &a->last[behind],
					      &automaton->of_kind[before]);
		}
	}
	joined.empty = a->empty & b->empty;
	*a = joined;
}

static int add_position(struct compiler *compiler, uint32_t offset, const struct sl_regex_set *set,
			enum sl_regex_kind kind, struct fragment *fragment)
{
	struct sl_regex_automaton *automaton = compiler->automaton;
	uint32_t position = automaton->n;

	if (!set)
		return -ENOMEM;
	if (set->n == 0)
		return 0;
	if (position == SL_REGEX_POSITIONS_MAX)
		return too_large(compiler, offset);
	automaton->n++;
	automaton->sets[position] = set;
	automaton->kinds[position] = (uint8_t)kind;
	sl_regex_row_add(&automaton->of_kind[kind], position);
	for (unsigned i = 0; i < SL_REGEX_KINDS; i++) {
		sl_regex_row_add(&fragment->first[i], position);
		sl_regex_row_add(&fragment->last[i], position);
	}
	return 0;
}

/* A position for each kind of character that an assertion could tell apart. */
static int build_set(struct compiler *compiler, const struct sl_regex_node *node,
		     struct fragment *fragment)
{
	const struct sl_regex_automaton *automaton = compiler->automaton;
	const struct sl_regex_set *rest = node->set;
	int error = 0;

	if (automaton->asks_lines) {
		error = add_position(
			compiler, node->offset,
			sl_regex_set_part(rest, sl_regex_newline, 1, false, compiler->arena),
			SL_REGEX_NEWLINE, fragment);
		rest = sl_regex_set_part(rest, sl_regex_newline, 1, true, compiler->arena);
	}
	if (automaton->asks_words && rest && !error) {
		error = add_position(
			compiler, node->offset,
			sl_regex_set_part(rest, sl_regex_words, 4, false, compiler->arena),
			SL_REGEX_WORD, fragment);
		rest = sl_regex_set_part(rest, sl_regex_words, 4, true, compiler->arena);
	}
	return error ? error : add_position(compiler, node->offset, rest, SL_REGEX_OTHER, fragment);
}

static int build_children(struct compiler *compiler, const struct sl_regex_node *node,
			  struct fragment *fragment)
{
	struct fragment *part = sl_arena_alloc(compiler->arena, sizeof(*part));
	int error;

	if (!part)
		return -ENOMEM;
	fragment->empty = node->kind == SL_REGEX_NODE_CONCAT ? (uint16_t)~0u : 0;
	for (const struct sl_regex_node *child = node->child; child; child = child->next) {
		error = build(compiler, child, part);
		if (error)
			return error;
		if (node->kind == SL_REGEX_NODE_CONCAT) {
			append(compiler->automaton, fragment, part);
			continue;
		}
		for (unsigned kind = 0; kind < SL_REGEX_KINDS; kind++) {
			row_or(&fragment->first[kind], &part->first[kind]);
			row_or(&fragment->last[kind], &part->last[kind]);
		}
		fragment->empty |= part->empty;
	}
	return 0;
}

/* x{2,4} is xx(x(x)?)?: so nested, a copy is followed by the next one and by nothing farther. */
static int build_repeat(struct compiler *compiler, const struct sl_regex_node *node,
			struct fragment *fragment)
{
	bool unbounded = node->max == SL_REGEX_UNBOUNDED;
	uint32_t n = !unbounded ? node->max : node->min ? node->min : 1;
	struct fragment *copies = sl_arena_alloc(compiler->arena, n * sizeof(*copies));

	if (!copies)
		return -ENOMEM;
	for (uint32_t i = 0; i < n; i++) {
		int error = build(compiler, node->child, &copies[i]);

		if (error)
			return error;
	}
	if (unbounded)
		connect(compiler->automaton, copies[n - 1].last, copies[n - 1].first);
	for (uint32_t i = n; i-- > 0;) {
		if (i + 1 < n)
			append(compiler->automaton, &copies[i], &copies[i + 1]);
		if (i >= node->min)
			copies[i].empty = (uint16_t)~0u;
	}
	*fragment = copies[0];
	return 0;
}

static int build(struct compiler *compiler, const struct sl_regex_node *node,
		 struct fragment *ret_fragment)
{
	if (compiler->n_parts++ == PARTS_MAX)
		return too_large(compiler, node->offset);
	*ret_fragment = (struct fragment){.empty = node->empty};
	switch (node->kind) {
	case SL_REGEX_NODE_SET:
		return build_set(compiler, node, ret_fragment);
	case SL_REGEX_NODE_CONCAT:
	case SL_REGEX_NODE_ALTERNATE:
		return build_children(compiler, node, ret_fragment);
	case SL_REGEX_NODE_REPEAT:
		return build_repeat(compiler, node, ret_fragment);
	default:
		return 0;
	}
}

bool sl_regex_is_always(const struct sl_regex_tree *tree)
{
	/* every text has a begin, with something or nothing behind it, and an end */
	const unsigned begin = SL_REGEX_BETWEEN(SL_REGEX_EDGE, SL_REGEX_EDGE) |
			       SL_REGEX_BETWEEN(SL_REGEX_EDGE, SL_REGEX_NEWLINE) |
			       SL_REGEX_BETWEEN(SL_REGEX_EDGE, SL_REGEX_WORD) |
			       SL_REGEX_BETWEEN(SL_REGEX_EDGE, SL_REGEX_OTHER);
	const unsigned end = SL_REGEX_BETWEEN(SL_REGEX_EDGE, SL_REGEX_EDGE) |
			     SL_REGEX_BETWEEN(SL_REGEX_NEWLINE, SL_REGEX_EDGE) |
			     SL_REGEX_BETWEEN(SL_REGEX_WORD, SL_REGEX_EDGE) |
			     SL_REGEX_BETWEEN(SL_REGEX_OTHER, SL_REGEX_EDGE);

	return (tree->root->empty & begin) == begin || (tree->root->empty & end) == end;
}

static int build_automaton(struct compiler *compiler, const struct sl_regex_tree *tree)
{
	struct sl_regex_automaton *automaton = compiler->automaton;
	struct fragment whole = {0};
	int error = 0;

	automaton->asks_lines = tree->asks_lines;
	automaton->asks_words = tree->asks_words;
	automaton->always = sl_regex_is_always(tree);
	automaton->empty = tree->root->empty;
	if (!automaton->always)
		error = build(compiler, tree->root, &whole);
	memcpy(automaton->first, whole.first, sizeof(whole.first));
	memcpy(automaton->last, whole.last, sizeof(whole.last));
	return error;
}

int sl_regex_compile(const struct sl_regex_tree *tree, struct sl_buffer *blob,
		     struct sl_regex_fault *ret_fault)
{
	struct sl_regex_fault fault = {0};
	struct sl_regex_alphabet alphabet = {0};
	struct sl_arena arena = {0};
	struct compiler compiler = {.arena = &arena, .fault = &fault};
	int error = -ENOMEM;

	compiler.automaton = sl_arena_alloc(&arena, sizeof(*compiler.automaton));
	if (compiler.automaton)
		error = build_automaton(&compiler, tree);
	if (!error)
		error = sl_regex_alphabet_init(compiler.automaton, &alphabet);
	if (error == -SL_E_LIMIT)
		error = too_large(&compiler, 0);
	if (!error)
		error = sl_regex_blob_add(compiler.automaton, &alphabet, blob);
	if (error == -SL_E_RULES)
		*ret_fault = fault;
	sl_regex_alphabet_fini(&alphabet);
	sl_arena_fini(&arena);
	return error;
}
