#include "tests/unit/io/dpdk_rig.h"

#include "base/artifact.h"

#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define MARK 0x51d1ce5au
#define QUIET_NS (2 * SL_NS_PER_S)

static void say(void *context, bool is_warning, const char *line)
{
	struct rig *rig = context;

	rig->warnings += is_warning;
	snprintf(rig->warning, sizeof(rig->warning), "%s", line);
}

void rig_init(struct rig *rig, unsigned workers)
{
	memset(rig, 0, sizeof(*rig));
	sl_settings_default(&rig->settings);
	strcpy(rig->settings.dpdk_huge_pages, "never");
	/* the tests' own buffers lie there too; that of the first test is everybody's */
	strcpy(rig->settings.dpdk_arguments, "-m 512");
	rig->settings.dpdk_buffers = 4096;
	rig->settings.dpdk_descriptors = 256;
	rig->workers = workers;
}

void rig_wire(struct rig *rig, const char *name, const char *device)
{
	struct sl_wire *wire = &rig->wires[rig->settings.wires++];

	snprintf(wire->name, sizeof(wire->name), "%s", name);
	snprintf(wire->device, sizeof(wire->device), "%s", device);
	wire->promiscuous = 1;
}

int rig_open(struct rig *rig)
{
	const struct sl_dpdk_config config = {
		.settings = &rig->settings,
		.wires = rig->wires,
		.workers = rig->workers,
		.vxlan_port = 4789,
		.say = say,
		.say_context = rig,
	};
	int error = sl_dpdk_open(&config, &rig->dpdk, rig->why);

	for (unsigned i = 0; !error && i < rig->workers; i++) {
		const struct sl_packets_config worker = {rig->dpdk, i, &rig->stats[i]};

		error = sl_dpdk_ops.open(&worker, &rig->packets[i]);
	}
	return error;
}

void rig_close(struct rig *rig)
{
	for (unsigned i = 0; i < rig->workers; i++)
		sl_dpdk_ops.close(rig->packets[i]);
	sl_dpdk_close(rig->dpdk);
	rig->dpdk = NULL;
}

/* The payload says which it is, and the rest follows from that. */
static void note(struct rig *rig, unsigned worker, const struct sl_packet *packet)
{
	uint32_t head[3];
	const uint8_t *at = NULL;

	assert_int_equal(packet->link, SL_LINK_ETHERNET);
	for (uint32_t i = 14; !at && i + 16 <= packet->bytes; i += 2) {
		memcpy(head, packet->at + i, sizeof(head));
		if (head[0] == MARK)
			at = packet->at + i;
	}
	if (!at || head[1] >= RIG_PACKETS_MAX) {
		rig->foreign++;
		return;
	}
	for (uint32_t i = sizeof(head); i < head[2]; i++)
		if (at + i >= packet->at + packet->bytes || at[i] != (uint8_t)(head[1] + i)) {
			rig->bad++;
			return;
		}
	rig->worker_of[head[1]] = (uint8_t)worker;
	rig->times[head[1]]++;
}

unsigned rig_turn(struct rig *rig)
{
	struct timespec t;
	unsigned all = 0;
	struct sl_now now = {0};

	clock_gettime(CLOCK_MONOTONIC, &t);
	now.monotonic_ns = t.tv_sec * SL_NS_PER_S + t.tv_nsec;
	for (unsigned i = 0; i < rig->workers; i++) {
		struct sl_packet packets[SL_PACKETS_BURST_MAX];
		unsigned n = sl_dpdk_ops.receive(rig->packets[i], packets, SL_PACKETS_BURST_MAX);

		assert_true(n <= SL_PACKETS_BURST_MAX);
		for (unsigned p = 0; p < n; p++)
			note(rig, i, &packets[p]);
		sl_dpdk_ops.release(rig->packets[i]);
		sl_dpdk_ops.housekeeping(rig->packets[i], &now);
		all += n;
	}
	rig->got += all;
	return all;
}

void rig_until(struct rig *rig, uint64_t n)
{
	int64_t since = sl_clock_read(CLOCK_MONOTONIC);

	while (rig->got < n && sl_clock_read(CLOCK_MONOTONIC) - since < QUIET_NS)
		if (rig_turn(rig))
			since = sl_clock_read(CLOCK_MONOTONIC);
}

uint64_t rig_count(const struct rig *rig, unsigned wire, enum sl_wire_stat what)
{
	uint64_t n = 0;

	for (unsigned i = 0; i < rig->workers; i++)
		n += atomic_load(&rig->stats[i].wires[wire][what]);
	return n;
}

/* ---- packets --------------------------------------------------------------------------------- */

static void put_16(uint8_t *at, unsigned value)
{
	at[0] = (uint8_t)(value >> 8);
	at[1] = (uint8_t)value;
}

static void put_32(uint8_t *at, uint32_t value)
{
	put_16(at, value >> 16);
	put_16(at + 2, value & 0xffff);
}

static size_t put_payload(const struct frame *frame, uint8_t *at)
{
	const uint32_t head[3] = {MARK, frame->number, frame->payload};

	memcpy(at, head, sizeof(head));
	for (unsigned i = sizeof(head); i < frame->payload; i++)
		at[i] = (uint8_t)(frame->number + i);
	return frame->payload;
}

static size_t put_transport(const struct frame *frame, bool tcp, uint8_t *at)
{
	unsigned here = 1024 + frame->flow % 60000, there = tcp ? 80 : 5140;
	size_t header = tcp ? 20 : 8;

	if (frame->fragment & 0x1fff) /* behind the first there is no header */
		return put_payload(frame, at);
	memset(at, 0, header);
	put_16(at, frame->back ? there : here);
	put_16(at + 2, frame->back ? here : there);
	if (tcp)
		at[12] = 5 << 4;
	else
		put_16(at + 4, (unsigned)header + frame->payload);
	return header + put_payload(frame, at + header);
}

