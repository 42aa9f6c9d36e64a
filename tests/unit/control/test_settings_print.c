/* Settings as they are shown. */
#include "fixture.h"

#include "control/config/config_priv.h"

static const struct sl_setting *find(const char *path)
{
	for (size_t i = 0; i < sl_settings_table_count; i++)
		if (!strcmp(sl_settings_table[i].path, path))
			return &sl_settings_table[i];
	fail_msg("there is no setting %s", path);
	return NULL;
}

static void expect(const char *path, int64_t value, const char *text)
{
	static struct sl_settings settings;
	const struct sl_setting *setting = find(path);
	char got[SL_SETTING_TEXT_MAX];

	memcpy((char *)&settings + setting->offset, &value, sizeof(value));
	sl_setting_print(setting, &settings, got);
	assert_string_equal(got, text);
}

static void in_the_largest_unit_that_leaves_nothing_over(void **state)
{
	(void)state;
	expect("journal.bytes", 1 << 30, "1GiB");
	expect("journal.bytes", (1 << 30) + 1024, "1048577KiB");
	expect("journal.bytes", 1000000001, "1000000001");
	expect("limits.http.idle_ms", 86400000, "1d");
	expect("limits.http.idle_ms", 90000, "90s");
	expect("limits.http.idle_ms", 1001, "1001ms");
	expect("limits.event.skew_ahead_ms", 0, "0ms");
	expect("journal.backpressure_percent", 70, "70%");
	expect("workers", 0, "0");
	expect("pin", 1, "true");
}

/* What is shown can be written into the file, and means the same. */
static void what_is_shown_can_be_read_again(void **state)
{
	(void)state;
	for (size_t i = 0; i < sl_settings_table_count; i++) {
		const struct sl_setting *setting = &sl_settings_table[i];
		const int64_t values[] = {setting->value, setting->min, setting->max};
		struct sl_settings settings;
		char text[SL_SETTING_TEXT_MAX];

		for (unsigned k = 0; k < 3 && setting->kind == SL_SETTING_INT; k++) {
			int64_t again = -1;

			memcpy((char *)&settings + setting->offset, &values[k], sizeof(values[k]));
			sl_setting_print(setting, &settings, text);
			assert_int_equal(sl_config_quantity(text, setting->unit, &again), 0);
			assert_int_equal(again, values[k]);
		}
		sl_setting_print_default(setting, text);
		assert_true(setting->kind != SL_SETTING_TEXT || !strcmp(text, setting->text));
	}
}

static void parse(const char *text, struct sl_config *config)
{
	static struct sl_problems problems;

	memset(&problems, 0, sizeof(problems));
	assert_int_equal(sl_config_parse(text, strlen(text), "/x", config, &problems), 0);
}

#define CHANNELS "channels: [{name: a, protocol: http, listen: \"127.0.0.1:0\"}]\n"

static void lines_are_those_of_the_file(void **state)
{
	static struct sl_config config, again;
	size_t pin = SL_SETTING_pin, workers = SL_SETTING_workers;

	(void)state;
	parse("pin: false\n" CHANNELS "workers: 2\nsink:\n  kafka:\n    properties:\n"
	      "      bootstrap.servers: x\n",
	      &config);
	assert_int_equal(config.origin.line[pin], 1);
	assert_int_equal(config.origin.line[workers], 3);
	assert_int_equal(config.origin.line[SL_SETTING_data], 0);
	assert_int_equal(config.origin.channel_line[0], 2);
	assert_int_equal(config.kafka.at[0].line, 7);
	/* one is where it is now, the other is not in effect yet */
	parse(CHANNELS "# more\nworkers: 3\npin: false\n", &again);
	sl_config_follow_lines(&config, &again);
	assert_int_equal(config.origin.line[pin], 4);
	assert_int_equal(config.origin.line[workers], 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(in_the_largest_unit_that_leaves_nothing_over),
		cmocka_unit_test(what_is_shown_can_be_read_again),
		cmocka_unit_test(lines_are_those_of_the_file),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
