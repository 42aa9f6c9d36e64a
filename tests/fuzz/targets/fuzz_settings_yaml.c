/* Settings files: whatever the text, a configuration within its ranges or at least one problem. */
#include "control/config/config.h"

#include "sluice/error.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

static void check(const struct sl_config *config)
{
	const char *line = config->announced;

	assert(memchr(line, 0, sizeof(config->announced)));
	for (unsigned i = 0; i < config->settings.channels; i++) {
		size_t n = strlen(config->channels[i].name);

		assert(!strncmp(line, config->channels[i].name, n));
		assert(line[n] == ' ' || line[n] == '\n');
		line = strchr(line, '\n') + 1;
	}
	assert(!*line);
	for (size_t i = 0; i < sl_settings_table_count; i++) {
		const struct sl_setting *setting = &sl_settings_table[i];
		const char *at = (const char *)&config->settings + setting->offset;
		int64_t value;

		if (setting->kind == SL_SETTING_TEXT) {
			assert(memchr(at, 0, SL_SETTING_TEXT_MAX));
			continue;
		}
		memcpy(&value, at, sizeof(value));
		assert(value >= setting->min && value <= setting->max);
	}
	assert(config->settings.channels >= 1 && config->settings.channels <= SL_CHANNELS_MAX);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	static struct sl_problems problems;
	static struct sl_config config;
	char *text, *printed = NULL;
	size_t printed_bytes;
	FILE *to;
	int e;

	if (n > SL_CONFIG_BYTES_MAX)
		return 0;
	text = malloc(n + 1);
	memcpy(text, bytes, n);
	text[n] = 0;
	memset(&problems, 0, sizeof(problems));
	e = sl_config_parse(text, n, "/etc/sluice", &config, &problems);
	assert(e == 0 || e == -SL_E_SETTINGS);
	assert((e == 0) == (problems.count == 0));
	if (!e)
		check(&config);
	to = open_memstream(&printed, &printed_bytes);
	sl_problems_print(&problems, "f", text, to);
	fclose(to);
	free(printed);
	free(text);
	return 0;
}
