/* What the files of unfolding share. */
#ifndef SL_FRAME_INFLATE_PRIV_H
#define SL_FRAME_INFLATE_PRIV_H

#include "frame/inflate.h"

#define ZLIB_CONST
#include <zlib.h>

#define SL_INFLATER_LIBRARY_BYTES 65536u /* of one stream: its state, and a window of 32 KiB */

struct sl_inflater {
	z_stream wrapped; /* gzip or zlib, as it begins */
	z_stream bare;
	uint8_t *room;
	size_t bytes_max;
	size_t library_used;
	_Alignas(16) uint8_t library[2 * SL_INFLATER_LIBRARY_BYTES];
};

#endif
