/* local_socket: a Unix socket that whoever finds its file can connect to.
 *
 * The file gets its name when the socket listens, not before: a script may wait for the file. What
 * stands at `path` goes first, so the caller knows by a lock that no other process listens there.
 * Meanwhile the name with its last letter as '~' is in use beside it, and `ss` goes on calling the
 * socket so. No mask is changed for a moment, so other threads may make files. */
#ifndef SL_BASE_LOCAL_SOCKET_H
#define SL_BASE_LOCAL_SOCKET_H

/* Not blocking, closed on exec. Never for others, for the group where the mask of whoever started
 * this process says so. 0 or -errno; after a failure there is no file. */
int sl_local_socket_listen(const char *path, int backlog, int *ret_fd);

#endif
