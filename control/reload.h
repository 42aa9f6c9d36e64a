/* reload: the settings file read once more, while everything goes on (SIGHUP).
 *
 * A file that cannot be read or has a mistake in it changes nothing, and its mistakes are logged.
 * Else what the table marks LIVE is put into the settings in force, and of every other change the
 * log names the process that has to start again. On the API's thread, which alone reads the
 * settings in force without a copy of its own. Reads and checks a file: a few milliseconds. */
#ifndef SL_CONTROL_RELOAD_H
#define SL_CONTROL_RELOAD_H

#include "control/config/config.h"

struct sl_reload_result {
	unsigned applied;
	unsigned waiting; /* for a restart */
};

/* 0, -SL_E_SETTINGS or -errno: then nothing is changed. */
int sl_reload(const char *path, struct sl_config *in_force, struct sl_reload_result *ret_result);

#endif
