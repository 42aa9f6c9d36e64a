/* Saying how far a compilation has come. NULL for the progress: nobody watches. */
#ifndef SL_RULES_PROGRESS_PRIV_H
#define SL_RULES_PROGRESS_PRIV_H

#include "rules/rules.h"
#include "rules/slice_priv.h"

/* Another phase, of so many steps. */
void sl_progress_phase(struct sl_rules_progress *progress, enum sl_rules_phase phase,
		       uint32_t steps);
/* A step is done. */
void sl_progress_step(struct sl_rules_progress *progress, uint32_t steps);
/* What is at hand now: a campaign by its name, or a file by its own. What was at hand before is
 * measured by this, and kept if it is among the dearest. */
void sl_progress_campaign(struct sl_rules_progress *progress, struct sl_slice name);
void sl_progress_file(struct sl_rules_progress *progress, const char *name);
/* The patterns of so many campaigns, from the first to the last of them. */
void sl_progress_patterns(struct sl_rules_progress *progress, uint32_t n, struct sl_slice first,
			  struct sl_slice last);
/* Nothing is at hand. */
void sl_progress_pause(struct sl_rules_progress *progress);

#endif
