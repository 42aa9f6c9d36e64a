#include "tools/sluice/up/gateway_settings.h"

#include "base/artifact.h"
#include "sluice/error.h"
#include "tools/sluice/commands/commands.h"
#include "tools/sluice/temporary.h"
#include "tools/sluice/up/child.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { KEY_CONFIG = 768, KEY_ZONE, KEY_UNSAFE };

static const struct argp_option table[] = {
	{"config", KEY_CONFIG, "FILE", 0,
	 "do as a gateway with these settings (sluice.yaml) would; default: the settings' own "
	 "defaults, that is dates in Asia/Seoul and no advertising",
	 0},
	{"time-zone", KEY_ZONE, "ZONE", 0,
	 "the zone in which dates of campaigns are meant (default that of --config, else "
	 "Asia/Seoul)",
	 0},
	{"unsafe-advertising", KEY_UNSAFE, NULL, 0,
	 "take campaigns of kind advertisement although no consent is asked (default as --config "
	 "says, else they are errors)",
	 0},
	{0},
};

static error_t take(int key, char *arg, struct argp_state *state)
{
	struct sl_gateway_arguments *arguments = state->input;

	switch (key) {
	case KEY_CONFIG:
		arguments->config = arg;
		return 0;
	case KEY_ZONE:
		arguments->time_zone = arg;
		return 0;
	case KEY_UNSAFE:
		arguments->unsafe_advertising = true;
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

const struct argp sl_gateway_argp = {table, take, NULL, NULL, NULL, NULL, NULL};

static int convert(const char *command, const char *kind, const char *path, const char *to)
{
	struct sl_child child = {
		.name = "sluice-control",
		.arguments = {kind, path, "--convert", to},
	};
	int status, error = sl_child_find(&child);

	if (error) {
		fprintf(stderr,
			"%s: there is no %s beside this program nor in PATH, which reads %s\n",
			command, child.name, path);
		return SL_EXIT_FAILED;
	}
	error = sl_child_start(&child, -1);
	if (error) {
		fprintf(stderr, "%s: %s: %s\n", command, child.program, sl_error_text(error));
		return SL_EXIT_FAILED;
	}
	if (waitpid(child.pid, &status, 0) != child.pid || !WIFEXITED(status)) {
		fprintf(stderr, "%s: %s ended before it had read %s\n", command, child.program,
			path);
		return SL_EXIT_FAILED;
	}
	return WEXITSTATUS(status);
}

/* ret_announced, and ret_bytes with ret_mapping, may be NULL. */
static int read_file(const char *command, const char *kind, const char *path,
		     struct sl_settings *ret_settings, struct sl_channel *ret_channels,
		     char *ret_announced, uint8_t *ret_bytes, struct sl_mapping *ret_mapping)
{
	char file[PATH_MAX], why[SL_SENTENCE_BYTES] = "";
	int error = sl_temporary_make(file), result;

	if (error) {
		fprintf(stderr, "%s: no temporary file: %s\n", command, sl_error_text(error));
		return SL_EXIT_FAILED;
	}
	result = convert(command, kind, path, file);
	if (!result) {
		error = sl_settings_read(file, ret_settings, ret_channels, why);
		if (!error && ret_announced)
			error = sl_settings_read_announced(file, ret_announced, why);
		if (!error && ret_mapping)
			error = sl_settings_read_mapping(file, ret_settings->channels, ret_bytes,
							 ret_mapping, why);
		if (error) {
			fprintf(stderr, "%s: %s: %s\n", command, path,
				why[0] ? why : sl_error_text(error));
			result = SL_EXIT_FAILED;
		}
	}
	unlink(file);
	return result;
}

int sl_gateway_channel_read(const char *command, const char *path, struct sl_channel *ret_channel)
{
	struct sl_channel channels[SL_CHANNELS_MAX];
	struct sl_settings settings;
	int result = read_file(command, "--channel", path, &settings, channels, NULL, NULL, NULL);

	if (!result)
		*ret_channel = channels[0];
	return result;
}

int sl_gateway_channel_mapping(const char *command, const char *path,
			       struct sl_channel *ret_channel,
			       uint8_t ret_bytes[SL_MAPPING_BYTES_MAX],
			       struct sl_mapping *ret_mapping)
{
	struct sl_channel channels[SL_CHANNELS_MAX];
	struct sl_settings settings;
	int result = read_file(command, "--channel", path, &settings, channels, NULL, ret_bytes,
			       ret_mapping);

	if (!result)
		*ret_channel = channels[0];
	return result;
}

static bool has_schema(const char *directory)
{
	char path[PATH_MAX];

	return (size_t)snprintf(path, sizeof(path), "%s/schema.yaml", directory) < sizeof(path) &&
	       !access(path, F_OK);
}

int sl_gateway_resolve(const char *command, struct sl_gateway_arguments *arguments,
		       const char *directory, struct sl_rules_options *options)
{
	struct sl_settings *settings = &arguments->settings;
	struct sl_channel channels[SL_CHANNELS_MAX];
	int result;

	sl_settings_default(settings);
	if (arguments->config) {
		result = read_file(command, "--config", arguments->config, settings, channels,
				   arguments->announced, NULL, NULL);
		if (result)
			return result;
	}
	options->time_zone = arguments->time_zone ? arguments->time_zone : settings->time_zone;
	options->announced = arguments->announced;
	options->always_list = (uint32_t)settings->always_list;
	options->candidates = (uint32_t)settings->candidates;
	options->pattern_ns = (uint32_t)settings->pattern_ns;
	options->state_bytes = (uint32_t)settings->key_bytes_each;
	options->state_bytes_all = (uint64_t)settings->key_bytes_all;
	options->unsafe_advertising = arguments->unsafe_advertising || settings->unsafe_advertising;
	if (!options->schema && settings->schema[0] && !has_schema(directory))
		options->schema = settings->schema;
	return 0;
}
