/* The arena: its memory, taken once. */
#include "frame/assembly_priv.h"

#include "sluice/error.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>

int sl_assembly_new(size_t bytes, struct sl_assembly **ret_assembly)
{
	struct sl_assembly *assembly;
	uint64_t n_leaves = bytes / SL_LEAF_BYTES;
	int error = -ENOMEM;
	void *memory;

	if (n_leaves == 0 || n_leaves > 1u << (SL_ORDERS - 1))
		return -SL_E_LIMIT;
	assembly = calloc(1, sizeof(*assembly));
	if (!assembly)
		return -ENOMEM;
	assembly->n_leaves = (uint32_t)n_leaves;
	assembly->leaves = calloc(n_leaves, sizeof(*assembly->leaves));
	if (!assembly->leaves)
		goto fail;
	assembly->mapped_bytes = n_leaves * SL_LEAF_BYTES;
	memory = mmap(NULL, assembly->mapped_bytes, PROT_READ | PROT_WRITE,
		      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (memory == MAP_FAILED) {
		error = -errno;
		goto fail;
	}
	assembly->memory = memory;
	for (unsigned order = 0; order < SL_ORDERS; order++)
		assembly->first[order] = SL_NO_LEAF;
	/* the binary digits of the number of leaves, the largest first: every block is aligned */
	for (uint32_t leaf = 0; leaf < assembly->n_leaves;) {
		unsigned order = 31 - (unsigned)__builtin_clz(assembly->n_leaves - leaf);

		sl_assembly_put_free(assembly, leaf, order);
		leaf += 1u << order;
	}
	*ret_assembly = assembly;
	return 0;
fail:
	sl_assembly_free(assembly);
	return error;
}

void sl_assembly_free(struct sl_assembly *assembly)
{
	if (!assembly)
		return;
	if (assembly->memory)
		munmap(assembly->memory, assembly->mapped_bytes);
	free(assembly->leaves);
	free(assembly);
}
