#include "io/packets_mem.h"

#include "sluice/error.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>

struct sl_packets {
	struct sl_packet waiting[SL_PACKETS_MEM_WAITING];
	uint32_t head, tail; /* both count for ever */
	uint64_t lost[SL_WIRES_MAX];
	bool is_out;
};

static int mem_open(const struct sl_packets_config *config, struct sl_packets **ret_packets)
{
	struct sl_packets *packets = calloc(1, sizeof(*packets));

	(void)config;
	if (!packets)
		return -ENOMEM;
	*ret_packets = packets;
	return 0;
}

static unsigned mem_receive(struct sl_packets *packets, struct sl_packet *ret_packets, unsigned max)
{
	unsigned n = 0;

	assert(!packets->is_out);
	packets->is_out = true;
	while (n < max && packets->head != packets->tail)
		ret_packets[n++] = packets->waiting[packets->head++ % SL_PACKETS_MEM_WAITING];
	return n;
}

static void mem_release(struct sl_packets *packets)
{
	assert(packets->is_out);
	packets->is_out = false;
}

static void mem_housekeeping(struct sl_packets *packets, const struct sl_now *now)
{
	(void)packets;
	(void)now;
}

static uint64_t mem_lost(struct sl_packets *packets, unsigned wire)
{
	uint64_t lost = packets->lost[wire];

	packets->lost[wire] = 0;
	return lost;
}

static void mem_close(struct sl_packets *packets)
{
	free(packets);
}

const struct sl_packets_ops sl_packets_mem = {
	.name = "mem",
	.open = mem_open,
	.receive = mem_receive,
	.release = mem_release,
	.housekeeping = mem_housekeeping,
	.lost = mem_lost,
	.close = mem_close,
};

int sl_packets_mem_feed(struct sl_packets *packets, const struct sl_packet *packet)
{
	if (packets->tail - packets->head == SL_PACKETS_MEM_WAITING)
		return -SL_E_FULL;
	packets->waiting[packets->tail++ % SL_PACKETS_MEM_WAITING] = *packet;
	return 0;
}

void sl_packets_mem_lose(struct sl_packets *packets, unsigned wire, uint64_t n)
{
	packets->lost[wire] += n;
}
