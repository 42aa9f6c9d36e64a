/* A process commits numbered records and tells, over a pipe, up to which they are committed; it is
 * killed; everything told must be there, in order, and nothing twice. */
#include "fixture.h"

#include <signal.h>
#include <time.h>

static void write_until_killed(struct fixture *f, uint64_t next, int told)
{
	struct sl_store_worker *worker;
	uint64_t batch_last[8] = {0}, reported = 0;

	if (fixture_open(f) < 0 || sl_store_start(f->store) < 0)
		_exit(1);
	worker = sl_store_worker(f->store, 0);
	for (;;) {
		uint64_t committed;

		if (append_seen(f, 0, next)) {
			batch_last[sl_store_pending(worker) % 8] = next++;
			sl_store_seal(worker, next % 7 == 0);
		} else {
			usleep(100);
		}
		committed = sl_store_committed(worker);
		if (committed > reported) {
			reported = committed;
			if (write(told, &batch_last[committed % 8], 8) != 8)
				_exit(1);
		}
	}
}

/* One record a commit, each told before the next is sealed. */
static void write_one_by_one(struct fixture *f, uint64_t next, int told)
{
	struct sl_store_worker *worker;

	if (fixture_open(f) < 0 || sl_store_start(f->store) < 0)
		_exit(1);
	worker = sl_store_worker(f->store, 0);
	for (;; next++) {
		append_seen(f, 0, next);
		sl_store_seal(worker, true);
		while (sl_store_committed(worker) < sl_store_pending(worker))
			usleep(50);
		if (write(told, &next, 8) != 8)
			_exit(1);
	}
}

/* When a writer is killed: so long after it told so many numbers. The first of them may take any
 * time to come. */
struct kill_when {
	unsigned told, then_us;
};

/* Runs a writer until it dies, by its failpoint or else by our hand; returns the last number that
 * it told. */
static uint64_t run_writer(struct fixture *f, uint64_t next, const char *failpoint,
			   struct kill_when when)
{
	uint64_t number, last = next - 1;
	int told[2], status;
	pid_t child;

	assert_int_equal(pipe(told), 0);
	child = fork();
	if (child == 0) {
		close(told[0]);
		if (failpoint)
			setenv("SLUICE_FAILPOINT", failpoint, 1);
		(failpoint ? write_one_by_one : write_until_killed)(f, next, told[1]);
	}
	close(told[1]);
	while ((failpoint || when.told--) && read(told[0], &number, 8) == 8)
		last = number;
	if (!failpoint) {
		usleep(when.then_us);
		kill(child, SIGKILL);
	}
	while (read(told[0], &number, 8) == 8)
		last = number;
	close(told[0]);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
	return last;
}

#define NOT_BY_US ((struct kill_when){0})

static void expect_up_to(struct fixture *f, uint64_t told, uint64_t *ret_next)
{
	must_open(f);
	if (fixture_recover(f) < 0)
		fail_msg("%s", f->why);
	assert_true(f->in_order);
	assert_true(f->last_ordinal >= told);
	*ret_next = f->last_ordinal + 1;
	fixture_close(f);
}

static void test_killed_at_random(void **state)
{
	struct fixture *f = *state;
	unsigned seed = (unsigned)time(NULL);
	uint64_t next = 1;

	print_message("seed %u\n", seed);
	f->config.map_bytes = 64 << 20;
	for (unsigned i = 0; i < 12; i++) {
		const struct kill_when when = {1 + (unsigned)rand_r(&seed) % 100,
					       (unsigned)rand_r(&seed) % 5000};

		expect_up_to(f, run_writer(f, next, NULL, when), &next);
	}
	assert_true(next > 12);
}

static void test_killed_before_commit(void **state)
{
	struct fixture *f = *state;
	uint64_t next = 1;

	assert_int_equal(run_writer(f, next, "before_commit:3", NOT_BY_US), 2);
	expect_up_to(f, 2, &next);
	/* what was being committed is not there, for nobody was told of it */
	assert_int_equal(next, 3);
}

static void test_killed_after_commit(void **state)
{
	struct fixture *f = *state;
	uint64_t next = 1;

	assert_int_equal(run_writer(f, next, "committed:3", NOT_BY_US), 2);
	expect_up_to(f, 2, &next);
	assert_int_equal(next, 4); /* there, though nobody was told of it */
}

static void test_killed_after_trimming(void **state)
{
	struct fixture *f = *state;
	uint64_t next = 1, told;

	expect_up_to(f, run_writer(f, next, "committed:50", NOT_BY_US), &next);
	save_cursor(f, "forwarder", 10);
	told = run_writer(f, next, "trimmed", NOT_BY_US);
	must_open(f);
	assert_int_equal(fixture_recover(f), 1); /* no snapshot: it says so */
	assert_true(f->last_ordinal >= told);
	assert_false(f->in_order); /* the first ones are gone */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_killed_at_random, fixture_set_up,
						fixture_tear_down),
		cmocka_unit_test_setup_teardown(test_killed_before_commit, fixture_set_up,
						fixture_tear_down),
		cmocka_unit_test_setup_teardown(test_killed_after_commit, fixture_set_up,
						fixture_tear_down),
		cmocka_unit_test_setup_teardown(test_killed_after_trimming, fixture_set_up,
						fixture_tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
