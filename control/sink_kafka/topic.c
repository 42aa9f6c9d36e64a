/* The name of a match's topic. */
#include "control/sink_kafka/sink_kafka.h"

#include <string.h>

static bool is_topic_byte(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       c == '.' || c == '_' || c == '-';
}

static bool add(char topic[SL_KAFKA_TOPIC_MAX + 1], size_t *n, struct sl_text text)
{
	if (text.bytes > SL_KAFKA_TOPIC_MAX - *n)
		return false;
	for (uint32_t i = 0; i < text.bytes; i++)
		topic[(*n)++] = is_topic_byte(text.at[i]) ? text.at[i] : '_';
	return true;
}

bool sl_kafka_topic(const char *form, const struct sl_match_view *match,
		    char ret_topic[SL_KAFKA_TOPIC_MAX + 1])
{
	const struct {
		const char *name;
		struct sl_text text;
	} places[] = {
		{"{channel}", match->channel},
		{"{campaign}", match->campaign},
		{"{template}", match->template},
	};
	bool fits = true;
	size_t n = 0;

	while (*form && fits) {
		size_t i = 0, count = *form == '{' ? sizeof(places) / sizeof(places[0]) : 0;

		while (i < count && strncmp(form, places[i].name, strlen(places[i].name)))
			i++;
		if (i < count) {
			fits = add(ret_topic, &n, places[i].text);
			form += strlen(places[i].name);
		} else {
			fits = add(ret_topic, &n, (struct sl_text){.at = form, .bytes = 1});
			form++;
		}
	}
	ret_topic[n] = '\0';
	return fits && n > 0 && strcmp(ret_topic, ".") != 0 && strcmp(ret_topic, "..") != 0;
}
