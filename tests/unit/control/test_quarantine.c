/* Refused events, kept beyond the journal. */
#include "fixture.h"

#include "base/clock.h"
#include "control/quarantine/segment_priv.h"
#include "sluice/error.h"
#include "sluice/reason.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>

#define ROOM (1u << 20)

struct scene {
	struct fixture fixture;
	char directory[80];
	struct sl_consumer_stats stats;
	struct sl_quarantine_config config;
	struct sl_quarantine *quarantine;
};

static const uint8_t journal[16] = {1}, another_journal[16] = {2};

static void open_again(struct scene *scene, const uint8_t of[16], uint64_t from)
{
	uint64_t position = 0;

	sl_quarantine_free(scene->quarantine);
	assert_int_equal(sl_quarantine_new(&scene->config, &scene->quarantine), 0);
	assert_int_equal(sl_quarantine_ops.start(scene->quarantine, of, from, &position), 0);
	assert_int_equal(position, from);
}

static void begin(struct scene *scene)
{
	memset(scene, 0, sizeof(*scene));
	fixture_open(&scene->fixture);
	snprintf(scene->directory, sizeof(scene->directory), "%s/quarantine",
		 scene->fixture.directory);
	scene->config = (struct sl_quarantine_config){
		.directory = scene->directory,
		.bytes = ROOM,
		.age_ns = 3600 * SL_NS_PER_S,
		.patience_ns = INT64_MAX,
		.stats = &scene->stats,
	};
	open_again(scene, journal, 1);
}

static void end(struct scene *scene)
{
	sl_quarantine_free(scene->quarantine);
	fixture_close(&scene->fixture);
}

/* What the consumer would hand over. */
static int hand(struct scene *scene, uint64_t position, const char *text, int64_t committed_ns)
{
	static uint8_t room[16 * SL_BLOCK_BYTES_MAX];
	static struct sl_record_walker walker;
	struct sl_refused_view refused = {
		.head = {.received_ns = committed_ns - 5,
			 .reason = SL_WHY_FIELD_TYPE,
			 .offset = 3,
			 .text_whole_bytes = 7000},
		.channel = text_of("web"),
		.detail = text_of("amount"),
		.text = text_of(text),
	};
	struct sl_record record;
	struct sl_blocks blocks;
	int e = -1;

	sl_blocks_init(&blocks, room, 16);
	assert_int_equal(sl_blocks_append_refused(&blocks, &refused), 0);
	sl_record_walker_init(&walker);
	for (uint32_t i = 0; i < blocks.count; i++) {
		size_t offset = 0;

		while (sl_record_next(&walker, room + i * SL_BLOCK_BYTES_MAX, &offset, &record) > 0)
			e = sl_quarantine_ops.record(scene->quarantine, &record, position,
						     committed_ns);
	}
	return e;
}

static int64_t now(void)
{
	return sl_clock_read(CLOCK_REALTIME);
}

static void keep(struct scene *scene, uint64_t position, const char *text)
{
	static int64_t first_ns; /* what comes again is what it was */

	if (!first_ns)
		first_ns = now();
	assert_int_equal(hand(scene, position, text, first_ns + (int64_t)position), 0);
}

static void settle(struct scene *scene)
{
	assert_int_equal(sl_quarantine_ops.settle(scene->quarantine, 0), 0);
}

struct seen {
	unsigned n, max;
	char texts[65536];
	struct sl_quarantine_id ids[8192];
};

static int see(void *context, const struct sl_quarantined *record)
{
	struct seen *seen = context;

	seen->ids[seen->n++] = record->id;
	if (record->text.bytes < 64)
		snprintf(seen->texts + strlen(seen->texts),
			 sizeof(seen->texts) - strlen(seen->texts), "%.*s ",
			 (int)record->text.bytes, record->text.at);
	return seen->n == seen->max;
}

static struct seen seen;

