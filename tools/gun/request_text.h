/* Requests as bytes: the same number gives the same bytes, however often it is made. */
#ifndef SL_GUN_REQUEST_TEXT_H
#define SL_GUN_REQUEST_TEXT_H

#include "tools/gun/options.h"

struct sl_request_text {
	const struct sl_gun_options *options;
	const struct sl_events *events;
	struct sl_event_plan *plans; /* room for n */
	uint64_t first;              /* event */
	uint32_t n;
	const struct sl_event_time *time;
};

/* The longest request there can be. */
size_t sl_request_room(const struct sl_gun_options *options);

/* Returns its bytes. `ret_segment_bytes`, if not NULL: the length of each datagram in it, 0 where
 * it is one. */
size_t sl_request_text(const struct sl_request_text *text, char *ret_at,
		       uint16_t *ret_segment_bytes);

#endif
