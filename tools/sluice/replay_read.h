/* Files of events, line by line into a replay, with progress at a terminal. */
#ifndef SL_SLUICE_REPLAY_READ_H
#define SL_SLUICE_REPLAY_READ_H

#include "tools/sluice/replay_engine.h"

/* "-" is standard input. An exit code, the message being out. */
int sl_replay_read(struct sl_replay *replay, char **paths, int n);

#endif
