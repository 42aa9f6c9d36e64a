#include "tools/gun/reply.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static int read_text(const char *text, uint32_t n_events, struct sl_reply *ret_reply)
{
	/* exactly as long as the text, so that a sanitizer sees a read behind it */
	size_t n = strlen(text);
	char *copy = malloc(n ? n : 1);
	int error;

	memcpy(copy, text, n);
	error = sl_reply_read(copy, n, n_events, ret_reply);
	free(copy);
	return error;
}

static void good_ones(void **state)
{
	struct sl_reply reply;

	(void)state;
	assert_int_equal(read_text("{\"received\":3,\"accepted\":2,\"matched\":1,\"duplicates\":1,"
				   "\"refused\":[]}",
				   3, &reply),
			 0);
	assert_int_equal(reply.accepted, 2);
	assert_int_equal(reply.matched, 1);
	assert_int_equal(reply.duplicates, 1);
	assert_int_equal(reply.refused, 0);
	assert_int_equal(
		read_text(
			"{\"received\":3,\"accepted\":1,\"matched\":1,\"duplicates\":0,\"refused\":"
			"[{\"index\":0,\"reason\":\"json_malformed\"},{\"index\":2,\"reason\":"
			"\"x\"}]}",
			3, &reply),
		0);
	assert_int_equal(reply.refused, 2);
	assert_true(sl_reply_refuses(&reply, 0) && !sl_reply_refuses(&reply, 1) &&
		    sl_reply_refuses(&reply, 2));
	/* a list that was cut: nobody knows which of the others are meant */
	assert_int_equal(
		read_text(
			"{\"received\":4,\"accepted\":1,\"matched\":0,\"duplicates\":0,\"refused\":"
			"[{\"index\":0}],\"refused_total\":3}",
			4, &reply),
		0);
	assert_int_equal(reply.refused, 3);
	assert_true(reply.unnamed);
	/* of a line */
	assert_int_equal(
		read_text(
			"{\"line\":77,\"received\":1,\"accepted\":1,\"matched\":0,\"duplicates\":0,"
			"\"refused\":[]}",
			1, &reply),
		0);
	assert_int_equal(reply.accepted, 1);
	assert_false(reply.unnamed);
	/* another order, a field more */
	assert_int_equal(
		read_text(
			"{\"new\":{}, \"duplicates\":0,\"accepted\":1,\"matched\":0,\"received\":1,"
			"\"refused\":[]}",
			1, &reply),
		0);
	assert_int_equal(reply.accepted, 1);
}

static void bad_ones_leave_the_result_alone(void **state)
{
	static const char *const texts[] = {
		"",
		"{",
		"[]",
		"null",
		"{\"received\":",
		"{\"received\":2,\"accepted\":1,\"matched\":1,\"duplicates\":0,\"refused\":"
		"[]}", /* not all told */
		"{\"received\":1,\"accepted\":1,\"matched\":1,\"duplicates\":0,\"refused\":"
		"[]}", /* of another */
		"{\"received\":2,\"accepted\":2,\"matched\":3,\"duplicates\":0,\"refused\":"
		"[]}",
		"{\"received\":2,\"accepted\":2,\"matched\":0,\"duplicates\":0,\"refused\":"
		"[{\"index\":0}]}",
		"{\"received\":2,\"accepted\":1,\"matched\":0,\"duplicates\":0,\"refused\":"
		"[{\"index\":2}]}",
		"{\"received\":2,\"accepted\":0,\"matched\":0,\"duplicates\":0,\"refused\":"
		"[{\"index\":1},{\"index\":1}]}",
		"{\"received\":2,\"accepted\":1,\"matched\":0,\"duplicates\":0,\"refused\":"
		"[{\"index\":-1}]}",
		"{\"received\":2,\"accepted\":1,\"matched\":0,\"duplicates\":0,\"refused\":"
		"[7]}",
		"{\"received\":2,\"accepted\":-1,\"matched\":0,\"duplicates\":3,"
		"\"refused\":[]}",
		"{\"received\":2,\"accepted\":2,\"accepted\":2,\"matched\":0,"
		"\"duplicates\":0,\"refused\":[]}",
		"{\"received\":2,\"accepted\":99999999999999999999,\"matched\":0,"
		"\"duplicates\":0,\"refused\":[]}",
		"{\"received\":2,\"accepted\":2,\"matched\":0,\"duplicates\":0}",
		"{\"received\":2,\"accepted\":1,\"matched\":0,\"duplicates\":0,\"refused\":[{"
		"\"index\":0}],"
		"\"refused_total\":0}",
		"{\"received\":2,\"accepted\":1,\"matched\":0,\"duplicates\":0,\"refused\":[{"
		"\"index\":0}],"
		"\"refused_total\":2}",
		"{\"line\":1}",
	};

	(void)state;
	for (unsigned i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct sl_reply reply, before;

		memset(&reply, 0x5a, sizeof(reply));
		before = reply;
		assert_true(read_text(texts[i], 2, &reply) < 0);
		assert_memory_equal(&reply, &before, sizeof(reply));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(good_ones),
		cmocka_unit_test(bad_ones_leave_the_result_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
