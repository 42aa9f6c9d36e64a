/* What `sluice up` lets control write before anything starts. */
#include "fixture.h"

#include "base/artifact.h"
#include "control/journal/cursors.h"
#include "control/prepare.h"
#include "sluice/exit.h"

static void write_settings(const struct fixture *fixture, const char *path, unsigned port)
{
	char text[512];
	int n = snprintf(text, sizeof(text),
			 "data: %s\nrun: %s/run\nchannels:\n  - {name: web, protocol: http, "
			 "listen: \"127.0.0.1:%u\"}\n",
			 fixture->directory, fixture->directory, port);

	assert_int_equal(sl_file_replace(path, text, (size_t)n), 0);
}

static uint16_t prepared_port(const struct sl_paths *paths)
{
	struct sl_channel channels[SL_CHANNELS_MAX];
	struct sl_settings settings;
	char why[SL_SENTENCE_BYTES];

	assert_int_equal(sl_settings_read(paths->settings, &settings, channels, why), 0);
	return channels[0].port;
}

/* A second `sluice up` on the same data is refused; the gateway that runs must not start again from
 * what the second one wanted. */
static void settings_of_a_running_gateway_stay(void **state)
{
	struct sl_cursors *running;
	struct sl_config config;
	struct fixture fixture;
	struct sl_paths paths;
	char path[96], why[256];

	(void)state;
	fixture_open(&fixture);
	snprintf(path, sizeof(path), "%s/sluice.yaml", fixture.directory);
	write_settings(&fixture, path, 1111);
	assert_int_equal(sl_prepare(path, true, &config, &paths), 0);
	assert_int_equal(prepared_port(&paths), 1111);

	assert_int_equal(sl_cursors_open(fixture.cursors, &running, why), 0);
	write_settings(&fixture, path, 2222);
	assert_int_equal(sl_prepare(path, true, &config, &paths), SL_PROCESS_NOT_NOW);
	assert_int_equal(prepared_port(&paths), 1111);

	/* a service manager prepares before each start of the dataplane, beside control */
	write_settings(&fixture, path, 3333);
	assert_int_equal(sl_prepare(path, false, &config, &paths), 0);
	assert_int_equal(prepared_port(&paths), 3333);
	write_settings(&fixture, path, 2222);

	sl_cursors_close(running);
	assert_int_equal(sl_prepare(path, true, &config, &paths), 0);
	assert_int_equal(prepared_port(&paths), 2222);
	fixture_close(&fixture);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(settings_of_a_running_gateway_stay),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
