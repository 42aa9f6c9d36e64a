/* Payloads of each type of record: a struct, then the texts that it counts. */
#include "base/record.h"

#include "sluice/error.h"

#include <assert.h>
#include <string.h>

#define TEXTS_MAX 12u

/* Writes the lengths of 16 bits that a head counts its texts with. */
static int take_lengths(const struct sl_text *const *texts, uint16_t *const *ret_lengths,
			unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		if (texts[i]->bytes > UINT16_MAX)
			return -SL_E_LIMIT;
	for (unsigned i = 0; i < n; i++)
		*ret_lengths[i] = (uint16_t)texts[i]->bytes;
	return 0;
}

static int append(struct sl_blocks *blocks, enum sl_record_type type, const void *head,
		  size_t head_bytes, const struct sl_text *const *texts, unsigned n_texts)
{
	struct sl_span parts[1 + TEXTS_MAX];

	assert(n_texts <= TEXTS_MAX);
	parts[0] = sl_span_of(head, head_bytes);
	for (unsigned i = 0; i < n_texts; i++)
		parts[1 + i] = sl_span_of(texts[i]->at, texts[i]->bytes);
	return sl_blocks_append(blocks, type, parts, 1 + n_texts);
}

/* Copies the head out, after checking that it is there and of this layout. */
static int read_head(const struct sl_record *record, enum sl_record_type type, void *ret_head,
		     size_t head_bytes)
{
	if (record->type != type)
		return -SL_E_FORMAT;
	if (record->version != sl_record_layout(type))
		return -SL_E_VERSION;
	if (record->bytes < head_bytes)
		return -SL_E_TRUNCATED;
	memcpy(ret_head, record->payload, head_bytes);
	return 0;
}

/* Points the texts behind the head at their bytes; together they are all that is left. */
static int read_texts(const struct sl_record *record, size_t head_bytes,
		      struct sl_text *const *ret_texts, const uint32_t *lengths, unsigned n)
{
	const char *at = (const char *)record->payload + head_bytes;
	uint64_t sum = head_bytes;

	for (unsigned i = 0; i < n; i++)
		sum += lengths[i];
	if (sum != record->bytes)
		return -SL_E_BOUNDS;
	for (unsigned i = 0; i < n; i++) {
		*ret_texts[i] = (struct sl_text){.at = at, .bytes = lengths[i]};
		at += lengths[i];
	}
	return 0;
}

/* Fills the head's lengths; the texts in their order. */
static int match_texts(struct sl_match_view *m, const struct sl_text *ret_texts[TEXTS_MAX])
{
	struct sl_match_record *h = &m->head;
	const struct sl_text *texts[TEXTS_MAX] = {
		&m->campaign,   &m->campaign_version,
		&m->channel,    &m->template,
		&m->key,        &m->event_id,
		&m->event_type, &m->event_channel,
		&m->step,       &m->trace,
		&m->data,       &m->steps,
	};
	uint16_t *lengths[] = {
		&h->campaign_bytes,   &h->campaign_version_bytes,
		&h->channel_bytes,    &h->template_bytes,
		&h->key_bytes,        &h->event_id_bytes,
		&h->event_type_bytes, &h->event_channel_bytes,
		&h->step_bytes,       &h->trace_bytes,
	};
	int r = take_lengths(texts, lengths, 10);

	if (r < 0)
		return r;
	h->data_bytes = m->data.bytes;
	h->steps_bytes = m->steps.bytes;
	memcpy(ret_texts, texts, sizeof(texts));
	return 0;
}

int sl_blocks_append_match(struct sl_blocks *blocks, struct sl_match_view *m)
{
	const struct sl_text *texts[TEXTS_MAX];
	int r = match_texts(m, texts);

	return r < 0 ? r : append(blocks, SL_RECORD_MATCH, &m->head, sizeof(m->head), texts, 12);
}

int sl_match_pack(struct sl_match_view *m, uint8_t *at, size_t room, size_t *ret_bytes)
{
	const struct sl_text *texts[TEXTS_MAX];
	size_t bytes = sizeof(m->head);
	int r = match_texts(m, texts);

	if (r < 0)
		return r;
	for (unsigned i = 0; i < TEXTS_MAX; i++)
		bytes += texts[i]->bytes;
	if (bytes > room)
		return -SL_E_FULL;
	*ret_bytes = bytes;
	memcpy(at, &m->head, sizeof(m->head));
	at += sizeof(m->head);
	for (unsigned i = 0; i < TEXTS_MAX; i++) {
		if (texts[i]->bytes)
			memcpy(at, texts[i]->at, texts[i]->bytes);
		at += texts[i]->bytes;
	}
	return 0;
}

/* Of layout 1, and the bytes that its struct had. */
static int read_old_match(const struct sl_record *record, struct sl_match_record *ret_head,
			  size_t *ret_bytes)
{
	if (record->type != SL_RECORD_MATCH)
		return -SL_E_FORMAT;
	if (record->bytes < SL_MATCH_LAYOUT_1_BYTES)
		return -SL_E_TRUNCATED;
	*ret_head = (struct sl_match_record){0};
	memcpy(ret_head, record->payload, SL_MATCH_LAYOUT_1_BYTES);
	ret_head->time_ns = ret_head->event_time_ns;
	*ret_bytes = SL_MATCH_LAYOUT_1_BYTES;
	return 0;
}