static void put_end_4(uint8_t *at, const struct frame *frame, bool here)
{
	put_32(at, here ? 0x0a000000 + frame->flow * 7919u % 65521 : 0xc0a80001);
}

static size_t put_ipv4(const struct frame *frame, bool tcp, uint8_t *at)
{
	size_t n = put_transport(frame, tcp, at + 20);

	memset(at, 0, 20);
	at[0] = 0x45;
	put_16(at + 2, 20 + (unsigned)n);
	put_16(at + 4, frame->flow);
	put_16(at + 6, frame->fragment);
	at[8] = 64;
	at[9] = tcp ? 6 : 17;
	put_end_4(at + 12, frame, !frame->back);
	put_end_4(at + 16, frame, frame->back);
	return 20 + n;
}

static size_t put_ipv6(const struct frame *frame, uint8_t *at)
{
	size_t n = put_transport(frame, false, at + 40);

	memset(at, 0, 40);
	at[0] = 0x60;
	put_16(at + 4, (unsigned)n);
	at[6] = 17;
	at[7] = 64;
	put_32(at + 8, 0x20010db8);
	put_32(at + 24, 0x20010db8);
	put_end_4(at + 20, frame, !frame->back);
	put_end_4(at + 36, frame, frame->back);
	return 40 + n;
}

static size_t put_ethernet(uint8_t *at, unsigned type)
{
	memset(at, 2, 12);
	put_16(at + 12, type);
	return 14;
}

/* A mirror's tunnel: its own ends are the same for all that is in it, but for what a switch puts
 * into the port that it sends from, which is not the same for both directions. */
static size_t put_tunnel(const struct frame *frame, uint8_t *at)
{
	bool vxlan = frame->kind == FRAME_VXLAN;
	size_t outer = vxlan ? 20 + 16 : 20 + 4, n;

	n = put_ethernet(at + outer, 0x0800);
	n += put_ipv4(frame, true, at + outer + n);
	memset(at, 0, outer);
	at[0] = 0x45;
	put_16(at + 2, (unsigned)(outer + n));
	at[9] = vxlan ? 17 : 47;
	put_32(at + 12, 0x0a090909);
	put_32(at + 16, 0x0a090908);
	if (vxlan) {
		put_16(at + 20, 49152 + frame->flow + 1000u * frame->back);
		put_16(at + 22, 4789);
		put_16(at + 24, (unsigned)(16 + n));
		at[28] = 8;
	} else {
		put_16(at + 22, 0x6558);
	}
	return outer + n;
}

size_t rig_frame(const struct frame *frame, uint8_t *ret_at)
{
	uint8_t *at = ret_at;

	switch (frame->kind) {
	case FRAME_ARP:
		at += put_ethernet(at, 0x0806);
		at += put_payload(frame, at);
		break;
	case FRAME_UDP6:
		at += put_ethernet(at, 0x86dd);
		at += put_ipv6(frame, at);
		break;
	case FRAME_VLAN:
		at += put_ethernet(at, 0x8100);
		put_16(at, 17);
		put_16(at + 2, 0x0800);
		at += 4;
		at += put_ipv4(frame, true, at);
		break;
	case FRAME_GRE:
	case FRAME_VXLAN:
		at += put_ethernet(at, 0x0800);
		at += put_tunnel(frame, at);
		break;
	default:
		at += put_ethernet(at, 0x0800);
		at += put_ipv4(frame, frame->kind == FRAME_TCP, at);
		break;
	}
	return (size_t)(at - ret_at);
}

void rig_pcap(const char *path, const struct frame *frames, unsigned n)
{
	const uint32_t head[6] = {0xa1b2c3d4, 2 | 4u << 16, 0, 0, 65535, 1};
	static uint8_t bytes[RIG_FRAME_MAX + 256];
	FILE *file = fopen(path, "wbe");

	assert_non_null(file);
	assert_int_equal(fwrite(head, sizeof(head), 1, file), 1);
	for (unsigned i = 0; i < n; i++) {
		uint32_t bytes_n = (uint32_t)rig_frame(&frames[i], bytes);
		const uint32_t record[4] = {1700000000 + i / 1000000, i % 1000000, bytes_n,
					    bytes_n};

		assert_int_equal(fwrite(record, sizeof(record), 1, file), 1);
		assert_int_equal(fwrite(bytes, bytes_n, 1, file), 1);
	}
	assert_int_equal(fclose(file), 0);
}

/* Who is not root may be it among its own, on most systems. */
static bool unshare_as_root(void)
{
	unsigned user = getuid();
	FILE *map;

	if (!unshare(CLONE_NEWNET))
		return true;
	if (unshare(CLONE_NEWUSER | CLONE_NEWNET))
		return false;
	map = fopen("/proc/self/uid_map", "we");
	if (!map)
		return false;
	fprintf(map, "0 %u 1", user);
	return fclose(map) == 0;
}

bool rig_own_network(const char **ret_why)
{
	if (!unshare_as_root()) {
		*ret_why = "no network namespace here (unshare)";
		return false;
	}
	/* offloads off: else what one end sends has no checksums, and may be larger than a frame */
	if (system("ip link add wire0 type veth peer name wire1 && "
		   "ip link set wire0 up && ip link set wire1 up && "
		   "ethtool -K wire0 tx off gso off tso off > /dev/null 2>&1; "
		   "ip link show wire1 > /dev/null")) {
		*ret_why = "ip(8) makes no veth pair here";
		return false;
	}
	return true;
}
