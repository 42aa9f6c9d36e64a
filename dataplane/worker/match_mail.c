/* Matches that another key's owner decides: what a device did may be sent to its customer, whose
 * limit only the customer's owner knows. A letter's body is the match as a record would hold it;
 * members of its data that do not fit are left out, and counted. Its id is the match's. */
#include "worker/worker_priv.h"

static size_t texts_bytes(const struct sl_match_view *match)
{
	return (size_t)match->campaign.bytes + match->campaign_version.bytes +
	       match->channel.bytes + match->template.bytes + match->key.bytes +
	       match->event_id.bytes + match->event_type.bytes + match->event_channel.bytes +
	       match->step.bytes + match->trace.bytes;
}

bool sl_match_mail_post(struct sl_worker *worker, const struct sl_occurrence *occurrence,
			const uint64_t id[2], uint16_t from)
{
	uint8_t body[SL_MAIL_BODY_MAX];
	struct sl_match_view match;
	struct sl_mail mail = {
		.id = {id[0], id[1]},
		.from = from,
		.to = occurrence->partition,
		.kind = SL_MAIL_MATCH,
	};
	size_t bytes;

	if (!worker->free_letters)
		return false;
	sl_emit_view(worker, occurrence, id, 0, &match);
	bytes = sizeof(match.head) + texts_bytes(&match);
	if (bytes + 64 > sizeof(body))
		return false; /* texts of that size are nobody's id or name */
	sl_emit_view(worker, occurrence, id, sizeof(body) - bytes, &match);
	if (sl_match_pack(&match, body, sizeof(body), &bytes))
		return false;
	mail.body = sl_span_of(body, bytes);
	sl_owner_room(worker, sizeof(struct sl_mailbox_record) + SL_MAIL_BODY_MAX, 1);
	return sl_worker_mail(worker, &mail) == 0;
}

void sl_match_mail_take(struct sl_worker *worker, const struct sl_mail *mail,
			const struct sl_seen_record *seen)
{
	const struct sl_record record = {
		.type = SL_RECORD_MATCH,
		.version = SL_MATCH_LAYOUT,
		.payload = mail->body.at,
		.bytes = (uint32_t)mail->body.bytes,
	};
	const struct sl_generation *generation = worker->generation;
	struct sl_match_view match;
	struct sl_blocks *blocks;
	int error;

	if (sl_record_match(&record, &match)) {
		/* of another life, and of another version: it cannot be sent, and is cleared */
		sl_count(worker->stats, SL_COUNTER_MAILBOX_UNREADABLE, 1);
		blocks = sl_owner_room(worker, sizeof(*seen), 1);
		error = sl_blocks_append_seen(blocks, seen);
		assert(!error);
		return;
	}
	sl_effects_mailed(
		worker, &match,
		sl_temporal_mailed(&generation->temporal, generation->artifact, match.campaign),
		seen);
}

/* ---- mail that is held ----------------------------------------------------------------------- */

static bool read_letter(const struct sl_letter *letter, struct sl_match_view *ret_match)
{
	const struct sl_record record = {
		.type = SL_RECORD_MATCH,
		.version = SL_MATCH_LAYOUT,
		.payload = letter->mail.body.at,
		.bytes = (uint32_t)letter->mail.body.bytes,
	};

	return letter->mail.kind == SL_MAIL_MATCH && !sl_record_match(&record, ret_match);
}

/* What is no match comes last. */
static bool is_before(const struct sl_letter *a, const struct sl_letter *b)
{
	struct sl_match_view x, y;
	bool is_match = read_letter(a, &x);
	int order;

	if (is_match != read_letter(b, &y))
		return is_match;
	if (is_match && x.head.time_ns != y.head.time_ns)
		return x.head.time_ns < y.head.time_ns;
	order = is_match ? sl_decide_order(x.campaign, y.campaign) : 0;
	if (!order && is_match)
		order = sl_decide_order(x.key, y.key);
	return order ? order < 0 : memcmp(a->mail.id, b->mail.id, sizeof(a->mail.id)) < 0;
}

bool sl_engine_let_go(struct sl_engine *engine)
{
	struct sl_letter *first = NULL;
	struct sl_worker *of = NULL;

	for (unsigned i = 0; i < engine->n_workers; i++)
		for (struct sl_letter *letter = engine->workers[i].outbox; letter;
		     letter = letter->next)
			if (letter->held && (!first || is_before(letter, first))) {
				first = letter;
				of = &engine->workers[i];
			}
	if (!first)
		return false;
	first->held = false;
	of->n_held--;
	return true;
}
