/* GET /metrics: the picture of both processes, in the format that is asked for. */
#include "control/metrics/metrics.h"
#include "base/clock.h"
#include "control/api/api_priv.h"
#include "control/api/status_priv.h"
#include "control/archive/archive.h"
#include "control/metrics/accept.h"

#include <stdlib.h>
#include <unistd.h>

static void take_view(struct sl_api *api, const struct picture *picture,
		      struct sl_kafka_topics_view *topics, struct sl_metrics_view *ret_view)
{
	struct sl_metrics_view view = {
		.settings = picture->config->settings,
		.stats = picture->counted ? &picture->stats : NULL,
		.campaigns = &api->labels,
		.heartbeats = picture->heartbeats,
		.sink_stages = picture->has_sink_stages ? picture->sink_stages : NULL,
		.dataplane = picture->dataplane,
		.ruleset = picture->ruleset,
		.consumers = picture->consumers,
		.state = sl_picture_state(picture),
		.ready = sl_picture_is_ready(picture),
		.started_ns = api->started_ns,
		.now_ns = sl_clock_read(CLOCK_REALTIME),
	};

	if (picture->consumers.kafka) {
		sl_consumers_topics(api->config.consumers, topics);
		view.topics = topics;
	}
	sl_quarantine_look(sl_consumers_quarantine(api->config.consumers), &view.quarantine);
	sl_daily_look(sl_archive_daily(sl_consumers_archive(api->config.consumers)), &view.archive);
	sl_rulesets_loads(picture->config->rulesets, &view.loads);
	/* what is gone, or not to be seen, is left out */
	sl_process_read(getpid(), &view.control);
	if (picture->dataplane.connected)
		sl_process_read(picture->dataplane.latest.pid, &view.dataplane_process);
	*ret_view = view;
}

void sl_api_get_metrics(struct sl_api *api, struct sl_connection *connection)
{
	enum sl_metrics_format format = sl_metrics_accepted(connection->target.accept);
	struct picture *picture = sl_picture_new(&api->config, &api->heartbeats);
	struct sl_kafka_topics_view topics;
	struct sl_metrics_view view;
	char *text = NULL;
	size_t bytes = 0;
	bool failed = !picture;

	if (!failed && picture->counted)
		failed = sl_campaign_labels_look(&api->labels, &picture->campaigns,
						 sl_clock_read(CLOCK_MONOTONIC));
	if (!failed) {
		take_view(api, picture, &topics, &view);
		failed = sl_metrics_render(&view, format, &text, &bytes);
	}
	if (failed)
		sl_connection_reply_error(connection, 503, "no memory");
	else
		sl_connection_reply_as(connection, 200, sl_metrics_content_type(format), text,
				       bytes);
	free(text);
	sl_picture_free(picture);
}
