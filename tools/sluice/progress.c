#include "tools/sluice/progress.h"

#include "base/clock.h"

#include <stdio.h>
#include <unistd.h>

void sl_progress_init(struct sl_progress *progress, const char *what)
{
	*progress = (struct sl_progress){
		.what = what,
		.next_ns = sl_clock_read(CLOCK_MONOTONIC) + SL_NS_PER_S,
		.terminal = isatty(STDERR_FILENO),
	};
}

void sl_progress_show(struct sl_progress *progress, size_t done, size_t total)
{
	int64_t now_ns;

	if (!progress->terminal)
		return;
	now_ns = sl_clock_read(CLOCK_MONOTONIC);
	if (now_ns < progress->next_ns)
		return;
	progress->next_ns = now_ns + SL_NS_PER_S / 5;
	progress->shown = true;
	fprintf(stderr, "\r%zu of %zu %s\x1b[K", done, total, progress->what);
}

void sl_progress_end(struct sl_progress *progress)
{
	if (progress->shown)
		fputs("\r\x1b[K", stderr);
	progress->shown = false;
}
