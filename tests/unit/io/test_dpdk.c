/* Packets of virtual devices, through the same code as a card's. */
#include "tests/unit/io/dpdk_rig.h"

#include <rte_eth_ring.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FLOWS 500u

static struct rig rig;
static char path[64];

static const char *device(const char *arguments)
{
	static char text[SL_WIRE_DEVICE_MAX];

	snprintf(text, sizeof(text), "net_pcap,rx_pcap=%s%s", path, arguments);
	return text;
}

static int make_path(void **state)
{
	(void)state;
	strcpy(path, "/tmp/sluice-wire-XXXXXX");
	close(mkstemp(path));
	return 0;
}

static int drop_path(void **state)
{
	(void)state;
	unlink(path);
	return 0;
}

/* Each flow has four packets: there, back, there, back. */
static unsigned conversations(struct frame *frames, enum frame_kind kind, unsigned from)
{
	unsigned n = 0;

	for (unsigned i = 0; i < 4 * FLOWS; i++, n++)
		frames[n] = (struct frame){.kind = kind,
					   .number = from + n,
					   .flow = i % FLOWS,
					   .back = i / FLOWS % 2,
					   .payload = 16 + i % 1200};
	return n;
}

static void check_conversations(unsigned from, unsigned *ret_second)
{
	unsigned second = 0;

	for (unsigned i = 0; i < FLOWS; i++)
		for (unsigned k = 0; k < 4; k++) {
			unsigned number = from + k * FLOWS + i;

			assert_int_equal(rig.times[number], 1);
			assert_int_equal(rig.worker_of[number], rig.worker_of[from + i]);
			second += k == 0 && rig.worker_of[number] == 1;
		}
	*ret_second = second;
}

static void both_directions_come_to_one_worker(void **state)
{
	static const enum frame_kind kinds[] = {FRAME_TCP,  FRAME_UDP, FRAME_UDP6,
						FRAME_VLAN, FRAME_GRE, FRAME_VXLAN};
	static struct frame frames[6 * 4 * FLOWS];
	unsigned n = 0, second;

	(void)state;
	for (unsigned i = 0; i < 6; i++)
		n += conversations(frames + n, kinds[i], n);
	rig_pcap(path, frames, n);
	rig_init(&rig, 2);
	rig_wire(&rig, "file", device(""));
	assert_int_equal(rig_open(&rig), 0);
	rig_until(&rig, n);
	assert_int_equal(rig.got, n);
	assert_int_equal(rig.bad + rig.foreign, 0);
	for (unsigned i = 0; i < 6; i++) {
		check_conversations(i * 4 * FLOWS, &second);
		if (second < FLOWS / 4 || second > FLOWS * 3 / 4)
			fail_msg("kind %u: %u of %u flows at the second worker", kinds[i], second,
				 FLOWS);
	}
	assert_int_equal(rig_count(&rig, 0, SL_WIRE_PACKETS), n);
	assert_true(rig_count(&rig, 0, SL_WIRE_HANDED_OVER) > n / 4);
	assert_int_equal(rig_count(&rig, 0, SL_WIRE_HANDOVER_FULL), 0);
	assert_int_equal(rig_count(&rig, 0, SL_WIRE_LINK_UP), 1);
	rig_close(&rig);
}

static void fragments_follow_their_first(void **state)
{
	static struct frame frames[6 * FLOWS];
	unsigned n = 0;

	(void)state;
	/* of TCP: a whole packet of the flow, then another in three; of UDP: two, the last first */
	for (unsigned i = 0; i < FLOWS; i++) {
		for (unsigned k = 0; k < 4; k++, n++)
			frames[n] = (struct frame){.kind = FRAME_TCP,
						   .number = n,
						   .flow = i,
						   .fragment = (uint16_t)(k == 0   ? 0
									  : k == 1 ? 0x2000
									  : k == 2 ? 0x2000 | 8
										   : 16),
						   .payload = 44 + 20 * (k != 1)};
		for (unsigned k = 0; k < 2; k++, n++)
			frames[n] = (struct frame){.kind = FRAME_UDP,
						   .number = n,
						   .flow = i,
						   .fragment = k ? 0x2000 : 8,
						   .payload = 56};
	}
	rig_pcap(path, frames, n);
	rig_init(&rig, 2);
	rig_wire(&rig, "file", device(""));
	assert_int_equal(rig_open(&rig), 0);
	rig_until(&rig, n);
	for (unsigned i = 0; i < n; i += 6) {
		for (unsigned k = 0; k < 6; k++)
			assert_int_equal(rig.times[i + k], 1);
		for (unsigned k = 1; k < 4; k++)
			assert_int_equal(rig.worker_of[i + k], rig.worker_of[i]);
		assert_int_equal(rig.worker_of[i + 5], rig.worker_of[i + 4]);
	}
	rig_close(&rig);
}

