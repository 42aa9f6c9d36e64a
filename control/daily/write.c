/* Keeping: records go into a block in memory, full blocks into the file, at a settle all of it to
 * the disk. */
#include "control/daily/daily_priv.h"

#include "base/clock.h"
#include "base/log.h"
#include "sluice/error.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define INDEX_BYTES (SL_DAILY_INDEXES * 8u) /* a record */

static void forget_fresh(struct sl_daily *daily)
{
	struct sl_daily_open_file *open = daily->fresh.open;

	daily->fresh = (struct sl_daily_file){.open = open};
	daily->unsettled = 0;
	sl_block_room_clear(&daily->room);
}

static void give_up_file(struct sl_daily *daily)
{
	if (daily->fd >= 0)
		close(daily->fd);
	daily->fd = -1;
	daily->sync_failed = false;
}

/* Back to what is settled; under the lock. */
static void go_back(struct sl_daily *daily)
{
	struct sl_daily_file *file = sl_daily_find_file(daily, daily->writing);
	bool usable = file && !daily->newest_gone && !daily->sync_failed;

	forget_fresh(daily);
	daily->kept = (struct sl_daily_mark){0};
	for (uint32_t i = 0; i < daily->n_files; i++)
		if (!memcmp(daily->files[i].journal, daily->journal, sizeof(daily->journal)) &&
		    daily->files[i].mark.committed_ns >= daily->kept.committed_ns)
			daily->kept = daily->files[i].mark;
	daily->busy = false;
	daily->newest_gone = false;
	if (daily->fd < 0)
		return;
	/* a later sync of a file whose sync failed may say that all is well when it is not */
	if (!usable || ftruncate(daily->fd, (off_t)file->end))
		give_up_file(daily);
	else
		daily->written = file->end;
}

void sl_daily_rewind(struct sl_daily *daily)
{
	pthread_mutex_lock(&daily->lock);
	go_back(daily);
	pthread_mutex_unlock(&daily->lock);
	daily->at = (struct sl_daily_mark){0};
}

bool sl_daily_is_new(struct sl_daily *daily, uint64_t position, int64_t committed_ns)
{
	if (position != daily->at.position)
		daily->at = (struct sl_daily_mark){.position = position};
	daily->at.nth++;
	daily->at.committed_ns = committed_ns;
	return position > daily->kept.position || committed_ns > daily->kept.committed_ns ||
	       (position == daily->kept.position && daily->at.nth > daily->kept.nth);
}

/* 0: it goes on without what could not be kept. */
static int failed(struct sl_daily *daily, int error, uint64_t records)
{
	int64_t now_ns = sl_clock_read(CLOCK_MONOTONIC);

	if (!daily->failing_ns) {
		daily->failing_ns = now_ns;
		daily->losing = false;
	}
	if (now_ns - daily->failing_ns < daily->config.patience_ns)
		return error;
	if (!daily->losing)
		sl_log_error("%s: %s; records are counted, not kept, until %s can be written again",
			     daily->config.name, sl_error_text(error), daily->config.directory);
	daily->losing = true;
	pthread_mutex_lock(&daily->lock);
	daily->lost += records;
	go_back(daily);
	pthread_mutex_unlock(&daily->lock);
	return 0;
}

/* ---- the file that is written ---------------------------------------------------------------- */

static int write_block(struct sl_daily *daily)
{
	struct sl_daily_mark mark = daily->kept;
	struct sl_daily_block block;
	size_t n;
	int e;

	if (!daily->room.records)
		return 0;
	n = sl_block_pack(daily->packer, &daily->room, mark, daily->packed);
	memcpy(&block, daily->packed, sizeof(block));
	e = sl_daily_write_at(daily->fd, daily->packed, n, daily->written);
	if (!e)
		e = sl_daily_file_note(&daily->fresh, &block, daily->room.at, daily->config.hashes);
	if (e)
		return e;
	daily->written += n;
	sl_block_room_clear(&daily->room);
	return 0;
}

