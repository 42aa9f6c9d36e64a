/* Accept: media ranges separated by commas, each with parameters behind semicolons, "q" from 0 to 1
 * among them. */
#include "control/metrics/accept.h"

#include <string.h>
#include <strings.h>

#define WHOLE 1000u /* a q of 1: it has at most three digits behind the point */

struct part {
	const char *at;
	size_t bytes;
};

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* The text up to the separator, without the blanks around it; *rest goes behind it, or to NULL. */
static struct part cut(const char **rest, char separator, const char *end)
{
	const char *at = *rest, *stop = memchr(at, separator, (size_t)(end - at));

	*rest = stop ? stop + 1 : NULL;
	if (!stop)
		stop = end;
	while (at < stop && is_blank(*at))
		at++;
	while (at < stop && is_blank(stop[-1]))
		stop--;
	return (struct part){at, (size_t)(stop - at)};
}

static bool is(struct part part, const char *text)
{
	return part.bytes == strlen(text) && strncasecmp(part.at, text, part.bytes) == 0;
}

static bool begins(struct part part, const char *text)
{
	return part.bytes >= strlen(text) && strncasecmp(part.at, text, strlen(text)) == 0;
}

/* Thousandths; what is no number counts as 0, so that it is never preferred. */
static unsigned weight_of(struct part q)
{
	unsigned value = 0, unit = WHOLE;

	for (size_t i = 0; i < q.bytes; i++) {
		if (i == 1 && q.at[i] == '.')
			continue;
		if (q.at[i] < '0' || q.at[i] > '9' || i > 4)
			return 0;
		value += (unsigned)(q.at[i] - '0') * unit;
		unit /= 10;
	}
	return value > WHOLE ? WHOLE : value;
}

struct range {
	struct part type;
	unsigned weight;
	bool version_fits; /* of OpenMetrics: 1.0.0, or none given */
};

static struct range read_range(struct part text)
{
	const char *rest = text.at, *end = text.at + text.bytes;
	struct range range = {.weight = WHOLE, .version_fits = true};

	range.type = cut(&rest, ';', end);
	while (rest) {
		struct part parameter = cut(&rest, ';', end);

		if (begins(parameter, "q="))
			range.weight =
				weight_of((struct part){parameter.at + 2, parameter.bytes - 2});
		else if (begins(parameter, "version="))
			range.version_fits = is(parameter, "version=1.0.0") ||
					     is(parameter, "version=\"1.0.0\"");
	}
	return range;
}

enum sl_metrics_format sl_metrics_accepted(const char *accept)
{
	const char *rest = accept, *end = accept + strlen(accept);
	unsigned open = 0, text = 0;

	while (rest) {
		struct range range = read_range(cut(&rest, ',', end));

		if (is(range.type, "application/openmetrics-text") && range.version_fits) {
			if (range.weight > open)
				open = range.weight;
		} else if (is(range.type, "text/plain") && range.weight > text) {
			text = range.weight;
		}
	}
	return open > 0 && open >= text ? SL_METRICS_OPEN : SL_METRICS_TEXT;
}

const char *sl_metrics_content_type(enum sl_metrics_format format)
{
	return format == SL_METRICS_OPEN
		       ? "application/openmetrics-text; version=1.0.0; charset=utf-8"
		       : "text/plain; version=0.0.4; charset=utf-8";
}
