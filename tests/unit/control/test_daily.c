/* Files of a day: what is kept in them, found again, and let go. */
#include "fixture.h"

#include "base/clock.h"
#include "control/daily/daily_priv.h"
#include "sluice/error.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>

#define ROOM (64u << 20)
#define DAY SL_DAILY_DAY_NS

struct scene {
	struct fixture fixture;
	char directory[80];
	struct sl_consumer_stats stats;
	struct sl_daily_config config;
	struct sl_daily *daily;
	int64_t now_ns; /* noon of a day */
};

static const uint8_t journal[16] = {1}, another_journal[16] = {2};

/* "key/campaign/rest": what it is found by are the first two. */
static void hashes(struct sl_span record, uint64_t ret_hashes[SL_DAILY_INDEXES])
{
	const char *at = (const char *)record.at, *first = memchr(at, '/', record.bytes);
	const char *second = memchr(first + 1, '/', record.bytes - (size_t)(first + 1 - at));

	ret_hashes[0] = XXH3_64bits(at, (size_t)(first - at));
	ret_hashes[1] = XXH3_64bits(first + 1, (size_t)(second - first - 1));
}

static void open_again(struct scene *scene, const uint8_t of[16])
{
	sl_daily_free(scene->daily);
	assert_int_equal(sl_daily_new(&scene->config, &scene->daily), 0);
	sl_daily_start(scene->daily, of);
}

static void begin(struct scene *scene)
{
	memset(scene, 0, sizeof(*scene));
	fixture_open(&scene->fixture);
	snprintf(scene->directory, sizeof(scene->directory), "%s/kept", scene->fixture.directory);
	scene->config = (struct sl_daily_config){
		.name = "things",
		.directory = scene->directory,
		.hashes = hashes,
		.days = 3,
		.bytes = ROOM,
		.patience_ns = INT64_MAX,
		.stats = &scene->stats,
	};
	scene->now_ns = sl_clock_read(CLOCK_REALTIME) / DAY * DAY + DAY / 2;
	open_again(scene, journal);
}

static void end(struct scene *scene)
{
	sl_daily_free(scene->daily);
	fixture_close(&scene->fixture);
}

/* As its consumer would: what was kept before is not kept again. */
static int hand(struct scene *scene, uint64_t position, const char *text, int64_t ns)
{
	if (!sl_daily_is_new(scene->daily, position, ns))
		return 0;
	return sl_daily_keep(scene->daily, sl_span_of(text, strlen(text)), ns);
}

static void keep(struct scene *scene, uint64_t position, const char *text)
{
	assert_int_equal(hand(scene, position, text, scene->now_ns + (int64_t)position), 0);
}

static void settle(struct scene *scene)
{
	assert_int_equal(sl_daily_settle(scene->daily), 0);
}

struct seen {
	unsigned n, max;
	const char *only; /* texts that begin so */
	char texts[65536];
};

static int see(void *context, int64_t time_ns, struct sl_span record)
{
	struct seen *seen = context;
	size_t used = strlen(seen->texts);

	(void)time_ns;
	seen->n++;
	if (seen->only && strncmp((const char *)record.at, seen->only, strlen(seen->only)) != 0)
		return 0;
	if (used + record.bytes + 2 < sizeof(seen->texts))
		snprintf(seen->texts + used, sizeof(seen->texts) - used, "%.*s ", (int)record.bytes,
			 (const char *)record.at);
	return seen->n == seen->max;
}

static struct seen seen;
static const char *only;

static const char *ask(struct scene *scene, const struct sl_daily_question *question)
{
	struct sl_daily_place next = {0};

	seen = (struct seen){.only = only};
	do
		assert_int_equal(sl_daily_walk(scene->daily, question, next, see, &seen, &next), 0);
	while (next.file);
	return seen.texts;
}

static const char *all(struct scene *scene)
{
	return ask(scene, &(struct sl_daily_question){.from_ns = INT64_MIN, .until_ns = INT64_MAX});
}

static const char *under(struct scene *scene, unsigned index, const char *name)
{
	return ask(scene, &(struct sl_daily_question){.newest_first = true,
						      .by_hash = true,
						      .index = index,
						      .hash = XXH3_64bits(name, strlen(name)),
						      .from_ns = INT64_MIN,
						      .until_ns = INT64_MAX});
}

