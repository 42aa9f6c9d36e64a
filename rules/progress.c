#include "rules/progress_priv.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

static int64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000000000ll + now.tv_nsec;
}

/* What was at hand goes among the dearest, if it is dearer than the last of them. */
static void keep(struct sl_rules_progress *progress, int64_t took_ns)
{
	struct sl_rules_dear dear = {.ns = took_ns};
	uint32_t i = SL_RULES_DEAREST;

	memcpy(dear.what, progress->at, sizeof(dear.what));
	for (; i > 0 && progress->dearest[i - 1].ns < took_ns; i--)
		if (i < SL_RULES_DEAREST)
			progress->dearest[i] = progress->dearest[i - 1];
	if (i < SL_RULES_DEAREST)
		progress->dearest[i] = dear;
}

/* What was at hand before is done. */
static void end(struct sl_rules_progress *progress)
{
	int64_t now = now_ns(), took = now - progress->since_ns;

	if (progress->at[0] && took > progress->dearest[SL_RULES_DEAREST - 1].ns)
		keep(progress, took);
	progress->since_ns = now;
	progress->at[0] = '\0';
}

void sl_progress_phase(struct sl_rules_progress *progress, enum sl_rules_phase phase,
		       uint32_t steps)
{
	if (!progress)
		return;
	end(progress);
	progress->done = 0;
	progress->steps = steps;
	progress->phase = phase;
}

void sl_progress_step(struct sl_rules_progress *progress, uint32_t steps)
{
	if (progress)
		progress->done += steps;
}

/* Without printf: it is called for each of very many. */
void sl_progress_campaign(struct sl_rules_progress *progress, struct sl_slice name)
{
	uint32_t n = name.bytes < sizeof(progress->at) - 3 ? name.bytes : sizeof(progress->at) - 3;

	if (!progress)
		return;
	end(progress);
	memcpy(progress->at + 1, name.at, n);
	memcpy(progress->at + 1 + n, "`", 2);
	progress->at[0] = '`'; /* last: up to here nothing is at hand */
}

void sl_progress_file(struct sl_rules_progress *progress, const char *name)
{
	if (!progress)
		return;
	end(progress);
	snprintf(progress->at, sizeof(progress->at), "the file %s", name);
}

void sl_progress_patterns(struct sl_rules_progress *progress, uint32_t n, struct sl_slice first,
			  struct sl_slice last)
{
	if (!progress)
		return;
	end(progress);
	if (n == 1)
		snprintf(progress->at, sizeof(progress->at), "a pattern of `%.*s`",
			 SL_SLICE_ARGS(first));
	else
		snprintf(progress->at, sizeof(progress->at),
			 "%u patterns together, the first of `%.*s`, the last of `%.*s`", n,
			 SL_SLICE_ARGS(first), SL_SLICE_ARGS(last));
}

void sl_progress_pause(struct sl_rules_progress *progress)
{
	if (progress)
		end(progress);
}
