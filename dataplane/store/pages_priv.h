/* Checks of an LMDB file that LMDB itself does not make. 0, or -SL_E_DAMAGED with a sentence. */
#ifndef SL_STORE_PAGES_PRIV_H
#define SL_STORE_PAGES_PRIV_H

#include "sluice/error.h"
#include "store_priv.h"

/* Before mdb_env_open(): the heads, if there is a file. */
int sl_store_pages_before(const char *path, char ret_why[SL_SENTENCE_BYTES]);

/* After it: every page that is in use or free. Cost: one pass over the pages of the file. */
int sl_store_pages_check(MDB_env *env, const char *path, char ret_why[SL_SENTENCE_BYTES]);

/* The same over the file's bytes in memory: what that transaction reads. The page at fault, if any,
 * is told in any case. */
int sl_store_pages_walk(const void *map, uint64_t bytes, uint64_t txn, uint64_t *ret_bad);

#endif
