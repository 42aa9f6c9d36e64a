/* The log: what a line looks like, which ones pass, and that writing one never waits. */
#include "base/log/log_priv.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static const struct sl_log_line sample = {
	.wall_ns = 1795251602120000000ll,
	.level = SL_LOG_WARNING,
	.service = "sluice-test",
	.pid = 7,
	.message = "a \"line\"\nof\x1b two",
};

static const char *render(const struct sl_log_line *line, bool text, bool priority)
{
	static char at[SL_LOG_LINE_BYTES + 1];

	at[sl_log_render(line, text, priority, at)] = 0;
	return at;
}

static void a_line_is_one_line(void **state)
{
	(void)state;
	assert_string_equal(
		render(&sample, false, false),
		"{\"@timestamp\":\"2026-11-21T09:00:02.12Z\",\"log.level\":\"warn\","
		"\"message\":\"a \\\"line\\\"\\nof\\u001b two\",\"ecs.version\":\"8.11.0\","
		"\"service.name\":\"sluice-test\",\"process.pid\":7}\n");
	assert_string_equal(render(&sample, true, false),
			    "2026-11-21T09:00:02.12Z warn  sluice-test: a \"line\" of  two\n");
	assert_string_equal(render(&sample, true, true),
			    "<4>2026-11-21T09:00:02.12Z warn  sluice-test: a \"line\" of  two\n");
}

static void it_says_what_is_missing(void **state)
{
	struct sl_log_line line = sample;

	(void)state;
	line.left_out = 12;
	line.lost = 3;
	assert_non_null(strstr(render(&line, false, false),
			       "\"sluice.log.left_out\":12,\"sluice.log.lost\":3}"));
	assert_non_null(strstr(render(&line, true, false),
			       " two (12 more like it left out) (3 lines before it lost)\n"));
}

static void a_long_message_is_cut_until_it_fits(void **state)
{
	char message[SL_LOG_MESSAGE_BYTES];
	struct sl_log_line line = sample;
	const char *text;

	(void)state;
	memset(message, '\x01', sizeof(message) - 1); /* six bytes each in JSON */
	message[sizeof(message) - 1] = 0;
	line.message = message;
	text = render(&line, false, true);
	assert_true(strlen(text) <= SL_LOG_LINE_BYTES && strlen(text) > SL_LOG_LINE_BYTES / 2);
	assert_string_equal(text + strlen(text) - 3, "7}\n");
	memset(message, 'x', sizeof(message) - 1);
	assert_int_equal(strlen(render(&line, true, false)) > sizeof(message), 1);
}

static void so_many_pass_in_a_window(void **state)
{
	static struct sl_log_limit limit;
	struct sl_log_place *place = sl_log_place(&limit, "one");
	uint64_t left_out = 99;

	(void)state;
	for (unsigned i = 0; i < SL_LOG_BURST; i++) {
		assert_true(sl_log_pass(place, 1000, &left_out));
		assert_int_equal(left_out, 0);
	}
	for (unsigned i = 0; i < 5; i++) {
		assert_false(sl_log_pass(place, 2000, &left_out));
		sl_log_leave_out(place, SL_LOG_ERROR, "so it was");
	}
	/* another place has its own */
	assert_true(sl_log_pass(sl_log_place(&limit, "two"), 2000, &left_out));
	assert_null(sl_log_over(&limit, 2000, false));
	assert_ptr_equal(sl_log_over(&limit, 2000, true), place);
	assert_ptr_equal(sl_log_over(&limit, 1000 + SL_LOG_WINDOW_NS, false), place);
	assert_string_equal(place->sample, "so it was");
	assert_true(sl_log_pass(place, 1000 + SL_LOG_WINDOW_NS, &left_out));
	assert_int_equal(left_out, 5);
	assert_null(sl_log_over(&limit, INT64_MAX, true));
}

static void more_places_than_there_is_room_for_are_not_limited(void **state)
{
	static const char formats[SL_LOG_PLACES + 1][8];
	static struct sl_log_limit limit;

	(void)state;
	for (unsigned i = 0; i < SL_LOG_PLACES; i++)
		assert_non_null(sl_log_place(&limit, formats[i]));
	assert_null(sl_log_place(&limit, formats[SL_LOG_PLACES]));
	assert_non_null(sl_log_place(&limit, formats[3]));
}

/* Until nothing more goes in, which must come to pass without waiting; then room is made. */
static void fill_and_empty(const struct sl_log_out *out, int reader)
{
	char block[1024], sink[1 << 16];
	unsigned written = 0;

	memset(block, 'b', sizeof(block));
	while (!sl_log_out_write(out, block, sizeof(block)))
		assert_true(++written < 1u << 16);
	assert_true(written > 0);
	assert_true(read(reader, sink, sizeof(sink)) > 0);
	assert_int_equal(sl_log_out_write(out, block, sizeof(block)), 0);
}

