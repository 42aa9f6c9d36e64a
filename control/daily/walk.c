/* What is kept, as others see it. */
#include "control/daily/daily_priv.h"

#include "sluice/error.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define NUMBER_MAX 999999999999999999u /* no place has more digits */

void sl_daily_place_format(struct sl_daily_place place, char ret_text[SL_DAILY_PLACE_BYTES])
{
	snprintf(ret_text, SL_DAILY_PLACE_BYTES, "%" PRIu64 "-%" PRIu32 "-%" PRIu32, place.file,
		 place.block, place.record);
}

int sl_daily_place_parse(const char *text, struct sl_daily_place *ret_place)
{
	struct sl_daily_place place;
	char again[SL_DAILY_PLACE_BYTES];
	uint64_t block, record;

	if (strlen(text) >= sizeof(again) ||
	    sscanf(text, "%20" SCNu64 "-%12" SCNu64 "-%12" SCNu64, &place.file, &block, &record) !=
		    3 ||
	    !place.file || place.file > NUMBER_MAX || block > UINT32_MAX || record > UINT32_MAX)
		return -SL_E_FORMAT;
	place.block = (uint32_t)block;
	place.record = (uint32_t)record;
	sl_daily_place_format(place, again); /* no signs, blanks or leading zeros */
	if (strcmp(again, text) != 0)
		return -SL_E_FORMAT;
	*ret_place = place;
	return 0;
}

/* ---- a walk ---------------------------------------------------------------------------------- */

struct walk {
	struct sl_daily *daily;
	const struct sl_daily_question *question;
	int (*each)(void *context, int64_t time_ns, struct sl_span record);
	void *context;
	struct sl_daily_place after; /* file 0: all that is met counts */
	struct sl_daily_place seen;
	unsigned blocks_left, files_left;
	ZSTD_DCtx *unpacker;
	uint8_t *room, *raw;
	uint32_t *offsets; /* of the records in `raw`; a head of a record has 16 bytes */
	uint32_t *blocks;  /* of the file at hand, that the question names; NULL: all of them */
	uint32_t n_blocks;
};

static bool outside(const struct sl_daily_question *question, int64_t first_ns, int64_t last_ns)
{
	return last_ns < question->from_ns || first_ns >= question->until_ns;
}

static bool wants_file(const struct walk *walk, const struct sl_daily_file *file)
{
	return !file->damaged && file->records &&
	       !outside(walk->question, file->first_ns, file->last_ns);
}

/* The next file in the walk's direction behind the one of that number, or that one too where
 * `same`; number 0: from the first. */
static bool next_file(struct walk *walk, uint64_t number, bool same, struct sl_daily_file *ret_file)
{
	struct sl_daily *daily = walk->daily;
	const struct sl_daily_file *found = NULL;
	uint32_t i;

	pthread_mutex_lock(&daily->lock);
	if (walk->question->newest_first) {
		i = number ? sl_daily_file_index(daily, number + same) : daily->n_files;
		while (!found && i-- > 0)
			found = wants_file(walk, &daily->files[i]) ? &daily->files[i] : NULL;
	} else {
		i = number ? sl_daily_file_index(daily, number + !same) : 0;
		for (; !found && i < daily->n_files; i++)
			found = wants_file(walk, &daily->files[i]) ? &daily->files[i] : NULL;
	}
	if (found)
		*ret_file = *found;
	pthread_mutex_unlock(&daily->lock);
	return found != NULL;
}

/* Of a file that is not sealed yet: from what is in memory. */
static int find_in_memory(struct walk *walk, const struct sl_daily_file *file)
{
	uint64_t wanted = sl_daily_hash_entry(walk->question->hash, 0) >> 24;
	const uint64_t *hashes = file->open->hashes[walk->question->index];
	uint32_t n = file->n_hashes[walk->question->index];

	walk->blocks = malloc(((size_t)file->n_blocks + 1) * sizeof(*walk->blocks));
	if (!walk->blocks)
		return -ENOMEM;
	for (uint32_t i = 0; i < n && walk->n_blocks < file->n_blocks; i++)
		if (hashes[i] >> 24 == wanted)
			walk->blocks[walk->n_blocks++] = (uint32_t)(hashes[i] & 0xffffff);
	return 0;
}

