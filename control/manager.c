#include "control/manager.h"

#include "base/clock.h"

#include <stdio.h>
#include <systemd/sd-daemon.h>

void sl_manager_init(struct sl_manager *manager, int64_t now_ns)
{
	uint64_t watchdog_us = 0;

	if (sd_watchdog_enabled(0, &watchdog_us) <= 0)
		watchdog_us = 0;
	manager->ready = false;
	sl_watch_init(&manager->watch, watchdog_us, 0, now_ns);
}

static void describe(struct sl_rulesets *rulesets, char *text, size_t room)
{
	struct sl_ruleset_info info;
	struct sl_dataplane_view dataplane;
	const char *there;

	sl_rulesets_current(rulesets, &info);
	sl_rulesets_dataplane(rulesets, &dataplane);
	there = dataplane.connected ? "the dataplane answers" : "the dataplane does not answer";
	if (info.version)
		snprintf(text, room, "rule set %llu of %llu campaigns; %s",
			 (unsigned long long)info.version, (unsigned long long)info.campaigns,
			 there);
	else
		snprintf(text, room, "no rule set; %s", there);
}

static void note_all(struct sl_pulse *pulse, struct sl_consumers *consumers, int64_t now_ns)
{
	uint64_t turns[SL_CONSUMERS_MAX];
	unsigned n = sl_consumers_turns(consumers, turns);

	if (n != pulse->n) /* they start once there is a journal */
		sl_pulse_init(pulse, n, now_ns);
	for (unsigned i = 0; i < n; i++)
		sl_pulse_note(pulse, i, turns[i], now_ns);
}

void sl_manager_tick(struct sl_manager *manager, struct sl_consumers *consumers,
		     struct sl_rulesets *rulesets, int64_t now_ns)
{
	char text[160];
	unsigned who;

	if (!manager->ready) {
		describe(rulesets, text, sizeof(text));
		sd_notifyf(0, "READY=1\nSTATUS=%s", text);
		manager->ready = true;
	}
	if (!sl_watch_is_due(&manager->watch, now_ns))
		return;
	note_all(&manager->watch.pulse, consumers, now_ns);
	switch (sl_watch_turn(&manager->watch, now_ns, &who)) {
	case SL_WATCH_FEED:
		describe(rulesets, text, sizeof(text));
		sd_notifyf(0, "WATCHDOG=1\nSTATUS=%s", text);
		break;
	case SL_WATCH_TELL:
		sd_notifyf(0, "STATUS=consumer %s stands still; the watchdog is not fed",
			   sl_consumers_name(consumers, who));
		break;
	case SL_WATCH_QUIET:
		break;
	}
}

void sl_manager_reloading(void)
{
	sd_notifyf(0, "RELOADING=1\nMONOTONIC_USEC=%lld\nSTATUS=reading the settings again",
		   (long long)(sl_clock_read(CLOCK_MONOTONIC) / 1000));
}

void sl_manager_reloaded(void)
{
	sd_notify(0, "READY=1");
}

void sl_manager_stopping(void)
{
	sd_notify(0, "STOPPING=1\nSTATUS=forwarding what is committed");
}
