/* Two replays of the same events beside each other: who would have got what under each. */
#ifndef SL_SLUICE_REPLAY_DIFF_H
#define SL_SLUICE_REPLAY_DIFF_H

#include "tools/sluice/replay/run.h"

/* Prints what differs, as a table or as lines of JSON; returns how much does. A match that is in
 * both is known by its id; it differs where its data or decision does. */
size_t sl_replay_diff(const struct sl_replay_result *before, const struct sl_replay_result *after,
		      const char *name_before, const char *name_after, bool as_json);

#endif