int sl_record_match(const struct sl_record *record, struct sl_match_view *ret_match)
{
	struct sl_match_view m;
	const struct sl_match_record *h = &m.head;
	struct sl_text *texts[] = {
		&m.campaign,   &m.campaign_version, &m.channel, &m.template, &m.key,  &m.event_id,
		&m.event_type, &m.event_channel,    &m.step,    &m.trace,    &m.data, &m.steps,
	};
	size_t head_bytes = sizeof(m.head);
	int r = record->version == 1 ? read_old_match(record, &m.head, &head_bytes)
				     : read_head(record, SL_RECORD_MATCH, &m.head, head_bytes);

	if (r == 0)
		r = read_texts(record, head_bytes, texts,
			       (const uint32_t[]){h->campaign_bytes, h->campaign_version_bytes,
						  h->channel_bytes, h->template_bytes, h->key_bytes,
						  h->event_id_bytes, h->event_type_bytes,
						  h->event_channel_bytes, h->step_bytes,
						  h->trace_bytes, h->data_bytes, h->steps_bytes},
			       12);
	if (r == 0)
		*ret_match = m;
	return r;
}

int sl_blocks_append_decision(struct sl_blocks *blocks, struct sl_decision_view *d)
{
	struct sl_decision_record *h = &d->head;
	const struct sl_text *texts[] = {&d->campaign, &d->campaign_version, &d->key, &d->event_id};
	uint16_t *lengths[] = {&h->campaign_bytes, &h->campaign_version_bytes, &h->key_bytes,
			       &h->event_id_bytes};
	int r = take_lengths(texts, lengths, 4);

	if (r < 0)
		return r;
	return append(blocks, SL_RECORD_DECISION, h, sizeof(*h), texts, 4);
}

int sl_record_decision(const struct sl_record *record, struct sl_decision_view *ret_decision)
{
	struct sl_decision_view d;
	const struct sl_decision_record *h = &d.head;
	struct sl_text *texts[] = {&d.campaign, &d.campaign_version, &d.key, &d.event_id};
	int r = read_head(record, SL_RECORD_DECISION, &d.head, sizeof(d.head));

	if (r == 0)
		r = read_texts(record, sizeof(d.head), texts,
			       (const uint32_t[]){h->campaign_bytes, h->campaign_version_bytes,
						  h->key_bytes, h->event_id_bytes},
			       4);
	if (r == 0)
		*ret_decision = d;
	return r;
}

int sl_blocks_append_refused(struct sl_blocks *blocks, struct sl_refused_view *f)
{
	struct sl_refused_record *h = &f->head;
	const struct sl_text *texts[] = {&f->channel, &f->detail, &f->text};
	uint16_t *lengths[] = {&h->channel_bytes, &h->detail_bytes};
	int r = take_lengths(texts, lengths, 2);

	if (r < 0)
		return r;
	if (f->text.bytes > SL_QUARANTINE_TEXT_MAX)
		return -SL_E_LIMIT;
	h->text_bytes = f->text.bytes;
	h->reserved = 0;
	return append(blocks, SL_RECORD_REFUSED, h, sizeof(*h), texts, 3);
}

int sl_record_refused(const struct sl_record *record, struct sl_refused_view *ret_refused)
{
	struct sl_refused_view f;
	const struct sl_refused_record *h = &f.head;
	struct sl_text *texts[] = {&f.channel, &f.detail, &f.text};
	int r = read_head(record, SL_RECORD_REFUSED, &f.head, sizeof(f.head));

	if (r == 0 && h->text_bytes > SL_QUARANTINE_TEXT_MAX)
		r = -SL_E_LIMIT;
	if (r == 0)
		r = read_texts(record, sizeof(f.head), texts,
			       (const uint32_t[]){h->channel_bytes, h->detail_bytes, h->text_bytes},
			       3);
	if (r == 0)
		*ret_refused = f;
	return r;
}

int sl_blocks_append_seen(struct sl_blocks *blocks, const struct sl_seen_record *seen)
{
	return append(blocks, SL_RECORD_SEEN, seen, sizeof(*seen), NULL, 0);
}

int sl_record_seen(const struct sl_record *record, struct sl_seen_record *ret_seen)
{
	struct sl_seen_record seen;
	int r = read_head(record, SL_RECORD_SEEN, &seen, sizeof(seen));

	if (r == 0 && (record->bytes != sizeof(seen) || seen.partition >= SL_PARTITIONS))
		r = -SL_E_BOUNDS;
	if (r == 0)
		*ret_seen = seen;
	return r;
}

