/* Dates of the Gregorian calendar, and time zones of an artifact. No failure: any number is a day,
 * years beyond four digits are too. The zone is an index that the artifact's check has seen. */
#ifndef SL_BASE_CALENDAR_H
#define SL_BASE_CALENDAR_H

#include "base/artifact.h"

/* Days since 1970 of a date, and back. */
int64_t sl_days_of(int64_t year, unsigned month, unsigned day);
void sl_date_of(int64_t days, int64_t *ret_year, unsigned *ret_month, unsigned *ret_day);

/* Seconds to be added to UTC in the zone, then. O(log transitions). */
int64_t sl_zone_offset(const struct sl_artifact *artifact, uint32_t zone, int64_t utc_s);

#endif
