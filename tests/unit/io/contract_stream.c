/* What every backend with sockets does with one connection's bytes. */
#include "rig.h"

#include "sluice/error.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static void check_pattern(const uint8_t *bytes, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (bytes[i] != pattern(i))
			fail_msg("byte %zu of %zu is %u, not %u", i, n, bytes[i], pattern(i));
}

static void echo_comes_back(void **state)
{
	struct rig *rig = rig_open(contract_ops, RIG_CONFIG);
	uint32_t connection;
	char reply[5];
	int client;

	(void)state;
	rig->echo = true;
	connection = rig_connect(rig, &client);
	client_send(client, "hello", 5);
	client_read(rig, client, reply, 5);
	assert_memory_equal(reply, "hello", 5);
	assert_int_equal(rig->seen[connection].n, 5);
	assert_int_equal(rig_count(rig, SL_COUNTER_BYTES_OUT), 5);
	close(client);
	RIG_UNTIL(rig, rig->seen[connection].ended);
	rig->ops->shut(rig->io, connection, true);
	RIG_UNTIL(rig, rig->seen[connection].closed);
	assert_int_equal(rig->group.connections[0], 0);
	rig_close(rig);
}

static void long_stream_arrives_whole_and_in_order(void **state)
{
	struct rig *rig = rig_open(contract_ops, RIG_CONFIG);
	size_t all = 1u << 20, sent = 0;
	uint32_t connection;
	uint8_t bytes[10000];
	int client;

	(void)state;
	connection = rig_connect(rig, &client);
	while (sent < all) {
		size_t n = all - sent < sizeof(bytes) ? all - sent : sizeof(bytes);
		ssize_t took;

		for (size_t i = 0; i < n; i++)
			bytes[i] = pattern(sent + i);
		took = send(client, bytes, n, MSG_NOSIGNAL);
		if (took > 0)
			sent += (size_t)took;
		else
			rig_step(rig);
	}
	RIG_UNTIL(rig, rig->seen[connection].n == all);
	check_pattern(rig->seen[connection].bytes, all);
	client_reset(client);
	rig_close(rig);
}

static void slow_reader_is_held_off_by_room(void **state)
{
	struct rig *rig = rig_open(contract_ops, RIG_CONFIG);
	size_t all = 12u << 20, put = 0, got = 0;
	int client, window_bytes = 65536;
	bool stuck = false;
	uint32_t connection;
	uint8_t bytes[4096];

	(void)state;
	connection = rig_connect(rig, &client);
	setsockopt(client, SOL_SOCKET, SO_RCVBUF, &window_bytes, sizeof(window_bytes));
	assert_int_equal(rig->ops->room(rig->io, connection), 4096);
	while (got < all) {
		size_t room = rig->ops->room(rig->io, connection);
		size_t n = room < all - put ? room : all - put;

		for (size_t i = 0; i < n; i++)
			bytes[i] = pattern(put + i);
		assert_int_equal(rig->ops->send(rig->io, connection, bytes, n), 0);
		put += n;
		if (n && n == room)
			assert_int_equal(rig->ops->send(rig->io, connection, bytes, 1), -SL_E_FULL);
		/* Reads nothing until the gateway's side is stuck for the first time. */
		if (!rig_step(rig) && put < all && !rig->ops->room(rig->io, connection))
			stuck = true;
		for (unsigned reads = 0; (stuck || put == all) && reads < 100; reads++) {
			ssize_t took = recv(client, bytes, 1 + got % sizeof(bytes), 0);

			for (ssize_t i = 0; i < took; i++)
				assert_int_equal(bytes[i], pattern(got + (size_t)i));
			got += took > 0 ? (size_t)took : 0;
		}
	}
	assert_true(stuck);
	assert_int_equal(rig_count(rig, SL_COUNTER_BYTES_OUT), all);
	client_reset(client);
	rig_close(rig);
}

/* Fills the output of a client that reads nothing, until neither side takes more. */
static void fill_output(struct rig *rig, uint32_t connection)
{
	static const uint8_t bytes[4096];

	for (unsigned still = 0; still < 20;) {
		size_t room = rig->ops->room(rig->io, connection);

		assert_int_equal(rig->ops->send(rig->io, connection, bytes, room), 0);
		rig_step(rig);
		still = room ? 0 : still + 1;
	}
}

