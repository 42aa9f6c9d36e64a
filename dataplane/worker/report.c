#include "worker/report.h"

#include "base/clock.h"
#include "base/json_out.h"

#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

void sl_report(enum sl_report_level level, const char *format, ...)
{
	static const char *const names[] = {"info", "warn", "error"};
	char message[1024], line[6 * sizeof(message) + 512]; /* escaped, a byte takes at most 6 */
	struct sl_json json;
	va_list args;

	va_start(args, format);
	vsnprintf(message, sizeof(message), format, args);
	va_end(args);
	sl_json_init(&json, line, sizeof(line) - 1);
	sl_json_object(&json);
	sl_json_name(&json, "@timestamp");
	sl_json_time(&json, sl_clock_now().wall_ns);
	sl_json_name(&json, "log.level");
	sl_json_string(&json, names[level]);
	sl_json_name(&json, "service.name");
	sl_json_string(&json, "sluice-dataplane");
	sl_json_name(&json, "message");
	sl_json_string(&json, message);
	sl_json_object_end(&json);
	line[json.bytes++] = '\n';
	/* one write, so that lines of several processes do not mix */
	if (write(STDERR_FILENO, line, json.bytes) < 0)
		return;
}
