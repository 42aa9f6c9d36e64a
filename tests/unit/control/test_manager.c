/* What the service manager hears of control, on a real socket. */
#include "fixture.h"

#include "base/clock.h"
#include "control/manager.h"

#include <sys/socket.h>
#include <sys/un.h>

#define S SL_NS_PER_S

struct scene {
	struct fixture fixture;
	struct sl_config config;
	struct sl_paths paths;
	struct sl_consumers *consumers;
	struct sl_rulesets *rulesets;
	int manager;
};

static struct scene scene;
static uint64_t turns[2];
static unsigned n_turns;

/* Consumers that go on and stand still as a test says, in the place of those that run. */
unsigned __wrap_sl_consumers_turns(const struct sl_consumers *consumers,
				   uint64_t ret_turns[SL_CONSUMERS_MAX]);
const char *__wrap_sl_consumers_name(const struct sl_consumers *consumers, unsigned index);

unsigned __wrap_sl_consumers_turns(const struct sl_consumers *consumers,
				   uint64_t ret_turns[SL_CONSUMERS_MAX])
{
	(void)consumers;
	memcpy(ret_turns, turns, n_turns * sizeof(turns[0]));
	return n_turns;
}

const char *__wrap_sl_consumers_name(const struct sl_consumers *consumers, unsigned index)
{
	(void)consumers;
	return index ? "second" : "first";
}

static void wake(void *context)
{
	(void)context;
}

static int begin(void **state)
{
	static const char text[] =
		"data: .\nchannels: [{name: web, protocol: http, listen: \"127.0.0.1:0\"}]\n";
	static struct sl_problems problems;
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	const struct sl_rulesets_config rulesets = {.settings = &scene.config.settings,
						    .paths = &scene.paths,
						    .program = "/proc/self/exe",
						    .wake = wake};
	char why[SL_SENTENCE_BYTES];

	(void)state;
	memset(&scene, 0, sizeof(scene));
	n_turns = 0;
	fixture_open(&scene.fixture);
	assert_int_equal(sl_config_parse(text, sizeof(text) - 1, scene.fixture.directory,
					 &scene.config, &problems),
			 0);
	sl_paths_init(&scene.paths, &scene.config.settings);
	snprintf(address.sun_path, sizeof(address.sun_path), "%s/notify", scene.fixture.directory);
	scene.manager = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	assert_return_code(bind(scene.manager, (struct sockaddr *)&address, sizeof(address)), 0);
	setenv("NOTIFY_SOCKET", address.sun_path, 1);
	setenv("WATCHDOG_USEC", "20000000", 1);
	unsetenv("WATCHDOG_PID");
	assert_int_equal(sl_consumers_open(&scene.config, &scene.paths, &scene.consumers, why), 0);
	assert_int_equal(sl_rulesets_open(&rulesets, &scene.rulesets, why), 0);
	return 0;
}

static int end(void **state)
{
	(void)state;
	unsetenv("NOTIFY_SOCKET");
	unsetenv("WATCHDOG_USEC");
	sl_rulesets_close(scene.rulesets);
	sl_consumers_close(scene.consumers, 0);
	close(scene.manager);
	fixture_close(&scene.fixture);
	return 0;
}

/* The next message, "" where there is none. */
static const char *heard(void)
{
	static char text[512];
	ssize_t n = recv(scene.manager, text, sizeof(text) - 1, 0);

	text[n < 0 ? 0 : n] = '\0';
	return text;
}

static void the_first_round_is_when_it_is_ready(void **state)
{
	struct sl_manager manager;

	(void)state;
	sl_manager_init(&manager, 0);
	assert_string_equal(heard(), "");
	sl_manager_tick(&manager, scene.consumers, scene.rulesets, 0);
	assert_string_equal(heard(), "READY=1\nSTATUS=no rule set; the dataplane does not answer");
	assert_memory_equal(heard(), "WATCHDOG=1\n", 11);
	sl_manager_tick(&manager, scene.consumers, scene.rulesets, S);
	assert_string_equal(heard(), ""); /* not due */
	/* no consumer runs, so none can stand still */
	sl_manager_tick(&manager, scene.consumers, scene.rulesets, 100 * S);
	assert_memory_equal(heard(), "WATCHDOG=1\n", 11);
}

/* Half of the manager's 20 s are the limit, and a quarter of that is between two looks. */
static void one_that_stands_still_keeps_it_from_being_fed(void **state)
{
	const int64_t look_ns = 10 * S / 4;
	struct sl_manager manager;
	int64_t now_ns = 0;

	(void)state;
	n_turns = 2;
	sl_manager_init(&manager, 0);
	sl_manager_tick(&manager, scene.consumers, scene.rulesets, 0);
	heard(); /* that it is ready */
	for (; now_ns < 10 * S; now_ns += look_ns) {
		turns[0]++;
		sl_manager_tick(&manager, scene.consumers, scene.rulesets, now_ns);
		assert_memory_equal(heard(), "WATCHDOG=1\n", 11);
	}
	turns[0]++;
	sl_manager_tick(&manager, scene.consumers, scene.rulesets, now_ns);
	assert_string_equal(heard(),
			    "STATUS=consumer second stands still; the watchdog is not fed");
	sl_manager_tick(&manager, scene.consumers, scene.rulesets, now_ns + look_ns);
	assert_string_equal(heard(), ""); /* said once, and still not fed */
	turns[0]++;
	turns[1]++;
	sl_manager_tick(&manager, scene.consumers, scene.rulesets, now_ns + 2 * look_ns);
	assert_memory_equal(heard(), "WATCHDOG=1\n", 11);
}

static void a_reload_is_told_with_its_time(void **state)
{
	long long before_us = sl_clock_read(CLOCK_MONOTONIC) / 1000, at_us = 0;

	(void)state;
	sl_manager_reloading();
	assert_int_equal(sscanf(heard(), "RELOADING=1\nMONOTONIC_USEC=%lld\n", &at_us), 1);
	assert_true(at_us >= before_us && at_us <= sl_clock_read(CLOCK_MONOTONIC) / 1000);
	sl_manager_reloaded();
	assert_string_equal(heard(), "READY=1");
	sl_manager_stopping();
	assert_memory_equal(heard(), "STOPPING=1\n", 11);
}

static void without_a_watchdog_only_ready_is_told(void **state)
{
	struct sl_manager manager;

	(void)state;
	unsetenv("WATCHDOG_USEC");
	sl_manager_init(&manager, 0);
	sl_manager_tick(&manager, scene.consumers, scene.rulesets, 0);
	assert_memory_equal(heard(), "READY=1\n", 8);
	sl_manager_tick(&manager, scene.consumers, scene.rulesets, 100 * S);
	assert_string_equal(heard(), "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(the_first_round_is_when_it_is_ready, begin, end),
		cmocka_unit_test_setup_teardown(one_that_stands_still_keeps_it_from_being_fed,
						begin, end),
		cmocka_unit_test_setup_teardown(a_reload_is_told_with_its_time, begin, end),
		cmocka_unit_test_setup_teardown(without_a_watchdog_only_ready_is_told, begin, end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
