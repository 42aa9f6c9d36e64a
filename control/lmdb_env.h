/* What this process does alike with every LMDB environment of its own, and LMDB's answers as ours:
 * 0, -errno or -SL_E…. The environments of the dataplane have checks of their own. */
#ifndef SL_CONTROL_LMDB_ENV_H
#define SL_CONTROL_LMDB_ENV_H

#include <lmdb.h>
#include <stddef.h>
#include <sys/stat.h>

int sl_lmdb_error(int e);

/* LMDB maps the file and believes its head: a page that it names behind the file's end would be a
 * signal at the first look, not an error. In LMDB's own codes: 0 and the file's status,
 * MDB_CORRUPTED where the file is too short (ret_file is filled then too), or why it could not be
 * told. */
int sl_lmdb_check_length(MDB_env *env, struct stat *ret_file);

/* Opens an environment to be written, in a directory that is there, and its unnamed database. */
int sl_lmdb_open(const char *path, size_t map_bytes, MDB_env **ret_env, MDB_dbi *ret_dbi);

#endif