static void a_file_may_be_read_for_ever(void **state)
{
	static struct frame frames[4 * FLOWS];
	unsigned n = conversations(frames, FRAME_UDP, 0);

	(void)state;
	rig_pcap(path, frames, n);
	rig_init(&rig, 1);
	rig_wire(&rig, "file", device(",infinite_rx=1"));
	assert_int_equal(rig_open(&rig), 0);
	rig_until(&rig, 5 * n);
	assert_true(rig.got >= 5 * n);
	assert_int_equal(rig.bad + rig.foreign, 0);
	assert_true(rig.times[n / 2] >= 4);
	rig_close(&rig);
}

static void long_packets_are_copied_together(void **state)
{
	static struct frame frames[64];

	(void)state;
	for (unsigned i = 0; i < 64; i++)
		frames[i] = (struct frame){
			.kind = FRAME_TCP, .number = i, .flow = i, .payload = 500 + i * 130};
	rig_pcap(path, frames, 64);
	rig_init(&rig, 2);
	rig.settings.dpdk_packet_bytes = 1024;
	rig_wire(&rig, "file", device(""));
	assert_int_equal(rig_open(&rig), 0);
	rig_until(&rig, 64);
	assert_int_equal(rig.got, 64);
	assert_int_equal(rig.bad + rig.foreign, 0);
	assert_true(rig_count(&rig, 0, SL_WIRE_COPIED) > 50);
	rig_close(&rig);
}

static void what_is_no_ip_stays_where_it_came(void **state)
{
	static struct frame frames[100];

	(void)state;
	for (unsigned i = 0; i < 100; i++)
		frames[i] =
			(struct frame){.kind = FRAME_ARP, .number = i, .flow = i, .payload = 46};
	rig_pcap(path, frames, 100);
	rig_init(&rig, 2);
	rig_wire(&rig, "file", device(""));
	assert_int_equal(rig_open(&rig), 0);
	rig_until(&rig, 100);
	assert_int_equal(rig.got, 100);
	for (unsigned i = 0; i < 100; i++)
		assert_int_equal(rig.worker_of[i], 0);
	assert_int_equal(rig_count(&rig, 0, SL_WIRE_HANDED_OVER), 0);
	rig_close(&rig);
}

static void several_wires_are_told_apart(void **state)
{
	static struct frame frames[4 * FLOWS];
	unsigned n = conversations(frames, FRAME_UDP, 0);

	(void)state;
	rig_pcap(path, frames, n);
	rig_init(&rig, 2);
	rig_wire(&rig, "nothing", "net_null,size=200,copy=0");
	rig_wire(&rig, "file", device(""));
	assert_int_equal(rig_open(&rig), 0);
	/* a device that spreads has a queue for each worker, one that does not has one */
	assert_int_equal(((struct sl_dpdk *)rig.dpdk)->wires[0].queues, 2);
	assert_int_equal(((struct sl_dpdk *)rig.dpdk)->wires[1].queues, 1);
	/* the first never ends: that the second ends shows that it gets its turns */
	for (unsigned i = 0; i < 100000 && rig_count(&rig, 1, SL_WIRE_PACKETS) < n; i++)
		rig_turn(&rig);
	for (unsigned i = 0; i < 1000; i++) /* what is on its way */
		rig_turn(&rig);
	assert_int_equal(rig_count(&rig, 1, SL_WIRE_PACKETS), n);
	assert_true(rig.foreign > 0);
	assert_int_equal(rig.foreign, rig_count(&rig, 0, SL_WIRE_PACKETS));
	assert_int_equal(rig_count(&rig, 0, SL_WIRE_BYTES), 200 * rig.foreign);
	assert_true(atomic_load(&rig.stats[0].wires[0][SL_WIRE_PACKETS]) > 0);
	assert_true(atomic_load(&rig.stats[1].wires[0][SL_WIRE_PACKETS]) > 0);
	for (unsigned i = 0; i < n; i++)
		assert_int_equal(rig.times[i], 1);
	rig_close(&rig);
}

