/* Of GET /v1/status: how long the stages take, and which campaigns match. */
#include "base/durations.h"
#include "control/api/status_priv.h"
#include "control/json_member.h"

#define CAMPAIGNS_SHOWN 32u

static const char *const stage_names[SL_STAGE_COUNT] = {
#define SL_STAGE(name, text, help) text,
#include "sluice/stages.def"
#undef SL_STAGE
};

static const char *const sink_stage_names[SL_SINK_STAGE_COUNT] = {
#define SL_SINK_STAGE(name, text, help) text,
#include "sluice/stages.def"
#undef SL_SINK_STAGE
};

static void microseconds(struct sl_json *json, const char *name, uint64_t ns)
{
	sl_json_name(json, name);
	sl_json_double(json, (double)ns / 1000);
}

/* A quantile is at most a 16th above the true one: base/durations.h. */
static void write_stage(struct sl_json *json, const char *name,
			const struct sl_durations_sum *stage)
{
	sl_json_object(json);
	sl_member_string(json, "stage", name);
	sl_member_uint(json, "count", stage->count);
	microseconds(json, "p50_us", sl_durations_at(stage, 0.5));
	microseconds(json, "p90_us", sl_durations_at(stage, 0.9));
	microseconds(json, "p99_us", sl_durations_at(stage, 0.99));
	microseconds(json, "p99.9_us", sl_durations_at(stage, 0.999));
	microseconds(json, "max_us", stage->max_ns);
	sl_json_object_end(json);
}

static void write_stages(struct sl_json *json, const struct picture *picture)
{
	sl_member_array(json, "stages");
	for (unsigned i = 0; i < SL_STAGE_COUNT; i++)
		write_stage(json, stage_names[i], &picture->stats.stages[i]);
	for (unsigned i = 0; picture->has_sink_stages && i < SL_SINK_STAGE_COUNT; i++)
		write_stage(json, sink_stage_names[i], &picture->sink_stages[i]);
	sl_json_array_end(json);
}

/* Those that matched most, and the matches of all that are not among them. */
static void write_campaigns(struct sl_json *json, const struct picture *picture)
{
	const struct sl_campaign_counts *campaigns = &picture->campaigns;
	uint64_t others = campaigns->others;

	sl_member_object(json, "campaigns");
	sl_member_array(json, "top");
	for (size_t i = 0; i < campaigns->n; i++) {
		if (i >= CAMPAIGNS_SHOWN) {
			others += campaigns->at[i].matches;
			continue;
		}
		sl_json_object(json);
		sl_member_text(json, "campaign",
			       (struct sl_text){.at = campaigns->at[i].name,
						.bytes = campaigns->at[i].name_bytes});
		sl_member_uint(json, "matches", campaigns->at[i].matches);
		sl_json_object_end(json);
	}
	sl_json_array_end(json);
	sl_member_uint(json, "others", others);
	sl_json_object_end(json);
}

void sl_picture_write_traffic(struct sl_json *json, const struct picture *picture)
{
	write_stages(json, picture);
	write_campaigns(json, picture);
}
