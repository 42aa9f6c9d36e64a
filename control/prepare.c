#include "control/prepare.h"

#include "base/json_out.h"
#include "control/files.h"
#include "control/journal/cursors.h"
#include "sluice/error.h"
#include "sluice/exit.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int load(const char *path, bool is_channel, struct sl_config *ret_config)
{
	struct sl_problems *problems = calloc(1, sizeof(*problems));
	char *text = NULL;
	int e, exit_code = 0;

	e = !problems    ? -ENOMEM
	    : is_channel ? sl_config_load_channel(path, ret_config, problems, &text)
			 : sl_config_load(path, ret_config, problems, &text);
	if (e == -SL_E_SETTINGS) {
		sl_problems_print(problems, path, text, stderr);
		exit_code = 1;
	} else if (e) {
		fprintf(stderr, "%s: cannot be read: %s\n", path, sl_error_text(e));
		exit_code = 3;
	}
	free(text);
	free(problems);
	return exit_code;
}

int sl_prepare(const char *config_path, bool alone, struct sl_config *ret_config,
	       struct sl_paths *ret_paths)
{
	struct sl_config config;
	struct sl_paths paths;
	const char *at;
	int exit_code = load(config_path, false, &config);
	int e;

	if (exit_code)
		return exit_code;
	sl_paths_init(&paths, &config.settings);
	if (alone && sl_cursors_taken(paths.cursors)) {
		fprintf(stderr,
			"cannot start: %s is in use by another sluice-control; stop that one "
			"first, or "
			"give this one a directory of its own (setting data)\n",
			config.settings.data);
		return SL_PROCESS_NOT_NOW;
	}
	at = config.settings.data;
	e = sl_directory_make(at);
	if (!e) {
		at = config.settings.run;
		e = sl_directory_make(at);
	}
	if (!e) {
		at = paths.settings;
		e = sl_config_write(&config, at);
	}
	if (e) {
		fprintf(stderr, "%s: cannot be written: %s\n", at, sl_error_text(e));
		return 3;
	}
	*ret_config = config;
	*ret_paths = paths;
	return 0;
}

int sl_prepare_convert(const char *path, bool is_channel, const char *to)
{
	struct sl_config config;
	int exit_code = load(path, is_channel, &config);
	int e;

	if (exit_code)
		return exit_code;
	e = sl_config_write(&config, to);
	if (!e)
		return 0;
	fprintf(stderr, "%s: cannot be written: %s\n", to, sl_error_text(e));
	return 3;
}

int sl_prepare_print(const struct sl_config *config, const struct sl_paths *paths)
{
	char line[8 * SL_PATH_BYTES];
	struct sl_json json;

	sl_json_init(&json, line, sizeof(line) - 1);
	sl_json_object(&json);
	sl_json_name(&json, "data");
	sl_json_string(&json, config->settings.data);
	sl_json_name(&json, "run");
	sl_json_string(&json, config->settings.run);
	sl_json_name(&json, "settings");
	sl_json_string(&json, paths->settings);
	sl_json_object_end(&json);
	if (json.full)
		return -SL_E_LIMIT;
	line[json.bytes] = '\n';
	return sl_file_write_all(STDOUT_FILENO, line, json.bytes + 1);
}
