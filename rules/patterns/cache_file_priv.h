/* A file of the cache of compiled rules, written as a whole or not at all.
 *
 * Written beside its place, at a pace, and renamed, and not synced: one that a crash cut short has
 * a hash that does not hold, and costs the time to make it again. False: there is none, or the one
 * before. */
#ifndef SL_RULES_PATTERNS_CACHE_FILE_PRIV_H
#define SL_RULES_PATTERNS_CACHE_FILE_PRIV_H

#include "rules/memory_priv.h"

/* A buffer that has failed is not written. */
bool sl_cache_file_write(const char *path, const struct sl_buffer *contents);

#endif
