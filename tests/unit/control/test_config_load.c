#include "fixture.h"

#include <errno.h>

#include "control/config/config_priv.h"
#include "sluice/error.h"

#define CHANNELS "channels: [{name: web, protocol: http, listen: \"127.0.0.1:0\"}]\n"

static struct sl_problems problems;
static struct sl_config config;

static int parse(const char *text)
{
	memset(&problems, 0, sizeof(problems));
	memset(&config, 0xee, sizeof(config));
	return sl_config_parse(text, strlen(text), "/etc/sluice", &config, &problems);
}

static void defaults_are_those_of_the_table(void **state)
{
	(void)state;
	assert_int_equal(parse(CHANNELS), 0);
	assert_int_equal(config.settings.version, SL_SETTINGS_VERSION);
	assert_int_equal(config.settings.channels, 1);
	assert_int_equal(config.settings.journal_bytes, 1073741824);
	assert_int_equal(config.settings.pin, 1);
	assert_string_equal(config.settings.data, "/etc/sluice/data");
	assert_string_equal(config.settings.sink_path, "/etc/sluice/matches");
	assert_string_equal(config.settings.rules, "");  /* empty stays empty */
	assert_string_equal(config.settings.io, "auto"); /* a word, no path */
	assert_string_equal(config.channels[0].name, "web");
	assert_int_equal(config.channels[0].protocol, SL_PROTOCOL_HTTP);
}

static void values_are_taken(void **state)
{
	(void)state;
	assert_int_equal(
		parse("data: /var/lib/sluice\n"
		      "workers: 3\n"
		      "pin: false\n"
		      "journal: {bytes: 64MiB, backpressure_percent: 60%}\n"
		      "sink:\n  file: {path: \"\", rotate_ms: 10s}\n"
		      "channels:\n"
		      "- {name: a, protocol: tcp, listen: \"[::1]:7\", acknowledge: true, "
		      "lateness: 90s, loss_rate: 0.25%, silence: 5m}\n"
		      "- {name: b, protocol: udp, listen: \"[::1]:7\", loss_rate: 0.000001}\n"
		      "- {name: c, protocol: udp, listen: \"[::1]:8\"}\n"),
		0);
	assert_string_equal(config.settings.data, "/var/lib/sluice");
	assert_int_equal(config.settings.workers, 3);
	assert_int_equal(config.settings.pin, 0);
	assert_int_equal(config.settings.journal_bytes, 64 << 20);
	assert_int_equal(config.settings.journal_backpressure, 60);
	assert_int_equal(config.settings.sink_rotate_ms, 10000);
	assert_string_equal(config.settings.sink_path, "");
	assert_string_equal(config.channels[0].address, "::1");
	assert_int_equal(config.channels[0].port, 7);
	assert_int_equal(config.channels[0].acknowledge, 1);
	assert_int_equal(config.channels[0].lateness_ms, 90000);
	assert_int_equal(config.channels[0].loss_ppm, 2500);
	assert_int_equal(config.channels[0].silence_ms, 300000);
	assert_int_equal(config.channels[1].loss_ppm, 1);
	assert_int_equal(config.channels[2].loss_ppm, SL_LOSS_PPM_DEFAULT);
	assert_int_equal(config.channels[2].silence_ms, 0);
}

struct bad {
	const char *text;
	unsigned line, column;
	const char *message;
	const char *hint; /* NULL: not looked at */
};

