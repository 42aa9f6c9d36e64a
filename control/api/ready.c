/* Whether the gateway does what it is for, and if not, why. */
#include "control/api/status_priv.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

const char *sl_picture_state(const struct picture *picture)
{
	static const char *const names[] = {
		[SL_STATE_STARTING] = "starting",
		[SL_STATE_RUNNING] = "running",
		[SL_STATE_DRAINING] = "draining",
		[SL_STATE_STOPPED] = "stopped",
	};

	if (!picture->dataplane.connected || !picture->counted)
		return "absent";
	return picture->stats.state && picture->stats.state < sizeof(names) / sizeof(names[0])
		       ? names[picture->stats.state]
		       : "starting";
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

/* True: ready; else why not, each as an element of the array that is open. json may be NULL. */
static bool tell_ready(const struct picture *picture, struct sl_json *json)
{
	const char *state = sl_picture_state(picture);
	uint64_t loaded = picture->dataplane.latest.ruleset, wanted = picture->ruleset.version;
	char sentence[160];
	bool ready = true;

	sentence[0] = '\0';
	for (unsigned i = 0; i < 3; i++) {
		if (i == 0 && strcmp(state, "running") != 0)
			snprintf(sentence, sizeof(sentence), "the dataplane is %s", state);
		else if (i == 0 && picture->stats.pid != picture->dataplane.latest.pid)
			snprintf(sentence, sizeof(sentence),
				 "the counters are of another dataplane");
		else if (i == 1 && !picture->consumers.started)
			snprintf(sentence, sizeof(sentence), "the journal is not read yet");
		else if (i == 2 && !wanted && picture->config->settings->rules[0])
			snprintf(sentence, sizeof(sentence),
				 "no rule set is in force; `sluice load DIR` loads one");
		else if (i == 2 && picture->dataplane.connected && loaded != wanted)
			snprintf(sentence, sizeof(sentence),
				 "the dataplane runs rule set %" PRIu64 ", not %" PRIu64, loaded,
				 wanted);
		else
			continue;
		ready = false;
		if (json)
			sl_json_string(json, sentence);
	}
	return tell_stalled(picture, json) && ready;
}

bool sl_picture_is_ready(const struct picture *picture)
{
	return tell_ready(picture, NULL);
}

void sl_picture_write_why(struct sl_json *json, const struct picture *picture)
{
	sl_json_name(json, "not_ready");
	sl_json_array(json);
	tell_ready(picture, json);
	sl_json_array_end(json);
	sl_json_name(json, "problems");
	sl_json_array(json);
	for (unsigned i = 0; i < picture->unmet.n; i++) {
		sl_json_object(json);
		sl_json_name(json, "setting");
		sl_json_string(json, picture->unmet.at[i].setting);
		sl_json_name(json, "path");
		sl_json_string(json, picture->unmet.at[i].path);
		sl_json_name(json, "message");
		sl_json_string(json, picture->unmet.at[i].sentence);
		sl_json_object_end(json);
	}
	sl_json_array_end(json);
}
