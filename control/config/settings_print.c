/* Settings as a person would write them. */
#include "control/config/config.h"

#include <inttypes.h>
#include <string.h>

struct unit {
	const char *suffix;
	int64_t factor;
};

static const struct unit byte_units[] = {
	{"TiB", 1ll << 40}, {"GiB", 1 << 30}, {"MiB", 1 << 20}, {"KiB", 1 << 10}, {"", 1}};
static const struct unit time_units[] = {
	{"d", 86400000}, {"h", 3600000}, {"m", 60000}, {"s", 1000}, {"ms", 1}};
static const struct unit percent_units[] = {{"%", 1}};
static const struct unit no_units[] = {{"", 1}};

/* The largest one that leaves nothing over. */
static void print_quantity(int64_t value, const char *unit, char ret_text[SL_SETTING_TEXT_MAX])
{
	const struct unit *at = !strcmp(unit, "bytes")          ? byte_units
				: !strcmp(unit, "milliseconds") ? time_units
				: !strcmp(unit, "percent")      ? percent_units
								: no_units;

	while (at->factor > 1 && (value == 0 || value % at->factor))
		at++;
	snprintf(ret_text, SL_SETTING_TEXT_MAX, "%" PRId64 "%s", value / at->factor, at->suffix);
}

static void print(const struct sl_setting *setting, int64_t value, const char *text,
		  char ret_text[SL_SETTING_TEXT_MAX])
{
	switch (setting->kind) {
	case SL_SETTING_INT:
		print_quantity(value, setting->unit, ret_text);
		break;
	case SL_SETTING_BOOL:
		snprintf(ret_text, SL_SETTING_TEXT_MAX, "%s", value ? "true" : "false");
		break;
	case SL_SETTING_TEXT:
		snprintf(ret_text, SL_SETTING_TEXT_MAX, "%s", text);
		break;
	}
}

void sl_setting_print(const struct sl_setting *setting, const struct sl_settings *settings,
		      char ret_text[SL_SETTING_TEXT_MAX])
{
	const char *at = (const char *)settings + setting->offset;
	int64_t value = 0;

	if (setting->kind != SL_SETTING_TEXT)
		memcpy(&value, at, sizeof(value));
	print(setting, value, at, ret_text);
}

void sl_setting_print_default(const struct sl_setting *setting, char ret_text[SL_SETTING_TEXT_MAX])
{
	print(setting, setting->value, setting->text, ret_text);
}

static bool same(const struct sl_setting *setting, const struct sl_settings *a,
		 const struct sl_settings *b)
{
	char one[SL_SETTING_TEXT_MAX], other[SL_SETTING_TEXT_MAX];

	sl_setting_print(setting, a, one);
	sl_setting_print(setting, b, other);
	return !strcmp(one, other);
}

void sl_config_follow_lines(struct sl_config *config, const struct sl_config *read_again)
{
	for (size_t i = 0; i < sl_settings_table_count; i++)
		if (same(&sl_settings_table[i], &config->settings, &read_again->settings))
			config->origin.line[i] = read_again->origin.line[i];
	for (uint32_t i = 0; i < SL_CHANNELS_MAX; i++)
		if (!memcmp(&config->channels[i], &read_again->channels[i],
			    sizeof(config->channels[i])))
			config->origin.channel_line[i] = read_again->origin.channel_line[i];
	for (uint32_t i = 0; i < SL_WIRES_MAX; i++)
		if (!memcmp(&config->wires[i], &read_again->wires[i], sizeof(config->wires[i])))
			config->origin.wire_line[i] = read_again->origin.wire_line[i];
	for (unsigned i = 0; i < config->kafka.count && i < read_again->kafka.count; i++) {
		const char *name = config->kafka.room + config->kafka.at[i].name;
		const char *now = read_again->kafka.room + read_again->kafka.at[i].name;

		if (!strcmp(name, now) && !strcmp(sl_property(&config->kafka, name),
						  sl_property(&read_again->kafka, name)))
			config->kafka.at[i].line = read_again->kafka.at[i].line;
	}
}
