/* Answers that come in pieces, from a peer that may be anybody. */
#include "tools/http_stream.h"

#include <assert.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	struct sl_http_stream *stream;
	size_t total = 0;
	ssize_t got;
	char at[512];
	int ends[2];

	if (n > 60000)
		return 0;
	if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends))
		abort();
	if (write(ends[1], bytes, n) != (ssize_t)n)
		abort();
	close(ends[1]);
	if (sl_http_stream_on(ends[0], 1000, &stream))
		return 0;
	assert(sl_http_stream_status(stream) >= 100 && sl_http_stream_status(stream) <= 999);
	while ((got = sl_http_stream_read(stream, at, 1 + n % sizeof(at), 1000)) > 0)
		total += (size_t)got;
	assert(total <= n);
	sl_http_stream_close(stream);
	return 0;
}
