#include "tools/sluice/top/page.h"

#include "tools/sluice/gateway/api.h"
#include "tools/sluice/terminal_text.h"
#include "tools/sluice/top/page_priv.h"

#include <string.h>

#define ALARMS_MAX 4u
#define CHANNELS_MAX 6u
#define SINKS_MAX 3u
#define BAR_COLUMNS 30u

static void put_head(struct sl_top_page *page, const json_t *view)
{
	bool ready = json_is_true(json_object_get(view, "ready"));
	const char *state = page->state ? page->state : !view ? "" : ready ? "ready" : "NOT READY";
	unsigned beside = sl_terminal_columns(state) + 12;
	struct sl_top_line line;

	sl_top_line_begin(&line);
	fputs("sluice ", line.to);
	sl_terminal_put(line.to, sl_api_text(view, "version", ""));
	fprintf(line.to, " at %s", page->address);
	if (fflush(line.to) == 0 && sl_terminal_columns(line.text) + beside < page->columns)
		fprintf(line.to, "%*s",
			(int)(page->columns - sl_terminal_columns(line.text) - beside), "");
	fprintf(line.to, "  %s  %s", state, page->clock);
	sl_top_line_end(page, &line, SL_TOP_TITLE);
}

static void put_second_line(struct sl_top_page *page, const json_t *view)
{
	struct sl_top_line line;
	size_t workers = json_array_size(json_object_get(view, "worker"));

	sl_top_line_begin(&line);
	fprintf(line.to,
		"rule set %" JSON_INTEGER_FORMAT ", %" JSON_INTEGER_FORMAT
		" campaign%s   %zu worker%s"
		"   %" JSON_INTEGER_FORMAT " connection%s   %" JSON_INTEGER_FORMAT " under way",
		sl_api_int(view, "ruleset.version", 0), sl_api_int(view, "ruleset.campaigns", 0),
		sl_api_int(view, "ruleset.campaigns", 0) == 1 ? "" : "s", workers,
		workers == 1 ? "" : "s", sl_api_int(view, "connections", 0),
		sl_api_int(view, "connections", 0) == 1 ? "" : "s",
		sl_api_int(view, "outstanding", 0));
	sl_top_line_end(page, &line, SL_TOP_PLAIN);
}

static void put_alarms(struct sl_top_page *page, const json_t *view)
{
	const json_t *alarms = json_object_get(view, "alarms");
	size_t n = json_array_size(alarms), shown = n > ALARMS_MAX ? ALARMS_MAX - 1 : n;
	struct sl_top_line line;

	for (size_t i = 0; i < shown; i++) {
		const char *text = json_string_value(json_array_get(alarms, i));

		sl_top_line_begin(&line);
		fputs("! ", line.to);
		sl_terminal_put(line.to, text ? text : "");
		sl_top_line_end(page, &line, SL_TOP_ALARM);
	}
	if (shown < n) {
		sl_top_line_begin(&line);
		fprintf(line.to, "! and %zu more: `sluice status` says all of them", n - shown);
		sl_top_line_end(page, &line, SL_TOP_ALARM);
	}
}

static void put_channel(struct sl_top_page *page, const char *name, const json_t *row)
{
	static const char *const columns[] = {"received_per_s", "accepted_per_s",   "matched_per_s",
					      "refused_per_s",  "duplicates_per_s", "dropped_per_s",
					      "received"};
	struct sl_top_line line;

	sl_top_line_begin(&line);
	sl_terminal_put_cell(line.to, name, sl_top_columns(page) - 63);
	for (size_t i = 0; i < sizeof(columns) / sizeof(columns[0]); i++)
		sl_top_put_number(line.to, row, columns[i], 9);
	sl_top_line_end(page, &line, SL_TOP_PLAIN);
}

