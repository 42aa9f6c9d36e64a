#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/artifact.h"
#include "sluice/error.h"
#include "tests/unit/base/artifact_builder.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct sl_settings settings;
static struct sl_channel channels[SL_CHANNELS_MAX];

static int reset(void **state)
{
	(void)state;
	settings = (struct sl_settings){
		.version = SL_SETTINGS_VERSION,
		.channels = 2,
#define SL_INT(field, path, value, min, max, unit, when, doc) .field = (value),
#define SL_BOOL(field, path, value, when, doc) .field = (value),
#define SL_TEXT(field, path, value, when, doc) .field = value,
#include "sluice/settings.def"
#undef SL_INT
#undef SL_BOOL
#undef SL_TEXT
	};
	memset(channels, 0, sizeof(channels));
	channels[0] = (struct sl_channel){"web", "127.0.0.1", 0, SL_PROTOCOL_HTTP, 0, 0};
	channels[1] = (struct sl_channel){"lines", "::1", 7001, SL_PROTOCOL_TCP, 1, 0};
	return 0;
}

static void *build(uint32_t n_channels, size_t *ret_n)
{
	struct sl_builder builder;
	void *file;

	sl_builder_init(&builder);
	sl_builder_add(&builder, SL_SECTION_SETTINGS, &settings, sizeof(settings));
	for (uint32_t i = 0; i < n_channels; i++)
		sl_builder_add(&builder, SL_SECTION_CHANNELS, &channels[i % SL_CHANNELS_MAX],
			       sizeof(*channels));
	file = sl_builder_finish(&builder, SL_FILE_SETTINGS, ret_n);
	sl_builder_fini(&builder);
	return file;
}

static int view(uint32_t n_channels, struct sl_settings *ret_settings,
		struct sl_channel *ret_channels)
{
	char why[SL_SENTENCE_BYTES] = "";
	size_t n;
	void *file = build(n_channels, &n);
	int error = sl_settings_view(file, n, ret_settings, ret_channels, why);

	assert_int_equal(error != 0, why[0] != '\0');
	free(file);
	return error;
}

static void test_defaults_pass(void **state)
{
	struct sl_settings got;
	struct sl_channel list[SL_CHANNELS_MAX];

	(void)state;
	assert_int_equal(view(2, &got, list), 0);
	assert_memory_equal(&got, &settings, sizeof(got));
	assert_memory_equal(list, channels, 2 * sizeof(*list));
}

static void test_no_channels(void **state)
{
	struct sl_settings got;

	(void)state;
	settings.channels = 0;
	assert_int_equal(view(0, &got, NULL), 0);
}

static void refused(uint32_t n_channels, int error)
{
	struct sl_settings got = {.version = 77};
	struct sl_channel list[SL_CHANNELS_MAX] = {{.port = 77}};

	assert_int_equal(view(n_channels, &got, list), error);
	assert_int_equal(got.version, 77);
	assert_int_equal(list[0].port, 77);
	reset(NULL);
}

static void test_wrong_settings(void **state)
{
	(void)state;
	settings.version = SL_SETTINGS_VERSION + 1;
	refused(2, -SL_E_VERSION);
	settings.workers = 65;
	refused(2, -SL_E_SETTINGS);
	settings.workers = -1;
	refused(2, -SL_E_SETTINGS);
	settings.pin = 2;
	refused(2, -SL_E_SETTINGS);
	memset(settings.data, 'x', sizeof(settings.data));
	refused(2, -SL_E_SETTINGS);
}

static void test_wrong_channels(void **state)
{
	(void)state;
	refused(1, -SL_E_SETTINGS);
	refused(0, -SL_E_SETTINGS);
	settings.channels = SL_CHANNELS_MAX + 1;
	refused(SL_CHANNELS_MAX + 1, -SL_E_SETTINGS);
	memset(channels[1].name, 'x', sizeof(channels[1].name));
	refused(2, -SL_E_SETTINGS);
	channels[1].name[0] = '\0';
	refused(2, -SL_E_SETTINGS);
	memset(channels[1].address, '1', sizeof(channels[1].address));
	refused(2, -SL_E_SETTINGS);
	channels[0].protocol = 5;
	refused(2, -SL_E_SETTINGS);
	channels[0].acknowledge = 2;
	refused(2, -SL_E_SETTINGS);
	memcpy(channels[1].name, "web", 4);
	refused(2, -SL_E_SETTINGS);
}

static int view_wires(const struct sl_wire *wires, uint32_t n)
{
	struct sl_settings got = {.version = 77};
	struct sl_channel list[SL_CHANNELS_MAX];
	struct sl_builder builder;
	size_t bytes;
	void *file;
	int error;

	sl_builder_init(&builder);
	sl_builder_add(&builder, SL_SECTION_SETTINGS, &settings, sizeof(settings));
	for (uint32_t i = 0; i < settings.channels; i++)
		sl_builder_add(&builder, SL_SECTION_CHANNELS, &channels[i], sizeof(*channels));
	for (uint32_t i = 0; i < n; i++)
		sl_builder_add(&builder, SL_SECTION_WIRES, &wires[i], sizeof(*wires));
	file = sl_builder_finish(&builder, SL_FILE_SETTINGS, &bytes);
	sl_builder_fini(&builder);
	error = sl_settings_view(file, bytes, &got, list, NULL);
	free(file);
	return error;
}

