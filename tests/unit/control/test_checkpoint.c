#include "fixture.h"

#include "control/checkpoint/checkpoint.h"
#include "control/checkpoint/snapshot.h"
#include "sluice/error.h"

#include <errno.h>

#define ROOM 8u

static const uint8_t journal_1[16] = {1}, journal_2[16] = {2};

struct contents {
	struct sl_snapshot_meta meta;
	unsigned seen, mail;
	uint64_t ordinals[64]; /* in key order */
	uint64_t mail_ids[64];
};

static struct contents look(struct fixture *fixture)
{
	struct contents contents = {0};
	MDB_cursor *cursor;
	MDB_val key, value;
	MDB_env *env;
	MDB_txn *txn;
	MDB_dbi dbi;

	assert_int_equal(mdb_env_create(&env), 0);
	assert_int_equal(mdb_env_open(env, fixture->snapshot, MDB_RDONLY, 0600), 0);
	assert_int_equal(mdb_txn_begin(env, NULL, MDB_RDONLY, &txn), 0);
	assert_int_equal(mdb_dbi_open(txn, NULL, 0, &dbi), 0);
	assert_int_equal(mdb_cursor_open(txn, dbi, &cursor), 0);
	while (mdb_cursor_get(cursor, &key, &value, MDB_NEXT) == 0) {
		const uint8_t *bytes = key.mv_data;

		if (bytes[0] == 'M') {
			assert_int_equal(value.mv_size, sizeof(contents.meta));
			memcpy(&contents.meta, value.mv_data, sizeof(contents.meta));
		} else if (bytes[0] == 'S') {
			struct sl_seen_record seen;

			assert_int_equal(key.mv_size, 7);
			memcpy(&seen, value.mv_data, sizeof(seen));
			contents.ordinals[contents.seen++] = seen.ordinal;
		} else {
			struct sl_mailbox_record mail;

			assert_int_equal(bytes[0], 'B');
			assert_int_equal(key.mv_size, 19);
			memcpy(&mail, value.mv_data, sizeof(mail));
			contents.mail_ids[contents.mail++] = mail.id[0];
		}
	}
	mdb_cursor_close(cursor);
	mdb_txn_abort(txn);
	mdb_env_close(env);
	return contents;
}

static struct sl_consumer_stats stats;

static struct sl_checkpoint *start(struct fixture *fixture, const uint8_t *journal, uint32_t room,
				   uint64_t position, uint64_t *ret_position)
{
	struct sl_checkpoint *checkpoint;

	memset(&stats, 0, sizeof(stats));
	assert_int_equal(sl_checkpoint_new(fixture->snapshot, room, &stats, &checkpoint), 0);
	assert_int_equal(sl_checkpoint_ops.start(checkpoint, journal, position, ret_position), 0);
	return checkpoint;
}

static void give(struct sl_checkpoint *checkpoint, struct sl_blocks *blocks)
{
	static struct sl_record_walker walker;
	struct sl_record record;

	sl_record_walker_init(&walker);
	for (uint32_t i = 0; i < blocks->count; i++) {
		size_t offset = 0;

		while (sl_record_next(&walker, blocks->at + i * SL_BLOCK_BYTES_MAX, &offset,
				      &record) > 0)
			assert_int_equal(sl_checkpoint_ops.record(checkpoint, &record, 1, 0), 0);
	}
	sl_blocks_reset(blocks);
}

static void add_seen(struct sl_blocks *blocks, uint16_t partition, uint64_t ordinal)
{
	const struct sl_seen_record seen = {
		.id = {ordinal, partition}, .ordinal = ordinal, .partition = partition};

	assert_int_equal(sl_blocks_append_seen(blocks, &seen), 0);
}

static void add_mail(struct sl_blocks *blocks, uint64_t id, enum sl_mailbox_part part, size_t bytes)
{
	static const uint8_t body[4000];
	struct sl_mailbox_view mail = {
		.head = {.id = {id, 9}, .from = 1, .to = 2, .part = (uint16_t)part},
		.body = {.at = body, .bytes = part == SL_MAILBOX_SENT ? bytes : 0},
	};

	assert_int_equal(sl_blocks_append_mailbox(blocks, &mail), 0);
}

struct scene {
	struct fixture fixture;
	struct sl_blocks blocks; /* to be given */
};

static int begin(void **state)
{
	static _Alignas(8) uint8_t room[64 * SL_BLOCK_BYTES_MAX];
	static struct scene scene;

	fixture_open(&scene.fixture);
	sl_blocks_init(&scene.blocks, room, 64);
	*state = &scene;
	return 0;
}

static int end(void **state)
{
	fixture_close(&((struct scene *)*state)->fixture);
	return 0;
}

