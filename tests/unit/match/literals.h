/* Atoms and their pattern databases, as a compiler of rules would make them: for tests of match. */
#ifndef SL_TESTS_LITERALS_H
#define SL_TESTS_LITERALS_H

#include "tests/unit/base/artifact_builder.h"

#define SL_LITERALS_MAX 20000u
#define SL_LITERAL_BYTES_MAX 256u

struct sl_literals {
	uint32_t n;
	uint32_t bytes[SL_LITERALS_MAX];
	uint8_t text[SL_LITERALS_MAX][SL_LITERAL_BYTES_MAX];
};

/* Adds an atom that files the triggers, and its literal. */
void sl_literals_add(struct sl_literals *literals, struct sl_builder *builder,
		     enum sl_atom_kind kind, unsigned slot, const void *value, size_t n_bytes,
		     const uint32_t *triggers, uint32_t n);

/* Compiles the literals into `shards` databases, and writes meta for this library and machine.
 * once: patterns are reported once a scan. */
void sl_literals_compile(const struct sl_literals *literals, struct sl_builder *builder,
			 uint32_t shards, bool once);

#endif
