/* What every backend with sockets does about many connections, many workers, and none to spare. */
#include "rig.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#define WORKERS 4u
#define CLIENTS 40u

static void many_connections_with_few_buffers(void **state)
{
	struct sl_io_config config = RIG_CONFIG;
	int clients[200];
	uint8_t bytes[1500];
	struct rig *rig;

	(void)state;
	config.buffers = 2;
	rig = rig_open(contract_ops, config);
	rig->echo = true;
	for (unsigned i = 0; i < 200; i++)
		clients[i] = client_connect(rig->port);
	for (unsigned i = 0; i < 200; i++) {
		memset(bytes, (int)i, sizeof(bytes));
		client_send(clients[i], bytes, sizeof(bytes));
	}
	RIG_UNTIL(rig, rig->n_opened == 200);
	for (unsigned i = 0; i < 200; i++) {
		client_read(rig, clients[i], bytes, sizeof(bytes));
		for (size_t j = 0; j < sizeof(bytes); j++)
			assert_int_equal(bytes[j], i);
		close(clients[i]);
	}
	RIG_UNTIL(rig, rig->n_ended == 200);
	for (unsigned i = 0; i < 200; i++)
		rig->ops->shut(rig->io, i, true);
	RIG_UNTIL(rig, rig->n_closed == 200);
	rig_close(rig);
}

static void connections_above_the_limit_are_refused_and_counted(void **state)
{
	struct sl_io_config config = RIG_CONFIG;
	uint32_t connection;
	struct rig *rig;
	int a, b, c;

	(void)state;
	config.connections = 2;
	rig = rig_open(contract_ops, config);
	rig_connect(rig, &a);
	connection = rig_connect(rig, &b);
	c = client_connect(rig->port);
	assert_int_equal(client_read_to_end(rig, c), 0);
	close(c);
	assert_int_equal(rig_count(rig, SL_COUNTER_CONNECTIONS_REFUSED), 1);
	assert_int_equal(rig->n_opened, 2);
	client_reset(b);
	RIG_UNTIL(rig, rig->seen[connection].closed);
	assert_int_equal(rig_connect(rig, &b), connection);
	client_reset(a);
	client_reset(b);
	rig_close(rig);
}

static void listeners_rest_while_not_accepting(void **state)
{
	struct rig *rig = rig_open(contract_ops, RIG_CONFIG);
	uint32_t connection;
	int first, second;

	(void)state;
	connection = rig_connect(rig, &first);
	/* Off and on at once must not leave it off, nor on twice. */
	rig->ops->accepting(rig->io, false);
	rig_step(rig);
	rig->ops->accepting(rig->io, true);
	rig->ops->accepting(rig->io, false);
	for (unsigned i = 0; i < 3; i++)
		rig_step(rig);
	second = client_connect(rig->port); /* the kernel queues it */
	for (unsigned i = 0; i < 5; i++)
		rig_step(rig);
	assert_int_equal(rig->n_opened, 1);
	rig->ops->accepting(rig->io, true);
	RIG_UNTIL(rig, rig->n_opened == 2);
	client_send(first, "still", 5);
	RIG_UNTIL(rig, rig->seen[connection].n == 5);
	close(first);
	close(second);
	rig_close(rig);
}

static void listener_recovers_when_descriptors_ran_out(void **state)
{
	struct rig *rig = rig_open(contract_ops, RIG_CONFIG);
	struct rlimit before, none;
	unsigned opened_without;
	uint32_t connection;
	int held, client;

	(void)state;
	connection = rig_connect(rig, &held);
	rig->ops->accepting(rig->io, false);
	rig_step(rig);
	rig_step(rig);
	client = socket(AF_INET, SOCK_STREAM, 0);
	assert_true(client >= 0);
	close(client);
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
	none = before;
	none.rlim_cur = (rlim_t)client + 1; /* the client's own takes the last */
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
	client = client_connect(rig->port);
	rig->ops->accepting(rig->io, true);
	client_send(held, "served", 6);
	for (unsigned i = 0; i < 50; i++)
		rig_step(rig);
	opened_without = rig->n_opened;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
	assert_int_equal(opened_without, 1);
	assert_int_equal(rig->seen[connection].n, 6);
	RIG_UNTIL(rig, rig->n_opened == 2);
	close(client);
	close(held);
	rig_close(rig);
}

static void open_fails_cleanly_for_want_of_descriptors(void **state)
{
	struct rig *rig = rig_open(contract_ops, RIG_CONFIG);
	struct sl_io *untouched = rig->io, *io;
	struct rlimit before, few;
	int free_fd, error = -1;

	(void)state;
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
	free_fd = dup(0);
	close(free_fd);
	rig->group.n = 2;
	rig->config.worker = 1;
	for (unsigned n = 0; error; n++) {
		few = before;
		few.rlim_cur = (rlim_t)free_fd + n;
		io = untouched;
		assert_int_equal(setrlimit(RLIMIT_NOFILE, &few), 0);
		error = contract_ops->open(&rig->config, &io);
		assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
		assert_true(error ? error == -EMFILE && io == untouched : n > 0);
		assert_int_equal(!error, !!rig->group.members[1]);
		assert_true(n < 10);
	}
	contract_ops->close(io);
	rig_close(rig);
}

/* One worker of a group, which answers each byte with its number. */
struct member {
	pthread_t thread;
	pthread_barrier_t *barrier;
	struct sl_io_config config;
	struct sl_stats_worker stats;
	const struct sl_io_ops *ops;
	struct sl_io *io;
	atomic_bool stop;
};

