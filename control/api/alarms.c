/* What is no reason not to be ready, and wants somebody to look: in the status and in the log. */
#include "base/log.h"
#include "control/api/api_priv.h"
#include "control/api/status_priv.h"

#include <stdio.h>

#define SENTENCE_BYTES 256

static void crowded_sentence(const struct sl_crowding *crowding, unsigned worker,
			     char sentence[SENTENCE_BYTES])
{
	snprintf(sentence, SENTENCE_BYTES,
		 "worker %u waited for its core %u %% of the last %d s: something else computes "
		 "there. Give the dataplane cores of its own (CPUAffinity=, isolcpus), or fewer "
		 "workers",
		 worker, sl_crowding_permille(crowding, worker) / 10,
		 (int)(SL_CROWDED_WINDOW_NS / SL_NS_PER_S));
}

#define STATE_FULL_PERMILLE 900u

static bool fills_memory(const struct picture *picture)
{
	return picture->counted && (picture->stats.state_fill_permille >= STATE_FULL_PERMILLE ||
				    sl_heartbeats_refuses(picture->heartbeats));
}

/* How full it is does not say that it is used up: the index of keys may be, or all chunks begun. */
static void refuses_sentence(const struct picture *picture, char sentence[SENTENCE_BYTES])
{
	snprintf(sentence, SENTENCE_BYTES,
		 "campaigns begin nothing new for want of memory, %llu times so far: %u %% of a "
		 "worker's is filled, %llu keys in all. Raise state.bytes, or shorten windows",
		 (unsigned long long)picture->stats.state_refused,
		 picture->stats.state_fill_permille / 10,
		 (unsigned long long)picture->stats.state_keys);
}

static void memory_sentence(const struct picture *picture, char sentence[SENTENCE_BYTES])
{
	if (sl_heartbeats_refuses(picture->heartbeats)) {
		refuses_sentence(picture, sentence);
		return;
	}
	snprintf(sentence, SENTENCE_BYTES,
		 "what campaigns remember fills %u %% of a worker's memory, %llu keys in all; at "
		 "100 %% nothing new is begun. Raise state.bytes, or shorten windows",
		 picture->stats.state_fill_permille / 10,
		 (unsigned long long)picture->stats.state_keys);
}

static void write_wires(struct sl_json *json, const struct picture *picture)
{
	const struct sl_stats_copy *stats = &picture->stats;
	char sentence[SENTENCE_BYTES];

	for (unsigned w = 0; w < stats->wires; w++) {
		if (!stats->wire[w][SL_WIRE_LINK_UP]) {
			snprintf(sentence, SENTENCE_BYTES,
				 "wire %s: the link is down; nothing comes from there. Look at the "
				 "cable, and at what mirrors to it",
				 stats->wire_names[w]);
			sl_json_string(json, sentence);
		}
		if (sl_heartbeats_loses(picture->heartbeats, w)) {
			snprintf(
				sentence, SENTENCE_BYTES,
				"wire %s loses packets, %llu so far: `sluice status --json` says "
				"where. More workers, dpdk.descriptors or dpdk.buffers, or less on "
				"the wire",
				stats->wire_names[w],
				(unsigned long long)sl_stats_wire_lost(stats, w));
			sl_json_string(json, sentence);
		}
	}
}

void sl_picture_write_alarms(struct sl_json *json, const struct picture *picture)
{
	const struct sl_crowding *crowding = &picture->heartbeats->crowding;
	char sentence[SENTENCE_BYTES];

	sl_json_name(json, "alarms");
	sl_json_array(json);
	for (unsigned i = 0; picture->dataplane.connected && i < crowding->workers; i++) {
		if (!sl_crowding_is_crowded(crowding, i))
			continue;
		crowded_sentence(crowding, i, sentence);
		sl_json_string(json, sentence);
	}
	if (picture->dataplane.connected && fills_memory(picture)) {
		memory_sentence(picture, sentence);
		sl_json_string(json, sentence);
	}
	if (picture->dataplane.connected && picture->counted)
		write_wires(json, picture);
	sl_json_array_end(json);
}

void sl_api_tell_alarms(struct sl_api *api)
{
	const struct sl_crowding *crowding = &api->heartbeats.crowding;
	char sentence[SENTENCE_BYTES];

	for (unsigned i = 0; i < SL_WORKERS_SHOWN; i++) {
		bool crowded = sl_crowding_is_crowded(crowding, i);

		crowded_sentence(crowding, i, sentence);
		if (crowded && !api->crowded[i])
			sl_log_warning("%s", sentence);
		else if (!crowded && api->crowded[i] && i < crowding->workers)
			sl_log_info("worker %u has its core again", i);
		api->crowded[i] = crowded;
	}
}