/* Fresh blocks are numbered, and placed, from the file's last on. */
static int publish(struct sl_daily *daily, struct sl_daily_file *file)
{
	struct sl_daily_file *fresh = &daily->fresh, grown = *file;
	int e = 0;

	for (unsigned i = 0; !e && i < SL_DAILY_INDEXES; i++) {
		for (uint32_t k = 0; k < fresh->n_hashes[i]; k++)
			fresh->open->hashes[i][k] += file->n_blocks;
		e = sl_daily_open_add_hashes(&grown, i, fresh->open->hashes[i], fresh->n_hashes[i]);
	}
	for (uint32_t k = 0; !e && k < fresh->n_blocks; k++) {
		fresh->open->blocks[k].offset += file->end;
		e = sl_daily_open_add_block(&grown, &fresh->open->blocks[k]);
	}
	if (e)
		return e;
	if (!grown.records || fresh->first_ns < grown.first_ns)
		grown.first_ns = fresh->first_ns;
	if (!grown.records || fresh->last_ns > grown.last_ns)
		grown.last_ns = fresh->last_ns;
	grown.records += fresh->records;
	grown.mark = fresh->mark;
	grown.end += fresh->end;
	sl_daily_resize(daily, file, grown.end);
	grown.file_bytes = grown.end;
	*file = grown;
	return 0;
}

static int settle(struct sl_daily *daily)
{
	struct sl_daily_file *file;
	uint64_t records = daily->unsettled;
	int e;

	if (daily->fd < 0 || !daily->unsettled)
		return 0;
	e = write_block(daily);
	if (!e && fdatasync(daily->fd)) {
		e = -errno;
		daily->sync_failed = true;
	}
	if (e)
		return e;
	pthread_mutex_lock(&daily->lock);
	file = sl_daily_find_file(daily, daily->writing);
	e = file ? publish(daily, file) : -ENOENT;
	if (!e) {
		daily->busy = false;
		forget_fresh(daily);
	}
	pthread_mutex_unlock(&daily->lock);
	if (!e)
		atomic_fetch_add_explicit(&daily->config.stats->settled, records,
					  memory_order_relaxed);
	return e;
}

/* Settled before. Readers go on with what is in memory until it is sealed. */
static int end_file(struct sl_daily *daily)
{
	struct sl_daily_file *file, sealed;
	struct sl_daily_open_file *open;
	int e;

	pthread_mutex_lock(&daily->lock);
	file = sl_daily_find_file(daily, daily->writing);
	if (file)
		sealed = *file;
	pthread_mutex_unlock(&daily->lock);
	if (!file) {
		give_up_file(daily);
		return 0;
	}
	e = sl_daily_file_seal(daily->fd, &sealed);
	if (e) {
		daily->sync_failed = true; /* it gets its seal at the next start */
		return e;
	}
	pthread_mutex_lock(&daily->lock);
	file = sl_daily_find_file(daily, daily->writing);
	if (file) {
		open = sealed.open;
		sealed.open = NULL;
		sl_daily_resize(daily, file, sealed.file_bytes);
		*file = sealed;
		sl_daily_open_free(open);
	}
	pthread_mutex_unlock(&daily->lock);
	give_up_file(daily);
	return 0;
}

/* Under the lock. */
static void make_room(struct sl_daily *daily)
{
	uint64_t let_go = daily->let_go, wanted = 2 * (daily->config.bytes / SL_DAILY_PARTS);

	while (daily->bytes + wanted > daily->config.bytes || daily->n_files == SL_DAILY_FILES_MAX)
		if (!sl_daily_drop_oldest(daily))
			break;
	if (daily->let_go > let_go)
		sl_log_warning(
			"%s: %llu records of the oldest day are let go: all that is kept may "
			"take %llu bytes, see the setting %s.bytes",
			daily->config.name, (unsigned long long)(daily->let_go - let_go),
			(unsigned long long)daily->config.bytes, daily->config.name);
}

