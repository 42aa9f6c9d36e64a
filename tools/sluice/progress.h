/* How far a long work is, for somebody at a terminal: a line on standard error that is written
 * over, nothing before a second has passed, nothing where standard error is no terminal. */
#ifndef SL_SLUICE_PROGRESS_H
#define SL_SLUICE_PROGRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct sl_progress {
	const char *what; /* "files" */
	int64_t next_ns;  /* not before */
	bool shown;
	bool terminal;
};

void sl_progress_init(struct sl_progress *progress, const char *what);
void sl_progress_show(struct sl_progress *progress, size_t done, size_t total);
void sl_progress_end(struct sl_progress *progress); /* wipes it away */

#endif
