/* The life of sluice-control between its settings and its end. */
#ifndef SL_CONTROL_RUN_H
#define SL_CONTROL_RUN_H

#include "control/config/config.h"
#include "control/paths.h"

/* Until SIGTERM or SIGINT, or something that does not pass by itself. The exit code. SIGHUP reads
 * the file again that the settings came from, see reload.h. */
int sl_run(const char *config_path, struct sl_config *config, const struct sl_paths *paths);

#endif
