#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "control/sink_kafka/topics_priv.h"

#include <string.h>

#define BIT(problem) (1u << KAFKA_##problem)

/* As it should be: six partitions, three replicas, two of which have to have a record. */
static const struct kafka_topic_facts good = {
	.name = "campaign.push",
	.partitions = 6,
	.replicas = 3,
	.in_sync = 3,
	.min_in_sync = 2,
};

static void a_good_topic_has_no_problem(void **state)
{
	(void)state;
	assert_int_equal(sl_kafka_topic_judge(&good, true), 0);
	assert_int_equal(sl_kafka_topic_judge(&good, false), 0);
}

static void each_problem_is_seen(void **state)
{
	static const struct {
		struct kafka_topic_facts facts; /* what is 0 is as in a good one */
		bool acks_less;
		unsigned found;
	} cases[] = {
		{{.error = RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART}, false, BIT(MISSING)},
		{{.error = RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC}, false, BIT(MISSING)},
		{{.error = RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED}, false, BIT(FORBIDDEN)},
		{{.error = RD_KAFKA_RESP_ERR_INVALID_REPLICATION_FACTOR}, false, BIT(UNTOLD)},
		{{.partitions = -1}, false, BIT(UNTOLD)},
		{{.leaderless = 2}, false, BIT(LEADERLESS)},
		{{.partitions = 1}, false, BIT(ONE_PARTITION)},
		{{.partitions = 1, .dead_letter = true}, false, 0},
		{{.replicas = 1, .in_sync = 1, .min_in_sync = 1}, false, BIT(ONE_REPLICA)},
		{{.replicas = 1, .in_sync = 1, .min_in_sync = 2},
		 false,
		 BIT(ONE_REPLICA) | BIT(NEVER_ENOUGH)},
		{{.min_in_sync = 4}, false, BIT(NEVER_ENOUGH)},
		{{.min_in_sync = 4}, true, 0},
		{{.in_sync = 1}, false, BIT(OUT_OF_SYNC)},
		{{.in_sync = 2}, false, 0},
		{{.min_in_sync = 1}, false, BIT(LEADER_ALONE)},
		{{.min_in_sync = 1}, true, 0},
		{{.min_in_sync = 3}, false, BIT(NO_SPARE)},
		{{.min_in_sync = -1}, false, BIT(CONFIG_UNTOLD)},
		{{.min_in_sync = -1}, true, 0},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct kafka_topic_facts facts = cases[i].facts;
		unsigned found;

		facts.partitions = facts.partitions ? facts.partitions : good.partitions;
		facts.replicas = facts.replicas ? facts.replicas : good.replicas;
		facts.in_sync = facts.in_sync ? facts.in_sync : good.in_sync;
		facts.min_in_sync = facts.min_in_sync ? facts.min_in_sync : good.min_in_sync;
		found = sl_kafka_topic_judge(&facts, !cases[i].acks_less);
		if (found != cases[i].found)
			fail_msg("case %zu: %x, expected %x", i, found, cases[i].found);
	}
}

static void each_problem_has_a_name_and_a_sentence(void **state)
{
	char sentence[SL_KAFKA_PROBLEM_BYTES];

	(void)state;
	for (unsigned i = 0; i < KAFKA_PROBLEMS; i++) {
		assert_non_null(sl_kafka_problem_code((enum kafka_problem)i));
		sl_kafka_problem_sentence(&good, (enum kafka_problem)i, sentence);
		assert_true(strlen(sentence) > 20);
		assert_true(strlen(sentence) < sizeof(sentence) - 1);
		for (unsigned j = 0; j < i; j++)
			assert_string_not_equal(sl_kafka_problem_code((enum kafka_problem)i),
						sl_kafka_problem_code((enum kafka_problem)j));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_good_topic_has_no_problem),
		cmocka_unit_test(each_problem_is_seen),
		cmocka_unit_test(each_problem_has_a_name_and_a_sentence),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
