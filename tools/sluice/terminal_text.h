/* Text from outside, as a terminal may be given it: the one place for it.
 *
 * - What could move the cursor, change colours, be read in another order than it is stored or not
 *   be seen at all (controls, bidirectional and invisible format characters, bytes that are not
 *   UTF-8) comes out written down: \x1b, \u202e. Nothing is dropped.
 * - Columns are what a terminal that knows UTF-8 takes: Hangul two, combining marks none.
 * - Any thread. Nothing is kept. */
#ifndef SL_SLUICE_TERMINAL_TEXT_H
#define SL_SLUICE_TERMINAL_TEXT_H

#include <stddef.h>
#include <stdio.h>

unsigned sl_terminal_columns(const char *text);

/* On one line: line ends are written down too. */
void sl_terminal_put(FILE *to, const char *text);

/* Exactly that many columns: filled with spaces, or cut, with … as the last one. */
void sl_terminal_put_cell(FILE *to, const char *text, unsigned columns);

/* At most that many columns; returns how many. */
unsigned sl_terminal_put_cut(FILE *to, const char *text, unsigned columns);

/* Line ends and tabs stay. */
void sl_terminal_put_lines(FILE *to, const char *text);

#endif
