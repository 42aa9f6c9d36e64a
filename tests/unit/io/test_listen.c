#include "io/io.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

static void port_zero_gives_a_real_one(void **state)
{
	struct sl_channel channel = {.address = "127.0.0.1"};
	int value = 0, fd = -1;
	socklen_t bytes = sizeof(value);
	uint16_t port = 0;

	(void)state;
	assert_int_equal(sl_io_listen(&channel, &fd, &port), 0);
	assert_true(port > 0);
	assert_int_equal(getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &value, &bytes), 0);
	assert_int_equal(value, 1);
	close(fd);
}

static void accepted_sockets_send_without_delay(void **state)
{
	struct sl_channel channel = {.address = "127.0.0.1"};
	struct sockaddr_in to = {.sin_family = AF_INET};
	int client = socket(AF_INET, SOCK_STREAM, 0);
	socklen_t bytes = sizeof(int);
	int value = 0, fd, accepted;
	uint16_t port;

	(void)state;
	assert_int_equal(sl_io_listen(&channel, &fd, &port), 0);
	to.sin_port = htons(port);
	to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	assert_int_equal(connect(client, (struct sockaddr *)&to, sizeof(to)), 0);
	accepted = accept(fd, NULL, NULL);
	assert_true(accepted >= 0);
	assert_int_equal(getsockopt(accepted, IPPROTO_TCP, TCP_NODELAY, &value, &bytes), 0);
	assert_int_not_equal(value, 0);
	close(accepted);
	close(client);
	close(fd);
}

static void failures_leave_the_outputs_alone(void **state)
{
	struct sl_channel channel = {.address = "127.0.0.1"};
	struct sl_channel bad = {.address = "localhost"};
	int fd, other = -7;
	uint16_t port, other_port = 7;

	(void)state;
	assert_int_equal(sl_io_listen(&bad, &other, &other_port), -EINVAL);
	memset(bad.address, '1', sizeof(bad.address)); /* not terminated */
	assert_int_equal(sl_io_listen(&bad, &other, &other_port), -EINVAL);
	assert_int_equal(sl_io_listen(&channel, &fd, &port), 0);
	channel.port = port;
	assert_int_equal(sl_io_listen(&channel, &other, &other_port), -EADDRINUSE);
	assert_int_equal(other, -7);
	assert_int_equal(other_port, 7);
	close(fd);
}

static void a_port_of_udp_is_not_shared_with_another(void **state)
{
	struct sl_channel channel = {.address = "127.0.0.1", .protocol = SL_PROTOCOL_UDP};
	int fd, other = -7;
	uint16_t port;

	(void)state;
	assert_int_equal(sl_io_listen(&channel, &fd, &port), 0);
	assert_true(port > 0);
	channel.port = port;
	assert_int_equal(sl_io_listen(&channel, &other, &port), -EADDRINUSE);
	assert_int_equal(other, -7);
	close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(port_zero_gives_a_real_one),
		cmocka_unit_test(accepted_sockets_send_without_delay),
		cmocka_unit_test(a_port_of_udp_is_not_shared_with_another),
		cmocka_unit_test(failures_leave_the_outputs_alone),
	};

	return cmocka_run_group_tests_name("listen", tests, NULL, NULL);
}
