#include "tests/oracle/choices.h"

#include <string.h>

static uint32_t next_random(struct sl_choices *choices)
{
	uint64_t z = choices->state += 0x9e3779b97f4a7c15u;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
	z = (z ^ z >> 27) * 0x94d049bb133111ebu;
	return (uint32_t)((z ^ z >> 31) >> 16);
}

void sl_choices_begin(struct sl_choices *choices, uint64_t seed)
{
	/* neighbouring seeds begin far from each other */
	choices->state = seed;
	choices->state = (uint64_t)next_random(choices) << 32 | next_random(choices);
	choices->n = choices->at = 0;
	choices->written = false;
}

uint32_t sl_choose(struct sl_choices *choices, uint32_t n)
{
	uint32_t choice = 0;

	if (choices->written)
		return choices->at < choices->n ? choices->list[choices->at++] % n : 0;
	if (choices->n < SL_CHOICES_MAX) {
		choice = next_random(choices) % n;
		choices->list[choices->n++] = choice;
	}
	return choice;
}

bool sl_choose_rarely(struct sl_choices *choices, uint32_t n)
{
	return sl_choose(choices, n) == n - 1;
}

/* ---- shrinking ----------------------------------------------------------------------------- */

struct shrink {
	struct sl_choices *best;
	bool (*fails)(struct sl_choices *choices);
	unsigned tries; /* that are left */
};

static struct sl_choices trial;

static bool still_fails(struct shrink *shrink)
{
	if (shrink->tries == 0)
		return false;
	shrink->tries--;
	trial.at = 0;
	trial.written = true;
	if (!shrink->fails(&trial))
		return false;
	shrink->best->n = trial.n;
	memcpy(shrink->best->list, trial.list, trial.n * sizeof(*trial.list));
	return true;
}

static void copy_best(const struct shrink *shrink)
{
	trial.n = shrink->best->n;
	memcpy(trial.list, shrink->best->list, trial.n * sizeof(*trial.list));
}

/* Without n choices at `at`. */
static bool try_without(struct shrink *shrink, uint32_t at, uint32_t n)
{
	copy_best(shrink);
	memmove(trial.list + at, trial.list + at + n, (trial.n - at - n) * sizeof(*trial.list));
	trial.n -= n;
	return still_fails(shrink);
}

static bool try_zeros(struct shrink *shrink, uint32_t at, uint32_t n)
{
	uint32_t any = 0;

	copy_best(shrink);
	for (uint32_t i = at; i < at + n; i++) {
		any |= trial.list[i];
		trial.list[i] = 0;
	}
	return any && still_fails(shrink);
}

static bool try_less(struct shrink *shrink, uint32_t at)
{
	for (uint32_t to = 1; to < shrink->best->list[at]; to = 2 * to + 1) {
		copy_best(shrink);
		trial.list[at] = to;
		if (still_fails(shrink))
			return true;
	}
	return false;
}

static bool pass(struct shrink *shrink)
{
	bool any = false;

	for (uint32_t n = 64; n; n /= 2) {
		for (uint32_t at = 0; at + n <= shrink->best->n;) {
			if (try_without(shrink, at, n))
				any = true;
			else
				at += n;
		}
		for (uint32_t at = 0; at + n <= shrink->best->n; at += n)
			any |= try_zeros(shrink, at, n);
	}
	for (uint32_t at = 0; at < shrink->best->n; at++)
		any |= try_less(shrink, at);
	return any;
}

void sl_choices_shrink(struct sl_choices *choices, unsigned tries,
		       bool (*fails)(struct sl_choices *choices))
{
	struct shrink shrink = {.best = choices, .fails = fails, .tries = tries};

	choices->written = true;
	while (pass(&shrink) && shrink.tries)
		;
	choices->at = 0;
}
