/* What the backends with sockets share: accepting, handing over, ending. */
#ifndef SL_IO_SOCKET_PRIV_H
#define SL_IO_SOCKET_PRIV_H

#include "io/group_priv.h"

/* One listening socket, as worker 0 sees it. */
struct sl_io_door_state {
	bool armed;      /* in the kernel */
	bool cancelling; /* uring: a cancel is under way */
	uint8_t back_off_ticks;
};

/* Whether an error of accept() is the listener's and will be there again at once (no descriptors,
 * no memory): then accepting rests for a while instead of spinning. */
bool sl_io_accept_rests(int error);
void sl_io_accept_rest(struct sl_io *io, struct sl_io_door_state *door);

/* Counts the back-offs down; whether the timer is needed on. */
bool sl_io_doors_tick(struct sl_io_door_state *doors, unsigned n);
bool sl_io_doors_resting(const struct sl_io_door_state *doors, unsigned n);

/* A socket for which least() chose this member: a connection, or turned away. */
void sl_io_socket_take(struct sl_io *io, int fd, unsigned listener);
void sl_io_sockets_handed(struct sl_io *io); /* everything in the mailbox */

/* All output is out and the worker let go: our side ends here. Closing now would send a reset, and
 * with it take the last reply from a peer that is still sending; so it lingers. */
void sl_io_socket_finish(struct sl_io *io, uint32_t index);
void sl_io_socket_close(struct sl_io *io, uint32_t index);

/* The starved that there are buffers for now are looked at again. */
void sl_io_feed_starved(struct sl_io *io, uint32_t buffers);
void sl_io_starve(struct sl_io *io, uint32_t index);

#endif
