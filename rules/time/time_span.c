#include "rules/time/time_span_priv.h"

#include "sluice/artifact.h"

#include <stdio.h>

#define NS_PER_MS 1000000ll

static const struct {
	const char *name;
	int64_t ns;
} units[] = {
	/* greater ones first: a text has each at most once, in this order */
	{"d", 86400000 * NS_PER_MS}, {"h", 3600000 * NS_PER_MS}, {"m", 60000 * NS_PER_MS},
	{"s", 1000 * NS_PER_MS},     {"ms", NS_PER_MS},
};

#define UNITS (sizeof(units) / sizeof(units[0]))

static bool is_digit(struct sl_slice text, uint32_t at)
{
	return at < text.bytes && text.at[at] >= '0' && text.at[at] <= '9';
}

/* The unit that stands here, of those from `from` on; UNITS: none. */
static size_t unit_at(struct sl_slice text, uint32_t at, size_t from)
{
	uint32_t end = at;

	while (end < text.bytes && !is_digit(text, end))
		end++;
	for (size_t i = from; i < UNITS; i++)
		if (end - at == strlen(units[i].name) &&
		    memcmp(text.at + at, units[i].name, end - at) == 0)
			return i;
	return UNITS;
}

/* False: no span, or one that is too long for the sum. */
static bool parse(struct sl_slice text, int64_t *ret_ns)
{
	size_t from = 0;
	int64_t ns = 0;
	uint32_t at = 0;

	do {
		int64_t number = 0;
		size_t unit;

		if (!is_digit(text, at))
			return false;
		for (; is_digit(text, at); at++)
			if (number < 1000000000000)
				number = number * 10 + (text.at[at] - '0');
		unit = unit_at(text, at, from);
		if (unit == UNITS)
			return false;
		if (number > SL_TIME_SPAN_NS_MAX / units[unit].ns)
			ns = SL_TIME_SPAN_NS_MAX + 1;
		else if (ns <= SL_TIME_SPAN_NS_MAX)
			ns += number * units[unit].ns;
		at += (uint32_t)strlen(units[unit].name);
		from = unit + 1;
	} while (at < text.bytes);
	*ret_ns = ns;
	return true;
}

/* What was meant by a number alone, or by a number and a word. */
static void hint_for(struct sl_slice text, char *hint, size_t room)
{
	static const char *const words[][2] = {
		{"day", "d"},    {"hour", "h"},  {"min", "m"},     {"sec", "s"},
		{"milli", "ms"}, {"week", "7d"}, {"month", "30d"}, {"year", "365d"},
	};
	uint32_t digits = 0, at;

	while (is_digit(text, digits))
		digits++;
	for (at = digits; at < text.bytes && text.at[at] == ' ';)
		at++;
	snprintf(hint, room, "a number and its unit: 30m, 24h, 7d, 1h30m, 500ms");
	if (digits && digits <= 6 && at == text.bytes)
		snprintf(hint, room, "a number needs its unit: `%.*sm`, `%.*sh` or `%.*sd`",
			 (int)digits, text.at, (int)digits, text.at, (int)digits, text.at);
	for (size_t i = 0; digits && digits <= 6 && i < sizeof(words) / sizeof(words[0]); i++) {
		size_t n = strlen(words[i][0]);
		bool many = words[i][1][1] >= '0' && words[i][1][1] <= '9';

		if (text.bytes - at < n || memcmp(text.at + at, words[i][0], n) != 0)
			continue;
		if (many || words[i][1][0] == '7')
			snprintf(hint, room, "days are the greatest unit, a %s is `%s`",
				 words[i][0], words[i][1]);
		else
			snprintf(hint, room, "write `%.*s%s`", (int)digits, text.at, words[i][1]);
	}
}

bool sl_time_span_read(const struct sl_yaml_file *file, const struct sl_yaml_node *node,
		       const char *what, int64_t *ret_ns)
{
	char hint[128];
	int64_t ns = 0;

	hint_for(node->kind == SL_YAML_SCALAR ? node->value : (struct sl_slice){"", 0}, hint,
		 sizeof(hint));
	if (!sl_yaml_is_kind_or(file, node, SL_YAML_SCALAR, what, hint))
		return false;
	if (!parse(node->value, &ns)) {
		sl_mistake(file->diagnostics, sl_yaml_at(file, node), "bad_span", hint,
			   "%s is no span of time", what);
		return false;
	}
	if (ns <= 0 || ns > SL_TIME_SPAN_NS_MAX) {
		sl_mistake(file->diagnostics, sl_yaml_at(file, node), "bad_span", "",
			   "%s must be from 1ms to 366d", what);
		return false;
	}
	*ret_ns = ns;
	return true;
}

void sl_time_span_text(int64_t ns, char text[SL_TIME_SPAN_TEXT])
{
	size_t n = 0;

	text[0] = '\0';
	for (size_t i = 0; i < UNITS; i++) {
		int64_t whole = ns / units[i].ns;

		if (whole == 0)
			continue;
		n += (size_t)snprintf(text + n, SL_TIME_SPAN_TEXT - n, "%lld%s", (long long)whole,
				      units[i].name);
		ns -= whole * units[i].ns;
	}
}
