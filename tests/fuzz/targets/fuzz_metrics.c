/* What a scrape brings from outside: its header Accept, and values that become labels. */
#include "control/metrics/accept.h"

#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

static void ask(const uint8_t *bytes, size_t n)
{
	char *accept = malloc(n + 1);
	enum sl_metrics_format format;

	memcpy(accept, bytes, n);
	accept[n] = 0;
	format = sl_metrics_accepted(accept);
	assert(format == SL_METRICS_TEXT || format == SL_METRICS_OPEN);
	if (!strcasestr(accept, "application/openmetrics-text"))
		assert(format == SL_METRICS_TEXT);
	free(accept);
}

/* One line, whose value ends where its quote is; nothing in it is cut off by a byte of the value.
 */
static void check_line(const char *at, size_t n)
{
	static const char head[] = "sluice_x{v=\"", tail[] = "\"} 1\n";
	size_t end = n - (sizeof(tail) - 1);

	assert(n >= sizeof(head) - 1 + sizeof(tail) - 1);
	assert(!memcmp(at, head, sizeof(head) - 1));
	assert(!memcmp(at + end, tail, sizeof(tail) - 1));
	for (size_t i = sizeof(head) - 1; i < end; i++) {
		assert(at[i] != '\n' && at[i] != '"');
		if (at[i] == '\\') {
			i++;
			assert(i < end && (at[i] == '\\' || at[i] == '"' || at[i] == 'n'));
		}
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	static const struct sl_metric metric = {SL_METRIC_GAUGE, "x", "", ""};
	const struct sl_label label = {"v", {.at = (const char *)bytes, .bytes = (uint32_t)n}};
	struct sl_exposition exposition;

	ask(bytes, n);
	sl_exposition_init(&exposition, SL_METRICS_TEXT);
	exposition.family = &metric;
	sl_exposition_uint(&exposition, &label, 1, 1);
	assert(!exposition.failed);
	check_line(exposition.at, exposition.bytes);
	free(exposition.at);
	return 0;
}
