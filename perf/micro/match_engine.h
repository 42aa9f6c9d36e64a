/* Sluice's own decode and match over events in memory, and state where campaigns remember, through
 * the doors of their stages, burst by burst as a worker runs them; and the canonical texts of the
 * events for the floor.
 *
 * One thread. Whatever can not be had, and an event that is refused, ends the program. */
#ifndef SL_PERF_MATCH_ENGINE_H
#define SL_PERF_MATCH_ENGINE_H

#include "base/artifact.h"
#include "match_cases.h"
#include "match_past.h"

#include <stdint.h>

struct sl_perf_engine;

struct sl_perf_engine *sl_perf_engine_new(const char *artifact_path);
void sl_perf_engine_free(struct sl_perf_engine *engine);
const struct sl_artifact *sl_perf_engine_artifact(const struct sl_perf_engine *engine);

/* Called for each event of a pass with the triggers that hold, ascending. */
typedef void (*sl_perf_matched)(void *context, uint32_t event, const uint32_t *triggers,
				uint32_t n);

/* One pass over all events; `each` may be NULL. Returns the matches. */
uint64_t sl_perf_engine_pass(struct sl_perf_engine *engine, const struct sl_perf_events *events,
			     sl_perf_matched each, void *context);

/* Forgets what it remembers, and tells each what comes of that from now on; NULL: nobody. */
void sl_perf_engine_forget(struct sl_perf_engine *engine, sl_perf_fired each, void *context);

/* Since it was made. */
struct sl_perf_work {
	uint64_t hits, candidates, cut;
	uint64_t touched; /* events that asked or changed what their key remembers */
};
struct sl_perf_work sl_perf_engine_work(const struct sl_perf_engine *engine);

/* The canonical texts of all events, of the slots whose bit is set in `slots`, one behind the
 * other, as include/sluice/artifact.h has them: event i has text[ends[i - 1] .. ends[i]). */
struct sl_perf_texts {
	uint8_t *text;
	uint64_t *ends;
	uint32_t n;
};
void sl_perf_make_texts(struct sl_perf_engine *engine, const struct sl_perf_events *events,
			const bool slots[SL_FIELDS_MAX], struct sl_perf_texts *ret_texts);
void sl_perf_free_texts(struct sl_perf_texts *texts);

#endif
