/* metrics: what GET /metrics answers.
 *
 * Rendered from a view that the caller has taken: nothing is asked for in here, so that tests own
 * every number. Without a stats page there is only what control knows of itself. The number of
 * series is bounded by channels, workers, reasons and the campaigns that are named. One thread;
 * some hundred microseconds, and memory for the text. */
#ifndef SL_CONTROL_METRICS_H
#define SL_CONTROL_METRICS_H

#include "control/daily/daily.h"
#include "control/dataplane/heartbeats.h"
#include "control/journal/consumers.h"
#include "control/metrics/campaign_labels.h"
#include "control/metrics/exposition.h"
#include "control/metrics/process.h"
#include "control/quarantine/quarantine.h"
#include "control/rulesets/rulesets.h"

struct sl_metrics_view {
	const struct sl_settings *settings;
	const struct sl_stats_copy *stats; /* NULL: there is no page */
	const struct sl_campaign_labels *campaigns;
	const struct sl_heartbeats *heartbeats;
	const struct sl_durations_sum *sink_stages; /* SL_SINK_STAGE_COUNT; NULL: no Kafka sink */
	struct sl_dataplane_view dataplane;
	struct sl_ruleset_info ruleset;
	struct sl_ruleset_loads loads;
	struct sl_consumers_view consumers;
	struct sl_quarantine_view quarantine;
	struct sl_daily_view archive;
	const struct sl_kafka_topics_view *topics;    /* NULL: no Kafka sink */
	struct sl_process control, dataplane_process; /* pid 0: not there */
	const char *state;                            /* of the dataplane */
	bool ready;
	int64_t started_ns, now_ns; /* control's start, and now, since 1970 */
};

/* The text, which the caller frees, or -ENOMEM. */
int sl_metrics_render(const struct sl_metrics_view *view, enum sl_metrics_format format,
		      char **ret_text, size_t *ret_bytes);

#endif
