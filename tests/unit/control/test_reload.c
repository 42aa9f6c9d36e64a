/* The settings, read again while a gateway runs on those before. */
#include "fixture.h"

#include "control/reload.h"
#include "sluice/error.h"

#include <errno.h>

#define BEGIN "channels: [{name: web, protocol: http, listen: \"127.0.0.1:18080\"}]\n"
#define KAFKA                                                                                      \
	"sink: {file: {rotate_bytes: 8192}, kafka: {properties: {bootstrap.servers: \"a:1\", "     \
	"sasl.password: %s}}}\n"

static struct fixture fixture;
static char path[96];
static struct sl_config in_force;
static struct sl_reload_result result;

static void write_text(const char *text)
{
	assert_int_equal(sl_file_replace(path, text, strlen(text)), 0);
}

static int begin(void **state)
{
	static struct sl_problems problems;

	(void)state;
	fixture_open(&fixture);
	snprintf(path, sizeof(path), "%s/sluice.yaml", fixture.directory);
	write_text(BEGIN "workers: 2\n");
	assert_int_equal(sl_config_load(path, &in_force, &problems, NULL), 0);
	result = (struct sl_reload_result){99, 99};
	return 0;
}

static int end(void **state)
{
	(void)state;
	fixture_close(&fixture);
	return 0;
}

/* What is logged meanwhile; the caller frees it. */
static char *reload(int wanted)
{
	char log[128], *text = NULL;
	size_t bytes;
	int before = dup(STDERR_FILENO);

	snprintf(log, sizeof(log), "%s/log", fixture.directory);
	assert_non_null(freopen(log, "w", stderr));
	assert_int_equal(sl_reload(path, &in_force, &result), wanted);
	fflush(stderr);
	assert_return_code(dup2(before, STDERR_FILENO), 0);
	close(before);
	assert_int_equal(sl_file_read(log, 1 << 20, &text, &bytes), 0);
	return text;
}

static void the_same_file_changes_nothing(void **state)
{
	struct sl_config before = in_force;
	char *log = reload(0);

	(void)state;
	assert_int_equal(result.applied, 0);
	assert_int_equal(result.waiting, 0);
	assert_string_equal(log, "");
	assert_memory_equal(&before, &in_force, sizeof(before));
	free(log);
}

static unsigned line_of(const char *setting)
{
	for (size_t i = 0; i < sl_settings_table_count; i++)
		if (!strcmp(sl_settings_table[i].path, setting))
			return in_force.origin.line[i];
	fail_msg("no setting %s", setting);
	return 0;
}

/* Lines move down: that is no change, and what is shown of a setting is where it stands now. */
static void a_comment_is_no_change(void **state)
{
	static struct sl_problems problems;
	char text[512];
	char *log;

	(void)state;
	snprintf(text, sizeof(text), "%s" KAFKA, BEGIN, "hunter2");
	write_text(text);
	assert_int_equal(sl_config_load(path, &in_force, &problems, NULL), 0);
	assert_int_equal(in_force.kafka.at[1].line, 2);
	snprintf(text, sizeof(text), "# why\n%s# why\n" KAFKA, BEGIN, "hunter2");
	write_text(text);
	log = reload(0);
	assert_string_equal(log, "");
	assert_int_equal(result.applied + result.waiting, 0);
	assert_int_equal(in_force.origin.channel_line[0], 2);
	assert_int_equal(in_force.origin.line[SL_SETTING_sink_rotate_bytes], 4);
	assert_int_equal(in_force.kafka.at[0].line, 4);
	assert_int_equal(in_force.kafka.at[1].line, 4);
	free(log);
}

/* Settings by process substitution, or put there by mistake: opening it must not wait. */
static void a_fifo_is_refused_at_once(void **state)
{
	struct sl_config before = in_force;
	char *log;

	(void)state;
	assert_return_code(unlink(path), 0);
	assert_return_code(mkfifo(path, 0600), 0);
	log = reload(-SL_E_SETTINGS);
	assert_non_null(strstr(log, "not a regular file"));
	assert_memory_equal(&before, &in_force, sizeof(before));
	free(log);
}

