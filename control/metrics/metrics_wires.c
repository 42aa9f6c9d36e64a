/* What the cards brought and lost, where there are wires. */
#include "control/metrics/metrics_priv.h"

static const struct sl_metric families[SL_WIRE_COUNT] = {
#define SL_WIRE(name, text, kind, lost, help) {SL_METRIC_##kind, "wire_" text, "", help},
#include "sluice/counters.def"
#undef SL_WIRE
};

void sl_render_wires(struct sl_rendering *rendering)
{
	const struct sl_stats_copy *stats = rendering->view->stats;

	for (unsigned i = 0; stats->wires && i < SL_WIRE_COUNT; i++) {
		sl_exposition_family(rendering->to, &families[i]);
		for (unsigned w = 0; w < stats->wires; w++) {
			struct sl_label wire = sl_label("wire", stats->wire_names[w]);

			sl_exposition_uint(rendering->to, &wire, 1, stats->wire[w][i]);
		}
	}
}