/* Texts of all that are there, newest first. */
static const char *all(struct scene *scene)
{
	struct sl_quarantine_id next;

	seen = (struct seen){0};
	assert_int_equal(sl_quarantine_walk(scene->quarantine, (struct sl_quarantine_id){0}, see,
					    &seen, &next),
			 0);
	assert_int_equal(next.segment, 0);
	return seen.texts;
}

static void what_is_settled_is_there(void **state)
{
	static char room[SL_QUARANTINE_RECORD_MAX];
	struct sl_quarantined record;
	struct sl_quarantine_view view;
	struct scene scene;

	(void)state;
	begin(&scene);
	assert_string_equal(all(&scene), "");
	keep(&scene, 1, "a");
	keep(&scene, 1, "b");
	keep(&scene, 2, "c");
	assert_string_equal(all(&scene), "");
	settle(&scene);
	assert_string_equal(all(&scene), "c b a ");
	assert_int_equal(scene.stats.settled, 3);
	assert_int_equal(sl_quarantine_get(scene.quarantine, seen.ids[1], room, &record), 0);
	assert_memory_equal(record.text.at, "b", 1);
	assert_memory_equal(record.channel.at, "web", 3);
	assert_memory_equal(record.reason.at, "field_type", 10);
	assert_memory_equal(record.detail.at, "amount", 6);
	assert_int_equal(record.fault_offset, 3);
	assert_int_equal(record.text_whole_bytes, 7000);
	assert_int_equal(record.committed_ns - record.received_ns, 5);
	/* next to a record is none */
	seen.ids[1].offset += 8;
	assert_int_equal(sl_quarantine_get(scene.quarantine, seen.ids[1], room, &record), -ENOENT);
	seen.ids[1].offset = UINT64_MAX - 7;
	assert_int_equal(sl_quarantine_get(scene.quarantine, seen.ids[1], room, &record), -ENOENT);
	seen.ids[1].segment = 99;
	assert_int_equal(sl_quarantine_get(scene.quarantine, seen.ids[1], room, &record), -ENOENT);
	sl_quarantine_look(scene.quarantine, &view);
	assert_int_equal(view.kept, 3);
	assert_true(view.bytes > 0 && view.oldest_ns > 0);
	end(&scene);
}

static void pages(void **state)
{
	struct sl_quarantine_id next = {0};
	struct scene scene;
	char text[16];
	unsigned n = 0;

	(void)state;
	begin(&scene);
	for (unsigned i = 0; i < 10; i++) {
		snprintf(text, sizeof(text), "%u", i);
		keep(&scene, i + 1, text);
	}
	settle(&scene);
	do {
		seen = (struct seen){.max = 3};
		assert_int_equal(sl_quarantine_walk(scene.quarantine, next, see, &seen, &next), 0);
		assert_int_equal(seen.texts[0], '9' - (int)n);
		n += seen.n;
	} while (next.segment);
	assert_int_equal(n, 10);
	end(&scene);
}

/* Records come again from a cursor that lies behind them; a torn end is not there. */
static void a_restart_keeps_each_once(void **state)
{
	char path[160], name[SL_SEGMENT_NAME_BYTES];
	struct scene scene;
	int fd;

	(void)state;
	begin(&scene);
	keep(&scene, 5, "a");
	keep(&scene, 6, "b");
	keep(&scene, 6, "b"); /* twins are two */
	settle(&scene);
	keep(&scene, 7, "c"); /* not settled */
	sl_segment_name(1, name);
	snprintf(path, sizeof(path), "%s/%s", scene.directory, name);
	fd = open(path, O_WRONLY | O_APPEND | O_CLOEXEC);
	assert_int_equal(write(fd, "torn torn torn torn", 19), 19);
	close(fd);
	open_again(&scene, journal, 6);
	assert_string_equal(all(&scene), "b b a ");
	keep(&scene, 6, "b");
	keep(&scene, 6, "b");
	keep(&scene, 7, "c");
	keep(&scene, 8, "d");
	settle(&scene);
	assert_string_equal(all(&scene), "d c b b a ");
	/* the same blocks of another journal are others */
	open_again(&scene, another_journal, 6);
	keep(&scene, 6, "b");
	settle(&scene);
	assert_string_equal(all(&scene), "b d c b b a ");
	end(&scene);
}

