#include "tests/unit/match/literals.h"

#include <assert.h>
#include <hs.h>
#include <stdlib.h>

static uint32_t escape(uint8_t *at, const uint8_t *value, size_t n_bytes)
{
	uint32_t n = 0;

	for (size_t i = 0; i < n_bytes; i++) {
		if (value[i] <= 0x04)
			at[n++] = 0x04;
		at[n++] = value[i] <= 0x04 ? value[i] + 0x40 : value[i];
	}
	return n;
}

void sl_literals_add(struct sl_literals *literals, struct sl_builder *builder,
		     enum sl_atom_kind kind, unsigned slot, const void *value, size_t n_bytes,
		     const uint32_t *triggers, uint32_t n)
{
	uint8_t *text = literals->text[literals->n];
	uint32_t bytes = 0;

	assert(literals->n < SL_LITERALS_MAX && 2 * n_bytes + 5 <= SL_LITERAL_BYTES_MAX);
	if (kind != SL_ATOM_CONTAINS) {
		text[bytes++] = 0x01;
		text[bytes++] = (uint8_t)(0x30 + slot / 16);
		text[bytes++] = (uint8_t)(0x60 + slot % 16);
		text[bytes++] = 0x02;
	}
	bytes += escape(text + bytes, value, n_bytes);
	if (kind == SL_ATOM_EQUALS)
		text[bytes++] = 0x03;
	literals->bytes[literals->n++] = bytes;
	sl_builder_atom(builder, kind, slot, bytes, triggers, n);
}

void sl_literals_compile(const struct sl_literals *literals, struct sl_builder *builder,
			 uint32_t shards, bool once)
{
	const char *expressions[SL_LITERALS_MAX];
	unsigned flags[SL_LITERALS_MAX], ids[SL_LITERALS_MAX];
	size_t lengths[SL_LITERALS_MAX];
	hs_platform_info_t platform;

	assert(hs_populate_platform(&platform) == HS_SUCCESS);
	sl_builder_meta(builder, hs_version(), platform.cpu_features);
	for (uint32_t shard = 0; shard < shards; shard++) {
		hs_database_t *database;
		hs_compile_error_t *error;
		char *bytes;
		size_t n_bytes;
		uint32_t n = 0;

		for (uint32_t i = shard; i < literals->n; i += shards) {
			bool begins = literals->text[i][0] == 0x01;

			expressions[n] = (const char *)literals->text[i];
			lengths[n] = literals->bytes[i];
			flags[n] = once && begins ? HS_FLAG_SINGLEMATCH : 0;
			ids[n++] = i;
		}
		if (n == 0)
			continue;
		assert(hs_compile_lit_multi(expressions, flags, ids, lengths, n, HS_MODE_BLOCK,
					    &platform, &database, &error) == HS_SUCCESS);
		assert(hs_serialize_database(database, &bytes, &n_bytes) == HS_SUCCESS);
		sl_builder_database(builder, bytes, n_bytes);
		free(bytes);
		hs_free_database(database);
	}
}