static void *member_run(void *at)
{
	struct member *member = at;
	struct sl_io_burst burst;
	uint8_t number = (uint8_t)member->config.worker;

	if (member->ops->open(&member->config, &member->io))
		abort();
	pthread_barrier_wait(member->barrier);
	while (!atomic_load(&member->stop)) {
		if (member->ops->wait(member->io, &burst, -1))
			abort();
		for (unsigned i = 0; i < burst.n; i++)
			if (burst.items[i].kind == SL_IO_DATA)
				member->ops->send(member->io, burst.items[i].connection, &number,
						  1);
		member->ops->release(member->io, &burst);
	}
	/* Nobody closes while another may still hand a socket over or wake. */
	pthread_barrier_wait(member->barrier);
	member->ops->close(member->io);
	return NULL;
}

static void blocking_exchange(int client, uint8_t *ret_number)
{
	ssize_t n;

	client_send(client, "?", 1);
	do
		n = recv(client, ret_number, 1, 0);
	while (n < 0 && errno == EAGAIN);
	assert_int_equal(n, 1);
}

static void the_least_loaded_worker_gets_the_connection(void **state)
{
	struct rig *rig = rig_open(contract_ops, RIG_CONFIG);
	struct member *members = aligned_alloc(64, WORKERS * sizeof(*members));
	unsigned served[WORKERS] = {0};
	pthread_barrier_t barrier;
	int clients[CLIENTS];

	(void)state;
	assert_non_null(members);
	memset(members, 0, WORKERS * sizeof(*members));
	rig->ops->close(rig->io); /* only its listener is used */
	rig->group.n = WORKERS;
	pthread_barrier_init(&barrier, NULL, WORKERS + 1);
	for (unsigned i = 0; i < WORKERS; i++) {
		members[i].barrier = &barrier;
		members[i].ops = rig->ops;
		members[i].config = rig->config;
		members[i].config.worker = i;
		members[i].config.stats = &members[i].stats;
		assert_int_equal(pthread_create(&members[i].thread, NULL, member_run, &members[i]),
				 0);
	}
	pthread_barrier_wait(&barrier);
	for (unsigned i = 0; i < CLIENTS; i++)
		clients[i] = client_connect(rig->port);
	for (unsigned round = 0; round < 3; round++)
		for (unsigned i = 0; i < CLIENTS; i++) {
			uint8_t number;

			blocking_exchange(clients[i], &number);
			assert_true(number < WORKERS);
			served[number]++;
		}
	for (unsigned i = 0; i < WORKERS; i++) {
		assert_int_equal(served[i], 3 * CLIENTS / WORKERS);
		assert_int_equal(rig->group.connections[i], CLIENTS / WORKERS);
	}
	for (unsigned i = 0; i < WORKERS; i++) {
		atomic_store(&members[i].stop, true);
		rig->ops->wake(members[i].io);
	}
	pthread_barrier_wait(&barrier);
	for (unsigned i = 0; i < WORKERS; i++)
		pthread_join(members[i].thread, NULL);
	for (unsigned i = 0; i < CLIENTS; i++)
		close(clients[i]);
	pthread_barrier_destroy(&barrier);
	free(members);
	rig->io = NULL;
	rig_close(rig);
}

/* Each side waits for the other's last word: a lost wake hangs the test. */
struct game {
	struct rig *rig;
	atomic_uint served;
	atomic_uint answered;
};

#define GAME_ROUNDS 5000u

static void *game_server(void *at)
{
	struct game *game = at;

	for (unsigned i = 1; i <= GAME_ROUNDS; i++) {
		while (atomic_load(&game->answered) != i - 1)
			sched_yield();
		atomic_store_explicit(&game->served, i, memory_order_relaxed);
		game->rig->ops->wake(game->rig->io);
	}
	return NULL;
}

static void no_wake_is_lost(void **state)
{
	struct rig *rig = rig_open(contract_ops, RIG_CONFIG);
	struct game game = {.rig = rig};
	struct sl_io_burst burst;
	pthread_t server;

	(void)state;
	assert_int_equal(pthread_create(&server, NULL, game_server, &game), 0);
	for (unsigned i = 1; i <= GAME_ROUNDS; i++) {
		while (atomic_load_explicit(&game.served, memory_order_relaxed) != i) {
			assert_int_equal(rig->ops->wait(rig->io, &burst, -1), 0);
			rig->ops->release(rig->io, &burst);
		}
		atomic_store(&game.answered, i);
	}
	pthread_join(server, NULL);
	rig_close(rig);
}

static void wake_before_wait_is_not_lost(void **state)
{
	struct rig *rig = rig_open(contract_ops, RIG_CONFIG);
	struct sl_io_burst burst;

	(void)state;
	rig->ops->wake(rig->io);
	assert_int_equal(rig->ops->wait(rig->io, &burst, -1), 0);
	assert_int_equal(burst.n, 0);
	rig->ops->wake(rig->io);
	assert_int_equal(rig->ops->wait(rig->io, NULL, -1), 0);
	rig_close(rig);
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(many_connections_with_few_buffers),
	cmocka_unit_test(connections_above_the_limit_are_refused_and_counted),
	cmocka_unit_test(listeners_rest_while_not_accepting),
	cmocka_unit_test(listener_recovers_when_descriptors_ran_out),
	cmocka_unit_test(open_fails_cleanly_for_want_of_descriptors),
	cmocka_unit_test(the_least_loaded_worker_gets_the_connection),
	cmocka_unit_test(no_wake_is_lost),
	cmocka_unit_test(wake_before_wait_is_not_lost),
};

const struct CMUnitTest *contract_accept_tests(size_t *ret_n)
{
	*ret_n = sizeof(tests) / sizeof(tests[0]);
	return tests;
}
