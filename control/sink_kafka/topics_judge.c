/* What is wrong with a topic, by what Kafka tells of it. */
#include "control/sink_kafka/topics_priv.h"

#include <stdio.h>

static const char *const codes[KAFKA_PROBLEMS] = {
	[KAFKA_MISSING] = "missing",
	[KAFKA_FORBIDDEN] = "forbidden",
	[KAFKA_UNTOLD] = "untold",
	[KAFKA_LEADERLESS] = "leaderless",
	[KAFKA_ONE_PARTITION] = "one_partition",
	[KAFKA_ONE_REPLICA] = "one_replica",
	[KAFKA_NEVER_ENOUGH] = "never_enough_replicas",
	[KAFKA_OUT_OF_SYNC] = "out_of_sync",
	[KAFKA_LEADER_ALONE] = "leader_alone",
	[KAFKA_NO_SPARE] = "no_spare_replica",
	[KAFKA_CONFIG_UNTOLD] = "config_untold",
};

const char *sl_kafka_problem_code(enum kafka_problem problem)
{
	return codes[problem];
}

/* What acks=all is worth there. */
static unsigned judge_replicas(const struct kafka_topic_facts *facts)
{
	unsigned found = 0;

	if (facts->min_in_sync < 0)
		found |= 1u << KAFKA_CONFIG_UNTOLD;
	else if (facts->min_in_sync > facts->replicas)
		found |= 1u << KAFKA_NEVER_ENOUGH;
	else if (facts->replicas > 1 && facts->min_in_sync <= 1)
		found |= 1u << KAFKA_LEADER_ALONE;
	else if (facts->replicas > 1 && facts->min_in_sync == facts->replicas)
		found |= 1u << KAFKA_NO_SPARE;
	if (facts->min_in_sync <= facts->replicas && facts->in_sync < facts->min_in_sync)
		found |= 1u << KAFKA_OUT_OF_SYNC;
	return found;
}

unsigned sl_kafka_topic_judge(const struct kafka_topic_facts *facts, bool acks_all)
{
	unsigned found = 0;

	if (facts->error == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART ||
	    facts->error == RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC)
		return 1u << KAFKA_MISSING;
	if (facts->error == RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED)
		return 1u << KAFKA_FORBIDDEN;
	if (facts->error || facts->partitions < 1)
		return 1u << KAFKA_UNTOLD;
	if (facts->leaderless)
		found |= 1u << KAFKA_LEADERLESS;
	if (facts->partitions == 1 && !facts->dead_letter)
		found |= 1u << KAFKA_ONE_PARTITION;
	if (facts->replicas == 1)
		found |= 1u << KAFKA_ONE_REPLICA;
	return found | (acks_all ? judge_replicas(facts) : 0);
}

#define SAY(...)                                                                                   \
	do {                                                                                       \
		snprintf(ret_sentence, SL_KAFKA_PROBLEM_BYTES, __VA_ARGS__);                       \
		return;                                                                            \
	} while (0)

void sl_kafka_problem_sentence(const struct kafka_topic_facts *facts, enum kafka_problem problem,
			       char ret_sentence[SL_KAFKA_PROBLEM_BYTES])
{
	switch (problem) {
	case KAFKA_MISSING:
		SAY("it does not exist; create it. Records for it wait in the journal meanwhile, "
		    "and those behind them");
	case KAFKA_FORBIDDEN:
		SAY("Kafka does not show it to this user; give it the rights Describe and Write "
		    "there");
	case KAFKA_UNTOLD:
		SAY("Kafka does not tell about it: %s", rd_kafka_err2str(facts->error));
	case KAFKA_LEADERLESS:
		SAY("%d of its %d partitions have no leader: records for them wait; see which "
		    "brokers are away",
		    facts->leaderless, facts->partitions);
	case KAFKA_ONE_PARTITION:
		SAY("it has one partition, so that its consumers cannot share the work; give it "
		    "more");
	case KAFKA_ONE_REPLICA:
		SAY("it has one replica: what was delivered is lost with the disk of that broker; "
		    "three are usual");
	case KAFKA_NEVER_ENOUGH:
		SAY("min.insync.replicas is %d and it has %d: with acks=all Kafka takes no record "
		    "at all. Give it more replicas, or lower min.insync.replicas",
		    facts->min_in_sync, facts->replicas);
	case KAFKA_OUT_OF_SYNC:
		SAY("a partition has %d replicas in sync and min.insync.replicas is %d: its "
		    "records wait until more brokers are back",
		    facts->in_sync, facts->min_in_sync);
	case KAFKA_LEADER_ALONE:
		SAY("min.insync.replicas is %d: with its followers away, the leader alone "
		    "acknowledges, and what was delivered is lost with it; set "
		    "min.insync.replicas=2",
		    facts->min_in_sync);
	case KAFKA_NO_SPARE:
		SAY("min.insync.replicas is %d, and so many replicas it has: delivery waits "
		    "whenever one broker is away; set min.insync.replicas=%d",
		    facts->min_in_sync, facts->min_in_sync - 1);
	case KAFKA_CONFIG_UNTOLD:
		SAY("its min.insync.replicas cannot be read (%s), so nobody has checked that "
		    "acks=all means two replicas; give this user the right DescribeConfigs there",
		    rd_kafka_err2str(facts->config_error));
	case KAFKA_PROBLEMS:
		break;
	}
	ret_sentence[0] = '\0';
}