static void put_channels(struct sl_top_page *page, const json_t *view)
{
	const json_t *rows = json_object_get(view, "channels"), *row;
	size_t n = json_array_size(rows), i;
	struct sl_top_line line;

	sl_top_line_begin(&line);
	sl_terminal_put_cell(line.to, "channel, events/s", sl_top_columns(page) - 63);
	fprintf(line.to, "%9s%9s%9s%9s%9s%9s%9s", "received", "accepted", "matched", "refused",
		"dup'd", "dropped", "all");
	sl_top_line_end(page, &line, SL_TOP_BOLD);
	json_array_foreach(rows, i, row)
	{
		if (i + 1 >= CHANNELS_MAX && n > CHANNELS_MAX)
			break;
		put_channel(page, sl_api_text(row, "channel", "?"), row);
	}
	if (n > 1)
		put_channel(page, n > CHANNELS_MAX ? "all channels" : "total",
			    json_object_get(view, "total"));
}

static void put_journal(struct sl_top_page *page, const json_t *view)
{
	const json_t *journal = json_object_get(view, "journal");
	json_int_t permille = sl_api_int(journal, "fill_permille", 0);
	unsigned full =
		permille > 1000 ? BAR_COLUMNS : (unsigned)(permille * BAR_COLUMNS + 999) / 1000;
	const json_t *pressure = json_object_get(journal, "backpressure");
	bool waits = json_is_true(pressure) || json_integer_value(pressure);
	struct sl_top_line line;

	sl_top_line_begin(&line);
	fputs("journal  [", line.to);
	for (unsigned i = 0; i < BAR_COLUMNS; i++)
		fputs(i < full ? "#" : i == BAR_COLUMNS * 7 / 10 ? "|" : ".", line.to);
	fprintf(line.to, "] %.1f %%", (double)permille / 10);
	sl_top_put_number(line.to, journal, "bytes_per_s", 8);
	fputs("B/s", line.to);
	sl_top_put_number(line.to, journal, "commits_per_s", 7);
	fputs(" commits/s", line.to);
	sl_top_line_end(page, &line, waits ? SL_TOP_ALARM : SL_TOP_PLAIN);
}

static bool has_memory(const json_t *view)
{
	return sl_api_int(view, "state.keys", 0) || sl_api_int(view, "state.refused", 0);
}

/* What campaigns remember; nothing where they remember nothing. */
static void put_memory(struct sl_top_page *page, const json_t *view)
{
	const json_t *state = json_object_get(view, "state");
	json_int_t age_ms = sl_api_int(state, "tick_age_ms", -1);
	bool refuses = json_real_value(json_object_get(state, "refused_per_s")) > 0;
	struct sl_top_line line;

	if (!has_memory(view))
		return;
	sl_top_line_begin(&line);
	fputs("memory ", line.to);
	sl_top_put_number(line.to, state, "keys", 8);
	fputs(" keys", line.to);
	sl_top_put_number(line.to, state, "bytes", 8);
	fputs("B of", line.to);
	sl_top_put_number(line.to, state, "room", 8);
	fprintf(line.to, "B, %.1f %%", (double)sl_api_int(state, "fill_permille", 0) / 10);
	if (age_ms >= 0)
		fprintf(line.to, ", tick %.1f s old", (double)age_ms / 1000);
	sl_top_line_end(page, &line, refuses ? SL_TOP_ALARM : SL_TOP_PLAIN);
}

