/* The settings in effect, and where each came from. */
#include "base/artifact.h"
#include "control/api/api_priv.h"
#include "control/json_member.h"
#include "control/sink_kafka/sink_kafka.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ANSWER_BYTES ((size_t)1 << 20)

/* "/etc/sluice/sluice.yaml:4", or what else it came from. */
static void origin(struct sl_json *json, const struct sl_config *config, uint32_t line,
		   const char *otherwise)
{
	char text[sizeof(config->origin.file) + 16];

	snprintf(text, sizeof(text), "%s:%u", config->origin.file, line);
	sl_member_string(json, "origin", line ? text : otherwise);
}

static void write_setting(struct sl_json *json, const struct sl_config *config, size_t i)
{
	const struct sl_setting *setting = &sl_settings_table[i];
	char value[SL_SETTING_TEXT_MAX];

	sl_json_object(json);
	sl_member_string(json, "name", setting->path);
	sl_setting_print(setting, &config->settings, value);
	sl_member_string(json, "value", value);
	origin(json, config, config->origin.line[i], "default");
	sl_setting_print_default(setting, value);
	sl_member_string(json, "default", value);
	sl_member_bool(json, "reload", setting->when == SL_WHEN_LIVE);
	sl_member_string(json, "change", sl_setting_when_text(setting->when));
	sl_member_string(json, "help", setting->doc);
	sl_json_object_end(json);
}

static void write_channel(struct sl_json *json, const struct sl_config *config, uint32_t i)
{
	const struct sl_channel *channel = &config->channels[i];
	bool v6 = strchr(channel->address, ':') != NULL;
	char listen[96];

	snprintf(listen, sizeof(listen), v6 ? "[%s]:%u" : "%s:%u", channel->address, channel->port);
	if (channel->wires)
		sl_channel_place(channel, config->wires, listen);
	sl_json_object(json);
	sl_member_string(json, "channel", channel->name);
	sl_member_string(json, "protocol", sl_protocol_name(channel->protocol));
	sl_member_string(json, "listen", listen);
	origin(json, config, config->origin.channel_line[i], "default");
	sl_json_object_end(json);
}

struct properties {
	struct sl_json *json;
	const struct sl_config *config;
};

static uint32_t line_of(const struct sl_properties *properties, const char *name)
{
	for (unsigned i = 0; i < properties->count; i++)
		if (!strcmp(properties->room + properties->at[i].name, name))
			return properties->at[i].line;
	return 0;
}

static void write_property(void *context, const char *name, const char *value,
			   enum sl_kafka_origin from)
{
	const struct properties *to = context;
	uint32_t line = from == SL_KAFKA_FROM_SETTINGS ? line_of(&to->config->kafka, name) : 0;

	sl_json_object(to->json);
	sl_member_string(to->json, "name", name);
	sl_member_string(to->json, "value", value);
	origin(to->json, to->config, line, from == SL_KAFKA_FROM_SLUICE ? "sluice" : "default");
	sl_json_object_end(to->json);
}

static void write_properties(struct sl_json *json, const struct sl_config *config)
{
	static struct sl_kafka_property properties[SL_PROPERTIES_MAX]; /* of the API's thread */
	const struct sl_sink_kafka_config kafka = {
		.properties = properties,
		.n_properties = config->kafka.count,
	};
	struct properties to = {.json = json, .config = config};

	for (unsigned i = 0; i < config->kafka.count; i++)
		properties[i] =
			(struct sl_kafka_property){config->kafka.room + config->kafka.at[i].name,
						   config->kafka.room + config->kafka.at[i].value};
	if (config->kafka.count)
		sl_kafka_properties(&kafka, write_property, &to);
}

void sl_api_get_settings(struct sl_api *api, struct sl_connection *connection)
{
	const struct sl_config *config = api->config.settings_file;
	char *body = malloc(ANSWER_BYTES);
	struct sl_json json;

	sl_json_init(&json, body, body ? ANSWER_BYTES : 0);
	sl_json_object(&json);
	sl_member_string(&json, "file", config->origin.file);
	sl_member_array(&json, "settings");
	for (size_t i = 0; i < sl_settings_table_count; i++)
		write_setting(&json, config, i);
	sl_json_array_end(&json);
	sl_member_array(&json, "channels");
	for (uint32_t i = 0; i < config->settings.channels; i++)
		write_channel(&json, config, i);
	sl_json_array_end(&json);
	sl_member_array(&json, "kafka");
	write_properties(&json, config);
	sl_json_array_end(&json);
	sl_json_object_end(&json);
	if (json.full)
		sl_connection_reply_error(connection, 503, "no memory");
	else
		sl_connection_reply(connection, 200, body, json.bytes);
	free(body);
}
