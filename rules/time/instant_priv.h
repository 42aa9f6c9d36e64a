/* Points in time as rules write them: RFC 3339, and dates in the bank's zone.
 *
 * A zone is entered for the length of a compilation and left again: the C library keeps one zone
 * for the whole process, so nothing else of the process may ask for local time meanwhile. */
#ifndef SL_RULES_TIME_INSTANT_PRIV_H
#define SL_RULES_TIME_INSTANT_PRIV_H

#include "rules/slice_priv.h"

#include <stdint.h>

#define SL_ZONE_NAME_MAX 64u
#define SL_ZONE_DEFAULT "Asia/Seoul"

struct sl_zone {
	char *before; /* TZ as it was, or NULL */
	bool entered;
};

/* -EINVAL: there is no such zone. */
int sl_zone_enter(const char *name, struct sl_zone *ret_zone);
void sl_zone_leave(struct sl_zone *zone);

/* "2026-11-21T09:12:33.12+09:00", T and Z in capitals, at most nine digits of a second; years 1678
 * to 2261. -EINVAL: no such text; -ERANGE: a year outside. */
int sl_instant_parse(struct sl_slice text, int64_t *ret_ns);

/* "2026-11-21": the first moment of that day, `days_on` days later, in the zone entered. */
int sl_instant_parse_date(struct sl_slice text, int days_on, int64_t *ret_ns);

#endif
