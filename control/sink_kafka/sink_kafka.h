/* sink_kafka: matches as records in Kafka.
 *
 * - A consumer of the journal that settles by delivery reports: see control/journal/consumer.h. The
 *   cursor follows the oldest record that no report has come for, whatever order reports come in.
 * - What Kafka takes late is waited for without end, and meanwhile the journal fills until sources
 *   are told to wait. What it refuses for itself (too large, malformed) goes to the dead-letter
 *   topic with the reason, and the others flow. After a fatal error, or a topic that does not
 *   exist, the producer is made anew and everything behind the cursor is produced again: at least
 *   once, with the same ids.
 * - Properties are librdkafka's own, by its names, whatever they are; those that the sink depends
 *   on have defaults here, below them.
 * - One thread, librdkafka's own beside it. Memory: librdkafka's queue, as its properties bound it.
 */
#ifndef SL_CONTROL_SINK_KAFKA_H
#define SL_CONTROL_SINK_KAFKA_H

#include "base/durations.h"
#include "control/journal/consumer.h"
#include "sluice/error.h"

#include <stddef.h>

#define SL_KAFKA_TOPIC_MAX 249u /* Kafka's own bound */

struct sl_kafka_property {
	const char *name, *value;
};

struct sl_sink_kafka_config {
	const char *topic;       /* {channel}, {campaign} and {template} are filled in */
	const char *dead_letter; /* topic; "": what is refused for itself is tried again for ever */
	const struct sl_kafka_property *properties;
	unsigned n_properties;
	struct sl_consumer_stats *stats;
	_Atomic uint64_t *dead_letters; /* counts what went there */
	struct sl_durations *stages;    /* SL_SINK_STAGE_COUNT; the sink's thread writes */
};

struct sl_sink_kafka;

extern const struct sl_consumer_ops sl_sink_kafka_ops;

/* Texts of the config outlive the sink. -SL_E_SETTINGS with a sentence where librdkafka does not
 * take a property. Nothing is connected to before the first record. */
int sl_sink_kafka_new(const struct sl_sink_kafka_config *config, struct sl_sink_kafka **ret_sink,
		      char ret_why[SL_SENTENCE_BYTES]);
void sl_sink_kafka_free(struct sl_sink_kafka *sink); /* takes NULL */

/* Whether a property's value may not be shown. */
bool sl_kafka_is_secret(const char *property);

/* In the place of a secret value. */
#define SL_KAFKA_MASK "****"

/* The properties that a producer of that config has in effect, secret values masked: the library's
 * own, ours below the settings', and those of the settings. Topic, stats and the like of the config
 * are not looked at. -SL_E_SETTINGS or -ENOMEM. */
enum sl_kafka_origin { SL_KAFKA_FROM_LIBRARY, SL_KAFKA_FROM_SLUICE, SL_KAFKA_FROM_SETTINGS };

typedef void sl_kafka_each_property(void *context, const char *name, const char *value,
				    enum sl_kafka_origin origin);

int sl_kafka_properties(const struct sl_sink_kafka_config *config, sl_kafka_each_property *each,
			void *context);

/* The topic of a match, terminated; characters that Kafka does not take become '_'. False: longer
 * than Kafka allows, or empty. */
bool sl_kafka_topic(const char *form, const struct sl_match_view *match,
		    char ret_topic[SL_KAFKA_TOPIC_MAX + 1]);

#endif
