/* Memory of the compiler: an arena for what lives as long as the rule set, a growing buffer for
 * what is written out, a table that finds things by their hash.
 *
 * Failure is sticky in buffers (`failed`), so that a long run of additions is asked once at its
 * end; the arena and the table return NULL. Everything zeroed is ready for use; fini() may be
 * called twice. */
#ifndef SL_RULES_MEMORY_PRIV_H
#define SL_RULES_MEMORY_PRIV_H

#include "rules/slice_priv.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct sl_arena_block;

struct sl_arena {
	struct sl_arena_block *blocks;
};

void *sl_arena_alloc(struct sl_arena *arena, size_t bytes); /* zeroed, aligned for anything */
char *sl_arena_copy(struct sl_arena *arena, struct sl_slice text); /* terminated */
void sl_arena_reset(struct sl_arena *arena);                       /* keeps one block */
void sl_arena_fini(struct sl_arena *arena);

struct sl_buffer {
	uint8_t *at;
	size_t bytes;
	size_t room;
	bool failed;
};

/* Room for `bytes` more, zeroed and counted in; NULL and `failed` where there is no memory. */
void *sl_buffer_grow(struct sl_buffer *buffer, size_t bytes);
void sl_buffer_add(struct sl_buffer *buffer, const void *at, size_t bytes);
/* Length first, so that neighbours cannot be taken for each other. */
void sl_buffer_add_slice(struct sl_buffer *buffer, struct sl_slice text);
void sl_buffer_fini(struct sl_buffer *buffer);

/* Keys are XXH3-128 hashes: two things with the same key are the same thing. */
struct sl_table_entry {
	uint64_t key[2];
	uint32_t value;
	bool taken;
};

struct sl_table {
	struct sl_table_entry *entries;
	size_t room; /* a power of two, or 0 */
	size_t count;
};

/* The key's value, or NULL: there is none. */
const uint32_t *sl_table_find(const struct sl_table *table, const uint64_t key[2]);
/* The key's value; ret_new says that it was not there before. NULL: no memory. The pointer ends
 * with the next call. */
uint32_t *sl_table_put(struct sl_table *table, const uint64_t key[2], bool *ret_new);
/* Room for n keys, so that it grows once; false: no memory. */
bool sl_table_reserve(struct sl_table *table, size_t n);
void sl_table_fini(struct sl_table *table);

void sl_rules_hash(const void *at, size_t bytes, uint64_t ret_hash[2]);

#endif
