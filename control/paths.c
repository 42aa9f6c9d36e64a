#include "control/paths.h"

#include "sluice/command.h"
#include "sluice/layout.h"
#include "sluice/stats.h"

#include <assert.h>
#include <stdio.h>

static void join(char ret_path[SL_PATH_BYTES], const char *directory, const char *name)
{
	int n = snprintf(ret_path, SL_PATH_BYTES, "%s/%s", directory, name);

	assert(n > 0 &&
	       (size_t)n < SL_PATH_BYTES); /* names here are shorter than the room for them */
}

void sl_paths_init(struct sl_paths *paths, const struct sl_settings *settings)
{
	join(paths->settings, settings->data, SL_DATA_SETTINGS);
	join(paths->journal, settings->data, SL_DATA_JOURNAL);
	join(paths->cursors, settings->data, SL_DATA_CURSORS);
	join(paths->snapshot, settings->data, SL_DATA_SNAPSHOT);
	join(paths->quarantine, settings->data, SL_DATA_QUARANTINE);
	join(paths->decisions, settings->data, SL_DATA_DECISIONS);
	join(paths->events, settings->data, SL_DATA_EVENTS);
	join(paths->rulesets, settings->data, SL_DATA_RULESETS);
	join(paths->api, settings->run, SL_RUN_API);
	join(paths->command, settings->run, SL_COMMAND_SOCKET);
	join(paths->stats, settings->run, SL_STATS_FILE);
}
