/* Which topics the rule set in force sends to. */
#include "control/sink_kafka/topics_priv.h"

#include "base/artifact.h"

#include <string.h>

/* False: there is no room for it. */
static bool add_name(struct kafka_topic_names *names, const char *name)
{
	for (unsigned i = 0; i < names->n; i++)
		if (!strcmp(names->at[i], name))
			return true;
	if (names->n == SL_KAFKA_TOPICS_MAX)
		return false;
	strcpy(names->at[names->n++], name);
	return true;
}

static void add_campaigns(const struct sl_artifact *artifact, const char *form,
			  struct kafka_topic_names *names)
{
	for (uint32_t i = 0; i < artifact->n_campaigns && !names->more; i++) {
		const struct sl_campaign *campaign = &artifact->campaigns[i];
		const struct sl_match_view match = {
			.channel = sl_artifact_text(artifact, campaign->channel),
			.campaign = sl_artifact_text(artifact, campaign->name),
			.template = sl_artifact_text(artifact, campaign->template),
		};
		char name[SL_KAFKA_TOPIC_MAX + 1];

		/* one that makes no name is said at each of its matches */
		if (sl_kafka_topic(form, &match, name))
			names->more = !add_name(names, name);
	}
}

int sl_kafka_topic_names(const struct sl_sink_kafka_config *config, const char *artifact_path,
			 struct kafka_topic_names *names, char ret_why[SL_SENTENCE_BYTES])
{
	struct sl_artifact *artifact;
	int e;

	names->n = 0;
	names->more = false;
	e = sl_artifact_open(artifact_path, &artifact, ret_why);
	if (e)
		return e;
	names->dead_letter = SL_KAFKA_TOPICS_MAX;
	if (config->dead_letter[0] && strlen(config->dead_letter) <= SL_KAFKA_TOPIC_MAX) {
		names->dead_letter = 0;
		add_name(names, config->dead_letter);
	}
	add_campaigns(artifact, config->topic, names);
	sl_artifact_close(artifact);
	return 0;
}
