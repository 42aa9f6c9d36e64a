/* The table of settings and its printed form. */
#include "control/config/config.h"

#include <inttypes.h>
#include <stdbool.h>

const struct sl_setting sl_settings_table[] = {
#define SL_INT(field_, path_, value_, min_, max_, unit_, when_, doc_)                              \
	{.path = path_,                                                                            \
	 .kind = SL_SETTING_INT,                                                                   \
	 .offset = offsetof(struct sl_settings, field_),                                           \
	 .value = value_,                                                                          \
	 .min = min_,                                                                              \
	 .max = max_,                                                                              \
	 .unit = unit_,                                                                            \
	 .when = SL_WHEN_##when_,                                                                  \
	 .doc = doc_},
#define SL_BOOL(field_, path_, value_, when_, doc_)                                                \
	{.path = path_,                                                                            \
	 .kind = SL_SETTING_BOOL,                                                                  \
	 .offset = offsetof(struct sl_settings, field_),                                           \
	 .value = value_,                                                                          \
	 .max = 1,                                                                                 \
	 .when = SL_WHEN_##when_,                                                                  \
	 .doc = doc_},
#define SL_TEXT(field_, path_, value_, when_, doc_)                                                \
	{.path = path_,                                                                            \
	 .kind = SL_SETTING_TEXT,                                                                  \
	 .offset = offsetof(struct sl_settings, field_),                                           \
	 .text = value_,                                                                           \
	 .when = SL_WHEN_##when_,                                                                  \
	 .doc = doc_},
#include "sluice/settings.def"
#undef SL_INT
#undef SL_BOOL
#undef SL_TEXT
};

const size_t sl_settings_table_count = sizeof(sl_settings_table) / sizeof(sl_settings_table[0]);

const char *sl_setting_when_text(enum sl_setting_when when)
{
	static const char *const texts[] = {
		[SL_WHEN_LIVE] = "a reload (SIGHUP to sluice-control) is enough",
		[SL_WHEN_CONTROL] = "needs a restart of sluice-control",
		[SL_WHEN_DATAPLANE] = "needs a restart of sluice-dataplane",
		[SL_WHEN_BOTH] = "needs a restart of sluice-control and sluice-dataplane",
	};

	return texts[when];
}

static const struct {
	const char *name;
	bool named;
	const char *doc;
} sources[] = {
#define SL_MAP_SOURCE(name, text, named, doc) {text, named, doc},
#include "sluice/map_sources.def"
#undef SL_MAP_SOURCE
};

void sl_config_reference(FILE *to)
{
	for (size_t i = 0; i < sl_settings_table_count; i++) {
		const struct sl_setting *setting = &sl_settings_table[i];

		fprintf(to, "%s: ", setting->path);
		switch (setting->kind) {
		case SL_SETTING_INT:
			fprintf(to, "%" PRId64 "\n    %s, %" PRId64 " to %" PRId64 "\n",
				setting->value, setting->unit, setting->min, setting->max);
			break;
		case SL_SETTING_BOOL:
			fprintf(to, "%s\n    true or false\n", setting->value ? "true" : "false");
			break;
		case SL_SETTING_TEXT:
			fprintf(to, "\"%s\"\n    text\n", setting->text);
			break;
		}
		fprintf(to, "    %s\n    %s\n", setting->doc, sl_setting_when_text(setting->when));
	}
	fputs("sink.kafka.properties: a mapping; without it there is no Kafka sink\n"
	      "    properties of librdkafka, handed on as they are written; bootstrap.servers is "
	      "needed\n"
	      "    a change needs a restart of sluice-control\n"
	      "channels: a list, at least one; a change needs a restart of sluice-dataplane\n"
	      "    name: letters, digits, '.', '_', '-'\n"
	      "    protocol: http, tcp, udp, or mirror: HTTP between others, seen on wires\n"
	      "    listen: numeric address and port, \"127.0.0.1:18080\" or \"[::1]:0\"; port 0: "
	      "any free one\n"
	      "    wire, ports: in place of listen, for udp and mirror: a wire or a list of them, "
	      "and what\n"
	      "    goes to which ports there: wire: mirror0, ports: [80, 8080]\n"
	      "    acknowledge: true or false; tcp only: answer each line\n"
	      "    lateness: how far behind the greatest time so far its events may come and still "
	      "count\n"
	      "    for what campaigns remember: 500ms, 5s, 1m; at most 7d; without it 0\n"
	      "    fields: the schema's fields that the channel sends; for warnings about "
	      "campaigns\n"
	      "    that use a field no channel fills, events are not judged by it\n"
	      "    check_duplicates: true or false; whether an event whose id came before is a\n"
	      "    duplicate; without it true, but false for channels on wires\n"
	      "    charset: utf-8 or cp949; mirror only: in which requests are written, where "
	      "their\n"
	      "    content type does not say another\n"
	      "    status: mirror only: statuses of replies that make events: [2xx, 304]; "
	      "without it\n"
	      "    2xx\n"
	      "    status_unseen: event or none; mirror only: what a request is whose reply was "
	      "not\n"
	      "    seen; without it an event\n"
	      "    rules: mirror only: a list; the first that fits a request makes an event of "
	      "it\n"
	      "      method, host: one or several; host: \"*.bank.example\" for all below it\n"
	      "      path: /loan/{product}/apply; {name} and * end at a slash, ** at the end "
	      "takes all\n"
	      "      where: sources and the values they may have: {query.step: [1, 2], "
	      "header.x-app:\n"
	      "      \"m*\", cookie.CUST: \"*\"}; a * at the end: whatever begins so\n"
	      "      without: sources that must not be there\n"
	      "      fields: the schema's fields and their sources, or {constant: VALUE}\n"
	      "      id: fields whose values are the event's id; without it its place in the "
	      "stream\n"
	      "      body: fields; each: an event of each element or line of a JSON body; "
	      "events:\n"
	      "      the body holds events as they are\n"
	      "      sources:\n",
	      to);
	for (size_t i = 0; i < sizeof(sources) / sizeof(sources[0]); i++)
		fprintf(to, "        %s%s: %s\n", sources[i].name, sources[i].named ? "NAME" : "",
			sources[i].doc);
	fputs("wires: a list; network ports read past the kernel, by DPDK; a change needs a "
	      "restart "
	      "of\n"
	      "    sluice-dataplane\n"
	      "    name: letters, digits, '.', '_', '-'\n"
	      "    device: a PCI address, \"0000:3b:00.0\", or a driver and its arguments: "
	      "\"net_af_packet,iface=eth1\"\n"
	      "    promiscuous: true or false; true: packets to whomever are taken\n",
	      to);
}
