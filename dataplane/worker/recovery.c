/* What the journal and the snapshot know, given back to the workers, before any of them runs. */
#include "sluice/layout.h"
#include "worker/worker_priv.h"

#include <stdio.h>

/* Between fetching an id's place and writing there: a million ids are a million misses otherwise.
 */
#define AHEAD 32u

struct recovery {
	struct sl_engine *engine;
	int64_t now_ns;
	int error;
	uint64_t n_seen; /* that came; the last AHEAD of them wait */
	struct sl_seen_record waiting[AHEAD];
};

static struct sl_seen *seen_of(const struct recovery *recovery, const struct sl_seen_record *seen)
{
	const struct sl_engine *engine = recovery->engine;

	return engine->workers[sl_owner_of(engine, seen->partition)].seen;
}

static void restore_waiting(struct recovery *recovery, uint64_t number)
{
	const struct sl_seen_record *seen = &recovery->waiting[number % AHEAD];

	sl_seen_restore(seen_of(recovery, seen), seen, recovery->now_ns);
}

static void take_seen(struct recovery *recovery, const struct sl_record *record)
{
	struct sl_seen_record seen;

	if (sl_record_seen(record, &seen)) {
		recovery->error = -SL_E_DAMAGED;
		return;
	}
	if (recovery->n_seen >= AHEAD)
		restore_waiting(recovery, recovery->n_seen);
	recovery->waiting[recovery->n_seen++ % AHEAD] = seen;
	sl_seen_restore_ahead(seen_of(recovery, &seen), &seen);
}

static void restore_rest(struct recovery *recovery)
{
	uint64_t number = recovery->n_seen > AHEAD ? recovery->n_seen - AHEAD : 0;

	for (; number < recovery->n_seen; number++)
		restore_waiting(recovery, number);
}

static void take_mail(struct recovery *recovery, const struct sl_record *record)
{
	struct sl_engine *engine = recovery->engine;
	struct sl_mailbox_view view;
	struct sl_worker *sender;
	struct sl_mail mail;

	if (sl_record_mailbox(record, &view) || view.head.from >= SL_PARTITIONS ||
	    view.head.to >= SL_PARTITIONS || view.body.bytes > SL_MAIL_BODY_MAX) {
		recovery->error = -SL_E_DAMAGED;
		return;
	}
	mail = (struct sl_mail){
		.id = {view.head.id[0], view.head.id[1]},
		.from = view.head.from,
		.to = view.head.to,
		.kind = view.head.kind,
		.body = view.body,
	};
	sender = &engine->workers[sl_owner_of(engine, mail.from)];
	if (view.head.part == SL_MAILBOX_CLEARED)
		sl_mailbox_forget(sender, mail.id);
	else if (sl_mailbox_restore(sender, &mail))
		recovery->error = -ENOMEM;
}

static void take_record(void *context, const struct sl_record *record)
{
	if (record->type == SL_RECORD_SEEN)
		take_seen(context, record);
	else if (record->type == SL_RECORD_MAILBOX)
		take_mail(context, record);
}

int sl_engine_recover(struct sl_engine *engine, char ret_why[SL_SENTENCE_BYTES])
{
	struct recovery recovery = {.engine = engine, .now_ns = sl_clock_now().wall_ns};
	char snapshot[SL_SETTING_TEXT_MAX + 16];
	int error;

	ret_why[0] = 0;
	if (engine->config.in_memory)
		return 0;
	snprintf(snapshot, sizeof(snapshot), "%s/" SL_DATA_SNAPSHOT, engine->config.settings.data);
	error = sl_store_recover(engine->store, snapshot, SL_RECOVER_IDS, take_record, &recovery,
				 ret_why);
	restore_rest(&recovery);
	if (error >= 0 && recovery.error) {
		error = recovery.error;
		snprintf(ret_why, SL_SENTENCE_BYTES,
			 "a record of the journal or snapshot cannot be: %s", sl_error_text(error));
	}
	return error < 0 ? error : 0;
}

/* ---- what campaigns remember ----------------------------------------------------------------- */

struct board {
	uint16_t partition;
	uint16_t bytes;
	uint8_t image[SL_GAPS_IMAGE_BYTES];
};

struct restoring {
	struct sl_engine *engine;
	const struct sl_state_plan *plan;
	int error;
	int64_t tick_ns;
	unsigned n_boards;
	struct board boards[SL_IO_WORKERS_MAX]; /* of what may have been lost: the last of each */
};

