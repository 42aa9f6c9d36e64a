#include "frame/frame.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#define LINE_MAX_BYTES 10

/* Feeds the text in pieces and writes what comes out: lines in brackets, refusals as their
 * status. */
static void run(const char *text, size_t n, size_t piece, size_t arena_bytes, char ret_log[256])
{
	struct sl_assembly *assembly;
	struct sl_line_framer framer;
	size_t log = 0;

	assert_int_equal(sl_assembly_new(arena_bytes, &assembly), 0);
	sl_line_framer_init(&framer, LINE_MAX_BYTES, assembly, 0);
	ret_log[0] = 0;
	for (size_t at = 0; at < n; at += piece) {
		size_t bytes = n - at < piece ? n - at : piece;
		uint8_t *exact = calloc(1, bytes + SL_SPAN_PADDING);
		struct sl_span rest = sl_span_of(exact, bytes);

		memcpy(exact, text + at, bytes);
		while (rest.bytes) {
			struct sl_message message;
			size_t done = sl_line_framer_feed(&framer, rest, (int64_t)at, &message);

			assert_true(done > 0 && done <= rest.bytes);
			rest = sl_span_of(rest.at + done, rest.bytes - done);
			if (message.kind == SL_MESSAGE_NONE) {
				assert_int_equal(rest.bytes, 0);
				continue;
			}
			assert_true(message.body.bytes <= LINE_MAX_BYTES);
			if (message.kind == SL_MESSAGE_BAD)
				log += (size_t)sprintf(ret_log + log, "%u", message.status);
			else
				log += (size_t)sprintf(ret_log + log, "[%.*s]",
						       (int)message.body.bytes,
						       (const char *)message.body.at);
		}
		memset(exact, '!', bytes);
		free(exact);
		assert_int_equal(framer.since_ns, at);
	}
	sl_line_framer_fini(&framer);
	assert_int_equal(sl_assembly_used(assembly), 0);
	sl_assembly_free(assembly);
}

static const struct {
	const char *text, *log;
} cases[] = {
	{"", ""},
	{"a\n", "[a]"},
	{"a\r\n", "[a]"},
	{"a\nb\r\nc\n", "[a][b][c]"},
	{"\n\r\n\na\n\n", "[a]"},
	{"\r\r\n", "[\r]"},
	{"a\rb\n", "[a\rb]"},
	{" \n", "[ ]"},
	{"unfinished", ""},
	{"a\nunfin", "[a]"},
	{"0123456789\n", "[0123456789]"},
	{"0123456789\r\n", "[0123456789]"},
	{"0123456789x\na\n", "413[a]"},
	{"0123456789\r\r\na\n", "413[a]"},
	{"0123456789x\r\na\n", "413[a]"},
	{"0123456789\rx\na\n", "413[a]"},
	{"0123456789012345678901234567890123456789\n\nb\n", "413[b]"},
	{"0123456789012345678901234567890123456789", "413"},
	{"x\n01234567890\n01234567890\ny\n", "[x]413413[y]"},
};

static void pieces_make_no_difference(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		size_t n = strlen(cases[i].text);

		for (size_t piece = 1; piece <= n; piece++) {
			char log[256];

			run(cases[i].text, n, piece, 65536, log);
			if (strcmp(log, cases[i].log) != 0)
				fail_msg("%s in pieces of %zu of: %s", log, piece, cases[i].text);
		}
	}
}

static void nul_is_a_byte(void **state)
{
	struct sl_assembly *assembly;
	struct sl_line_framer framer;
	struct sl_message message;

	(void)state;
	assert_int_equal(sl_assembly_new(65536, &assembly), 0);
	sl_line_framer_init(&framer, LINE_MAX_BYTES, assembly, 0);
	sl_line_framer_feed(&framer, sl_span_of("a\0b\n", 4), 0, &message);
	assert_int_equal(message.kind, SL_MESSAGE_LINE);
	assert_int_equal(message.body.bytes, 3);
	sl_assembly_free(assembly);
}

/* Lines that lie whole in the fed bytes stay there. */
static void copies_only_what_it_must(void **state)
{
	static const uint8_t fed[128] = "ab\ncd\nef";
	struct sl_assembly *assembly;
	struct sl_line_framer framer;
	struct sl_message message;

	(void)state;
	assert_int_equal(sl_assembly_new(65536, &assembly), 0);
	sl_line_framer_init(&framer, LINE_MAX_BYTES, assembly, 0);
	assert_int_equal(sl_line_framer_feed(&framer, sl_span_of(fed, 8), 0, &message), 3);
	assert_ptr_equal(message.body.at, fed);
	assert_int_equal(sl_line_framer_feed(&framer, sl_span_of(fed + 3, 5), 0, &message), 3);
	assert_ptr_equal(message.body.at, fed + 3);
	assert_int_equal(sl_assembly_used(assembly), 0);
	assert_int_equal(sl_line_framer_feed(&framer, sl_span_of(fed + 6, 2), 0, &message), 2);
	assert_int_equal(message.kind, SL_MESSAGE_NONE);
	assert_int_equal(sl_assembly_used(assembly), 1024);
	assert_int_equal(sl_line_framer_feed(&framer, sl_span_of("\n", 1), 0, &message), 1);
	assert_int_equal(message.kind, SL_MESSAGE_LINE);
	assert_memory_equal(message.body.at, "ef", 2);
	sl_line_framer_fini(&framer);
	assert_int_equal(sl_assembly_used(assembly), 0);
	sl_assembly_free(assembly);
}

static void a_full_arena_costs_one_line(void **state)
{
	struct sl_assembly *assembly;
	struct sl_line_framer framer;
	struct sl_message message;
	size_t room;
	void *all;

	(void)state;
	assert_int_equal(sl_assembly_new(1024, &assembly), 0);
	all = sl_assembly_take(assembly, 1024, &room);
	sl_line_framer_init(&framer, LINE_MAX_BYTES, assembly, 0);
	assert_int_equal(sl_line_framer_feed(&framer, sl_span_of("ab", 2), 0, &message), 2);
	assert_int_equal(message.kind, SL_MESSAGE_BAD);
	assert_int_equal(message.status, 503);
	sl_assembly_give(assembly, all);
	assert_int_equal(sl_line_framer_feed(&framer, sl_span_of("c\nde\n", 5), 0, &message), 5);
	assert_int_equal(message.kind, SL_MESSAGE_LINE);
	assert_memory_equal(message.body.at, "de", 2);
	sl_line_framer_fini(&framer);
	sl_assembly_free(assembly);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pieces_make_no_difference),
		cmocka_unit_test(nul_is_a_byte),
		cmocka_unit_test(copies_only_what_it_must),
		cmocka_unit_test(a_full_arena_costs_one_line),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
