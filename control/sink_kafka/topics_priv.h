/* What the files about topics share. */
#ifndef SL_CONTROL_SINK_KAFKA_TOPICS_PRIV_H
#define SL_CONTROL_SINK_KAFKA_TOPICS_PRIV_H

#include "control/sink_kafka/sink_kafka_priv.h"
#include "control/sink_kafka/topics.h"

/* ---- topics_names.c ------------------------------------------------------------------------- */

struct kafka_topic_names {
	char (*at)[SL_KAFKA_TOPIC_MAX + 1]; /* room for SL_KAFKA_TOPICS_MAX */
	unsigned n;
	unsigned dead_letter; /* which of them; n: none */
	bool more;            /* there are, than fit */
};

/* The topics of this form for the campaigns of an artifact, and the dead-letter topic. 0, -ENOENT
 * where there is no rule set yet, or what sl_artifact_open() says, with a sentence. */
int sl_kafka_topic_names(const struct sl_sink_kafka_config *config, const char *artifact_path,
			 struct kafka_topic_names *names, char ret_why[SL_SENTENCE_BYTES]);

/* ---- topics_ask.c --------------------------------------------------------------------------- */

struct kafka_topic_facts {
	const char *name;
	bool dead_letter;
	rd_kafka_resp_err_t error; /* of the topic as a whole */
	int partitions;
	int leaderless;                   /* of them */
	int replicas;                     /* of the partition that has fewest */
	int in_sync;                      /* of the partition that has fewest */
	int min_in_sync;                  /* -1: Kafka does not tell */
	rd_kafka_resp_err_t config_error; /* why not */
};

struct kafka_question {
	const struct sl_sink_kafka_config *config;
	struct kafka_topic_facts *facts; /* names are given */
	unsigned n;
	bool acks_all; /* then min.insync.replicas is asked too */
	bool (*stopping)(void *context);
	void *context;
};

/* 0, or -SL_E_KAFKA with a sentence where Kafka cannot be asked. */
int sl_kafka_topics_ask(const struct kafka_question *question, char ret_why[SL_SENTENCE_BYTES]);

/* ---- topics_judge.c ------------------------------------------------------------------------- */

enum kafka_problem {
	KAFKA_MISSING,
	KAFKA_FORBIDDEN,
	KAFKA_UNTOLD,
	KAFKA_LEADERLESS,
	KAFKA_ONE_PARTITION,
	KAFKA_ONE_REPLICA,
	KAFKA_NEVER_ENOUGH,
	KAFKA_OUT_OF_SYNC,
	KAFKA_LEADER_ALONE,
	KAFKA_NO_SPARE,
	KAFKA_CONFIG_UNTOLD,
	KAFKA_PROBLEMS
};

/* Those that records wait for. */
#define KAFKA_PROBLEMS_THAT_STOP                                                                   \
	(1u << KAFKA_MISSING | 1u << KAFKA_FORBIDDEN | 1u << KAFKA_UNTOLD |                        \
	 1u << KAFKA_LEADERLESS | 1u << KAFKA_NEVER_ENOUGH | 1u << KAFKA_OUT_OF_SYNC)

/* Bits of enum kafka_problem. acks_all: Kafka acknowledges when all replicas in sync have it. */
unsigned sl_kafka_topic_judge(const struct kafka_topic_facts *facts, bool acks_all);
/* "missing", … */
const char *sl_kafka_problem_code(enum kafka_problem problem);
/* What is wrong and what to do, without the topic's name. */
void sl_kafka_problem_sentence(const struct kafka_topic_facts *facts, enum kafka_problem problem,
			       char ret_sentence[SL_KAFKA_PROBLEM_BYTES]);

#endif