static int note_board(struct restoring *restoring, const struct sl_delta_view *delta)
{
	struct board *board = restoring->boards, *end = board + restoring->n_boards;

	if (delta->image.bytes > sizeof(board->image))
		return -SL_E_FORMAT;
	while (board < end && board->partition != delta->head.partition)
		board++;
	if (board == end && ++restoring->n_boards > SL_IO_WORKERS_MAX)
		return -SL_E_FORMAT;
	board->partition = delta->head.partition;
	board->bytes = (uint16_t)delta->image.bytes;
	if (delta->image.bytes)
		memcpy(board->image, delta->image.at, delta->image.bytes);
	return 0;
}

static int restore_boards(struct restoring *restoring)
{
	int error = 0;

	for (unsigned i = 0; i < restoring->n_boards && !error; i++)
		error = sl_loss_restore(
			restoring->engine, restoring->boards[i].partition,
			sl_span_of(restoring->boards[i].image, restoring->boards[i].bytes));
	sl_loss_resume(restoring->engine);
	return error;
}

static void restore_delta(struct restoring *restoring, const struct sl_record *record)
{
	struct sl_delta_view delta;
	int error = sl_record_delta(record, &delta);
	unsigned owner;

	if (!error && delta.head.slot == SL_STATE_GAPS_SLOT && !delta.key.bytes) {
		error = note_board(restoring, &delta);
	} else if (!error) {
		owner = sl_owner_of(restoring->engine, delta.head.partition);
		error = sl_states_restore(restoring->engine->workers[owner].states, restoring->plan,
					  delta.key, sl_text_hash(delta.key.at, delta.key.bytes),
					  delta.head.slot, delta.image.at,
					  (uint32_t)delta.image.bytes);
	}
	if (error && !restoring->error)
		restoring->error = error;
}

static void restore_record(void *context, const struct sl_record *record)
{
	struct restoring *restoring = context;
	struct sl_tick_record tick;

	if (record->type != SL_RECORD_TICK)
		restore_delta(restoring, record);
	else if (!sl_record_tick(record, &tick) && tick.watermark_ns > restoring->tick_ns)
		restoring->tick_ns = tick.watermark_ns;
}

/* With the first generation, which says what the bytes mean, and before any worker has it. */
int sl_engine_restore_states(struct sl_engine *engine, const struct sl_generation *generation,
			     char ret_why[SL_SENTENCE_BYTES])
{
	struct restoring restoring = {
		.engine = engine, .plan = generation->temporal.plan, .tick_ns = INT64_MIN};
	char snapshot[SL_SETTING_TEXT_MAX + 16];
	int error;

	if (engine->config.in_memory || !generation->temporal.remembers)
		return 0;
	/* whoever tries again is told why it cannot be */
	snprintf(ret_why, SL_SENTENCE_BYTES, "%s", engine->states_why);
	if (engine->states_spoilt)
		return engine->states_spoilt;
	snprintf(snapshot, sizeof(snapshot), "%s/" SL_DATA_SNAPSHOT, engine->config.settings.data);
	error = sl_store_recover(engine->store, snapshot, SL_RECOVER_STATE, restore_record,
				 &restoring, ret_why);
	if (error >= 0 && !restoring.error && sl_state_plan_absence(restoring.plan))
		restoring.error = restore_boards(&restoring);
	if (error < 0) {
		restoring.error = error;
		snprintf(engine->states_why, sizeof(engine->states_why), "%s", ret_why);
	} else if (restoring.error == -SL_E_FULL)
		snprintf(engine->states_why, sizeof(engine->states_why),
			 "what campaigns remember does not fit into state.bytes (%lld, %u workers "
			 "share it); raise it and start the dataplane again",
			 (long long)engine->config.settings.state_bytes, engine->n_workers);
	else if (restoring.error)
		snprintf(engine->states_why, sizeof(engine->states_why),
			 "what the journal or snapshot says of a campaign's memory cannot be: %s",
			 sl_error_text(restoring.error));
	engine->states_spoilt = restoring.error;
	snprintf(ret_why, SL_SENTENCE_BYTES, "%s", engine->states_why);
	if (restoring.error)
		return restoring.error;
	for (unsigned i = 0; i < engine->n_workers; i++)
		engine->workers[i].owner_time.tick_ns = restoring.tick_ns;
	return 0;
}
