/* LMDB environments, opened with the checks that LMDB leaves out. */
#include "pages_priv.h"

#include "sluice/error.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <sys/stat.h>

int sl_store_env_error(int rc)
{
	switch (rc) {
	case 0:
		return 0;
	case MDB_VERSION_MISMATCH:
		return -SL_E_VERSION;
	case MDB_INVALID:
	case MDB_CORRUPTED:
	case MDB_PAGE_NOTFOUND:
	case MDB_NOTFOUND:
	case MDB_BAD_VALSIZE:
	case MDB_INCOMPATIBLE:
		return -SL_E_DAMAGED;
	case MDB_MAP_FULL:
	case MDB_TXN_FULL:
	case ENOSPC:
	case EDQUOT:
		return -SL_E_FULL;
	case MDB_READERS_FULL:
		return -SL_E_LIMIT;
	default:
		return rc > 0 ? -rc : -SL_E_SYNC;
	}
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

int sl_store_env_open(const char *path, unsigned flags, uint64_t map_bytes, MDB_env **ret_env,
		      char ret_why[SL_SENTENCE_BYTES])
{
	MDB_env *env = NULL;
	int rc, r;

	r = sl_store_pages_before(path, ret_why);
	if (r < 0)
		return r;
	rc = mdb_env_create(&env);
	if (rc) {
		snprintf(ret_why, SL_SENTENCE_BYTES, "%s", mdb_strerror(rc));
		return sl_store_env_error(rc);
	}
	if (map_bytes)
		rc = mdb_env_set_mapsize(env, map_bytes);
	if (!rc)
		rc = mdb_env_open(env, path, flags | MDB_NOTLS, 0660);
	if (!rc && !(flags & MDB_RDONLY))
		rc = let_group_read(env, path);
	if (rc) {
		r = sl_store_env_error(rc);
		snprintf(ret_why, SL_SENTENCE_BYTES, "%.120s cannot be opened: %s%s", path,
			 mdb_strerror(rc),
			 r == -SL_E_DAMAGED ? "; move the directory away or restore it" : "");
		mdb_env_close(env);
		return r;
	}
	r = sl_store_pages_check(env, path, ret_why);
	if (r < 0) {
		mdb_env_close(env);
		return r;
	}
	*ret_env = env;
	return 0;
}
