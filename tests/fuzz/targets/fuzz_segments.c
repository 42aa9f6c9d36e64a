/* Segments of a few TCP connections in any order and overlap, with what must hold of streams.
 *
 * Each step of the input is eight bytes: connection and side, flags, place (3), length (2), time.
 */
#include "flow_streams.h"

#include <assert.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define STEP_BYTES 8u

static void put_16(uint8_t *at, uint32_t value)
{
	at[0] = (uint8_t)(value >> 8);
	at[1] = (uint8_t)value;
}

static void put_32(uint8_t *at, uint32_t value)
{
	put_16(at, value >> 16);
	put_16(at + 2, value & 0xffff);
}

/* One step as an IPv4 packet; returns its bytes. */
static size_t make(uint8_t *at, const uint8_t *step)
{
	uint32_t place = (uint32_t)step[2] << 16 | (uint32_t)step[3] << 8 | step[4];
	uint32_t length = ((uint32_t)step[5] << 8 | step[6]) % 3000;
	uint32_t seq = place + (step[1] & 0x40 ? 0xfffff000u : 0); /* across the wrap-around too */
	unsigned side = step[0] & 1;

	memset(at, 0, 40);
	at[0] = 0x45;
	put_16(at + 2, 40 + length);
	at[9] = 6;
	put_32(at + 12, 0x0a000001 + side);
	put_32(at + 16, 0x0a000002 - side);
	put_16(at + 20, side ? 80 : 4000u + (step[0] >> 1 & 0x1f));
	put_16(at + 22, side ? 4000u + (step[0] >> 1 & 0x1f) : 80);
	put_32(at + 24, seq);
	put_32(at + 28, seq + length * 7);
	at[32] = 0x50;
	at[33] = step[1] & 0x17;
	for (uint32_t i = 0; i < length; i++)
		at[40 + i] = (uint8_t)((seq + i) * 31);
	return 40 + length;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static uint8_t room[4096];
	struct flow_streams streams;
	int64_t now_ns = 1000000000;

	flow_streams_init(&streams, 0);
	for (size_t at = 0; at + STEP_BYTES <= size; at += STEP_BYTES) {
		struct sl_packet packet = {.at = room, .link = SL_LINK_IP};

		packet.bytes = packet.original = (uint32_t)make(room, data + at);
		now_ns += (int64_t)data[at + 7] * data[at + 7] * 100000;
		packet.time_ns = now_ns;
		flow_streams_take(&streams, &packet, 1, now_ns);
	}
	flow_streams_fini(&streams);
	return 0;
}
