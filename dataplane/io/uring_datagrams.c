/* Datagrams: each completion of one receive brings a message, behind a head that describes it. */
#include "io/uring_priv.h"

void sl_io_uring_datagrams_arm(struct uring *uring, struct io_uring_sqe *sqe, uint32_t index)
{
	uring->datagram = (struct msghdr){.msg_controllen = SL_IO_DATAGRAM_CONTROL};
	io_uring_prep_recvmsg_multishot(sqe, uring->io.conns[index].fd, &uring->datagram, 0);
}

void sl_io_uring_datagram(struct uring *uring, uint32_t index, uint32_t buffer, int result)
{
	uint8_t *at = uring->pool + buffer * uring->stride;
	struct io_uring_recvmsg_out *out = io_uring_recvmsg_validate(at, result, &uring->datagram);
	struct msghdr message = {0};

	if (!out) {
		sl_io_buffer_free(&uring->io, buffer);
		return;
	}
	message.msg_control = io_uring_recvmsg_name(out);
	message.msg_controllen =
		out->controllen < SL_IO_DATAGRAM_CONTROL ? out->controllen : SL_IO_DATAGRAM_CONTROL;
	sl_io_conn_received(
		&uring->io, index, buffer,
		&(struct sl_io_buffer){
			.at = io_uring_recvmsg_payload(out, &uring->datagram),
			.bytes = io_uring_recvmsg_payload_length(out, result, &uring->datagram),
			.datagram_bytes = sl_io_datagram_bytes(&message),
			.truncated = out->flags & MSG_TRUNC,
		});
}