/* Which blocks of the file are to be looked at. */
static int find_blocks(struct walk *walk, int fd, struct sl_daily_file *file)
{
	const struct sl_daily_question *question = walk->question;
	struct sl_daily_file *now;
	int e = 0;

	free(walk->blocks);
	walk->blocks = NULL;
	walk->n_blocks = 0;
	if (question->by_hash) {
		pthread_mutex_lock(&walk->daily->lock);
		now = sl_daily_find_file(walk->daily, file->number);
		if (now)
			*file = *now; /* it may have got its seal meanwhile */
		if (now && now->open)
			e = find_in_memory(walk, now);
		pthread_mutex_unlock(&walk->daily->lock);
		if (!e && !walk->blocks && file->sealed)
			e = sl_daily_pages_find(fd, file, question->index, question->hash,
						&walk->blocks, &walk->n_blocks);
		if (e && e != -ENOMEM)
			sl_daily_met_damage(walk->daily, file,
					    "an index in it is damaged: all of the file is looked "
					    "at instead");
	}
	if (!walk->blocks)
		walk->n_blocks = file->n_blocks;
	return e == -ENOMEM ? e : 0;
}

static int entry_of(struct walk *walk, int fd, struct sl_daily_file *file, uint32_t block,
		    struct sl_daily_entry *ret_entry)
{
	struct sl_daily_file *now;
	bool done = false;

	if (!file->sealed) {
		pthread_mutex_lock(&walk->daily->lock);
		now = sl_daily_find_file(walk->daily, file->number);
		if (now && now->open && block < now->n_blocks) {
			*ret_entry = now->open->blocks[block];
			done = true;
		} else if (now) {
			*file = *now;
		}
		pthread_mutex_unlock(&walk->daily->lock);
	}
	return done ? 0 : sl_daily_pages_entry(fd, file, block, ret_entry);
}

/* How many records are in `raw`, and where; what stands behind a damaged one is not there. */
static uint32_t find_records(struct walk *walk, uint32_t raw_bytes)
{
	struct sl_span record;
	int64_t time_ns;
	uint32_t n = 0, at = 0, begin = 0;

	while (n < SL_BLOCK_RAW_MAX / 16 &&
	       sl_block_next(walk->raw, raw_bytes, &at, &time_ns, &record) > 0) {
		walk->offsets[n++] = begin;
		begin = at;
	}
	return n;
}

/* Whether a record of the block that `after` is in comes behind it. */
static bool is_behind(const struct walk *walk, uint64_t file, uint32_t block, uint32_t record)
{
	const struct sl_daily_place *after = &walk->after;

	if (after->file != file || after->block != block)
		return true;
	return walk->question->newest_first ? record < after->record : record > after->record;
}

/* True: the walk goes on. */
static bool walk_records(struct walk *walk, uint64_t file, uint32_t block, uint32_t raw_bytes)
{
	const struct sl_daily_question *question = walk->question;
	uint32_t n = find_records(walk, raw_bytes);

	for (uint32_t i = 0; i < n; i++) {
		uint32_t k = question->newest_first ? n - 1 - i : i, at = walk->offsets[k];
		struct sl_span record;
		int64_t time_ns;

		if (!is_behind(walk, file, block, k))
			continue;
		walk->seen = (struct sl_daily_place){file, block, k};
		sl_block_next(walk->raw, raw_bytes, &at, &time_ns, &record);
		if (time_ns < question->from_ns || time_ns >= question->until_ns)
			continue;
		if (walk->each(walk->context, time_ns, record))
			return false;
	}
	return true;
}

