/* Listeners of UDP: one connection each in every worker, with a socket of its own. */
#ifndef SL_IO_DATAGRAM_PRIV_H
#define SL_IO_DATAGRAM_PRIV_H

#include "io/socket_priv.h"

#include <sys/socket.h>

/* Of the control data: the size of the datagrams that came together. */
#define SL_IO_DATAGRAM_CONTROL CMSG_SPACE(sizeof(int))

/* Whether the configuration has listeners of UDP. */
bool sl_io_datagrams_wanted(const struct sl_io_config *config);

/* Opens the sockets and their connections; buffer_bytes: of the payload that a buffer holds. Before
 * the group is joined, and count() behind it. After an error those that are open are the
 * connections', to be closed with them. */
int sl_io_datagrams_open(struct sl_io *io, uint32_t buffer_bytes);
void sl_io_datagrams_count(struct sl_io *io);

/* What the kernel dropped since the last look; a system call for each socket. */
void sl_io_datagrams_tick(struct sl_io *io);
void sl_io_datagrams_dropped(struct sl_io *io, uint32_t index);

/* The size of each datagram of a message but the last; 0: it is one. */
uint32_t sl_io_datagram_bytes(struct msghdr *message);

#endif
