#include "tools/sluice/top/view.h"

#include "base/clock.h"
#include "tools/sluice/gateway/api.h"
#include "tools/sluice/top/alarms.h"

#include <stdlib.h>
#include <string.h>

#define WINDOW_NS (3 * SL_NS_PER_S) /* short enough to be now, long enough not to flicker */

/* ---- samples --------------------------------------------------------------------------------- */

static void forget_first(struct sl_top_samples *samples)
{
	json_decref(samples->at[0].status);
	memmove(&samples->at[0], &samples->at[1], --samples->n * sizeof(samples->at[0]));
}

static bool same_life(const json_t *a, const json_t *b)
{
	return !strcmp(sl_api_text(a, "dataplane.life", ""),
		       sl_api_text(b, "dataplane.life", "")) &&
	       sl_api_int(a, "pids.control", 0) == sl_api_int(b, "pids.control", 0);
}

void sl_top_samples_add(struct sl_top_samples *samples, json_t *status, int64_t now_ns)
{
	while (samples->n && !same_life(samples->at[samples->n - 1].status, status))
		forget_first(samples);
	while (samples->n > 1 &&
	       (samples->n == SL_TOP_SAMPLES_MAX || now_ns - samples->at[1].at_ns >= WINDOW_NS))
		forget_first(samples);
	samples->at[samples->n].status = status;
	samples->at[samples->n++].at_ns = now_ns;
}

void sl_top_samples_fini(struct sl_top_samples *samples)
{
	while (samples->n)
		forget_first(samples);
}

/* ---- the view -------------------------------------------------------------------------------- */

/* Two ends of the time that rates are over. */
struct span {
	const json_t *before, *now; /* before NULL: there are no rates yet */
	double seconds;
};

static json_t *rate(json_int_t before, json_int_t now, const struct span *span)
{
	/* less than before: counted anew without a sign of it */
	if (!span->before || now < before || span->seconds <= 0)
		return json_null();
	return json_real((double)(now - before) / span->seconds);
}

/* `name` and `name`_per_s, from objects of the two ends. */
static void count(json_t *to, const char *name, const json_t *before, const json_t *now,
		  const struct span *span)
{
	json_int_t value = sl_api_int(now, name, 0);
	char rate_name[64];

	snprintf(rate_name, sizeof(rate_name), "%s_per_s", name);
	json_object_set_new(to, name, json_integer(value));
	json_object_set_new(to, rate_name,
			    before ? rate(sl_api_int(before, name, 0), value, span) : json_null());
}

static void copy(json_t *to, const char *name, const json_t *from, const char *path)
{
	const json_t *value = sl_api_get(from, path);

	if (value)
		json_object_set(to, name, (json_t *)value);
}

/* The object of an array whose member `name` says the same as that of `like`. */
static const json_t *find(const json_t *array, const char *name, const json_t *like)
{
	const char *wanted = sl_api_text(like, name, NULL);
	const json_t *item;
	size_t i;

	json_array_foreach(array, i, item)
	{
		const char *text = sl_api_text(item, name, NULL);

		if (wanted && text && !strcmp(text, wanted))
			return item;
	}
	return NULL;
}

static json_t *ledger(const json_t *before, const json_t *now, const struct span *span)
{
	static const char *const names[] = {"received", "accepted", "refused",  "duplicates",
					    "dropped",  "matched",  "unmatched"};
	json_t *row = json_object();

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		count(row, names[i], before, now, span);
	return row;
}

static json_t *channels(const struct span *span)
{
	const json_t *before = json_object_get(span->before, "channels"), *item;
	json_t *rows = json_array();
	size_t i;

	json_array_foreach(json_object_get(span->now, "channels"), i, item)
	{
		json_t *row = ledger(find(before, "channel", item), item, span);

		copy(row, "channel", item, "channel");
		json_array_append_new(rows, row);
	}
	return rows;
}

static double rate_of(const json_t *row)
{
	const json_t *value = json_object_get(row, "matches_per_s");

	return json_is_real(value) ? json_real_value(value) : -1;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(sl_api_text(*(json_t *const *)a, "campaign", ""),
		      sl_api_text(*(json_t *const *)b, "campaign", ""));
}

static int by_matches(const void *a, const void *b)
{
	json_int_t x = sl_api_int(*(json_t *const *)a, "matches", 0),
		   y = sl_api_int(*(json_t *const *)b, "matches", 0);

	return x != y ? (x < y) - (x > y) : by_name(a, b);
}

static int by_rate(const void *a, const void *b)
{
	double x = rate_of(*(json_t *const *)a), y = rate_of(*(json_t *const *)b);

	return x < y ? 1 : x > y ? -1 : by_matches(a, b);
}

const char *sl_top_sort_name(enum sl_top_sort sort)
{
	return sort == SL_TOP_BY_RATE ? "rate" : sort == SL_TOP_BY_MATCHES ? "matches" : "name";
}

