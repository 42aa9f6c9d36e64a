/* Pages of what is kept for days: GET /v1/decisions and /v1/recorded. */
#ifndef SL_CONTROL_API_DAILY_PAGE_PRIV_H
#define SL_CONTROL_API_DAILY_PAGE_PRIV_H

#include "control/api/api_priv.h"
#include "control/daily/daily.h"
#include "control/json_member.h"

/* With more a page is done: the longest record there can be still has room behind. */
#define SL_API_PAGE_ENOUGH ((size_t)1 << 20)

struct sl_api_page {
	struct sl_daily_place after; /* file 0: from the first */
	int64_t from_ns, until_ns;
	uint64_t limit;
};

/* The parameters after, from, to and limit. False: refused, and answered. */
bool sl_api_page_asked(struct sl_connection *connection, uint64_t limit_max, uint64_t limit_default,
		       struct sl_api_page *ret_page);
/* An object that the caller goes on with, up to and into an array. False: answered. */
bool sl_api_page_begin(struct sl_connection *connection, struct sl_json *json);
/* Ends the array and the object, with `next` where there is more; answers. */
void sl_api_page_end(struct sl_connection *connection, struct sl_json *json, int error,
		     struct sl_daily_place next);

#endif