static void what_can_change_does_and_the_rest_is_named(void **state)
{
	char *log;

	(void)state;
	write_text(BEGIN "workers: 3\n"
			 "time_zone: Europe/Berlin\n"
			 "journal: {bytes: 2GiB}\n"
			 "unsafe_advertising_without_consent: true\n"
			 "duplicates: {per_partition: 7}\n"
			 "sink: {file: {path: elsewhere, rotate_ms: 5000}}\n");
	log = reload(0);
	assert_int_equal(result.applied, 3);
	assert_int_equal(result.waiting, 4);
	assert_string_equal(in_force.settings.time_zone, "Europe/Berlin");
	/* where what is in force stands now; what waits stands where it stood */
	assert_int_equal(line_of("time_zone"), 3);
	assert_int_equal(line_of("workers"), 2);
	assert_int_equal(line_of("journal.bytes"), 0);
	assert_int_equal(in_force.settings.unsafe_advertising, 1);
	assert_int_equal(in_force.settings.sink_rotate_ms, 5000);
	assert_int_equal(in_force.settings.workers, 2);
	assert_int_equal(in_force.settings.journal_bytes, 1 << 30);
	assert_int_equal(in_force.settings.duplicates_per_partition, 1024);
	assert_non_null(strstr(in_force.settings.sink_path, "/matches"));
	assert_non_null(strstr(log, "setting time_zone is \\\"Europe/Berlin\\\" from now on"));
	assert_non_null(strstr(log, "changed in the file, and needs a restart of sluice-dataplane; "
				    "workers: 3, until then 2; journal.bytes: 2147483648, until "
				    "then 1073741824\""));
	assert_non_null(strstr(log, "needs a restart of sluice-control and sluice-dataplane; "
				    "duplicates.per_partition: 7, until then 1024\""));
	assert_non_null(strstr(log, "needs a restart of sluice-control; sink.file.path: "));
	free(log);

	/* what waits is told again with the next reload, what was taken is not */
	log = reload(0);
	assert_int_equal(result.applied, 0);
	assert_int_equal(result.waiting, 4);
	free(log);
}

static void channels_and_properties_are_told_without_their_secrets(void **state)
{
	char text[512], *log;

	(void)state;
	snprintf(text, sizeof(text), BEGIN "workers: 2\n" KAFKA, "one");
	write_text(text);
	log = reload(0);
	assert_int_equal(result.applied, 1);
	assert_int_equal(result.waiting, 1);
	assert_non_null(strstr(log, "needs a restart of sluice-control; sink.kafka.properties\""));
	assert_null(strstr(log, "one"));
	assert_int_equal(in_force.kafka.count, 0);
	free(log);

	write_text("workers: 2\nsink: {file: {rotate_bytes: 8192}}\n"
		   "channels: [{name: web, protocol: http, listen: \"127.0.0.1:18081\"}]\n");
	log = reload(0);
	assert_int_equal(result.waiting, 1);
	assert_non_null(strstr(log, "needs a restart of sluice-dataplane; the channels\""));
	assert_int_equal(in_force.channels[0].port, 18080);
	free(log);
}

/* With no other change of a channel; else they wait with the others. */
static void what_channels_announce_is_taken(void **state)
{
	char *log;

	(void)state;
	write_text(
		"workers: 2\nchannels: [{name: web, protocol: http, listen: \"127.0.0.1:18080\", "
		"fields: [id, time]}]\n");
	log = reload(0);
	assert_int_equal(result.applied, 1);
	assert_int_equal(result.waiting, 0);
	assert_string_equal(in_force.announced, "web id time\n");
	assert_non_null(strstr(log, "the fields that channels announce"));
	free(log);

	write_text(
		"workers: 2\nchannels: [{name: web, protocol: http, listen: \"127.0.0.1:18081\", "
		"fields: [id]}]\n");
	log = reload(0);
	assert_int_equal(result.applied, 0);
	assert_int_equal(result.waiting, 1);
	assert_string_equal(in_force.announced, "web id time\n");
	free(log);

	write_text(BEGIN "workers: 2\n");
	log = reload(0);
	assert_int_equal(result.applied, 1);
	assert_string_equal(in_force.announced, "web\n");
	free(log);
}

static void a_broken_file_changes_nothing(void **state)
{
	struct sl_config before = in_force;
	char *log;

	(void)state;
	write_text(BEGIN "time_zone: Europe/Berlin\nworkers: many\nworkres: 1\n");
	log = reload(-SL_E_SETTINGS);
	assert_non_null(strstr(log, "sluice.yaml:3:10: "));
	assert_non_null(strstr(log, "sluice.yaml:4:1: "));
	assert_non_null(strstr(log, "did you mean workers?"));
	assert_non_null(strstr(log, "those before stay in force: 2 mistakes in "));
	free(log);

	assert_int_equal(unlink(path), 0);
	log = reload(-ENOENT);
	assert_non_null(strstr(log, "those before stay in force"));
	free(log);
	assert_memory_equal(&before, &in_force, sizeof(before));
	assert_int_equal(result.applied, 99);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(the_same_file_changes_nothing, begin, end),
		cmocka_unit_test_setup_teardown(a_comment_is_no_change, begin, end),
		cmocka_unit_test_setup_teardown(a_fifo_is_refused_at_once, begin, end),
		cmocka_unit_test_setup_teardown(what_can_change_does_and_the_rest_is_named, begin,
						end),
		cmocka_unit_test_setup_teardown(
			channels_and_properties_are_told_without_their_secrets, begin, end),
		cmocka_unit_test_setup_teardown(what_channels_announce_is_taken, begin, end),
		cmocka_unit_test_setup_teardown(a_broken_file_changes_nothing, begin, end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
