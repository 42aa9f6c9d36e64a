/* Which lines pass: so many a window from one place, and a count of the others. */
#include "base/log/log_priv.h"

#include <stdio.h>

struct sl_log_place *sl_log_place(struct sl_log_limit *limit, const void *format)
{
	uintptr_t start = ((uintptr_t)format >> 3) * 0x9e3779b1u;

	for (unsigned i = 0; i < SL_LOG_PLACES; i++) {
		struct sl_log_place *place = &limit->places[(start + i) % SL_LOG_PLACES];

		if (place->format == format)
			return place;
		if (place->format)
			continue;
		place->format = format;
		return place;
	}
	return NULL;
}

bool sl_log_pass(struct sl_log_place *place, int64_t now_ns, uint64_t *ret_left_out)
{
	if (!place->passed || now_ns - place->since_ns >= SL_LOG_WINDOW_NS) {
		place->since_ns = now_ns;
		place->passed = 0;
	}
	if (place->passed >= SL_LOG_BURST)
		return false;
	place->passed++;
	*ret_left_out = place->left_out;
	place->left_out = 0;
	return true;
}

void sl_log_leave_out(struct sl_log_place *place, enum sl_log_level level, const char *message)
{
	place->left_out++;
	place->level = level;
	snprintf(place->sample, sizeof(place->sample), "%s", message);
}

struct sl_log_place *sl_log_over(struct sl_log_limit *limit, int64_t now_ns, bool all)
{
	for (unsigned i = 0; i < SL_LOG_PLACES; i++) {
		struct sl_log_place *place = &limit->places[i];

		if (place->left_out && (all || now_ns - place->since_ns >= SL_LOG_WINDOW_NS))
			return place;
	}
	return NULL;
}
