/* Random cases that can be made smaller: a case is what comes of a row of choices, and a smaller
 * row makes a smaller case. Choice 0 is the plainest everywhere; a row that has ended goes on with
 * zeros.
 *
 * The same seed gives the same row. */
#ifndef SL_TESTS_ORACLE_CHOICES_H
#define SL_TESTS_ORACLE_CHOICES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SL_CHOICES_MAX 65536u

struct sl_choices {
	uint64_t state; /* of the generator, while the row is written */
	uint32_t list[SL_CHOICES_MAX];
	uint32_t n, at;
	bool written; /* the row is read from now on */
};

void sl_choices_begin(struct sl_choices *choices, uint64_t seed);
/* From 0 to n - 1; n > 0. */
uint32_t sl_choose(struct sl_choices *choices, uint32_t n);
/* True once in n times. */
bool sl_choose_rarely(struct sl_choices *choices, uint32_t n);

/* Leaves in `choices` the smallest row found, in so many tries, for which fails() is still true. It
 * is called with rows to be read from their beginning. */
void sl_choices_shrink(struct sl_choices *choices, unsigned tries,
		       bool (*fails)(struct sl_choices *choices));

#endif
