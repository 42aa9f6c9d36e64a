#include "fixture.h"

#include <errno.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/counters.h"
#include "control/dataplane/stats_page.h"
#include "sluice/error.h"

struct page {
	struct sl_stats_header header;
	struct sl_stats_worker workers[2];
	struct sl_stats_campaigns campaigns[2];
};

static void make(struct page *page)
{
	memset(page, 0, sizeof(*page));
	memcpy(page->header.magic, SL_STATS_MAGIC, sizeof(page->header.magic));
	page->header.version = SL_STATS_VERSION;
	page->header.workers = 2;
	page->header.bytes = sizeof(*page);
	page->header.channels = 1;
	page->header.worker_bytes = sizeof(struct sl_stats_worker);
	strcpy(page->header.channel_names[0], "web");
	sl_stat_set(&page->header.store.position, 9);
	for (unsigned i = 0; i < 2; i++) {
		sl_stat_set(&page->workers[i].ledger[0][SL_LEDGER_RECEIVED], 10 + i);
		sl_stat_set(&page->workers[i].reasons[0][SL_WHY_TOO_LARGE], 1);
		sl_stat_set(&page->workers[i].counters[SL_COUNTER_MATCHES], 5);
		sl_stat_set(&page->workers[i].ruleset, 3 + i);
		sl_stat_set(&page->workers[i].heartbeat, 100 + i);
		sl_stat_set(&page->workers[i].generation, 2);
		sl_stat_set(&page->workers[i].gates[SL_GATE_VALIDITY], 4);
		sl_durations_note(&page->workers[i].stages[SL_STAGE_WHOLE], 1000 << i, 3);
	}
}

static int read_back(struct fixture *fixture, const struct page *page, size_t bytes,
		     struct sl_stats_copy *copy)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/page", fixture->directory);
	assert_int_equal(sl_file_replace(path, page, bytes), 0);
	return sl_stats_page_read(path, copy);
}

static void workers_are_summed(void **state)
{
	static struct sl_stats_copy copy;
	static struct page page;
	struct fixture fixture;

	(void)state;
	fixture_open(&fixture);
	make(&page);
	assert_int_equal(read_back(&fixture, &page, sizeof(page), &copy), 0);
	assert_int_equal(copy.ledger[0][SL_LEDGER_RECEIVED], 21);
	assert_int_equal(copy.reasons[0][SL_WHY_TOO_LARGE], 2);
	assert_int_equal(copy.counters[SL_COUNTER_MATCHES], 10);
	assert_int_equal(copy.gates[SL_GATE_VALIDITY], 8);
	assert_int_equal(copy.stages[SL_STAGE_WHOLE].count, 6);
	assert_int_equal(copy.stages[SL_STAGE_WHOLE].sum_ns, 9000);
	assert_int_equal(copy.stages[SL_STAGE_WHOLE].max_ns, 2000);
	assert_int_equal(copy.stages[SL_STAGE_DECODED].count, 0);
	assert_int_equal(copy.ruleset_least, 3);
	assert_int_equal(copy.ruleset_most, 4);
	assert_int_equal(copy.worker[1].ruleset, 4);
	assert_int_equal(copy.worker[1].heartbeat, 101);
	assert_int_equal(copy.worker[1].generation, 2);
	assert_int_equal(copy.position, 9);
	assert_string_equal(copy.channel_names[0], "web");
	fixture_close(&fixture);
}

static void other_pages_are_refused(void **state)
{
	static struct sl_stats_copy copy;
	static struct page page;
	struct fixture fixture;

	(void)state;
	fixture_open(&fixture);
	assert_int_equal(sl_stats_page_read("/nonexistent", &copy), -ENOENT);
	make(&page);
	assert_int_equal(read_back(&fixture, &page, 10, &copy), -SL_E_TRUNCATED);
	assert_int_equal(read_back(&fixture, &page, sizeof(page) - 1, &copy), -SL_E_TRUNCATED);
	page.header.magic[0] = 'X';
	assert_int_equal(read_back(&fixture, &page, sizeof(page), &copy), -SL_E_FORMAT);
	make(&page);
	page.header.version++;
	assert_int_equal(read_back(&fixture, &page, sizeof(page), &copy), -SL_E_VERSION);
	make(&page);
	page.header.worker_bytes += 64;
	assert_int_equal(read_back(&fixture, &page, sizeof(page), &copy), -SL_E_VERSION);
	make(&page);
	page.header.workers = 0xffffffff;
	assert_int_equal(read_back(&fixture, &page, sizeof(page), &copy), -SL_E_TRUNCATED);
	make(&page);
	page.header.channels = SL_CHANNELS_MAX + 1;
	assert_int_equal(read_back(&fixture, &page, sizeof(page), &copy), -SL_E_TRUNCATED);
	fixture_close(&fixture);
}

static void a_page_outlives_its_process(void **state)
{
	const pid_t child = fork();
	struct fixture fixture;
	static struct page page;
	char path[128];

	(void)state;
	if (!child)
		_exit(0);
	assert_int_equal(waitpid(child, NULL, 0), child);
	fixture_open(&fixture);
	snprintf(path, sizeof(path), "%s/page", fixture.directory);
	assert_false(sl_stats_page_is_of_running(path));
	make(&page);
	page.header.pid = getpid();
	sl_stat_set(&page.header.store.state, SL_STATE_STARTING);
	assert_int_equal(sl_file_replace(path, &page, sizeof(page)), 0);
	assert_false(sl_stats_page_is_of_running(path));
	sl_stat_set(&page.header.store.state, SL_STATE_RUNNING);
	assert_int_equal(sl_file_replace(path, &page, sizeof(page)), 0);
	assert_true(sl_stats_page_is_of_running(path));
	page.header.pid = child;
	assert_int_equal(sl_file_replace(path, &page, sizeof(page)), 0);
	assert_false(sl_stats_page_is_of_running(path));
	fixture_close(&fixture);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(workers_are_summed),
		cmocka_unit_test(other_pages_are_refused),
		cmocka_unit_test(a_page_outlives_its_process),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
