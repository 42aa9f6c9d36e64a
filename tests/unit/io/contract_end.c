/* How connections end, by either side, whatever is still under way. */
#include "rig.h"

#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

static void half_closed_peer_still_gets_its_reply(void **state)
{
	struct rig *rig = rig_open(contract_ops, RIG_CONFIG);
	uint32_t connection;
	char reply[4];
	int client;

	(void)state;
	connection = rig_connect(rig, &client);
	client_send(client, "bye", 3);
	shutdown(client, SHUT_WR);
	RIG_UNTIL(rig, rig->seen[connection].ended);
	assert_int_equal(rig->seen[connection].n, 3);
	assert_int_equal(rig->ops->send(rig->io, connection, "done", 4), 0);
	client_read(rig, client, reply, 4);
	assert_memory_equal(reply, "done", 4);
	assert_false(rig->seen[connection].closed);
	rig->ops->shut(rig->io, connection, true);
	assert_int_equal(client_read_to_end(rig, client), 0);
	RIG_UNTIL(rig, rig->seen[connection].closed);
	close(client);
	rig_close(rig);
}

static void reset_closes(void **state)
{
	struct rig *rig = rig_open(contract_ops, RIG_CONFIG);
	uint32_t connection;
	int client;

	(void)state;
	connection = rig_connect(rig, &client);
	client_reset(client);
	RIG_UNTIL(rig, rig->seen[connection].closed);
	assert_false(rig->seen[connection].ended);
	assert_int_equal(rig->n_closed, 1);
	rig_close(rig);
}

static void last_reply_survives_a_peer_that_goes_on_sending(void **state)
{
	struct rig *rig = rig_open(contract_ops, RIG_CONFIG);
	uint8_t bytes[4096] = {0};
	uint32_t connection;
	int client;

	(void)state;
	connection = rig_connect(rig, &client);
	client_send(client, bytes, sizeof(bytes));
	RIG_UNTIL(rig, rig->seen[connection].n);
	assert_int_equal(rig->ops->send(rig->io, connection, bytes, sizeof(bytes)), 0);
	rig->ops->shut(rig->io, connection, true);
	assert_int_equal(rig->ops->room(rig->io, connection), 0);
	assert_int_equal(rig->ops->send(rig->io, connection, "x", 1), -EPIPE);
	for (unsigned i = 0; i < 8; i++) {
		rig_step(rig);
		client_send(client, bytes, sizeof(bytes));
	}
	assert_int_equal(client_read_to_end(rig, client), sizeof(bytes));
	assert_false(rig->seen[connection].closed);
	close(client);
	RIG_UNTIL(rig, rig->seen[connection].closed);
	rig_close(rig);
}

static void lingering_ends_although_the_peer_stays(void **state)
{
	struct rig *rig = rig_open(contract_ops, RIG_CONFIG);
	uint32_t connection;
	int client;

	(void)state;
	connection = rig_connect(rig, &client);
	rig->ops->shut(rig->io, connection, true);
	RIG_UNTIL(rig, rig->seen[connection].closed);
	close(client);
	rig_close(rig);
}

static void lingering_discards_a_bounded_number_of_bytes(void **state)
{
	struct rig *rig = rig_open(contract_ops, RIG_CONFIG);
	uint8_t bytes[4096] = {0};
	uint32_t connection;
	size_t sent = 0;
	int client;

	(void)state;
	connection = rig_connect(rig, &client);
	rig->ops->shut(rig->io, connection, true);
	while (!rig->seen[connection].closed) {
		ssize_t n = send(client, bytes, sizeof(bytes), MSG_NOSIGNAL);

		sent += n > 0 ? (size_t)n : 0;
		assert_true(sent < 64u << 20);
		rig_step(rig);
	}
	assert_int_equal(rig->seen[connection].n, 0);
	close(client);
	rig_close(rig);
}

static void shut_at_once_closes_and_the_index_is_used_again(void **state)
{
	struct sl_io_config config = RIG_CONFIG;
	struct rig *rig;

	(void)state;
	config.connections = 1;
	rig = rig_open(contract_ops, config);
	for (unsigned i = 0; i < 20; i++) {
		int client;
		uint32_t connection = rig_connect(rig, &client);

		client_send(client, "abc", 3);
		RIG_UNTIL(rig, rig->seen[connection].n == 3);
		rig->ops->send(rig->io, connection, "lost or not", 11);
		rig->ops->shut(rig->io, connection, false);
		RIG_UNTIL(rig, rig->seen[connection].closed);
		close(client);
		assert_int_equal(rig->n_closed, i + 1);
	}
	rig_close(rig);
}

static void closing_with_everything_under_way_is_clean(void **state)
{
	struct rig *rig = rig_open(contract_ops, RIG_CONFIG);
	uint8_t bytes[4096] = {0};
	int clients[8];

	(void)state;
	for (unsigned i = 0; i < 8; i++) {
		uint32_t connection = rig_connect(rig, &clients[i]);

		client_send(clients[i], bytes, sizeof(bytes));
		rig->ops->send(rig->io, connection, bytes, sizeof(bytes));
		if (i % 2)
			rig->ops->shut(rig->io, connection, true);
	}
	rig->ops->wait(rig->io, NULL, 0);
	rig_close(rig);
	for (unsigned i = 0; i < 8; i++)
		close(clients[i]);
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(half_closed_peer_still_gets_its_reply),
	cmocka_unit_test(reset_closes),
	cmocka_unit_test(last_reply_survives_a_peer_that_goes_on_sending),
	cmocka_unit_test(lingering_ends_although_the_peer_stays),
	cmocka_unit_test(lingering_discards_a_bounded_number_of_bytes),
	cmocka_unit_test(shut_at_once_closes_and_the_index_is_used_again),
	cmocka_unit_test(closing_with_everything_under_way_is_clean),
};

const struct CMUnitTest *contract_end_tests(size_t *ret_n)
{
	*ret_n = sizeof(tests) / sizeof(tests[0]);
	return tests;
}
