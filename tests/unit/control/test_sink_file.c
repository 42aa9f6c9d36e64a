#include "fixture.h"

#include "base/clock.h"
#include "control/journal/consumer.h"
#include "control/sink_file/sink_file.h"
#include "sluice/error.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>

static struct sl_consumer_stats stats;

static struct sl_sink_file *new_sink(struct fixture *fixture, int64_t rotate_bytes,
				     int64_t rotate_ns)
{
	const struct sl_sink_file_config config = {
		.directory = fixture->sink,
		.rotate_bytes = rotate_bytes,
		.rotate_ns = rotate_ns,
		.stats = &stats,
	};
	static const uint8_t journal[16];
	struct sl_sink_file *sink;
	uint64_t position;

	memset(&stats, 0, sizeof(stats));
	assert_int_equal(sl_sink_file_new(&config, &sink), 0);
	assert_int_equal(sl_sink_file_ops.start(sink, journal, 1, &position), 0);
	assert_int_equal(position, 1);
	return sink;
}

static int give(struct sl_sink_file *sink, uint64_t id, uint64_t position)
{
	static _Alignas(8) uint8_t room[2 * SL_BLOCK_BYTES_MAX];
	struct sl_match_view match = match_of(id, "{\"a\":1}");
	static struct sl_record_walker walker;
	struct sl_record record;
	struct sl_blocks blocks;
	size_t offset = 0;

	sl_blocks_init(&blocks, room, 2);
	assert_int_equal(sl_blocks_append_match(&blocks, &match), 0);
	sl_record_walker_init(&walker);
	assert_int_equal(sl_record_next(&walker, room, &offset, &record), 1);
	return sl_sink_file_ops.record(sink, &record, position, 1763683954000000000);
}

/* The text of all files, in the order of their names; how many there are. */
static unsigned read_files(struct fixture *fixture, char *text, size_t room)
{
	struct dirent **names;
	int n = scandir(fixture->sink, &names, NULL, alphasort);
	unsigned files = 0;
	size_t bytes = 0;

	for (int i = 0; i < n; i++) {
		char path[512], *part;
		size_t part_bytes;

		snprintf(path, sizeof(path), "%s/%s", fixture->sink, names[i]->d_name);
		if (names[i]->d_name[0] != '.') {
			assert_int_equal(sl_file_read(path, room, &part, &part_bytes), 0);
			assert_true(bytes + part_bytes < room);
			memcpy(text + bytes, part, part_bytes);
			bytes += part_bytes;
			free(part);
			files++;
		}
		free(names[i]);
	}
	if (n >= 0)
		free(names);
	text[bytes] = 0;
	return files;
}

static unsigned count_lines(const char *text)
{
	unsigned n = 0;

	for (; *text; text++)
		n += *text == '\n';
	return n;
}

static void a_line_has_what_scripts_rely_on(void **state)
{
	struct sl_match_view match = match_of(0xabcdef, "{\"product\":\"L0123\"}");
	char line[4096];
	size_t n;

	(void)state;
	match.key = text_of("C\"1\n");
	n = sl_sink_line(&match, 1763683954000000000, line, sizeof(line) - 1);
	assert_true(n > 0);
	line[n] = 0;
	assert_string_equal(
		line,
		"{\"id\":\"11223344556677880000000000abcdef\",\"campaign\":\"loan-abandoned\","
		"\"campaign_version\":\"0123456789ab\",\"ruleset\":7,\"key\":\"C\\\"1\\n\","
		"\"event\":{\"id\":\"e-1\",\"time\":\"2025-11-21T00:12:33.12Z\",\"type\":\"loan."
		"apply.start\","
		"\"channel\":\"mobile\"},\"send\":{\"channel\":\"push\",\"template\":\"LOAN_"
		"ABANDONED\"},"
		"\"data\":{\"product\":\"L0123\"},\"received\":\"2025-11-21T00:12:33.5Z\","
		"\"committed\":\"2025-11-21T00:12:34Z\",\"headers\":{\"ce_id\":"
		"\"11223344556677880000000000abcdef\","
		"\"ce_source\":\"sluice\",\"ce_specversion\":\"1.0\",\"ce_type\":\"sluice.match."
		"loan-abandoned\","
		"\"ce_time\":\"2025-11-21T00:12:33.12Z\",\"content-type\":\"application/"
		"json\"}}\n");
	for (size_t room = 1; room < n; room++)
		assert_int_equal(sl_sink_line(&match, 1763683954000000000, line, room), 0);
	assert_int_equal(sl_sink_line(&match, 1763683954000000000, line, n), n);
}

