#include "fixture.h"

#include <errno.h>

#include "base/counters.h"
#include "control/dataplane/campaign_counts.h"
#include "sluice/error.h"

struct page {
	struct sl_stats_header header;
	struct sl_stats_worker workers[2];
	struct sl_stats_campaigns campaigns[2];
};

static struct page page;

static void make(void)
{
	memset(&page, 0, sizeof(page));
	memcpy(page.header.magic, SL_STATS_MAGIC, sizeof(page.header.magic));
	page.header.version = SL_STATS_VERSION;
	page.header.workers = 2;
	page.header.life_ns = 77;
	page.header.worker_bytes = sizeof(struct sl_stats_worker);
}

static void add(unsigned worker, const char *name, uint64_t matches)
{
	struct sl_stats_campaigns *table = &page.campaigns[worker];
	struct sl_stats_campaign *entry = &table->campaign[sl_stat_get(&table->used)];

	memcpy(entry->name, name, strlen(name));
	entry->name_bytes = strlen(name);
	sl_stat_set(&entry->matches, matches);
	sl_stat_add(&table->used, 1);
}

static int read_back(struct fixture *fixture, struct sl_campaign_counts *counts)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/page", fixture->directory);
	assert_int_equal(sl_file_replace(path, &page, sizeof(page)), 0);
	return sl_campaign_counts_read(path, counts);
}

static void is(const struct sl_campaign_counts *counts, size_t i, const char *name,
	       uint64_t matches)
{
	assert_true(i < counts->n);
	assert_int_equal(counts->at[i].name_bytes, strlen(name));
	assert_memory_equal(counts->at[i].name, name, strlen(name));
	assert_int_equal(counts->at[i].matches, matches);
}

static void workers_are_summed_by_name(void **state)
{
	struct sl_campaign_counts counts;
	struct fixture fixture;

	(void)state;
	fixture_open(&fixture);
	make();
	add(0, "salary", 3);
	add(0, "loan", 5);
	add(1, "loan-abandoned", 6);
	add(1, "loan", 2);
	add(1, "atm", 3);
	sl_stat_set(&page.campaigns[0].others, 10);
	sl_stat_set(&page.campaigns[1].others, 1);
	assert_int_equal(read_back(&fixture, &counts), 0);
	assert_int_equal(counts.life_ns, 77);
	assert_int_equal(counts.others, 11);
	assert_int_equal(counts.n, 4);
	is(&counts, 0, "loan", 7);
	is(&counts, 1, "loan-abandoned", 6);
	is(&counts, 2, "atm", 3);
	is(&counts, 3, "salary", 3);
	sl_campaign_counts_fini(&counts);
	fixture_close(&fixture);
}

static void nothing_matched_yet(void **state)
{
	struct sl_campaign_counts counts;
	struct fixture fixture;

	(void)state;
	fixture_open(&fixture);
	make();
	assert_int_equal(read_back(&fixture, &counts), 0);
	assert_int_equal(counts.n, 0);
	assert_int_equal(counts.others, 0);
	sl_campaign_counts_fini(&counts);
	fixture_close(&fixture);
}

static void full_tables_are_read_and_damaged_ones_refused(void **state)
{
	struct sl_campaign_counts counts;
	struct fixture fixture;
	char name[32];

	(void)state;
	fixture_open(&fixture);
	make();
	for (unsigned i = 0; i < SL_STATS_CAMPAIGNS_MAX; i++) {
		snprintf(name, sizeof(name), "campaign-%u", i);
		add(0, name, i + 1);
	}
	assert_int_equal(read_back(&fixture, &counts), 0);
	assert_int_equal(counts.n, SL_STATS_CAMPAIGNS_MAX);
	is(&counts, 0, "campaign-4095", 4096);
	sl_campaign_counts_fini(&counts);
	sl_stat_add(&page.campaigns[0].used, 1);
	assert_int_equal(read_back(&fixture, &counts), -SL_E_DAMAGED);
	make();
	add(1, "loan", 1);
	page.campaigns[1].campaign[0].name_bytes = SL_STATS_CAMPAIGN_BYTES + 1;
	assert_int_equal(read_back(&fixture, &counts), -SL_E_DAMAGED);
	assert_int_equal(sl_campaign_counts_read("/nonexistent", &counts), -ENOENT);
	fixture_close(&fixture);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(workers_are_summed_by_name),
		cmocka_unit_test(nothing_matched_yet),
		cmocka_unit_test(full_tables_are_read_and_damaged_ones_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
