/* Matches of each campaign, and decisions by their gates. */
#include "rig.h"

#include "base/counters.h"
#include "worker/worker_priv.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define JSON "application/json"
#define EVENT(id, type, customer)                                                                  \
	"{\"id\":\"" id "\",\"type\":\"" type "\",\"customer\":\"" customer "\",\"amount\":7}"

static const char *const CAMPAIGNS = "campaign: pay\n"
				     "kind: service\n"
				     "match: type == \"card.payment\"\n"
				     "send: {channel: push, template: T}\n"
				     "---\n"
				     "campaign: over\n"
				     "kind: service\n"
				     "valid: {from: 2020-01-01, until: 2020-12-31}\n"
				     "match: type == \"card.payment\" && amount > 5\n"
				     "send: {channel: push, template: T}\n";

static const char *const OTHERS = "campaign: log\n"
				  "kind: service\n"
				  "match: type == \"login\"\n"
				  "send: {channel: push, template: T}\n"
				  "---\n"
				  "campaign: pay\n"
				  "kind: service\n"
				  "match: type == \"card.payment\" && amount > 1\n"
				  "send: {channel: push, template: T}\n";

static uint64_t matches_of(const struct rig *rig, const char *campaign)
{
	const struct sl_stats_campaigns *tables = sl_stats_page_campaigns(rig->config.stats);
	uint64_t n = 0;

	for (unsigned w = 0; w < rig->config.workers; w++) {
		for (uint64_t i = 0; i < sl_stat_get(&tables[w].used); i++) {
			const struct sl_stats_campaign *entry = &tables[w].campaign[i];

			if (entry->name_bytes == strlen(campaign) &&
			    !memcmp(entry->name, campaign, entry->name_bytes))
				n += sl_stat_get(&entry->matches);
		}
	}
	return n;
}

static uint64_t gate(const struct rig *rig, unsigned index)
{
	const struct sl_stats_worker *workers =
		(const struct sl_stats_worker *)(rig->config.stats + 1);
	uint64_t n = 0;

	for (unsigned w = 0; w < rig->config.workers; w++)
		n += sl_stat_get(&workers[w].gates[index]);
	return n;
}

static void a_campaign_keeps_its_count_over_rule_sets(void **state)
{
	(void)state;
	for (unsigned workers = 1; workers <= 4; workers *= 2) {
		struct rig *rig = calloc(1, sizeof(*rig));
		int connection;

		rig_open(rig, CAMPAIGNS, workers, false, false);
		connection = rig_connect(rig, 0);
		rig_post(rig, connection, JSON,
			 "[" EVENT("e1", "card.payment",
				   "C1") "," EVENT("e2", "card.payment",
						   "C2") "," EVENT("e3", "card.payment", "C3") "]");
		assert_int_equal(matches_of(rig, "pay"), 3);
		assert_int_equal(matches_of(rig, "over"), 0); /* decided, never matched */
		assert_int_equal(gate(rig, SL_GATE_SENT), 3);
		assert_int_equal(gate(rig, SL_GATE_VALIDITY), 3);
		assert_int_equal(rig_load(rig, OTHERS), 0);
		connection = rig_connect(rig, 0);
		rig_post(rig, connection, JSON,
			 "[" EVENT("e4", "login", "C1") "," EVENT("e5", "card.payment", "C2") "]");
		assert_int_equal(matches_of(rig, "pay"), 4);
		assert_int_equal(matches_of(rig, "log"), 1);
		assert_int_equal(rig_counter(rig, SL_COUNTER_MATCHES), 5);
		assert_int_equal(rig_counter(rig, SL_COUNTER_DECISIONS),
				 gate(rig, SL_GATE_SENT) + gate(rig, SL_GATE_VALIDITY));
		rig_close(rig);
		free(rig);
	}
}

static void count(struct rig *rig, const char *name)
{
	sl_campaigns_count(sl_engine_worker(rig->engine, 0),
			   (struct sl_text){.at = name, .bytes = (uint32_t)strlen(name)});
}

static void what_finds_no_place_is_counted_together(void **state)
{
	struct rig *rig = calloc(1, sizeof(*rig));
	const struct sl_stats_campaigns *table;
	char name[SL_STATS_CAMPAIGN_BYTES + 2];

	(void)state;
	rig_open(rig, CAMPAIGNS, 1, false, false);
	table = sl_stats_page_campaigns(rig->config.stats);
	memset(name, 'a', sizeof(name) - 1);
	name[sizeof(name) - 1] = 0;
	count(rig, name); /* longer than an entry */
	assert_int_equal(sl_stat_get(&table->used), 0);
	assert_int_equal(sl_stat_get(&table->others), 1);
	name[SL_STATS_CAMPAIGN_BYTES] = 0;
	count(rig, name);
	count(rig, name);
	assert_int_equal(matches_of(rig, name), 2);
	for (unsigned i = 1; i < SL_STATS_CAMPAIGNS_MAX; i++) {
		snprintf(name, sizeof(name), "campaign-%u", i);
		count(rig, name);
	}
	count(rig, "one-too-many");
	count(rig, "one-too-many");
	assert_int_equal(sl_stat_get(&table->used), SL_STATS_CAMPAIGNS_MAX);
	assert_int_equal(sl_stat_get(&table->others), 3);
	for (unsigned i = 1; i < SL_STATS_CAMPAIGNS_MAX; i++) {
		snprintf(name, sizeof(name), "campaign-%u", i);
		count(rig, name);
		assert_int_equal(matches_of(rig, name), 2);
	}
	rig_close(rig);
	free(rig);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_campaign_keeps_its_count_over_rule_sets),
		cmocka_unit_test(what_finds_no_place_is_counted_together),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
