/* Whether the gateway does what it is for, and if not, why. */
#include "control/api/status_priv.h"
#include "control/json_member.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

const char *sl_picture_state(const struct picture *picture)
{
	uint64_t state = picture->stats.state;

	if (!picture->dataplane.connected || !picture->counted)
		return sl_dataplane_state_names[0];
	return sl_dataplane_state_names[state && state < SL_DATAPLANE_STATES ? state
									     : SL_STATE_STARTING];
}

static bool tell_stalled(const struct picture *picture, struct sl_json *json)
{
	char sentence[160];
	bool none = true;

	if (!picture->dataplane.connected)
		return true;
	for (unsigned i = 0; i < picture->heartbeats->workers; i++) {
		int64_t ns = sl_heartbeats_stalled_ns(picture->heartbeats, i);

		if (!ns)
			continue;
		none = false;
		snprintf(sentence, sizeof(sentence),
			 "worker %u is stalled: it has stood still for %lld s", i,
			 (long long)(ns / SL_NS_PER_S));
		if (json)
			sl_json_string(json, sentence);
	}
	return none;
}

/* Each of these: true where that is missing, with a sentence that says so. */
typedef bool lack(const struct picture *picture, char ret_why[SL_SENTENCE_BYTES]);

static bool lacks_dataplane(const struct picture *picture, char ret_why[SL_SENTENCE_BYTES])
{
	const char *state = sl_picture_state(picture);

	if (strcmp(state, "running") != 0)
		snprintf(ret_why, SL_SENTENCE_BYTES, "the dataplane is %s", state);
	else if (picture->stats.pid != picture->dataplane.latest.pid)
		snprintf(ret_why, SL_SENTENCE_BYTES, "the counters are of another dataplane");
	else
		return false;
	return true;
}

static bool lacks_journal(const struct picture *picture, char ret_why[SL_SENTENCE_BYTES])
{
	if (picture->consumers.started)
		return false;
	snprintf(ret_why, SL_SENTENCE_BYTES, "the journal is not read yet");
	return true;
}

/* The settings name campaigns, and they are not in force; or others run than those in force. */
static bool lacks_wanted_rules(const struct picture *picture, char ret_why[SL_SENTENCE_BYTES])
{
	uint64_t loaded = picture->dataplane.latest.ruleset, wanted = picture->ruleset.version;

	if (!wanted && picture->config->settings->rules[0])
		snprintf(ret_why, SL_SENTENCE_BYTES,
			 "no rule set is in force; `sluice load DIR` loads one");
	else if (picture->dataplane.connected && loaded != wanted)
		snprintf(ret_why, SL_SENTENCE_BYTES,
			 "the dataplane runs rule set %" PRIu64 ", not %" PRIu64, loaded, wanted);
	else
		return false;
	return true;
}

static bool lacks_any_rules(const struct picture *picture, char ret_why[SL_SENTENCE_BYTES])
{
	if (picture->ruleset.version || picture->config->settings->rules[0])
		return false;
	snprintf(ret_why, SL_SENTENCE_BYTES,
		 "there is no rule set yet, events are refused; `sluice load DIR` loads one");
	return true;
}

static bool lacks_agreement(const struct picture *picture, char ret_why[SL_SENTENCE_BYTES])
{
	const struct sl_stats_copy *stats = &picture->stats;

	if (!picture->counted || stats->ruleset_least == stats->ruleset_most)
		return false;
	snprintf(ret_why, SL_SENTENCE_BYTES,
		 "the workers use rule sets %" PRIu64 " to %" PRIu64 "; a change is under way",
		 stats->ruleset_least, stats->ruleset_most);
	return true;
}

static bool lacks_room(const struct picture *picture, char ret_why[SL_SENTENCE_BYTES])
{
	if (!picture->counted || !picture->stats.backpressure)
		return false;
	snprintf(ret_why, SL_SENTENCE_BYTES,
		 "the journal is full up to its mark, sources are told to wait; see why the sinks "
		 "do not follow");
	return true;
}

static const struct {
	lack *asks;
	bool started; /* without it the gateway has not come up */
} lacks[] = {
	{lacks_dataplane, true},  {lacks_journal, true},    {lacks_wanted_rules, true},
	{lacks_any_rules, false}, {lacks_agreement, false}, {lacks_room, false},
};

/* True: nothing is missing; else what, each as an element of the array that is open. json may be
 * NULL. */
static bool tell_lacks(const struct picture *picture, bool started_only, struct sl_json *json)
{
	char why[SL_SENTENCE_BYTES];
	bool none = true;

	for (size_t i = 0; i < sizeof(lacks) / sizeof(lacks[0]); i++) {
		if ((started_only && !lacks[i].started) || !lacks[i].asks(picture, why))
			continue;
		none = false;
		if (json)
			sl_json_string(json, why);
	}
	return tell_stalled(picture, json) && none;
}

bool sl_picture_is_started(const struct picture *picture)
{
	return tell_lacks(picture, true, NULL);
}

bool sl_picture_is_ready(const struct picture *picture)
{
	return tell_lacks(picture, false, NULL);
}

void sl_picture_write_why(struct sl_json *json, const struct picture *picture)
{
	sl_member_array(json, "not_ready");
	tell_lacks(picture, false, json);
	sl_json_array_end(json);
	sl_member_array(json, "problems");
	for (unsigned i = 0; i < picture->unmet.n; i++) {
		sl_json_object(json);
		sl_member_string(json, "setting", picture->unmet.at[i].setting);
		sl_member_string(json, "path", picture->unmet.at[i].path);
		sl_member_string(json, "message", picture->unmet.at[i].sentence);
		sl_json_object_end(json);
	}
	sl_json_array_end(json);
}
