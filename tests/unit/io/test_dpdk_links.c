/* Packets between two processes over memif, and from a veth pair of a network namespace. Each runs
 * in a process of its own, for the library is set up once in each. */
#include "tests/unit/io/dpdk_rig.h"

#include <arpa/inet.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define PACKETS 20000u
#define PATIENCE_S 30
#define AT_ONCE 32u

static struct rig rig;
static const char *driver; /* of the veth pair */
static int not_run;        /* 77: what the test runner takes for skipped */

/* The library behind af_xdp keeps a few bytes until the process ends, and no name of it is on their
 * stack: the leak sanitizer asks this. */
int __lsan_is_turned_off(void);
int __lsan_is_turned_off(void)
{
	return driver && !strcmp(driver, "af_xdp");
}

static struct frame numbered(uint32_t number)
{
	static const enum frame_kind kinds[] = {FRAME_TCP, FRAME_UDP, FRAME_UDP6, FRAME_VLAN};

	return (struct frame){.kind = kinds[number % 4],
			      .number = number,
			      .flow = number / 4 % 300,
			      .back = number / 1200 % 2,
			      .payload = 16 + number % 1300};
}

static void all_came_once(uint32_t n)
{
	for (uint32_t i = 0; i < n; i++)
		assert_int_equal(rig.times[i], 1);
	/* both directions of each flow, and every packet of it */
	for (uint32_t i = 2400; i < n; i++)
		assert_int_equal(rig.worker_of[i], rig.worker_of[i % 1200]);
	for (uint32_t i = 1200; i < 2400; i++)
		assert_int_equal(rig.worker_of[i], rig.worker_of[i - 1200]);
}

/* ---- memif ------------------------------------------------------------------------------------
 */

/* The other process: what its peer has no room for it offers again. */
static int send_over_memif(const char *device)
{
	struct rte_mempool *pool;
	uint16_t port;

	rig_init(&rig, 1);
	rig_wire(&rig, "peer", device);
	if (rig_open(&rig)) {
		fprintf(stderr, "the sending side: %s\n", rig.why);
		return 1;
	}
	port = ((struct sl_dpdk *)rig.dpdk)->wires[0].port;
	pool = rte_pktmbuf_pool_create("send", 4095, 0, 0, 2048 + 128, SOCKET_ID_ANY);
	for (uint32_t i = 0; pool && i < PACKETS;) {
		struct rte_mbuf *buffer = rte_pktmbuf_alloc(pool);
		const struct frame frame = numbered(i);

		if (!buffer)
			return 1;
		rte_pktmbuf_append(buffer,
				   (uint16_t)rig_frame(&frame, rte_pktmbuf_mtod(buffer, void *)));
		while (!rte_eth_tx_burst(port, 0, &buffer, 1))
			usleep(100); /* the link is not up yet, or its ring is full */
		i++;
	}
	pause(); /* what was sent lies in this process's memory until it was taken */
	return 0;
}

static void memif_brings_all_from_another_process(void **state)
{
	char device[128], socket_path[64], go = 0;
	pid_t peer;
	int turn[2];

	(void)state;
	assert_int_equal(pipe(turn), 0);
	snprintf(socket_path, sizeof(socket_path), "/tmp/sluice-memif-%d.sock", (int)getpid());
	snprintf(device, sizeof(device), "net_memif,role=client,id=0,socket-abstract=no,socket=%s",
		 socket_path);
	peer = fork();
	assert_true(peer >= 0);
	if (!peer) {
		alarm(2 * PATIENCE_S);
		/* a client knocks once: the server is there first */
		_exit(read(turn[0], &go, 1) == 1 ? send_over_memif(device) : 1);
	}
	rig_init(&rig, 2);
	snprintf(device, sizeof(device), "net_memif,role=server,id=0,socket-abstract=no,socket=%s",
		 socket_path);
	rig_wire(&rig, "memif", device);
	if (rig_open(&rig))
		fail_msg("%s", rig.why);
	assert_int_equal(write(turn[1], &go, 1), 1);
	for (int64_t end_ns = sl_clock_read(CLOCK_MONOTONIC) + PATIENCE_S * SL_NS_PER_S;
	     rig.got < PACKETS && sl_clock_read(CLOCK_MONOTONIC) < end_ns;)
		rig_turn(&rig);
	kill(peer, SIGKILL);
	waitpid(peer, NULL, 0);
	assert_int_equal(rig.got, PACKETS);
	assert_int_equal(rig.bad + rig.foreign, 0);
	all_came_once(PACKETS);
	assert_int_equal(rig_count(&rig, 0, SL_WIRE_PACKETS), PACKETS);
	rig_close(&rig);
	unlink(socket_path);
	close(turn[0]);
	close(turn[1]);
}

/* ---- veth --------------------------------------------------------------------------------------
 */

static int open_raw(const char *interface)
{
	struct sockaddr_ll address = {
		.sll_family = AF_PACKET,
		.sll_protocol = htons(ETH_P_ALL),
		.sll_ifindex = (int)if_nametoindex(interface),
	};
	int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);

	assert_true(fd >= 0);
	assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	return fd;
}

static void not_tried(const char *why)
{
	print_message("SKIPPED: %s on a veth pair was not tried: %s\n", driver, why);
	if (getenv("CI") && !strcmp(getenv("CI"), "true")) /* there it has to run */
		fail_msg("%s", why);
	not_run = 77;
	skip();
}

static void veth_brings_what_the_other_end_sends(void **state)
{
	static uint8_t bytes[RIG_FRAME_MAX + 256];
	const char *why = "";
	char device[64];
	uint64_t ours = 0;
	int raw;

	(void)state;
	if (!rig_own_network(&why)) {
		not_tried(why);
	}
	rig_init(&rig, 2);
	snprintf(device, sizeof(device), "net_%s,iface=wire1", driver);
	rig_wire(&rig, "veth", device);
	if (rig_open(&rig)) {
		if (strcmp(driver, "af_xdp") != 0) /* not every kernel has that */
			fail_msg("%s", rig.why);
		not_tried(rig.why);
	}
	raw = open_raw("wire0");
	/* as many at once as the driver's ring holds; what the system sends of itself is foreign */
	for (uint32_t i = 0; i < PACKETS; i += AT_ONCE) {
		for (uint32_t k = i; k < i + AT_ONCE && k < PACKETS; k++) {
			const struct frame frame = numbered(k);
			size_t n = rig_frame(&frame, bytes);

			assert_int_equal(send(raw, bytes, n, 0), n);
			ours++;
		}
		rig_until(&rig, ours + rig.foreign);
	}
	while (rig.got - rig.foreign < ours && rig_turn(&rig))
		;
	close(raw);
	assert_int_equal(rig.bad, 0);
	assert_int_equal(rig.got - rig.foreign, PACKETS);
	all_came_once(PACKETS);
	assert_int_equal(rig_count(&rig, 0, SL_WIRE_PACKETS), rig.got);
	rig_close(&rig);
}

/* One test: memif, or the driver of the veth pair. */
int main(int argc, char **argv)
{
	const struct CMUnitTest memif[] = {cmocka_unit_test(memif_brings_all_from_another_process)};
	const struct CMUnitTest veth[] = {cmocka_unit_test(veth_brings_what_the_other_end_sends)};

	assert_int_equal(argc, 2);
	driver = argv[1];
	if (!strcmp(driver, "memif"))
		return cmocka_run_group_tests(memif, NULL, NULL);
	return cmocka_run_group_tests(veth, NULL, NULL) ? 1 : not_run;
}
