#include "base/http1_priv.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

static void names_are_equal_whatever_their_case(void **state)
{
	(void)state;
	assert_true(sl_http_name_is(sl_span_text("Content-LENGTH"), "content-length"));
	assert_true(sl_http_name_is(sl_span_text(""), ""));
	assert_false(sl_http_name_is(sl_span_text("content-lengt"), "content-length"));
	assert_false(sl_http_name_is(sl_span_text("content-length2"), "content-length"));
	assert_false(sl_http_name_is(sl_span_text("content_length"), "content-length"));
	assert_false(sl_http_name_is(sl_span_text("content\rlength"), "content-length"));
	assert_false(sl_http_name_is(sl_span_of("te\0", 3), "te"));
	/* only letters have a case: '@' is not '`', '[' is not '{' */
	assert_false(sl_http_name_is(sl_span_text("@["), "`{"));
}

static void finds_the_first(void **state)
{
	const struct sl_http_header headers[] = {
		{sl_span_text("A"), sl_span_text("1")},
		{sl_span_text("b"), sl_span_text("2")},
		{sl_span_text("B"), sl_span_text("3")},
	};

	(void)state;
	assert_ptr_equal(sl_http_find(headers, 3, "b"), &headers[1]);
	assert_null(sl_http_find(headers, 1, "b"));
	assert_null(sl_http_find(headers, 0, "a"));
}

static void lists_fall_apart(void **state)
{
	static const struct {
		const char *list;
		const char *items[4];
	} rows[] = {
		{"", {""}},
		{"a", {"a"}},
		{" a b\t, c", {"a b", "c"}},
		{",a,", {"", "a", ""}},
		{" , ", {"", ""}},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct sl_span list = sl_span_text(rows[i].list), item;
		unsigned n = 0;

		while (sl_http1_list_next(&list, &item)) {
			assert_true(n < 4 && rows[i].items[n]);
			assert_true(sl_span_equal(item, sl_span_text(rows[i].items[n])));
			n++;
		}
		assert_true(n == 4 || !rows[i].items[n]);
	}
}

static void what_is_refused_leaves_the_output_alone(void **state)
{
	const struct sl_http_header twice[] = {
		{sl_span_text("content-length"), sl_span_text("1")},
		{sl_span_text("content-length"), sl_span_text("1")},
	};
	struct sl_http1_framing framing = {.length = 77};

	(void)state;
	assert_int_equal(sl_http1_framing(twice, 2, 1, &framing), -400);
	assert_int_equal(framing.length, 77);
	assert_int_equal(sl_http1_framing(twice, 1, 1, &framing), 0);
	assert_int_equal(framing.length, 1);
	assert_true(framing.has_length && framing.keep_alive && !framing.chunked);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_are_equal_whatever_their_case),
		cmocka_unit_test(finds_the_first),
		cmocka_unit_test(lists_fall_apart),
		cmocka_unit_test(what_is_refused_leaves_the_output_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
