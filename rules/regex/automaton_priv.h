/* Inside of the compiler of regular expressions: positions, their alphabet, the blob.
 *
 * Everything lives in the arena given, which is the compilation's own. */
#ifndef SL_RULES_REGEX_AUTOMATON_PRIV_H
#define SL_RULES_REGEX_AUTOMATON_PRIV_H

#include "rules/regex/regex_priv.h"

/* A set of positions. */
struct sl_regex_row {
	uint64_t bits[SL_REGEX_WORDS_MAX];
};

static inline bool sl_regex_row_has(const struct sl_regex_row *row, uint32_t position)
{
	return row->bits[position / 64] >> position % 64 & 1;
}

static inline void sl_regex_row_add(struct sl_regex_row *row, uint32_t position)
{
	row->bits[position / 64] |= (uint64_t)1 << position % 64;
}

struct sl_regex_automaton {
	bool asks_words, asks_lines;
	bool always;
	uint16_t empty;
	uint32_t n; /* positions */
	const struct sl_regex_set *sets[SL_REGEX_POSITIONS_MAX];
	uint8_t kinds[SL_REGEX_POSITIONS_MAX];
	struct sl_regex_row of_kind[SL_REGEX_KINDS];
	struct sl_regex_row first[SL_REGEX_KINDS]; /* by the kind before */
	struct sl_regex_row last[SL_REGEX_KINDS];  /* by the kind behind */
	struct sl_regex_row follow[SL_REGEX_POSITIONS_MAX];
};

/* Code points that all positions treat alike are of one class. */
struct sl_regex_alphabet {
	uint32_t n; /* classes; 0 is that of what nothing takes */
	uint16_t ascii[128];
	struct sl_buffer range_first; /* uint32_t, from 0x80 on */
	struct sl_buffer range_class; /* uint16_t */
	struct sl_buffer kinds;       /* uint8_t of each class */
	struct sl_buffer masks;       /* struct sl_regex_row of each class */
};

/* -SL_E_LIMIT: more classes or ranges than a blob may have. */
int sl_regex_alphabet_init(const struct sl_regex_automaton *automaton,
			   struct sl_regex_alphabet *ret_alphabet);
void sl_regex_alphabet_fini(struct sl_regex_alphabet *alphabet);

int sl_regex_blob_add(const struct sl_regex_automaton *automaton,
		      const struct sl_regex_alphabet *alphabet, struct sl_buffer *blob);

#endif
