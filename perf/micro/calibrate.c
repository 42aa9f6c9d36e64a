/* How fast this machine is just now: the time of one fixed loop of integer work and memory, in
 * nanoseconds, the median of nine. Figures of different days are comparable as far as this one is.
 * The loop never changes. */
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define WORDS (1u << 20) /* 8 MiB: beyond the second-level cache */
#define STEPS (1u << 18)
#define TURNS 9u

static int64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000ll + t.tv_nsec;
}

static int by_value(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

int main(void)
{
	uint64_t *words = calloc(WORDS, sizeof(*words)), z = 1;
	int64_t turns[TURNS];

	if (!words)
		return 3;
	for (unsigned turn = 0; turn < TURNS; turn++) {
		int64_t began_ns = now_ns();

		for (uint32_t i = 0; i < STEPS; i++) {
			z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u + i;
			z ^= words[z % WORDS];
			words[i % WORDS] = z;
		}
		turns[turn] = now_ns() - began_ns;
	}
	qsort(turns, TURNS, sizeof(*turns), by_value);
	/* the sum is printed so that the loop cannot be left out */
	fprintf(stderr, "%" PRIx64 "\n", z);
	printf("%" PRId64 "\n", turns[TURNS / 2]);
	free(words);
	return 0;
}
