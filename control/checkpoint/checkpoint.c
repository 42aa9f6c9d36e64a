#include "control/checkpoint/checkpoint.h"

#include "base/clock.h"
#include "base/log.h"
#include "control/checkpoint/snapshot.h"
#include "sluice/error.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A group is at most GROUP_BYTES of blocks and one more read; no record is smaller than its header
 * and its struct. */
#define GROUP_BYTES (8u << 20)
#define VALUES_BYTES (GROUP_BYTES + SL_JOURNAL_COPY_MAX + SL_RECORD_BYTES_MAX)
#define MAIL_MAX                                                                                   \
	(VALUES_BYTES / (sizeof(struct sl_record_header) + sizeof(struct sl_mailbox_record)))
#define STATE_MAX                                                                                  \
	(VALUES_BYTES / (sizeof(struct sl_record_header) + sizeof(struct sl_delta_record)))
#define SEEN_MAX (VALUES_BYTES / (sizeof(struct sl_record_header) + sizeof(struct sl_seen_record)))

struct sl_checkpoint {
	const char *path;
	uint32_t seen_room;
	struct sl_consumer_stats *stats;
	struct sl_snapshot *snapshot;
	size_t n_seen;
	size_t n_mail;
	size_t n_state;
	size_t value_bytes;
	int64_t tick_ns; /* INT64_MIN: none came */
	struct sl_seen_record seen[SEEN_MAX];
	struct sl_state_fold state[STATE_MAX];
	struct sl_snapshot_change mail[MAIL_MAX];
	uint8_t values[VALUES_BYTES];
};

int sl_checkpoint_new(const char *path, uint32_t seen_room, struct sl_consumer_stats *stats,
		      struct sl_checkpoint **ret_checkpoint)
{
	struct sl_checkpoint *checkpoint = calloc(1, sizeof(*checkpoint));

	if (!checkpoint)
		return -ENOMEM;
	checkpoint->path = path;
	checkpoint->seen_room = seen_room;
	checkpoint->stats = stats;
	checkpoint->tick_ns = INT64_MIN;
	*ret_checkpoint = checkpoint;
	return 0;
}

void sl_checkpoint_free(struct sl_checkpoint *checkpoint)
{
	if (!checkpoint)
		return;
	sl_snapshot_close(checkpoint->snapshot);
	free(checkpoint);
}

static int start(void *self, const uint8_t journal[16], uint64_t position, uint64_t *ret_position)
{
	struct sl_checkpoint *checkpoint = self;
	uint64_t covered;
	char why[SL_SENTENCE_BYTES];
	int e;

	sl_snapshot_close(checkpoint->snapshot); /* of a start that failed later on */
	checkpoint->snapshot = NULL;
	e = sl_snapshot_open(checkpoint->path, journal, checkpoint->seen_room,
			     &checkpoint->snapshot, &covered, why);

	if (e) {
		sl_log_error("%s", why);
		return e;
	}
	if (!covered && position > 1)
		sl_log_warning("checkpoint: there is no snapshot although the cursor stands at "
			       "block %llu: it is "
			       "made of what the journal still holds",
			       (unsigned long long)position);
	/* a crash between the snapshot's commit and the cursor's leaves the snapshot ahead */
	*ret_position = !covered ? 1 : covered > position ? covered : position;
	return 0;
}

static int take_seen(struct sl_checkpoint *checkpoint, const struct sl_record *record)
{
	int e;

	if (checkpoint->n_seen == SEEN_MAX)
		return -SL_E_LIMIT;
	e = sl_record_seen(record, &checkpoint->seen[checkpoint->n_seen]);
	if (!e)
		checkpoint->n_seen++;
	return e;
}

static int take_mail(struct sl_checkpoint *checkpoint, const struct sl_record *record)
{
	struct sl_snapshot_change *change = &checkpoint->mail[checkpoint->n_mail];
	struct sl_mailbox_view mail;
	size_t bytes = record->bytes;
	int e = sl_record_mailbox(record, &mail);

	if (e)
		return e;
	if (mail.head.part == SL_MAILBOX_CLEARED)
		bytes = 0;
	if (checkpoint->n_mail == MAIL_MAX || bytes > VALUES_BYTES - checkpoint->value_bytes)
		return -SL_E_LIMIT;
	*change = (struct sl_snapshot_change){.sequence = (uint32_t)checkpoint->n_mail++,
					      .value_bytes = (uint32_t)bytes};
	if (bytes)
		change->value = memcpy(checkpoint->values + checkpoint->value_bytes,
				       record->payload, bytes);
	checkpoint->value_bytes += bytes;
	sl_snapshot_mail_key(change, &mail.head);
	return 0;
}

