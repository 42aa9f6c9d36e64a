/* Taking and returning the memory of seen.c: one region. */
#include "seen_priv.h"
#include "touch_priv.h"

#include "sluice/error.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>

static unsigned number_owned(struct sl_seen *seen, const uint64_t *owned)
{
	unsigned n = 0;

	for (unsigned p = 0; p < SL_PARTITIONS; p++)
		seen->owned[p] = owned[p / 64] >> p % 64 & 1 ? (uint16_t)n++ : NOT_OWNED;
	return n;
}

int sl_seen_new(const uint64_t owned[SL_PARTITIONS / 64], uint32_t per_partition, int64_t age_ns,
		struct sl_stats_worker *stats, struct sl_seen **ret_seen)
{
	struct sl_seen *seen;
	size_t row_bytes, index_bytes;
	uint32_t slots = 4, rows;
	unsigned n;
	char *at;

	if (per_partition == 0 || per_partition > PER_PARTITION_MAX)
		return -SL_E_LIMIT;
	seen = calloc(1, sizeof(*seen));
	if (!seen)
		return -ENOMEM;
	n = number_owned(seen, owned);
	while (slots < 2 * per_partition)
		slots *= 2;
	seen->room = per_partition;
	seen->index_mask = slots - 1;
	seen->age_ns = age_ns;
	seen->stats = stats;
	index_bytes = ((size_t)slots * sizeof(uint32_t) + 63) / 64 * 64;
	seen->row = (n ? n : 1) * ROW_PLACES;
	row_bytes = seen->row * sizeof(struct seen_entry);
	rows = (per_partition + ROW_PLACES - 1) / ROW_PLACES;
	seen->memory_bytes = index_bytes * (n ? n : 1) + row_bytes * rows;
	seen->partitions = calloc(n ? n : 1, sizeof(*seen->partitions));
	at = mmap(NULL, seen->memory_bytes, PROT_READ | PROT_WRITE,
		  MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	seen->memory = at == MAP_FAILED ? NULL : at;
	/* places are as random as ids: with small pages each costs a walk through page tables too
	 */
	if (seen->memory)
		madvise(seen->memory, seen->memory_bytes, MADV_HUGEPAGE);
	if (!seen->partitions || !seen->memory) {
		sl_seen_free(seen);
		return -ENOMEM;
	}
	/* all indexes first: their places are random from the first id on */
	for (unsigned p = 0; p < n; p++) {
		seen->partitions[p].index = (uint32_t *)(at + p * index_bytes);
		seen->partitions[p].ring =
			(struct seen_entry *)(at + n * index_bytes) + p * ROW_PLACES;
		seen->partitions[p].next_ordinal = 1;
	}
	*ret_seen = seen;
	return 0;
}

void sl_seen_touch(const struct sl_seen *seen, size_t bytes_max, const _Atomic bool *stop)
{
	/* where there is none, the first ids will find out */
	sl_touch(seen->memory, seen->memory_bytes < bytes_max ? seen->memory_bytes : bytes_max,
		 stop);
}

void sl_seen_free(struct sl_seen *seen)
{
	if (!seen)
		return;
	if (seen->memory)
		munmap(seen->memory, seen->memory_bytes);
	free(seen->partitions);
	free(seen);
}
