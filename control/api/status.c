/* GET /v1/status: both processes on one page. Names are those of counters.def and reasons.def. */
#include "base/clock.h"
#include "control/api/status_priv.h"
#include "control/dataplane/stats_page.h"
#include "control/json_member.h"
#include "sluice/version.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define STATUS_BYTES 262144u

static const char *const ledger_names[SL_LEDGER_COUNT] = {
#define SL_LEDGER(name, text, help) text,
#include "sluice/counters.def"
#undef SL_LEDGER
};
static const char *const counter_names[SL_COUNTER_COUNT] = {
#define SL_COUNTER(name, text, help) text,
#include "sluice/counters.def"
#undef SL_COUNTER
};

static void write_ledger(struct sl_json *json, const uint64_t ledger[SL_LEDGER_COUNT])
{
	for (unsigned i = 0; i < SL_LEDGER_COUNT; i++)
		sl_member_uint(json, ledger_names[i], ledger[i]);
	sl_member_bool(json, "adds_up",
		       ledger[SL_LEDGER_RECEIVED] == ledger[SL_LEDGER_ACCEPTED] +
							     ledger[SL_LEDGER_REFUSED] +
							     ledger[SL_LEDGER_DUPLICATES] +
							     ledger[SL_LEDGER_DROPPED] &&
			       ledger[SL_LEDGER_ACCEPTED] ==
				       ledger[SL_LEDGER_MATCHED] + ledger[SL_LEDGER_UNMATCHED]);
}

/* "127.0.0.1:80" or "[::1]:80". */
static void address(struct sl_json *json, const struct sl_command_listener *listener)
{
	bool v6 = strchr(listener->address, ':') != NULL;
	char text[96];

	snprintf(text, sizeof(text), "%s%s%s:%u", v6 ? "[" : "", listener->address, v6 ? "]" : "",
		 listener->port);
	if (!listener->port) /* it is on wires */
		snprintf(text, sizeof(text), "%s", listener->address);
	sl_member_string(json, "address", text);
}

static const struct sl_command_listener *find_listener(const struct picture *picture,
						       const char *channel)
{
	const struct sl_command_reply *latest = &picture->dataplane.latest;

	for (uint32_t i = 0; i < latest->listeners; i++)
		if (!strcmp(latest->listener[i].channel, channel))
			return &latest->listener[i];
	return NULL;
}

static void write_channels(struct sl_json *json, const struct picture *picture)
{
	sl_member_array(json, "channels");
	for (unsigned c = 0; c < picture->stats.channels; c++) {
		const struct sl_command_listener *listener =
			find_listener(picture, picture->stats.channel_names[c]);

		sl_json_object(json);
		sl_member_string(json, "channel", picture->stats.channel_names[c]);
		if (listener) {
			sl_member_string(json, "protocol", sl_protocol_name(listener->protocol));
			address(json, listener);
		}
		write_ledger(json, picture->stats.ledger[c]);
		sl_member_object(json, "reasons");
		for (unsigned i = 1; i < SL_WHY_COUNT; i++)
			if (picture->stats.reasons[c][i])
				sl_member_uint(json, sl_reason_info(i)->name,
					       picture->stats.reasons[c][i]);
		sl_json_object_end(json);
		sl_json_object_end(json);
	}
	sl_json_array_end(json);
}

static void write_total(struct sl_json *json, const struct picture *picture)
{
	uint64_t total[SL_LEDGER_COUNT] = {0};

	for (unsigned c = 0; c < picture->stats.channels; c++)
		for (unsigned i = 0; i < SL_LEDGER_COUNT; i++)
			total[i] += picture->stats.ledger[c][i];
	sl_member_object(json, "ledger");
	write_ledger(json, total);
	sl_json_object_end(json);
}

static void write_workers(struct sl_json *json, const struct picture *picture)
{
	unsigned n = picture->stats.workers;

	sl_member_array(json, "worker");
	for (unsigned i = 0; i < n && i < SL_WORKERS_SHOWN; i++) {
		sl_json_object(json);
		sl_member_uint(json, "worker", i);
		sl_member_uint(json, "ruleset", picture->stats.worker[i].ruleset);
		sl_member_uint(json, "generation", picture->stats.worker[i].generation);
		sl_member_uint(json, "connections", picture->stats.worker[i].connections);
		sl_member_uint(json, "outstanding", picture->stats.worker[i].outstanding);
		sl_member_uint(json, "heartbeat", picture->stats.worker[i].heartbeat);
		sl_member_uint(json, "swap_ns_max", picture->stats.worker[i].swap_ns_max);
		sl_member_uint(json, "swap_round_ns_max",
			       picture->stats.worker[i].swap_round_ns_max);
		sl_member_uint(json, "stalled_ms",
			       (uint64_t)(sl_heartbeats_stalled_ns(picture->heartbeats, i) /
					  SL_NS_PER_MS));
		sl_member_uint(json, "waited_permille",
			       sl_crowding_permille(&picture->heartbeats->crowding, i));
		sl_json_object_end(json);
	}
	sl_json_array_end(json);
}

