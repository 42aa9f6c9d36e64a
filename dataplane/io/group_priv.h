/* How backends of one group reach each other: sockets are handed over and sleepers woken. */
#ifndef SL_IO_GROUP_PRIV_H
#define SL_IO_GROUP_PRIV_H

#include "io/conn_priv.h"

void sl_io_group_join(struct sl_io_group *group, unsigned worker, struct sl_io *io);
void sl_io_group_leave(struct sl_io_group *group, unsigned worker);

/* Worker 0 to another member: always room, for the group's count bounds what is on its way. */
void sl_io_hand(struct sl_io *to, int fd, unsigned listener);
bool sl_io_handed(struct sl_io *io, int *ret_fd, unsigned *ret_listener);

/* A socket for which least() had raised the count, and which was not to be. */
void sl_io_turn_away(struct sl_io *io, unsigned member, int fd);

/* Any thread. A system call only where the worker sleeps. */
void sl_io_wake(struct sl_io *io);

/* The worker, before it sleeps: false where it must not, for somebody has called or a socket has
 * come. After it slept, or did not: sl_io_awake(). */
bool sl_io_may_sleep(struct sl_io *io);
void sl_io_awake(struct sl_io *io);

#endif