static json_t *sorted(json_t *rows, enum sl_top_sort sort)
{
	static int (*const orders[SL_TOP_SORTS])(const void *, const void *) = {by_rate, by_matches,
										by_name};
	size_t n = json_array_size(rows), i;
	json_t **list = calloc(n + 1, sizeof(*list)), *row, *in_order = json_array();

	if (list) {
		json_array_foreach(rows, i, row) list[i] = row;
		qsort(list, n, sizeof(*list), orders[sort]);
		for (i = 0; i < n; i++)
			json_array_append(in_order, list[i]);
	}
	free(list);
	json_decref(rows);
	return in_order;
}

static json_t *campaigns(const struct span *span, enum sl_top_sort sort)
{
	const json_t *before = sl_api_get(span->before, "campaigns.top"), *item;
	json_t *rows = json_array();
	size_t i;

	json_array_foreach(sl_api_get(span->now, "campaigns.top"), i, item)
	{
		json_t *row = json_object();

		copy(row, "campaign", item, "campaign");
		count(row, "matches", find(before, "campaign", item), item, span);
		json_array_append_new(rows, row);
	}
	return sorted(rows, sort);
}

static json_t *journal(const struct span *span)
{
	static const char *const same[] = {"fill_permille", "backpressure", "oldest_reader_txns",
					   "commit_ns_last", "commit_ns_max"};
	const json_t *before = json_object_get(span->before, "journal"),
		     *now = json_object_get(span->now, "journal");
	json_t *row = json_object();

	for (size_t i = 0; i < sizeof(same) / sizeof(same[0]); i++)
		copy(row, same[i], now, same[i]);
	count(row, "bytes", before, now, span);
	count(row, "commits", before, now, span);
	return row;
}

static json_t *memory(const struct span *span)
{
	static const char *const same[] = {"keys",          "timers", "bytes",      "room",
					   "fill_permille", "tick",   "tick_age_ms"};
	const json_t *before = json_object_get(span->before, "state"),
		     *now = json_object_get(span->now, "state");
	json_t *row = json_object();

	for (size_t i = 0; i < sizeof(same) / sizeof(same[0]); i++)
		copy(row, same[i], now, same[i]);
	count(row, "refused", before, now, span);
	return row;
}

static json_t *sinks(const struct span *span)
{
	static const char *const same[] = {"kind",       "path",        "servers", "topic",
					   "lag_blocks", "lag_seconds", "stuck"};
	const json_t *before = json_object_get(span->before, "sinks"), *item;
	json_t *rows = json_array();
	size_t i, k;

	json_array_foreach(json_object_get(span->now, "sinks"), i, item)
	{
		const json_t *then = find(before, "kind", item);
		json_t *row = json_object();

		for (k = 0; k < sizeof(same) / sizeof(same[0]); k++)
			copy(row, same[k], item, same[k]);
		count(row, "forwarded", then, item, span);
		count(row, "errors", then, item, span);
		if (json_object_get(item, "dead_letters"))
			count(row, "dead_letters", then, item, span);
		json_array_append_new(rows, row);
	}
	return rows;
}

json_t *sl_top_view(const struct sl_top_samples *samples, enum sl_top_sort sort)
{
	unsigned last = samples->n - 1;
	const struct span span = {
		.before = last ? samples->at[0].status : NULL,
		.now = samples->at[last].status,
		.seconds = (double)(samples->at[last].at_ns - samples->at[0].at_ns) / SL_NS_PER_S,
	};
	json_t *view = json_object();

	if (!view)
		return NULL;
	json_object_set_new(view, "seconds", json_real(span.seconds));
	copy(view, "version", span.now, "version");
	copy(view, "ready", span.now, "ready");
	copy(view, "life", span.now, "dataplane.life");
	copy(view, "ruleset", span.now, "ruleset");
	copy(view, "connections", span.now, "dataplane.connections");
	copy(view, "outstanding", span.now, "dataplane.outstanding");
	copy(view, "worker", span.now, "dataplane.worker");
	copy(view, "stages", span.now, "stages");
	if (json_object_get(span.now, "state"))
		json_object_set_new(view, "state", memory(&span));
	json_object_set_new(view, "total",
			    ledger(json_object_get(span.before, "ledger"),
				   json_object_get(span.now, "ledger"), &span));
	json_object_set_new(view, "channels", channels(&span));
	if (json_object_get(span.now, "campaigns"))
		json_object_set_new(view, "campaigns", campaigns(&span, sort));
	copy(view, "other_matches", span.now, "campaigns.others");
	json_object_set_new(view, "journal", journal(&span));
	json_object_set_new(view, "sinks", sinks(&span));
	json_object_set_new(view, "alarms", sl_top_alarms(span.now, view));
	return view;
}
