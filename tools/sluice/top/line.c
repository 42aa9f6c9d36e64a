/* Lines of the page, and numbers in them. */
#include "tools/sluice/terminal_text.h"
#include "tools/sluice/top/page_priv.h"

#include <math.h>
#include <stdlib.h>

void sl_top_line_begin(struct sl_top_line *line)
{
	line->text = NULL;
	line->bytes = 0;
	line->to = open_memstream(&line->text, &line->bytes);
	if (!line->to)
		abort();
}

void sl_top_line_end(struct sl_top_page *page, struct sl_top_line *line, enum sl_top_look look)
{
	static const char *const on[] = {"", "\x1b[1m", "\x1b[2m", "\x1b[1;31m", "\x1b[7m"};
	unsigned columns;

	if (fclose(line->to))
		abort();
	while (line->bytes && line->text[line->bytes - 1] == ' ')
		line->text[--line->bytes] = '\0';
	if (page->used < page->rows) {
		if (page->live && page->used)
			fputs("\r\n", page->to);
		if (page->colours)
			fputs(on[look], page->to);
		columns = sl_terminal_put_cut(page->to, line->text, page->columns);
		if (page->colours && look == SL_TOP_TITLE)
			fprintf(page->to, "%*s", (int)(page->columns - columns), "");
		if (page->colours && look != SL_TOP_PLAIN)
			fputs("\x1b[0m", page->to);
		/* in the last column the cursor stands on the last character */
		if (page->live && columns < page->columns && look != SL_TOP_TITLE)
			fputs("\x1b[K", page->to);
		if (!page->live)
			fputc('\n', page->to);
		page->used++;
	}
	free(line->text);
}

/* Three digits that matter, at most five characters. */
static void format_number(double value, char ret_text[16])
{
	static const char units[] = " kMGTP";
	unsigned unit = 0;

	while (value >= 9999.5 && unit < sizeof(units) - 2) {
		value /= 1000;
		unit++;
	}
	if (unit)
		snprintf(ret_text, 16, "%.*f%c", value < 99.95 ? 1 : 0, value, units[unit]);
	else
		snprintf(ret_text, 16, "%.*f", value < 9.95 && value != floor(value) ? 1 : 0,
			 value);
}

void sl_top_put_number(FILE *to, const json_t *row, const char *name, unsigned columns)
{
	const json_t *value = json_object_get(row, name);
	char text[16] = "-";

	if (json_is_number(value))
		format_number(json_number_value(value), text);
	fprintf(to, "%*s", (int)columns, text);
}

void sl_top_put_us(FILE *to, const json_t *row, const char *name, unsigned columns)
{
	const json_t *value = json_object_get(row, name);
	double us = json_number_value(value);
	char text[24] = "-";

	if (json_is_number(value) && us < 999.5)
		snprintf(text, sizeof(text), "%.*f us", us < 9.95 ? 1 : 0, us);
	else if (json_is_number(value) && us < 999500)
		snprintf(text, sizeof(text), "%.*f ms",
			 us < 9950    ? 2
			 : us < 99500 ? 1
				      : 0,
			 us / 1e3);
	else if (json_is_number(value))
		snprintf(text, sizeof(text), "%.*f s", us < 99.5e6 ? 1 : 0, us / 1e6);
	fprintf(to, "%*s", (int)columns, text);
}
