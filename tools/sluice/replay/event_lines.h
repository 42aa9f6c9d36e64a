/* Files of events, line by line, with progress at a terminal. */
#ifndef SL_SLUICE_REPLAY_EVENT_LINES_H
#define SL_SLUICE_REPLAY_EVENT_LINES_H

#include "base/span.h"

/* "-" is standard input. Behind each text lie its line's end and SL_SPAN_PADDING readable bytes; it
 * ends with the call. An exit code, the message being out. */
int sl_event_lines_read(const char *command, char **paths, int n,
			void (*each)(void *context, struct sl_span text), void *context);

#endif
