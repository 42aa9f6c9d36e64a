/* What io.h says of listeners of UDP. */
#include "rig.h"

#include "sluice/error.h"

#include <netinet/in.h>
#include <netinet/udp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#ifndef UDP_SEGMENT
#define UDP_SEGMENT 103
#endif

#define MEMBERS 2u
#define KEPT 64u
#define FLOOD 40000u

struct udp_rig {
	struct sl_io_group group;
	struct sl_stats_worker stats;
	struct sl_io_listener listener;
	struct sl_io *members[MEMBERS];
	unsigned n_members;
	uint16_t port;
	/* what came, of all members */
	char kept[KEPT][700];
	size_t bytes[KEPT];
	bool truncated[KEPT];
	unsigned n, n_opened, n_closed;
	unsigned of_member[MEMBERS];
	uint64_t dropped;
};

static struct udp_rig *open_rig(unsigned members, uint32_t buffer_bytes, bool gro)
{
	const struct sl_channel channel = {.address = "127.0.0.1", .protocol = SL_PROTOCOL_UDP};
	struct udp_rig *rig = aligned_alloc(_Alignof(struct udp_rig), sizeof(*rig));
	struct sl_io_config config = RIG_CONFIG;

	assert_non_null(rig);
	memset(rig, 0, sizeof(*rig));
	rig->group.ops = contract_ops;
	rig->group.n = members;
	assert_int_equal(sl_io_listen(&channel, &rig->listener.fd, &rig->port), 0);
	rig->listener.protocol = SL_PROTOCOL_UDP;
	config.group = &rig->group;
	config.listeners = &rig->listener;
	config.n_listeners = 1;
	config.buffer_bytes = buffer_bytes;
	config.udp_gro = gro;
	config.stats = &rig->stats;
	for (unsigned i = 0; i < members; i++) {
		int error;

		config.worker = i;
		error = contract_ops->open(&config, &rig->members[i]);
		if (error == -SL_E_NOT_OFFERED) {
			print_message("SKIP: this machine does not offer %s\n", contract_ops->name);
			close(rig->listener.fd);
			free(rig);
			skip();
		}
		assert_int_equal(error, 0);
	}
	rig->n_members = members;
	return rig;
}

static void close_rig(struct udp_rig *rig)
{
	for (unsigned i = 0; i < rig->n_members; i++)
		contract_ops->close(rig->members[i]);
	close(rig->listener.fd);
	free(rig);
}

static void keep(struct udp_rig *rig, const struct sl_io_item *item)
{
	size_t each = item->datagram_bytes ? item->datagram_bytes : item->bytes.bytes;
	size_t at = 0;

	do {
		size_t n = item->bytes.bytes - at < each ? item->bytes.bytes - at : each;

		if (rig->n < KEPT) {
			assert_true(n <= sizeof(rig->kept[0]));
			memcpy(rig->kept[rig->n], item->bytes.at + at, n);
			rig->bytes[rig->n] = n;
			rig->truncated[rig->n] = item->truncated;
		}
		rig->n++;
		at += n;
	} while (at < item->bytes.bytes);
}

/* One wait of each member; whether something came. */
static bool step(struct udp_rig *rig)
{
	bool came = false;

	for (unsigned m = 0; m < rig->n_members; m++) {
		struct sl_io_burst burst = {0};

		assert_int_equal(contract_ops->wait(rig->members[m], &burst, RIG_STEP_NS), 0);
		came |= burst.n > 0;
		for (unsigned i = 0; i < burst.n; i++) {
			const struct sl_io_item *item = &burst.items[i];
			unsigned before = rig->n;

			assert_int_equal(item->listener, 0);
			rig->n_opened += item->kind == SL_IO_OPENED;
			rig->n_closed += item->kind == SL_IO_CLOSED;
			if (item->kind == SL_IO_DROPPED)
				rig->dropped += item->dropped;
			if (item->kind == SL_IO_DATA)
				keep(rig, item);
			rig->of_member[m] += rig->n - before;
		}
		contract_ops->release(rig->members[m], &burst);
	}
	return came;
}

#define UNTIL(rig, condition)                                                                      \
	for (unsigned idle_ = 0; !(condition); idle_ += !step(rig))                                \
	assert_true(idle_ < RIG_IDLE_STEPS_MAX)