static void room_is_told_to_whom_it_was_refused(void **state)
{
	struct rig *rig = rig_open(contract_ops, RIG_CONFIG);
	uint32_t slow, paused, other;
	int clients[3], small = 4096, large = 1 << 20;
	uint8_t bytes[4096];
	unsigned before, before_paused;

	(void)state;
	slow = rig_connect(rig, &clients[0]);
	paused = rig_connect(rig, &clients[1]);
	other = rig_connect(rig, &clients[2]);
	for (unsigned i = 0; i < 2; i++)
		setsockopt(clients[i], SOL_SOCKET, SO_RCVBUF, &small, sizeof(small));
	fill_output(rig, slow);
	fill_output(rig, paused);
	rig->ops->pause(rig->io, paused, true);
	/* while they were filled the kernel may have taken some late: that was told then */
	before = rig->seen[slow].n_rooms;
	before_paused = rig->seen[paused].n_rooms;
	for (unsigned i = 0; i < 5; i++)
		rig_step(rig);
	assert_int_equal(rig->seen[slow].n_rooms, before); /* nobody has read */
	/* what the kernel holds by now would go through the small windows for half a minute */
	for (unsigned i = 0; i < 2; i++)
		setsockopt(clients[i], SOL_SOCKET, SO_RCVBUF, &large, sizeof(large));
	while (rig->seen[slow].n_rooms == before || rig->seen[paused].n_rooms == before_paused) {
		for (unsigned i = 0; i < 2; i++)
			while (recv(clients[i], bytes, sizeof(bytes), 0) > 0)
				;
		rig_step(rig);
	}
	assert_true(rig->ops->room(rig->io, slow) >= 2048);
	assert_true(rig->ops->room(rig->io, paused) >= 2048);
	/* one whose output was never crowded hears nothing */
	assert_int_equal(rig->ops->send(rig->io, other, bytes, 2048), 0);
	client_read(rig, clients[2], bytes, 2048);
	assert_int_equal(rig->seen[other].n_rooms, 0);
	for (unsigned i = 0; i < 3; i++)
		client_reset(clients[i]);
	rig_close(rig);
}

static void paused_bytes_wait_and_keep_their_order(void **state)
{
	struct rig *rig = rig_open(contract_ops, RIG_CONFIG);
	uint32_t connection, other;
	int client, other_client;
	uint8_t bytes[3000];

	(void)state;
	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = pattern(i);
	connection = rig_connect(rig, &client);
	other = rig_connect(rig, &other_client);
	rig->ops->pause(rig->io, connection, true);
	client_send(client, bytes, 1000);
	client_send(other_client, "x", 1);
	RIG_UNTIL(rig, rig->seen[other].n == 1);
	client_send(client, bytes + 1000, 2000);
	shutdown(client, SHUT_WR);
	for (unsigned i = 0; i < 5; i++)
		rig_step(rig);
	assert_int_equal(rig->seen[connection].n, 0);
	assert_false(rig->seen[connection].ended);
	rig->ops->pause(rig->io, connection, false);
	RIG_UNTIL(rig, rig->seen[connection].ended);
	assert_int_equal(rig->seen[connection].n, 3000);
	check_pattern(rig->seen[connection].bytes, 3000);
	close(client);
	close(other_client);
	rig_close(rig);
}

static void paused_connections_do_not_sit_on_receive_buffers(void **state)
{
	struct sl_io_config config = RIG_CONFIG;
	uint32_t paused[2], other;
	int clients[2], client;
	uint8_t bytes[512];
	struct rig *rig;

	(void)state;
	config.buffers = 2;
	config.buffer_bytes = 256;
	rig = rig_open(contract_ops, config);
	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = pattern(i);
	for (unsigned i = 0; i < 2; i++)
		paused[i] = rig_connect(rig, &clients[i]);
	other = rig_connect(rig, &client);
	for (unsigned i = 0; i < 2; i++)
		client_send(clients[i], bytes, sizeof(bytes));
	/* Both buffers fill inside, and then their connections rest. */
	for (unsigned i = 0; i < 10; i++)
		assert_int_equal(rig->ops->wait(rig->io, NULL, RIG_STEP_NS), 0);
	for (unsigned i = 0; i < 2; i++)
		rig->ops->pause(rig->io, paused[i], true);
	client_send(client, bytes, sizeof(bytes));
	RIG_UNTIL(rig, rig->seen[other].n == sizeof(bytes));
	for (unsigned i = 0; i < 2; i++) {
		assert_int_equal(rig->seen[paused[i]].n, 0);
		rig->ops->pause(rig->io, paused[i], false);
	}
	for (unsigned i = 0; i < 2; i++) {
		RIG_UNTIL(rig, rig->seen[paused[i]].n == sizeof(bytes));
		check_pattern(rig->seen[paused[i]].bytes, sizeof(bytes));
		client_reset(clients[i]);
	}
	client_reset(client);
	rig_close(rig);
}

