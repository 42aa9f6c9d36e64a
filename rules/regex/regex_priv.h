/* Regular expressions of conditions: pattern -> tree -> automaton, filter, required literal.
 *
 * The language is what RE2 and Hyperscan have in common; regex.md says what it is. A search is
 * unanchored and answers yes or no, so the tree keeps neither groups nor laziness, and what may be
 * empty at either end of the expression is gone from it.
 *
 * Trees live in the arena they were made in. Depth and size are bounded: walking one may recurse.
 * Of several mistakes in a pattern the first is told. */
#ifndef SL_RULES_REGEX_PRIV_H
#define SL_RULES_REGEX_PRIV_H

#include "rules/memory_priv.h"
#include "rules/regex/set_priv.h"
#include "sluice/regex.h"

#define SL_REGEX_PATTERN_BYTES_MAX 8192u
#define SL_REGEX_DEPTH_MAX 200u
#define SL_REGEX_REPEAT_MAX 1000u /* also of repeats within repeats, multiplied */
#define SL_REGEX_UNBOUNDED UINT32_MAX

enum sl_regex_fault_kind {
	SL_REGEX_SYNTAX,
	SL_REGEX_UNSUPPORTED, /* sound in RE2, or in another library, and not offered here */
	SL_REGEX_TOO_LARGE,   /* pattern_too_large */
};

struct sl_regex_fault {
	enum sl_regex_fault_kind kind;
	uint32_t offset; /* in the pattern, of the first byte of a character */
	char message[160];
	const char *hint; /* lives as long as the program; may be "" */
};

/* The name for diagnostics: "syntax", "unsupported", "pattern_too_large". */
const char *sl_regex_fault_code(enum sl_regex_fault_kind kind);

enum sl_regex_node_kind {
	SL_REGEX_NODE_EMPTY,  /* takes nothing, asks nothing */
	SL_REGEX_NODE_SET,    /* takes one character of a set; a literal is a set of one */
	SL_REGEX_NODE_ASSERT, /* takes nothing; `empty` is where it lets pass */
	SL_REGEX_NODE_CONCAT, /* two children at least, no assertions beside each other */
	SL_REGEX_NODE_ALTERNATE,
	SL_REGEX_NODE_REPEAT, /* one child, which takes something */
};

struct sl_regex_node {
	enum sl_regex_node_kind kind;
	uint32_t offset; /* in the pattern */
	struct sl_regex_node *child;
	struct sl_regex_node *next; /* the next child of the same parent */
	const struct sl_regex_set *set;
	uint32_t min, max; /* max: SL_REGEX_UNBOUNDED for no end */
	uint16_t empty;    /* SL_REGEX_BETWEEN: where it may take nothing */
	bool takes;        /* there is a SET in it */
	uint32_t repeated; /* how many times something in it is, of bounded repeats */
};

struct sl_regex_tree {
	struct sl_regex_node *root;
	bool asks_words; /* \b or \B */
	bool asks_lines; /* ^ or $ under (?m) */
};

/* -SL_E_RULES: a mistake in the pattern, told in ret_fault. -ENOMEM. */
int sl_regex_parse(struct sl_slice pattern, struct sl_arena *arena, struct sl_regex_tree *ret_tree,
		   struct sl_regex_fault *ret_fault);

/* Adds the blob of sluice/regex.h to the buffer, which must end at a multiple of 8 bytes; its end
 * is one again. -SL_E_RULES: too large, told in ret_fault; then nothing was added. -ENOMEM. */
int sl_regex_compile(const struct sl_regex_tree *tree, struct sl_buffer *blob,
		     struct sl_regex_fault *ret_fault);

/* Whether every text matches. */
bool sl_regex_is_always(const struct sl_regex_tree *tree);

/* The longest run of bytes found that every matching text contains, as they stand in the text: not
 * escaped for the canonical one. Empty: there is none, or none was found. -ENOMEM. */
int sl_regex_required_literal(const struct sl_regex_tree *tree, struct sl_arena *arena,
			      struct sl_slice *ret_literal);

/* An expression for the pattern library whose hits in the canonical text of sluice/artifact.h are a
 * filter: a field's value that matches has a hit whose last byte, the one before `to`, is a byte of
 * that value or the SL_CANON_END behind it: its run is sl_canon_find(canon, to - 1, to - 1) of
 * match. The contrary does not hold: a hit may be no match.
 *
 * Hits must be reported each, not once a scan, for many texts are scanned as one. The flags hold
 * neither UTF8 nor UCP nor DOTALL: each byte is said by its number. */
struct sl_regex_filter {
	const char *expression; /* lives in the arena */
	unsigned flags;         /* HS_FLAG_… */
	/* It may file a trigger. Where not, the expression is "": everything matches, or what it
	 * would look for is in almost every text. */
	bool usable;
	/* How much has to be found, in bits, at least: 8 for a given byte, 0 for any character. */
	uint32_t weight;
	uint32_t unbounded;  /* repeats without an end */
	uint32_t repeat_max; /* the longest bounded repeat, in bytes */
};

#define SL_REGEX_WEIGHT_MIN 6u /* of a usable filter */

int sl_regex_filter(const struct sl_regex_tree *tree, uint16_t slot, struct sl_arena *arena,
		    struct sl_regex_filter *ret_filter);

/* What the pattern library makes of a filter, compiled alone for this machine. */
struct sl_regex_cost {
	unsigned min_width, max_width; /* of a hit, in bytes; max UINT_MAX: no end */
	size_t database_bytes;
	bool prefilter; /* it takes the expression only so: HS_FLAG_PREFILTER is in the flags */
	bool refused;   /* it does not take the expression at all; filter->usable is false now */
	bool dear;
};

/* Compiles the filter's expression: this takes milliseconds and up. Where the library refuses it,
 * the filter is changed as above. -SL_E_PATTERNS: the library does not run here. -ENOMEM. */
int sl_regex_filter_measure(struct sl_regex_filter *filter, struct sl_regex_cost *ret_cost);

#endif
