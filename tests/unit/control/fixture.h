/* What several tests of control need: a directory of their own, and a journal made without the
 * dataplane, from the builders of base. */
#ifndef SL_TESTS_UNIT_CONTROL_FIXTURE_H
#define SL_TESTS_UNIT_CONTROL_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../eventually.h"
#include "base/record.h"
#include "control/files.h"
#include "sluice/journal.h"

#include <lmdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <xxhash.h>

struct fixture {
	char directory[64];
	char journal[80];
	char cursors[80];
	char snapshot[80];
	char sink[80];
	MDB_env *env; /* of the journal, as its one writer */
	MDB_dbi dbi;
	uint64_t next; /* position */
	uint8_t uuid[16];
};

static inline void fixture_open(struct fixture *fixture)
{
	memset(fixture, 0, sizeof(*fixture));
	strcpy(fixture->directory, "/tmp/sluice-control-XXXXXX");
	assert_non_null(mkdtemp(fixture->directory));
	snprintf(fixture->journal, sizeof(fixture->journal), "%s/journal", fixture->directory);
	snprintf(fixture->cursors, sizeof(fixture->cursors), "%s/cursors", fixture->directory);
	snprintf(fixture->snapshot, sizeof(fixture->snapshot), "%s/snapshot", fixture->directory);
	snprintf(fixture->sink, sizeof(fixture->sink), "%s/matches", fixture->directory);
	fixture->next = 1;
}

static inline void fixture_close(struct fixture *fixture)
{
	if (fixture->env)
		mdb_env_close(fixture->env);
	assert_int_equal(sl_directory_remove(fixture->directory), 0);
}

static inline void fixture_put(struct fixture *fixture, MDB_txn *txn, uint64_t position,
			       const void *at, size_t n)
{
	uint8_t key_bytes[8];
	MDB_val key = {.mv_size = 8, .mv_data = key_bytes};
	MDB_val value = {.mv_size = n, .mv_data = (void *)at};

	for (int i = 0; i < 8; i++)
		key_bytes[i] = (uint8_t)(position >> (56 - 8 * i));
	assert_int_equal(mdb_put(txn, fixture->dbi, &key, &value, 0), 0);
}

static inline void fixture_journal(struct fixture *fixture, uint8_t uuid_byte)
{
	struct sl_journal_meta meta;
	MDB_txn *txn;

	assert_int_equal(mkdir(fixture->journal, 0700), 0);
	assert_int_equal(mdb_env_create(&fixture->env), 0);
	assert_int_equal(mdb_env_set_mapsize(fixture->env, 64 << 20), 0);
	assert_int_equal(mdb_env_open(fixture->env, fixture->journal, MDB_NOTLS | MDB_NOSYNC, 0600),
			 0);
	memset(&meta, 0, sizeof(meta));
	memcpy(meta.magic, SL_JOURNAL_MAGIC, sizeof(meta.magic));
	meta.version = SL_JOURNAL_VERSION;
	meta.partitions = SL_PARTITIONS;
	memset(meta.uuid, uuid_byte, sizeof(meta.uuid));
	memcpy(fixture->uuid, meta.uuid, sizeof(meta.uuid));
	meta.check = XXH3_64bits(&meta, offsetof(struct sl_journal_meta, check));
	assert_int_equal(mdb_txn_begin(fixture->env, NULL, 0, &txn), 0);
	assert_int_equal(mdb_dbi_open(txn, NULL, 0, &fixture->dbi), 0);
	fixture_put(fixture, txn, 0, &meta, sizeof(meta));
	assert_int_equal(mdb_txn_commit(txn), 0);
}

/* Commits the blocks as one transaction; returns the position of the first. */
static inline uint64_t fixture_commit(struct fixture *fixture, const struct sl_blocks *blocks)
{
	uint64_t first = fixture->next;
	MDB_txn *txn;

	assert_int_equal(mdb_txn_begin(fixture->env, NULL, 0, &txn), 0);
	for (uint32_t i = 0; i < blocks->count; i++) {
		struct sl_block_header *header =
			(void *)(blocks->at + (size_t)i * SL_BLOCK_BYTES_MAX);

		header->committed_ns = 1763683953120000000; /* 2025-11-21T00:12:33.12Z */
		fixture_put(fixture, txn, fixture->next++, header, header->bytes);
	}
	assert_int_equal(mdb_txn_commit(txn), 0);
	return first;
}

static inline struct sl_text text_of(const char *text)
{
	return (struct sl_text){.at = text, .bytes = (uint32_t)strlen(text)};
}

static inline struct sl_match_view match_of(uint64_t id, const char *data)
{
	struct sl_match_view match = {
		.head = {.id = {id, 0x1122334455667788},
			 .ruleset = 7,
			 .event_time_ns = 1763683953120000000,
			 .received_ns = 1763683953500000000,
			 .kind = 1},
		.campaign = text_of("loan-abandoned"),
		.campaign_version = text_of("0123456789ab"),
		.channel = text_of("push"),
		.template = text_of("LOAN_ABANDONED"),
		.key = text_of("C00012345"),
		.event_id = text_of("e-1"),
		.event_type = text_of("loan.apply.start"),
		.event_channel = text_of("mobile"),
		.step = text_of("event"),
		.data = text_of(data),
	};

	return match;
}

#define FIXTURE_BLOCKS 128

/* One transaction of n matches whose ids count up from `id`. */
static inline uint64_t fixture_matches(struct fixture *fixture, uint64_t id, unsigned n,
				       const char *data)
{
	static _Alignas(8) uint8_t room[FIXTURE_BLOCKS * SL_BLOCK_BYTES_MAX];
	struct sl_blocks blocks;

	sl_blocks_init(&blocks, room, FIXTURE_BLOCKS);
	for (unsigned i = 0; i < n; i++) {
		struct sl_match_view match = match_of(id + i, data);

		assert_int_equal(sl_blocks_append_match(&blocks, &match), 0);
	}
	return fixture_commit(fixture, &blocks);
}

#endif
