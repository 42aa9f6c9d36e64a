#include "control/log.h"

#include "base/clock.h"
#include "base/json_out.h"

#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

static bool as_text;

static const char *const level_names[] = {
	[SL_LOG_INFO] = "info",
	[SL_LOG_WARNING] = "warn",
	[SL_LOG_ERROR] = "error",
};

void sl_log_init(bool text)
{
	as_text = text;
}

static size_t line_as_json(enum sl_log_level level, const char *message, char *line, size_t room)
{
	struct sl_json json;

	sl_json_init(&json, line, room - 1);
	sl_json_object(&json);
	sl_json_name(&json, "@timestamp");
	sl_json_time(&json, sl_clock_read(CLOCK_REALTIME));
	sl_json_name(&json, "log.level");
	sl_json_string(&json, level_names[level]);
	sl_json_name(&json, "message");
	sl_json_string(&json, message);
	sl_json_name(&json, "service.name");
	sl_json_string(&json, "sluice-control");
	sl_json_name(&json, "process.pid");
	sl_json_int(&json, getpid());
	sl_json_object_end(&json);
	if (json.full)
		return 0;
	line[json.bytes] = '\n';
	return json.bytes + 1;
}

static size_t line_as_text(enum sl_log_level level, const char *message, char *line, size_t room)
{
	char time[40];
	int n;

	time[sl_time_format(sl_clock_read(CLOCK_REALTIME), time)] = 0;
	n = snprintf(line, room, "%s %-5s sluice-control: %s\n", time, level_names[level], message);
	return n < 0 ? 0 : (size_t)n < room ? (size_t)n : room - 1;
}

void sl_log(enum sl_log_level level, const char *format, ...)
{
	char message[SL_LOG_MESSAGE_BYTES];
	char line[SL_LOG_MESSAGE_BYTES * 6 + 512]; /* a byte of a message takes at most 6 escaped */
	va_list arguments;
	size_t n;

	va_start(arguments, format);
	vsnprintf(message, sizeof(message), format, arguments);
	va_end(arguments);
	n = as_text ? line_as_text(level, message, line, sizeof(line))
		    : line_as_json(level, message, line, sizeof(line));
	if (n && write(STDERR_FILENO, line, n) < 0)
		return; /* nobody left to tell */
}
