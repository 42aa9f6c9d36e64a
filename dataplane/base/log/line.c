/* What a line of the log looks like, to a machine and to a person. */
#include "base/log/log_priv.h"

#include "base/clock.h"
#include "base/json_out.h"

#include <stdio.h>
#include <string.h>

#define ECS_VERSION "8.11.0"

static const char *const level_names[SL_LOG_LEVELS] = {"debug", "info", "warn", "error"};
static const char priorities[SL_LOG_LEVELS] = {'7', '6', '4', '3'}; /* of syslog */

const char *sl_log_level_text(enum sl_log_level level)
{
	return level_names[level];
}

bool sl_log_level_read(const char *text, enum sl_log_level *ret_level)
{
	for (unsigned i = 0; i < SL_LOG_LEVELS; i++) {
		if (strcmp(text, level_names[i]) != 0)
			continue;
		*ret_level = (enum sl_log_level)i;
		return true;
	}
	return false;
}

static size_t as_json(const struct sl_log_line *line, struct sl_text message, char *at, size_t room)
{
	struct sl_json json;

	sl_json_init(&json, at, room - 1);
	sl_json_object(&json);
	sl_json_name(&json, "@timestamp");
	sl_json_time(&json, line->wall_ns);
	sl_json_name(&json, "log.level");
	sl_json_string(&json, level_names[line->level]);
	sl_json_name(&json, "message");
	sl_json_text(&json, message);
	sl_json_name(&json, "ecs.version");
	sl_json_string(&json, ECS_VERSION);
	sl_json_name(&json, "service.name");
	sl_json_string(&json, line->service);
	sl_json_name(&json, "process.pid");
	sl_json_int(&json, line->pid);
	if (line->left_out) {
		sl_json_name(&json, "sluice.log.left_out");
		sl_json_uint(&json, line->left_out);
	}
	if (line->lost) {
		sl_json_name(&json, "sluice.log.lost");
		sl_json_uint(&json, line->lost);
	}
	sl_json_object_end(&json);
	if (json.full)
		return 0;
	at[json.bytes] = '\n';
	return json.bytes + 1;
}

/* A person's line is one line too: controls come out as spaces. */
static size_t as_text(const struct sl_log_line *line, struct sl_text message, char *at, size_t room)
{
	char time[40], left_out[64] = "", lost[64] = "";
	int n;

	time[sl_time_format(line->wall_ns, time)] = 0;
	if (line->left_out)
		snprintf(left_out, sizeof(left_out), " (%llu more like it left out)",
			 (unsigned long long)line->left_out);
	if (line->lost)
		snprintf(lost, sizeof(lost), " (%llu lines before it lost)",
			 (unsigned long long)line->lost);
	n = snprintf(at, room, "%s %-5s %s: %.*s%s%s\n", time, level_names[line->level],
		     line->service, (int)message.bytes, message.at, left_out, lost);
	if (n < 0 || (size_t)n >= room)
		return 0;
	for (int i = 0; i < n - 1; i++)
		if ((unsigned char)at[i] < 0x20 || at[i] == 0x7f)
			at[i] = ' ';
	return (size_t)n;
}

size_t sl_log_render(const struct sl_log_line *line, bool text, bool priority,
		     char ret_text[SL_LOG_LINE_BYTES])
{
	struct sl_text message = {line->message,
				  (uint32_t)strnlen(line->message, SL_LOG_MESSAGE_BYTES)};
	size_t begin = 0, n;

	if (priority) {
		memcpy(ret_text, "<6>", 3);
		ret_text[1] = priorities[line->level];
		begin = 3;
	}
	for (;; message.bytes -= message.bytes / 4 + 1) {
		n = text ? as_text(line, message, ret_text + begin, SL_LOG_LINE_BYTES - begin)
			 : as_json(line, message, ret_text + begin, SL_LOG_LINE_BYTES - begin);
		if (n || !message.bytes)
			return n ? begin + n : 0;
	}
}
