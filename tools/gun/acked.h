/* The independent journal of what was acknowledged: an id a line, synced. It is written only after
 * the answer has been read, so whatever stands in it has been promised. One per thread; all append
 * to the same file with writes of whole lines. */
#ifndef SL_GUN_ACKED_H
#define SL_GUN_ACKED_H

#include "tools/gun/events.h"

#include <stddef.h>

struct sl_acked {
	int fd; /* -1: not wanted */
	char *text;
	size_t bytes, room;
};

int sl_acked_open(struct sl_acked *acked, const char *path); /* path NULL: not wanted */
int sl_acked_add(struct sl_acked *acked, const char id[SL_EVENTS_ID_BYTES]);
int sl_acked_sync(struct sl_acked *acked); /* what was added since the last time */
void sl_acked_close(struct sl_acked *acked);

#endif
