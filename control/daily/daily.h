/* daily: records kept for days, in files that only grow; what the archive and the recorder stand
 * on.
 *
 * - A file holds records of one day (UTC, by when they were committed), in blocks of about 64 KB,
 *   compressed where that makes them smaller. One that is full, or whose day is over, ends with a
 *   directory of its blocks, indexes and a seal, so that it need not be read at start.
 * - Nothing is kept twice: a block says up to which record of the journal everything is in, and
 *   what a consumer is handed again after a crash or a failure is passed over (sl_daily_is_new()).
 * - A file is believed nothing: blocks and pages of indexes have hashes. A damaged block is told
 *   of, counted and passed over. Where an index is damaged, all blocks of its file are looked at.
 *   What stands behind the last good block of a file without a seal was never settled, or is torn:
 *   it is cut off when the file is opened.
 * - At most `days` of days besides today, and `bytes` of files. The oldest day goes as a whole, of
 *   the only day the oldest file; what was in it is counted, and logged where it went for room.
 * - Nothing here may stand in the way of matches: where it cannot be written for longer than
 *   `patience_ns`, records are counted as lost and the journal goes on.
 *   There are at most 65,536 files.
 * - Memory: 16 bytes a record of the file that is written, a block or two, 200 bytes a file.
 * - One thread is the consumer; any other may look, walk and sweep. What they see has reached the
 *   disk. A walk is bounded, see SL_DAILY_WALK_BLOCKS; what is let go meanwhile is passed over. */
#ifndef SL_CONTROL_DAILY_H
#define SL_CONTROL_DAILY_H

#include "base/span.h"
#include "control/journal/consumer.h"

#include <stddef.h>
#include <stdint.h>

#define SL_DAILY_INDEXES 2u
#define SL_DAILY_RECORD_MAX (2u * SL_RECORD_BYTES_MAX)
#define SL_DAILY_FILE_RECORDS 262144u /* about so many in one file */
#define SL_DAILY_WALK_BLOCKS 128u     /* of one walk: 8 MB that are unpacked */
#define SL_DAILY_WALK_FILES 256u      /* of one walk: so many indexes that are asked */
#define SL_DAILY_PLACE_BYTES 48u

struct sl_daily;

struct sl_daily_config {
	const char *name;      /* in the log, and the end of its files' names */
	const char *directory; /* made where missing */
	/* What a record is found by, in the indexes; NULL: it has none. */
	void (*hashes)(struct sl_span record, uint64_t ret_hashes[SL_DAILY_INDEXES]);
	int64_t days;
	uint64_t bytes;
	int64_t patience_ns;
	uint32_t file_records; /* 0: SL_DAILY_FILE_RECORDS */
	struct sl_consumer_stats *stats;
};

int sl_daily_new(const struct sl_daily_config *config, struct sl_daily **ret_daily);
void sl_daily_free(struct sl_daily *daily); /* takes NULL */

/* ---- the consumer's thread ------------------------------------------------------------------- */

/* A directory that cannot be used yet is tried again with the first record. */
void sl_daily_start(struct sl_daily *daily, const uint8_t journal[16]);

/* Asked for every record that the consumer is handed, of whatever type, in order. False: it was
 * kept before. One that was committed later than all that is kept is new whatever its position: the
 * journal was put back to an older state. */
bool sl_daily_is_new(struct sl_daily *daily, uint64_t position, int64_t committed_ns);

/* Keeps the record last asked for; `time_ns` is what questions mean by a time. */
int sl_daily_keep(struct sl_daily *daily, struct sl_span record, int64_t time_ns);
int sl_daily_settle(struct sl_daily *daily);
void sl_daily_rewind(struct sl_daily *daily); /* to what is settled */

/* ---- any thread ------------------------------------------------------------------------------ */

struct sl_daily_view {
	uint64_t kept;  /* records */
	uint64_t bytes; /* of files */
	uint64_t let_go, lost;
	uint64_t damaged;  /* blocks, indexes and files that were met */
	int64_t oldest_ns; /* the earliest time there is; 0: none is kept */
};

void sl_daily_look(struct sl_daily *daily, struct sl_daily_view *ret_view);

/* Lets go of what is too old. Once in a while. */
void sl_daily_sweep(struct sl_daily *daily, int64_t now_ns);

struct sl_daily_place {
	uint64_t file; /* from 1; 0: none */
	uint32_t block, record;
};

struct sl_daily_question {
	bool newest_first; /* by the order in which they were committed */
	bool by_hash;      /* only blocks that an index names; records still have to be looked at */
	unsigned index;
	uint64_t hash;
	int64_t from_ns, until_ns; /* time: from, and before */
};

/* From behind `after` (file 0: from the first). `each` answers 0 to go on, 1 to end with this one;
 * what it is given is good until it returns. *ret_next is the last one looked at, file 0 where
 * there is none behind it. 0 or -ENOMEM. */
int sl_daily_walk(struct sl_daily *daily, const struct sl_daily_question *question,
		  struct sl_daily_place after,
		  int (*each)(void *context, int64_t time_ns, struct sl_span record), void *context,
		  struct sl_daily_place *ret_next);

/* "12-40-7", and back: -SL_E_FORMAT for anything else. */
void sl_daily_place_format(struct sl_daily_place place, char ret_text[SL_DAILY_PLACE_BYTES]);
int sl_daily_place_parse(const char *text, struct sl_daily_place *ret_place);

#endif
