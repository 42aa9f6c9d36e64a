/* Bare hs_scan over canonical texts: the floor's other half. It looks for one question of each
 * campaign, equalities included, each once: what whoever has nothing but the library would do. One
 * thread; whatever can not be had ends the program. */
#ifndef SL_PERF_MATCH_SCAN_H
#define SL_PERF_MATCH_SCAN_H

#include "base/artifact.h"
#include "match_engine.h"

#include <hs/hs.h>

struct sl_perf_scanner {
	hs_database_t *database;
	hs_scratch_t *scratch;
	uint32_t n_patterns;
	uint64_t hits;
	bool slots[SL_FIELDS_MAX]; /* whose values it wants to be in the texts */
};

void sl_perf_scanner_init(struct sl_perf_scanner *scanner, const struct sl_perf_case *what,
			  const struct sl_artifact *artifact);
void sl_perf_scanner_fini(struct sl_perf_scanner *scanner);

/* Scans the texts of events [first, first + n) as one. */
void sl_perf_scan(struct sl_perf_scanner *scanner, const struct sl_perf_texts *texts,
		  uint32_t first, uint32_t n);

#endif
