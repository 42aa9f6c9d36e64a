/* What the files of this folder share: the producer, and the reports that are still to come. */
#ifndef SL_CONTROL_SINK_KAFKA_PRIV_H
#define SL_CONTROL_SINK_KAFKA_PRIV_H

#include "control/delivery/delivery.h"
#include "control/sink_kafka/sink_kafka.h"

#include <librdkafka/rdkafka.h>
#include <stdbool.h>

/* Walks of the journal whose records are under way. */
#define KAFKA_BATCHES 1024u
/* No more is read from the journal while so many records are under way. */
#define KAFKA_OUTSTANDING_MAX 16384

/* The records of one walk. */
struct kafka_batch {
	uint64_t position;    /* of the journal once all of them are acknowledged */
	uint32_t outstanding; /* without a report */
	uint32_t records;
};

struct sl_sink_kafka {
	struct sl_sink_kafka_config config;
	rd_kafka_t *producer; /* NULL: to be made */
	rd_kafka_topic_t
		*topic; /* the last one that was sent to; NULL: none, or another producer's */
	char topic_name[SL_KAFKA_TOPIC_MAX + 1];
	rd_kafka_t *single; /* for what was refused in a batch; NULL: not needed yet */
	struct kafka_batch batches[KAFKA_BATCHES];
	uint64_t head, tail;         /* numbers of the oldest and of the one that is filled */
	int64_t handed_committed_ns; /* of the records handed over since the clock was asked */
	uint64_t n_handed;
	int error; /* what makes it begin again from the cursor; 0: nothing */
	uint64_t errors_logged;
	int64_t complained_ns;
	struct sl_delivery_room texts;
	char value[SL_DELIVERY_VALUE_BYTES];
};

/* By which way a record goes; part of its opaque, two bits. */
enum kafka_try { KAFKA_TOGETHER, KAFKA_ALONE, KAFKA_BURIED, KAFKA_BURIED_BARE };

/* Whether it stands below the settings' own, in producer.c. */
bool sl_kafka_is_our_default(const char *property);

/* Defaults and properties, for a client of any kind; the caller destroys it or gives it away.
 * -SL_E_SETTINGS with a sentence. */
int sl_kafka_conf_new(const struct sl_sink_kafka_config *config, rd_kafka_conf_t **ret_conf,
		      char ret_why[SL_SENTENCE_BYTES]);

/* The property acks as it is in effect, terminated. False: it cannot be told. */
bool sl_kafka_acks(const struct sl_sink_kafka_config *config, char *ret_acks, size_t room);

/* single: one whose batches have one record. -SL_E_SETTINGS with a sentence. */
int sl_kafka_producer_new(struct sl_sink_kafka *sink, bool single, rd_kafka_t **ret_producer,
			  char ret_why[SL_SENTENCE_BYTES]);

static inline void *sl_kafka_opaque(uint64_t batch, enum kafka_try try)
{
	return (void *)(uintptr_t)(batch << 2 | try);
}

static inline struct kafka_batch *sl_kafka_batch(struct sl_sink_kafka *sink, uint64_t number)
{
	return &sink->batches[number % KAFKA_BATCHES];
}

/* What Kafka will not take however often it is sent. */
bool sl_kafka_is_refused_for_itself(rd_kafka_resp_err_t error);

/* A record that was refused for itself. */
struct kafka_letter {
	const void *key, *value;
	size_t key_bytes, value_bytes;
	const rd_kafka_headers_t *headers; /* NULL: none */
	const char *topic;                 /* that refused it */
	rd_kafka_resp_err_t error;
};

/* True: it is under way by a way after the one tried, as another record of the same batch. */
bool sl_kafka_try_next(struct sl_sink_kafka *sink, const struct kafka_letter *letter,
		       uint64_t batch, enum kafka_try tried);

/* A record's report, for the callback of the producers. */
void sl_kafka_reported(struct sl_sink_kafka *sink, const rd_kafka_message_t *message);

/* Says what is wrong, at most once in a few seconds. */
void sl_kafka_complain(struct sl_sink_kafka *sink, const char *what, const char *why);

#endif