static const struct bad bads[] = {
	{CHANNELS "dta: x\n", 2, 1, "there is no setting \"dta\"", "did you mean data?"},
	{CHANNELS "journal: {byte: 1}\n", 2, 11, "there is no setting \"journal.byte\"",
	 "did you mean bytes?"},
	{CHANNELS "workers: many\n", 2, 10, "workers: \"many\" is not a whole number", NULL},
	{CHANNELS "workers: \"2\"\n", 2, 10, "workers: \"2\" is not a whole number",
	 "digits without quotes"},
	{CHANNELS "workers: 65\n", 2, 10, "workers: 65 is out of range: 0 to 64 count", NULL},
	{CHANNELS "workers: 99999999999999999999\n", 2, 10,
	 "workers: 99999999999999999999 is out of range: 0 to 64 count", NULL},
	{CHANNELS "workers: [1]\n", 2, 10, "workers is a single value, not a list", NULL},
	{CHANNELS "journal: 5\n", 2, 10, "journal has settings below it: a mapping is wanted here",
	 NULL},
	{CHANNELS "journal: {bytes: 5s}\n", 2, 18, "journal.bytes: \"5s\" is not a size", NULL},
	{CHANNELS "pin: yes\n", 2, 6, "pin is either true or false", NULL},
	{CHANNELS "run:\n", 2, 5, "run has no value", NULL},
	{CHANNELS "workers: 1\nworkers: 2\n", 3, 1, "this key occurs twice", NULL},
	{CHANNELS "io: dpdk\n", 2, 5, "io names no way of serving sockets", NULL},
	{CHANNELS "api: {listen: \"0.0.0.0:18081\", token_file: t}\n", 2, 15,
	 "api.listen is not a loopback address", NULL},
	{CHANNELS "api: {listen: \"[::]:18081\", token_file: t}\n", 2, 15,
	 "api.listen is not a loopback address", NULL},
	{CHANNELS "api: {listen: \"localhost:18081\", token_file: t}\n", 2, 15,
	 "api.listen is not an address", NULL},
	{CHANNELS "api: {listen: \"127.0.0.1:18081\"}\n", 2, 15, "api.listen needs api.token_file",
	 NULL},
	{CHANNELS "time_zone: Mars/Phobos\n", 2, 12, "time_zone is not the name of a zone", NULL},
	{CHANNELS "limits: {receive_buffers: 100}\n", 2, 27,
	 "limits.receive_buffers has to be a power of two", NULL},
	{CHANNELS "data: &a x\n", 2, 7, "anchors and tags are not offered", NULL},
	{CHANNELS "data: *a\n", 2, 7, "aliases are not offered", NULL},
	{CHANNELS "data: !!str x\n", 2, 7, "anchors and tags are not offered", NULL},
	{CHANNELS "---\nworkers: 1\n", 2, 1, "settings are one document, and this begins another",
	 NULL},
	{"workers: 1\n", 0, 0, "there are no channels, so nothing could arrive", NULL},
	{"", 0, 0, "there are no channels, so nothing could arrive", NULL},
	{"- a\n", 1, 1, "settings are a mapping of names to values", NULL},
	{"channels: []\n", 1, 11, "channels is a list of at least one channel", NULL},
	{"channels: [{name: a, protocol: http}]\n", 1, 12, "this channel has no listen", NULL},
	{"channels: [{name: \"a b\", protocol: http, listen: \"1.1.1.1:1\"}]\n", 1, 19,
	 "name: 1 to 31 letters, digits, '.', '_' or '-'", NULL},
	{"channels: [{name: a, protocol: sctp, listen: \"1.1.1.1:1\"}]\n", 1, 32,
	 "protocol: \"sctp\" is not offered", NULL},
	{"channels: [{name: a, protocol: tcp, listen: \"1.1.1.1:1\", lateness: 8d}]\n", 1, 68,
	 "lateness: \"8d\" is no such duration", NULL},
	{"channels: [{name: a, protocol: tcp, listen: \"1.1.1.1:1\", lateness: -1}]\n", 1, 68,
	 "lateness: \"-1\" is no such duration", NULL},
	{"channels: [{name: a, protocol: tcp, listen: \"1.1.1.1:1\", silence: 8d}]\n", 1, 67,
	 "silence: \"8d\" is no such duration", NULL},
	{"channels: [{name: a, protocol: tcp, listen: \"1.1.1.1:1\", silence: -1}]\n", 1, 67,
	 "silence: \"-1\" is no such duration", NULL},
	{"channels: [{name: a, protocol: tcp, listen: \"1.1.1.1:1\", loss_rate: 101%}]\n", 1, 69,
	 "loss_rate: \"101%\" is no such part", NULL},
	{"channels: [{name: a, protocol: tcp, listen: \"1.1.1.1:1\", loss_rate: 1.1}]\n", 1, 69,
	 "loss_rate: \"1.1\" is no such part", NULL},
	{"channels: [{name: a, protocol: tcp, listen: \"1.1.1.1:1\", loss_rate: 0.00001%}]\n", 1,
	 69, "loss_rate: \"0.00001%\" is no such part", NULL},
	{"channels: [{name: a, protocol: tcp, listen: \"1.1.1.1:1\", loss_rate: 0.0000001}]\n", 1,
	 69, "loss_rate: \"0.0000001\" is no such part", NULL},
	{"channels: [{name: a, protocol: tcp, listen: \"1.1.1.1:1\", loss_rate: .}]\n", 1, 69,
	 "loss_rate: \".\" is no such part", NULL},
	{"channels: [{name: a, protocol: tcp, listen: \"1.1.1.1:1\", loss_rate: "
	 "99999999999999999999}]\n",
	 1, 69, "loss_rate: \"99999999999999999999\" is no such part", NULL},
	{"channels: [{name: a, protocol: tcp, listen: \"1.1.1.1:1\", loss_rate: a few}]\n", 1, 69,
	 "loss_rate: \"a few\" is no such part", NULL},
	{"channels: [{name: a, protocol: udp, listen: \"1.1.1.1:1\", acknowledge: true}]\n", 1, 12,
	 "acknowledge is for channels of protocol tcp", NULL},
	{"channels: [{name: a, protocol: udp, listen: \"1.1.1.1:1\"}, {name: b, protocol: udp, "
	 "listen: \"1.1.1.1:1\"}]\n",
	 1, 59, "two channels listen on 1.1.1.1 port 1", NULL},
	{"channels: [{name: a, protocol: http, listen: \"1.1.1.1:1\", acknowledge: true}]\n", 1, 12,
	 "acknowledge is for channels of protocol tcp", NULL},
	{"channels: [{name: a, protocol: tcp, listen: \"1.1.1.1:1\"}, {name: a, protocol: tcp, "
	 "listen: \"1.1.1.1:2\"}]\n",
	 1, 59, "two channels are named \"a\"", NULL},
	{"channels: [{name: a, protocol: tcp, listen: \"1.1.1.1:1\"}, {name: b, protocol: tcp, "
	 "listen: \"1.1.1.1:1\"}]\n",
	 1, 59, "two channels listen on 1.1.1.1 port 1", NULL},
};