static void lines_are_there_after_settle(void **state)
{
	struct fixture fixture;
	struct sl_sink_file *sink;
	static char text[65536];

	(void)state;
	fixture_open(&fixture);
	sink = new_sink(&fixture, 1 << 20, SL_NS_PER_S * 3600);
	assert_int_equal(sl_sink_file_ops.settle(sink, 1), 0);
	assert_int_equal(read_files(&fixture, text, sizeof(text)), 0); /* no match, no file */
	assert_int_equal(give(sink, 1, 1), 0);
	assert_int_equal(give(sink, 2, 1), 0);
	assert_int_equal(stats.settled, 0);
	assert_int_equal(sl_sink_file_ops.settle(sink, 2), 0);
	assert_int_equal(stats.settled, 2);
	assert_int_equal(read_files(&fixture, text, sizeof(text)), 1);
	assert_int_equal(count_lines(text), 2);
	sl_sink_file_free(sink);
	fixture_close(&fixture);
}

static void files_rotate_by_size_and_by_age(void **state)
{
	struct fixture fixture;
	struct sl_sink_file *sink;
	static char text[65536];

	(void)state;
	fixture_open(&fixture);
	sink = new_sink(&fixture, 100, SL_NS_PER_S * 3600);
	for (unsigned i = 0; i < 3; i++) {
		assert_int_equal(give(sink, i, i + 1), 0);
		assert_int_equal(sl_sink_file_ops.settle(sink, i + 2), 0);
	}
	assert_int_equal(read_files(&fixture, text, sizeof(text)), 3);
	sl_sink_file_free(sink);
	sink = new_sink(&fixture, 1 << 20, 0);
	for (unsigned i = 3; i < 5; i++) {
		assert_int_equal(give(sink, i, i + 1), 0);
		assert_int_equal(sl_sink_file_ops.settle(sink, i + 2), 0);
	}
	assert_int_equal(read_files(&fixture, text, sizeof(text)), 5);
	assert_int_equal(count_lines(text), 5);
	sl_sink_file_free(sink);
	fixture_close(&fixture);
}

static void what_was_not_settled_is_taken_back(void **state)
{
	struct fixture fixture;
	struct sl_sink_file *sink;
	static char text[8 << 20];

	(void)state;
	fixture_open(&fixture);
	sink = new_sink(&fixture, 64 << 20, SL_NS_PER_S * 3600);
	assert_int_equal(give(sink, 1, 1), 0);
	assert_int_equal(sl_sink_file_ops.settle(sink, 2), 0);
	for (unsigned i = 0; i < 3000; i++) /* so many that some reached the file */
		assert_int_equal(give(sink, 2 + i, 2), 0);
	sl_sink_file_ops.rewind(sink);
	assert_int_equal(read_files(&fixture, text, sizeof(text)), 1);
	assert_int_equal(count_lines(text), 1);
	assert_int_equal(give(sink, 2, 2), 0);
	assert_int_equal(sl_sink_file_ops.settle(sink, 3), 0);
	assert_int_equal(read_files(&fixture, text, sizeof(text)),
			 2); /* never the same file again */
	assert_int_equal(count_lines(text), 2);
	sl_sink_file_free(sink);
	fixture_close(&fixture);
}

