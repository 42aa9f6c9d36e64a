#include "control/archive/row_priv.h"

#include "sluice/error.h"

#include <string.h>
#include <xxhash.h>

#define VERSION 1u
#define TEXTS 10u

enum { HAS_MESSAGE = 1, DUE = 2 }; /* of flags */

struct row {
	uint16_t version;
	uint16_t flags;
	uint16_t bytes[TEXTS]; /* of the texts, in the order of texts_of() */
	uint64_t id[2];
	uint64_t ruleset;
	int64_t event_time_ns;
	int64_t decided_ns;
};

static void texts_of(struct sl_archived *decision, struct sl_text *ret_texts[TEXTS])
{
	struct sl_text *texts[TEXTS] = {&decision->campaign,   &decision->campaign_version,
					&decision->key,        &decision->event_id,
					&decision->decision,   &decision->channel,
					&decision->template,   &decision->steps,
					&decision->event_type, &decision->event_channel};

	memcpy(ret_texts, texts, sizeof(texts));
}

size_t sl_archive_row_write(const struct sl_archived *decision, char *at)
{
	struct sl_archived copy = *decision;
	struct sl_text *texts[TEXTS];
	struct row row = {
		.version = VERSION,
		.flags = (decision->has_message ? HAS_MESSAGE : 0) | (decision->due ? DUE : 0),
		.id = {decision->id[0], decision->id[1]},
		.ruleset = decision->ruleset,
		.event_time_ns = decision->event_time_ns,
		.decided_ns = decision->decided_ns,
	};
	size_t n = sizeof(row);

	texts_of(&copy, texts);
	for (unsigned i = 0; i < TEXTS; i++) {
		if (texts[i]->bytes > UINT16_MAX || n + texts[i]->bytes > SL_DAILY_RECORD_MAX)
			return 0;
		row.bytes[i] = (uint16_t)texts[i]->bytes;
		if (texts[i]->bytes)
			memcpy(at + n, texts[i]->at, texts[i]->bytes);
		n += texts[i]->bytes;
	}
	memcpy(at, &row, sizeof(row));
	return n;
}

int sl_archive_row_read(struct sl_span from, struct sl_archived *ret_decision)
{
	struct sl_archived decision = {0};
	struct sl_text *texts[TEXTS];
	size_t at = sizeof(struct row);
	struct row row;

	if (from.bytes < sizeof(row))
		return -SL_E_DAMAGED;
	memcpy(&row, from.at, sizeof(row));
	if (row.version != VERSION)
		return -SL_E_VERSION;
	texts_of(&decision, texts);
	for (unsigned i = 0; i < TEXTS; i++) {
		if (row.bytes[i] > from.bytes - at)
			return -SL_E_DAMAGED;
		*texts[i] = (struct sl_text){(const char *)from.at + at, row.bytes[i]};
		at += row.bytes[i];
	}
	if (at != from.bytes)
		return -SL_E_DAMAGED;
	decision.id[0] = row.id[0];
	decision.id[1] = row.id[1];
	decision.ruleset = row.ruleset;
	decision.event_time_ns = row.event_time_ns;
	decision.decided_ns = row.decided_ns;
	decision.has_message = row.flags & HAS_MESSAGE;
	decision.due = row.flags & DUE;
	*ret_decision = decision;
	return 0;
}

uint64_t sl_archive_hash(struct sl_text text)
{
	return XXH3_64bits(text.at, text.bytes);
}

void sl_archive_hashes(struct sl_span row, uint64_t ret_hashes[SL_DAILY_INDEXES])
{
	struct sl_archived decision;

	if (sl_archive_row_read(row, &decision))
		memset(&decision, 0, sizeof(decision)); /* of a later version: under nothing */
	ret_hashes[SL_ARCHIVE_BY_KEY] = sl_archive_hash(decision.key);
	ret_hashes[SL_ARCHIVE_BY_CAMPAIGN] = sl_archive_hash(decision.campaign);
}