static void write_dataplane(struct sl_json *json, const struct picture *picture)
{
	sl_member_object(json, "dataplane");
	sl_member_string(json, "state", sl_picture_state(picture));
	if (picture->counted) {
		sl_member_time(json, "life", picture->stats.life_ns);
	}
	sl_member_uint(json, "workers", picture->stats.workers);
	sl_member_uint(json, "connections", picture->stats.connections);
	sl_member_uint(json, "outstanding", picture->stats.outstanding);
	sl_member_uint(json, "ruleset",
		       picture->dataplane.connected ? picture->dataplane.latest.ruleset : 0);
	write_workers(json, picture);
	sl_json_object_end(json);
	sl_member_object(json, "ruleset");
	sl_member_uint(json, "version", picture->ruleset.version);
	sl_member_uint(json, "campaigns", picture->ruleset.campaigns);
	sl_member_string(json, "hash", picture->ruleset.hash);
	sl_json_object_end(json);
}

static void write_journal(struct sl_json *json, const struct picture *picture)
{
	const struct sl_stats_copy *stats = &picture->stats;

	sl_member_object(json, "counters");
	for (unsigned i = 0; i < SL_COUNTER_COUNT; i++)
		sl_member_uint(json, counter_names[i], stats->counters[i]);
	sl_json_object_end(json);
	sl_member_object(json, "journal");
	sl_member_uint(json, "fill_permille", stats->fill_permille);
	sl_member_bool(json, "backpressure", stats->backpressure != 0);
	sl_member_uint(json, "position", stats->position);
	sl_member_uint(json, "commits", stats->commits);
	sl_member_uint(json, "blocks", stats->blocks);
	sl_member_uint(json, "bytes", stats->bytes);
	sl_member_uint(json, "trimmed_blocks", stats->trimmed_blocks);
	sl_member_uint(json, "oldest_reader_txns", stats->oldest_reader_txns);
	sl_member_uint(json, "stale_readers", stats->stale_readers);
	sl_member_uint(json, "commit_ns_last", stats->commit_ns_last);
	sl_member_uint(json, "commit_ns_max", stats->commit_ns_max);
	sl_member_uint(json, "retries", stats->retries);
	sl_json_object_end(json);
}

/* tick: everything before it is taken to have come; absent until a campaign needs it. */
static void write_state(struct sl_json *json, const struct picture *picture)
{
	const struct sl_stats_copy *stats = &picture->stats;

	sl_member_object(json, "state");
	sl_member_uint(json, "keys", stats->state_keys);
	sl_member_uint(json, "timers", stats->state_timers);
	sl_member_uint(json, "bytes", stats->state_bytes);
	sl_member_uint(json, "room", stats->state_room);
	sl_member_uint(json, "fill_permille", stats->state_fill_permille);
	sl_member_uint(json, "refused", stats->state_refused);
	sl_member_uint(json, "damaged", stats->state_damaged);
	sl_member_uint(json, "withheld", stats->gates[SL_GATE_WITHHELD]);
	if (picture->counted && stats->tick_ns != INT64_MIN && stats->tick_ns != INT64_MAX) {
		int64_t age_ns = sl_clock_read(CLOCK_REALTIME) - stats->tick_ns;

		sl_member_time(json, "tick", stats->tick_ns);
		/* 0 where events are ahead of the clock */
		sl_member_uint(json, "tick_age_ms",
			       age_ns > 0 ? (uint64_t)(age_ns / SL_NS_PER_MS) : 0);
	}
	sl_json_object_end(json);
}

static void write_listening(struct sl_json *json, const struct picture *picture)
{
	const struct sl_command_reply *latest = &picture->dataplane.latest;

	sl_member_array(json, "listening");
	for (uint32_t i = 0; picture->dataplane.connected && i < latest->listeners; i++) {
		sl_json_object(json);
		sl_member_string(json, "channel", latest->listener[i].channel);
		sl_member_string(json, "protocol", sl_protocol_name(latest->listener[i].protocol));
		address(json, &latest->listener[i]);
		sl_json_object_end(json);
	}
	sl_json_array_end(json);
}

