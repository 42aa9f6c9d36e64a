/* What an engine knows after it was opened again on the same journal. */
#include "rig.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define CAMPAIGN                                                                                   \
	"campaign: a\nkind: service\nmatch: type == \"x\"\nsend: {channel: push, template: T}\n"
#define EVENT(id) "{\"id\":\"" id "\",\"type\":\"x\",\"customer\":\"C1\"}"

static char data[64];
static unsigned taken;

static void take(void *context, struct sl_worker *worker, const struct sl_mail *mail)
{
	(void)context;
	(void)worker;
	(void)mail;
	taken++;
}

static const sl_mail_handler HANDLERS[] = {take};

static struct rig *open_again(unsigned workers)
{
	struct rig *rig = calloc(1, sizeof(*rig));

	rig->config.mail_handlers = HANDLERS;
	rig->config.n_mail_handlers = 1;
	rig_open_on_disk(rig, CAMPAIGN, workers, data);
	return rig;
}

static void close_rig(struct rig *rig)
{
	rig_close(rig);
	free(rig);
}

static int make_data(void **state)
{
	(void)state;
	strcpy(data, "/tmp/sluice-data-XXXXXX");
	return mkdtemp(data) ? 0 : -1;
}

static int remove_data(void **state)
{
	char command[128];

	(void)state;
	snprintf(command, sizeof(command), "rm -rf %s", data);
	return system(command);
}

/* Also with another number of workers: ids belong to partitions, not to workers. */
static void duplicates_are_known_after_a_restart(void **state)
{
	struct rig *rig = open_again(1);

	(void)state;
	assert_non_null(strstr(rig_post(rig, rig_connect(rig, 0), "application/json", EVENT("e1")),
			       "\"matched\":1"));
	close_rig(rig);
	rig = open_again(3);
	assert_non_null(strstr(rig_post(rig, rig_connect(rig, 0), "application/json",
					"[" EVENT("e1") "," EVENT("e2") "]"),
			       "\"accepted\":1,\"matched\":1,\"duplicates\":1"));
	close_rig(rig);
	rig = open_again(2);
	assert_non_null(strstr(rig_post(rig, rig_connect(rig, 0), "application/json",
					"[" EVENT("e1") "," EVENT("e2") "]"),
			       "\"accepted\":0,\"matched\":0,\"duplicates\":2"));
	close_rig(rig);
}

static const char *post_many(struct rig *rig, unsigned n)
{
	static char body[128 * 96];
	size_t at = 0;

	for (unsigned i = 0; i < n; i++)
		at += (size_t)snprintf(body + at, sizeof(body) - at, "%c" EVENT("m%u"),
				       i ? ',' : '[', i);
	snprintf(body + at, sizeof(body) - at, "]");
	return rig_post(rig, rig_connect(rig, 0), "application/json", body);
}

/* More and fewer than are fetched ahead, and as many. */
static void many_ids_are_known_after_a_restart(void **state)
{
	static const unsigned counts[] = {1, 31, 32, 33, 100};
	char expected[96];
	struct rig *rig;

	(void)state;
	for (unsigned i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
		unsigned before = i ? counts[i - 1] : 0;

		rig = open_again(2);
		snprintf(expected, sizeof(expected),
			 "\"accepted\":%u,\"matched\":%u,\"duplicates\":%u", counts[i] - before,
			 counts[i] - before, before);
		assert_non_null(strstr(post_many(rig, counts[i]), expected));
		close_rig(rig);
	}
}

/* Committed, and the process gone before its receiver saw it. */
static void mail_is_delivered_again(void **state)
{
	struct rig *rig = open_again(2);
	const struct sl_mail mail = {
		.id = {7, 7}, .from = 5, .to = 4000, .body = sl_span_text("x")};

	(void)state;
	taken = 0;
	assert_int_equal(sl_worker_mail(sl_engine_worker(rig->engine, 0), &mail), 0);
	close_rig(rig); /* its last act is to commit what is sealed: nothing is, yet */
	assert_int_equal(taken, 0);
	rig = open_again(2);
	assert_int_equal(sl_worker_mail(sl_engine_worker(rig->engine, 0), &mail), 0);
	for (unsigned i = 0; i < 50 && !taken; i++) {
		/* worker 0 alone: it seals, and hands over once that is committed */
		rig->now.monotonic_ns += SL_NS_PER_MS;
		rig_step_one(rig, 0);
		usleep(2000);
	}
	assert_int_equal(taken, 0); /* worker 1 never came to it */
	close_rig(rig);
	rig = open_again(4);
	rig_settle(rig);
	assert_int_equal(taken, 1);
	close_rig(rig);
	rig = open_again(1);
	rig_settle(rig);
	assert_int_equal(taken, 1); /* cleared: not again */
	close_rig(rig);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(many_ids_are_known_after_a_restart, make_data,
						remove_data),
		cmocka_unit_test_setup_teardown(duplicates_are_known_after_a_restart, make_data,
						remove_data),
		cmocka_unit_test_setup_teardown(mail_is_delivered_again, make_data, remove_data),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
