/* The registry of state slots: the state of each sequence has a number for ever, carried from
 * artifact to artifact and never given to another. */
#ifndef SL_RULES_REGISTRY_PRIV_H
#define SL_RULES_REGISTRY_PRIV_H

#include "rules/plan/plan_priv.h"
#include "rules/registry/before_priv.h"

/* No sequence has this number. */
#define SL_NO_SLOT UINT64_MAX

struct sl_registry {
	struct sl_buffer slots; /* struct sl_registry_slot */
	struct sl_table index;  /* state -> index in slots */
	uint64_t next;
};

/* -SL_E_BOUNDS: the version before is damaged. */
int sl_registry_read(const struct sl_before *before, struct sl_registry *ret_registry);

/* -SL_E_BOUNDS: the state has a slot already. */
int sl_registry_add(struct sl_registry *registry, const struct sl_registry_slot *slot);

/* Gives the sequences and the limits of the plan their slots. before may be NULL. What cannot be
 * kept as it says is reported. */
int sl_registry_assign(const struct sl_rules_set *set, const struct sl_before *before,
		       struct sl_plan *plan, struct sl_registry *ret_registry);

void sl_registry_fini(struct sl_registry *registry);

#endif
