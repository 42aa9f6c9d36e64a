/* A journal with any one byte changed is refused with a sentence, or read as far as it is sound. It
 * never takes the process along. */
#include "fixture.h"

#include <fcntl.h>

struct file {
	char path[128];
	uint8_t *bytes;
	size_t n;
};

static struct file load(struct fixture *f)
{
	struct file file;
	struct stat st;
	int fd;

	snprintf(file.path, sizeof(file.path), "%s/data.mdb", f->journal);
	fd = open(file.path, O_RDONLY);
	assert_true(fd >= 0 && fstat(fd, &st) == 0);
	file.n = (size_t)st.st_size;
	file.bytes = malloc(file.n);
	assert_int_equal(read(fd, file.bytes, file.n), file.n);
	close(fd);
	return file;
}

static void store_file(const struct file *file)
{
	int fd = open(file->path, O_WRONLY | O_TRUNC);

	assert_int_equal(write(fd, file->bytes, file->n), file->n);
	close(fd);
}

/* Committed, trimmed, committed: two levels of pages, free ones among them. */
static struct file make_journal(struct fixture *f)
{
	must_start(f);
	for (unsigned i = 0; i < 300; i++) {
		while (!append_filler(f, 0))
			usleep(100);
		if (i % 30 == 0)
			seal_and_wait(f, 0);
	}
	seal_and_wait(f, 0);
	save_cursor(f, "forwarder", 100);
	EVENTUALLY(stat_of(&f->stats.trimmed_blocks) == 99);
	for (unsigned i = 0; i < 20; i++) {
		assert_true(append_seen(f, 0, i + 1));
		seal_and_wait(f, 0);
	}
	fixture_close(f);
	return load(f);
}

/* Opens, recovers, and now and then commits. */
static bool survives(struct fixture *f, bool commit)
{
	bool sound = fixture_open(f) == 0;

	if (sound)
		sound = fixture_recover(f) >= 0;
	if (!sound && !f->why[0])
		fail_msg("refused without a sentence");
	if (sound && commit) {
		assert_int_equal(sl_store_start(f->store), 0);
		for (unsigned i = 0; i < 10; i++)
			append_filler(f, 0);
		sl_store_seal(sl_store_worker(f->store, 0), true);
	}
	fixture_close(f);
	return sound;
}

static void change(struct fixture *f, const struct file *file, size_t at, uint8_t mask,
		   unsigned *found)
{
	file->bytes[at] ^= mask;
	store_file(file);
	if (!survives(f, (at + mask) % 16 == 0))
		++*found;
	file->bytes[at] ^= mask;
}

static void test_any_changed_byte(void **state)
{
	struct fixture *f = *state;
	struct file file = make_journal(f);
	unsigned found = 0;
	uint64_t seed = 11;

	/* what LMDB believes: metas, and the head and pointers of every page */
	for (size_t at = 0; at < 160; at++)
		change(f, &file, at + at % 2 * 4096, (uint8_t)(1u << at % 8), &found);
	for (size_t page = 8192; page < file.n; page += 4096)
		for (size_t at = 0; at < 24; at += 1 + (page / 4096) % 3)
			change(f, &file, page + at, (uint8_t)(1u << (at + page / 4096) % 8),
			       &found);
	/* and anywhere */
	for (unsigned i = 0; i < 1000; i++) {
		seed = seed * 6364136223846793005u + 1442695040888963407u;
		change(f, &file, (seed >> 20) % file.n, (uint8_t)(1u << (seed >> 61)), &found);
	}
	assert_true(found > 200);
	store_file(&file);
	assert_true(survives(f, true));
	free(file.bytes);
}

static void test_any_length(void **state)
{
	struct fixture *f = *state;
	struct file file = make_journal(f);
	size_t whole = file.n;

	for (file.n = 1; file.n < whole; file.n += file.n < 9000 ? 271 : 4096) {
		store_file(&file);
		assert_false(survives(f, false));
	}
	free(file.bytes);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_any_changed_byte, fixture_set_up,
						fixture_tear_down),
		cmocka_unit_test_setup_teardown(test_any_length, fixture_set_up, fixture_tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
