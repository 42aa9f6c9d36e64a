/* The registry of state slots: the state of each sequence has a number for ever, carried from
 * artifact to artifact and never given to another. */
#ifndef SL_RULES_REGISTRY_PRIV_H
#define SL_RULES_REGISTRY_PRIV_H

#include "rules/plan_priv.h"

struct sl_registry {
	struct sl_buffer slots; /* struct sl_registry_slot */
	struct sl_table index;  /* state -> index in slots */
	uint64_t next;
};

/* Takes the registry out of the artifact at `path`, of which nothing is believed before it is
 * checked. -SL_E_…: what is wrong with it. */
int sl_registry_read(const char *path, struct sl_registry *ret_registry);

/* -SL_E_BOUNDS: the state has a slot already. */
int sl_registry_add(struct sl_registry *registry, const struct sl_registry_slot *slot);

/* Gives the sequences and the limits of the plan their slots. */
int sl_registry_assign(struct sl_registry *registry, const struct sl_rules_set *set,
		       struct sl_plan *plan);

void sl_registry_fini(struct sl_registry *registry);

#endif
