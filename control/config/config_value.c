/* One scalar of the file becomes one setting. */
#include "control/config/config_priv.h"

#include "sluice/error.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

struct unit {
	const char *suffix;
	int64_t factor;
};

static const struct unit byte_units[] = {
	{"B", 1},           {"kB", 1000},       {"MB", 1000000},
	{"GB", 1000000000}, {"KiB", 1 << 10},   {"MiB", 1 << 20},
	{"GiB", 1 << 30},   {"TiB", 1ll << 40}, {NULL, 0},
};
static const struct unit time_units[] = {
	{"ms", 1}, {"s", 1000}, {"m", 60000}, {"h", 3600000}, {"d", 86400000}, {NULL, 0},
};
static const struct unit percent_units[] = {{"%", 1}, {NULL, 0}};
static const struct unit no_units[] = {{NULL, 0}};

/* Also what to call such a value, and how to write one. */
static const struct unit *units_of(const char *unit, const char **ret_what, const char **ret_hint)
{
	if (!strcmp(unit, "bytes")) {
		*ret_what = "size";
		*ret_hint = "a size is a whole number of bytes, or one with a unit: 64KiB, 512MiB, "
			    "2GiB";
		return byte_units;
	}
	if (!strcmp(unit, "milliseconds")) {
		*ret_what = "duration";
		*ret_hint = "a duration is a whole number of milliseconds, or one with a unit: "
			    "500ms, 10s, 5m, 1h, 7d";
		return time_units;
	}
	if (!strcmp(unit, "percent")) {
		*ret_what = "percentage";
		*ret_hint = "a percentage is a whole number: 70 or 70%";
		return percent_units;
	}
	*ret_what = "whole number";
	*ret_hint = "digits without quotes";
	return no_units;
}

int sl_config_quantity(const char *text, const char *unit, int64_t *ret_value)
{
	const char *what, *hint;
	const struct unit *units = units_of(unit, &what, &hint);
	const char *at = text;
	int64_t value = 0;
	bool negative = *at == '-';

	at += negative;
	if (*at < '0' || *at > '9')
		return -SL_E_SETTINGS;
	for (; *at >= '0' && *at <= '9'; at++)
		if (__builtin_mul_overflow(value, 10, &value) ||
		    __builtin_add_overflow(value, *at - '0', &value))
			return -ERANGE;
	if (*at == ' ')
		at++;
	if (*at) {
		while (units->suffix && strcmp(units->suffix, at) != 0)
			units++;
		if (!units->suffix)
			return -SL_E_SETTINGS;
		if (__builtin_mul_overflow(value, units->factor, &value))
			return -ERANGE;
	}
	*ret_value = negative ? -value : value;
	return 0;
}

int sl_config_bool(const struct sl_config_node *node, const char *name, int64_t *ret_value,
		   struct sl_problems *problems)
{
	if (node->kind == SL_CONFIG_SCALAR && node->plain && !strcmp(node->text, "true")) {
		*ret_value = 1;
		return 0;
	}
	if (node->kind == SL_CONFIG_SCALAR && node->plain && !strcmp(node->text, "false")) {
		*ret_value = 0;
		return 0;
	}
	sl_problems_add(problems, node->line, node->column, "write true or false, without quotes",
			"%s is either true or false", name);
	return -SL_E_SETTINGS;
}

static void read_int(const struct sl_setting *setting, const struct sl_config_node *node,
		     int64_t *at, struct sl_problems *problems)
{
	const char *what, *hint;
	int64_t value;
	int e;

	units_of(setting->unit, &what, &hint);
	e = node->plain ? sl_config_quantity(node->text, setting->unit, &value) : -SL_E_SETTINGS;
	if (e == -SL_E_SETTINGS)
		sl_problems_add(problems, node->line, node->column, hint,
				"%s: \"%.60s\" is not a %s", setting->path, node->text, what);
	else if (e || value < setting->min || value > setting->max)
		sl_problems_add(problems, node->line, node->column, NULL,
				"%s: %.60s is out of range: %" PRId64 " to %" PRId64 " %s",
				setting->path, node->text, setting->min, setting->max,
				setting->unit);
	else
		*at = value;
}

/* Settings of text that are paths; the others are words. */
static bool is_path(const struct sl_setting *setting)
{
	return strcmp(setting->path, "io") != 0 && strcmp(setting->path, "time_zone") != 0 &&
	       strcmp(setting->path, "api.listen") != 0 &&
	       strncmp(setting->path, "dpdk.", 5) != 0 &&
	       strncmp(setting->path, "sink.kafka.", 11) != 0;
}

static void read_text(const struct sl_setting *setting, const struct sl_config_node *node,
		      const char *directory, char *at, struct sl_problems *problems)
{
	bool relative = is_path(setting) && node->text[0] && node->text[0] != '/';
	char whole[4096];
	size_t n;

	if (node->plain &&
	    (!node->text[0] || !strcmp(node->text, "~") || !strcmp(node->text, "null"))) {
		sl_problems_add(
			problems, node->line, node->column,
			"leave the key out for its default, or write \"\" for an empty text",
			"%s has no value", setting->path);
		return;
	}
	n = (size_t)snprintf(whole, sizeof(whole), "%s%s%s", relative ? directory : "",
			     relative ? "/" : "", node->text);
	if (n >= SL_SETTING_TEXT_MAX) {
		sl_problems_add(problems, node->line, node->column, NULL,
				"%s: longer than %u bytes%s", setting->path,
				SL_SETTING_TEXT_MAX - 1,
				relative ? ", the settings file's directory included" : "");
		return;
	}
	memset(at, 0, SL_SETTING_TEXT_MAX);
	memcpy(at, whole, n);
}

void sl_config_value(const struct sl_setting *setting, const struct sl_config_node *node,
		     const char *directory, struct sl_settings *settings,
		     struct sl_problems *problems)
{
	char *at = (char *)settings + setting->offset;

	if (node->kind != SL_CONFIG_SCALAR) {
		sl_problems_add(problems, node->line, node->column, NULL,
				"%s is a single value, not a %s", setting->path,
				node->kind == SL_CONFIG_MAPPING ? "mapping" : "list");
		return;
	}
	switch (setting->kind) {
	case SL_SETTING_INT:
		read_int(setting, node, (int64_t *)(void *)at, problems);
		break;
	case SL_SETTING_BOOL:
		sl_config_bool(node, setting->path, (int64_t *)(void *)at, problems);
		break;
	case SL_SETTING_TEXT:
		read_text(setting, node, directory, at, problems);
		break;
	}
}