static int begin_file(struct sl_daily *daily, int64_t day)
{
	struct sl_daily_file file;
	int fd, e;

	pthread_mutex_lock(&daily->lock);
	make_room(daily);
	e = sl_daily_file_create(daily->config.directory, daily->config.name, day,
				 daily->last_number + 1, daily->journal, &file, &fd);
	if (!e) {
		file.open = calloc(1, sizeof(*file.open));
		e = file.open ? sl_daily_add_file(daily, &file) : -ENOMEM;
		if (e) {
			sl_daily_open_free(file.open);
			close(fd);
			daily->last_number++; /* its name is taken */
		}
	}
	if (!e) {
		daily->fd = fd;
		daily->writing = file.number;
		daily->busy = true;
		daily->writing_day = day;
		daily->written = file.end;
	}
	pthread_mutex_unlock(&daily->lock);
	return e;
}

static bool is_full(struct sl_daily *daily)
{
	uint32_t records_max =
		daily->config.file_records ? daily->config.file_records : SL_DAILY_FILE_RECORDS;
	const struct sl_daily_file *file;
	uint64_t records, bytes;
	uint32_t blocks;

	/* the consumer's thread alone changes the file that is written */
	file = sl_daily_find_file(daily, daily->writing);
	if (!file)
		return false;
	records = file->records + daily->unsettled;
	bytes = daily->written + (daily->config.hashes ? records * INDEX_BYTES : 0);
	blocks = file->n_blocks + daily->fresh.n_blocks;
	return records >= records_max || bytes >= daily->config.bytes / SL_DAILY_PARTS ||
	       blocks + 2 >= SL_DAILY_BLOCKS_MAX;
}

/* The file that takes a record of that day. */
static int have_file(struct sl_daily *daily, int64_t day)
{
	bool over;
	int e = 0;

	pthread_mutex_lock(&daily->lock);
	if (!daily->opened)
		e = sl_daily_open_files(daily);
	if (!e && daily->newest_gone)
		go_back(daily);
	over = !e && daily->fd >= 0 && (is_full(daily) || daily->writing_day != day);
	daily->busy = daily->fd >= 0;
	pthread_mutex_unlock(&daily->lock);
	if (over) {
		e = settle(daily);
		if (!e)
			e = end_file(daily);
	}
	return e || daily->fd >= 0 ? e : begin_file(daily, day);
}

static int64_t day_of(int64_t ns)
{
	return ns / SL_DAILY_DAY_NS - (ns % SL_DAILY_DAY_NS < 0);
}

static int keep(struct sl_daily *daily, struct sl_span record, int64_t time_ns)
{
	int64_t latest_ns = daily->kept.committed_ns;
	int e = have_file(daily, day_of(daily->at.committed_ns));

	if (!e && daily->room.bytes >= SL_BLOCK_RAW_WANTED)
		e = write_block(daily);
	if (e)
		return e;
	sl_block_room_add(&daily->room, time_ns, record);
	daily->kept = daily->at;
	if (latest_ns > daily->kept.committed_ns) /* the clock was put back */
		daily->kept.committed_ns = latest_ns;
	daily->unsettled++;
	return 0;
}

int sl_daily_keep(struct sl_daily *daily, struct sl_span record, int64_t time_ns)
{
	int e = keep(daily, record, time_ns);

	return e ? failed(daily, e, 1 + daily->unsettled) : 0;
}

int sl_daily_settle(struct sl_daily *daily)
{
	uint64_t records = daily->unsettled;
	int e = settle(daily);

	if (e)
		return failed(daily, e, records);
	if (records && daily->failing_ns) {
		daily->failing_ns = 0;
		sl_log_info("%s: %s can be written again", daily->config.name,
			    daily->config.directory);
	}
	return 0;
}

void sl_daily_start(struct sl_daily *daily, const uint8_t journal[16])
{
	int e = 0;

	memcpy(daily->journal, journal, sizeof(daily->journal));
	pthread_mutex_lock(&daily->lock);
	if (!daily->opened)
		e = sl_daily_open_files(daily);
	pthread_mutex_unlock(&daily->lock);
	sl_daily_rewind(daily);
	if (e)
		sl_log_error("%s: %s cannot be used: %s", daily->config.name,
			     daily->config.directory, sl_error_text(e));
}
