#include "control/reload.h"

#include "base/log.h"
#include "sluice/error.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TOLD_MAX 10u /* mistakes of one file; `--prepare` shows all of them */
#define TEXT_BYTES 3000u

static void tell_problems(const char *path, const struct sl_problems *problems)
{
	for (unsigned i = 0; i < problems->count && i < TOLD_MAX; i++) {
		const struct sl_problem *problem = &problems->list[i];

		sl_log_error("%s:%u:%u: %s%s%s", path, problem->line, problem->column,
			     problem->message, problem->hint[0] ? "; " : "", problem->hint);
	}
	sl_log_error("the settings are not reloaded, those before stay in force: %u mistakes in %s",
		     problems->count, path);
}

static int load(const char *path, struct sl_config *ret_config)
{
	struct sl_problems *problems = calloc(1, sizeof(*problems));
	int e = problems ? sl_config_load(path, ret_config, problems, NULL) : -ENOMEM;

	if (e == -SL_E_SETTINGS)
		tell_problems(path, problems);
	else if (e)
		sl_log_error("the settings are not reloaded, those before stay in force: %s: %s",
			     path, sl_error_text(e));
	free(problems);
	return e;
}

static size_t bytes_of(const struct sl_setting *setting)
{
	return setting->kind == SL_SETTING_TEXT ? SL_SETTING_TEXT_MAX : sizeof(int64_t);
}

static void print(const struct sl_setting *setting, const char *at, char *text, size_t room)
{
	int64_t value = 0;

	if (setting->kind != SL_SETTING_TEXT)
		memcpy(&value, at, sizeof(value));
	if (setting->kind == SL_SETTING_TEXT)
		snprintf(text, room, "\"%s\"", at);
	else if (setting->kind == SL_SETTING_BOOL)
		snprintf(text, room, "%s", value ? "true" : "false");
	else
		snprintf(text, room, "%" PRId64, value);
}

static bool differ(const struct sl_setting *setting, const char *a, const char *b)
{
	return setting->kind == SL_SETTING_TEXT ? strcmp(a, b) != 0
						: memcmp(a, b, bytes_of(setting)) != 0;
}

/* What waits for a restart, by which: told in one line each, for a log leaves out what is many. */
struct waiting {
	char text[SL_WHEN_BOTH + 1][TEXT_BYTES];
	size_t bytes[SL_WHEN_BOTH + 1];
	unsigned n;
};

static void wait_for_restart(struct waiting *waiting, enum sl_setting_when when, const char *format,
			     ...) __attribute__((format(printf, 3, 4)));

static void wait_for_restart(struct waiting *waiting, enum sl_setting_when when, const char *format,
			     ...)
{
	char *at = waiting->text[when] + waiting->bytes[when];
	size_t room = TEXT_BYTES - waiting->bytes[when];
	va_list arguments;
	int n;

	va_start(arguments, format);
	n = vsnprintf(at, room, format, arguments);
	va_end(arguments);
	if (n > 0 && (size_t)n < room)
		waiting->bytes[when] += (size_t)n;
	else
		*at = '\0'; /* a whole name or none */
	waiting->n++;
}

static void tell_waiting(const struct waiting *waiting)
{
	for (unsigned when = 0; when <= SL_WHEN_BOTH; when++)
		if (waiting->bytes[when])
			sl_log_warning("changed in the file, and %s%s", sl_setting_when_text(when),
				       waiting->text[when]);
}

static void take(const struct sl_setting *setting, const struct sl_settings *from,
		 struct sl_settings *to, struct waiting *waiting, unsigned *n_applied)
{
	const char *new = (const char *)from + setting->offset;
	char *old = (char *)to + setting->offset;
	char now[SL_SETTING_TEXT_MAX + 4], before[SL_SETTING_TEXT_MAX + 4];

	if (!differ(setting, new, old))
		return;
	print(setting, new, now, sizeof(now));
	print(setting, old, before, sizeof(before));
	if (setting->when != SL_WHEN_LIVE) {
		wait_for_restart(waiting, setting->when, "; %s: %s, until then %s", setting->path,
				 now, before);
		return;
	}
	sl_log_info("setting %s is %s from now on, it was %s", setting->path, now, before);
	memcpy(old, new, bytes_of(setting));
	(*n_applied)++;
}

/* Nobody but the compiler of campaigns asks for it. */
static void take_announced(const char *now, char *in_force, unsigned *n_applied)
{
	if (!strcmp(now, in_force))
		return;
	sl_log_info("the fields that channels announce are from now on as in the file");
	memcpy(in_force, now, strlen(now) + 1);
	(*n_applied)++;
}

static bool same_properties(const struct sl_properties *a, const struct sl_properties *b)
{
	/* texts, each with its end; where in the file they stand is another matter */
	return a->count == b->count && a->bytes == b->bytes && !memcmp(a->room, b->room, a->bytes);
}

int sl_reload(const char *path, struct sl_config *in_force, struct sl_reload_result *ret_result)
{
	struct sl_config *config = calloc(1, sizeof(*config));
	struct waiting *waiting = calloc(1, sizeof(*waiting));
	unsigned applied = 0;
	int e = config && waiting ? load(path, config) : -ENOMEM;

	if (e)
		goto out;
	for (size_t i = 0; i < sl_settings_table_count; i++)
		take(&sl_settings_table[i], &config->settings, &in_force->settings, waiting,
		     &applied);
	if (config->settings.channels != in_force->settings.channels ||
	    memcmp(config->channels, in_force->channels, sizeof(config->channels)) != 0)
		wait_for_restart(waiting, SL_WHEN_DATAPLANE, "; the channels");
	else
		take_announced(config->announced, in_force->announced, &applied);
	/* without what they are: there may be secrets among them */
	if (!same_properties(&config->kafka, &in_force->kafka))
		wait_for_restart(waiting, SL_WHEN_CONTROL, "; sink.kafka.properties");
	sl_config_follow_lines(in_force, config);
	tell_waiting(waiting);
	*ret_result = (struct sl_reload_result){applied, waiting->n};
out:
	free(waiting);
	free(config);
	return e;
}
