/* reader: the journal, as its consumers see it.
 *
 * - One environment per process (LMDB's rule), shared by all consumers; one struct sl_reader per
 *   thread. sl_journal_open() answers -ENOENT until the dataplane has made a journal.
 * - A read copies at most SL_JOURNAL_COPY_MAX bytes and resets its transaction before it returns:
 *   nothing is ever open while a consumer works, sleeps or talks.
 * - Records come out in order. A damaged one costs its block from that place on, never what stands
 *   behind: the walk goes on with the next block, and counts.
 * - A record may span blocks: `resume` is where to begin again so that none is cut in half. */
#ifndef SL_CONTROL_JOURNAL_READER_H
#define SL_CONTROL_JOURNAL_READER_H

#include "base/record.h"
#include "sluice/error.h"
#include "sluice/journal.h"

#include <stdint.h>

struct sl_journal;
struct sl_reader;

/* -ENOENT: there is none yet. Others with a sentence. */
int sl_journal_open(const char *path, struct sl_journal **ret_journal,
		    char ret_why[SL_SENTENCE_BYTES]);
void sl_journal_close(struct sl_journal *journal); /* readers freed before; takes NULL */
const uint8_t *sl_journal_uuid(const struct sl_journal *journal);

/* Positions of the first block there is and behind the last one. An empty journal: both are where
 * it will go on, as far as can be told. Any thread. */
int sl_journal_ends(struct sl_journal *journal, uint64_t *ret_first, uint64_t *ret_end);

size_t sl_journal_map_bytes(const struct sl_journal *journal);

/* When the first block at that position or behind it was committed, since 1970. -ENOENT: there is
 * none. Any thread. */
int sl_journal_committed_ns(struct sl_journal *journal, uint64_t position, int64_t *ret_ns);

/* Whether the file at the path is still the one that was opened. */
bool sl_journal_is_in_place(const struct sl_journal *journal);

struct sl_walk {
	/* one record of a block at that position; a negative answer ends the walk with it */
	int (*record)(void *context, const struct sl_record *record, uint64_t position,
		      int64_t committed_ns);
	/* a block with something unreadable in it */
	void (*damaged)(void *context, uint64_t position, int error);
	void *context;
};

int sl_reader_new(struct sl_journal *journal, struct sl_reader **ret_reader);
void sl_reader_free(struct sl_reader *reader); /* takes NULL */

/* Where the next read begins. Forgets a record that was begun. */
void sl_reader_seek(struct sl_reader *reader, uint64_t position);

/* Copies the next blocks, of at most bytes_max, which is SL_BLOCK_BYTES_MAX to SL_JOURNAL_COPY_MAX:
 * how many, 0 where there are none, or an error. */
int sl_reader_read(struct sl_reader *reader, size_t bytes_max);

/* Walks what the last read copied. 0, or what `record` answered. */
int sl_reader_walk(struct sl_reader *reader, const struct sl_walk *walk);

/* The first block not finished: what a cursor may say once everything walked so far is durable. */
uint64_t sl_reader_resume(const struct sl_reader *reader);
size_t sl_reader_bytes(const struct sl_reader *reader); /* copied by the last read */

#endif
