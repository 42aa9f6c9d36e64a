#include "fixture.h"

#include "control/checkpoint/checkpoint.h"
#include "control/checkpoint/snapshot.h"
#include "sluice/error.h"

#include <errno.h>
#include <sys/stat.h>

#define ROOM 8u

static const uint8_t journal_1[16] = {1}, journal_2[16] = {2};

struct contents {
	struct sl_snapshot_meta meta;
	unsigned seen, mail;
	uint64_t first, last;    /* numbers of leaves */
	uint64_t ordinals[4096]; /* in the log's order */
	uint64_t mail_ids[64];
	unsigned states;
	struct {
		uint64_t slot;
		char key[8];
		uint32_t image_bytes;
		uint8_t image[64];
	} state[16]; /* in the order of their keys */
};

static void look_at_state(struct contents *contents, const MDB_val *key, const MDB_val *value)
{
	const struct sl_record record = {.type = SL_RECORD_DELTA,
					 .version = 1,
					 .payload = (const uint8_t *)value->mv_data + 8,
					 .bytes = (uint32_t)value->mv_size - 8};
	struct sl_delta_view delta;
	uint64_t check;

	assert_int_equal(key->mv_size, SL_SNAPSHOT_STATE_KEY_BYTES);
	memcpy(&check, value->mv_data, 8);
	assert_int_equal(check, XXH3_64bits(record.payload, record.bytes));
	assert_int_equal(sl_record_delta(&record, &delta), 0);
	contents->state[contents->states].slot = delta.head.slot;
	contents->state[contents->states].image_bytes = delta.head.image_bytes;
	memcpy(contents->state[contents->states].key, delta.key.at, delta.key.bytes);
	if (delta.image.bytes <= 64)
		memcpy(contents->state[contents->states].image, delta.image.at, delta.image.bytes);
	contents->states++;
}

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
			struct sl_snapshot_seen leaf;
			size_t n = (value.mv_size - 8) / sizeof(leaf.records[0]);

			assert_int_equal(key.mv_size, SL_SNAPSHOT_SEEN_KEY_BYTES);
			assert_true(value.mv_size <= sizeof(leaf));
			memcpy(&leaf, value.mv_data, value.mv_size);
			memcpy(&contents.last, bytes + 1, 8);
			contents.last = __builtin_bswap64(contents.last);
			contents.first = contents.seen ? contents.first : contents.last;
			assert_int_equal(leaf.check,
					 XXH3_64bits_withSeed(leaf.records, value.mv_size - 8,
							      contents.last));
			for (size_t i = 0; i < n; i++)
				contents.ordinals[contents.seen++] = leaf.records[i].ordinal;
		} else if (bytes[0] == 'D') {
			look_at_state(&contents, &key, &value);
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

static void add_state(struct sl_blocks *blocks, const char *key, uint64_t slot, uint8_t form,
		      const char *rest)
{
	uint8_t image[64] = {form};
	struct sl_delta_view delta = {.head = {.slot = slot, .partition = 7},
				      .key = {key, (uint32_t)strlen(key)},
				      .image = {.at = image, .bytes = form ? 1 + strlen(rest) : 0}};

	memcpy(image + 1, rest, strlen(rest));
	assert_int_equal(sl_blocks_append_delta(blocks, &delta), 0);
}

static void add_tick(struct sl_blocks *blocks, int64_t watermark_ns)
{
	const struct sl_tick_record tick = {.watermark_ns = watermark_ns};

	assert_int_equal(sl_blocks_append_tick(blocks, &tick), 0);
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
	assert_int_equal(contents.seen, 21);
	for (unsigned i = 0; i < 20; i++)
		assert_int_equal(contents.ordinals[i], i);
	assert_int_equal(contents.ordinals[20], 5); /* partition 1 */
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

/* 1 replaces, 2 is appended, 0 is the end. */
static void state_is_folded(void **state)
{
	struct scene *scene = *state;
	struct sl_checkpoint *checkpoint;
	struct contents contents;
	uint64_t position;

	checkpoint = start(&scene->fixture, journal_1, ROOM, 1, &position);
	add_state(&scene->blocks, "A", 1, 1, "old");
	add_state(&scene->blocks, "A", 1, 1, "new");
	add_state(&scene->blocks, "A", 1, 2, "+");
	add_state(&scene->blocks, "A", 2, 1, "beside");
	add_state(&scene->blocks, "B", 1, 1, "short");
	add_state(&scene->blocks, "B", 1, 0, "");
	add_tick(&scene->blocks, 50);
	add_tick(&scene->blocks, 40);
	give(checkpoint, &scene->blocks);
	assert_int_equal(sl_checkpoint_ops.settle(checkpoint, 2), 0);
	contents = look(&scene->fixture);
	assert_int_equal(contents.meta.tick_ns, 50);
	assert_int_equal(contents.states, 2);
	assert_string_equal(contents.state[0].key, "A");
	assert_int_equal(contents.state[0].slot, 1);
	assert_int_equal(contents.state[0].image_bytes, 6);
	assert_memory_equal(contents.state[0].image, "\1new\2+", 6);
	assert_int_equal(contents.state[1].slot, 2);
	/* a later group appends to what the snapshot has, and ends what it has */
	add_state(&scene->blocks, "A", 1, 2, "!");
	add_state(&scene->blocks, "A", 2, 0, "");
	add_state(&scene->blocks, "C", 1, 0, ""); /* of what never was */
	give(checkpoint, &scene->blocks);
	assert_int_equal(sl_checkpoint_ops.settle(checkpoint, 3), 0);
	contents = look(&scene->fixture);
	assert_int_equal(contents.meta.tick_ns, 50);
	assert_int_equal(contents.states, 1);
	assert_memory_equal(contents.state[0].image, "\1new\2+\2!", 8);
	assert_int_equal(stats.damaged, 0);
	sl_checkpoint_free(checkpoint);
}

static void pieces_of_nothing_are_left_out(void **state)
{
	struct scene *scene = *state;
	struct sl_checkpoint *checkpoint;
	struct contents contents;
	uint64_t position;

	checkpoint = start(&scene->fixture, journal_1, ROOM, 1, &position);
	add_state(&scene->blocks, "A", 1, 2, "more of what?");
	add_state(&scene->blocks, "B", 1, 1, "whole");
	give(checkpoint, &scene->blocks);
	assert_int_equal(sl_checkpoint_ops.settle(checkpoint, 2), 0);
	contents = look(&scene->fixture);
	assert_int_equal(contents.states, 1);
	assert_string_equal(contents.state[0].key, "B");
	assert_int_equal(stats.damaged, 1);
	sl_checkpoint_free(checkpoint);
}

/* As the version before left it: no state, no tick. */
static void a_snapshot_of_version_2_goes_on(void **state)
{
	struct scene *scene = *state;
	struct sl_snapshot_meta_2 old = {
		.version = 2, .seen_room = ROOM, .journal = {1}, .position = 41};
	MDB_val key = {.mv_size = 1, .mv_data = (void *)"M"};
	MDB_val value = {.mv_size = sizeof(old), .mv_data = &old};
	struct sl_checkpoint *checkpoint;
	struct contents contents;
	uint64_t position;
	MDB_env *env;
	MDB_txn *txn;
	MDB_dbi dbi;

	old.check = XXH3_64bits(&old, offsetof(struct sl_snapshot_meta_2, check));
	mkdir(scene->fixture.snapshot, 0750);
	assert_int_equal(mdb_env_create(&env), 0);
	assert_int_equal(mdb_env_open(env, scene->fixture.snapshot, 0, 0640), 0);
	assert_int_equal(mdb_txn_begin(env, NULL, 0, &txn), 0);
	assert_int_equal(mdb_dbi_open(txn, NULL, 0, &dbi), 0);
	assert_int_equal(mdb_put(txn, dbi, &key, &value, 0), 0);
	assert_int_equal(mdb_txn_commit(txn), 0);
	mdb_env_close(env);
	checkpoint = start(&scene->fixture, journal_1, ROOM, 1, &position);
	assert_int_equal(position, 41);
	add_state(&scene->blocks, "A", 1, 1, "x");
	give(checkpoint, &scene->blocks);
	assert_int_equal(sl_checkpoint_ops.settle(checkpoint, 42), 0);
	contents = look(&scene->fixture);
	assert_int_equal(contents.meta.version, 3);
	assert_true(contents.meta.tick_ns == INT64_MIN);
	assert_int_equal(contents.states, 1);
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

static void settle_seen(struct scene *scene, struct sl_checkpoint *checkpoint, uint16_t partition,
			uint64_t from, uint64_t to, uint64_t position)
{
	for (uint64_t i = from; i < to; i++)
		add_seen(&scene->blocks, partition, i);
	give(checkpoint, &scene->blocks);
	assert_int_equal(sl_checkpoint_ops.settle(checkpoint, position), 0);
}

/* A leaf takes 49 ids, also where they come one by one. */
static void leaves_are_filled(void **state)
{
	struct scene *scene = *state;
	struct sl_checkpoint *checkpoint;
	struct contents contents;
	uint64_t position;

	checkpoint = start(&scene->fixture, journal_1, 1000, 1, &position);
	for (uint64_t i = 1; i <= 60; i++)
		settle_seen(scene, checkpoint, 3, i, i + 1, i + 1);
	sl_checkpoint_free(checkpoint);
	checkpoint = start(&scene->fixture, journal_1, 1000, 61, &position); /* reads it */
	settle_seen(scene, checkpoint, 3, 61, 120, 70);
	sl_checkpoint_free(checkpoint);
	contents = look(&scene->fixture);
	assert_int_equal(contents.first, 1);
	assert_int_equal(contents.last, 3);
	assert_int_equal(contents.seen, 119);
	for (unsigned i = 0; i < 119; i++)
		assert_int_equal(contents.ordinals[i], i + 1);
}

/* Ids that are of no use any more go; of a partition that rests, the newest stay for ever. */
static void what_is_of_no_use_is_cleaned_away(void **state)
{
	struct scene *scene = *state;
	struct sl_checkpoint *checkpoint;
	struct contents contents;
	unsigned resting = 0, newest = 0;
	uint64_t position;

	checkpoint = start(&scene->fixture, journal_1, ROOM, 1, &position);
	settle_seen(scene, checkpoint, 9, 1000001, 1000004, 2);
	for (uint64_t i = 0; i < 200; i++)
		settle_seen(scene, checkpoint, 3, 1 + i * 10, 11 + i * 10, 3 + i);
	sl_checkpoint_free(checkpoint);
	contents = look(&scene->fixture);
	assert_true(contents.first > 30);
	assert_true(contents.seen < 4 * SL_SNAPSHOT_SEEN_RECORDS);
	for (unsigned i = 0; i < contents.seen; i++) {
		resting += contents.ordinals[i] > 1000000;
		newest += contents.ordinals[i] <= 1000000 && contents.ordinals[i] > 2000 - ROOM;
	}
	assert_int_equal(resting, 3);
	assert_int_equal(newest, ROOM);
	/* less is of use with less room, from the next change on */
	checkpoint = start(&scene->fixture, journal_1, 1, 300, &position);
	for (uint64_t i = 0; i < 10; i++)
		settle_seen(scene, checkpoint, 9, 1000004 + 49 * i, 1000053 + 49 * i, 301 + i);
	sl_checkpoint_free(checkpoint);
	contents = look(&scene->fixture);
	assert_int_equal(contents.meta.seen_room, 1);
	for (unsigned i = newest = 0; i < contents.seen; i++)
		newest += contents.ordinals[i] <= 1000000;
	assert_int_equal(newest, 1);
}

static void a_damaged_leaf_is_refused(void **state)
{
	struct scene *scene = *state;
	struct sl_checkpoint *checkpoint;
	struct sl_snapshot *snapshot = NULL;
	uint8_t first[SL_SNAPSHOT_SEEN_KEY_BYTES] = {'S', 0, 0, 0, 0, 0, 0, 0, 1};
	MDB_val key = {sizeof(first), first}, value = {80, (uint8_t[80]){0}};
	uint64_t position;
	MDB_env *env;
	MDB_txn *txn;
	MDB_dbi dbi;
	char why[256];

	checkpoint = start(&scene->fixture, journal_1, ROOM, 1, &position);
	settle_seen(scene, checkpoint, 3, 1, 3, 2);
	sl_checkpoint_free(checkpoint);
	assert_int_equal(mdb_env_create(&env), 0);
	assert_int_equal(mdb_env_open(env, scene->fixture.snapshot, 0, 0600), 0);
	assert_int_equal(mdb_txn_begin(env, NULL, 0, &txn), 0);
	assert_int_equal(mdb_dbi_open(txn, NULL, 0, &dbi), 0);
	assert_int_equal(mdb_put(txn, dbi, &key, &value, 0), 0);
	assert_int_equal(mdb_txn_commit(txn), 0);
	mdb_env_close(env);
	assert_int_equal(sl_snapshot_open(scene->fixture.snapshot, journal_1, ROOM, &snapshot,
					  &position, why),
			 -SL_E_DAMAGED);
	assert_non_null(strstr(why, scene->fixture.snapshot));
	assert_null(snapshot);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(records_are_folded, begin, end),
		cmocka_unit_test_setup_teardown(state_is_folded, begin, end),
		cmocka_unit_test_setup_teardown(pieces_of_nothing_are_left_out, begin, end),
		cmocka_unit_test_setup_teardown(a_snapshot_of_version_2_goes_on, begin, end),
		cmocka_unit_test_setup_teardown(what_is_rewound_is_not_written, begin, end),
		cmocka_unit_test_setup_teardown(a_snapshot_ahead_of_its_cursor_is_believed, begin,
						end),
		cmocka_unit_test_setup_teardown(a_lost_snapshot_begins_with_what_there_is, begin,
						end),
		cmocka_unit_test_setup_teardown(another_journal_is_refused, begin, end),
		cmocka_unit_test_setup_teardown(leaves_are_filled, begin, end),
		cmocka_unit_test_setup_teardown(what_is_of_no_use_is_cleaned_away, begin, end),
		cmocka_unit_test_setup_teardown(a_damaged_leaf_is_refused, begin, end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
