/* The lines that two texts do not share, as `diff -u` shows them.
 *
 * - The shortest difference where the lines that differ are few enough (their product at most
 *   LINES_PRODUCT_MAX); else all that differ go and come as a whole.
 * - Memory of 2 bytes for each of that product; control characters are shown as '?'. */
#ifndef SL_SLUICE_RULESETS_LINE_DIFF_H
#define SL_SLUICE_RULESETS_LINE_DIFF_H

#include <stdbool.h>
#include <stdio.h>

void sl_line_diff_print(FILE *to, const char *old_text, const char *new_text, unsigned old_line,
			unsigned new_line, bool colour);

#endif
