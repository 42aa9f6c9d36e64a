/* What is known of both processes at one moment, and what follows from it. */
#ifndef SL_CONTROL_API_STATUS_PRIV_H
#define SL_CONTROL_API_STATUS_PRIV_H

#include "base/json_out.h"
#include "control/api/api.h"
#include "control/dataplane/campaign_counts.h"
#include "control/dataplane/heartbeats.h"

struct picture {
	const struct sl_api_config *config;
	bool counted; /* there is a page */
	struct sl_stats_copy stats;
	struct sl_campaign_counts campaigns; /* none where there is no page */
	struct sl_dataplane_view dataplane;
	struct sl_consumers_view consumers;
	bool has_sink_stages; /* there is a Kafka sink */
	struct sl_durations_sum sink_stages[SL_SINK_STAGE_COUNT];
	struct sl_ruleset_info ruleset;
	const struct sl_heartbeats *heartbeats;
	struct sl_unmet_list unmet; /* settings that name what is not there */
};

/* status.c; NULL: no memory. Free takes NULL. */
struct picture *sl_picture_new(const struct sl_api_config *config,
			       struct sl_heartbeats *heartbeats);
void sl_picture_free(struct picture *picture);

/* ready.c */
const char *sl_picture_state(const struct picture *picture);
/* Both processes have come up and go together, and the campaigns that the settings name run. */
bool sl_picture_is_started(const struct picture *picture);
/* Beyond that, events are taken: by the rule set in force, the same on all workers, and there is
 * room for what they leave behind. */
bool sl_picture_is_ready(const struct picture *picture);
/* Two members: why it is not ready, and what the settings ask for in vain. */
void sl_picture_write_why(struct sl_json *json, const struct picture *picture);

/* status_traffic.c: two members: how long the stages take, and which campaigns match. */
void sl_picture_write_traffic(struct sl_json *json, const struct picture *picture);
/* alarms.c: a member: what somebody should look at although everything is served. */
void sl_picture_write_alarms(struct sl_json *json, const struct picture *picture);

/* status_consumers.c: three members: sinks, checkpoint, quarantine. */
void sl_picture_write_consumers(struct sl_json *json, const struct picture *picture);

/* status_wires.c: a member, which is an empty list where there are none. */
void sl_picture_write_wires(struct sl_json *json, const struct picture *picture);

/* status_topics.c: a member of the Kafka sink. */
void sl_picture_write_topics(struct sl_json *json, const struct picture *picture);

#endif
