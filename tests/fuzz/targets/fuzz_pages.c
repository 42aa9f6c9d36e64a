/* LMDB files from a hostile disk: the walk that every one must pass before LMDB is given it. */
#include "store/pages_priv.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	size_t whole = n / PAGE_BYTES * PAGE_BYTES;
	uint64_t txns[2] = {0, 1}, bad;
	uint8_t *map;

	if (!whole)
		return 0;
	map = aligned_alloc(PAGE_BYTES, whole);
	memcpy(map, bytes, whole);
	/* the number of the transaction lies behind the meta's trees; any will do that fits the
	 * page */
	for (unsigned i = 0; i < 2 && whole >= 2 * PAGE_BYTES; i++)
		memcpy(&txns[i], map + i * PAGE_BYTES + 144, 8);
	sl_store_pages_walk(map, whole, txns[0] & ~1ull, &bad);
	sl_store_pages_walk(map, whole, txns[1] | 1, &bad);
	free(map);
	return 0;
}
