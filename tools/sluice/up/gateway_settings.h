/* A gateway's settings, for commands that do without one what it would do.
 *
 * sluice-control reads the YAML and says what is wrong in it, in a process of its own; here its
 * checked binary file is opened. Functions return 0 or an exit code, the message being out. */
#ifndef SL_SLUICE_UP_GATEWAY_SETTINGS_H
#define SL_SLUICE_UP_GATEWAY_SETTINGS_H

#include "base/mapping.h"
#include "rules/rules.h"
#include "sluice/artifact.h"

#include <argp.h>
#include <stdbool.h>

/* A file with one channel, as it stands in the settings. */
int sl_gateway_channel_read(const char *command, const char *path, struct sl_channel *ret_channel);
/* The same, with the rules of a channel of protocol mirror, which point into ret_bytes (aligned to
 * 8). */
int sl_gateway_channel_mapping(const char *command, const char *path,
			       struct sl_channel *ret_channel,
			       uint8_t ret_bytes[SL_MAPPING_BYTES_MAX],
			       struct sl_mapping *ret_mapping);

/* --config, --time-zone, --unsafe-advertising, as an argp child; its input is this struct. */
struct sl_gateway_arguments {
	const char *config;
	const char *time_zone;
	bool unsafe_advertising;
	struct sl_settings settings;        /* of config, else the defaults: from _resolve() on */
	char announced[SL_ANNOUNCED_BYTES]; /* of config: what its channels say they fill */
};

extern const struct argp sl_gateway_argp;

/* Reads what was named, and gives the rules what the gateway would give them: its zone, its bound
 * of the always-list, what its channels announce, whether advertising is let through, and its
 * schema where neither the command line nor the directory has one. The options live as long as the
 * arguments. */
int sl_gateway_resolve(const char *command, struct sl_gateway_arguments *arguments,
		       const char *directory, struct sl_rules_options *options);

#endif
