/* What a load does to what is remembered, for who looks before. */
#ifndef SL_RULES_REGISTRY_CHANGES_PRIV_H
#define SL_RULES_REGISTRY_CHANGES_PRIV_H

#include "rules/plan/plan_priv.h"
#include "rules/registry/before_priv.h"

/* Calls options->changed for each campaign that remembers, or did. The plan has its slots. 0 or
 * -ENOMEM. */
int sl_changes_tell(const struct sl_rules_set *set, const struct sl_before *before,
		    const struct sl_plan *plan, const struct sl_rules_options *options);

#endif
