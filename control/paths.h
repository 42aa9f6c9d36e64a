/* Where things lie, as whole paths; their names are those of sluice/layout.h. */
#ifndef SL_CONTROL_PATHS_H
#define SL_CONTROL_PATHS_H

#include "sluice/artifact.h"

#define SL_PATH_BYTES (SL_SETTING_TEXT_MAX + 32u)

struct sl_paths {
	char settings[SL_PATH_BYTES]; /* data/settings.bin: what the dataplane starts from */
	char journal[SL_PATH_BYTES];  /* the dataplane's */
	char cursors[SL_PATH_BYTES];
	char snapshot[SL_PATH_BYTES];
	char quarantine[SL_PATH_BYTES];
	char decisions[SL_PATH_BYTES];
	char events[SL_PATH_BYTES];
	char rulesets[SL_PATH_BYTES];
	char api[SL_PATH_BYTES];     /* run/control.sock */
	char command[SL_PATH_BYTES]; /* the dataplane's socket */
	char stats[SL_PATH_BYTES];   /* the dataplane's page */
};

void sl_paths_init(struct sl_paths *paths, const struct sl_settings *settings);

#endif