/* By who collects the matches, say: the journal may forget only what has a name. */
static void what_went_into_a_removed_file_comes_again(void **state)
{
	struct fixture fixture;
	struct sl_sink_file *sink;
	static char text[65536];
	char command[256];

	(void)state;
	fixture_open(&fixture);
	sink = new_sink(&fixture, 64 << 20, SL_NS_PER_S * 3600);
	assert_int_equal(give(sink, 1, 1), 0);
	assert_int_equal(sl_sink_file_ops.settle(sink, 2), 0);
	snprintf(command, sizeof(command), "rm -r %s", fixture.sink);
	assert_int_equal(system(command), 0);
	assert_int_equal(give(sink, 2, 2), 0);
	assert_int_equal(sl_sink_file_ops.settle(sink, 3), -ENOENT);
	assert_int_equal(atomic_load(&stats.settled), 1);
	sl_sink_file_ops.rewind(sink);
	assert_int_equal(give(sink, 2, 2), 0);
	assert_int_equal(sl_sink_file_ops.settle(sink, 3), 0);
	assert_int_equal(read_files(&fixture, text, sizeof(text)), 1);
	assert_int_equal(count_lines(text), 1);
	sl_sink_file_free(sink);
	fixture_close(&fixture);
}

static void torn_lines_are_cut_at_start(void **state)
{
	struct fixture fixture;
	struct sl_sink_file *sink;
	static char text[65536];
	static const char *const contents[][2] = {
		{"matches-1.ndjson", "{\"a\":1}\n{\"to"},
		{"matches-2.ndjson", "{\"b\":1}\n"},
		{"matches-3.ndjson", "{\"to"},
		{"other.txt", "left alone"},
	};

	(void)state;
	fixture_open(&fixture);
	assert_int_equal(mkdir(fixture.sink, 0700), 0);
	for (unsigned i = 0; i < 4; i++) {
		char path[256];

		snprintf(path, sizeof(path), "%s/%s", fixture.sink, contents[i][0]);
		assert_int_equal(sl_file_replace(path, contents[i][1], strlen(contents[i][1])), 0);
	}
	sink = new_sink(&fixture, 1 << 20, SL_NS_PER_S);
	read_files(&fixture, text, sizeof(text));
	assert_string_equal(text, "{\"a\":1}\n{\"b\":1}\nleft alone");
	sl_sink_file_free(sink);
	fixture_close(&fixture);
}

static void a_directory_that_cannot_be_is_an_error_each_time(void **state)
{
	struct fixture fixture;
	struct sl_sink_file *sink;
	static char text[65536];

	(void)state;
	fixture_open(&fixture);
	assert_int_equal(sl_file_replace(fixture.sink, "a file", 6), 0);
	sink = new_sink(&fixture, 1 << 20, SL_NS_PER_S);
	assert_int_equal(give(sink, 1, 1), -ENOTDIR);
	sl_sink_file_ops.rewind(sink);
	assert_int_equal(unlink(fixture.sink), 0);
	assert_int_equal(give(sink, 1, 1), 0);
	assert_int_equal(sl_sink_file_ops.settle(sink, 2), 0);
	read_files(&fixture, text, sizeof(text));
	assert_int_equal(count_lines(text), 1);
	sl_sink_file_free(sink);
	fixture_close(&fixture);
}

static void wait_for(_Atomic uint64_t *value, uint64_t wanted)
{
	EVENTUALLY(atomic_load(value) >= wanted);
	assert_int_equal(atomic_load(value), wanted);
}

/* The whole way: journal, thread, file, cursor; then a cursor set back, as a crash before its save
 * would leave it. */