/* ---- a ring of the test's own, in which buffers are as the test made them ---------------------
 */

static struct rte_ring *ring;
static struct rte_mempool *pool;

static void make_ring(void)
{
	if (ring)
		return;
	ring = rte_ring_create("test", 8192, SOCKET_ID_ANY, 0);
	pool = rte_pktmbuf_pool_create("test", 16383, 0, 0, 2048 + 128, SOCKET_ID_ANY);
	assert_non_null(ring);
	assert_non_null(pool);
	assert_true(rte_eth_from_rings("test", &ring, 1, &ring, 1, SOCKET_ID_ANY) >= 0);
}

static struct rte_mbuf *buffer_of(const struct frame *frame, unsigned pieces_of)
{
	static uint8_t bytes[RIG_FRAME_MAX + 256];
	size_t n = rig_frame(frame, bytes), done = 0;
	struct rte_mbuf *first = NULL;

	while (done < n) {
		size_t piece = n - done < pieces_of ? n - done : pieces_of;
		struct rte_mbuf *buffer = rte_pktmbuf_alloc(pool);

		assert_non_null(buffer);
		memcpy(rte_pktmbuf_append(buffer, (uint16_t)piece), bytes + done, piece);
		done += piece;
		if (!first)
			first = buffer;
		else
			assert_int_equal(rte_pktmbuf_chain(first, buffer), 0);
	}
	return first;
}

static void ring_open(unsigned workers)
{
	rig_init(&rig, workers);
	rig_wire(&rig, "ring", "net_ring_test"); /* as the library names it; it is there already */
	assert_int_equal(rig_open(&rig), 0);
}

static void buffers_in_pieces_or_full_are_copied(void **state)
{
	static const unsigned pieces[] = {2048, 64, 300};
	unsigned before, copied = 0;

	(void)state;
	make_ring();
	before = rte_mempool_avail_count(pool);
	ring_open(1);
	for (unsigned i = 0; i < 300; i++) {
		const struct frame frame = {
			.kind = FRAME_UDP, .number = i, .flow = i, .payload = 16 + i};

		struct rte_mbuf *buffer = buffer_of(&frame, pieces[i % 3]);

		copied += buffer->nb_segs > 1;
		assert_int_equal(rte_ring_enqueue(ring, buffer), 0);
	}
	/* the last byte of its buffer is used: nothing may be read behind it */
	for (unsigned i = 300; i < 310; i++) {
		const struct frame frame = {
			.kind = FRAME_UDP, .number = i, .flow = i, .payload = 2048 - 42 - i + 300};

		assert_int_equal(rte_ring_enqueue(ring, buffer_of(&frame, 2048)), 0);
	}
	rig_until(&rig, 310);
	assert_int_equal(rig.got, 310);
	assert_int_equal(rig.bad + rig.foreign, 0);
	assert_true(copied > 100);
	assert_int_equal(rig_count(&rig, 0, SL_WIRE_COPIED), copied + 10);
	rig_close(&rig);
	assert_int_equal(rte_mempool_avail_count(pool), before); /* none was kept */
}

static void what_is_too_long_is_counted(void **state)
{
	unsigned before, n = 0;
	struct rte_mbuf *whole = NULL;

	(void)state;
	make_ring();
	before = rte_mempool_avail_count(pool);
	ring_open(1);
	for (; !whole || whole->pkt_len <= SL_DPDK_PACKET_MAX; n++) {
		const struct frame frame = {.kind = FRAME_UDP, .payload = 1400};
		struct rte_mbuf *more = buffer_of(&frame, 2048);

		if (!whole)
			whole = more;
		else
			assert_int_equal(rte_pktmbuf_chain(whole, more), 0);
	}
	assert_int_equal(rte_ring_enqueue(ring, whole), 0);
	for (unsigned i = 0; i < 10; i++)
		rig_turn(&rig);
	assert_int_equal(rig.got, 0);
	assert_int_equal(rig_count(&rig, 0, SL_WIRE_PACKETS), 1);
	assert_int_equal(rig_count(&rig, 0, SL_WIRE_TOO_LONG), 1);
	assert_int_equal(sl_dpdk_ops.lost(rig.packets[0], 0), 1);
	assert_int_equal(sl_dpdk_ops.lost(rig.packets[0], 0), 0);
	rig_close(&rig);
	assert_int_equal(rte_mempool_avail_count(pool), before);
}

