#include "fixture.h"

#include <errno.h>

#include "base/artifact.h"
#include "control/config/config.h"
#include "control/prepare.h"

static void what_is_written_is_read_back(void **state)
{
	static const char text[] =
		"workers: 5\nchannels: [{name: a, protocol: http, listen: \"127.0.0.1:1\"},"
		" {name: b, protocol: tcp, listen: \"[::1]:2\", acknowledge: true,"
		" fields: [id, device.os]}]\n";
	static char announced[SL_ANNOUNCED_BYTES];
	struct sl_channel channels[SL_CHANNELS_MAX];
	static struct sl_problems problems;
	struct sl_settings settings;
	struct sl_config config;
	struct fixture fixture;
	char path[128], why[SL_SENTENCE_BYTES] = "";

	(void)state;
	fixture_open(&fixture);
	snprintf(path, sizeof(path), "%s/settings.bin", fixture.directory);
	assert_int_equal(
		sl_config_parse(text, sizeof(text) - 1, fixture.directory, &config, &problems), 0);
	assert_int_equal(sl_config_write(&config, path), 0);
	assert_int_equal(sl_settings_read(path, &settings, channels, why), 0);
	assert_memory_equal(&settings, &config.settings, sizeof(settings));
	assert_memory_equal(channels, config.channels, 2 * sizeof(channels[0]));
	assert_int_equal(sl_settings_read_announced(path, announced, why), 0);
	assert_string_equal(announced, "a\nb id device.os\n");
	/* as much as there may be, behind as many channels */
	config.settings.channels = SL_CHANNELS_MAX;
	for (unsigned i = 2; i < SL_CHANNELS_MAX; i++) {
		config.channels[i] = config.channels[0];
		snprintf(config.channels[i].name, sizeof(config.channels[i].name), "c%u", i);
	}
	memset(config.announced, 'x', SL_ANNOUNCED_BYTES - 1);
	assert_int_equal(sl_config_write(&config, path), 0);
	assert_int_equal(sl_settings_read(path, &settings, channels, why), 0);
	assert_memory_equal(channels, config.channels, sizeof(channels));
	assert_int_equal(sl_settings_read_announced(path, announced, why), 0);
	assert_string_equal(announced, config.announced);
	assert_int_equal(sl_config_write(&config, "/nonexistent/settings.bin"), -ENOENT);
	fixture_close(&fixture);
}

static void prepare_makes_what_is_missing(void **state)
{
	struct sl_config config;
	struct sl_paths paths;
	struct fixture fixture;
	char path[128];
	struct stat st;
	FILE *file;

	(void)state;
	fixture_open(&fixture);
	snprintf(path, sizeof(path), "%s/sluice.yaml", fixture.directory);
	assert_int_equal(sl_prepare(path, true, &config, &paths), 3);
	file = fopen(path, "w");
	fputs("data: a/b/data\nchannels: [{name: a, protocol: http, listen: \"127.0.0.1:1\"}]\n",
	      file);
	fclose(file);
	assert_int_equal(sl_prepare(path, true, &config, &paths), 0);
	assert_int_equal(stat(config.settings.data, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0700);
	assert_int_equal(stat(config.settings.run, &st), 0);
	assert_int_equal(stat(paths.settings, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0640);
	fixture_close(&fixture);
}

static void write_text(const char *path, const char *text)
{
	FILE *file = fopen(path, "w");

	fputs(text, file);
	fclose(file);
}

static void one_channel_is_converted_alone(void **state)
{
	static const char *const good[] = {
		"{name: a, protocol: tcp, listen: \"[::1]:2\", acknowledge: true}\n",
		"- name: a\n  protocol: tcp\n  listen: \"[::1]:2\"\n  acknowledge: true\n",
	};
	static const char *const bad[] = {
		"",
		"a\n",
		"- {name: a}\n- {name: b}\n",
		"[]\n",
		"{name: a, protocol: http}\n",
		"{name: a, protocol: smtp, listen: \"[::1]:2\"}\n",
	};
	struct sl_channel channels[SL_CHANNELS_MAX];
	struct sl_settings settings;
	struct fixture fixture;
	char from[128], to[128], why[SL_SENTENCE_BYTES] = "";

	(void)state;
	fixture_open(&fixture);
	snprintf(from, sizeof(from), "%s/channel.yaml", fixture.directory);
	snprintf(to, sizeof(to), "%s/channel.bin", fixture.directory);
	assert_int_equal(sl_prepare_convert(from, true, to), 3);
	for (unsigned i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		write_text(from, bad[i]);
		assert_int_equal(sl_prepare_convert(from, true, to), 1);
		assert_int_not_equal(access(to, F_OK), 0);
	}
	for (unsigned i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		write_text(from, good[i]);
		assert_int_equal(sl_prepare_convert(from, true, to), 0);
		assert_int_equal(sl_settings_read(to, &settings, channels, why), 0);
		assert_int_equal(settings.channels, 1);
		assert_string_equal(channels[0].name, "a");
		assert_int_equal(channels[0].protocol, SL_PROTOCOL_TCP);
		assert_int_equal(channels[0].acknowledge, 1);
		assert_int_equal(unlink(to), 0);
	}
	fixture_close(&fixture);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_written_is_read_back),
		cmocka_unit_test(one_channel_is_converted_alone),
		cmocka_unit_test(prepare_makes_what_is_missing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