static int take_state(struct sl_checkpoint *checkpoint, const struct sl_record *record)
{
	struct sl_state_fold *fold = &checkpoint->state[checkpoint->n_state];
	struct sl_delta_view delta;
	int e = sl_record_delta(record, &delta);

	if (e)
		return e;
	if (checkpoint->n_state == STATE_MAX ||
	    record->bytes > VALUES_BYTES - checkpoint->value_bytes)
		return -SL_E_LIMIT;
	*fold = (struct sl_state_fold){.sequence = (uint32_t)checkpoint->n_state++,
				       .bytes = record->bytes};
	fold->payload = memcpy(checkpoint->values + checkpoint->value_bytes, record->payload,
			       record->bytes);
	checkpoint->value_bytes += record->bytes;
	sl_state_fold_key(fold, &delta);
	return 0;
}

static int take_tick(struct sl_checkpoint *checkpoint, const struct sl_record *record)
{
	struct sl_tick_record tick;
	int e = sl_record_tick(record, &tick);

	if (!e && tick.watermark_ns > checkpoint->tick_ns)
		checkpoint->tick_ns = tick.watermark_ns;
	return e;
}

static int record(void *self, const struct sl_record *from, uint64_t position, int64_t committed_ns)
{
	struct sl_checkpoint *checkpoint = self;
	int e;

	(void)committed_ns;
	if (from->type == SL_RECORD_SEEN)
		e = take_seen(checkpoint, from);
	else if (from->type == SL_RECORD_MAILBOX)
		e = take_mail(checkpoint, from);
	else if (from->type == SL_RECORD_DELTA || from->type == SL_RECORD_TOMBSTONE)
		e = take_state(checkpoint, from);
	else if (from->type == SL_RECORD_TICK)
		e = take_tick(checkpoint, from);
	else
		return 0;
	if (!e || e == -SL_E_LIMIT)
		return e;
	sl_log_error("checkpoint: a record of type %u in block %llu is passed over: %s", from->type,
		     (unsigned long long)position, sl_error_text(e));
	atomic_fetch_add_explicit(&checkpoint->stats->damaged, 1, memory_order_relaxed);
	return 0;
}

static void forget(void *self)
{
	struct sl_checkpoint *checkpoint = self;

	checkpoint->n_seen = 0;
	checkpoint->n_mail = 0;
	checkpoint->n_state = 0;
	checkpoint->tick_ns = INT64_MIN;
	checkpoint->value_bytes = 0;
}

static int settle(void *self, uint64_t position)
{
	struct sl_checkpoint *checkpoint = self;
	struct sl_snapshot_batch batch = {
		.seen = checkpoint->seen,
		.n_seen = checkpoint->n_seen,
		.mail = checkpoint->mail,
		.n_mail = checkpoint->n_mail,
		.state = checkpoint->state,
		.n_state = checkpoint->n_state,
		.tick_ns = checkpoint->tick_ns,
		.position = position,
	};
	size_t left_out = 0;
	int e = sl_snapshot_apply(checkpoint->snapshot, &batch, &left_out);

	if (e)
		return e;
	if (left_out) {
		sl_log_error("checkpoint: %zu changes of state before block %llu belong to nothing "
			     "that is there, and are left out",
			     left_out, (unsigned long long)position);
		atomic_fetch_add_explicit(&checkpoint->stats->damaged, 1, memory_order_relaxed);
	}
	atomic_fetch_add_explicit(&checkpoint->stats->settled,
				  batch.n_seen + batch.n_mail + batch.n_state,
				  memory_order_relaxed);
	forget(checkpoint);
	return 0;
}

const struct sl_consumer_ops sl_checkpoint_ops = {
	.name = "checkpoint",
	.group_ns = SL_NS_PER_S,
	.group_bytes = GROUP_BYTES,
	.poll_ns = 50 * SL_NS_PER_MS,
	.start = start,
	.record = record,
	.settle = settle,
	.rewind = forget,
};
