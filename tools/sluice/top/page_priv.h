/* What the files that draw the page share. */
#ifndef SL_SLUICE_TOP_PAGE_PRIV_H
#define SL_SLUICE_TOP_PAGE_PRIV_H

#include "tools/sluice/top/page.h"

enum sl_top_look { SL_TOP_PLAIN, SL_TOP_BOLD, SL_TOP_DIM, SL_TOP_ALARM, SL_TOP_TITLE };

/* A line in the making: text of the program's and cells of the gateway's, in columns. */
struct sl_top_line {
	char *text;
	size_t bytes;
	FILE *to;
};

void sl_top_line_begin(struct sl_top_line *line);
void sl_top_line_end(struct sl_top_page *page, struct sl_top_line *line, enum sl_top_look look);

/* ` 12.3k` in that many columns: a number of a row, `-` where it is null or not there. */
void sl_top_put_number(FILE *to, const json_t *row, const char *name, unsigned columns);
/* ` 2.15 ms`, of microseconds. */
void sl_top_put_us(FILE *to, const json_t *row, const char *name, unsigned columns);

/* Columns that lines are laid out for; a narrower terminal gets the beginning of them. */
static inline unsigned sl_top_columns(const struct sl_top_page *page)
{
	return page->columns < 80 ? 80 : page->columns;
}

/* Campaigns on the left, stages on the right, in at most that many rows. */
void sl_top_page_middle(struct sl_top_page *page, const json_t *view, unsigned rows);

#endif
