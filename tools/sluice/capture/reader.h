/* Capture files: pcap (micro- and nanoseconds, either byte order) and pcapng, packet by packet.
 *
 * - The file is read through a function, once, from begin to end, into one buffer: memory does not
 *   grow with the file. A packet's bytes stay until sl_capture_reader_release().
 * - Everything in the file is hostile: what is cut off or contradicts itself ends it, with a
 *   sentence; the packets before it are good. */
#ifndef SL_SLUICE_CAPTURE_READER_H
#define SL_SLUICE_CAPTURE_READER_H

#include "flow/flow.h"
#include "sluice/error.h"

#include <sys/types.h>

#define SL_CAPTURE_PACKET_MAX 262144u /* bytes kept of one packet; more is no capture's packet */

struct sl_capture_reader;

/* As read(2): bytes, 0 at the end, -1 on a failure. */
typedef ssize_t (*sl_capture_read)(void *context, void *at, size_t bytes);

enum sl_capture_step {
	SL_CAPTURE_END = 0,
	SL_CAPTURE_PACKET,
	SL_CAPTURE_FULL,    /* release, and ask again */
	SL_CAPTURE_DAMAGED, /* the file says no more; see ret_why */
	SL_CAPTURE_UNKNOWN, /* it is no capture file at all; see ret_why */
};

/* 0 or -ENOMEM. */
int sl_capture_reader_new(sl_capture_read read, void *context,
			  struct sl_capture_reader **ret_reader);
void sl_capture_reader_free(struct sl_capture_reader *reader); /* takes NULL */

/* After DAMAGED, UNKNOWN or END it says the same again. */
enum sl_capture_step sl_capture_reader_next(struct sl_capture_reader *reader,
					    struct sl_packet *ret_packet,
					    char ret_why[SL_SENTENCE_BYTES]);
void sl_capture_reader_release(struct sl_capture_reader *reader);

#endif
