#include "fixture.h"

/* A snapshot as the checkpointer would have left it. */
struct snapshot {
	uint64_t position;
	uint64_t seen; /* SEEN records with ordinals from 1 */
	bool mailbox;
	uint64_t states; /* entries of what campaigns remember */
	int64_t tick_ns; /* 0: none */
	int wrong;       /* what is the matter with it */
};

enum {
	SOUND,
	OTHER_JOURNAL,
	OTHER_VERSION,
	BAD_CHECK,
	NO_META,
	BAD_KEY,
	BAD_PARTITION,
	BAD_LEAF,
	BAD_STATE,
	BAD_STATE_CHECK,
	BAD_STATE_SLOT,
	LONG_LEAF,
	SHORT_META
};

static void put_meta(struct fixture *f, const struct snapshot *s, MDB_txn *txn, MDB_dbi dbi)
{
	struct sl_snapshot_meta meta = {.version = SL_SNAPSHOT_VERSION,
					.seen_room = 100,
					.position = s->position,
					.tick_ns = s->tick_ns ? s->tick_ns : INT64_MIN};
	MDB_val key = {1, (void *)"M"}, value = {sizeof(meta), &meta};

	other_uuid(f->journal, meta.journal);
	meta.version += s->wrong == OTHER_VERSION;
	meta.journal[0] ^= s->wrong == OTHER_JOURNAL;
	meta.check = XXH3_64bits(&meta, offsetof(struct sl_snapshot_meta, check));
	meta.check ^= s->wrong == BAD_CHECK;
	value.mv_size -= s->wrong == SHORT_META ? 30 : 0;
	if (s->wrong != NO_META && mdb_put(txn, dbi, &key, &value, 0))
		_exit(3);
}

/* A leaf of one id; leaves of several are what the checkpointer's own tests make. */
static void put_seen(const struct snapshot *s, uint64_t n, MDB_txn *txn, MDB_dbi dbi)
{
	struct sl_snapshot_seen leaf = {.records = {{.id = {n, 1}, .ordinal = n}}};
	uint8_t name[9] = {s->wrong == BAD_KEY ? 'Q' : 'S', [8] = (uint8_t)n};
	MDB_val key = {sizeof(name), name}, value = {sizeof(leaf.check) + 40, &leaf};

	leaf.records[0].partition = s->wrong == BAD_PARTITION ? SL_PARTITIONS : 0;
	value.mv_size += s->wrong == LONG_LEAF;
	leaf.check = XXH3_64bits_withSeed(leaf.records, value.mv_size - sizeof(leaf.check), n);
	leaf.check += s->wrong == BAD_LEAF;
	if (mdb_put(txn, dbi, &key, &value, 0))
		_exit(5);
}

/* What key "C<n>" remembers in slot n. */
static void put_state(const struct snapshot *s, uint8_t n, MDB_txn *txn, MDB_dbi dbi)
{
	struct {
		uint64_t check;
		struct sl_delta_record head;
		char key[2];
		uint8_t image[4];
	} __attribute__((packed)) entry = {
		.head = {.slot = n, .partition = 5, .key_bytes = 2, .image_bytes = 4},
		.key = {'C', (char)('0' + n)},
		.image = {s->wrong == BAD_STATE ? 9 : SL_DELTA_WHOLE, n, SL_DELTA_MORE, n},
	};
	uint8_t name[SL_SNAPSHOT_STATE_KEY_BYTES] = {
		'D', 0, 5, [18] = n, [26] = (uint8_t)(n + (s->wrong == BAD_STATE_SLOT))};
	MDB_val key = {sizeof(name), name}, value = {sizeof(entry), &entry};

	entry.check = XXH3_64bits(&entry.head, sizeof(entry) - sizeof(entry.check));
	entry.check += s->wrong == BAD_STATE_CHECK;
	if (mdb_put(txn, dbi, &key, &value, 0))
		_exit(7);
}

