#include "control/lmdb_env.h"

#include "sluice/error.h"

#include <errno.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>

#define HEAD_BYTES 8192 /* two meta pages */

int sl_lmdb_error(int e)
{
	switch (e) {
	case MDB_SUCCESS:
		return 0;
	case MDB_VERSION_MISMATCH:
		return -SL_E_VERSION;
	case MDB_INVALID:
	case MDB_CORRUPTED:
	case MDB_PAGE_NOTFOUND:
	case MDB_BAD_VALSIZE:
		return -SL_E_DAMAGED;
	case MDB_MAP_FULL:
		return -SL_E_FULL;
	case MDB_PANIC:
		return -SL_E_SYNC;
	default:
		return e > 0 ? -e : -SL_E_DAMAGED;
	}
}

static int open_database(MDB_env *env, MDB_dbi *ret_dbi)
{
	MDB_txn *txn;
	int e = mdb_txn_begin(env, NULL, 0, &txn);

	if (e)
		return e;
	e = mdb_dbi_open(txn, NULL, 0, ret_dbi);
	if (!e)
		return mdb_txn_commit(txn);
	mdb_txn_abort(txn);
	return e;
}

int sl_lmdb_check_length(MDB_env *env, struct stat *ret_file)
{
	MDB_envinfo info;
	MDB_stat stat;
	int fd, e = mdb_env_get_fd(env, &fd);

	if (e)
		return e;
	if (fstat(fd, ret_file))
		return errno;
	/* the head has to be there before LMDB may be asked anything */
	if (ret_file->st_size < HEAD_BYTES)
		return MDB_CORRUPTED;
	e = mdb_env_info(env, &info);
	if (!e)
		e = mdb_env_stat(env, &stat);
	if (e)
		return e;
	return (uint64_t)ret_file->st_size / stat.ms_psize > info.me_last_pgno ? 0 : MDB_CORRUPTED;
}

/* Those who read only, as another user of the same group, take their places in the lock's file and
 * have nothing to write in the other. */
static int let_group_read(MDB_env *env, const char *path)
{
	char lock[PATH_MAX];
	int fd;

	if ((size_t)snprintf(lock, sizeof(lock), "%s/lock.mdb", path) >= sizeof(lock))
		return ENAMETOOLONG;
	if (mdb_env_get_fd(env, &fd) || fchmod(fd, 0640) || chmod(lock, 0660))
		return errno;
	return 0;
}

int sl_lmdb_open(const char *path, size_t map_bytes, MDB_env **ret_env, MDB_dbi *ret_dbi)
{
	struct stat file;
	MDB_env *env;
	MDB_dbi dbi;
	int e = mdb_env_create(&env);

	if (e)
		return sl_lmdb_error(e);
	e = mdb_env_set_mapsize(env, map_bytes);
	if (!e)
		e = mdb_env_open(env, path, MDB_NOTLS, 0660);
	if (!e)
		e = let_group_read(env, path);
	if (!e)
		e = sl_lmdb_check_length(env, &file);
	if (!e)
		e = open_database(env, &dbi);
	if (e) {
		mdb_env_close(env);
		return sl_lmdb_error(e);
	}
	*ret_env = env;
	*ret_dbi = dbi;
	return 0;
}
