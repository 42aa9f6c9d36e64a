/* What the service manager hears, on a real socket. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/counters.h"
#include "worker/service.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define WORKERS 2
#define S SL_NS_PER_S

struct page {
	struct sl_stats_header header;
	struct sl_stats_worker worker[WORKERS];
};

static struct page page;
static char directory[64], path[96];
static int manager;

static int listen_as_manager(void **state)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};

	(void)state;
	strcpy(directory, "/tmp/sluice-service.XXXXXX");
	assert_non_null(mkdtemp(directory));
	snprintf(path, sizeof(path), "%s/notify", directory);
	strcpy(address.sun_path, path);
	manager = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	assert_return_code(manager, 0);
	assert_return_code(bind(manager, (struct sockaddr *)&address, sizeof(address)), 0);
	setenv("NOTIFY_SOCKET", path, 1);
	setenv("WATCHDOG_USEC", "20000000", 1);
	unsetenv("WATCHDOG_PID");
	memset(&page, 0, sizeof(page));
	page.header.workers = WORKERS;
	page.header.channels = 1;
	return 0;
}

static int leave(void **state)
{
	(void)state;
	close(manager);
	unlink(path);
	rmdir(directory);
	unsetenv("NOTIFY_SOCKET");
	unsetenv("WATCHDOG_USEC");
	return 0;
}

/* The next message, "" where there is none. */
static const char *heard(void)
{
	static char text[512];
	ssize_t n = recv(manager, text, sizeof(text) - 1, 0);

	text[n < 0 ? 0 : n] = '\0';
	return text;
}

static void move(bool worker0, bool worker1, bool committer)
{
	sl_stat_add(&page.worker[0].heartbeat, worker0);
	sl_stat_add(&page.worker[1].heartbeat, worker1);
	sl_stat_add(&page.header.store.heartbeat, committer);
}

static void ready_and_stopping_are_told(void **state)
{
	struct sl_service service;

	(void)state;
	sl_service_init(&service, &page.header, 0);
	assert_string_equal(heard(), "");
	sl_service_ready(&service);
	assert_string_equal(heard(), "READY=1\nSTATUS=no rule set: events are refused until one is "
				     "loaded");
	sl_stat_set(&page.worker[0].ruleset, 7);
	sl_stat_set(&page.worker[1].ruleset, 7);
	sl_stat_set(&page.worker[0].ledger[0][SL_LEDGER_RECEIVED], 3);
	sl_stat_set(&page.worker[1].ledger[0][SL_LEDGER_RECEIVED], 4);
	sl_stat_set(&page.header.store.fill_permille, 129);
	sl_service_ready(&service);
	assert_string_equal(heard(),
			    "READY=1\nSTATUS=rule set 7, 7 events received, journal 12 % full");
	sl_service_stopping(&service);
	assert_memory_equal(heard(), "STOPPING=1\n", 11);
}

static void the_watchdog_is_fed_while_all_move(void **state)
{
	struct sl_service service;

	(void)state;
	sl_service_init(&service, &page.header, 0);
	for (int i = 1; i <= 20; i++) {
		int wait_ms;

		move(true, true, true);
		wait_ms = sl_service_tick(&service, i * 3 * S);
		assert_memory_equal(heard(), "WATCHDOG=1\n", 11);
		assert_in_range(wait_ms, 1, 3000); /* in good time: the limit is 20 s */
	}
	/* in between it is not due */
	assert_in_range(sl_service_tick(&service, 61 * S), 1, 2000);
	assert_string_equal(heard(), "");
}

static void starve(bool worker0, bool worker1, bool committer, const char *status)
{
	struct sl_service service;
	int64_t now_ns = 0;

	sl_service_init(&service, &page.header, now_ns);
	move(true, true, true);
	sl_service_tick(&service, now_ns);
	assert_memory_equal(heard(), "WATCHDOG=1\n", 11);
	while (now_ns < 9 * S) {
		move(worker0, worker1, committer);
		sl_service_tick(&service, now_ns += 3 * S);
		assert_memory_equal(heard(), "WATCHDOG=1\n", 11);
	}
	move(worker0, worker1, committer);
	sl_service_tick(&service, now_ns += 3 * S);
	assert_string_equal(heard(), status); /* once */
	while (now_ns < 100 * S) {
		move(worker0, worker1, committer);
		sl_service_tick(&service, now_ns += 3 * S);
		assert_string_equal(heard(), "");
	}
	move(true, true, true);
	sl_service_tick(&service, now_ns += 3 * S);
	assert_memory_equal(heard(), "WATCHDOG=1\n", 11);
}

static void one_that_stands_still_ends_the_feeding(void **state)
{
	(void)state;
	starve(false, true, true, "STATUS=worker 0 stands still; the watchdog is not fed");
	starve(true, false, true, "STATUS=worker 1 stands still; the watchdog is not fed");
	starve(true, true, false, "STATUS=the committer stands still; the watchdog is not fed");
}

static void without_a_watchdog_nothing_is_asked(void **state)
{
	struct sl_service service;

	(void)state;
	unsetenv("WATCHDOG_USEC");
	sl_service_init(&service, &page.header, 0);
	assert_int_equal(sl_service_tick(&service, 100 * S), -1);
	assert_string_equal(heard(), "");
	unsetenv("NOTIFY_SOCKET");
	sl_service_ready(&service);
	assert_string_equal(heard(), "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(ready_and_stopping_are_told, listen_as_manager,
						leave),
		cmocka_unit_test_setup_teardown(the_watchdog_is_fed_while_all_move,
						listen_as_manager, leave),
		cmocka_unit_test_setup_teardown(one_that_stands_still_ends_the_feeding,
						listen_as_manager, leave),
		cmocka_unit_test_setup_teardown(without_a_watchdog_nothing_is_asked,
						listen_as_manager, leave),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
