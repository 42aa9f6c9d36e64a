#include "io/conn_priv.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#define N_LISTS 4u

static uint32_t power_of_two_above(uint32_t n)
{
	uint32_t power = 1;

	while (power < n)
		power <<= 1;
	return power;
}

static void lists_init(struct sl_io *io, uint32_t connections)
{
	struct sl_io_list *lists[N_LISTS] = {&io->ready, &io->todo, &io->starved, &io->lingering};

	for (unsigned i = 0; i < N_LISTS; i++)
		*lists[i] = (struct sl_io_list){
			.next = io->links + (size_t)i * connections,
			.head = SL_IO_NONE,
			.tail = SL_IO_NONE,
		};
	for (size_t i = 0; i < (size_t)N_LISTS * connections; i++)
		io->links[i] = SL_IO_NONE;
}

int sl_io_conns_init(struct sl_io *io, const struct sl_io_config *config)
{
	uint32_t connections = config->connections;
	uint32_t buffers = config->buffers;
	uint32_t handed = power_of_two_above(connections);
	void *output;

	assert(connections && connections < SL_IO_NONE / 2 && buffers && config->output_bytes);
	assert(config->worker < SL_IO_WORKERS_MAX && config->n_listeners <= UINT8_MAX);
	*io = (struct sl_io){.config = *config, .accepting = true, .door.event_fd = -1};
	/* Mapped, not allocated: most connections never fill theirs, and pages come when touched.
	 */
	io->output_map_bytes = (size_t)connections * config->output_bytes;
	output = mmap(NULL, io->output_map_bytes, PROT_READ | PROT_WRITE,
		      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	io->output = output == MAP_FAILED ? NULL : output;
	io->conns = calloc(connections, sizeof(*io->conns));
	io->free_conns = calloc(connections, sizeof(*io->free_conns));
	io->buffers = calloc(2 * (size_t)buffers, sizeof(*io->buffers));
	io->free_buffers = calloc(buffers, sizeof(*io->free_buffers));
	io->free_spills = calloc(buffers, sizeof(*io->free_spills));
	io->links = calloc((size_t)N_LISTS * connections, sizeof(*io->links));
	io->door.handed_slots = calloc(handed, sizeof(*io->door.handed_slots));
	if (!io->output || !io->conns || !io->free_conns || !io->buffers || !io->free_buffers ||
	    !io->free_spills || !io->links || !io->door.handed_slots) {
		sl_io_conns_fini(io);
		return -ENOMEM;
	}
	lists_init(io, connections);
	/* The lowest come first: their output has been touched before. */
	for (uint32_t i = 0; i < connections; i++) {
		io->conns[i].fd = -1;
		io->free_conns[i] = connections - 1 - i;
	}
	for (uint32_t i = 0; i < buffers; i++)
		io->free_buffers[i] = buffers - 1 - i;
	io->n_free_conns = connections;
	io->n_free_buffers = buffers;
	io->share = buffers / 8 ? buffers / 8 : 1;
	sl_ring_init(&io->door.handed, io->door.handed_slots, handed);
	return 0;
}

void sl_io_conns_fini(struct sl_io *io)
{
	if (io->output)
		munmap(io->output, io->output_map_bytes);
	free(io->conns);
	free(io->free_conns);
	free(io->buffers);
	free(io->free_buffers);
	free(io->free_spills);
	if (io->spill)
		munmap(io->spill, io->spill_map_bytes);
	free(io->links);
	free(io->door.handed_slots);
	*io = (struct sl_io){.door.event_fd = -1};
}

uint8_t *sl_io_pool_map(const struct sl_io_config *config, size_t *ret_stride, size_t *ret_bytes)
{
	size_t stride = ((size_t)config->buffer_bytes + SL_SPAN_PADDING + 63) & ~(size_t)63;
	void *pool = mmap(NULL, stride * config->buffers, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (pool == MAP_FAILED)
		return NULL;
	*ret_stride = stride;
	*ret_bytes = stride * config->buffers;
	return pool;
}

int sl_io_spill_open(struct sl_io *io)
{
	uint32_t buffers = io->config.buffers;

	io->spill = sl_io_pool_map(&io->config, &io->spill_stride, &io->spill_map_bytes);
	if (!io->spill)
		return -ENOMEM;
	for (uint32_t i = 0; i < buffers; i++)
		io->free_spills[i] = 2 * buffers - 1 - i;
	io->n_free_spills = buffers;
	return 0;
}
