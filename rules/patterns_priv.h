/* Pattern databases for the atoms of a plan, compiled for the machine this runs on. */
#ifndef SL_RULES_PATTERNS_PRIV_H
#define SL_RULES_PATTERNS_PRIV_H

#include "rules/plan_priv.h"

#define SL_PATTERNS_PER_DATABASE 50000u

struct sl_patterns {
	struct sl_buffer databases; /* struct sl_database */
	struct sl_buffer ids;       /* uint32_t, a run for each database; or none */
	struct sl_buffer blobs;     /* each aligned to SL_FILE_ALIGN */
	const char *version;        /* the library's; lives as long as the program */
	uint64_t cpu_features;
	uint32_t cpu_tune;
};

/* -SL_E_PATTERNS: the library refused them, which was reported. */
int sl_patterns_build(const struct sl_plan *plan, struct sl_diagnostics *diagnostics,
		      struct sl_patterns *ret_patterns);
void sl_patterns_fini(struct sl_patterns *patterns);

#endif