/* The second worker never looks: its ring fills up, and what finds no room is counted. */
static void a_worker_that_is_behind_loses_by_name(void **state)
{
	struct sl_packet packets[SL_PACKETS_BURST_MAX];
	uint64_t own = 0, full, sent = 0;
	unsigned before;

	(void)state;
	make_ring();
	before = rte_mempool_avail_count(pool);
	ring_open(2);
	for (unsigned round = 0; round < 8; round++) {
		for (unsigned i = 0; i < 1000; i++, sent++) {
			const struct frame frame = {.kind = FRAME_UDP,
						    .number = (uint32_t)sent,
						    .flow = i,
						    .payload = 40};

			assert_int_equal(rte_ring_enqueue(ring, buffer_of(&frame, 2048)), 0);
		}
		for (unsigned i = 0; i < 100; i++) {
			own += sl_dpdk_ops.receive(rig.packets[0], packets, SL_PACKETS_BURST_MAX);
			sl_dpdk_ops.release(rig.packets[0]);
		}
	}
	full = rig_count(&rig, 0, SL_WIRE_HANDOVER_FULL);
	assert_int_equal(rig_count(&rig, 0, SL_WIRE_PACKETS), sent);
	assert_true(full > 1000);
	assert_int_equal(own + full + rig_count(&rig, 0, SL_WIRE_HANDED_OVER), sent);
	/* each worker is told of it, wherever it was lost */
	assert_int_equal(sl_dpdk_ops.lost(rig.packets[0], 0), full);
	assert_int_equal(sl_dpdk_ops.lost(rig.packets[1], 0), full);
	rig_until(&rig, sent - own - full);
	assert_int_equal(rig.got, sent - own - full);
	rig_close(&rig);
	assert_int_equal(rte_mempool_avail_count(pool), before);
}

/* What was on its way when the gateway stopped goes back to its pool. */
static void nothing_is_kept_at_the_end(void **state)
{
	struct sl_packet packets[SL_PACKETS_BURST_MAX];
	unsigned before;

	(void)state;
	make_ring();
	before = rte_mempool_avail_count(pool);
	ring_open(2);
	for (unsigned i = 0; i < 64; i++) {
		const struct frame frame = {.kind = FRAME_UDP, .flow = i, .payload = 40};

		assert_int_equal(rte_ring_enqueue(ring, buffer_of(&frame, 2048)), 0);
	}
	sl_dpdk_ops.receive(rig.packets[0], packets, SL_PACKETS_BURST_MAX);
	sl_dpdk_ops.release(rig.packets[0]);
	assert_true(rte_mempool_avail_count(pool) < before);
	rig_close(&rig);
	assert_int_equal(rte_mempool_avail_count(pool), before);
}

