/* The quarantine as a consumer of the journal. */
#include "control/quarantine/quarantine_priv.h"

#include "base/clock.h"
#include "base/log.h"
#include "sluice/error.h"
#include "sluice/reason.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <xxhash.h>

int sl_quarantine_new(const struct sl_quarantine_config *config,
		      struct sl_quarantine **ret_quarantine)
{
	struct sl_quarantine *quarantine = calloc(1, sizeof(*quarantine));

	if (!quarantine)
		return -ENOMEM;
	quarantine->config = *config;
	quarantine->fd = -1;
	pthread_mutex_init(&quarantine->lock, NULL);
	*ret_quarantine = quarantine;
	return 0;
}

void sl_quarantine_free(struct sl_quarantine *quarantine)
{
	if (!quarantine)
		return;
	if (quarantine->fd >= 0)
		close(quarantine->fd);
	free(quarantine->behind);
	pthread_mutex_destroy(&quarantine->lock);
	free(quarantine);
}

/* A directory that cannot be used yet ends nothing: it is tried again at the first refused event.
 */
static int start(void *self, const uint8_t journal[16], uint64_t position, uint64_t *ret_position)
{
	struct sl_quarantine *quarantine = self;
	int e;

	memcpy(quarantine->journal, journal, sizeof(quarantine->journal));
	quarantine->look_behind = true;
	e = sl_quarantine_open(quarantine);
	if (e)
		sl_log_error("quarantine: %s cannot be used: %s", quarantine->config.directory,
			     sl_error_text(e));
	*ret_position = position;
	return 0;
}

/* 0: it goes on without what could not be kept. */
static int failed(struct sl_quarantine *quarantine, int error, uint64_t records)
{
	int64_t now_ns = sl_clock_read(CLOCK_MONOTONIC);

	if (!quarantine->failing_ns) {
		quarantine->failing_ns = now_ns;
		quarantine->losing = false;
	}
	if (now_ns - quarantine->failing_ns < quarantine->config.patience_ns)
		return error;
	if (!quarantine->losing)
		sl_log_error("quarantine: %s; refused events are counted, not kept, until %s can "
			     "be written again",
			     sl_error_text(error), quarantine->config.directory);
	quarantine->losing = true;
	pthread_mutex_lock(&quarantine->lock);
	quarantine->lost += records;
	pthread_mutex_unlock(&quarantine->lock);
	return 0;
}

static int record(void *self, const struct sl_record *from, uint64_t position, int64_t committed_ns)
{
	struct sl_quarantine *quarantine = self;
	struct sl_segment_record record = {.position = position};
	struct sl_refused_view refused;
	const char *reason;
	int e;

	if (from->type != SL_RECORD_REFUSED)
		return 0;
	e = sl_record_refused(from, &refused);
	if (e) {
		atomic_fetch_add_explicit(&quarantine->config.stats->damaged, 1,
					  memory_order_relaxed);
		return 0;
	}
	reason =
		refused.head.reason < SL_WHY_COUNT ? sl_reason_info(refused.head.reason)->name : "";
	record.hash = XXH3_64bits(from->payload, from->bytes);
	record.body = (struct sl_quarantined){
		.received_ns = refused.head.received_ns,
		.committed_ns = committed_ns,
		.fault_offset = refused.head.offset,
		.text_whole_bytes = refused.head.text_whole_bytes,
		.channel = refused.channel,
		.reason = {.at = reason, .bytes = (uint32_t)strlen(reason)},
		.detail = refused.detail,
		.text = refused.text,
	};
	e = sl_quarantine_keep(quarantine, &record);
	return e ? failed(quarantine, e, 1) : 0;
}

static int settle(void *self, uint64_t position)
{
	struct sl_quarantine *quarantine = self;
	uint64_t records = quarantine->unsettled;
	int e = sl_quarantine_settle(quarantine);

	(void)position;
	if (e) {
		e = failed(quarantine, e, records);
		if (!e)
			sl_quarantine_rewind(quarantine); /* it goes on without them */
	} else if (records && quarantine->failing_ns) {
		quarantine->failing_ns = 0;
		sl_log_info("quarantine: %s can be written again", quarantine->config.directory);
	}
	return e;
}

static void rewind_to_settled(void *self)
{
	sl_quarantine_rewind(self);
}

const struct sl_consumer_ops sl_quarantine_ops = {
	.name = "quarantine",
	.group_ns = 500 * SL_NS_PER_MS, /* nobody waits for it, and a saved cursor costs syncs */
	.group_bytes = 4u << 20,
	.poll_ns = 100 * SL_NS_PER_MS,
	.start = start,
	.record = record,
	.settle = settle,
	.rewind = rewind_to_settled,
};
