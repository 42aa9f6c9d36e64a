/* The library's memory is taken at the start, from a room of ours. */
#include "frame/inflate_priv.h"

#include "sluice/error.h"

#include <errno.h>
#include <stdlib.h>

static void *take(void *context, unsigned n, unsigned bytes)
{
	struct sl_inflater *inflater = context;
	size_t wanted = ((size_t)n * bytes + 15) / 16 * 16;
	uint8_t *at = inflater->library + inflater->library_used;

	if (wanted > sizeof(inflater->library) - inflater->library_used)
		return NULL;
	inflater->library_used += wanted;
	return at;
}

static void give(void *context, void *at)
{
	(void)context;
	(void)at; /* all of it goes with the inflater */
}

/* Also makes the library take its window, which it does with the first bytes it has to keep. */
static int begin(struct sl_inflater *inflater, z_stream *stream, int bits)
{
	static const uint8_t bare[] = {0x4b, 0x04, 0x00}; /* "a" */
	uint8_t byte[2];

	*stream = (z_stream){.zalloc = take, .zfree = give, .opaque = inflater};
	if (inflateInit2(stream, -15) != Z_OK)
		return -ENOMEM;
	stream->next_in = bare;
	stream->avail_in = sizeof(bare);
	stream->next_out = byte;
	stream->avail_out = sizeof(byte);
	if (inflate(stream, Z_SYNC_FLUSH) != Z_STREAM_END)
		return -SL_E_NOT_OFFERED;
	/* of the same window, so that it stays */
	return inflateReset2(stream, bits) == Z_OK ? 0 : -SL_E_NOT_OFFERED;
}

int sl_inflater_new(size_t bytes_max, struct sl_inflater **ret_inflater)
{
	struct sl_inflater *inflater;
	int error;

	if (bytes_max == 0 || bytes_max > (1u << 30))
		return -EINVAL;
	inflater = calloc(1, sizeof(*inflater));
	if (!inflater)
		return -ENOMEM;
	inflater->bytes_max = bytes_max;
	inflater->room = malloc(bytes_max + 1 + SL_SPAN_PADDING);
	error = inflater->room ? begin(inflater, &inflater->wrapped, 15 + 32) : -ENOMEM;
	if (!error)
		error = begin(inflater, &inflater->bare, -15);
	if (error) {
		sl_inflater_free(inflater);
		return error;
	}
	memset(inflater->room, 0, bytes_max + 1 + SL_SPAN_PADDING);
	*ret_inflater = inflater;
	return 0;
}

void sl_inflater_free(struct sl_inflater *inflater)
{
	if (!inflater)
		return;
	free(inflater->room);
	free(inflater);
}
