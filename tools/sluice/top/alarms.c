#include "tools/sluice/top/alarms.h"

#include "tools/sluice/gateway/api.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define REFUSED_SHARE 0.1 /* of what comes, from which on it is worth a word */
#define FILLING_PERMILLE 500
#define LAG_S 10

static void say(json_t *alarms, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void say(json_t *alarms, const char *format, ...)
{
	char text[512];
	va_list list;
	json_t *sentence;

	va_start(list, format);
	vsnprintf(text, sizeof(text), format, list);
	va_end(list);
	sentence = json_string(text);
	/* cut in the middle of a character */
	for (size_t n = strlen(text); !sentence && n; n--) {
		text[n - 1] = '\0';
		sentence = json_string(text);
	}
	json_array_append_new(alarms, sentence);
}

static double rate_of(const json_t *row, const char *name)
{
	const json_t *value = json_object_get(row, name);

	return json_is_real(value) ? json_real_value(value) : 0;
}

/* Those that stand still are among the reasons why it is not ready. */
static void workers(json_t *alarms, const json_t *status)
{
	json_int_t wanted = sl_api_int(status, "dataplane.ruleset", 0);
	const json_t *worker;
	size_t i;

	if (json_array_size(json_object_get(status, "not_ready")))
		return;
	json_array_foreach(sl_api_get(status, "dataplane.worker"), i, worker)
	{
		json_int_t number = sl_api_int(worker, "worker", 0),
			   ruleset = sl_api_int(worker, "ruleset", 0);

		if (wanted && ruleset != wanted)
			say(alarms, "worker %d still works by rule set %lld, not %lld", (int)number,
			    (long long)ruleset, (long long)wanted);
	}
}

static void journal(json_t *alarms, const json_t *status)
{
	json_int_t permille = sl_api_int(status, "journal.fill_permille", 0);
	const json_t *pressure = sl_api_get(status, "journal.backpressure");

	if (json_is_true(pressure) || json_integer_value(pressure))
		say(alarms, "the journal is %lld %% full: sources are told to wait; see the sinks",
		    (long long)permille / 10);
	else if (permille >= FILLING_PERMILLE)
		say(alarms, "the journal is %lld %% full; at 70 %% sources have to wait",
		    (long long)permille / 10);
}

/* That it fills is among the gateway's own alarms. */
static void memory(json_t *alarms, const json_t *view)
{
	if (rate_of(json_object_get(view, "state"), "refused_per_s") > 0)
		say(alarms, "the memory of campaigns is used up: nothing new is begun; raise "
			    "state.bytes, or shorten windows");
}

static void sinks(json_t *alarms, const json_t *view)
{
	const json_t *sink;
	size_t i;

	json_array_foreach(json_object_get(view, "sinks"), i, sink)
	{
		const char *kind = sl_api_text(sink, "kind", "?");
		const char *stuck = sl_api_text(sink, "stuck", NULL);

		if (stuck)
			say(alarms, "sink %s is stuck: %s", kind, stuck);
		else if (rate_of(sink, "errors_per_s") > 0)
			say(alarms, "sink %s fails, and tries again; the log says why", kind);
		if (rate_of(sink, "lag_seconds") >= LAG_S)
			say(alarms, "sink %s is %.0f s behind", kind, rate_of(sink, "lag_seconds"));
		if (rate_of(sink, "dead_letters_per_s") > 0)
			say(alarms, "sink %s puts records aside as dead letters", kind);
	}
}

/* The reason that was counted most, since the gateway's start. */
static const char *main_reason(const json_t *status, const char *channel)
{
	const json_t *item, *reason;
	const char *name, *most = "";
	json_int_t least = 0;
	size_t i;

	json_array_foreach(json_object_get(status, "channels"), i, item)
	{
		if (strcmp(sl_api_text(item, "channel", ""), channel) != 0)
			continue;
		json_object_foreach(json_object_get(item, "reasons"), name, reason)
		{
			if (json_integer_value(reason) <= least)
				continue;
			least = json_integer_value(reason);
			most = name;
		}
	}
	return most;
}

static void channels(json_t *alarms, const json_t *status, const json_t *view)
{
	const json_t *row;
	size_t i;

	json_array_foreach(json_object_get(view, "channels"), i, row)
	{
		const char *name = sl_api_text(row, "channel", "?");
		const char *reason = main_reason(status, name);
		double received = rate_of(row, "received_per_s"),
		       refused = rate_of(row, "refused_per_s"),
		       dropped = rate_of(row, "dropped_per_s");

		if (dropped > 0)
			say(alarms, "channel %s drops events: %.1f a second", name, dropped);
		if (refused > 0 && refused >= REFUSED_SHARE * received)
			say(alarms, "channel %s refuses %.0f %% of its events%s%s", name,
			    100 * refused / received, *reason ? ", most for " : "", reason);
	}
}

json_t *sl_top_alarms(const json_t *status, const json_t *view)
{
	json_t *alarms = json_array();
	const json_t *item;
	size_t i;

	json_array_foreach(json_object_get(status, "not_ready"), i, item) say(
		alarms, "not ready: %s", json_string_value(item) ? json_string_value(item) : "");
	json_array_foreach(json_object_get(status, "alarms"), i, item)
		say(alarms, "%s", json_string_value(item) ? json_string_value(item) : "");
	workers(alarms, status);
	memory(alarms, view);
	journal(alarms, status);
	sinks(alarms, view);
	json_array_foreach(json_object_get(status, "problems"), i, item)
		say(alarms, "%s", sl_api_text(item, "message", ""));
	channels(alarms, status, view);
	return alarms;
}
