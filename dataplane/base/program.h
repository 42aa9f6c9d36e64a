/* Condition programs: small, bounded, without allocation. The artifact's reader has verified the
 * code against the schema, so that running it checks nothing but values: the event's slots have the
 * types of that artifact's fields.
 *
 * A test of an absent slot is unknown; AND goes on only from true. A NaN equals, precedes and
 * follows nothing. */
#ifndef SL_BASE_PROGRAM_H
#define SL_BASE_PROGRAM_H

#include "base/artifact.h"
#include "base/event.h"

enum sl_truth { SL_FALSE = 0, SL_TRUE = 1, SL_UNKNOWN = 2 /* an error: a field that is absent */ };

/* Runs the n instructions from `code` on. An empty program is true. */
enum sl_truth sl_program_run(const struct sl_artifact *artifact, const struct sl_instruction *code,
			     uint32_t n, const struct sl_event *event);

#endif
