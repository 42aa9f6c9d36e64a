/* Bare hs_scan over canonical texts: the floor's other half. One thread; whatever can not be had
 * ends the program. */
#ifndef SL_PERF_MATCH_SCAN_H
#define SL_PERF_MATCH_SCAN_H

#include "base/artifact.h"
#include "match_engine.h"

#include <hs/hs_runtime.h>

#define SL_PERF_DATABASES_MAX 64u

struct sl_perf_scanner {
	hs_database_t *databases[SL_PERF_DATABASES_MAX];
	hs_scratch_t *scratch;
	uint32_t n_databases;
	uint64_t hits;
};

void sl_perf_scanner_init(struct sl_perf_scanner *scanner, const struct sl_artifact *artifact);
void sl_perf_scanner_fini(struct sl_perf_scanner *scanner);

/* Scans the texts of events [first, first + n) as one. */
void sl_perf_scan(struct sl_perf_scanner *scanner, const struct sl_perf_texts *texts,
		  uint32_t first, uint32_t n);

#endif
