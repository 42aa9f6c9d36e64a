/* Files written in slices: every byte in its place, each slice on disk before the next one. */
#include "rules/artifact/paced_write_priv.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
// clang-format off
#include <cmocka.h>
// clang-format on

/* What the code under test asked of the disk; the linker sends its calls here. */
static struct {
	unsigned calls, failing; /* the number of the one that fails; 0: none */
	int error;
	off_t awaited; /* up to here, without a gap */
} disk;

int __wrap_sync_file_range(int fd, off_t from, off_t bytes, unsigned flags);

int __wrap_sync_file_range(int fd, off_t from, off_t bytes, unsigned flags)
{
	struct stat st;

	assert_return_code(fstat(fd, &st), errno);
	assert_int_equal(from, disk.awaited);
	assert_int_equal(from + bytes, st.st_size); /* the next slice is not written yet */
	assert_true(flags & SYNC_FILE_RANGE_WAIT_AFTER);
	if (++disk.calls == disk.failing) {
		errno = disk.error;
		return -1;
	}
	disk.awaited = from + bytes;
	return 0;
}

static int new_file(void)
{
	int fd = memfd_create("paced", MFD_CLOEXEC);

	assert_true(fd >= 0);
	memset(&disk, 0, sizeof(disk));
	return fd;
}

static uint8_t *contents(size_t n)
{
	uint8_t *at = malloc(n + 1);

	assert_non_null(at);
	for (size_t i = 0; i < n; i++)
		at[i] = (uint8_t)(i * 7 + i / 251);
	return at;
}

static void every_byte_in_slices(void **state)
{
	static const size_t sizes[] = {0,
				       1,
				       SL_PACED_SLICE - 1,
				       SL_PACED_SLICE,
				       SL_PACED_SLICE + 1,
				       3 * SL_PACED_SLICE + 17};

	(void)state;
	for (unsigned i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
		uint8_t *wanted = contents(sizes[i]), *got = contents(sizes[i]);
		int fd = new_file();

		assert_int_equal(sl_write_paced(fd, wanted, sizes[i]), 0);
		assert_int_equal(disk.calls, (sizes[i] + SL_PACED_SLICE - 1) / SL_PACED_SLICE);
		assert_int_equal(disk.awaited, sizes[i]);
		memset(got, 0, sizes[i]);
		assert_int_equal(pread(fd, got, sizes[i] + 1, 0), sizes[i]);
		assert_memory_equal(got, wanted, sizes[i]);
		close(fd);
		free(got);
		free(wanted);
	}
}

/* fsync() would not say it a second time. */
static void what_the_disk_refuses_is_said(void **state)
{
	static const int errors[] = {EIO, ENOSPC, EDQUOT};
	uint8_t *bytes = contents(3 * SL_PACED_SLICE);

	(void)state;
	for (unsigned i = 0; i < sizeof(errors) / sizeof(*errors); i++) {
		int fd = new_file();

		disk.failing = 2;
		disk.error = errors[i];
		assert_int_equal(sl_write_paced(fd, bytes, 3 * SL_PACED_SLICE), -errors[i]);
		assert_int_equal(disk.calls, 2);
		close(fd);
	}
	free(bytes);
}

static void without_the_call_it_is_written_all_the_same(void **state)
{
	uint8_t *bytes = contents(SL_PACED_SLICE);
	struct stat st;
	int fd = new_file();

	(void)state;
	disk.failing = 1;
	disk.error = ENOSYS;
	assert_int_equal(sl_write_paced(fd, bytes, SL_PACED_SLICE), 0);
	assert_return_code(fstat(fd, &st), errno);
	assert_int_equal(st.st_size, SL_PACED_SLICE);
	close(fd);
	free(bytes);
}

static void a_descriptor_that_takes_nothing(void **state)
{
	(void)state;
	assert_int_equal(sl_write_paced(-1, "a", 1), -EBADF);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_byte_in_slices),
		cmocka_unit_test(what_the_disk_refuses_is_said),
		cmocka_unit_test(without_the_call_it_is_written_all_the_same),
		cmocka_unit_test(a_descriptor_that_takes_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
