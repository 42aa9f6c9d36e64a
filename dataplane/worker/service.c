#include "worker/service.h"

#include "base/clock.h"
#include "base/counters.h"

#include <stdio.h>
#include <systemd/sd-daemon.h>

static const struct sl_stats_worker *worker_of(const struct sl_stats_header *stats, unsigned i)
{
	return (const struct sl_stats_worker *)(stats + 1) + i;
}

void sl_service_init(struct sl_service *service, const struct sl_stats_header *stats,
		     int64_t now_ns)
{
	uint64_t watchdog_us = 0;

	if (sd_watchdog_enabled(0, &watchdog_us) <= 0)
		watchdog_us = 0;
	*service = (struct sl_service){.stats = stats};
	sl_watch_init(&service->watch, watchdog_us, stats->workers + 1, now_ns);
}

static void note_all(struct sl_service *service, int64_t now_ns)
{
	const struct sl_stats_header *stats = service->stats;
	struct sl_pulse *pulse = &service->watch.pulse;

	for (unsigned i = 0; i < stats->workers; i++)
		sl_pulse_note(pulse, i, sl_stat_get(&worker_of(stats, i)->heartbeat), now_ns);
	sl_pulse_note(pulse, stats->workers, sl_stat_get(&stats->store.heartbeat), now_ns);
}

static void describe(const struct sl_stats_header *stats, char *text, size_t room)
{
	uint64_t received = 0, ruleset = 0;

	for (unsigned i = 0; i < stats->workers; i++) {
		const struct sl_stats_worker *worker = worker_of(stats, i);

		ruleset = sl_stat_get(&worker->ruleset);
		for (unsigned c = 0; c < stats->channels; c++)
			received += sl_stat_get(&worker->ledger[c][SL_LEDGER_RECEIVED]);
	}
	if (!ruleset)
		snprintf(text, room, "no rule set: events are refused until one is loaded");
	else
		snprintf(text, room, "rule set %llu, %llu events received, journal %llu %% full%s",
			 (unsigned long long)ruleset, (unsigned long long)received,
			 (unsigned long long)sl_stat_get(&stats->store.fill_permille) / 10,
			 sl_stat_get(&stats->store.backpressure) ? ", sources are told to wait"
								 : "");
}

void sl_service_ready(struct sl_service *service)
{
	char text[160];

	describe(service->stats, text, sizeof(text));
	sd_notifyf(0, "READY=1\nSTATUS=%s", text);
}

static void tell_stalled(const struct sl_service *service, unsigned who)
{
	if (who < service->stats->workers)
		sd_notifyf(0, "STATUS=worker %u stands still; the watchdog is not fed", who);
	else
		sd_notify(0, "STATUS=the committer stands still; the watchdog is not fed");
}

static void take_turn(struct sl_service *service, int64_t now_ns)
{
	char text[160];
	unsigned who;

	note_all(service, now_ns);
	switch (sl_watch_turn(&service->watch, now_ns, &who)) {
	case SL_WATCH_FEED:
		describe(service->stats, text, sizeof(text));
		sd_notifyf(0, "WATCHDOG=1\nSTATUS=%s", text);
		break;
	case SL_WATCH_TELL:
		tell_stalled(service, who);
		break;
	case SL_WATCH_QUIET:
		break;
	}
}

int sl_service_tick(struct sl_service *service, int64_t now_ns)
{
	if (!service->watch.limit_ns)
		return -1;
	if (sl_watch_is_due(&service->watch, now_ns))
		take_turn(service, now_ns);
	return (int)((service->watch.due_ns - now_ns + SL_NS_PER_MS - 1) / SL_NS_PER_MS);
}

void sl_service_stopping(struct sl_service *service)
{
	(void)service;
	sd_notify(0, "STOPPING=1\nSTATUS=draining: what was received is committed and answered");
}
