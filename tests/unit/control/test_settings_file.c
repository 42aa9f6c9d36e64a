#include "fixture.h"

#include <errno.h>

#include "base/artifact.h"
#include "control/config/config.h"
#include "control/prepare.h"

static void what_is_written_is_read_back(void **state)
{
	static const char text[] =
		"workers: 5\nchannels: [{name: a, protocol: http, listen: \"127.0.0.1:1\"},"
		" {name: b, protocol: tcp, listen: \"[::1]:2\", acknowledge: true}]\n";
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
	assert_int_equal(sl_prepare(path, &config, &paths), 3);
	file = fopen(path, "w");
	fputs("data: a/b/data\nchannels: [{name: a, protocol: http, listen: \"127.0.0.1:1\"}]\n",
	      file);
	fclose(file);
	assert_int_equal(sl_prepare(path, &config, &paths), 0);
	assert_int_equal(stat(config.settings.data, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0700);
	assert_int_equal(stat(config.settings.run, &st), 0);
	assert_int_equal(stat(paths.settings, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	fixture_close(&fixture);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_written_is_read_back),
		cmocka_unit_test(prepare_makes_what_is_missing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
