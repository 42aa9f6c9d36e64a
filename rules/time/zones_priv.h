/* Time zones of conditions: "+09:00", or a name of the system's zone files, to transitions.
 *
 * Files are read from SL_ZONES_DIRECTORY alone, never through a name that leaves it, up to
 * SL_ZONE_FILE_BYTES_MAX. A zone whose rule goes on for ever has 400 years of it written out, which
 * then repeat, so that its every year is exact. Leap seconds are not counted. */
#ifndef SL_RULES_TIME_ZONES_PRIV_H
#define SL_RULES_TIME_ZONES_PRIV_H

#include "rules/memory_priv.h"

#include "sluice/artifact.h"

#define SL_ZONES_DIRECTORY "/usr/share/zoneinfo"
#define SL_ZONE_FILE_BYTES_MAX 65536u
#define SL_ZONE_NAME_MAX 64u

/* Adds the zone's transitions (struct sl_transition). False: there is no such zone, and nothing was
 * added; or the buffer failed. */
bool sl_zone_load(struct sl_slice name, struct sl_buffer *transitions, int64_t *ret_repeats_from_s);

/* The transitions of a zone file's bytes (TZif, RFC 8536). */
bool sl_zone_parse(const uint8_t *bytes, size_t n, struct sl_buffer *transitions,
		   int64_t *ret_repeats_from_s);

/* A rule as POSIX has it, "EST5EDT,M3.2.0,M11.1.0": adds its transitions in 401 years from the year
 * on. False: it is none. ret_for_ever: they repeat; else there is one offset for ever. */
bool sl_zone_rule(struct sl_slice rule, int64_t from_year, struct sl_buffer *transitions,
		  bool *ret_for_ever);

#endif
