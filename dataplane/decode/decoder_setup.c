/* A worker's decoder: its memory, taken once. */
#include "decode/decode_priv.h"

#include <errno.h>
#include <stdlib.h>

/* Beyond the worst single event: what the events of a burst may take together before it is cut. */
#define ARENA_BURST_BYTES (4u << 20)

/* What a text may need at most: each string once, and an item of 16 bytes for every 3 bytes of a
 * list of empty strings. */
static size_t worst_bytes(size_t text_bytes)
{
	return text_bytes + sizeof(struct sl_text) * (text_bytes / 3 + 1);
}

int sl_decoder_new(const struct sl_decode_limits *limits, struct sl_decoder **ret_decoder)
{
	/* 0xff is in no UTF-8 text */
	static const struct sl_edge nothing = {.spelt = {~0ull, ~0ull},
					       .spelt_mask = {~0ull, ~0ull}};
	struct sl_decoder *decoder;
	int error;

	if (limits->event_bytes == 0 || limits->depth == 0 || limits->depth > SL_DECODE_DEPTH_MAX ||
	    limits->skew_ahead_ns < 0)
		return -EINVAL;
	decoder = calloc(1, sizeof(*decoder));
	if (!decoder)
		return -ENOMEM;
	decoder->limits = *limits;
	decoder->unknown.edge = &nothing;
	decoder->arena_bytes = worst_bytes(limits->event_bytes) + ARENA_BURST_BYTES;
	decoder->arena_bytes -= decoder->arena_bytes % sizeof(struct sl_text);
	decoder->arena = malloc(decoder->arena_bytes + SL_SPAN_PADDING);
	error = decoder->arena ? sl_indexer_new(limits->event_bytes, &decoder->indexer) : -ENOMEM;
	if (error)
		goto fail;
	/* a name is read 8 bytes at a time, also the last one in the arena */
	memset(decoder->arena + decoder->arena_bytes, 0, SL_SPAN_PADDING);
	sl_decoder_reset(decoder);
	*ret_decoder = decoder;
	return 0;
fail:
	sl_decoder_free(decoder);
	return error;
}

void sl_decoder_free(struct sl_decoder *decoder)
{
	if (!decoder)
		return;
	sl_indexer_free(decoder->indexer);
	free(decoder->arena);
	free(decoder);
}

void sl_decoder_reset(struct sl_decoder *decoder)
{
	decoder->low = 0;
	decoder->high = decoder->arena_bytes;
}

bool sl_decoder_ready(const struct sl_decoder *decoder, size_t text_bytes)
{
	size_t bytes =
		text_bytes < decoder->limits.event_bytes ? text_bytes : decoder->limits.event_bytes;

	return decoder->high - decoder->low >= worst_bytes(bytes);
}
