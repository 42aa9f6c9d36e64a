/* A backend as a network card would be: messages arrive in pieces of 1 to 7 bytes, several a burst,
 * cut anywhere, each in a buffer of its own that is overwritten and freed on release. Whatever a
 * stage keeps of a burst after release() is garbage here, and an error under the sanitizer.
 *
 * It is fed like the mem backend (io/mem.h), from one thread; the same seed gives the same pieces.
 */
#ifndef SL_TESTS_FAKES_PACKET_IO_H
#define SL_TESTS_FAKES_PACKET_IO_H

#include "io/io.h"

extern const struct sl_io_ops fake_packet_io;

/* Where the cuts fall; to be called before the first wait(). */
void fake_packet_seed(struct sl_io *io, uint64_t seed);

int fake_packet_connect(struct sl_io *io, unsigned listener);

/* Copies the bytes; unlike a real one it takes any number of them. 0 or -EPIPE. */
int fake_packet_feed(struct sl_io *io, unsigned connection, const void *at, size_t n,
		     int64_t stamp_ns);

void fake_packet_end(struct sl_io *io, unsigned connection, bool whole);
size_t fake_packet_take(struct sl_io *io, unsigned connection, void *ret_at, size_t n);
bool fake_packet_closed(struct sl_io *io, unsigned connection);

#endif