static void mistakes_have_their_place(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(bads) / sizeof(bads[0]); i++) {
		int e = parse(bads[i].text);

		if (e != -SL_E_SETTINGS || problems.count < 1 ||
		    strcmp(problems.list[0].message, bads[i].message) != 0)
			print_error("%s: %d, \"%s\"\n", bads[i].text, e, problems.list[0].message);
		assert_int_equal(e, -SL_E_SETTINGS);
		assert_int_equal(problems.count, 1);
		assert_string_equal(problems.list[0].message, bads[i].message);
		assert_int_equal(problems.list[0].line, bads[i].line);
		assert_int_equal(problems.list[0].column, bads[i].column);
		if (bads[i].hint)
			assert_string_equal(problems.list[0].hint, bads[i].hint);
		assert_int_equal(((uint8_t *)&config)[0], 0xee); /* untouched */
	}
}

static void all_mistakes_are_told(void **state)
{
	char text[SL_PROBLEMS_MAX * 40];
	size_t n = 0;

	(void)state;
	for (unsigned i = 0; i < SL_PROBLEMS_MAX + 5; i++)
		n += (size_t)snprintf(text + n, sizeof(text) - n, "unknown_%u: 1\n", i);
	assert_int_equal(parse(text), -SL_E_SETTINGS);
	assert_int_equal(problems.count, SL_PROBLEMS_MAX + 5);
	assert_int_equal(problems.list[SL_PROBLEMS_MAX - 1].line, SL_PROBLEMS_MAX);
}