static struct sl_daily_view look(struct scene *scene)
{
	struct sl_daily_view view;

	sl_daily_look(scene->daily, &view);
	return view;
}

/* The n-th file by name, from 0. */
static int open_file(struct scene *scene, unsigned n, char ret_path[512])
{
	struct dirent **entries;
	int count = scandir(scene->directory, &entries, NULL, alphasort), fd = -1;

	for (int i = 0; i < count; i++) {
		if (entries[i]->d_name[0] != '.' && n-- == 0) {
			snprintf(ret_path, 512, "%s/%s", scene->directory, entries[i]->d_name);
			fd = open(ret_path, O_RDWR | O_CLOEXEC);
		}
		free(entries[i]);
	}
	free(entries);
	return fd;
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

static void what_is_settled_is_there(void **state)
{
	struct scene scene;

	(void)state;
	begin(&scene);
	assert_string_equal(all(&scene), "");
	keep(&scene, 1, "a/x/1");
	keep(&scene, 1, "b/x/2");
	keep(&scene, 2, "a/y/3");
	assert_string_equal(all(&scene), "");
	settle(&scene);
	assert_string_equal(all(&scene), "a/x/1 b/x/2 a/y/3 ");
	assert_int_equal(scene.stats.settled, 3);
	assert_int_equal(look(&scene).kept, 3);
	assert_int_equal(look(&scene).bytes, bytes_on_disk(&scene));
	assert_int_equal(look(&scene).oldest_ns, scene.now_ns + 1);
	end(&scene);
}

/* Many blocks and files: the indexes name blocks, of sealed files and of the one that is written.
 */
static void indexes_name_blocks(void **state)
{
	struct scene scene;
	char text[128], first[128];
	unsigned n = 0;

	(void)state;
	begin(&scene);
	scene.config.file_records = 5000;
	open_again(&scene, journal);
	for (unsigned i = 0; i < 23000; i++) {
		snprintf(text, sizeof(text), "k%u/c%u/%u-%064u", i % 4000, i % 7, i, i);
		keep(&scene, 1 + i, text);
	}
	settle(&scene);
	assert_int_equal(look(&scene).kept, 23000);
	snprintf(first, sizeof(first), "k17/c%u/20017-", 20017 % 7);
	for (unsigned pass = 0; pass < 2; pass++) {
		only = "k17/";
		under(&scene, 0, "k17");
		only = NULL;
		/* blocks hold others too; it is for the caller to look at records */
		assert_true(seen.n < 8000);
		n = 0;
		for (const char *at = seen.texts; (at = strstr(at, "k17/")); at++)
			n++;
		assert_int_equal(n, 6);
		assert_true(strstr(seen.texts, first) < strstr(seen.texts, "k17/c3/17-"));
		under(&scene, 1, "c3");
		assert_true(seen.n >= 23000 / 7);
		assert_string_equal(under(&scene, 0, "nobody"), "");
		open_again(&scene, journal); /* all are sealed then */
	}
	assert_true(look(&scene).damaged == 0);
	end(&scene);
}

static void pages_in_both_directions(void **state)
{
	struct sl_daily_question question = {.from_ns = INT64_MIN, .until_ns = INT64_MAX};
	struct sl_daily_place next = {0};
	struct scene scene;
	char text[32];

	(void)state;
	begin(&scene);
	scene.config.file_records = 4;
	open_again(&scene, journal);
	for (unsigned i = 0; i < 10; i++) {
		snprintf(text, sizeof(text), "a/x/%u", i);
		keep(&scene, i + 1, text);
		settle(&scene);
	}
	for (unsigned direction = 0; direction < 2; direction++) {
		unsigned n = 0;

		question.newest_first = direction == 1;
		do {
			seen = (struct seen){.max = 3};
			assert_int_equal(
				sl_daily_walk(scene.daily, &question, next, see, &seen, &next), 0);
			if (seen.n)
				assert_int_equal(seen.texts[4],
						 direction ? '9' - (int)n : '0' + (int)n);
			n += seen.n;
		} while (next.file);
		assert_int_equal(n, 10);
	}
	question.from_ns = scene.now_ns + 4;
	question.until_ns = scene.now_ns + 7;
	assert_string_equal(ask(&scene, &question), "a/x/5 a/x/4 a/x/3 ");
	end(&scene);
}

/* Records come again from a cursor that lies behind them; a torn end is not there. */
static void a_restart_keeps_each_once(void **state)
{
	struct scene scene;
	char path[512];
	int fd;

	(void)state;
	begin(&scene);
	keep(&scene, 5, "a/x/1");
	keep(&scene, 6, "b/x/2");
	keep(&scene, 6, "b/x/2"); /* twins are two */
	settle(&scene);
	keep(&scene, 7, "c/x/3"); /* not settled */
	fd = open_file(&scene, 0, path);
	assert_true(lseek(fd, 0, SEEK_END) > 0);
	assert_int_equal(write(fd, "torn torn torn torn", 19), 19);
	close(fd);
	open_again(&scene, journal);
	assert_string_equal(all(&scene), "a/x/1 b/x/2 b/x/2 ");
	keep(&scene, 6, "b/x/2");
	keep(&scene, 6, "b/x/2");
	keep(&scene, 6, "b/x/2 third");
	keep(&scene, 7, "c/x/3");
	settle(&scene);
	assert_string_equal(all(&scene), "a/x/1 b/x/2 b/x/2 b/x/2 third c/x/3 ");
	/* the same blocks of another journal are others */
	open_again(&scene, another_journal);
	keep(&scene, 6, "d/x/4");
	settle(&scene);
	assert_string_equal(all(&scene), "a/x/1 b/x/2 b/x/2 b/x/2 third c/x/3 d/x/4 ");
	assert_string_equal(under(&scene, 0, "c"), "c/x/3 b/x/2 third ");
	assert_int_equal(look(&scene).damaged, 0);
	end(&scene);
}

/* A journal that was restored from a copy uses positions again: those are others. */
static void a_journal_that_was_put_back(void **state)
{
	struct scene scene;

	(void)state;
	begin(&scene);
	keep(&scene, 8, "a/x/1");
	keep(&scene, 9, "b/x/2");
	settle(&scene);
	open_again(&scene, journal);
	assert_int_equal(hand(&scene, 9, "b/x/2", scene.now_ns + 9), 0);
	assert_int_equal(hand(&scene, 5, "c/x/3", scene.now_ns + 70), 0);
	assert_int_equal(hand(&scene, 6, "d/x/4", scene.now_ns + 80), 0);
	settle(&scene);
	assert_string_equal(all(&scene), "a/x/1 b/x/2 c/x/3 d/x/4 ");
	open_again(&scene, journal);
	assert_int_equal(hand(&scene, 5, "c/x/3", scene.now_ns + 70), 0);
	assert_int_equal(hand(&scene, 6, "d/x/4", scene.now_ns + 80), 0);
	settle(&scene);
	assert_string_equal(all(&scene), "a/x/1 b/x/2 c/x/3 d/x/4 ");
	end(&scene);
}

/* One walk looks at so many blocks, and says where to go on. */
static void a_walk_is_bounded(void **state)
{
	const struct sl_daily_question question = {
		.newest_first = true, .from_ns = INT64_MIN, .until_ns = INT64_MAX};
	struct sl_daily_place next = {0};
	struct scene scene;

	(void)state;
	begin(&scene);
	for (unsigned i = 1; i <= SL_DAILY_WALK_BLOCKS + 10; i++) {
		keep(&scene, i, "a/x/1");
		settle(&scene);
	}
	seen = (struct seen){0};
	assert_int_equal(sl_daily_walk(scene.daily, &question, next, see, &seen, &next), 0);
	assert_int_equal(seen.n, SL_DAILY_WALK_BLOCKS);
	assert_int_equal(sl_daily_walk(scene.daily, &question, next, see, &seen, &next), 0);
	assert_int_equal(seen.n, SL_DAILY_WALK_BLOCKS + 10);
	assert_int_equal(next.file, 0);
	end(&scene);
}

static void a_rewind_goes_back_to_what_is_settled(void **state)
{
	struct scene scene;

	(void)state;
	begin(&scene);
	keep(&scene, 1, "a/x/1");
	settle(&scene);
	keep(&scene, 2, "b/x/2");
	sl_daily_rewind(scene.daily);
	settle(&scene);
	assert_string_equal(all(&scene), "a/x/1 ");
	keep(&scene, 1, "a/x/1"); /* the cursor had not been saved */
	keep(&scene, 2, "b/x/2");
	settle(&scene);
	assert_string_equal(all(&scene), "a/x/1 b/x/2 ");
	end(&scene);
}

/* Text that does not become smaller. */
static void noise(char *text, size_t n, unsigned *seed)
{
	for (size_t i = 0; i < n; i++)
		text[i] = (char)('!' + rand_r(seed) % 90);
	text[n] = 0;
	memcpy(text, "a/x/", 4);
}

/* The oldest day goes first, and is counted; the room is never more than was given. */
static void room_is_bounded(void **state)
{
	static char text[60001];
	struct sl_daily_view view;
	struct scene scene;
	unsigned seed = 1;

	(void)state;
	begin(&scene);
	scene.config.bytes = 4u << 20;
	open_again(&scene, journal);
	for (unsigned i = 1; i <= 300; i++) {
		noise(text, sizeof(text) - 1, &seed);
		assert_int_equal(
			hand(&scene, i, text, scene.now_ns + (i > 30 ? DAY : 0) + (int64_t)i), 0);
		settle(&scene);
		assert_true(bytes_on_disk(&scene) <= scene.config.bytes);
		view = look(&scene);
		assert_int_equal(view.kept + view.let_go, i);
		assert_int_equal(view.bytes, bytes_on_disk(&scene));
		if (view.let_go) /* a day as a whole, then files of the only one */
			assert_true(view.let_go >= 30 && view.oldest_ns >= scene.now_ns + DAY);
	}
	assert_true(view.kept > 40 && view.let_go > 100);
	all(&scene);
	assert_int_equal(seen.n, view.kept);
	open_again(&scene, journal);
	assert_int_equal(look(&scene).kept, view.kept);
	end(&scene);
}

static void days_are_bounded(void **state)
{
	struct scene scene;

	(void)state;
	begin(&scene);
	assert_int_equal(hand(&scene, 1, "a/x/0", scene.now_ns - 4 * DAY), 0);
	assert_int_equal(hand(&scene, 2, "a/x/1", scene.now_ns - 3 * DAY), 0);
	assert_int_equal(hand(&scene, 3, "a/x/2", scene.now_ns - 3 * DAY + DAY / 2), 0);
	settle(&scene);
	assert_string_equal(all(&scene), "a/x/0 a/x/1 a/x/2 ");
	sl_daily_sweep(scene.daily, scene.now_ns);
	assert_string_equal(all(&scene), "a/x/1 a/x/2 ");
	assert_int_equal(look(&scene).let_go, 1);
	/* not while something is under way to the same file */
	keep(&scene, 4, "a/x/3");
	sl_daily_sweep(scene.daily, scene.now_ns + 9 * DAY);
	settle(&scene);
	assert_string_equal(all(&scene), "a/x/3 ");
	sl_daily_sweep(scene.daily, scene.now_ns + 9 * DAY);
	assert_string_equal(all(&scene), "");
	assert_int_equal(look(&scene).let_go, 4);
	assert_int_equal(bytes_on_disk(&scene), 0);
	keep(&scene, 5, "a/x/4");
	settle(&scene);
	assert_string_equal(all(&scene), "a/x/4 ");
	end(&scene);
}

static void without_a_place_they_are_counted(void **state)
{
	struct scene scene;

	(void)state;
	begin(&scene);
	assert_int_equal(sl_directory_remove(scene.directory), 0);
	assert_int_equal(sl_file_replace(scene.directory, "", 0), 0);
	open_again(&scene, journal);
	assert_int_not_equal(hand(&scene, 1, "a/x/1", scene.now_ns), 0); /* it is tried again */
	sl_daily_rewind(scene.daily);
	scene.config.patience_ns = 0;
	open_again(&scene, journal);
	keep(&scene, 1, "a/x/1");
	keep(&scene, 2, "a/x/2");
	settle(&scene);
	assert_int_equal(look(&scene).lost, 2);
	assert_int_equal(unlink(scene.directory), 0);
	keep(&scene, 3, "a/x/3");
	settle(&scene);
	assert_string_equal(all(&scene), "a/x/3 ");
	end(&scene);
}

/* One byte of a block, of its head, of an index, of a seal, of a file's head. */
static void damage_costs_what_is_damaged(void **state)
{
	const uint64_t block = sizeof(struct sl_daily_block) + 24; /* of one short record */
	struct scene scene;
	char path[512];
	off_t end_of_file;
	int fd;

	(void)state;
	begin(&scene);
	for (unsigned i = 1; i <= 5; i++) {
		char text[] = "k0/x/";

		text[1] = (char)('0' + i);
		keep(&scene, i, text);
		settle(&scene);
	}
	fd = open_file(&scene, 0, path);
	assert_int_equal(lseek(fd, 0, SEEK_END), SL_DAILY_HEAD_BYTES + 5 * block);
	assert_int_equal(pwrite(fd, "?", 1, SL_DAILY_HEAD_BYTES + (off_t)(2 * block) - 8), 1);
	assert_int_equal(pwrite(fd, "?", 1, SL_DAILY_HEAD_BYTES + (off_t)(3 * block)), 1);
	assert_string_equal(all(&scene), "k1/x/ k3/x/ k5/x/ ");
	assert_true(look(&scene).damaged > 0);
	/* what is written anew about it knows of the good ones */
	open_again(&scene, journal);
	assert_string_equal(all(&scene), "k1/x/ k3/x/ k5/x/ ");
	assert_string_equal(under(&scene, 0, "k5"), "k5/x/ ");
	assert_int_equal(look(&scene).damaged, 1);
	/* the one page of its first index, behind its root and the directory */
	end_of_file = lseek(fd, 0, SEEK_END);
	assert_int_equal(pwrite(fd, "?", 1, SL_DAILY_HEAD_BYTES + (off_t)(5 * block) + 2 * 4096),
			 1);
	assert_string_equal(under(&scene, 0, "k5"), "k5/x/ k3/x/ k1/x/ ");
	assert_int_equal(look(&scene).damaged, 2);
	assert_string_equal(under(&scene, 0, "k1"), "k5/x/ k3/x/ k1/x/ ");
	/* a seal that is none is written anew, and the index with it */
	assert_int_equal(pwrite(fd, "?", 1, end_of_file - 1), 1);
	open_again(&scene, journal);
	assert_string_equal(under(&scene, 0, "k5"), "k5/x/ ");
	/* nothing can be made of a file whose head is gone: it goes with its day */
	assert_int_equal(pwrite(fd, "?", 1, 0), 1);
	close(fd);
	open_again(&scene, journal);
	assert_string_equal(all(&scene), "");
	assert_true(look(&scene).bytes > 0);
	keep(&scene, 6, "e/x/");
	settle(&scene);
	assert_string_equal(all(&scene), "e/x/ ");
	sl_daily_sweep(scene.daily, scene.now_ns + 9 * DAY);
	assert_int_equal(bytes_on_disk(&scene), 0);
	end(&scene);
}

static void places(void **state)
{
	static const char *const bad[] = {"",
					  "1",
					  "1-1",
					  "1-1-",
					  "-1-1-1",
					  "0-1-1",
					  "01-1-1",
					  "1-01-1",
					  "1-1-1 ",
					  " 1-1-1",
					  "+1-1-1",
					  "1-1-1-1",
					  "a-b-c",
					  "1-1--1",
					  "1--1-1",
					  "1-4294967296-1",
					  "1-1-4294967296",
					  "1000000000000000000-1-1"};
	struct sl_daily_place place = {7, 7, 7};
	char text[SL_DAILY_PLACE_BYTES];

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(sl_daily_place_parse(bad[i], &place), -SL_E_FORMAT);
	assert_int_equal(place.file, 7);
	assert_int_equal(sl_daily_place_parse("12-40-4294967295", &place), 0);
	sl_daily_place_format(place, text);
	assert_string_equal(text, "12-40-4294967295");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_settled_is_there),
		cmocka_unit_test(indexes_name_blocks),
		cmocka_unit_test(pages_in_both_directions),
		cmocka_unit_test(a_restart_keeps_each_once),
		cmocka_unit_test(a_journal_that_was_put_back),
		cmocka_unit_test(a_walk_is_bounded),
		cmocka_unit_test(a_rewind_goes_back_to_what_is_settled),
		cmocka_unit_test(room_is_bounded),
		cmocka_unit_test(days_are_bounded),
		cmocka_unit_test(without_a_place_they_are_counted),
		cmocka_unit_test(damage_costs_what_is_damaged),
		cmocka_unit_test(places),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
