#include "rig.h"

#include "sluice/error.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

const struct sl_io_ops *contract_ops;

struct rig *rig_open(const struct sl_io_ops *ops, struct sl_io_config config)
{
	struct sl_channel channel = {.name = "test", .address = "127.0.0.1"};
	struct rig *rig = aligned_alloc(_Alignof(struct rig), sizeof(*rig));
	int error;

	assert_non_null(rig);
	memset(rig, 0, sizeof(*rig));
	rig->ops = ops;
	rig->group.ops = ops;
	rig->group.n = 1;
	assert_int_equal(sl_io_listen(&channel, &rig->listener.fd, &rig->port), 0);
	config.group = &rig->group;
	config.listeners = &rig->listener;
	config.n_listeners = 1;
	config.stats = &rig->stats;
	rig->config = config;
	error = ops->open(&config, &rig->io);
	if (error == -SL_E_NOT_OFFERED) {
		print_message("SKIP: this machine does not offer %s\n", ops->name);
		close(rig->listener.fd);
		free(rig);
		skip();
	}
	assert_int_equal(error, 0);
	return rig;
}

void rig_close(struct rig *rig)
{
	rig->ops->close(rig->io);
	close(rig->listener.fd);
	for (unsigned i = 0; i < RIG_CONNECTIONS_MAX; i++)
		free(rig->seen[i].bytes);
	free(rig);
}

static void see_data(struct rig *rig, const struct sl_io_item *item)
{
	struct seen *seen = &rig->seen[item->connection];

	assert_true(seen->open && !seen->ended && !seen->closed);
	assert_true(item->bytes.bytes > 0);
	if (seen->n + item->bytes.bytes > seen->room) {
		seen->room = 2 * (seen->n + item->bytes.bytes);
		seen->bytes = realloc(seen->bytes, seen->room);
		assert_non_null(seen->bytes);
	}
	memcpy(seen->bytes + seen->n, item->bytes.at, item->bytes.bytes);
	seen->n += item->bytes.bytes;
	if (rig->echo)
		assert_int_equal(rig->ops->send(rig->io, item->connection, item->bytes.at,
						item->bytes.bytes),
				 0);
}

static void see(struct rig *rig, const struct sl_io_item *item)
{
	struct seen *seen = &rig->seen[item->connection];

	assert_true(item->connection < rig->config.connections);
	assert_int_equal(item->listener, 0);
	switch (item->kind) {
	case SL_IO_OPENED:
		assert_true(!seen->open || seen->closed);
		seen->open = true;
		seen->ended = seen->closed = false;
		seen->n_rooms = 0;
		seen->n = 0;
		rig->n_opened++;
		rig->last_opened = item->connection;
		break;
	case SL_IO_DATA:
		see_data(rig, item);
		break;
	case SL_IO_ROOM:
		assert_true(seen->open && !seen->closed);
		seen->n_rooms++;
		break;
	case SL_IO_ENDED:
		assert_true(seen->open && !seen->ended && !seen->closed);
		seen->ended = true;
		rig->n_ended++;
		break;
	case SL_IO_CLOSED:
		assert_true(seen->open && !seen->closed);
		seen->closed = true;
		rig->n_closed++;
		break;
	default:
		fail();
	}
}

bool rig_step(struct rig *rig)
{
	bool came;

	if (rig->burst.n) {
		assert_int_equal(rig->ops->wait(rig->io, NULL, RIG_STEP_NS), 0);
		return false;
	}
	assert_int_equal(rig->ops->wait(rig->io, &rig->burst, RIG_STEP_NS), 0);
	came = rig->burst.n > 0;
	for (unsigned i = 0; i < rig->burst.n; i++)
		see(rig, &rig->burst.items[i]);
	if (!rig->keep)
		rig_release(rig);
	return came;
}

void rig_release(struct rig *rig)
{
	rig->ops->release(rig->io, &rig->burst);
	assert_int_equal(rig->burst.n, 0);
}

uint64_t rig_count(const struct rig *rig, enum sl_counter counter)
{
	return sl_stat_get(&rig->stats.counters[counter]);
}

int client_connect(uint16_t port)
{
	struct sockaddr_in address = {
		.sin_family = AF_INET,
		.sin_port = htons(port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_true(fd >= 0);
	assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	assert_int_equal(fcntl(fd, F_SETFL, O_NONBLOCK), 0);
	return fd;
}

uint32_t rig_connect(struct rig *rig, int *ret_client)
{
	unsigned before = rig->n_opened;

	*ret_client = client_connect(rig->port);
	RIG_UNTIL(rig, rig->n_opened > before);
	return rig->last_opened;
}

void client_send(int fd, const void *at, size_t n)
{
	assert_int_equal(send(fd, at, n, MSG_NOSIGNAL), n);
}

void client_reset(int fd)
{
	struct linger linger = {.l_onoff = 1};

	assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger)), 0);
	close(fd);
}

/* More of it, or 0 at the end; steps while there is none. */
static size_t client_more(struct rig *rig, int fd, void *ret_at, size_t n)
{
	ssize_t got = -1;

	RIG_UNTIL(rig, (got = recv(fd, ret_at, n, 0)) >= 0 || errno != EAGAIN);
	if (got < 0)
		fail_msg("recv: %s", strerror(errno));
	return (size_t)got;
}

void client_read(struct rig *rig, int fd, void *ret_at, size_t n)
{
	size_t got = 0;

	while (got < n) {
		size_t more = client_more(rig, fd, (uint8_t *)ret_at + got, n - got);

		assert_true(more > 0);
		got += more;
	}
}

size_t client_read_to_end(struct rig *rig, int fd)
{
	uint8_t bytes[4096];
	size_t all = 0;

	for (;;) {
		size_t more = client_more(rig, fd, bytes, sizeof(bytes));

		if (!more)
			return all;
		all += more;
	}
}

uint8_t pattern(size_t position)
{
	return (uint8_t)(position * 2654435761u >> 13 ^ position);
}

static unsigned descriptors_open(void)
{
	unsigned n = 0;

	for (int fd = 0; fd < 4096; fd++)
		n += fcntl(fd, F_GETFD) >= 0;
	return n;
}

int contract_run(const struct sl_io_ops *ops)
{
	size_t n_stream, n_end, n_accept, n_datagram;
	const struct CMUnitTest *stream = contract_stream_tests(&n_stream);
	const struct CMUnitTest *end = contract_end_tests(&n_end);
	const struct CMUnitTest *accepts = contract_accept_tests(&n_accept);
	const struct CMUnitTest *datagrams = contract_datagram_tests(&n_datagram);

	unsigned before = descriptors_open();
	int failed;

	contract_ops = ops;
	failed = _cmocka_run_group_tests("contract_stream", stream, n_stream, NULL, NULL) +
		 _cmocka_run_group_tests("contract_end", end, n_end, NULL, NULL) +
		 _cmocka_run_group_tests("contract_accept", accepts, n_accept, NULL, NULL) +
		 _cmocka_run_group_tests("contract_datagrams", datagrams, n_datagram, NULL, NULL);
	if (!failed && descriptors_open() != before) {
		print_error("%u descriptors before, %u after\n", before, descriptors_open());
		failed = 1;
	}
	return failed;
}