static void write_all(struct sl_json *json, const struct picture *picture)
{
	char api[SL_PATH_BYTES + 8];

	snprintf(api, sizeof(api), "unix:%s", picture->config->paths->api);
	sl_json_object(json);
	sl_member_string(json, "version", SL_VERSION);
	sl_member_bool(json, "started", sl_picture_is_started(picture));
	sl_member_bool(json, "ready", sl_picture_is_ready(picture));
	sl_picture_write_why(json, picture);
	sl_picture_write_alarms(json, picture);
	sl_member_object(json, "pids");
	sl_member_uint(json, "dataplane",
		       picture->dataplane.connected ? (uint64_t)picture->dataplane.latest.pid : 0);
	sl_member_uint(json, "control", (uint64_t)getpid());
	sl_json_object_end(json);
	write_dataplane(json, picture);
	write_total(json, picture);
	write_channels(json, picture);
	sl_picture_write_wires(json, picture);
	write_journal(json, picture);
	write_state(json, picture);
	sl_picture_write_traffic(json, picture);
	sl_picture_write_consumers(json, picture);
	write_listening(json, picture);
	sl_member_string(json, "api", api);
	if (picture->config->remote_address[0])
		sl_member_string(json, "api_tcp", picture->config->remote_address);
	sl_json_object_end(json);
}

static void look(const struct sl_api_config *config, struct sl_heartbeats *heartbeats,
		 struct picture *picture)
{
	picture->config = config;
	sl_rulesets_dataplane(config->rulesets, &picture->dataplane);
	sl_rulesets_current(config->rulesets, &picture->ruleset);
	/* consumers before the page: what they forwarded had been counted as matched before */
	sl_consumers_look(config->consumers, &picture->consumers);
	picture->has_sink_stages = sl_consumers_stages(config->consumers, picture->sink_stages);
	picture->counted = !sl_stats_page_read(config->paths->stats, &picture->stats);
	if (picture->counted && sl_campaign_counts_read(config->paths->stats, &picture->campaigns))
		picture->campaigns = (struct sl_campaign_counts){0};
	if (picture->counted)
		sl_heartbeats_note(heartbeats, &picture->stats, sl_clock_read(CLOCK_MONOTONIC));
	picture->heartbeats = heartbeats;
	sl_config_unmet(config->settings, &picture->unmet);
}

static void write_ready(struct sl_json *json, const struct picture *picture)
{
	sl_json_object(json);
	sl_member_bool(json, "ready", sl_picture_is_ready(picture));
	sl_picture_write_why(json, picture);
	sl_json_object_end(json);
}

struct picture *sl_picture_new(const struct sl_api_config *config, struct sl_heartbeats *heartbeats)
{
	struct picture *picture = calloc(1, sizeof(*picture));

	if (picture)
		look(config, heartbeats, picture);
	return picture;
}

void sl_picture_free(struct picture *picture)
{
	if (picture)
		sl_campaign_counts_fini(&picture->campaigns);
	free(picture);
}

static char *picture_text(const struct sl_api_config *config, struct sl_heartbeats *heartbeats,
			  void (*write)(struct sl_json *json, const struct picture *picture),
			  size_t *ret_bytes, bool *ret_ready)
{
	struct picture *picture = sl_picture_new(config, heartbeats);
	char *text = malloc(STATUS_BYTES);
	struct sl_json json;

	if (!picture || !text)
		goto fail;
	sl_json_init(&json, text, STATUS_BYTES);
	write(&json, picture);
	if (json.full)
		goto fail;
	*ret_ready = sl_picture_is_ready(picture);
	sl_picture_free(picture);
	*ret_bytes = json.bytes;
	return text;
fail:
	sl_picture_free(picture);
	free(text);
	return NULL;
}

char *sl_api_status(const struct sl_api_config *config, struct sl_heartbeats *heartbeats,
		    size_t *ret_bytes)
{
	bool ready;

	return picture_text(config, heartbeats, write_all, ret_bytes, &ready);
}

char *sl_api_ready(const struct sl_api_config *config, struct sl_heartbeats *heartbeats,
		   size_t *ret_bytes, bool *ret_ready)
{
	return picture_text(config, heartbeats, write_ready, ret_bytes, ret_ready);
}
