/* What `sluice top` shows, worked out from what GET /v1/status said over the last seconds.
 *
 * The view is JSON: the page is drawn from it and --json prints it, so that they cannot disagree.
 * Rates are over the samples of the same life of the dataplane; what was counted anew since has
 * none for a moment (null). */
#ifndef SL_SLUICE_TOP_VIEW_H
#define SL_SLUICE_TOP_VIEW_H

#include <jansson.h>
#include <stdint.h>

#define SL_TOP_SAMPLES_MAX 16u

struct sl_top_samples {
	struct {
		json_t *status;
		int64_t at_ns;    /* CLOCK_MONOTONIC */
	} at[SL_TOP_SAMPLES_MAX]; /* oldest first */
	unsigned n;
};

/* Takes the status over. Samples of another life, and those that are too old, are forgotten. */
void sl_top_samples_add(struct sl_top_samples *samples, json_t *status, int64_t now_ns);
void sl_top_samples_fini(struct sl_top_samples *samples);

enum sl_top_sort { SL_TOP_BY_RATE, SL_TOP_BY_MATCHES, SL_TOP_BY_NAME, SL_TOP_SORTS };

const char *sl_top_sort_name(enum sl_top_sort sort);

/* At least one sample is there. NULL: no memory. */
json_t *sl_top_view(const struct sl_top_samples *samples, enum sl_top_sort sort);

#endif
