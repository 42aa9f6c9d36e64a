#include "io/uring_priv.h"

#include "sluice/error.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <unistd.h>

#define SETUP_FLAGS                                                                                \
	(IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN | IORING_SETUP_TASKRUN_FLAG |     \
	 IORING_SETUP_CQSIZE | IORING_SETUP_CLAMP)
#define SQES_MIN 64u
#define SQES_MAX 1024u
#define CQES_PER_SQE 4u
#define CLOSE_ROUNDS 100u
#define CLOSE_ROUND_NS 20000000ll

static unsigned sq_entries(uint32_t buffers)
{
	if (buffers < SQES_MIN)
		return SQES_MIN;
	return buffers < SQES_MAX ? buffers : SQES_MAX;
}

static int ring_open(unsigned entries, struct io_uring *ret_ring)
{
	struct io_uring_params params = {
		.flags = SETUP_FLAGS,
		.cq_entries = entries * CQES_PER_SQE,
	};
	int error = io_uring_queue_init_params(entries, ret_ring, &params);

	if (error)
		return error;
	/* Without these completions could be lost, or wait() could not be bounded. */
	if ((params.features & IORING_FEAT_NODROP) && (params.features & IORING_FEAT_EXT_ARG))
		return 0;
	io_uring_queue_exit(ret_ring);
	return -EINVAL;
}

/* Maps and registers the ring through which the kernel takes receive buffers. */
static int given_open(struct io_uring *ring, uint32_t buffers, struct io_uring_buf_ring **ret_given,
		      size_t *ret_bytes, uint32_t *ret_entries)
{
	uint32_t entries = 1;
	struct io_uring_buf_reg reg = {.bgid = 0};
	size_t bytes;
	void *given;
	int error;

	while (entries < buffers)
		entries <<= 1;
	bytes = entries * sizeof(struct io_uring_buf);
	given = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (given == MAP_FAILED)
		return -ENOMEM;
	reg.ring_addr = (uintptr_t)given;
	reg.ring_entries = entries;
	error = io_uring_register_buf_ring(ring, &reg, 0);
	if (error) {
		munmap(given, bytes);
		return error;
	}
	*ret_given = given;
	*ret_bytes = bytes;
	*ret_entries = entries;
	return 0;
}

int sl_io_uring_probe(void)
{
	struct io_uring_buf_ring *given;
	struct io_uring ring;
	uint32_t entries;
	size_t bytes;
	int error = ring_open(SQES_MIN, &ring);

	if (error)
		return -error;
	error = given_open(&ring, 2, &given, &bytes, &entries);
	io_uring_queue_exit(&ring);
	if (!error)
		munmap(given, bytes);
	return -error;
}

/* Refusals are of one kind for the caller; what is merely short is told as it is. */
static int refusal(int error)
{
	return error == -EPERM || error == -ENOSYS || error == -EINVAL || error == -EACCES
		       ? -SL_E_NOT_OFFERED
		       : error;
}

static void uring_free(struct uring *uring)
{
	for (uint32_t i = 0; i < uring->io.n_datagram_sockets; i++)
		if (uring->io.conns[i].fd >= 0)
			close(uring->io.conns[i].fd);
	if (uring->given)
		munmap(uring->given, uring->given_map_bytes);
	if (uring->pool)
		munmap(uring->pool, uring->pool_map_bytes);
	if (uring->io.door.event_fd >= 0)
		close(uring->io.door.event_fd);
	sl_io_conns_fini(&uring->io);
	free(uring);
}

/* Datagrams come with a head, and a buffer is to hold as much of them as without one. */
static struct sl_io_config with_room(const struct sl_io_config *config)
{
	struct sl_io_config wider = *config;

	if (sl_io_datagrams_wanted(config))
		wider.buffer_bytes += SL_IO_URING_DATAGRAM_HEAD;
	return wider;
}

static int uring_memory(struct uring *uring, const struct sl_io_config *config)
{
	int error = sl_io_conns_init(&uring->io, config);

	if (!error)
		error = sl_io_spill_open(&uring->io);
	if (error)
		return error;
	uring->pool = sl_io_pool_map(config, &uring->stride, &uring->pool_map_bytes);
	if (!uring->pool)
		return -ENOMEM;
	/* Blocking: io_uring gives up at once on reads of descriptors that are not. */
	uring->io.door.event_fd = eventfd(0, EFD_CLOEXEC);
	return uring->io.door.event_fd < 0 ? -errno : 0;
}

static int uring_open(const struct sl_io_config *config, struct sl_io **ret_io)
{
	struct uring *uring = aligned_alloc(_Alignof(struct uring), sizeof(*uring));
	const struct sl_io_config wider = with_room(config);
	uint32_t entries;
	int error;

	assert(config->buffers <= 32768);
	if (!uring)
		return -ENOMEM;
	*uring = (struct uring){.io.door.event_fd = -1};
	error = uring_memory(uring, &wider);
	if (!error)
		error = sl_io_datagrams_open(&uring->io, config->buffer_bytes);
	if (error)
		goto fail;
	error = ring_open(sq_entries(config->buffers), &uring->ring);
	if (error)
		goto fail;
	error = given_open(&uring->ring, config->buffers, &uring->given, &uring->given_map_bytes,
			   &entries);
	if (error)
		goto fail_ring;
	io_uring_buf_ring_init(uring->given);
	uring->given_mask = io_uring_buf_ring_mask(entries);
	sl_io_group_join(config->group, config->worker, &uring->io);
	sl_io_datagrams_count(&uring->io);
	*ret_io = &uring->io;
	return 0;

fail_ring:
	io_uring_queue_exit(&uring->ring);
fail:
	uring_free(uring);
	return refusal(error);
}

static bool under_way(const struct uring *uring)
{
	if (uring->handing)
		return true;
	for (unsigned i = 0; i < uring->io.config.n_listeners; i++)
		if (uring->doors[i].armed || uring->doors[i].cancelling)
			return true;
	for (uint32_t i = 0; i < uring->io.config.connections; i++)
		if ((uring->io.conns[i].flags & (SL_IO_USED | SL_IO_GONE)) == SL_IO_USED)
			return true;
	return false;
}

static void uring_close(struct sl_io *io)
{
	struct uring *uring = uring_of(io);
	struct __kernel_timespec round = {.tv_nsec = CLOSE_ROUND_NS};
	struct io_uring_cqe *cqe;

	if (!io)
		return;
	sl_io_group_leave(io->config.group, io->config.worker);
	uring->closing = true;
	/* The kernel may write into buffers until the last operation has answered. */
	for (unsigned rounds = 0; rounds < CLOSE_ROUNDS; rounds++) {
		sl_io_sockets_handed(io);
		for (uint32_t i = 0; i < io->config.connections; i++)
			if (io->conns[i].flags & SL_IO_USED)
				sl_io_conn_lost(io, i);
		sl_io_uring_settle(uring);
		if (!under_way(uring))
			break;
		io_uring_submit_and_wait_timeout(&uring->ring, &cqe, 1, &round, NULL);
		sl_io_uring_reap(uring);
	}
	io_uring_queue_exit(&uring->ring);
	uring_free(uring);
}

const struct sl_io_ops sl_io_uring = {
	.name = "uring",
	.open = uring_open,
	.close = uring_close,
	.wait = sl_io_uring_wait,
	.release = sl_io_burst_release,
	.room = sl_io_conn_room,
	.send = sl_io_conn_send,
	.shut = sl_io_conn_shut,
	.pause = sl_io_conn_pause,
	.accepting = sl_io_uring_accepting,
	.wake = sl_io_wake,
};