static void put_snapshot(struct fixture *f, const struct snapshot *s)
{
	MDB_env *env;
	MDB_dbi dbi;
	MDB_txn *txn = other_begin(f->snapshot, 0, &env, &dbi);
	struct sl_mailbox_record mailbox = {
		.from = 1, .to = 258, .part = SL_MAILBOX_SENT, .body_bytes = 0};
	uint8_t mailbox_key[19] = {'B', 1, 2};
	MDB_val key = {sizeof(mailbox_key), mailbox_key}, value = {sizeof(mailbox), &mailbox};

	put_meta(f, s, txn, dbi);
	if (s->mailbox && mdb_put(txn, dbi, &key, &value, 0))
		_exit(4);
	for (uint64_t n = 1; n <= s->seen; n++)
		put_seen(s, n, txn, dbi);
	for (uint64_t n = 1; n <= s->states; n++)
		put_state(s, (uint8_t)n, txn, dbi);
	if (mdb_txn_commit(txn))
		_exit(6);
	mdb_env_close(env);
}

static void commit_seen(struct fixture *f, uint64_t from, uint64_t to)
{
	for (uint64_t n = from; n <= to; n++) {
		assert_true(append_seen(f, 0, n));
		seal_and_wait(f, 0);
	}
}

static void test_journal_alone(void **state)
{
	struct fixture *f = *state;

	must_start(f);
	commit_seen(f, 1, 50);
	fixture_close(f);
	must_open(f);
	assert_int_equal(fixture_recover(f), 0);
	assert_int_equal(f->recovered[0], 50);
	assert_true(f->in_order);
}

static void test_snapshot_then_journal(void **state)
{
	struct fixture *f = *state;
	struct snapshot s = {.position = 31, .seen = 30, .mailbox = true};

	must_start(f);
	commit_seen(f, 1, 50);
	IN_CHILD(put_snapshot(f, &s));
	fixture_close(f);
	must_open(f);
	assert_int_equal(fixture_recover(f), 0);
	assert_int_equal(f->recovered[0], 50);
	assert_int_equal(f->recovered[1], 1);
	assert_int_equal(f->last_ordinal, 50);
}

static void test_snapshot_of_everything(void **state)
{
	struct fixture *f = *state;
	struct snapshot s = {.position = 11, .seen = 10};

	must_start(f);
	commit_seen(f, 1, 10);
	IN_CHILD(put_snapshot(f, &s));
	fixture_close(f);
	must_open(f);
	assert_int_equal(fixture_recover(f), 0);
	assert_int_equal(f->recovered[0], 10);
}

struct remembered {
	unsigned deltas, tombstones, ticks, others;
	uint64_t slots;
	int64_t tick_ns;
	char last_key;
};

static void each_remembered(void *context, const struct sl_record *record)
{
	struct remembered *remembered = context;
	struct sl_delta_view delta;
	struct sl_tick_record tick;

	if (sl_record_delta(record, &delta) == 0) {
		remembered->deltas += delta.image.bytes > 0;
		remembered->tombstones += delta.image.bytes == 0;
		remembered->slots += delta.head.slot;
		remembered->last_key = delta.key.at[1];
	} else if (sl_record_tick(record, &tick) == 0) {
		remembered->ticks++;
		remembered->tick_ns = tick.watermark_ns;
	} else {
		remembered->others++;
	}
}

static void commit_state(struct fixture *f)
{
	struct sl_delta_view delta = {.head = {.slot = 9, .partition = 5},
				      .key = {"C9", 2},
				      .image = sl_span_text("\x01 more")};
	const struct sl_tick_record tick = {.watermark_ns = 70};
	struct sl_blocks *blocks = sl_store_open_batch(sl_store_worker(f->store, 0), 512, 3);

	assert_non_null(blocks);
	assert_int_equal(sl_blocks_append_delta(blocks, &delta), 0);
	delta.image.bytes = 0;
	assert_int_equal(sl_blocks_append_delta(blocks, &delta), 0);
	assert_int_equal(sl_blocks_append_tick(blocks, &tick), 0);
	seal_and_wait(f, 0);
}