static void a_rewind_goes_back_to_what_is_settled(void **state)
{
	struct scene scene;

	(void)state;
	begin(&scene);
	keep(&scene, 1, "a");
	settle(&scene);
	keep(&scene, 2, "b");
	sl_quarantine_ops.rewind(scene.quarantine);
	settle(&scene);
	assert_string_equal(all(&scene), "a ");
	keep(&scene, 1, "a"); /* the cursor had not been saved */
	keep(&scene, 2, "b");
	keep(&scene, 3, "c");
	settle(&scene);
	assert_string_equal(all(&scene), "c b a ");
	end(&scene);
}

static uint64_t bytes_on_disk(const struct scene *scene)
{
	DIR *directory = opendir(scene->directory);
	struct dirent *entry;
	uint64_t bytes = 0;
	struct stat st;

	assert_non_null(directory);
	while ((entry = readdir(directory)))
		if (entry->d_name[0] != '.' && !fstatat(dirfd(directory), entry->d_name, &st, 0))
			bytes += (uint64_t)st.st_size;
	closedir(directory);
	return bytes;
}

/* The oldest go, and are counted; the room is never more than was given. */
static void room_is_bounded(void **state)
{
	static char text[SL_QUARANTINE_TEXT_MAX + 1], room[SL_QUARANTINE_RECORD_MAX];
	struct sl_quarantined record;
	struct sl_quarantine_view view;
	struct sl_quarantine_id first;
	struct scene scene;

	(void)state;
	begin(&scene);
	memset(text, 'x', sizeof(text) - 1);
	for (unsigned i = 1; i <= 500; i++) {
		keep(&scene, i, text);
		settle(&scene);
		if (i == 1) {
			all(&scene);
			first = seen.ids[0];
		}
		assert_true(bytes_on_disk(&scene) <= ROOM);
	}
	sl_quarantine_look(scene.quarantine, &view);
	assert_int_equal(view.kept + view.let_go, 500);
	assert_true(view.kept > 90 && view.let_go > 0);
	assert_int_equal(view.bytes, bytes_on_disk(&scene));
	all(&scene);
	assert_int_equal(seen.n, view.kept);
	assert_int_equal(sl_quarantine_get(scene.quarantine, first, room, &record), -ENOENT);
	/* from a page of what is gone on there is nothing older; what is there is not shown twice
	 */
	seen = (struct seen){0};
	assert_int_equal(sl_quarantine_walk(scene.quarantine, first, see, &seen, &first), 0);
	assert_int_equal(seen.n, 0);
	/* sealed files say what is in them */
	open_again(&scene, journal, 501);
	sl_quarantine_look(scene.quarantine, &view);
	all(&scene);
	assert_int_equal(seen.n, view.kept);
	end(&scene);
}

static void age_is_bounded(void **state)
{
	struct sl_quarantine_view view;
	struct scene scene;
	int64_t t = now();

	(void)state;
	begin(&scene);
	assert_int_equal(hand(&scene, 1, "old", t - 3000 * SL_NS_PER_S), 0);
	settle(&scene);
	sl_quarantine_sweep(scene.quarantine, t);
	assert_string_equal(all(&scene), "old ");
	/* not while something is under way to the same file */
	assert_int_equal(hand(&scene, 2, "older", t - 3000 * SL_NS_PER_S), 0);
	sl_quarantine_sweep(scene.quarantine, t + 3600 * SL_NS_PER_S);
	settle(&scene);
	assert_string_equal(all(&scene), "older old ");
	sl_quarantine_sweep(scene.quarantine, t + 3600 * SL_NS_PER_S);
	assert_string_equal(all(&scene), "");
	sl_quarantine_look(scene.quarantine, &view);
	assert_int_equal(view.let_go, 2);
	assert_int_equal(bytes_on_disk(&scene), 0);
	sl_quarantine_ops.rewind(scene.quarantine);
	keep(&scene, 3, "new");
	settle(&scene);
	assert_string_equal(all(&scene), "new ");
	end(&scene);
}