static void test_wires(void **state)
{
	struct sl_wire wires[2] = {{.name = "tap0", .device = "net_null"},
				   {.name = "tap1", .device = "net_ring"}};

	(void)state;
	settings.wires = 2;
	channels[1] = (struct sl_channel){.name = "udp",
					  .protocol = SL_PROTOCOL_UDP,
					  .wires = 3,
					  .ports = {7, 8},
					  .n_ports = 2};
	assert_int_equal(view_wires(wires, 2), 0);
	assert_int_equal(view_wires(wires, 1), -SL_E_SETTINGS);
	settings.wires = 1; /* and the channel has the second */
	assert_int_equal(view_wires(wires, 1), -SL_E_SETTINGS);
	settings.wires = 2;
	wires[1].device[0] = '\0';
	assert_int_equal(view_wires(wires, 2), -SL_E_SETTINGS);
	memset(wires[1].device, 'x', sizeof(wires[1].device));
	assert_int_equal(view_wires(wires, 2), -SL_E_SETTINGS);
	strcpy(wires[1].device, "net_ring");
	strcpy(wires[1].name, "tap0");
	assert_int_equal(view_wires(wires, 2), -SL_E_SETTINGS);
	strcpy(wires[1].name, "tap1");
	channels[1].ports[1] = 7; /* twice */
	assert_int_equal(view_wires(wires, 2), -SL_E_SETTINGS);
	channels[1].ports[1] = 0;
	assert_int_equal(view_wires(wires, 2), -SL_E_SETTINGS);
	channels[1].ports[1] = 8;
	channels[1].n_ports = SL_CHANNEL_PORTS_MAX + 1;
	assert_int_equal(view_wires(wires, 2), -SL_E_SETTINGS);
	channels[1].n_ports = 2;
	channels[0] = channels[1];
	strcpy(channels[0].name, "other");
	assert_int_equal(view_wires(wires, 2), -SL_E_SETTINGS);
	channels[0].protocol = SL_PROTOCOL_MIRROR;
	assert_int_equal(view_wires(wires, 2), 0);
	channels[0].protocol = SL_PROTOCOL_TCP;
	assert_int_equal(view_wires(wires, 2), -SL_E_SETTINGS);
}

static void test_wrong_files(void **state)
{
	struct sl_settings got;
	struct sl_channel list[SL_CHANNELS_MAX];
	size_t n;
	void *file = build(2, &n);

	(void)state;
	sl_built_entry(file, SL_SECTION_SETTINGS)->id = SL_SECTION_META;
	sl_built_seal(file, n);
	assert_int_equal(sl_settings_view(file, n, &got, list, NULL), -SL_E_VERSION);
	sl_built_entry(file, SL_SECTION_META)->required = 0;
	sl_built_seal(file, n);
	assert_int_equal(sl_settings_view(file, n, &got, list, NULL), -SL_E_BOUNDS);
	free(file);
}

/* bytes of 'x', the last of them `last`. */
static int view_announced(size_t bytes, char last, char *ret_text)
{
	struct sl_builder builder;
	size_t n;
	void *file;
	int error;

	sl_builder_init(&builder);
	sl_builder_add(&builder, SL_SECTION_SETTINGS, &settings, sizeof(settings));
	for (size_t i = 0; i < bytes; i++)
		sl_builder_add(&builder, SL_SECTION_ANNOUNCED, i + 1 < bytes ? "x" : &last, 1);
	file = sl_builder_finish(&builder, SL_FILE_SETTINGS, &n);
	sl_builder_fini(&builder);
	error = sl_settings_view_announced(file, n, ret_text, NULL);
	free(file);
	return error;
}

static void test_announced(void **state)
{
	static char text[SL_ANNOUNCED_BYTES];

	(void)state;
	strcpy(text, "untouched");
	assert_int_equal(view_announced(SL_ANNOUNCED_BYTES, 'x', text), -SL_E_LIMIT);
	assert_int_equal(view_announced(9, '\0', text), -SL_E_FORMAT);
	assert_string_equal(text, "untouched");
	assert_int_equal(view_announced(3, '\n', text), 0);
	assert_string_equal(text, "xx\n");
	assert_int_equal(view_announced(0, 'x', text), 0); /* as before there were any */
	assert_string_equal(text, "");
	assert_int_equal(view_announced(SL_ANNOUNCED_BYTES - 1, 'x', text), 0);
	assert_int_equal(strlen(text), SL_ANNOUNCED_BYTES - 1);
}

static void test_read(void **state)
{
	char path[] = "/tmp/sluice-settings-XXXXXX";
	struct sl_settings got;
	struct sl_channel list[SL_CHANNELS_MAX];
	size_t n;
	void *file = build(2, &n);
	int fd = mkstemp(path);

	(void)state;
	assert_int_equal(write(fd, file, n), n);
	assert_int_equal(sl_settings_read(path, &got, list, NULL), 0);
	assert_string_equal(list[1].name, "lines");
	assert_int_equal(ftruncate(fd, 1 << 20), 0);
	assert_int_equal(sl_settings_read(path, &got, list, NULL), -SL_E_LIMIT);
	close(fd);
	unlink(path);
	assert_int_equal(sl_settings_read(path, &got, list, NULL), -ENOENT);
	free(file);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_defaults_pass, reset),
		cmocka_unit_test_setup(test_no_channels, reset),
		cmocka_unit_test_setup(test_wires, reset),
		cmocka_unit_test_setup(test_wrong_settings, reset),
		cmocka_unit_test_setup(test_wrong_channels, reset),
		cmocka_unit_test_setup(test_wrong_files, reset),
		cmocka_unit_test_setup(test_announced, reset),
		cmocka_unit_test_setup(test_read, reset),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
