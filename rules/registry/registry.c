#include "rules/registry/registry_priv.h"

#include "sluice/error.h"

#include <errno.h>

int sl_registry_add(struct sl_registry *registry, const struct sl_registry_slot *slot)
{
	bool is_new;
	uint32_t *index = sl_table_put(&registry->index, slot->state, &is_new);

	if (!index)
		return -ENOMEM;
	if (!is_new)
		return -SL_E_BOUNDS;
	*index = (uint32_t)(registry->slots.bytes / sizeof(*slot));
	sl_buffer_add(&registry->slots, slot, sizeof(*slot));
	return registry->slots.failed ? -ENOMEM : 0;
}

int sl_registry_read(const struct sl_before *before, struct sl_registry *ret_registry)
{
	struct sl_registry registry = {.next = before->next};
	int error = sl_table_reserve(&registry.index, before->registry.count) ? 0 : -ENOMEM;

	for (uint32_t i = 0; i < before->registry.count && !error; i++) {
		struct sl_registry_slot slot;

		sl_before_get(&before->registry, i, &slot);
		error = slot.slot < registry.next ? sl_registry_add(&registry, &slot)
						  : -SL_E_BOUNDS;
	}
	if (error)
		sl_registry_fini(&registry);
	else
		*ret_registry = registry;
	return error;
}

void sl_registry_fini(struct sl_registry *registry)
{
	sl_buffer_fini(&registry->slots);
	sl_table_fini(&registry->index);
}