/* Pausing between bursts of a stream that does not stop, hundreds of times. */
static void pauses_in_a_stream_lose_nothing(void **state)
{
	struct rig *rig = rig_open(contract_ops, RIG_CONFIG);
	size_t all = 1u << 18, sent = 0;
	uint32_t connection;
	bool paused = false;
	int client;

	(void)state;
	connection = rig_connect(rig, &client);
	while (rig->seen[connection].n < all) {
		uint8_t bytes[1000];
		size_t n = all - sent < sizeof(bytes) ? all - sent : sizeof(bytes);
		ssize_t took;

		for (size_t i = 0; i < n; i++)
			bytes[i] = pattern(sent + i);
		took = n ? send(client, bytes, n, MSG_NOSIGNAL) : 0;
		sent += took > 0 ? (size_t)took : 0;
		rig->ops->pause(rig->io, connection, paused = !paused);
		assert_int_equal(rig->ops->wait(rig->io, NULL, 0), 0);
		rig->ops->pause(rig->io, connection, paused = !paused);
		rig_step(rig);
	}
	check_pattern(rig->seen[connection].bytes, all);
	client_reset(client);
	rig_close(rig);
}

static void kept_burst_stays_valid_while_buffers_run_out(void **state)
{
	struct sl_io_config config = RIG_CONFIG;
	struct sl_io_burst copy;
	struct rig *rig;
	uint8_t bytes[20000], reply[2];
	uint32_t connection;
	int client, other;

	(void)state;
	config.buffers = 2;
	config.buffer_bytes = 256;
	rig = rig_open(contract_ops, config);
	connection = rig_connect(rig, &client);
	rig_connect(rig, &other);
	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = pattern(i);
	client_send(client, bytes, sizeof(bytes));
	rig->keep = true;
	RIG_UNTIL(rig, rig->burst.n);
	copy = rig->burst;
	/* Output goes on meanwhile. */
	assert_int_equal(rig->ops->send(rig->io, connection, "on", 2), 0);
	client_read(rig, client, reply, 2);
	client_send(other, bytes, 2000);
	RIG_UNTIL(rig, rig_count(rig, SL_COUNTER_BUFFERS_EXHAUSTED));
	for (unsigned i = 0, at = 0; i < copy.n; i++)
		for (size_t j = 0; j < copy.items[i].bytes.bytes; j++)
			assert_int_equal(copy.items[i].bytes.at[j], pattern(at++));
	rig->keep = false;
	rig_release(rig);
	RIG_UNTIL(rig, rig->seen[connection].n == sizeof(bytes));
	check_pattern(rig->seen[connection].bytes, sizeof(bytes));
	close(other);
	client_reset(client);
	rig_close(rig);
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(echo_comes_back),
	cmocka_unit_test(long_stream_arrives_whole_and_in_order),
	cmocka_unit_test(slow_reader_is_held_off_by_room),
	cmocka_unit_test(room_is_told_to_whom_it_was_refused),
	cmocka_unit_test(paused_bytes_wait_and_keep_their_order),
	cmocka_unit_test(paused_connections_do_not_sit_on_receive_buffers),
	cmocka_unit_test(pauses_in_a_stream_lose_nothing),
	cmocka_unit_test(kept_burst_stays_valid_while_buffers_run_out),
};

const struct CMUnitTest *contract_stream_tests(size_t *ret_n)
{
	*ret_n = sizeof(tests) / sizeof(tests[0]);
	return tests;
}