/* True: the walk goes on with the next block. */
static bool walk_block(struct walk *walk, int fd, struct sl_daily_file *file, uint32_t number)
{
	const struct sl_daily_question *question = walk->question;
	struct sl_daily_entry entry;
	struct sl_daily_block block;
	int e;

	if (walk->after.file == file->number &&
	    (question->newest_first ? number > walk->after.block : number < walk->after.block))
		return true;
	e = entry_of(walk, fd, file, number, &entry);
	if (!e && outside(question, entry.first_ns, entry.last_ns))
		return true;
	if (!walk->blocks_left)
		return false;
	walk->blocks_left--;
	if (!e)
		e = sl_daily_file_block(fd, file->end, entry.offset, walk->unpacker, walk->room,
					walk->raw, &block);
	if (e) {
		sl_daily_met_damage(walk->daily, file,
				    "a block in it is damaged: its records are lost, those of "
				    "the other blocks are there");
		walk->seen = (struct sl_daily_place){file->number, number,
						     question->newest_first ? 0 : UINT32_MAX};
		return true;
	}
	return walk_records(walk, file->number, number, block.raw_bytes);
}

/* 1: the walk goes on with the next file; 0: it ends here; or -ENOMEM. */
static int walk_file(struct walk *walk, struct sl_daily_file *file)
{
	bool on = true;
	int fd, e;

	if (sl_daily_open_fd(walk->daily, file, O_RDONLY, &fd))
		return 1; /* let go meanwhile */
	e = find_blocks(walk, fd, file);
	for (uint32_t i = 0; !e && on && i < walk->n_blocks; i++) {
		uint32_t k = walk->question->newest_first ? walk->n_blocks - 1 - i : i;

		on = walk_block(walk, fd, file, walk->blocks ? walk->blocks[k] : k);
	}
	close(fd);
	return e ? e : on;
}

static int walk_files(struct walk *walk, struct sl_daily_place *ret_next)
{
	struct sl_daily_place last = {0};
	struct sl_daily_file file;
	uint64_t number = walk->after.file;
	int on = 1;

	for (bool same = true; on > 0 && next_file(walk, number, same, &file); same = false) {
		if (!walk->files_left) {
			/* behind the last file that was looked at */
			last = (struct sl_daily_place){
				number, walk->question->newest_first ? 0 : UINT32_MAX,
				walk->question->newest_first ? 0 : UINT32_MAX};
			on = 0;
			break;
		}
		walk->files_left--;
		number = file.number;
		on = walk_file(walk, &file);
		last = walk->seen;
	}
	if (on < 0)
		return on;
	*ret_next = on ? (struct sl_daily_place){0} : last;
	return 0;
}

int sl_daily_walk(struct sl_daily *daily, const struct sl_daily_question *question,
		  struct sl_daily_place after,
		  int (*each)(void *context, int64_t time_ns, struct sl_span record), void *context,
		  struct sl_daily_place *ret_next)
{
	struct walk walk = {
		.daily = daily,
		.question = question,
		.each = each,
		.context = context,
		.after = after,
		.seen = after,
		.blocks_left = SL_DAILY_WALK_BLOCKS,
		.files_left = SL_DAILY_WALK_FILES,
		.unpacker = ZSTD_createDCtx(),
		.room = malloc(sl_block_bytes_max()),
		.raw = malloc(SL_BLOCK_RAW_MAX),
		.offsets = malloc(SL_BLOCK_RAW_MAX / 16 * sizeof(*walk.offsets)),
	};
	int e = walk.unpacker && walk.room && walk.raw && walk.offsets ? walk_files(&walk, ret_next)
								       : -ENOMEM;

	ZSTD_freeDCtx(walk.unpacker);
	free(walk.room);
	free(walk.raw);
	free(walk.offsets);
	free(walk.blocks);
	return e;
}
