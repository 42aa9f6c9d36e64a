/* What the two halves of the rendering share: the table, and short hands. */
#ifndef SL_CONTROL_METRICS_PRIV_H
#define SL_CONTROL_METRICS_PRIV_H

#include "control/metrics/metrics.h"

#include <stdio.h>

enum sl_metric_id {
#define SL_METRIC(name, type, text, unit, help) SL_METRIC_ID_##name,
#include "control/metrics/metrics.def"
#undef SL_METRIC
	SL_METRIC_ID_COUNT
};

extern const struct sl_metric sl_metrics[SL_METRIC_ID_COUNT];

struct sl_rendering {
	struct sl_exposition *to;
	const struct sl_metrics_view *view;
};

static inline void sl_render_family(struct sl_rendering *rendering, enum sl_metric_id id)
{
	sl_exposition_family(rendering->to, &sl_metrics[id]);
}

/* A family of one sample without labels. */
static inline void sl_render_uint(struct sl_rendering *rendering, enum sl_metric_id id,
				  uint64_t value)
{
	sl_render_family(rendering, id);
	sl_exposition_uint(rendering->to, NULL, 0, value);
}

static inline void sl_render_double(struct sl_rendering *rendering, enum sl_metric_id id,
				    double value)
{
	sl_render_family(rendering, id);
	sl_exposition_double(rendering->to, NULL, 0, value);
}

static inline double sl_seconds(uint64_t ns)
{
	return (double)ns / 1e9;
}

/* metrics_dataplane.c: what the stats page holds, where there is one. */
void sl_render_events(struct sl_rendering *rendering);
void sl_render_stages(struct sl_rendering *rendering);
void sl_render_workers(struct sl_rendering *rendering);
void sl_render_state(struct sl_rendering *rendering);
void sl_render_journal(struct sl_rendering *rendering);

/* metrics_wires.c */
void sl_render_wires(struct sl_rendering *rendering);

#endif
