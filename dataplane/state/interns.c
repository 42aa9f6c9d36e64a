/* Types and channels of events, each pair of them kept once. */
#include "memory_priv.h"

#define TEXT_BYTES_MAX 1024u

static bool is_pair(const struct sl_interns *interns, const struct sl_intern *pair,
		    struct sl_text type, struct sl_text channel)
{
	const char *at = interns->bytes + pair->at;

	return pair->type_bytes == type.bytes && pair->channel_bytes == channel.bytes &&
	       memcmp(at, type.at, type.bytes) == 0 &&
	       memcmp(at + type.bytes, channel.at, channel.bytes) == 0;
}

uint32_t sl_intern(struct sl_interns *interns, struct sl_text type, struct sl_text channel)
{
	const uint32_t mask = 2 * INTERN_PAIRS - 1;
	struct sl_intern *pair;
	uint32_t at;

	if (type.bytes > TEXT_BYTES_MAX || channel.bytes > TEXT_BYTES_MAX)
		return 0;
	at = (uint32_t)(sl_text_hash(type.at, type.bytes) * 31 +
			sl_text_hash(channel.at, channel.bytes)) &
	     mask;
	for (; interns->places[at]; at = (at + 1) & mask)
		if (is_pair(interns, &interns->pairs[interns->places[at] - 1], type, channel))
			return interns->places[at];
	if (interns->n == INTERN_PAIRS || type.bytes + channel.bytes > INTERN_BYTES - interns->used)
		return 0;
	pair = &interns->pairs[interns->n++];
	*pair = (struct sl_intern){interns->used, (uint16_t)type.bytes, (uint16_t)channel.bytes};
	if (type.bytes)
		memcpy(interns->bytes + interns->used, type.at, type.bytes);
	interns->used += type.bytes;
	if (channel.bytes)
		memcpy(interns->bytes + interns->used, channel.at, channel.bytes);
	interns->used += channel.bytes;
	interns->places[at] = (uint16_t)interns->n;
	return interns->n;
}
