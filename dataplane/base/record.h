/* The journal's framing: building blocks of records, and walking them again.
 *
 * Builders write into caller's memory and never allocate. Readers believe nothing: every length
 * is checked against what holds it and every payload against its hash; a bad byte gives -SL_E…,
 * never a crash (fuzzed). A walker assembles fragmented records in its own buffer: the payload it
 * returns lives until the next call. Fragments at the start of a walk, whose beginning was trimmed,
 * are passed over; anywhere else they are an error. */
#ifndef SL_BASE_RECORD_H
#define SL_BASE_RECORD_H

#include "base/event.h"
#include "base/span.h"
#include "sluice/journal.h"

#include <stdbool.h>

/* Blocks under construction: consecutive room for `room` blocks of SL_BLOCK_BYTES_MAX bytes each.
 */
struct sl_blocks {
	uint8_t *at;    /* block i begins at at + i * SL_BLOCK_BYTES_MAX */
	uint32_t room;  /* blocks */
	uint32_t count; /* begun so far, the last one open */
};

void sl_blocks_init(struct sl_blocks *blocks, void *at, uint32_t room);
void sl_blocks_reset(struct sl_blocks *blocks);

/* Whether a record with that payload surely fits. */
bool sl_blocks_fit(const struct sl_blocks *blocks, size_t payload_bytes);

/* Appends one record, its payload gathered from parts. Returns 0, or -SL_E_FULL with nothing
 * written, or -SL_E_LIMIT for a payload above SL_RECORD_BYTES_MAX. */
int sl_blocks_append(struct sl_blocks *blocks, enum sl_record_type type,
		     const struct sl_span *parts, unsigned n_parts);

/* A record as a walker gives it. */
struct sl_record {
	uint8_t type;
	uint8_t version;
	const uint8_t *payload;
	uint32_t bytes;
};

struct sl_record_walker {
	uint8_t assembly[SL_RECORD_BYTES_MAX];
	uint32_t assembled;
	uint8_t type; /* of the record in assembly, as is version */
	uint8_t version;
	bool begun; /* a record's beginning was met: what continues an earlier one was trimmed away
		     */
	bool open;  /* in the middle of a fragmented record */
};

void sl_record_walker_init(struct sl_record_walker *walker);

/* Checks a block's header against its bytes. 0 or -SL_E…. */
int sl_block_check(const void *block, size_t n_bytes);

/* The next record of a checked block. *offset begins at 0. Returns 1 and the record, 0 at the end
 * of the block (a record that goes on in the next block stays open in the walker), or -SL_E…. */
int sl_record_next(struct sl_record_walker *walker, const void *block, size_t *offset,
		   struct sl_record *ret_record);

/* ---- payloads -------------------------------------------------------------------------------- */

/* Texts of a match, all required to be < 65536 bytes but for data. */
struct sl_match_view {
	struct sl_match_record head;
	struct sl_text campaign, campaign_version, channel, template, key, event_id, event_type,
		event_channel, step, trace, data, steps;
};
struct sl_decision_view {
	struct sl_decision_record head;
	struct sl_text campaign, campaign_version, key, event_id;
};
struct sl_refused_view {
	struct sl_refused_record head;
	struct sl_text channel, detail, text;
};
struct sl_mailbox_view {
	struct sl_mailbox_record head;
	struct sl_span body;
};
/* Of a DELTA, or without an image of a TOMBSTONE. */
struct sl_delta_view {
	struct sl_delta_record head;
	struct sl_text key;
	struct sl_span image;
};

/* Of this type's payloads, as they are written today. */
static inline uint8_t sl_record_layout(enum sl_record_type type)
{
	return type == SL_RECORD_MATCH ? SL_MATCH_LAYOUT : SL_RECORD_LAYOUT;
}

struct sl_event_view {
	struct sl_event_record head;
	struct sl_text channel, json;
};

/* Builders fill the head's lengths from the texts and append; readers check every length.
 * 0 or -SL_E…. A match of layout 1 is read as one of layout 2. */
int sl_blocks_append_match(struct sl_blocks *blocks, struct sl_match_view *match);
/* The payload by itself, for who carries it elsewhere: -SL_E_FULL where the room is too small. */
int sl_match_pack(struct sl_match_view *match, uint8_t *at, size_t room, size_t *ret_bytes);
int sl_blocks_append_decision(struct sl_blocks *blocks, struct sl_decision_view *decision);
int sl_blocks_append_refused(struct sl_blocks *blocks, struct sl_refused_view *refused);
int sl_blocks_append_seen(struct sl_blocks *blocks, const struct sl_seen_record *seen);
int sl_blocks_append_mailbox(struct sl_blocks *blocks, struct sl_mailbox_view *mailbox);
int sl_blocks_append_delta(struct sl_blocks *blocks, struct sl_delta_view *delta);
int sl_blocks_append_event(struct sl_blocks *blocks, struct sl_event_view *event);
int sl_blocks_append_tick(struct sl_blocks *blocks, const struct sl_tick_record *tick);

int sl_record_match(const struct sl_record *record, struct sl_match_view *ret_match);
int sl_record_decision(const struct sl_record *record, struct sl_decision_view *ret_decision);
int sl_record_refused(const struct sl_record *record, struct sl_refused_view *ret_refused);
int sl_record_seen(const struct sl_record *record, struct sl_seen_record *ret_seen);
int sl_record_mailbox(const struct sl_record *record, struct sl_mailbox_view *ret_mailbox);
int sl_record_delta(const struct sl_record *record, struct sl_delta_view *ret_delta);
int sl_record_event(const struct sl_record *record, struct sl_event_view *ret_event);
int sl_record_tick(const struct sl_record *record, struct sl_tick_record *ret_tick);

#endif
