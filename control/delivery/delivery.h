/* delivery: what goes out for a match, whatever carries it: a value and headers.
 *
 * Value: JSON, whose members consumers downstream rely on: more may come, none is renamed. Headers:
 * CloudEvents 1.0 in binary mode. Texts point into the match or into the caller's room and live as
 * long as those. Any thread. */
#ifndef SL_CONTROL_DELIVERY_H
#define SL_CONTROL_DELIVERY_H

#include "base/json_out.h"
#include "base/record.h"

/* Longest value: texts are escaped at most sixfold, data is JSON already. */
#define SL_DELIVERY_VALUE_BYTES (8u * SL_RECORD_BYTES_MAX)
#define SL_DELIVERY_HEADERS 7u /* at most */

struct sl_delivery_header {
	const char *name;
	struct sl_text value;
};

struct sl_delivery_room {
	char id[32], time[40];
	char type[16 + 65536];
};

/* Members of the value, into an object that the caller opened and closes. */
void sl_delivery_value(struct sl_json *json, const struct sl_match_view *match,
		       int64_t committed_ns);

/* Returns how many there are. */
unsigned sl_delivery_headers(const struct sl_match_view *match, struct sl_delivery_room *room,
			     struct sl_delivery_header ret_headers[SL_DELIVERY_HEADERS]);

#endif
