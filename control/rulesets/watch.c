/* Seeing to it that the dataplane runs the rule set in force: after its restart, after ours, and
 * after a load whose answer was lost. */
#include "base/clock.h"
#include "base/log.h"
#include "control/rulesets/thread_priv.h"
#include "sluice/error.h"
#include "sluice/layout.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define LINK_PAUSE_NS (100 * SL_NS_PER_MS)
#define LOAD_PAUSE_NS_MIN (500 * SL_NS_PER_MS)
#define LOAD_PAUSE_NS_MAX (30 * SL_NS_PER_S)

void sl_rulesets_publish(struct sl_rulesets *rulesets)
{
	pthread_mutex_lock(&rulesets->lock);
	rulesets->current = rulesets->store.current;
	rulesets->dataplane.connected = rulesets->link.fd >= 0;
	rulesets->dataplane.latest = rulesets->link.latest;
	pthread_mutex_unlock(&rulesets->lock);
}

/* Apart, for it is long and changes with a load only. */
void sl_rulesets_publish_versions(struct sl_rulesets *rulesets)
{
	const struct sl_ruleset_store *store = &rulesets->store;

	pthread_mutex_lock(&rulesets->lock);
	memcpy(rulesets->versions, store->versions, store->n_versions * sizeof(*store->versions));
	rulesets->n_versions = store->n_versions;
	pthread_mutex_unlock(&rulesets->lock);
}

bool sl_rulesets_stopping(struct sl_rulesets *rulesets)
{
	bool stopping;

	pthread_mutex_lock(&rulesets->lock);
	stopping = rulesets->stopping;
	pthread_mutex_unlock(&rulesets->lock);
	return stopping;
}

int sl_rulesets_link(struct sl_rulesets *rulesets, char ret_why[SL_COMMAND_TEXT_MAX])
{
	int e;

	if (sl_link_alive(&rulesets->link))
		return 0;
	e = sl_link_open(&rulesets->link, rulesets->config.paths->command, ret_why);
	if (!e) {
		sl_log_info("the dataplane answers: process %lld, %u workers, rule set %" PRIu64,
			    (long long)rulesets->link.latest.pid, rulesets->link.latest.workers,
			    rulesets->link.latest.ruleset);
		rulesets->told_absent = false;
		rulesets->load_again_ns = 0;
		rulesets->load_pause_ns = 0;
	}
	sl_rulesets_publish(rulesets);
	return e;
}

/* Until the dataplane takes it, with growing pauses. */
static void load_current(struct sl_rulesets *rulesets, int64_t now_ns)
{
	char path[SL_RULESET_PATH], why[SL_COMMAND_TEXT_MAX];
	uint64_t number = rulesets->store.current.version;
	int e;

	if (now_ns < rulesets->load_again_ns)
		return;
	sl_ruleset_store_path(&rulesets->store, number, SL_RULESET_ARTIFACT, path);
	e = sl_link_load(&rulesets->link, path, why);
	if (!e && rulesets->link.latest.ruleset != number) {
		snprintf(why, sizeof(why), "it took it and names %" PRIu64,
			 rulesets->link.latest.ruleset);
		e = -SL_E_PEER;
	}
	if (e) {
		rulesets->load_pause_ns =
			rulesets->load_pause_ns ? rulesets->load_pause_ns * 2 : LOAD_PAUSE_NS_MIN;
		if (rulesets->load_pause_ns > LOAD_PAUSE_NS_MAX)
			rulesets->load_pause_ns = LOAD_PAUSE_NS_MAX;
		rulesets->load_again_ns = sl_clock_read(CLOCK_MONOTONIC) + rulesets->load_pause_ns;
		sl_log_error("the dataplane does not take rule set %" PRIu64 ": %s", number, why);
	} else {
		rulesets->load_pause_ns = 0;
		sl_log_info("the dataplane was told rule set %" PRIu64, number);
	}
	sl_rulesets_publish(rulesets);
}

void sl_rulesets_watch(struct sl_rulesets *rulesets)
{
	int64_t now_ns = sl_clock_read(CLOCK_MONOTONIC);
	char why[SL_COMMAND_TEXT_MAX];

	if (!sl_link_alive(&rulesets->link)) {
		sl_rulesets_publish(rulesets);
		if (now_ns < rulesets->link_again_ns)
			return;
		rulesets->link_again_ns = now_ns + LINK_PAUSE_NS;
		if (sl_rulesets_link(rulesets, why)) {
			if (!rulesets->told_absent)
				sl_log_warning("%s; tried again until it does", why);
			rulesets->told_absent = true;
			return;
		}
	}
	if (rulesets->store.current.version &&
	    rulesets->link.latest.ruleset != rulesets->store.current.version)
		load_current(rulesets, now_ns);
}
