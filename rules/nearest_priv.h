/* "Did you mean …?": the candidate nearest to what somebody wrote. */
#ifndef SL_RULES_NEAREST_PRIV_H
#define SL_RULES_NEAREST_PRIV_H

#include "rules/slice_priv.h"

#include <stddef.h>

/* Zeroed with `wrote` filled in, it is ready. */
struct sl_nearest {
	struct sl_slice wrote;
	struct sl_slice best;
	unsigned distance;
};

void sl_nearest_offer(struct sl_nearest *nearest, struct sl_slice candidate);

/* "did you mean `best`?", or "" where nothing was near. Returns hint. */
const char *sl_nearest_hint(const struct sl_nearest *nearest, char *hint, size_t room);

#endif