/* Ids and state are walked each for itself, however many there are of the other. */
static void test_state_and_ids_apart(void **state)
{
	struct fixture *f = *state;
	struct snapshot s = {.position = 6, .seen = 5, .states = 7, .tick_ns = 60, .mailbox = true};
	struct remembered remembered = {0};

	must_start(f);
	commit_seen(f, 1, 5);
	commit_state(f);
	IN_CHILD(put_snapshot(f, &s));
	fixture_close(f);
	must_open(f);
	assert_int_equal(sl_store_recover(f->store, f->snapshot, SL_RECOVER_STATE, each_remembered,
					  &remembered, f->why),
			 0);
	assert_int_equal(remembered.deltas, 7 + 1);
	assert_int_equal(remembered.tombstones, 1);
	assert_int_equal(remembered.slots, 28 + 9 + 9);
	assert_int_equal(remembered.ticks, 2);
	assert_int_equal(remembered.tick_ns, 70); /* the journal's, behind the snapshot's */
	assert_int_equal(remembered.others, 0);
	memset(&remembered, 0, sizeof(remembered));
	assert_int_equal(sl_store_recover(f->store, f->snapshot, SL_RECOVER_IDS, each_remembered,
					  &remembered, f->why),
			 0);
	assert_int_equal(remembered.others, 5 + 1);
	assert_int_equal(remembered.deltas + remembered.ticks, 0);
}

static void test_mailbox_in_order(void **state)
{
	struct fixture *f = *state;
	struct sl_mailbox_view sent = {
		.head = {.id = {1, 2}, .from = 1, .to = 2, .part = SL_MAILBOX_SENT},
		.body = {.at = (const uint8_t *)"x", .bytes = 1}};
	struct sl_mailbox_view cleared = {
		.head = {.id = {1, 2}, .from = 1, .to = 2, .part = SL_MAILBOX_CLEARED}};
	struct sl_blocks *blocks;

	must_start(f);
	blocks = sl_store_open_batch(sl_store_worker(f->store, 0), 200, 2);
	assert_int_equal(sl_blocks_append_mailbox(blocks, &sent), 0);
	assert_int_equal(sl_blocks_append_mailbox(blocks, &cleared), 0);
	seal_and_wait(f, 0);
	fixture_close(f);
	must_open(f);
	assert_int_equal(fixture_recover(f), 0);
	assert_int_equal(f->recovered[1], 2);
}

static void test_snapshots_refused(void **state)
{
	static const struct {
		struct snapshot snapshot;
		int error;
		const char *word;
	} cases[] = {
		{{.position = 5, .wrong = OTHER_JOURNAL}, -SL_E_DAMAGED, "another journal"},
		{{.position = 5, .wrong = OTHER_VERSION}, -SL_E_VERSION, "another version"},
		{{.position = 5, .wrong = BAD_CHECK}, -SL_E_DAMAGED, "is damaged"},
		{{.position = 5, .wrong = SHORT_META}, -SL_E_DAMAGED, "is damaged"},
		{{.position = 5, .states = 1, .wrong = BAD_STATE}, -SL_E_DAMAGED, "entry"},
		{{.position = 5, .states = 1, .wrong = BAD_STATE_CHECK}, -SL_E_DAMAGED, "entry"},
		{{.position = 5, .states = 1, .wrong = BAD_STATE_SLOT}, -SL_E_DAMAGED, "entry"},
		{{.position = 5, .seen = 1, .wrong = NO_META}, -SL_E_DAMAGED, "no meta"},
		{{.position = 5, .seen = 1, .wrong = BAD_KEY}, -SL_E_DAMAGED, "damaged entry"},
		{{.position = 5, .seen = 1, .wrong = BAD_PARTITION},
		 -SL_E_DAMAGED,
		 "damaged entry"},
		{{.position = 5, .seen = 1, .wrong = BAD_LEAF}, -SL_E_DAMAGED, "damaged entry"},
		{{.position = 5, .seen = 1, .wrong = LONG_LEAF}, -SL_E_DAMAGED, "damaged entry"},
		{{.position = 12}, -SL_E_DAMAGED, "ahead of the journal"},
		{{.position = 0}, -SL_E_DAMAGED, "so old"},
	};
	struct fixture *f = *state;
	char command[160];

	must_start(f);
	commit_seen(f, 1, 10);
	sl_store_stop(f->store);
	for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		int r;

		IN_CHILD(put_snapshot(f, &cases[i].snapshot));
		r = fixture_recover_kinds(f, SL_RECOVER_IDS | SL_RECOVER_STATE);
		if (r != cases[i].error || !strstr(f->why, cases[i].word))
			fail_msg("case %u: %d \"%s\"", i, r, f->why);
		snprintf(command, sizeof(command), "rm -rf %s", f->snapshot);
		assert_int_equal(system(command), 0);
	}
	assert_int_equal(fixture_recover(f), 0);
}