static void records_are_folded(void **state)
{
	struct scene *scene = *state;
	struct sl_checkpoint *checkpoint;
	struct contents contents;
	uint64_t position;

	checkpoint = start(&scene->fixture, journal_1, ROOM, 1, &position);
	assert_int_equal(position, 1);
	for (uint64_t i = 0; i < 20; i++)
		add_seen(&scene->blocks, 3, i);
	add_seen(&scene->blocks, 1, 5);
	add_mail(&scene->blocks, 1, SL_MAILBOX_SENT, 10);
	add_mail(&scene->blocks, 2, SL_MAILBOX_SENT, 4000);
	add_mail(&scene->blocks, 1, SL_MAILBOX_CLEARED, 0);
	give(checkpoint, &scene->blocks);
	assert_int_equal(sl_checkpoint_ops.settle(checkpoint, 77), 0);
	contents = look(&scene->fixture);
	assert_int_equal(contents.meta.position, 77);
	assert_int_equal(contents.meta.seen_room, ROOM);
	assert_memory_equal(contents.meta.journal, journal_1, 16);
	assert_int_equal(contents.meta.check,
			 XXH3_64bits(&contents.meta, offsetof(struct sl_snapshot_meta, check)));
	assert_int_equal(contents.seen, ROOM + 1);
	assert_int_equal(contents.ordinals[0], 5); /* partition 1 */
	for (unsigned i = 0; i < ROOM; i++)
		assert_true(contents.ordinals[1 + i] >= 12); /* the last 8 of 20 */
	assert_int_equal(contents.mail, 1);
	assert_int_equal(contents.mail_ids[0], 2);
	/* a receipt in a later group */
	add_mail(&scene->blocks, 2, SL_MAILBOX_CLEARED, 0);
	add_mail(&scene->blocks, 9, SL_MAILBOX_CLEARED, 0); /* of mail that never was */
	give(checkpoint, &scene->blocks);
	assert_int_equal(sl_checkpoint_ops.settle(checkpoint, 78), 0);
	contents = look(&scene->fixture);
	assert_int_equal(contents.mail, 0);
	assert_int_equal(contents.meta.position, 78);
	sl_checkpoint_free(checkpoint);
}

static void what_is_rewound_is_not_written(void **state)
{
	struct scene *scene = *state;
	struct sl_checkpoint *checkpoint;
	struct contents contents;
	uint64_t position;

	checkpoint = start(&scene->fixture, journal_1, ROOM, 1, &position);
	add_seen(&scene->blocks, 3, 1);
	give(checkpoint, &scene->blocks);
	sl_checkpoint_ops.rewind(checkpoint);
	assert_int_equal(sl_checkpoint_ops.settle(checkpoint, 2), 0);
	contents = look(&scene->fixture);
	assert_int_equal(contents.seen, 0);
	sl_checkpoint_free(checkpoint);
}

/* A crash between the snapshot's commit and the cursor's. */
static void a_snapshot_ahead_of_its_cursor_is_believed(void **state)
{
	struct scene *scene = *state;
	struct sl_checkpoint *checkpoint;
	uint64_t position;

	checkpoint = start(&scene->fixture, journal_1, ROOM, 1, &position);
	assert_int_equal(sl_checkpoint_ops.settle(checkpoint, 50), 0);
	sl_checkpoint_free(checkpoint);
	checkpoint = start(&scene->fixture, journal_1, ROOM, 40, &position);
	assert_int_equal(position, 50);
	sl_checkpoint_free(checkpoint);
	checkpoint = start(&scene->fixture, journal_1, ROOM, 60, &position);
	assert_int_equal(position, 60);
	sl_checkpoint_free(checkpoint);
}

static void a_lost_snapshot_begins_with_what_there_is(void **state)
{
	struct scene *scene = *state;
	struct sl_checkpoint *checkpoint;
	uint64_t position;

	checkpoint = start(&scene->fixture, journal_1, ROOM, 40, &position);
	assert_int_equal(position, 1);
	sl_checkpoint_free(checkpoint);
}

static void another_journal_is_refused(void **state)
{
	struct scene *scene = *state;
	struct sl_checkpoint *checkpoint;
	struct sl_snapshot *snapshot = NULL;
	uint64_t position;
	char why[256];

	checkpoint = start(&scene->fixture, journal_1, ROOM, 1, &position);
	assert_int_equal(sl_checkpoint_ops.settle(checkpoint, 50), 0);
	sl_checkpoint_free(checkpoint);
	assert_int_equal(sl_snapshot_open(scene->fixture.snapshot, journal_2, ROOM, &snapshot,
					  &position, why),
			 -SL_E_STATE);
	assert_non_null(strstr(why, scene->fixture.snapshot));
	assert_null(snapshot);
}

static void another_room_files_anew(void **state)
{
	struct scene *scene = *state;
	static const uint32_t rooms[] = {4, 64, 5, 1};
	struct sl_checkpoint *checkpoint;
	struct contents contents;
	uint64_t position;
	unsigned expected = 16;

	checkpoint = start(&scene->fixture, journal_1, 16, 1, &position);
	for (uint64_t i = 0; i < 40; i++)
		add_seen(&scene->blocks, 3, i);
	add_mail(&scene->blocks, 1, SL_MAILBOX_SENT, 10);
	give(checkpoint, &scene->blocks);
	assert_int_equal(sl_checkpoint_ops.settle(checkpoint, 50), 0);
	sl_checkpoint_free(checkpoint);
	for (unsigned i = 0; i < 4; i++) {
		checkpoint = start(&scene->fixture, journal_1, rooms[i], 50, &position);
		assert_int_equal(position, 50);
		sl_checkpoint_free(checkpoint);
		expected = rooms[i] < expected ? rooms[i] : expected;
		contents = look(&scene->fixture);
		assert_int_equal(contents.meta.seen_room, rooms[i]);
		assert_int_equal(contents.meta.position, 50);
		assert_int_equal(contents.seen, expected);
		for (unsigned k = 0; k < expected; k++)
			assert_true(contents.ordinals[k] >= 40 - expected); /* the youngest stay */
		assert_int_equal(contents.mail, 1);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(records_are_folded, begin, end),
		cmocka_unit_test_setup_teardown(what_is_rewound_is_not_written, begin, end),
		cmocka_unit_test_setup_teardown(a_snapshot_ahead_of_its_cursor_is_believed, begin,
						end),
		cmocka_unit_test_setup_teardown(a_lost_snapshot_begins_with_what_there_is, begin,
						end),
		cmocka_unit_test_setup_teardown(another_journal_is_refused, begin, end),
		cmocka_unit_test_setup_teardown(another_room_files_anew, begin, end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