static void depth_and_size_are_bounded(void **state)
{
	char deep[2000];
	char *wide = malloc(200000);
	size_t n = 0;

	(void)state;
	memset(deep, '[', sizeof(deep) - 1);
	deep[sizeof(deep) - 1] = 0;
	assert_int_equal(parse(deep), -SL_E_SETTINGS);
	assert_string_equal(problems.list[0].message, "nested too deep");
	n += (size_t)sprintf(wide, "channels: [");
	for (unsigned i = 0; i < SL_CONFIG_NODES_MAX + 1; i++)
		n += (size_t)sprintf(wide + n, "a, ");
	strcpy(wide + n, "a]\n");
	assert_int_equal(parse(wide), -SL_E_SETTINGS);
	assert_string_equal(problems.list[0].message, "more values than a settings file may have");
	free(wide);
}

static void a_long_directory_is_told(void **state)
{
	char directory[300];

	(void)state;
	memset(directory, 'd', sizeof(directory));
	directory[0] = '/';
	directory[sizeof(directory) - 1] = 0;
	memset(&problems, 0, sizeof(problems));
	assert_int_equal(sl_config_parse(CHANNELS, strlen(CHANNELS), directory, &config, &problems),
			 -SL_E_SETTINGS);
	assert_true(problems.count >= 3); /* data, run, the sink */
	directory[100] = 0;
	memset(&problems, 0, sizeof(problems));
	assert_int_equal(sl_config_parse(CHANNELS, strlen(CHANNELS), directory, &config, &problems),
			 -SL_E_SETTINGS);
	assert_string_equal(problems.list[0].message, "run is too long");
}

static void quantities(void **state)
{
	static const struct {
		const char *text, *unit;
		int e;
		int64_t value;
	} cases[] = {
		{"0", "count", 0, 0},
		{"-3", "count", 0, -3},
		{"64KiB", "bytes", 0, 65536},
		{"64 KiB", "bytes", 0, 65536},
		{"2kB", "bytes", 0, 2000},
		{"1TiB", "bytes", 0, 1ll << 40},
		{"1h", "milliseconds", 0, 3600000},
		{"7d", "milliseconds", 0, 604800000},
		{"5m", "milliseconds", 0, 300000},
		{"70%", "percent", 0, 70},
		{"70%", "count", -SL_E_SETTINGS, 0},
		{"", "count", -SL_E_SETTINGS, 0},
		{"-", "count", -SL_E_SETTINGS, 0},
		{"1.5s", "milliseconds", -SL_E_SETTINGS, 0},
		{"1s ", "milliseconds", -SL_E_SETTINGS, 0},
		{"0x10", "count", -SL_E_SETTINGS, 0},
		{"9223372036854775808", "count", -ERANGE, 0},
		{"9000000TiB", "bytes", -ERANGE, 0},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		int64_t value = 0;

		assert_int_equal(sl_config_quantity(cases[i].text, cases[i].unit, &value),
				 cases[i].e);
		assert_int_equal(value, cases[i].value);
	}
}

static void listen_addresses(void **state)
{
	static const char *const bad[] = {"",
					  ":",
					  "1.1.1.1",
					  "1.1.1.1:",
					  "1.1.1.1:65536",
					  "1.1.1.1:+1",
					  "localhost:80",
					  "::1:80",
					  "[::1]",
					  "[::1:80",
					  "[]:80",
					  "1.1.1:80",
					  "1.1.1.1:000080"};
	char address[64] = "untouched";
	uint16_t port = 1;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(sl_config_listen(bad[i], address, &port), -SL_E_SETTINGS);
	assert_string_equal(address, "untouched");
	assert_int_equal(sl_config_listen("0.0.0.0:65535", address, &port), 0);
	assert_string_equal(address, "0.0.0.0");
	assert_int_equal(port, 65535);
}

static void problems_print_a_caret(void **state)
{
	const char *text = CHANNELS "한글: \"x\"\n";
	char *printed = NULL;
	size_t n;
	FILE *to = open_memstream(&printed, &n);

	(void)state;
	memset(&problems, 0, sizeof(problems));
	sl_problems_add(&problems, 2, 5, "a hint", "wrong");
	sl_problems_print(&problems, "f.yaml", text, to);
	fclose(to);
	assert_string_equal(
		printed,
		"f.yaml:2:5: error: wrong\n    한글: \"x\"\n        ^\n    hint: a hint\n");
	free(printed);
}

