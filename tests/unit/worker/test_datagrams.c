/* UDP: each datagram holds lines, nobody is answered, and all is counted. */
#include "rig.h"

#include "base/counters.h"
#include "sluice/reason.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define CAMPAIGN                                                                                   \
	"campaign: a\nkind: service\nmatch: type == \"x\"\nsend: {channel: push, template: T}\n"

static struct sl_io *io_of(const struct rig *rig)
{
	return sl_worker_io(sl_engine_worker(rig->engine, 0));
}

static void feed(struct rig *rig, int connection, const char *text, size_t n,
		 uint32_t datagram_bytes, bool truncated)
{
	char *copy = malloc(n + SL_SPAN_PADDING);

	assert_non_null(copy);
	memcpy(copy, text, n);
	memset(copy + n, 0xee, SL_SPAN_PADDING);
	rig->fed[rig->n_fed++] = copy;
	assert_int_equal(sl_io_mem_feed_datagrams(io_of(rig), (unsigned)connection,
						  sl_span_of((const uint8_t *)copy, n),
						  datagram_bytes, truncated),
			 0);
}

static struct rig *open_rig(const char *campaigns, int *ret_connection)
{
	struct rig *rig = calloc(1, sizeof(*rig));

	assert_non_null(rig);
	rig->udp = true;
	rig_open(rig, campaigns, 1, false, false);
	*ret_connection = rig_connect(rig, 0);
	return rig;
}

static void close_rig(struct rig *rig)
{
	rig_assert_adds_up(rig);
	rig_close(rig);
	free(rig);
}

static uint64_t reason(const struct rig *rig, unsigned reason)
{
	const struct sl_stats_worker *stats =
		(const struct sl_stats_worker *)(rig->config.stats + 1);

	return sl_stat_get(&stats->reasons[0][reason]);
}

static void lines_of_a_datagram(void **state)
{
	static const char three[] = "{\"id\":\"1\",\"type\":\"x\",\"customer\":\"C\"}\n"
				    "{\"id\":\"2\",\"type\":\"y\",\"customer\":\"C\"}\r\n\n"
				    "{\"id\":\"3\",\"type\":\"x\",\"customer\":\"C\"}";
	int connection;
	struct rig *rig = open_rig(CAMPAIGN, &connection);

	(void)state;
	feed(rig, connection, three, sizeof(three) - 1, 0, false);
	feed(rig, connection, "", 0, 0, false);
	feed(rig, connection, "{\"id\":\"4\"", 9, 0, false);
	rig_settle(rig);
	assert_int_equal(rig_counter(rig, SL_COUNTER_DATAGRAMS), 3);
	assert_int_equal(rig_ledger(rig, SL_LEDGER_RECEIVED), 4);
	assert_int_equal(rig_ledger(rig, SL_LEDGER_MATCHED), 2);
	assert_int_equal(rig_ledger(rig, SL_LEDGER_UNMATCHED), 1);
	assert_int_equal(rig_ledger(rig, SL_LEDGER_REFUSED), 1);
	assert_string_equal(rig_take(rig, 0, connection), "");
	close_rig(rig);
}

/* A line never goes on in the next datagram, though both came in one piece. */
static void taken_together_they_stay_apart(void **state)
{
	static const char two[] = "{\"id\":\"1\",\"type\":\"x\",\"customer\":\"C\"}"
				  "{\"id\":\"2\",\"type\":\"x\",\"customer\":\"C\"}"
				  "{\"id\":\"3\"";
	int connection;
	struct rig *rig = open_rig(CAMPAIGN, &connection);

	(void)state;
	feed(rig, connection, two, sizeof(two) - 1, 36, false);
	rig_settle(rig);
	assert_int_equal(rig_counter(rig, SL_COUNTER_DATAGRAMS), 3);
	assert_int_equal(rig_ledger(rig, SL_LEDGER_MATCHED), 2);
	assert_int_equal(rig_ledger(rig, SL_LEDGER_REFUSED), 1);
	close_rig(rig);
}

/* Its first line is whole, but who knows what was behind: one message, refused. */
static void truncated_is_one_refusal(void **state)
{
	static const char cut[] = "{\"id\":\"1\",\"type\":\"x\",\"customer\":\"C\"}\n{\"id\":";
	int connection;
	struct rig *rig = open_rig(CAMPAIGN, &connection);

	(void)state;
	feed(rig, connection, cut, sizeof(cut) - 1, 0, true);
	rig_settle(rig);
	assert_int_equal(rig_ledger(rig, SL_LEDGER_RECEIVED), 1);
	assert_int_equal(reason(rig, SL_WHY_DATAGRAM_TRUNCATED), 1);
	close_rig(rig);
}

static void the_kernels_drops_are_in_the_ledger(void **state)
{
	int connection;
	struct rig *rig = open_rig(CAMPAIGN, &connection);

	(void)state;
	sl_io_mem_drop(io_of(rig), (unsigned)connection, 7);
	rig_settle(rig);
	assert_int_equal(rig_ledger(rig, SL_LEDGER_RECEIVED), 7);
	assert_int_equal(rig_ledger(rig, SL_LEDGER_DROPPED), 7);
	assert_int_equal(reason(rig, SL_WHY_SOCKET_FULL), 7);
	close_rig(rig);
}

static void without_rules_they_are_dropped_by_name(void **state)
{
	int connection;
	struct rig *rig = open_rig(NULL, &connection);

	(void)state;
	feed(rig, connection, "{}\n{}", 5, 0, false);
	feed(rig, connection, "{", 1, 0, true);
	rig_settle(rig);
	assert_int_equal(rig_ledger(rig, SL_LEDGER_DROPPED), 3);
	assert_int_equal(reason(rig, SL_WHY_NO_RULES), 3);
	close_rig(rig);
}

/* More than a burst holds, in many datagrams, none of them lost. */
static void many(void **state)
{
	int connection;
	struct rig *rig = open_rig(CAMPAIGN, &connection);
	char text[128];

	(void)state;
	for (int i = 0; i < 1000; i++) {
		int n = sprintf(text, "{\"id\":\"e%d\",\"type\":\"x\",\"customer\":\"C%d\"}\n", i,
				i);

		feed(rig, connection, text, (size_t)n, 0, false);
		if (i % 60 == 59)
			rig_settle(rig);
	}
	rig_settle(rig);
	assert_int_equal(rig_ledger(rig, SL_LEDGER_MATCHED), 1000);
	close_rig(rig);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines_of_a_datagram),
		cmocka_unit_test(taken_together_they_stay_apart),
		cmocka_unit_test(truncated_is_one_refusal),
		cmocka_unit_test(the_kernels_drops_are_in_the_ledger),
		cmocka_unit_test(without_rules_they_are_dropped_by_name),
		cmocka_unit_test(many),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
