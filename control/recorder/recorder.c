#include "control/recorder/recorder.h"

#include "base/clock.h"
#include "base/record.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

struct sl_recorder {
	struct sl_recorder_config config;
	struct sl_daily *daily;
};

int sl_recorder_new(const struct sl_recorder_config *config, struct sl_recorder **ret_recorder)
{
	const struct sl_daily_config daily = {
		.name = "record",
		.directory = config->directory,
		.days = config->days,
		.bytes = config->bytes,
		.patience_ns = config->patience_ns,
		.stats = config->stats,
	};
	struct sl_recorder *recorder = calloc(1, sizeof(*recorder));
	int e = recorder ? sl_daily_new(&daily, &recorder->daily) : -ENOMEM;

	if (e) {
		free(recorder);
		return e;
	}
	recorder->config = *config;
	*ret_recorder = recorder;
	return 0;
}

void sl_recorder_free(struct sl_recorder *recorder)
{
	if (!recorder)
		return;
	sl_daily_free(recorder->daily);
	free(recorder);
}

struct sl_daily *sl_recorder_daily(struct sl_recorder *recorder)
{
	return recorder->daily;
}

void sl_recorder_open(struct sl_recorder *recorder)
{
	static const uint8_t nobody[16] = {0};

	if (!access(recorder->config.directory, F_OK))
		sl_daily_start(recorder->daily, nobody);
}

static int start(void *self, const uint8_t journal[16], uint64_t position, uint64_t *ret_position)
{
	struct sl_recorder *recorder = self;

	sl_daily_start(recorder->daily, journal);
	*ret_position = position;
	return 0;
}

static int record(void *self, const struct sl_record *from, uint64_t position, int64_t committed_ns)
{
	struct sl_recorder *recorder = self;
	bool is_new = sl_daily_is_new(recorder->daily, position, committed_ns);
	struct sl_event_view event;

	if (from->type != SL_RECORD_EVENT || !is_new)
		return 0;
	if (sl_record_event(from, &event)) {
		atomic_fetch_add_explicit(&recorder->config.stats->damaged, 1,
					  memory_order_relaxed);
		return 0;
	}
	return sl_daily_keep(recorder->daily, sl_span_of(event.json.at, event.json.bytes),
			     event.head.received_ns);
}

static int settle(void *self, uint64_t position)
{
	struct sl_recorder *recorder = self;

	(void)position;
	return sl_daily_settle(recorder->daily);
}

static void rewind_to_settled(void *self)
{
	struct sl_recorder *recorder = self;

	sl_daily_rewind(recorder->daily);
}

const struct sl_consumer_ops sl_recorder_ops = {
	.name = "record",
	.group_ns = SL_NS_PER_S, /* nobody waits for it, and larger blocks are packed better */
	.group_bytes = 4u << 20,
	.poll_ns = 100 * SL_NS_PER_MS,
	.start = start,
	.record = record,
	.settle = settle,
	.rewind = rewind_to_settled,
};
