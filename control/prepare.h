/* What has to stand before either process starts: directories and the binary settings file. */
#ifndef SL_CONTROL_PREPARE_H
#define SL_CONTROL_PREPARE_H

#include "control/config/config.h"
#include "control/paths.h"

#include <stdbool.h>

/* Reads the settings, prints mistakes to standard error, makes the directories and writes the
 * binary file. Returns the exit code: 0, 1 (settings are wrong), 3 (could not be done), and 5 where
 * the caller wants to be alone and another sluice-control runs on that data: its dataplane will
 * start again from the file that is there, so that stays. */
int sl_prepare(const char *config_path, bool alone, struct sl_config *ret_config,
	       struct sl_paths *ret_paths);

/* Reads the settings, or one channel with the default settings, and writes the binary file to `to`,
 * and nothing else: for commands that do as the gateway would without being one. The exit code. */
int sl_prepare_convert(const char *path, bool is_channel, const char *to);

/* The line that `sluice up` reads: {"data":…,"run":…,"settings":…}. */
int sl_prepare_print(const struct sl_config *config, const struct sl_paths *paths);

#endif