static void a_pipe_that_nobody_empties_is_not_waited_for(void **state)
{
	struct sl_log_out out;
	int ends[2];

	(void)state;
	assert_int_equal(pipe(ends), 0);
	sl_log_out_open(&out, ends[1]);
	assert_true(out.is_own && out.fd != ends[1]);
	/* the others who write there still wait, as they expect to */
	assert_int_equal(fcntl(ends[1], F_GETFL) & O_NONBLOCK, 0);
	fill_and_empty(&out, ends[0]);
	sl_log_out_close(&out);
	/* where it cannot be opened anew */
	out = (struct sl_log_out){.fd = ends[1], .is_pipe = true};
	fill_and_empty(&out, ends[0]);
	close(ends[0]);
	close(ends[1]);
}

static void a_socket_that_nobody_reads_is_not_waited_for(void **state)
{
	struct sl_log_out out;
	int ends[2];

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
	sl_log_out_open(&out, ends[1]);
	assert_true(out.is_socket && !out.priorities);
	fill_and_empty(&out, ends[0]);
	close(ends[0]);
	assert_true(sl_log_out_write(&out, "x", 1) < 0); /* and no signal */
	close(ends[1]);
}

static void the_journal_is_known_by_its_inode(void **state)
{
	struct sl_log_out out;
	struct stat at;
	char stream[64];
	int ends[2];

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
	assert_int_equal(fstat(ends[1], &at), 0);
	snprintf(stream, sizeof(stream), "%llu:%llu", (unsigned long long)at.st_dev,
		 (unsigned long long)at.st_ino);
	setenv("JOURNAL_STREAM", stream, 1);
	sl_log_out_open(&out, ends[1]);
	assert_true(out.priorities);
	sl_log_out_open(&out, ends[0]);
	assert_false(out.priorities);
	unsetenv("JOURNAL_STREAM");
	close(ends[0]);
	close(ends[1]);
}

static void a_full_disk_is_an_error_and_no_wait(void **state)
{
	struct sl_log_out out;
	int fd = open("/dev/full", O_WRONLY);

	(void)state;
	assert_true(fd >= 0);
	sl_log_out_open(&out, fd);
	assert_int_equal(sl_log_out_write(&out, "x", 1), -ENOSPC);
	sl_log_out_close(&out);
	close(fd);
}

/* The whole: standard error is a pipe. */
static void the_log_counts_what_it_did(void **state)
{
	struct sl_log_counts before = sl_log_counts(), after;
	char text[1 << 16];
	int ends[2], kept = dup(STDERR_FILENO);
	ssize_t n;

	(void)state;
	assert_int_equal(pipe(ends), 0);
	dup2(ends[1], STDERR_FILENO);
	sl_log_init("sluice-test", true);
	sl_log_debug("not at this level");
	for (unsigned i = 0; i < SL_LOG_BURST + 4; i++)
		sl_log_info("the same, %u", i);
	sl_log_flush(false);
	sl_log_error("another");
	sl_log_flush(true);
	n = read(ends[0], text, sizeof(text) - 1);
	dup2(kept, STDERR_FILENO);
	close(kept);
	sl_log_init("sluice-test", true);
	assert_true(n > 0);
	text[n] = 0;
	after = sl_log_counts();
	assert_int_equal(after.written - before.written, SL_LOG_BURST + 2);
	assert_int_equal(after.left_out - before.left_out, 4);
	assert_int_equal(after.lost - before.lost, 0);
	assert_null(strstr(text, "not at this level"));
	assert_non_null(strstr(text, "the same, 9\n"));
	assert_non_null(strstr(text, "another\n"));
	assert_non_null(strstr(text, "the same, 13 (3 more like it left out)\n"));
	close(ends[0]);
	close(ends[1]);
}

static void levels_have_names(void **state)
{
	enum sl_log_level level = SL_LOG_INFO;

	(void)state;
	assert_true(sl_log_level_read("warn", &level));
	assert_int_equal(level, SL_LOG_WARNING);
	assert_false(sl_log_level_read("loud", &level));
	assert_int_equal(level, SL_LOG_WARNING);
	sl_log_set_level(SL_LOG_ERROR);
	assert_string_equal(sl_log_level_text(sl_log_level()), "error");
	sl_log_set_level(SL_LOG_INFO);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_line_is_one_line),
		cmocka_unit_test(it_says_what_is_missing),
		cmocka_unit_test(a_long_message_is_cut_until_it_fits),
		cmocka_unit_test(so_many_pass_in_a_window),
		cmocka_unit_test(more_places_than_there_is_room_for_are_not_limited),
		cmocka_unit_test(a_pipe_that_nobody_empties_is_not_waited_for),
		cmocka_unit_test(a_socket_that_nobody_reads_is_not_waited_for),
		cmocka_unit_test(the_journal_is_known_by_its_inode),
		cmocka_unit_test(a_full_disk_is_an_error_and_no_wait),
		cmocka_unit_test(the_log_counts_what_it_did),
		cmocka_unit_test(levels_have_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