static void what_settings_name_has_to_be_there(void **state)
{
	struct sl_unmet_list unmet;
	struct sl_settings settings;

	(void)state;
	memset(&settings, 0, sizeof(settings)); /* names nothing */
	sl_config_unmet(&settings, &unmet);
	assert_int_equal(unmet.n, 0);
	snprintf(settings.rules, sizeof(settings.rules), "/tmp");
	snprintf(settings.schema, sizeof(settings.schema), "/proc/self/exe");
	sl_config_unmet(&settings, &unmet);
	assert_int_equal(unmet.n, 0);
	snprintf(settings.rules, sizeof(settings.rules), "/nonexistent/rules");
	snprintf(settings.schema, sizeof(settings.schema), "/tmp");
	sl_config_unmet(&settings, &unmet);
	assert_int_equal(unmet.n, 2);
	assert_string_equal(unmet.at[0].setting, "rules");
	assert_string_equal(unmet.at[0].path, "/nonexistent/rules");
	assert_non_null(strstr(unmet.at[0].sentence, "does not exist"));
	assert_non_null(strstr(unmet.at[0].sentence, "sluice load"));
	assert_string_equal(unmet.at[1].setting, "schema");
	assert_non_null(strstr(unmet.at[1].sentence, "is not a file"));
}

static void a_sink_that_cannot_be_written_is_told(void **state)
{
	static struct sl_settings settings;
	struct sl_unmet_list unmet;

	(void)state;
	strcpy(settings.sink_path, "/tmp");
	sl_config_unmet(&settings, &unmet);
	assert_int_equal(unmet.n, 0);
	/* it is made when it is needed */
	strcpy(settings.sink_path, "/tmp/nonexistent/matches");
	sl_config_unmet(&settings, &unmet);
	assert_int_equal(unmet.n, 0);
	strcpy(settings.sink_path, "/dev/null");
	sl_config_unmet(&settings, &unmet);
	assert_int_equal(unmet.n, 1);
	assert_string_equal(unmet.at[0].setting, "sink.file.path");
	assert_non_null(strstr(unmet.at[0].sentence, "Not a directory; matches wait"));
	strcpy(settings.sink_path, "/dev/null/matches");
	sl_config_unmet(&settings, &unmet);
	assert_int_equal(unmet.n, 1);
}

/* What the loader takes beside the table is in the reference too. */
static void the_reference_names_what_is_taken(void **state)
{
	char *text = NULL;
	size_t bytes = 0;
	FILE *to = open_memstream(&text, &bytes);

	(void)state;
	assert_non_null(to);
	sl_config_reference(to);
	assert_int_equal(fclose(to), 0);
	for (size_t i = 0; i < sl_settings_table_count; i++) {
		const struct sl_setting *setting = &sl_settings_table[i];

		assert_non_null(strstr(text, setting->path));
		assert_non_null(strstr(text, sl_setting_when_text(setting->when)));
	}
	assert_non_null(strstr(text, "limits.connections: 4096\n"
				     "    count, 1 to 1000000\n"
				     "    connections a worker serves at once\n"
				     "    needs a restart of sluice-dataplane\n"));
	assert_int_equal(parse(CHANNELS "sink: {kafka: {properties: {bootstrap.servers: a}}}\n"),
			 0);
	assert_int_equal(config.kafka.count, 1);
	assert_non_null(strstr(text, "\nsink.kafka.properties: "));
	assert_non_null(strstr(text, "\nchannels: "));
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(defaults_are_those_of_the_table),
		cmocka_unit_test(values_are_taken),
		cmocka_unit_test(mistakes_have_their_place),
		cmocka_unit_test(all_mistakes_are_told),
		cmocka_unit_test(depth_and_size_are_bounded),
		cmocka_unit_test(a_long_directory_is_told),
		cmocka_unit_test(quantities),
		cmocka_unit_test(listen_addresses),
		cmocka_unit_test(problems_print_a_caret),
		cmocka_unit_test(what_settings_name_has_to_be_there),
		cmocka_unit_test(a_sink_that_cannot_be_written_is_told),
		cmocka_unit_test(the_reference_names_what_is_taken),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
