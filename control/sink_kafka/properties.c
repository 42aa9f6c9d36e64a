/* The properties of the producer as they are in effect. */
#include "control/sink_kafka/sink_kafka_priv.h"

#include <errno.h>
#include <string.h>

/* The library lists each under one name and takes these for it too. */
static const struct {
	const char *listed, *other;
} aliases[] = {
	{"metadata.broker.list", "bootstrap.servers"},
	{"max.in.flight.requests.per.connection", "max.in.flight"},
	{"queue.buffering.max.ms", "linger.ms"},
	{"message.send.max.retries", "retries"},
	{"compression.codec", "compression.type"},
	{"sasl.mechanisms", "sasl.mechanism"},
	{"request.required.acks", "acks"},
	{"message.timeout.ms", "delivery.timeout.ms"},
};

static bool means(const char *name, const char *listed)
{
	if (!strcmp(name, listed))
		return true;
	for (size_t i = 0; i < sizeof(aliases) / sizeof(aliases[0]); i++)
		if (!strcmp(aliases[i].listed, listed) && !strcmp(aliases[i].other, name))
			return true;
	return false;
}

/* Addresses of functions and the like: of no use outside this process. */
static bool is_internal(const char *name)
{
	return strchr(name, '_') && strcmp(name, "log_level") != 0;
}

struct listing {
	const struct sl_sink_kafka_config *config;
	sl_kafka_each_property *each;
	void *context;
};

static void tell(const struct listing *listing, const char *listed, const char *value)
{
	const struct sl_sink_kafka_config *config = listing->config;
	const char *given = NULL;
	bool ours = false;

	for (unsigned i = 0; i < config->n_properties; i++)
		if (means(config->properties[i].name, listed))
			given = config->properties[i].name;
	ours = sl_kafka_is_our_default(listed);
	for (size_t i = 0; i < sizeof(aliases) / sizeof(aliases[0]); i++)
		ours |= !strcmp(aliases[i].listed, listed) &&
			sl_kafka_is_our_default(aliases[i].other);
	listing->each(listing->context, given ? given : listed,
		      sl_kafka_is_secret(listed) ? SL_KAFKA_MASK : value,
		      given  ? SL_KAFKA_FROM_SETTINGS
		      : ours ? SL_KAFKA_FROM_SLUICE
			     : SL_KAFKA_FROM_LIBRARY);
}

/* Of the topics; what they inherit has been told. */
static void tell_of_topics(const struct listing *listing, rd_kafka_conf_t *conf)
{
	rd_kafka_topic_conf_t *topics = rd_kafka_conf_get_default_topic_conf(conf);
	const char **pairs;
	size_t n;

	pairs = topics ? rd_kafka_topic_conf_dump(topics, &n) : NULL;
	for (size_t i = 0; pairs && i + 1 < n; i += 2)
		if (!is_internal(pairs[i]) && strcmp(pairs[i + 1], "inherit") != 0 &&
		    strcmp(pairs[i], "opaque") != 0)
			tell(listing, pairs[i], pairs[i + 1]);
	if (pairs)
		rd_kafka_conf_dump_free(pairs, n);
}

int sl_kafka_properties(const struct sl_sink_kafka_config *config, sl_kafka_each_property *each,
			void *context)
{
	const struct listing listing = {.config = config, .each = each, .context = context};
	char why[SL_SENTENCE_BYTES];
	rd_kafka_conf_t *conf;
	const char **pairs;
	size_t n;
	int e = sl_kafka_conf_new(config, &conf, why);

	if (e)
		return e;
	pairs = rd_kafka_conf_dump(conf, &n);
	for (size_t i = 0; pairs && i + 1 < n; i += 2)
		if (!is_internal(pairs[i]) && strcmp(pairs[i], "opaque") != 0)
			tell(&listing, pairs[i], pairs[i + 1]);
	if (pairs)
		rd_kafka_conf_dump_free(pairs, n);
	tell_of_topics(&listing, conf);
	rd_kafka_conf_destroy(conf);
	return pairs ? 0 : -ENOMEM;
}