int sl_blocks_append_mailbox(struct sl_blocks *blocks, struct sl_mailbox_view *mailbox)
{
	struct sl_mailbox_record *h = &mailbox->head;
	const struct sl_span parts[] = {sl_span_of(h, sizeof(*h)), mailbox->body};

	if (mailbox->body.bytes > SL_RECORD_BYTES_MAX - sizeof(*h))
		return -SL_E_LIMIT;
	assert(h->part == SL_MAILBOX_SENT || mailbox->body.bytes == 0);
	h->body_bytes = (uint32_t)mailbox->body.bytes;
	h->reserved = 0;
	return sl_blocks_append(blocks, SL_RECORD_MAILBOX, parts, 2);
}

int sl_record_mailbox(const struct sl_record *record, struct sl_mailbox_view *ret_mailbox)
{
	struct sl_mailbox_view mailbox;
	const struct sl_mailbox_record *h = &mailbox.head;
	int r = read_head(record, SL_RECORD_MAILBOX, &mailbox.head, sizeof(mailbox.head));

	if (r < 0)
		return r;
	if (h->body_bytes != record->bytes - sizeof(*h) || h->from >= SL_PARTITIONS ||
	    h->to >= SL_PARTITIONS)
		return -SL_E_BOUNDS;
	if (h->part != SL_MAILBOX_SENT && (h->part != SL_MAILBOX_CLEARED || h->body_bytes))
		return -SL_E_FORMAT;
	mailbox.body = sl_span_of(record->payload + sizeof(*h), h->body_bytes);
	*ret_mailbox = mailbox;
	return 0;
}

int sl_blocks_append_delta(struct sl_blocks *blocks, struct sl_delta_view *delta)
{
	struct sl_delta_record *h = &delta->head;
	const struct sl_span parts[] = {sl_span_of(h, sizeof(*h)),
					sl_span_of(delta->key.at, delta->key.bytes), delta->image};

	if (delta->key.bytes > UINT16_MAX || delta->image.bytes > SL_RECORD_BYTES_MAX)
		return -SL_E_LIMIT;
	h->key_bytes = (uint16_t)delta->key.bytes;
	h->image_bytes = (uint32_t)delta->image.bytes;
	return sl_blocks_append(blocks, h->image_bytes ? SL_RECORD_DELTA : SL_RECORD_TOMBSTONE,
				parts, 3);
}

int sl_record_delta(const struct sl_record *record, struct sl_delta_view *ret_delta)
{
	struct sl_delta_view delta;
	const struct sl_delta_record *h = &delta.head;
	enum sl_record_type type =
		record->type == SL_RECORD_TOMBSTONE ? SL_RECORD_TOMBSTONE : SL_RECORD_DELTA;
	int r = read_head(record, type, &delta.head, sizeof(delta.head));

	if (r < 0)
		return r;
	if ((uint64_t)sizeof(*h) + h->key_bytes + h->image_bytes != record->bytes ||
	    h->partition >= SL_PARTITIONS)
		return -SL_E_BOUNDS;
	if ((h->image_bytes == 0) != (type == SL_RECORD_TOMBSTONE))
		return -SL_E_FORMAT;
	delta.key = (struct sl_text){.at = (const char *)record->payload + sizeof(*h),
				     .bytes = h->key_bytes};
	delta.image = sl_span_of(record->payload + sizeof(*h) + h->key_bytes, h->image_bytes);
	if (h->image_bytes && *delta.image.at != SL_DELTA_WHOLE && *delta.image.at != SL_DELTA_MORE)
		return -SL_E_FORMAT;
	*ret_delta = delta;
	return 0;
}

int sl_blocks_append_event(struct sl_blocks *blocks, struct sl_event_view *event)
{
	struct sl_event_record *h = &event->head;
	const struct sl_text *texts[] = {&event->channel, &event->json};
	uint16_t *lengths[] = {&h->channel_bytes};
	int r = take_lengths(texts, lengths, 1);

	if (r < 0)
		return r;
	h->json_bytes = event->json.bytes;
	return append(blocks, SL_RECORD_EVENT, h, sizeof(*h), texts, 2);
}

int sl_record_event(const struct sl_record *record, struct sl_event_view *ret_event)
{
	struct sl_event_view event;
	struct sl_text *texts[] = {&event.channel, &event.json};
	int r = read_head(record, SL_RECORD_EVENT, &event.head, sizeof(event.head));

	if (r == 0)
		r = read_texts(record, sizeof(event.head), texts,
			       (const uint32_t[]){event.head.channel_bytes, event.head.json_bytes},
			       2);
	if (r == 0)
		*ret_event = event;
	return r;
}

int sl_blocks_append_tick(struct sl_blocks *blocks, const struct sl_tick_record *tick)
{
	return append(blocks, SL_RECORD_TICK, tick, sizeof(*tick), NULL, 0);
}

int sl_record_tick(const struct sl_record *record, struct sl_tick_record *ret_tick)
{
	struct sl_tick_record tick;
	int r = read_head(record, SL_RECORD_TICK, &tick, sizeof(tick));

	if (r == 0 && record->bytes != sizeof(tick))
		r = -SL_E_BOUNDS;
	if (r == 0)
		*ret_tick = tick;
	return r;
}