/* A quarantine that cannot be written is no reason to stop the matches. */
static void without_a_place_they_are_counted(void **state)
{
	struct sl_quarantine_view view;
	struct scene scene;

	(void)state;
	begin(&scene);
	assert_int_equal(sl_directory_remove(scene.directory), 0);
	assert_int_equal(sl_file_replace(scene.directory, "", 0), 0);
	open_again(&scene, journal, 1);
	assert_int_not_equal(hand(&scene, 1, "a", now()), 0); /* for a while it is tried again */
	sl_quarantine_ops.rewind(scene.quarantine);
	scene.config.patience_ns = 0;
	open_again(&scene, journal, 1);
	keep(&scene, 1, "a");
	keep(&scene, 2, "b");
	settle(&scene);
	sl_quarantine_look(scene.quarantine, &view);
	assert_int_equal(view.lost, 2);
	assert_int_equal(unlink(scene.directory), 0);
	keep(&scene, 3, "c");
	settle(&scene);
	assert_string_equal(all(&scene), "c ");
	end(&scene);
}

static void damage_costs_what_is_damaged(void **state)
{
	char path[160], name[SL_SEGMENT_NAME_BYTES];
	struct scene scene;
	int fd;

	(void)state;
	begin(&scene);
	for (unsigned i = 1; i <= 4; i++)
		keep(&scene, i, i == 2 ? "b" : "x");
	settle(&scene);
	sl_segment_name(1, name);
	snprintf(path, sizeof(path), "%s/%s", scene.directory, name);
	all(&scene);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	assert_int_equal(pwrite(fd, "?", 1, (off_t)seen.ids[2].offset + 90), 1);
	close(fd);
	assert_string_equal(all(&scene), "x x ");
	/* nothing can be made of a file whose head is gone */
	fd = open(path, O_WRONLY | O_CLOEXEC);
	assert_int_equal(pwrite(fd, "?", 1, 0), 1);
	close(fd);
	open_again(&scene, journal, 5);
	assert_string_equal(all(&scene), "");
	keep(&scene, 5, "e");
	settle(&scene);
	assert_string_equal(all(&scene), "e ");
	end(&scene);
}

static void ids(void **state)
{
	static const char *const bad[] = {"",
					  "1",
					  "1-",
					  "-1",
					  "0-1",
					  "01-1",
					  "1-01",
					  "1-1 ",
					  " 1-1",
					  "+1-1",
					  "1-1-1",
					  "a-b",
					  "99999999999999999999-1",
					  "1000000000000000000-1",
					  "1--1"};
	struct sl_quarantine_id id = {7, 7};
	char text[SL_QUARANTINE_ID_BYTES];

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(sl_quarantine_id_parse(bad[i], &id), -SL_E_FORMAT);
	assert_int_equal(id.segment, 7);
	assert_int_equal(sl_quarantine_id_parse("12-4096", &id), 0);
	assert_int_equal(id.segment, 12);
	assert_int_equal(id.offset, 4096);
	sl_quarantine_id_format(id, text);
	assert_string_equal(text, "12-4096");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_settled_is_there),
		cmocka_unit_test(pages),
		cmocka_unit_test(a_restart_keeps_each_once),
		cmocka_unit_test(a_rewind_goes_back_to_what_is_settled),
		cmocka_unit_test(room_is_bounded),
		cmocka_unit_test(age_is_bounded),
		cmocka_unit_test(without_a_place_they_are_counted),
		cmocka_unit_test(damage_costs_what_is_damaged),
		cmocka_unit_test(ids),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
