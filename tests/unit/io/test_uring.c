#include "rig.h"

#include "io/uring_priv.h"

#include <unistd.h>

#define CLIENTS 600u /* more completions at once than the smallest ring holds */

static void overflowing_completion_queue_loses_nothing(void **state)
{
	struct sl_io_config config = RIG_CONFIG;
	static int clients[CLIENTS];
	struct rig *rig;
	char byte;

	(void)state;
	config.connections = RIG_CONNECTIONS_MAX;
	config.buffers = 2;
	rig = rig_open(&sl_io_uring, config);
	rig->echo = true;
	for (unsigned i = 0; i < CLIENTS; i++)
		clients[i] = client_connect(rig->port);
	RIG_UNTIL(rig, rig->n_opened == CLIENTS);
	/* All speak while the burst of the first is kept: everybody else finds no buffer. */
	rig->keep = true;
	for (unsigned i = 0; i < CLIENTS; i++)
		client_send(clients[i], "a", 1);
	RIG_UNTIL(rig, rig->burst.n);
	for (unsigned i = 0; i < 10; i++)
		rig_step(rig);
	rig->keep = false;
	rig_release(rig);
	for (unsigned i = 0; i < CLIENTS; i++)
		client_read(rig, clients[i], &byte, 1);
	/* And all go at once. */
	for (unsigned i = 0; i < CLIENTS; i++)
		client_reset(clients[i]);
	RIG_UNTIL(rig, rig->n_closed == CLIENTS);
	rig_close(rig);
}

/* Worker 1 in the same thread, so that the way a socket takes to it can be chosen. */
static void check_handing(bool by_mailbox)
{
	struct rig *rig = rig_open(&sl_io_uring, RIG_CONFIG);
	struct sl_io_burst burst = {0};
	struct sl_io_config config = rig->config;
	struct sl_io *other;
	int clients[6];
	unsigned opened = 0, bytes = 0;

	config.worker = 1;
	rig->group.n = 2;
	assert_int_equal(sl_io_uring.open(&config, &other), 0);
	uring_of(rig->io)->no_msg_ring = by_mailbox;
	for (unsigned i = 0; i < 6; i++) {
		clients[i] = client_connect(rig->port);
		client_send(clients[i], "x", 1);
	}
	for (unsigned idle = 0; opened < 3 || bytes < 3 || rig->n_opened < 3; idle++) {
		assert_true(idle < RIG_IDLE_STEPS_MAX);
		rig_step(rig);
		assert_int_equal(sl_io_uring.wait(other, &burst, 0), 0);
		for (unsigned i = 0; i < burst.n; i++) {
			opened += burst.items[i].kind == SL_IO_OPENED;
			bytes += (unsigned)burst.items[i].bytes.bytes;
		}
		sl_io_uring.release(other, &burst);
	}
	assert_int_equal(opened, 3);
	assert_int_equal(rig->n_opened, 3);
	for (unsigned i = 0; i < 6; i++)
		client_reset(clients[i]);
	sl_io_uring.close(other);
	rig_close(rig);
}

static void sockets_go_into_the_other_ring(void **state)
{
	(void)state;
	check_handing(false);
}

static void sockets_go_by_mailbox_where_rings_refuse(void **state)
{
	(void)state;
	check_handing(true);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(overflowing_completion_queue_loses_nothing),
		cmocka_unit_test(sockets_go_into_the_other_ring),
		cmocka_unit_test(sockets_go_by_mailbox_where_rings_refuse),
	};

	return contract_run(&sl_io_uring) + cmocka_run_group_tests_name("uring", tests, NULL, NULL);
}