static int client(const struct udp_rig *rig)
{
	struct sockaddr_in address = {
		.sin_family = AF_INET,
		.sin_port = htons(rig->port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	assert_true(fd >= 0);
	assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	return fd;
}

static void each_datagram_stays_by_itself(void **state)
{
	struct udp_rig *rig = open_rig(1, 512, true);
	int fd = client(rig);

	(void)state;
	UNTIL(rig, rig->n_opened == 1);
	assert_int_equal(rig->group.connections[0], 1);
	assert_int_equal(send(fd, "a\nb", 3, 0), 3);
	assert_int_equal(send(fd, "", 0, 0), 0);
	assert_int_equal(send(fd, "cd", 2, 0), 2);
	UNTIL(rig, rig->n == 3);
	assert_int_equal(rig->bytes[0], 3);
	assert_memory_equal(rig->kept[0], "a\nb", 3);
	assert_int_equal(rig->bytes[1], 0);
	assert_memory_equal(rig->kept[2], "cd", 2);
	close(fd);
	close_rig(rig);
}

static void one_longer_than_a_buffer_says_so(void **state)
{
	struct udp_rig *rig = open_rig(1, 512, true);
	int fd = client(rig);
	char text[600];

	(void)state;
	memset(text, 'x', sizeof(text));
	assert_int_equal(send(fd, text, 512, 0), 512);
	assert_int_equal(send(fd, text, 513, 0), 513);
	assert_int_equal(send(fd, text, 1, 0), 1);
	UNTIL(rig, rig->n == 3);
	assert_int_equal(rig->bytes[0], 512);
	assert_false(rig->truncated[0]);
	assert_int_equal(rig->bytes[1], 512);
	assert_true(rig->truncated[1]);
	assert_int_equal(rig->bytes[2], 1);
	assert_false(rig->truncated[2]);
	close(fd);
	close_rig(rig);
}

/* Many at once, with one call: they come as they were, taken together or not. */
static void together_or_not_they_are_the_same(void **state)
{
	(void)state;
	for (int gro = 0; gro <= 1; gro++) {
		struct udp_rig *rig = open_rig(1, 65536, gro);
		int fd = client(rig), size = 100;
		char text[250];

		for (unsigned i = 0; i < sizeof(text); i++)
			text[i] = (char)pattern(i);
		assert_int_equal(setsockopt(fd, IPPROTO_UDP, UDP_SEGMENT, &size, sizeof(size)), 0);
		assert_int_equal(send(fd, text, sizeof(text), 0), sizeof(text));
		UNTIL(rig, rig->n == 3);
		assert_int_equal(rig->bytes[0], 100);
		assert_int_equal(rig->bytes[1], 100);
		assert_int_equal(rig->bytes[2], 50);
		assert_memory_equal(rig->kept[0], text, 100);
		assert_memory_equal(rig->kept[1], text + 100, 100);
		assert_memory_equal(rig->kept[2], text + 200, 50);
		close(fd);
		close_rig(rig);
	}
}

static void each_member_has_a_socket(void **state)
{
	struct udp_rig *rig = open_rig(MEMBERS, 512, true);

	(void)state;
	for (unsigned i = 0; i < 64; i++) {
		int fd = client(rig);

		assert_int_equal(send(fd, "x", 1, 0), 1);
		close(fd);
	}
	UNTIL(rig, rig->n == 64);
	assert_int_equal(rig->n_opened, MEMBERS);
	assert_true(rig->of_member[0] > 0);
	assert_true(rig->of_member[1] > 0);
	close_rig(rig);
}

static void what_the_kernel_drops_is_told(void **state)
{
	struct udp_rig *rig = open_rig(1, 512, true);
	int fd = client(rig);
	char text[400] = {0};

	(void)state;
	for (unsigned i = 0; i < FLOOD; i++)
		assert_int_equal(send(fd, text, sizeof(text), 0), sizeof(text));
	UNTIL(rig, rig->n + rig->dropped == FLOOD);
	assert_true(rig->dropped > 0);
	close(fd);
	close_rig(rig);
}

static void shut_is_the_end_of_it(void **state)
{
	struct udp_rig *rig = open_rig(1, 512, true);

	(void)state;
	UNTIL(rig, rig->n_opened == 1);
	contract_ops->shut(rig->members[0], 0, false);
	UNTIL(rig, rig->n_closed == 1);
	assert_int_equal(rig->group.connections[0], 0);
	close_rig(rig);
}

const struct CMUnitTest *contract_datagram_tests(size_t *ret_n)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_datagram_stays_by_itself),
		cmocka_unit_test(one_longer_than_a_buffer_says_so),
		cmocka_unit_test(together_or_not_they_are_the_same),
		cmocka_unit_test(each_member_has_a_socket),
		cmocka_unit_test(what_the_kernel_drops_is_told),
		cmocka_unit_test(shut_is_the_end_of_it),
	};

	*ret_n = sizeof(tests) / sizeof(tests[0]);
	return tests;
}