static void the_cards_checksums_are_believed_where_they_are_good(void **state)
{
	static const struct {
		uint64_t flags;
		enum frame_kind kind;
		enum sl_checksums want;
	} cases[] = {
		{0, FRAME_UDP, SL_CHECKSUMS_UNKNOWN},
		{RTE_MBUF_F_RX_IP_CKSUM_GOOD | RTE_MBUF_F_RX_L4_CKSUM_GOOD, FRAME_UDP,
		 SL_CHECKSUMS_GOOD},
		{RTE_MBUF_F_RX_L4_CKSUM_GOOD, FRAME_UDP, SL_CHECKSUMS_UNKNOWN},
		{RTE_MBUF_F_RX_IP_CKSUM_GOOD, FRAME_UDP, SL_CHECKSUMS_UNKNOWN},
		{RTE_MBUF_F_RX_IP_CKSUM_GOOD | RTE_MBUF_F_RX_L4_CKSUM_BAD, FRAME_UDP,
		 SL_CHECKSUMS_UNKNOWN},
		{RTE_MBUF_F_RX_IP_CKSUM_GOOD | RTE_MBUF_F_RX_L4_CKSUM_GOOD, FRAME_VXLAN,
		 SL_CHECKSUMS_UNKNOWN},
	};
	struct sl_packet packet;

	(void)state;
	make_ring();
	ring_open(1);
	for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct frame frame = {.kind = cases[i].kind, .payload = 40};
		struct rte_mbuf *buffer = buffer_of(&frame, 2048);

		buffer->ol_flags |= cases[i].flags;
		assert_int_equal(rte_ring_enqueue(ring, buffer), 0);
		assert_int_equal(sl_dpdk_ops.receive(rig.packets[0], &packet, 1), 1);
		assert_int_equal(packet.checksums, cases[i].want);
		assert_int_equal(packet.time_ns, 0); /* this device has no clock */
		sl_dpdk_ops.release(rig.packets[0]);
	}
	rig_close(&rig);
}

/* ---- what cannot be ---------------------------------------------------------------------------
 */

static void what_cannot_be_opened_says_what_to_do(void **state)
{
	static const struct {
		const char *device, *says;
	} cases[] = {
		{"net_nosuch", "wire w: no driver makes it"},
		{"net_nosuch", "librte-net-nosuch23"},
		{"net_pcap,rx_pcap=/nonexistent.pcap", "wire w: no driver makes it"},
		{"net_af_packet,iface=nosuch0", "wire w: no driver makes it"},
		{"net_pcap,nonsense=1", "wire w: no driver makes it"},
		{"0000:ff:1f.7", "dpdk-devbind.py -b vfio-pci 0000:ff:1f.7"},
	};

	(void)state;
	for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		rig_init(&rig, 1);
		rig_wire(&rig, "w", cases[i].device);
		assert_int_equal(rig_open(&rig), -SL_E_NOT_OFFERED);
		if (!strstr(rig.why, cases[i].says))
			fail_msg("%s: %s", cases[i].device, rig.why);
	}
}

/* Runs first: what the library takes is reckoned from the settings of the first. */
static void memory_is_reckoned_for_small_pages(void **state)
{
	(void)state;
	rig_init(&rig, 1);
	rig.settings.dpdk_arguments[0] = '\0';
	rig.settings.dpdk_buffers = 60000;
	rig_wire(&rig, "w", "net_null");
	if (rig_open(&rig))
		fail_msg("%s", rig.why);
	rig_close(&rig);
}

static void too_little_room_is_told(void **state)
{
	(void)state;
	rig_init(&rig, 1);
	rig.settings.dpdk_buffers = 4194304;
	rig.settings.dpdk_packet_bytes = 16384;
	rig_wire(&rig, "w", "net_null");
	assert_int_not_equal(rig_open(&rig), 0);
	assert_non_null(strstr(rig.why, "wire w: there is no room for its packets"));
	assert_non_null(strstr(rig.why, "dpdk.buffers"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(memory_is_reckoned_for_small_pages),
		cmocka_unit_test_setup_teardown(both_directions_come_to_one_worker, make_path,
						drop_path),
		cmocka_unit_test_setup_teardown(fragments_follow_their_first, make_path, drop_path),
		cmocka_unit_test_setup_teardown(a_file_may_be_read_for_ever, make_path, drop_path),
		cmocka_unit_test_setup_teardown(long_packets_are_copied_together, make_path,
						drop_path),
		cmocka_unit_test_setup_teardown(what_is_no_ip_stays_where_it_came, make_path,
						drop_path),
		cmocka_unit_test_setup_teardown(several_wires_are_told_apart, make_path, drop_path),
		cmocka_unit_test(buffers_in_pieces_or_full_are_copied),
		cmocka_unit_test(what_is_too_long_is_counted),
		cmocka_unit_test(a_worker_that_is_behind_loses_by_name),
		cmocka_unit_test(nothing_is_kept_at_the_end),
		cmocka_unit_test(the_cards_checksums_are_believed_where_they_are_good),
		cmocka_unit_test(what_cannot_be_opened_says_what_to_do),
		cmocka_unit_test(too_little_room_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
