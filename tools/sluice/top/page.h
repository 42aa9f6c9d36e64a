/* The page of `sluice top`: a view as lines that fit a terminal.
 *
 * No line is wider than the page, and there are never more of them than it has; what does not fit
 * is said to be missing. Text of the gateway's goes through terminal_text.h. */
#ifndef SL_SLUICE_TOP_PAGE_H
#define SL_SLUICE_TOP_PAGE_H

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>

struct sl_top_page {
	FILE *to;
	unsigned columns, rows;
	bool colours;
	bool live; /* on a screen: lines are ended so that they replace what stood there */
	const char *address; /* that was asked */
	const char *clock;   /* "16:59:26" */
	const char *state;   /* instead of ready: "paused", or why there is no answer; NULL: none */
	const char *sort;    /* what campaigns are sorted by */
	unsigned used;       /* rows; filled in */
};

/* view NULL: nothing has been heard yet. */
void sl_top_page_draw(struct sl_top_page *page, const json_t *view);

#endif
