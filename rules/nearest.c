#include "rules/nearest_priv.h"

#include <ctype.h>
#include <stdio.h>

#define WORD_MAX 64u

static unsigned least(unsigned a, unsigned b, unsigned c)
{
	unsigned ab = a < b ? a : b;

	return ab < c ? ab : c;
}

/* Levenshtein's distance, letters of either case alike; both words at most WORD_MAX bytes. */
static unsigned distance_of(struct sl_slice a, struct sl_slice b)
{
	unsigned row[WORD_MAX + 1];

	for (unsigned j = 0; j <= b.bytes; j++)
		row[j] = j;
	for (unsigned i = 1; i <= a.bytes; i++) {
		unsigned diagonal = row[0];

		row[0] = i;
		for (unsigned j = 1; j <= b.bytes; j++) {
			unsigned above = row[j];
			bool same = tolower((unsigned char)a.at[i - 1]) ==
				    tolower((unsigned char)b.at[j - 1]);

			row[j] = least(above + 1, row[j - 1] + 1, diagonal + !same);
			diagonal = above;
		}
	}
	return row[b.bytes];
}

void sl_nearest_offer(struct sl_nearest *nearest, struct sl_slice candidate)
{
	unsigned distance, allowed = nearest->wrote.bytes < 4 ? 1 : 1 + nearest->wrote.bytes / 4;

	if (nearest->wrote.bytes > WORD_MAX || candidate.bytes > WORD_MAX || candidate.bytes == 0)
		return;
	/* two letters of a short word are half of it: "five" is not "time" */
	if (nearest->wrote.bytes < 6 && nearest->wrote.bytes > 0 &&
	    tolower((unsigned char)candidate.at[0]) != tolower((unsigned char)nearest->wrote.at[0]))
		allowed = 1;
	distance = distance_of(nearest->wrote, candidate);
	if (distance > allowed || (nearest->best.bytes && distance >= nearest->distance))
		return;
	nearest->best = candidate;
	nearest->distance = distance;
}

const char *sl_nearest_hint(const struct sl_nearest *nearest, char *hint, size_t room)
{
	hint[0] = '\0';
	if (nearest->best.bytes)
		snprintf(hint, room, "did you mean `%.*s`?", SL_SLICE_ARGS(nearest->best));
	return hint;
}
