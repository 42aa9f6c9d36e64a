/* Packets of any link type, down to TCP: every packet ends in one outcome, streams come in order
 * without holes that were not told, nothing is read outside a packet, and all memory comes back.
 *
 * The input: a byte of options, then packets, each a length of two bytes, a byte of time, a byte of
 * link type, and its bytes. */
#include "flow_streams.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sl_packet packets[SL_FLOW_BURST_MAX];
	uint8_t *copies[SL_FLOW_BURST_MAX];
	struct flow_streams streams;
	int64_t now_ns = 1000000000;
	unsigned n = 0;
	size_t at = 1;

	if (size < 1)
		return 0;
	flow_streams_init(&streams, data[0]);
	while (size - at >= 4) {
		size_t bytes = (size_t)data[at] << 8 | data[at + 1];

		now_ns += (int64_t)data[at + 2] * data[at + 2] * 1000000;
		bytes = bytes < size - at - 4 ? bytes : size - at - 4;
		copies[n] = malloc(bytes ? bytes : 1); /* of its own, so that each end is watched */
		memcpy(copies[n], data + at + 4, bytes);
		packets[n] = (struct sl_packet){
			.at = copies[n],
			.bytes = (uint32_t)bytes,
			.original = (uint32_t)bytes + (data[at + 3] & 0x80 ? 40 : 0),
			.time_ns = now_ns,
			.link = data[at + 3] & 0x0f,
			.checksums = data[at + 3] >> 4 & 3,
		};
		at += 4 + bytes;
		if (++n == SL_FLOW_BURST_MAX || size - at < 4) {
			flow_streams_take(&streams, packets, n, now_ns);
			while (n > 0)
				free(copies[--n]);
		}
	}
	flow_streams_fini(&streams);
	return 0;
}
