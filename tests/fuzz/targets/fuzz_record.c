/* Journal blocks from a hostile disk. The input is a run of blocks, each behind its length in two
 * bytes; where a flag in the first byte says so, hashes are made to hold, so that what lies behind
 * them is reached too. */
#include "base/record.h"

#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

static void mend_hashes(uint8_t *block, size_t n)
{
	size_t at = sizeof(struct sl_block_header);

	while (at + sizeof(struct sl_record_header) <= n) {
		struct sl_record_header header;

		memcpy(&header, block + at, sizeof(header));
		if (header.bytes > n - at - sizeof(header))
			return;
		header.hash = XXH3_64bits_withSeed(block + at + sizeof(header), header.bytes,
						   header.type | (uint64_t)header.version << 8 |
							   (uint64_t)header.flags << 16);
		memcpy(block + at, &header, sizeof(header));
		at = (at + sizeof(header) + header.bytes + 7) & ~(size_t)7;
	}
}

static unsigned sum_of(struct sl_text text)
{
	unsigned sum = 0;

	for (uint32_t i = 0; i < text.bytes; i++)
		sum += (uint8_t)text.at[i];
	return sum;
}

/* Reads every byte that a view promises, for the sanitizer to see. */
static unsigned read_views(const struct sl_record *record)
{
	union {
		struct sl_match_view match;
		struct sl_decision_view decision;
		struct sl_refused_view refused;
		struct sl_mailbox_view mailbox;
		struct sl_seen_record seen;
		struct sl_tick_record tick;
		struct sl_delta_view delta;
		struct sl_event_view event;
	} v;
	unsigned sum = 0;

	if (sl_record_match(record, &v.match) == 0)
		sum += sum_of(v.match.campaign) + sum_of(v.match.step) + sum_of(v.match.data) +
		       sum_of(v.match.steps);
	if (sl_record_decision(record, &v.decision) == 0)
		sum += sum_of(v.decision.campaign) + sum_of(v.decision.event_id);
	if (sl_record_refused(record, &v.refused) == 0)
		sum += sum_of(v.refused.channel) + sum_of(v.refused.text);
	if (sl_record_mailbox(record, &v.mailbox) == 0 && v.mailbox.body.bytes)
		sum += v.mailbox.body.at[v.mailbox.body.bytes - 1];
	if (sl_record_delta(record, &v.delta) == 0) {
		sum += sum_of(v.delta.key);
		for (size_t i = 0; i < v.delta.image.bytes; i++)
			sum += v.delta.image.at[i];
	}
	if (sl_record_event(record, &v.event) == 0)
		sum += sum_of(v.event.channel) + sum_of(v.event.json);
	if (sl_record_seen(record, &v.seen) == 0)
		sum += v.seen.partition;
	if (sl_record_tick(record, &v.tick) == 0)
		sum += (unsigned)v.tick.now_ns;
	return sum;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	static struct sl_record_walker walker;
	volatile unsigned sum = 0;
	size_t at = 1;

	sl_record_walker_init(&walker);
	while (n >= 3 && at + 2 <= n) {
		size_t block_bytes = bytes[at] | (size_t)bytes[at + 1] << 8, offset = 0;
		struct sl_record record;
		uint8_t *block;

		at += 2;
		if (block_bytes > n - at)
			block_bytes = n - at;
		block = malloc(block_bytes + 1); /* exact but for an odd address, as in a map */
		memcpy(block + 1, bytes + at, block_bytes);
		if (bytes[0] & 1)
			mend_hashes(block + 1, block_bytes);
		if (sl_block_check(block + 1, block_bytes) == 0)
			while (sl_record_next(&walker, block + 1, &offset, &record) > 0)
				sum += read_views(&record);
		free(block);
		at += block_bytes;
	}
	return 0;
}
