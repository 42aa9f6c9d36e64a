/* Making the producer: properties, callbacks. */
#include "control/sink_kafka/sink_kafka_priv.h"

#include "base/clock.h"
#include "base/log.h"

#include <stdio.h>
#include <string.h>

#define COMPLAIN_NS (5 * SL_NS_PER_S)

/* Below the settings' own. Idempotence keeps the order and makes retries single; a record's time is
 * never over, for what was committed here has to arrive. */
static const struct sl_kafka_property defaults[] = {
	{"client.id", "sluice"},
	{"enable.idempotence", "true"},
	{"acks", "all"},
	{"compression.codec", "lz4"},
	{"linger.ms", "2"},
	{"message.timeout.ms", "0"},
	{"queue.buffering.max.kbytes", "65536"},
	{"reconnect.backoff.max.ms", "2000"},
	{"topic.metadata.refresh.interval.ms", "30000"},
};

bool sl_kafka_is_our_default(const char *property)
{
	for (size_t i = 0; i < sizeof(defaults) / sizeof(defaults[0]); i++)
		if (!strcmp(defaults[i].name, property))
			return true;
	return false;
}

static const struct sl_kafka_property one_record = {"batch.num.messages", "1"};

static const char *const secret_words[] = {
	"password", "secret", "sasl.jaas", "key.pem", "oauthbearer.config", "certificate.pem"};

bool sl_kafka_is_secret(const char *property)
{
	for (size_t i = 0; i < sizeof(secret_words) / sizeof(secret_words[0]); i++)
		if (strstr(property, secret_words[i]))
			return true;
	return false;
}

void sl_kafka_complain(struct sl_sink_kafka *sink, const char *what, const char *why)
{
	int64_t now_ns = sl_clock_read(CLOCK_MONOTONIC);

	sl_trouble_set(&sink->config.stats->trouble, "%s: %s", what, why);
	sink->errors_logged++;
	if (sink->complained_ns && now_ns - sink->complained_ns < COMPLAIN_NS)
		return;
	sl_log_error("sink.kafka: %s: %s (%llu such messages so far)", what, why,
		     (unsigned long long)sink->errors_logged);
	sink->complained_ns = now_ns;
}

static void on_error(rd_kafka_t *producer, int error, const char *reason, void *opaque)
{
	struct sl_sink_kafka *sink = opaque;

	if (error == RD_KAFKA_RESP_ERR__FATAL) {
		char why[256];

		rd_kafka_fatal_error(producer, why, sizeof(why));
		sl_kafka_complain(sink, "the producer gives up and is made anew", why);
		sink->error = -SL_E_KAFKA;
		return;
	}
	sl_kafka_complain(sink, rd_kafka_err2name((rd_kafka_resp_err_t)error), reason);
}

static void on_report(rd_kafka_t *producer, const rd_kafka_message_t *message, void *opaque)
{
	(void)producer;
	sl_kafka_reported(opaque, message);
}

/* What librdkafka says on its own threads; what matters comes by on_error() too. */
static void on_log(const rd_kafka_t *producer, int level, const char *facility, const char *text)
{
	(void)producer;
	if (level <= 3) /* errors and worse, as syslog counts */
		sl_log_warning("librdkafka %s: %s", facility, text);
}

static int set(rd_kafka_conf_t *conf, const struct sl_kafka_property *property,
	       char ret_why[SL_SENTENCE_BYTES])
{
	char why[256] = "";

	if (rd_kafka_conf_set(conf, property->name, property->value, why, sizeof(why)) ==
	    RD_KAFKA_CONF_OK)
		return 0;
	snprintf(ret_why, SL_SENTENCE_BYTES, "sink.kafka.properties: %.200s", why);
	return -SL_E_SETTINGS;
}

int sl_kafka_conf_new(const struct sl_sink_kafka_config *config, rd_kafka_conf_t **ret_conf,
		      char ret_why[SL_SENTENCE_BYTES])
{
	rd_kafka_conf_t *conf = rd_kafka_conf_new();
	int e = 0;

	for (size_t i = 0; i < sizeof(defaults) / sizeof(defaults[0]) && !e; i++)
		e = set(conf, &defaults[i], ret_why);
	for (unsigned i = 0; i < config->n_properties && !e; i++)
		e = set(conf, &config->properties[i], ret_why);
	if (e) {
		rd_kafka_conf_destroy(conf);
		return e;
	}
	*ret_conf = conf;
	return 0;
}

bool sl_kafka_acks(const struct sl_sink_kafka_config *config, char *ret_acks, size_t room)
{
	char why[SL_SENTENCE_BYTES];
	rd_kafka_conf_t *conf;
	bool known;

	if (sl_kafka_conf_new(config, &conf, why))
		return false;
	known = rd_kafka_conf_get(conf, "acks", ret_acks, &room) == RD_KAFKA_CONF_OK;
	rd_kafka_conf_destroy(conf);
	return known;
}

int sl_kafka_producer_new(struct sl_sink_kafka *sink, bool single, rd_kafka_t **ret_producer,
			  char ret_why[SL_SENTENCE_BYTES])
{
	rd_kafka_conf_t *conf;
	rd_kafka_t *producer;
	char why[256] = "";
	int e = sl_kafka_conf_new(&sink->config, &conf, ret_why);

	if (e)
		return e;
	if (single)
		e = set(conf, &one_record, ret_why);
	if (e) {
		rd_kafka_conf_destroy(conf);
		return e;
	}
	rd_kafka_conf_set_opaque(conf, sink);
	rd_kafka_conf_set_dr_msg_cb(conf, on_report);
	rd_kafka_conf_set_error_cb(conf, on_error);
	rd_kafka_conf_set_log_cb(conf, on_log);
	producer = rd_kafka_new(RD_KAFKA_PRODUCER, conf, why, sizeof(why));
	if (!producer) {
		rd_kafka_conf_destroy(conf);
		snprintf(ret_why, SL_SENTENCE_BYTES, "sink.kafka.properties: %.200s", why);
		return -SL_E_SETTINGS;
	}
	*ret_producer = producer;
	return 0;
}
