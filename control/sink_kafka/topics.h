/* topics: whether the topics that matches go to are what the sink counts on.
 *
 * - A thread of its own looks: a moment after the start, when another rule set is in force, when it
 *   is asked to, and again for as long as something is wrong or Kafka does not answer. It only
 *   looks and says: nothing waits for it, and nothing is refused because of it.
 * - Each problem is logged once, and once more when it is gone. A look has its time limits; a stop
 *   waits for one call of librdkafka at most (2 s).
 * - Which topics: those of the campaigns of the rule set in force, and the dead-letter topic; at
 *   most SL_KAFKA_TOPICS_MAX of them. Topics are never created by looking.
 * - Memory: the rule set's artifact, while its campaigns are read. */
#ifndef SL_CONTROL_SINK_KAFKA_TOPICS_H
#define SL_CONTROL_SINK_KAFKA_TOPICS_H

#include "control/journal/trouble.h"
#include "control/sink_kafka/sink_kafka.h"

#include <stdint.h>

#define SL_KAFKA_TOPICS_MAX 1000u
#define SL_KAFKA_PROBLEMS_SHOWN 16u
#define SL_KAFKA_PROBLEM_BYTES 400u

struct sl_kafka_topics;

enum sl_kafka_topics_state {
	SL_KAFKA_TOPICS_NOT_ASKED, /* or there is no rule set yet */
	SL_KAFKA_TOPICS_ASKED,
	SL_KAFKA_TOPICS_UNREACHABLE,
};

struct sl_kafka_problem {
	char topic[SL_KAFKA_TOPIC_MAX + 1]; /* "": not of one topic */
	const char *code;                   /* "missing", …: stable, for scripts */
	char message[SL_KAFKA_PROBLEM_BYTES];
};

struct sl_kafka_topics_view {
	enum sl_kafka_topics_state state;
	uint64_t looks; /* that Kafka answered */
	unsigned topics;
	bool more;         /* than were looked at */
	unsigned problems; /* all of them; shown are the first */
	struct sl_kafka_problem shown[SL_KAFKA_PROBLEMS_SHOWN];
};

/* The sink's config and `rulesets`, the directory of rule sets, outlive it. `trouble` is taken away
 * by a look that Kafka answers; what still is so will be said again. */
int sl_kafka_topics_start(const struct sl_sink_kafka_config *config, const char *rulesets,
			  struct sl_trouble *trouble, struct sl_kafka_topics **ret_topics);
void sl_kafka_topics_stop(struct sl_kafka_topics *topics); /* frees it; takes NULL */

/* Any thread. A look begins soon. */
void sl_kafka_topics_ask_again(struct sl_kafka_topics *topics);
void sl_kafka_topics_look(struct sl_kafka_topics *topics, struct sl_kafka_topics_view *ret_view);

#endif
