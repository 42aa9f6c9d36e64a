/* A capture read as the mirror would read it: packets, streams, requests.
 *
 * One thread. Memory is taken once, whatever the capture's size. Lines of JSON go to `to`. */
#ifndef SL_SLUICE_CAPTURE_H
#define SL_SLUICE_CAPTURE_H

#include "base/mapping.h"
#include "tools/sluice/capture/reader.h"
#include "tools/sluice/decode/decode_body.h"

#include <stdio.h>

struct sl_capture_options {
	bool requests; /* print each */
	bool verify_checksums;
	const struct sl_channel *channel;   /* NULL: none; all ports are looked at */
	struct sl_mapping mapping;          /* of that channel */
	const struct sl_artifact *artifact; /* the schema; NULL: none */
	struct sl_decode_printer *printer;  /* of that schema and channel; with a channel */
};

/* Prints the requests, if they are wanted, the events, with a channel, and the summary, in every
 * case. How the file ended: END, DAMAGED or UNKNOWN with a sentence; or -ENOMEM, with nothing
 * printed. */
int sl_capture_run(const struct sl_capture_options *options, sl_capture_read read, void *context,
		   FILE *to, char ret_why[SL_SENTENCE_BYTES]);

#endif
