/* Workers in threads of their own, over real sockets, while rule sets are exchanged: what crosses
 * between them is for the thread sanitizer to see. */
#include "rig.h"

#include <arpa/inet.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#define CAMPAIGN(name)                                                                             \
	"campaign: " name                                                                          \
	"\nkind: service\nmatch: type == \"x\"\nsend: {channel: push, template: T}\n"
#define WORKERS 3
#define CLIENTS 4
#define REQUESTS 60
#define EVENTS 5 /* of a request */

static atomic_bool stop;
static uint16_t port;
static pthread_barrier_t last_wake;

static struct sl_now real_clock(void *context)
{
	(void)context;
	return sl_clock_now();
}

static void *work(void *context)
{
	struct sl_worker *worker = context;

	if (sl_worker_open(worker))
		abort();
	while (!atomic_load(&stop))
		if (sl_worker_step(worker, real_clock, NULL, SL_NS_PER_MS))
			abort();
	pthread_barrier_wait(&last_wake);
	sl_worker_close(worker);
	return NULL;
}

static int dial(void)
{
	struct sockaddr_in address = {.sin_family = AF_INET,
				      .sin_port = htons(port),
				      .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof(address)))
		abort();
	return fd;
}

/* Sends a request and waits for its reply; true: 200 with all of its events matched. */
static bool post(int fd, unsigned client, unsigned number)
{
	char body[2048] = "[", request[4096], reply[4096];
	size_t n = 1, got = 0;

	for (unsigned i = 0; i < EVENTS; i++)
		n += (size_t)snprintf(body + n, sizeof(body) - n,
				      "%s{\"id\":\"%u-%u-%u\",\"type\":\"x\",\"customer\":\"C%u\"}",
				      i ? "," : "", client, number, i, number * EVENTS + i);
	snprintf(body + n, sizeof(body) - n, "]");
	n = (size_t)snprintf(
		request, sizeof(request),
		"POST /v1/events HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"
		"Content-Length: %zu\r\n\r\n%s",
		strlen(body), body);
	if (send(fd, request, n, 0) != (ssize_t)n)
		return false;
	do {
		ssize_t r = recv(fd, reply + got, sizeof(reply) - 1 - got, 0);

		if (r <= 0)
			return false;
		got += (size_t)r;
		reply[got] = 0;
	} while (!strstr(reply, "\"refused\":[]}"));
	if (!strstr(reply, "\"received\":5,\"accepted\":5,\"matched\":5")) {
		print_error("%s\n", reply);
		return false;
	}
	return true;
}

static void *send_events(void *context)
{
	unsigned client = (unsigned)(uintptr_t)context, good = 0;
	int fd = dial();

	for (unsigned i = 0; i < REQUESTS; i++)
		good += post(fd, client, i);
	close(fd);
	return (void *)(uintptr_t)good;
}

static void events_and_exchanges(const struct sl_io_ops *io)
{
	struct rig *rig = calloc(1, sizeof(*rig));
	struct sl_channel channel = {
		.name = "rig", .address = "127.0.0.1", .protocol = SL_PROTOCOL_HTTP};
	pthread_t workers[WORKERS], clients[CLIENTS];
	char data[] = "/tmp/sluice-threads-XXXXXX", command[128];
	int fd = -1;
	void *good;

	assert_non_null(mkdtemp(data));
	assert_int_equal(sl_io_listen(&channel, &fd, &port), 0);
	rig->config.io = io;
	rig->config.listeners[0] = (struct sl_io_listener){.fd = fd, .protocol = SL_PROTOCOL_HTTP};
	rig_open_threaded(rig, CAMPAIGN("a"), WORKERS, data);
	atomic_store(&stop, false);
	pthread_barrier_init(&last_wake, NULL, WORKERS + 1);
	for (unsigned i = 0; i < WORKERS; i++)
		pthread_create(&workers[i], NULL, work, sl_engine_worker(rig->engine, i));
	for (uintptr_t i = 0; i < CLIENTS; i++)
		pthread_create(&clients[i], NULL, send_events, (void *)i);
	for (unsigned i = 0; i < 5; i++)
		assert_int_equal(rig_load_running(rig, i % 2 ? CAMPAIGN("a") : CAMPAIGN("b")), 0);
	for (unsigned i = 0; i < CLIENTS; i++) {
		pthread_join(clients[i], &good);
		assert_int_equal((uintptr_t)good, REQUESTS);
	}
	sl_engine_drain(rig->engine);
	while (!sl_engine_drained(rig->engine))
		usleep(1000);
	sl_engine_stop_commits(rig->engine);
	atomic_store(&stop, true);
	sl_engine_drain(rig->engine);
	pthread_barrier_wait(&last_wake);
	for (unsigned i = 0; i < WORKERS; i++)
		pthread_join(workers[i], NULL);
	assert_int_equal(rig_ledger(rig, SL_LEDGER_MATCHED), CLIENTS * REQUESTS * EVENTS);
	assert_true(rig_counter(rig, SL_COUNTER_HANDED_OVER) > 0);
	rig_assert_adds_up(rig);
	rig_close(rig);
	close(fd);
	pthread_barrier_destroy(&last_wake);
	free(rig);
	snprintf(command, sizeof(command), "rm -rf %s", data);
	assert_int_equal(system(command), 0);
}

static void over_epoll(void **state)
{
	(void)state;
	events_and_exchanges(&sl_io_epoll);
}

static void over_uring(void **state)
{
	int refused = 0;

	(void)state;
	if (!sl_io_choose("uring", &refused))
		skip();
	events_and_exchanges(&sl_io_uring);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(over_epoll),
		cmocka_unit_test(over_uring),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
