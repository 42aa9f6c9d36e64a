#include "rules/memory_priv.h"

#include <stdlib.h>
#include <xxhash.h>

#define BLOCK_BYTES 65536u

struct sl_arena_block {
	struct sl_arena_block *next;
	size_t used;
	size_t room;
	_Alignas(max_align_t) unsigned char bytes[];
};

void *sl_arena_alloc(struct sl_arena *arena, size_t bytes)
{
	struct sl_arena_block *block = arena->blocks;
	void *at;

	if (bytes > SIZE_MAX / 2)
		return NULL;
	bytes = (bytes + _Alignof(max_align_t) - 1) & ~(_Alignof(max_align_t) - 1);
	if (!block || block->room - block->used < bytes) {
		size_t room = bytes > BLOCK_BYTES ? bytes : BLOCK_BYTES;

		block = malloc(sizeof(*block) + room);
		if (!block)
			return NULL;
		*block = (struct sl_arena_block){.next = arena->blocks, .room = room};
		arena->blocks = block;
	}
	at = block->bytes + block->used;
	block->used += bytes;
	return memset(at, 0, bytes);
}

char *sl_arena_copy(struct sl_arena *arena, struct sl_slice text)
{
	char *copy = sl_arena_alloc(arena, (size_t)text.bytes + 1);

	if (copy && text.bytes)
		memcpy(copy, text.at, text.bytes);
	return copy;
}

static void free_blocks(struct sl_arena_block *block)
{
	while (block) {
		struct sl_arena_block *next = block->next;

		free(block);
		block = next;
	}
}

void sl_arena_reset(struct sl_arena *arena)
{
	if (!arena->blocks)
		return;
	free_blocks(arena->blocks->next);
	arena->blocks->next = NULL;
	arena->blocks->used = 0;
}

void sl_arena_fini(struct sl_arena *arena)
{
	free_blocks(arena->blocks);
	arena->blocks = NULL;
}

/* Room for bytes more, counted in and as it comes. */
static void *extend(struct sl_buffer *buffer, size_t bytes)
{
	uint8_t *at;

	if (buffer->failed || bytes > SIZE_MAX / 4)
		goto fail;
	if (buffer->room - buffer->bytes < bytes) {
		size_t room = buffer->room ? buffer->room * 2 : 256;
		uint8_t *grown;

		while (room - buffer->bytes < bytes)
			room *= 2;
		grown = realloc(buffer->at, room);
		if (!grown)
			goto fail;
		buffer->at = grown;
		buffer->room = room;
	}
	at = buffer->at + buffer->bytes;
	buffer->bytes += bytes;
	return at;
fail:
	buffer->failed = true;
	return NULL;
}

void *sl_buffer_grow(struct sl_buffer *buffer, size_t bytes)
{
	void *at = extend(buffer, bytes);

	return at && bytes ? memset(at, 0, bytes) : at;
}

void sl_buffer_add(struct sl_buffer *buffer, const void *at, size_t bytes)
{
	void *room;

	if (bytes == 0)
		return;
	room = extend(buffer, bytes);
	if (room)
		memcpy(room, at, bytes);
}

void sl_buffer_add_slice(struct sl_buffer *buffer, struct sl_slice text)
{
	sl_buffer_add(buffer, &text.bytes, sizeof(text.bytes));
	sl_buffer_add(buffer, text.at, text.bytes);
}

void sl_buffer_fini(struct sl_buffer *buffer)
{
	free(buffer->at);
	*buffer = (struct sl_buffer){0};
}

static struct sl_table_entry *slot_of(const struct sl_table *table, const uint64_t key[2])
{
	size_t i = (size_t)key[0] & (table->room - 1);

	while (table->entries[i].taken &&
	       (table->entries[i].key[0] != key[0] || table->entries[i].key[1] != key[1]))
		i = (i + 1) & (table->room - 1);
	return &table->entries[i];
}

const uint32_t *sl_table_find(const struct sl_table *table, const uint64_t key[2])
{
	const struct sl_table_entry *entry;

	if (!table->room)
		return NULL;
	entry = slot_of(table, key);
	return entry->taken ? &entry->value : NULL;
}

static bool table_grow(struct sl_table *table, size_t room)
{
	struct sl_table grown = {.room = room, .count = table->count};

	grown.entries = calloc(grown.room, sizeof(*grown.entries));
	if (!grown.entries)
		return false;
	for (size_t i = 0; i < table->room; i++) {
		if (table->entries[i].taken)
			*slot_of(&grown, table->entries[i].key) = table->entries[i];
	}
	free(table->entries);
	*table = grown;
	return true;
}

uint32_t *sl_table_put(struct sl_table *table, const uint64_t key[2], bool *ret_new)
{
	struct sl_table_entry *entry;

	if (table->count * 4 >= table->room * 3 &&
	    !table_grow(table, table->room ? table->room * 2 : 64))
		return NULL;
	entry = slot_of(table, key);
	*ret_new = !entry->taken;
	if (!entry->taken) {
		*entry = (struct sl_table_entry){.key = {key[0], key[1]}, .taken = true};
		table->count++;
	}
	return &entry->value;
}

bool sl_table_reserve(struct sl_table *table, size_t n)
{
	size_t room = 64;

	while (room / 4 * 3 <= n)
		room *= 2;
	return room <= table->room || table_grow(table, room);
}

void sl_table_fini(struct sl_table *table)
{
	free(table->entries);
	*table = (struct sl_table){0};
}

void sl_rules_hash(const void *at, size_t bytes, uint64_t ret_hash[2])
{
	XXH128_hash_t hash = XXH3_128bits(at, bytes);

	ret_hash[0] = hash.low64;
	ret_hash[1] = hash.high64;
}
