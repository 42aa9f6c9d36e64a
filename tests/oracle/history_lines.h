/* What happened, a line each, sorted: how what was seen of an engine is compared with what the
 * reference said. Bounded: a case in which too much happens ends the process. */
#ifndef SL_TESTS_ORACLE_HISTORY_LINES_H
#define SL_TESTS_ORACLE_HISTORY_LINES_H

#include <stdint.h>

#define SL_LINES_MAX 40000u
#define SL_LINE_BYTES 1024u

struct sl_lines {
	char at[SL_LINES_MAX][SL_LINE_BYTES];
	uint32_t n;
};

/* Which case it is at, for the sentence below. */
void sl_oracle_at(uint64_t seed);
/* Exit status 3: it could not look. */
_Noreturn void sl_oracle_give_up(const char *what, const char *why);

/* The next line, empty; it counts once sl_lines_end() was called. */
char *sl_lines_begin(struct sl_lines *lines);
void sl_lines_end(struct sl_lines *lines);
/* The same for what may come twice and counts once: `since` says from which line on it is looked
 * for. Lines are twins if their texts are alike up to `|`. */
void sl_lines_end_once(struct sl_lines *lines, uint32_t since);
void sl_lines_sort(struct sl_lines *lines);

__attribute__((format(printf, 2, 3))) void sl_line_add(char *line, const char *format, ...);

/* NULL: they are alike. Else the first lines that differ, "nothing" where one has no more. */
const char *sl_lines_differ(const struct sl_lines *ours, const struct sl_lines *theirs,
			    const char **ret_theirs);

#endif