/* No snapshot, and what it held is trimmed: it starts, and says what it no longer knows. */
static void test_no_snapshot_behind_trimmed(void **state)
{
	struct fixture *f = *state;

	must_start(f);
	commit_seen(f, 1, 50);
	save_cursor(f, "forwarder", 40);
	EVENTUALLY(stat_of(&f->stats.trimmed_blocks) == 39);
	sl_store_stop(f->store);
	assert_int_equal(fixture_recover(f), 1);
	assert_non_null(strstr(f->why, "no snapshot"));
}

/* A snapshot older than what was trimmed leaves a gap: refused, never passed over. */
static void test_gap_before_journal(void **state)
{
	struct fixture *f = *state;
	struct snapshot s = {.position = 3};

	must_start(f);
	commit_seen(f, 1, 50);
	save_cursor(f, "forwarder", 40);
	EVENTUALLY(stat_of(&f->stats.trimmed_blocks) == 39);
	sl_store_stop(f->store);
	IN_CHILD(put_snapshot(f, &s));
	assert_int_equal(fixture_recover(f), -SL_E_DAMAGED);
	assert_non_null(strstr(f->why, "so old"));
}

static void delete_block(struct fixture *f, uint8_t position)
{
	uint8_t bytes[8] = {0, 0, 0, 0, 0, 0, 0, position};
	MDB_val key = {8, bytes};
	MDB_env *env;
	MDB_dbi dbi;
	MDB_txn *txn = other_begin(f->journal, 0, &env, &dbi);

	if (mdb_del(txn, dbi, &key, NULL) || mdb_txn_commit(txn))
		_exit(1);
	mdb_env_close(env);
}

static void spoil_block(struct fixture *f, uint8_t position)
{
	uint8_t bytes[8] = {0, 0, 0, 0, 0, 0, 0, position}, copy[SL_BLOCK_BYTES_MAX];
	MDB_val key = {8, bytes}, value;
	MDB_env *env;
	MDB_dbi dbi;
	MDB_txn *txn = other_begin(f->journal, 0, &env, &dbi);

	if (mdb_get(txn, dbi, &key, &value))
		_exit(1);
	memcpy(copy, value.mv_data, value.mv_size);
	copy[value.mv_size - 1] ^= 0x40;
	value.mv_data = copy;
	if (mdb_put(txn, dbi, &key, &value, 0) || mdb_txn_commit(txn))
		_exit(1);
	mdb_env_close(env);
}

static void test_block_missing_or_spoilt(void **state)
{
	struct fixture *f = *state;

	must_start(f);
	commit_seen(f, 1, 20);
	fixture_close(f);
	IN_CHILD(spoil_block(f, 9));
	must_open(f);
	assert_int_equal(fixture_recover(f), -SL_E_DAMAGED);
	assert_non_null(strstr(f->why, "block 9 "));
	assert_int_equal(f->last_ordinal, 8);
	fixture_close(f);
	IN_CHILD(delete_block(f, 7));
	must_open(f);
	assert_int_equal(fixture_recover(f), -SL_E_DAMAGED);
	assert_non_null(strstr(f->why, "block 7 "));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_journal_alone, fixture_set_up,
						fixture_tear_down),
		cmocka_unit_test_setup_teardown(test_snapshot_then_journal, fixture_set_up,
						fixture_tear_down),
		cmocka_unit_test_setup_teardown(test_snapshot_of_everything, fixture_set_up,
						fixture_tear_down),
		cmocka_unit_test_setup_teardown(test_state_and_ids_apart, fixture_set_up,
						fixture_tear_down),
		cmocka_unit_test_setup_teardown(test_mailbox_in_order, fixture_set_up,
						fixture_tear_down),
		cmocka_unit_test_setup_teardown(test_snapshots_refused, fixture_set_up,
						fixture_tear_down),
		cmocka_unit_test_setup_teardown(test_no_snapshot_behind_trimmed, fixture_set_up,
						fixture_tear_down),
		cmocka_unit_test_setup_teardown(test_gap_before_journal, fixture_set_up,
						fixture_tear_down),
		cmocka_unit_test_setup_teardown(test_block_missing_or_spoilt, fixture_set_up,
						fixture_tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
