#include "base/event.h"

#include "sluice/journal.h"

#include <assert.h>
#include <endian.h>
#define XXH_INLINE_ALL /* most texts are shorter than what a call costs */
#include <xxhash.h>

/* Parts whose lengths and bytes together fit here are hashed in one call, which is cheaper than
 * a streaming state; the hash is the same. */
#define SL_HASH_GATHER_BYTES 240u

static bool is_copied(const struct sl_event *event, const uint64_t *used_slots, unsigned slot)
{
	return event->slots[slot].kind != 0 &&
	       (!used_slots || (used_slots[slot / 64] >> (slot % 64) & 1));
}

static size_t value_list_bytes(const struct sl_value *value)
{
	return value->kind == SL_TYPE_STRINGS ? value->count * sizeof(struct sl_text) : 0;
}

static size_t value_text_bytes(const struct sl_value *value)
{
	size_t bytes = 0;

	if (value->kind == SL_TYPE_STRING)
		return value->count;
	if (value->kind == SL_TYPE_STRINGS)
		for (uint32_t i = 0; i < value->count; i++)
			bytes += value->list[i].bytes;
	return bytes;
}

/* The copy is laid out as event, slots, lists, texts: from the strictest alignment to none. */
size_t sl_event_copy_bytes(const struct sl_event *event, const uint64_t *used_slots)
{
	size_t bytes = sizeof(*event) + event->n_slots * sizeof(*event->slots);

	bytes += (size_t)event->id.bytes + event->key.bytes + event->type.bytes +
		 event->source_channel.bytes + event->trace.bytes;
	for (unsigned i = 0; i < event->n_slots; i++)
		if (is_copied(event, used_slots, i))
			bytes += value_list_bytes(&event->slots[i]) +
				 value_text_bytes(&event->slots[i]);
	return bytes;
}

static char *copy_bytes(char *at, const char *from, size_t n)
{
	if (n)
		memcpy(at, from, n);
	return at + n;
}

static char *copy_text(char *at, struct sl_text *text)
{
	char *end = copy_bytes(at, text->at, text->bytes);

	text->at = at;
	return end;
}

struct sl_event *sl_event_copy(const struct sl_event *event, const uint64_t *used_slots, void *at)
{
	struct sl_event *copy = at;
	struct sl_value *slots = (struct sl_value *)(copy + 1);
	struct sl_text *lists = (struct sl_text *)(slots + event->n_slots);
	char *texts = (char *)lists;

	static_assert(sizeof(struct sl_event) % 8 == 0 && sizeof(struct sl_value) == 16,
		      "what follows them is aligned for pointers");
	assert((uintptr_t)at % 16 == 0);
	*copy = *event;
	copy->slots = slots;
	for (unsigned i = 0; i < event->n_slots; i++) {
		slots[i] = (struct sl_value){0};
		if (is_copied(event, used_slots, i)) {
			slots[i] = event->slots[i];
			texts += value_list_bytes(&slots[i]);
		}
	}
	for (unsigned i = 0; i < event->n_slots; i++) {
		struct sl_value *value = &slots[i];

		if (value->kind == SL_TYPE_STRING) {
			char *end = copy_bytes(texts, value->text, value->count);

			value->text = texts;
			texts = end;
		} else if (value->kind == SL_TYPE_STRINGS) {
			copy_bytes((char *)lists, (const char *)value->list,
				   value_list_bytes(value));
			value->list = lists;
			for (uint32_t j = 0; j < value->count; j++)
				texts = copy_text(texts, lists++);
		}
	}
	texts = copy_text(texts, &copy->id);
	texts = copy_text(texts, &copy->key);
	texts = copy_text(texts, &copy->type);
	texts = copy_text(texts, &copy->source_channel);
	copy_text(texts, &copy->trace);
	return copy;
}

uint16_t sl_event_partition(struct sl_text key)
{
	return XXH3_64bits(key.at, key.bytes) & (SL_PARTITIONS - 1);
}

void sl_hash_parts(const struct sl_text *parts, unsigned n_parts, uint64_t ret_hash[2])
{
	XXH128_hash_t hash;
	size_t bytes = 0;

	for (unsigned i = 0; i < n_parts; i++)
		bytes += sizeof(uint64_t) + parts[i].bytes;
	if (bytes <= SL_HASH_GATHER_BYTES) {
		char gathered[SL_HASH_GATHER_BYTES];
		char *at = gathered;

		for (unsigned i = 0; i < n_parts; i++) {
			uint64_t length = htole64(parts[i].bytes);

			at = copy_bytes(at, (const char *)&length, sizeof(length));
			at = copy_bytes(at, parts[i].at, parts[i].bytes);
		}
		hash = XXH3_128bits(gathered, bytes);
	} else {
		XXH3_state_t state;

		XXH3_128bits_reset(&state);
		for (unsigned i = 0; i < n_parts; i++) {
			uint64_t length = htole64(parts[i].bytes);

			XXH3_128bits_update(&state, &length, sizeof(length));
			if (parts[i].bytes)
				XXH3_128bits_update(&state, parts[i].at, parts[i].bytes);
		}
		hash = XXH3_128bits_digest(&state);
	}
	ret_hash[0] = hash.low64;
	ret_hash[1] = hash.high64;
}

void sl_event_identify(struct sl_event *event, struct sl_span text)
{
	struct sl_text parts[3] = {event->key, event->id};
	XXH128_hash_t digest;

	event->key_hash = event->key.bytes ? sl_text_hash(event->key.at, event->key.bytes) : 0;
	event->partition = event->key_hash % SL_PARTITIONS;
	/* Three parts where there is no id: no id can be taken for the text of another event. Of a
	 * long text its hash, for that is one call. */
	if (!event->id.bytes) {
		digest = XXH3_128bits(text.at, text.bytes);
		parts[2] = (struct sl_text){.at = (const char *)&digest, .bytes = sizeof(digest)};
	}
	sl_hash_parts(parts, event->id.bytes ? 2 : 3, event->seen);
}

uint64_t sl_text_hash(const char *at, uint32_t bytes)
{
	return XXH3_64bits(at, bytes);
}
