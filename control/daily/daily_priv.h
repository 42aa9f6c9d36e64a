/* What the files of this folder share. */
#ifndef SL_CONTROL_DAILY_PRIV_H
#define SL_CONTROL_DAILY_PRIV_H

#include "control/daily/file_priv.h"

#include <pthread.h>

#define SL_DAILY_FILES_MAX 65536u
#define SL_DAILY_PARTS 16u /* that the room is cut into */
#define SL_DAILY_DAY_NS (86400 * INT64_C(1000000000))

struct sl_daily {
	struct sl_daily_config config;

	/* the consumer's own */
	uint8_t journal[16];
	int fd;           /* of the file that is written; -1: none */
	uint64_t writing; /* its number */
	int64_t writing_day;
	bool sync_failed;        /* of that file: nothing more goes there */
	int64_t failing_ns;      /* since when it cannot be written; 0: it can */
	bool losing;             /* and for too long */
	struct sl_daily_mark at; /* the record last asked for */
	struct sl_daily_mark kept;
	uint64_t written; /* bytes of the file, fresh blocks with it */
	uint64_t unsettled;
	struct sl_daily_file fresh; /* blocks since the last settle, as a file of their own */
	struct sl_block_room room;
	ZSTD_CCtx *packer;
	uint8_t *packed; /* sl_block_bytes_max() */

	/* under the lock: the files as they are on disk, by number */
	pthread_mutex_t lock;
	bool opened;
	bool busy;        /* something is not settled: the file that is written stays */
	bool newest_gone; /* swept away: the consumer has to begin another */
	struct sl_daily_file *files;
	uint32_t n_files, files_room;
	uint64_t last_number; /* ever given */
	uint64_t bytes;       /* of all */
	uint64_t let_go, lost;
	_Atomic uint64_t damaged;
	_Atomic uint64_t complained;
};

/* store.c: each under the lock */
int sl_daily_open_files(struct sl_daily *daily);
int sl_daily_add_file(struct sl_daily *daily, const struct sl_daily_file *file);
/* Where a file of that number is, or would be. */
uint32_t sl_daily_file_index(const struct sl_daily *daily, uint64_t number);
/* NULL: there is none. */
struct sl_daily_file *sl_daily_find_file(struct sl_daily *daily, uint64_t number);
/* The oldest day, or of the only day the oldest file; never the one that is written. False: there
 * is nothing to let go of. */
bool sl_daily_drop_oldest(struct sl_daily *daily);
/* Bytes of it have changed to those. */
void sl_daily_resize(struct sl_daily *daily, struct sl_daily_file *file, uint64_t bytes);
void sl_daily_drop_file(struct sl_daily *daily, uint32_t index);

/* Without it. */
int sl_daily_open_fd(const struct sl_daily *daily, const struct sl_daily_file *file, int flags,
		     int *ret_fd);
void sl_daily_met_damage(struct sl_daily *daily, const struct sl_daily_file *file,
			 const char *what);

#endif
