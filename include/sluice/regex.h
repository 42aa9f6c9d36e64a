/* A compiled regular expression: what a condition's matches() is answered by.
 *
 * Caveats first.
 * - Nothing in a blob may be believed before sl_regex_check() (in dataplane/base) has let it pass.
 *   It checks everything that running the automaton relies on; that the answers are the right ones
 *   it cannot know.
 * - It is relocatable and little-endian; it begins at a multiple of 8 bytes.
 * - The answer to one search is yes or no, not where. Time is linear in the text. A character
 *   costs at worst `words` steps for each of `groups` and a binary search among `ranges`.
 * - A byte of the text that is not part of valid UTF-8 counts as a character that nothing matches.
 *
 * Who writes: rules/. Who reads: dataplane/base, and tools to print it.
 *
 * The automaton is Glushkov's, over code points: a position is a place in the expression that takes
 * one character. A character belongs to one class; `masks` says which positions take that class.
 * The set of positions that took the last character is a row of bits, and the next set is
 *
 *     ((set << 1) & shift | set & loop | follow of each group that has a member in set | first)
 *         & masks[class]
 *
 * Assertions are no part of the set. What an assertion may ask of the place between two characters
 * is what kind of thing stands on either side, and each position takes characters of one kind only,
 * so that the compiler has settled assertions between positions. Before the first and behind the
 * last one the kind of the neighbour is known when running: `first` and `last` are a row for each
 * kind, and `empty` says between which kinds the expression matches without taking anything. */
#ifndef SLUICE_REGEX_H
#define SLUICE_REGEX_H

#include <stddef.h>
#include <stdint.h>

#define SL_REGEX_MAGIC 0x58525353u /* "SSRX" */
#define SL_REGEX_VERSION 1u

#define SL_REGEX_POSITIONS_MAX 1024u
#define SL_REGEX_WORDS_MAX (SL_REGEX_POSITIONS_MAX / 64)
#define SL_REGEX_CLASSES_MAX 2048u
#define SL_REGEX_RANGES_MAX 16384u

/* What stands beside a place in the text. A blob that does not ask for words or for lines has their
 * characters as OTHER. */
enum sl_regex_kind {
	SL_REGEX_EDGE = 0,    /* nothing: the text begins or ends */
	SL_REGEX_NEWLINE = 1, /* \n */
	SL_REGEX_WORD = 2,    /* [0-9A-Za-z_] */
	SL_REGEX_OTHER = 3,
	SL_REGEX_KINDS = 4,
};

/* Bit of `empty`: between a neighbour of kind `before` and one of kind `behind`. */
#define SL_REGEX_BETWEEN(before, behind) (1u << ((before)*SL_REGEX_KINDS + (behind)))

enum sl_regex_flag {
	SL_REGEX_ALWAYS = 1,   /* matches every text, the empty one too */
	SL_REGEX_ANCHORED = 2, /* begins at the text's begin or not at all */
	SL_REGEX_SKIP = 4,     /* without a set, go on to a byte of `start` */
	SL_REGEX_SKIP_ONE = 8, /* which is the one byte `start_byte` */
	SL_REGEX_FLAGS = 15,
};

/* Behind the header, without gaps, in this order:
 *
 *     uint64_t first[SL_REGEX_KINDS][words]   may take the first character, by what stands before
 *     uint64_t last[SL_REGEX_KINDS][words]    may have taken the last, by what stands behind
 *     uint64_t shift[words]                   positions that follow the one before them
 *     uint64_t loop[words]                    positions that follow themselves
 *     uint64_t masks[classes][words]          positions that take a class; of class 0 none
 *     struct { uint64_t members[words], follow[words]; } [groups]
 *     uint32_t range_first[ranges]            ascending, the first is 0x80: a class for each
 *                                             range of code points up to the next
 *     uint16_t range_class[ranges]
 *     uint8_t  kind[classes]                  enum sl_regex_kind
 *     zeros up to a multiple of 8 */
struct sl_regex {
	uint32_t magic;
	uint32_t version;
	uint32_t bytes; /* of the whole blob */
	uint32_t ranges;
	uint16_t positions;
	uint16_t words; /* of a row of positions: 1, 2, 4, 8 or 16 */
	uint16_t classes;
	uint16_t groups;
	uint16_t flags; /* enum sl_regex_flag */
	uint16_t empty; /* SL_REGEX_BETWEEN */
	uint8_t start_byte;
	uint8_t reserved[3];
	uint64_t start[4];   /* bytes that a character begins with which a match may begin with */
	uint16_t ascii[128]; /* class of each */
};

/* Where the parts are, counted in uint64_t from the blob's begin. */
static inline size_t sl_regex_first_at(void)
{
	return sizeof(struct sl_regex) / 8;
}

static inline size_t sl_regex_last_at(const struct sl_regex *regex)
{
	return sl_regex_first_at() + SL_REGEX_KINDS * (size_t)regex->words;
}

static inline size_t sl_regex_shift_at(const struct sl_regex *regex)
{
	return sl_regex_last_at(regex) + SL_REGEX_KINDS * (size_t)regex->words;
}

static inline size_t sl_regex_loop_at(const struct sl_regex *regex)
{
	return sl_regex_shift_at(regex) + regex->words;
}

static inline size_t sl_regex_masks_at(const struct sl_regex *regex)
{
	return sl_regex_loop_at(regex) + regex->words;
}

static inline size_t sl_regex_groups_at(const struct sl_regex *regex)
{
	return sl_regex_masks_at(regex) + (size_t)regex->classes * regex->words;
}

static inline size_t sl_regex_ranges_at(const struct sl_regex *regex)
{
	return sl_regex_groups_at(regex) + 2 * (size_t)regex->groups * regex->words;
}

/* Bytes of the whole blob, by its counts. */
static inline size_t sl_regex_bytes(const struct sl_regex *regex)
{
	size_t tail =
		(size_t)regex->ranges * (sizeof(uint32_t) + sizeof(uint16_t)) + regex->classes;

	return sl_regex_ranges_at(regex) * 8 + (tail + 7) / 8 * 8;
}

#endif