static void the_consumer_goes_on_from_its_cursor(void **state)
{
	const char *const names[] = {"sink.file"};
	struct sl_journal *journal;
	struct sl_cursors *cursors;
	struct sl_consumer *consumer;
	struct sl_sink_file *sink;
	struct sl_cursor cursor;
	struct fixture fixture;
	static char text[1 << 20];
	uint64_t position;
	char why[256];

	(void)state;
	fixture_open(&fixture);
	fixture_journal(&fixture, 3);
	assert_int_equal(sl_journal_open(fixture.journal, &journal, why), 0);
	assert_int_equal(sl_cursors_open(fixture.cursors, &cursors, why), 0);
	fixture_matches(&fixture, 0, 100, "{}");
	for (unsigned life = 0; life < 2; life++) {
		assert_int_equal(sl_cursors_register(cursors, fixture.uuid, 1, fixture.next, names,
						     1, &position, why),
				 0);
		sink = new_sink(&fixture, 1 << 20, SL_NS_PER_S * 3600);
		assert_int_equal(sl_consumer_start(&sl_sink_file_ops, sink, journal, cursors,
						   position, &stats, &consumer),
				 0);
		wait_for(&stats.settled, 100);
		if (!life) {
			fixture_matches(&fixture, 100, 50, "{}");
			wait_for(&stats.settled, 150);
		}
		sl_consumer_stop(consumer, sl_clock_read(CLOCK_MONOTONIC) + NEVER_S * SL_NS_PER_S);
		sl_consumer_join(consumer);
		sl_sink_file_free(sink);
		assert_int_equal(sl_cursors_get(cursors, "sink.file", &cursor), 0);
		assert_int_equal(cursor.position, fixture.next);
		read_files(&fixture, text, sizeof(text));
		assert_int_equal(count_lines(text), life ? 250 : 150);
		fixture_matches(&fixture, 150, 100, "{}");
	}
	sl_cursors_close(cursors);
	sl_journal_close(journal);
	fixture_close(&fixture);
}

/* What was committed before the stop is forwarded before the end. */
static void a_stop_settles_what_is_there(void **state)
{
	const char *const names[] = {"sink.file"};
	struct sl_journal *journal;
	struct sl_cursors *cursors;
	struct sl_consumer *consumer;
	struct sl_sink_file *sink;
	struct fixture fixture;
	uint64_t position;
	char why[256];

	(void)state;
	fixture_open(&fixture);
	fixture_journal(&fixture, 3);
	assert_int_equal(sl_journal_open(fixture.journal, &journal, why), 0);
	assert_int_equal(sl_cursors_open(fixture.cursors, &cursors, why), 0);
	for (unsigned i = 0; i < 50; i++)
		fixture_matches(&fixture, i * 100, 100, "{}");
	assert_int_equal(sl_cursors_register(cursors, fixture.uuid, 1, fixture.next, names, 1,
					     &position, why),
			 0);
	sink = new_sink(&fixture, 1 << 20, SL_NS_PER_S * 3600);
	assert_int_equal(sl_consumer_start(&sl_sink_file_ops, sink, journal, cursors, position,
					   &stats, &consumer),
			 0);
	sl_consumer_stop(consumer, sl_clock_read(CLOCK_MONOTONIC) + NEVER_S * SL_NS_PER_S);
	sl_consumer_join(consumer);
	assert_int_equal(stats.settled, 5000);
	assert_int_equal(stats.position, fixture.next);
	sl_sink_file_free(sink);
	sl_cursors_close(cursors);
	sl_journal_close(journal);
	fixture_close(&fixture);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_line_has_what_scripts_rely_on),
		cmocka_unit_test(lines_are_there_after_settle),
		cmocka_unit_test(files_rotate_by_size_and_by_age),
		cmocka_unit_test(what_was_not_settled_is_taken_back),
		cmocka_unit_test(what_went_into_a_removed_file_comes_again),
		cmocka_unit_test(torn_lines_are_cut_at_start),
		cmocka_unit_test(a_directory_that_cannot_be_is_an_error_each_time),
		cmocka_unit_test(the_consumer_goes_on_from_its_cursor),
		cmocka_unit_test(a_stop_settles_what_is_there),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
