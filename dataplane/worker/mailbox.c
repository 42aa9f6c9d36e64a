/* Mail: what another owner must continue. Written in the sender's commit, delivered after it,
 * cleared in the receiver's; what was sent and not cleared is delivered again at start. The
 * receiver takes an id once: it is remembered like an event's. */
#include "worker/worker_priv.h"

void sl_outbox_add(struct sl_worker *worker, struct sl_letter *letter)
{
	letter->next = NULL;
	letter->held = worker->engine->config.hold_mail;
	worker->n_held += letter->held;
	if (worker->outbox_last)
		worker->outbox_last->next = letter;
	else
		worker->outbox = letter;
	worker->outbox_last = letter;
	worker->n_letters++;
}

void sl_letter_fill(struct sl_letter *letter, const struct sl_mail *mail)
{
	letter->mail = *mail;
	memcpy(letter->body, mail->body.at, mail->body.bytes);
	letter->mail.body.at = letter->body;
	letter->on_its_way = false;
}

int sl_worker_mail(struct sl_worker *worker, const struct sl_mail *mail)
{
	struct sl_mailbox_view record = {
		.head =
			{
				.id = {mail->id[0], mail->id[1]},
				.from = mail->from,
				.to = mail->to,
				.part = SL_MAILBOX_SENT,
				.kind = mail->kind,
			},
		.body = mail->body,
	};
	struct sl_letter *letter = worker->free_letters;
	struct sl_blocks *blocks;
	int error;

	assert(mail->body.bytes <= SL_MAIL_BODY_MAX);
	if (!letter)
		return -SL_E_FULL;
	blocks = sl_store_open_batch(worker->store, sizeof(record.head) + SL_MAIL_BODY_MAX, 1);
	if (!blocks)
		return -SL_E_FULL;
	error = sl_blocks_append_mailbox(blocks, &record);
	assert(!error);
	worker->free_letters = letter->next;
	worker->n_free_letters--;
	sl_letter_fill(letter, mail);
	letter->ready = sl_store_pending(worker->store);
	sl_outbox_add(worker, letter);
	sl_count(worker->stats, SL_COUNTER_MAILBOX_SENT, 1);
	return 0;
}

void sl_outbox_remove(struct sl_worker *worker, struct sl_letter *letter)
{
	struct sl_letter **link = &worker->outbox, *last = NULL;

	while (*link != letter) {
		last = *link;
		link = &last->next;
	}
	*link = letter->next;
	if (worker->outbox_last == letter)
		worker->outbox_last = last;
	worker->n_letters--;
	if (letter->restored)
		return; /* its memory goes with the worker's */
	letter->next = worker->free_letters;
	worker->free_letters = letter;
	worker->n_free_letters++;
}

void sl_mailbox_cleared(struct sl_worker *worker, struct sl_letter *letter)
{
	sl_outbox_remove(worker, letter);
}

static bool receive_own(struct sl_worker *worker, struct sl_letter *letter)
{
	if (!sl_store_open_batch(worker->store, SL_ROOM_BEFORE, 4))
		return false;
	sl_mailbox_receive(worker, &letter->mail);
	sl_outbox_remove(worker, letter);
	return true;
}

void sl_mailbox_deliver(struct sl_worker *worker)
{
	uint64_t committed = sl_store_committed(worker->store);
	struct sl_letter *letter, *next;

	if (!worker->generation)
		return; /* its receiver may have to decide by it */

	for (letter = worker->outbox; letter; letter = next) {
		unsigned owner = sl_owner_of(worker->engine, letter->mail.to);
		struct sl_part *part;

		next = letter->next;
		if (letter->on_its_way || letter->held)
			continue;
		if (letter->ready > committed)
			return; /* those behind it were written later */
		if (owner == worker->index) {
			if (!receive_own(worker, letter))
				return;
			worker->busy = true;
			continue;
		}
		part = sl_part_take(worker, 0);
		if (!part)
			return;
		part->kind = SL_PART_MAIL;
		part->generation = NULL;
		part->letter = letter;
		letter->on_its_way = true;
		worker->busy = true;
		sl_part_send(worker, part, owner);
	}
}

void sl_mailbox_receive(struct sl_worker *worker, const struct sl_mail *mail)
{
	const struct sl_engine_config *config = &worker->engine->config;
	struct sl_mailbox_view cleared = {
		.head =
			{
				.id = {mail->id[0], mail->id[1]},
				.from = mail->from,
				.to = mail->to,
				.part = SL_MAILBOX_CLEARED,
				.kind = mail->kind,
			},
	};
	struct sl_seen_record seen;
	struct sl_blocks *blocks;
	int error;

	if (sl_seen_take(worker->seen, mail->to, mail->id, worker->now.wall_ns, &seen)) {
		if (mail->kind == SL_MAIL_MATCH) {
			sl_match_mail_take(worker, mail, &seen);
			sl_count(worker->stats, SL_COUNTER_MAILBOX_TAKEN, 1);
			goto clear;
		}
		if (mail->kind < config->n_mail_handlers)
			config->mail_handlers[mail->kind](config->context, worker, mail);
		blocks = sl_owner_room(worker, sizeof(seen), 1);
		error = sl_blocks_append_seen(blocks, &seen);
		assert(!error);
		sl_count(worker->stats, SL_COUNTER_MAILBOX_TAKEN, 1);
	} else {
		sl_count(worker->stats, SL_COUNTER_MAILBOX_AGAIN, 1);
	}
clear:
	blocks = sl_owner_room(worker, sizeof(cleared.head), 1);
	error = sl_blocks_append_mailbox(blocks, &cleared);
	assert(!error);
}
