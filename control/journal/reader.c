/* Copying blocks out of the journal and walking their records. */
#include "control/journal/reader.h"

#include "control/journal/journal_priv.h"
#include "control/lmdb_env.h"
#include "sluice/error.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define READ_BLOCKS_MAX 2048u

struct copied {
	uint64_t position;
	uint32_t offset; /* in `copy` */
	uint32_t bytes;
};

struct sl_reader {
	struct sl_journal *journal;
	MDB_txn *txn; /* reset between reads */
	uint64_t next;
	uint64_t resume;
	struct sl_record_walker walker;
	unsigned n_copied;
	size_t bytes;
	struct copied copied[READ_BLOCKS_MAX];
	_Alignas(8) uint8_t copy[SL_JOURNAL_COPY_MAX];
};

int sl_reader_new(struct sl_journal *journal, struct sl_reader **ret_reader)
{
	struct sl_reader *reader = calloc(1, sizeof(*reader));

	if (!reader)
		return -ENOMEM;
	reader->journal = journal;
	sl_record_walker_init(&reader->walker);
	*ret_reader = reader;
	return 0;
}

void sl_reader_free(struct sl_reader *reader)
{
	if (!reader)
		return;
	if (reader->txn)
		mdb_txn_abort(reader->txn);
	free(reader);
}

void sl_reader_seek(struct sl_reader *reader, uint64_t position)
{
	reader->next = position;
	reader->resume = position;
	reader->n_copied = 0;
	reader->bytes = 0;
	sl_record_walker_init(&reader->walker);
}

uint64_t sl_reader_resume(const struct sl_reader *reader)
{
	return reader->resume;
}

size_t sl_reader_bytes(const struct sl_reader *reader)
{
	return reader->bytes;
}

static int copy_blocks(struct sl_reader *reader, MDB_cursor *cursor, size_t bytes_max)
{
	uint8_t key_bytes[8];
	MDB_val key = {.mv_size = 8, .mv_data = key_bytes}, value;
	int e;

	sl_journal_key(reader->next ? reader->next : 1, key_bytes); /* key 0 is the meta record */
	for (e = mdb_cursor_get(cursor, &key, &value, MDB_SET_RANGE); !e;
	     e = mdb_cursor_get(cursor, &key, &value, MDB_NEXT)) {
		struct copied *copied = &reader->copied[reader->n_copied];
		size_t n = value.mv_size; /* more than a block may have: damaged, found out later */

		n = n < SL_BLOCK_BYTES_MAX ? n : SL_BLOCK_BYTES_MAX;
		if (reader->n_copied == READ_BLOCKS_MAX || n > bytes_max - reader->bytes)
			return 0;
		if (!sl_journal_position(&key, &copied->position))
			return MDB_CORRUPTED;
		memcpy(reader->copy + reader->bytes, value.mv_data, n);
		copied->offset = (uint32_t)reader->bytes;
		copied->bytes = (uint32_t)n;
		reader->bytes += (n + 7) / 8 * 8;
		reader->n_copied++;
		if (reader->bytes > bytes_max) /* by the padding */
			reader->bytes = bytes_max;
	}
	return e == MDB_NOTFOUND ? 0 : e;
}

int sl_reader_read(struct sl_reader *reader, size_t bytes_max)
{
	MDB_cursor *cursor;
	int e;

	assert(bytes_max >= SL_BLOCK_BYTES_MAX && bytes_max <= sizeof(reader->copy));
	e = sl_journal_begin(reader->journal, &reader->txn);
	if (e)
		return e;
	reader->n_copied = 0;
	reader->bytes = 0;
	e = mdb_cursor_open(reader->txn, reader->journal->dbi, &cursor);
	if (!e) {
		e = copy_blocks(reader, cursor, bytes_max);
		mdb_cursor_close(cursor);
	}
	sl_journal_end(reader->journal, reader->txn);
	if (e) {
		reader->n_copied = 0;
		return sl_lmdb_error(e);
	}
	if (reader->n_copied)
		reader->next = reader->copied[reader->n_copied - 1].position + 1;
	return (int)reader->n_copied;
}

/* *ret_records: how many were finished in it. */
static int walk_block(struct sl_reader *reader, const struct copied *copied,
		      const struct sl_walk *walk, unsigned *ret_records)
{
	const uint8_t *block = reader->copy + copied->offset;
	struct sl_block_header header;
	struct sl_record record;
	size_t offset = 0;
	int more, e = sl_block_check(block, copied->bytes);

	if (!e) {
		memcpy(&header, block, sizeof(header));
		while ((more = sl_record_next(&reader->walker, block, &offset, &record)) > 0) {
			int answer = walk->record(walk->context, &record, copied->position,
						  header.committed_ns);

			if (answer < 0)
				return answer;
			(*ret_records)++;
		}
		e = more;
	}
	if (e) {
		sl_record_walker_init(&reader->walker);
		walk->damaged(walk->context, copied->position, e);
	}
	return 0;
}

int sl_reader_walk(struct sl_reader *reader, const struct sl_walk *walk)
{
	for (unsigned i = 0; i < reader->n_copied; i++) {
		const struct copied *copied = &reader->copied[i];
		bool was_open = reader->walker.open;
		unsigned n_records = 0;
		int e = walk_block(reader, copied, walk, &n_records);

		if (e)
			return e;
		if (!reader->walker.open)
			reader->resume = copied->position + 1;
		else if (!was_open || n_records)
			reader->resume = copied->position; /* what is open now began in here */
	}
	return 0;
}
