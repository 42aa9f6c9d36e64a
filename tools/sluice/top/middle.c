/* The middle of the page: campaigns on the left, stages on the right. */
#include "tools/sluice/gateway/api.h"
#include "tools/sluice/terminal_text.h"
#include "tools/sluice/top/page_priv.h"

#define STAGE_COLUMNS 40u /* of 80; a wider page gives the rest to the names of campaigns */

static void put_campaign(FILE *to, const json_t *view, size_t i, unsigned name_columns)
{
	const json_t *rows = json_object_get(view, "campaigns"), *row = json_array_get(rows, i);
	const json_t *others = json_object_get(view, "other_matches");
	size_t n = json_array_size(rows);

	if (row) {
		sl_terminal_put_cell(to, sl_api_text(row, "campaign", "?"), name_columns);
		sl_top_put_number(to, row, "matches_per_s", 8);
		sl_top_put_number(to, row, "matches", 8);
	} else if (i == n && json_integer_value(others)) {
		sl_terminal_put_cell(to, "all others", name_columns + 8);
		sl_top_put_number(to, view, "other_matches", 8);
	} else {
		sl_terminal_put_cell(to,
				     i == 0 && !rows ? "not counted by this gateway"
				     : i == 0        ? "no match yet"
						     : "",
				     name_columns + 16);
	}
}

static void put_stage(FILE *to, const json_t *view, size_t i)
{
	const json_t *row = json_array_get(json_object_get(view, "stages"), i);

	if (!row)
		return;
	fputs("  ", to);
	sl_terminal_put_cell(to, sl_api_text(row, "stage", "?"), 14);
	sl_top_put_us(to, row, "p50_us", 8);
	sl_top_put_us(to, row, "p99_us", 8);
	sl_top_put_us(to, row, "max_us", 8);
}

void sl_top_page_middle(struct sl_top_page *page, const json_t *view, unsigned rows)
{
	size_t n_stages = json_array_size(json_object_get(view, "stages"));
	size_t n_campaigns = json_array_size(json_object_get(view, "campaigns"));
	unsigned stage_columns = n_stages ? STAGE_COLUMNS : 0;
	unsigned name_columns = sl_top_columns(page) - stage_columns - 16;
	bool others = json_integer_value(json_object_get(view, "other_matches")) != 0;
	size_t below = n_campaigns + (others || !n_campaigns);
	size_t wanted = below > n_stages ? below : n_stages;
	struct sl_top_line line;
	char title[64];

	if (rows < 2)
		return;
	snprintf(title, sizeof(title), "campaign (by %s)", page->sort);
	sl_top_line_begin(&line);
	sl_terminal_put_cell(line.to, title, name_columns);
	fprintf(line.to, "%8s%8s", "match/s", "matches");
	if (n_stages)
		fprintf(line.to, "  %-14s%8s%8s%8s", "stage takes", "p50", "p99", "max");
	sl_top_line_end(page, &line, SL_TOP_BOLD);
	for (size_t i = 0; i < wanted && i + 1 < rows; i++) {
		sl_top_line_begin(&line);
		put_campaign(line.to, view, i, name_columns);
		put_stage(line.to, view, i);
		sl_top_line_end(page, &line, SL_TOP_PLAIN);
	}
}
