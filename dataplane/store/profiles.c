/* Reading profiles. A process may open an LMDB environment once only, so that the workers' readers
 * share one, each with a read transaction of its own. */
#include "store/profiles.h"

#include "store_priv.h"

#include "sluice/error.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <xxhash.h>

#define KEY_BYTES (2u + SL_PROFILE_KEY_MAX)
#define PROFILE_BYTES_MAX 65536u
#define RESETS_PER_TRY 256u /* how often an environment that is not there is looked for */

struct sl_profiles {
	char path[PATH_BYTES];
	MDB_env *env; /* the shared one; NULL: not there yet */
	MDB_txn *txn;
	MDB_dbi dbi;
	bool reading; /* txn holds a snapshot */
	unsigned resets;
	_Alignas(8) uint8_t view[PROFILE_BYTES_MAX]; /* LMDB aligns values to 2 bytes only */
};

/* Guarded by the mutex. */
static pthread_mutex_t shared_mutex = PTHREAD_MUTEX_INITIALIZER;
static struct {
	MDB_env *env;
	unsigned users;
	char path[PATH_BYTES];
} shared;

static int share_env(const char *path, MDB_env **ret_env)
{
	char file[PATH_BYTES], why[SL_SENTENCE_BYTES];
	struct stat st;
	int r = 0;

	if (snprintf(file, sizeof(file), "%s/data.mdb", path) >= (int)sizeof(file))
		return -ENAMETOOLONG;
	pthread_mutex_lock(&shared_mutex);
	if (shared.users && strcmp(shared.path, path) != 0)
		r = -SL_E_STATE; /* one bank, one environment */
	else if (!shared.users && stat(file, &st) < 0)
		r = -errno;
	else if (!shared.users)
		r = sl_store_env_open(path, MDB_RDONLY, 0, &shared.env, why);
	if (r == 0) {
		snprintf(shared.path, sizeof(shared.path), "%s", path);
		shared.users++;
		*ret_env = shared.env;
	}
	pthread_mutex_unlock(&shared_mutex);
	return r;
}

static void unshare_env(void)
{
	pthread_mutex_lock(&shared_mutex);
	if (--shared.users == 0)
		mdb_env_close(shared.env);
	pthread_mutex_unlock(&shared_mutex);
}

static int attach(struct sl_profiles *profiles)
{
	MDB_env *env;
	int rc, r;

	r = share_env(profiles->path, &env);
	if (r < 0)
		return r;
	rc = mdb_txn_begin(env, NULL, MDB_RDONLY, &profiles->txn);
	if (!rc) {
		rc = mdb_dbi_open(profiles->txn, NULL, 0, &profiles->dbi);
		if (!rc) {
			mdb_txn_reset(profiles->txn);
			profiles->env = env;
			return 0;
		}
		mdb_txn_abort(profiles->txn);
		profiles->txn = NULL;
	}
	unshare_env();
	return sl_store_env_error(rc);
}

int sl_profiles_open(const char *path, struct sl_profiles **ret_profiles)
{
	struct sl_profiles *profiles;
	int r;

	if (strlen(path) >= PATH_BYTES)
		return -ENAMETOOLONG;
	profiles = calloc(1, sizeof(*profiles));
	if (!profiles)
		return -ENOMEM;
	memcpy(profiles->path, path, strlen(path));
	r = attach(profiles);
	if (r < 0 && r != -ENOENT) {
		free(profiles);
		return r;
	}
	*ret_profiles = profiles;
	return 0;
}

void sl_profiles_close(struct sl_profiles *profiles)
{
	if (!profiles)
		return;
	if (profiles->env) {
		mdb_txn_abort(profiles->txn);
		unshare_env();
	}
	free(profiles);
}

static int copy_profile(const MDB_val *value, uint8_t *ret_view)
{
	struct sl_profile_header header;
	size_t attributes;

	if (value->mv_size < sizeof(header))
		return -SL_E_TRUNCATED;
	if (value->mv_size > PROFILE_BYTES_MAX)
		return -SL_E_LIMIT;
	memcpy(&header, value->mv_data, sizeof(header));
	if (header.layout != SL_PROFILES_VERSION)
		return -SL_E_VERSION;
	attributes = header.attributes * sizeof(struct sl_profile_attribute);
	if (header.attributes > SL_PROFILE_ATTRIBUTES_MAX ||
	    attributes > value->mv_size - sizeof(header))
		return -SL_E_BOUNDS;
	if (header.check != XXH3_64bits((const char *)value->mv_data + sizeof(header),
					value->mv_size - sizeof(header)))
		return -SL_E_DAMAGED;
	memcpy(ret_view, value->mv_data, value->mv_size);
	return 0;
}

int sl_profile_get(struct sl_profiles *profiles, uint16_t partition, struct sl_text key,
		   const struct sl_profile_header **ret_profile)
{
	uint8_t bytes[KEY_BYTES] = {(uint8_t)(partition >> 8), (uint8_t)partition};
	MDB_val name = {.mv_size = 2 + key.bytes, .mv_data = bytes}, value;
	int rc, r;

	if (!profiles->env || key.bytes > SL_PROFILE_KEY_MAX)
		return 0;
	if (!profiles->reading) {
		rc = mdb_txn_renew(profiles->txn);
		if (rc)
			return sl_store_env_error(rc);
		profiles->reading = true;
	}
	memcpy(bytes + 2, key.at, key.bytes);
	rc = mdb_get(profiles->txn, profiles->dbi, &name, &value);
	if (rc == MDB_NOTFOUND)
		return 0;
	r = rc ? sl_store_env_error(rc) : copy_profile(&value, profiles->view);
	if (r < 0)
		return r;
	*ret_profile = (const struct sl_profile_header *)profiles->view;
	return 1;
}

void sl_profiles_reset(struct sl_profiles *profiles)
{
	if (profiles->reading) {
		mdb_txn_reset(profiles->txn);
		profiles->reading = false;
	}
	if (!profiles->env && ++profiles->resets % RESETS_PER_TRY == 0)
		attach(profiles);
}
