/* Writing a file of megabytes beside others who wait for the same disk.
 *
 * Slice by slice, each on its way and written before the next is begun: whoever syncs a few
 * kilobytes meanwhile waits behind one slice, and what is synced in the end is little. That is
 * pace, not durability: after a loss of power any part may lack until fsync() says otherwise. */
#ifndef SL_RULES_ARTIFACT_PACED_WRITE_PRIV_H
#define SL_RULES_ARTIFACT_PACED_WRITE_PRIV_H

#include <stddef.h>

#define SL_PACED_SLICE ((size_t)256 << 10)

/* `fd` is of a new file, at its beginning. 0, or -errno of the first failure; what the disk says of
 * a slice is said here, and perhaps not again by fsync(). */
int sl_write_paced(int fd, const void *bytes, size_t n_bytes);

#endif
