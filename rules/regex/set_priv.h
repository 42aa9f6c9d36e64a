/* Sets of code points, and what the tables of Unicode say of them.
 *
 * A set is built in a builder, in any order, and then sealed: its ranges ascend, do not touch each
 * other and live in the arena. Failure is sticky in the builder (`failed`: no memory). Whatever the
 * set, what is added to a builder is bounded by the length of the pattern and of the tables. */
#ifndef SL_RULES_REGEX_SET_PRIV_H
#define SL_RULES_REGEX_SET_PRIV_H

#include "rules/memory_priv.h"

#define SL_CODE_POINT_MAX 0x10ffffu

struct sl_regex_range {
	uint32_t first;
	uint32_t last;
};

struct sl_regex_set {
	uint32_t n;
	const struct sl_regex_range *ranges;
};

/* Zeroed: empty. */
struct sl_regex_builder {
	struct sl_buffer ranges; /* struct sl_regex_range */
};

void sl_regex_builder_fini(struct sl_regex_builder *builder);
void sl_regex_builder_add(struct sl_regex_builder *builder, uint32_t first, uint32_t last);
void sl_regex_builder_add_all(struct sl_regex_builder *builder,
			      const struct sl_regex_builder *other);
/* Sorts, and joins ranges that touch. */
void sl_regex_builder_tidy(struct sl_regex_builder *builder);
void sl_regex_builder_negate(struct sl_regex_builder *builder);
/* Adds whatever differs from a member in case only. */
void sl_regex_builder_fold(struct sl_regex_builder *builder);

/* NULL: no memory. */
const struct sl_regex_set *sl_regex_set_seal(struct sl_regex_builder *builder,
					     struct sl_arena *arena);
bool sl_regex_set_has(const struct sl_regex_set *set, uint32_t code);
/* How many code points it has. */
uint32_t sl_regex_set_count(const struct sl_regex_set *set);
/* The members of a set that the ranges have, or with `without` those that they do not have. */
const struct sl_regex_set *sl_regex_set_part(const struct sl_regex_set *set,
					     const struct sl_regex_range *ranges, uint32_t n,
					     bool without, struct sl_arena *arena);

/* [0-9A-Za-z_] and \n: what assertions ask for. */
extern const struct sl_regex_range sl_regex_words[4];
extern const struct sl_regex_range sl_regex_newline[1];

/* Adds \d, \s or \w, by their letter. False: it is none of these. */
bool sl_regex_add_perl(struct sl_regex_builder *builder, char letter);
/* Adds [:name:]. False: there is no such name. */
bool sl_regex_add_posix(struct sl_regex_builder *builder, struct sl_slice name);
/* Adds what \p{name} stands for: Any, a general category, a script. False: not known here. */
bool sl_regex_add_property(struct sl_regex_builder *builder, struct sl_slice name);

/* A code point as UTF-8; how many bytes it took. */
uint32_t sl_regex_encode(uint32_t code, uint8_t ret_bytes[4]);
/* Consumed, or 0 where the text does not begin with valid UTF-8. */
uint32_t sl_regex_decode(const char *at, uint32_t bytes, uint32_t *ret_code);

/* One run of UTF-8 sequences: each byte lies in its range. */
struct sl_regex_sequence {
	uint32_t n;
	uint8_t first[4], last[4];
};

/* Takes the sequences off the front of a range, surrogates passed over: each call gives one and
 * moves range->first behind what it covers. False: nothing was left. */
bool sl_regex_next_sequence(struct sl_regex_range *range, struct sl_regex_sequence *ret_sequence);

#endif
