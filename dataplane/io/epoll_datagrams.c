/* Datagrams, some with each call. */
#include "io/datagram_priv.h"
#include "io/epoll_priv.h"

#include <errno.h>

#define DATAGRAMS_EACH 16u
#define CALLS_EACH 4u /* of one socket in one wait: the others have their turn */

struct batch {
	struct mmsghdr messages[DATAGRAMS_EACH];
	struct iovec vectors[DATAGRAMS_EACH];
	_Alignas(struct cmsghdr) uint8_t control[DATAGRAMS_EACH][SL_IO_DATAGRAM_CONTROL];
};

/* Each gets one of the free buffers, from the top; they are taken once it is known how many. */
static unsigned prepare(struct epoll *epoll, uint32_t index, struct batch *batch)
{
	struct sl_io *io = &epoll->io;
	unsigned n = DATAGRAMS_EACH < io->n_free_buffers ? DATAGRAMS_EACH : io->n_free_buffers;
	uint32_t left = sl_io_conn_share(io, &io->conns[index]) - io->conns[index].chained;

	n = n < left ? n : left;
	for (unsigned i = 0; i < n; i++) {
		uint32_t buffer = io->free_buffers[io->n_free_buffers - 1 - i];

		batch->vectors[i] = (struct iovec){
			.iov_base = epoll->pool + buffer * epoll->stride,
			.iov_len = io->config.buffer_bytes,
		};
		batch->messages[i].msg_hdr = (struct msghdr){
			.msg_iov = &batch->vectors[i],
			.msg_iovlen = 1,
			.msg_control = batch->control[i],
			.msg_controllen = sizeof(batch->control[i]),
		};
	}
	return n;
}

static void take(struct sl_io *io, uint32_t index, struct mmsghdr *message)
{
	sl_io_conn_received(io, index, io->free_buffers[--io->n_free_buffers],
			    &(struct sl_io_buffer){
				    .at = message->msg_hdr.msg_iov->iov_base,
				    .bytes = message->msg_len,
				    .datagram_bytes = sl_io_datagram_bytes(&message->msg_hdr),
				    .truncated = message->msg_hdr.msg_flags & MSG_TRUNC,
			    });
}

void sl_io_epoll_datagrams(struct epoll *epoll, uint32_t index)
{
	struct sl_io *io = &epoll->io;
	struct batch batch;

	for (unsigned calls = 0; calls < CALLS_EACH && sl_io_conn_wants_input(io, index); calls++) {
		unsigned n = prepare(epoll, index, &batch);
		int got = n ? recvmmsg(io->conns[index].fd, batch.messages, n, MSG_DONTWAIT, NULL)
			    : 0;

		/* An error is one that a datagram of before met; asking has cleared it. */
		for (int i = 0; i < got; i++)
			take(io, index, &batch.messages[i]);
		if (got < (int)n || !n)
			break;
	}
	sl_io_list_push(&io->todo, index);
}
