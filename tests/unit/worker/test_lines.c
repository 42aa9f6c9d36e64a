/* TCP: lines of JSON, acknowledged or not. */
#include "rig.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define CAMPAIGN                                                                                   \
	"campaign: a\nkind: service\nmatch: type == \"x\"\nsend: {channel: push, template: T}\n"

static size_t put_event(char *at, int i, const char *type)
{
	return (size_t)sprintf(at, "{\"id\":\"e%d\",\"type\":\"%s\",\"customer\":\"C%d\"}\n", i,
			       type, i);
}

static void without_acknowledgement(void **state)
{
	(void)state;
	for (unsigned workers = 1; workers <= 4; workers *= 2) {
		struct rig *rig = calloc(1, sizeof(*rig));
		char all[32768];
		size_t n = 0;
		int connection;

		rig_open(rig, CAMPAIGN, workers, true, false);
		connection = rig_connect(rig, 0);
		for (int i = 0; i < 300; i++)
			n += put_event(all + n, i, i % 10 ? "y" : "x");
		n += (size_t)sprintf(all + n, "not json\n\n");
		rig_feed(rig, 0, connection, all, n);
		rig_settle(rig);
		assert_int_equal(rig_ledger(rig, SL_LEDGER_RECEIVED), 301);
		assert_int_equal(rig_ledger(rig, SL_LEDGER_MATCHED), 30);
		assert_int_equal(rig_ledger(rig, SL_LEDGER_REFUSED), 1);
		assert_string_equal(rig_take(rig, 0, connection), "");
		rig_assert_adds_up(rig);
		rig_close(rig);
		free(rig);
	}
}

static void each_line_is_answered_in_order(void **state)
{
	struct rig *rig = calloc(1, sizeof(*rig));
	char all[65536];
	const char *reply;
	size_t n = 0;
	int connection;

	(void)state;
	rig_open(rig, CAMPAIGN, 4, true, true);
	connection = rig_connect(rig, 0);
	for (int i = 1; i <= 600; i++) {
		n += i % 7 ? put_event(all + n, i, "x") : (size_t)sprintf(all + n, "[%d]\n", i);
		if (i % 200 ==
		    0) { /* below the bound of what may be under way: one thread cannot wait */
			rig_feed(rig, 0, connection, all, n);
			rig_settle(rig);
			n = 0;
		}
	}
	reply = rig_take(rig, 0, connection);
	for (int i = 1; i <= 600; i++) {
		char expected[64];
		int bytes = sprintf(expected, "{\"line\":%d,\"received\":1,\"accepted\":%d,", i,
				    i % 7 ? 1 : 0);

		assert_non_null(reply);
		assert_memory_equal(reply, expected, (size_t)bytes);
		reply = strchr(reply, '\n');
		reply = reply ? reply + 1 : NULL;
	}
	rig_assert_adds_up(rig);
	rig_close(rig);
	free(rig);
}

/* However the stream is cut, the same lines come out. */
static void cut_anywhere(void **state)
{
	char all[4096];
	size_t n = 0;

	(void)state;
	for (int i = 0; i < 20; i++)
		n += put_event(all + n, i, "x");
	for (size_t piece = 1; piece < 97; piece += 5) {
		struct rig *rig = calloc(1, sizeof(*rig));
		int connection;

		rig_open(rig, CAMPAIGN, 2, true, false);
		connection = rig_connect(rig, 0);
		for (size_t at = 0; at < n; at += piece) {
			rig_feed(rig, 0, connection, all + at, n - at < piece ? n - at : piece);
			if (at % 3 == 0)
				rig_settle(rig);
		}
		rig_settle(rig);
		assert_int_equal(rig_ledger(rig, SL_LEDGER_MATCHED), 20);
		rig_assert_adds_up(rig);
		rig_close(rig);
		free(rig);
	}
}

static void a_line_above_the_limit_is_one_refusal(void **state)
{
	struct rig *rig = calloc(1, sizeof(*rig));
	size_t n = 200000;
	char *all = malloc(n + 256);
	int connection;

	(void)state;
	rig_open(rig, CAMPAIGN, 1, true, false);
	connection = rig_connect(rig, 0);
	memset(all, 'a', n);
	all[n] = '\n';
	n += 1 + put_event(all + n + 1, 1, "x");
	rig_feed(rig, 0, connection, all, n);
	rig_settle(rig);
	assert_int_equal(rig_ledger(rig, SL_LEDGER_REFUSED), 1);
	assert_int_equal(rig_ledger(rig, SL_LEDGER_MATCHED), 1);
	rig_assert_adds_up(rig);
	rig_close(rig);
	free(all);
	free(rig);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(without_acknowledgement),
		cmocka_unit_test(each_line_is_answered_in_order),
		cmocka_unit_test(cut_anywhere),
		cmocka_unit_test(a_line_above_the_limit_is_one_refusal),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