static void put_sinks(struct sl_top_page *page, const json_t *view)
{
	const json_t *sink, *lag;
	struct sl_top_line line;
	size_t i;

	json_array_foreach(json_object_get(view, "sinks"), i, sink)
	{
		if (i == SINKS_MAX)
			break;
		sl_top_line_begin(&line);
		fputs("sink     ", line.to);
		sl_terminal_put_cell(line.to, sl_api_text(sink, "kind", "?"), 6);
		sl_top_put_number(line.to, sink, "forwarded_per_s", 7);
		fputs("/s", line.to);
		sl_top_put_number(line.to, sink, "forwarded", 8);
		fputs(" forwarded", line.to);
		sl_top_put_number(line.to, sink, "lag_blocks", 7);
		fputs(" blocks behind", line.to);
		lag = json_object_get(sink, "lag_seconds");
		if (json_is_number(lag))
			fprintf(line.to, ", %.1f s", json_number_value(lag));
		if (sl_api_int(sink, "errors", 0))
			fprintf(line.to, ", %" JSON_INTEGER_FORMAT " errors",
				sl_api_int(sink, "errors", 0));
		sl_top_line_end(page, &line,
				json_object_get(sink, "stuck") ? SL_TOP_ALARM : SL_TOP_PLAIN);
	}
}

static void put_workers(struct sl_top_page *page, const json_t *view, unsigned rows)
{
	const json_t *workers = json_object_get(view, "worker"), *worker;
	size_t n = json_array_size(workers), i;
	struct sl_top_line line;

	json_array_foreach(workers, i, worker)
	{
		json_int_t stalled_ms = sl_api_int(worker, "stalled_ms", 0);

		if (i + 1 >= rows && i + 1 < n)
			break;
		sl_top_line_begin(&line);
		fprintf(line.to,
			"worker   %-6" JSON_INTEGER_FORMAT " rule set %" JSON_INTEGER_FORMAT
			", %" JSON_INTEGER_FORMAT " connections, %" JSON_INTEGER_FORMAT
			" under way",
			sl_api_int(worker, "worker", 0), sl_api_int(worker, "ruleset", 0),
			sl_api_int(worker, "connections", 0), sl_api_int(worker, "outstanding", 0));
		if (stalled_ms)
			fprintf(line.to, ", STANDS STILL for %" JSON_INTEGER_FORMAT " s",
				stalled_ms / 1000);
		sl_top_line_end(page, &line, stalled_ms ? SL_TOP_ALARM : SL_TOP_PLAIN);
	}
	if (i < n) {
		sl_top_line_begin(&line);
		fprintf(line.to, "         and %zu more", n - i);
		sl_top_line_end(page, &line, SL_TOP_PLAIN);
	}
}

static void put_gap(struct sl_top_page *page)
{
	struct sl_top_line line;

	if (page->rows < 20)
		return;
	sl_top_line_begin(&line);
	sl_top_line_end(page, &line, SL_TOP_PLAIN);
}

static void put_keys(struct sl_top_page *page)
{
	struct sl_top_line line;

	sl_top_line_begin(&line);
	fputs("q quit   p pause   space at once   s sort   + - slower, faster", line.to);
	sl_top_line_end(page, &line, SL_TOP_DIM);
}

static unsigned at_most(size_t n, unsigned most)
{
	return n < most ? (unsigned)n : most;
}

void sl_top_page_draw(struct sl_top_page *page, const json_t *view)
{
	unsigned keys = page->live ? 1 : 0, below, rows = page->rows;
	size_t workers = json_array_size(json_object_get(view, "worker"));

	page->used = 0;
	put_head(page, view);
	if (view) {
		put_second_line(page, view);
		put_alarms(page, view);
		put_gap(page);
		put_channels(page, view);
		put_gap(page);
		/* what stands below is there in any case; workers have what is left of the rest */
		below = 1 + at_most(json_array_size(json_object_get(view, "sinks")), SINKS_MAX) +
			at_most(workers, 2) + keys + (has_memory(view) ? 1 : 0);
		if (rows > page->used + below + 1)
			sl_top_page_middle(page, view, rows - page->used - below - 1);
		put_gap(page);
		put_journal(page, view);
		put_memory(page, view);
		put_sinks(page, view);
		if (rows > page->used + keys)
			put_workers(page, view, rows - page->used - keys);
	}
	if (keys && page->used < rows)
		put_keys(page);
	if (page->live)
		fputs("\x1b[J", page->to);
}
