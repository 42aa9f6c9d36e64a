/* Mail between owners: applied once, cleared, delivered again after a restart. */
#include "rig.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define CAMPAIGN                                                                                   \
	"campaign: a\nkind: service\nmatch: type == \"x\"\nsend: {channel: push, template: T}\n"

static unsigned taken[3];
static char last_body[64];

static void take(void *context, struct sl_worker *worker, const struct sl_mail *mail)
{
	(void)context;
	(void)worker;
	taken[mail->kind]++;
	snprintf(last_body, sizeof(last_body), "%.*s", (int)mail->body.bytes,
		 (const char *)mail->body.at);
}

/* Passes the mail on, as a device's pattern that counts against its customer's cap would. */
static void pass_on(void *context, struct sl_worker *worker, const struct sl_mail *mail)
{
	const struct sl_mail next = {.id = {mail->id[0] + 1, 1},
				     .from = mail->to,
				     .to = 17,
				     .kind = 0,
				     .body = sl_span_text("passed on")};

	(void)context;
	taken[mail->kind]++;
	assert_int_equal(sl_worker_mail(worker, &next), 0);
}

static const sl_mail_handler HANDLERS[] = {take, pass_on};

static struct rig *open_rig(unsigned workers)
{
	struct rig *rig = calloc(1, sizeof(*rig));

	memset(taken, 0, sizeof(taken));
	rig->config.mail_handlers = HANDLERS;
	rig->config.n_mail_handlers = 2;
	rig_open(rig, CAMPAIGN, workers, false, false);
	return rig;
}

static void delivered_once_and_cleared(void **state)
{
	(void)state;
	for (unsigned workers = 1; workers <= 4; workers++) {
		struct rig *rig = open_rig(workers);

		for (unsigned i = 0; i < 50; i++) {
			const struct sl_mail mail = {.id = {i, 99},
						     .from = 5,
						     .to = (uint16_t)(i * 80),
						     .body = sl_span_text("hello")};

			assert_int_equal(sl_worker_mail(sl_engine_worker(rig->engine, 0), &mail),
					 0);
		}
		rig_settle(rig);
		assert_int_equal(taken[0], 50);
		assert_string_equal(last_body, "hello");
		assert_int_equal(rig_count(rig, SL_RECORD_MAILBOX), 100); /* sent and cleared */
		assert_int_equal(rig_counter(rig, SL_COUNTER_MAILBOX_TAKEN), 50);
		rig_close(rig);
		free(rig);
	}
}

static void the_same_id_counts_once(void **state)
{
	struct rig *rig = open_rig(2);
	const struct sl_mail mail = {
		.id = {7, 7}, .from = 5, .to = 4000, .body = sl_span_text("x")};

	(void)state;
	assert_int_equal(sl_worker_mail(sl_engine_worker(rig->engine, 0), &mail), 0);
	assert_int_equal(sl_worker_mail(sl_engine_worker(rig->engine, 0), &mail), 0);
	rig_settle(rig);
	assert_int_equal(taken[0], 1);
	assert_int_equal(rig_counter(rig, SL_COUNTER_MAILBOX_AGAIN), 1);
	rig_close(rig);
	free(rig);
}

static void passed_on_from_a_handler(void **state)
{
	struct rig *rig = open_rig(4);
	const struct sl_mail mail = {
		.id = {7, 7}, .from = 5, .to = 4000, .kind = 1, .body = sl_span_text("x")};

	(void)state;
	assert_int_equal(sl_worker_mail(sl_engine_worker(rig->engine, 0), &mail), 0);
	rig_settle(rig);
	assert_int_equal(taken[1], 1);
	assert_int_equal(taken[0], 1);
	assert_string_equal(last_body, "passed on");
	rig_close(rig);
	free(rig);
}

static void a_full_outbox_says_so(void **state)
{
	struct rig *rig = open_rig(1);
	int error = 0;
	unsigned n = 0;

	(void)state;
	while (!error && n < 100000) {
		const struct sl_mail mail = {
			.id = {n++, 3}, .from = 5, .to = 6, .body = sl_span_text("x")};

		error = sl_worker_mail(sl_engine_worker(rig->engine, 0), &mail);
	}
	assert_true(error < 0);
	rig_settle(rig);
	assert_int_equal(taken[0], n - 1); /* all that were taken were delivered */
	rig_close(rig);
	free(rig);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(delivered_once_and_cleared),
		cmocka_unit_test(the_same_id_counts_once),
		cmocka_unit_test(passed_on_from_a_handler),
		cmocka_unit_test(a_full_outbox_says_so),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
