/* The HTTP/1.1 parser: what it returns lies inside its input, and every prefix of the input is
 * judged like the whole, or not yet. */
#include "base/http1.h"

#include <assert.h>
#include <stdlib.h>

static const struct sl_http_limits limits = {
	.header_bytes = 1024,
	.headers = 16,
	.body_bytes = 4096,
};

static void inside(struct sl_span span, const uint8_t *bytes, size_t n)
{
	assert(!span.at || (span.at >= bytes && span.at + span.bytes <= bytes + n));
}

static ssize_t request(const uint8_t *bytes, size_t n)
{
	struct sl_http_request parsed;
	ssize_t r = sl_http1_request(bytes, n, &limits, &parsed);

	if (r <= 0)
		return r;
	inside(parsed.method, bytes, (size_t)r);
	inside(parsed.target, bytes, (size_t)r);
	inside(parsed.path, bytes, (size_t)r);
	inside(parsed.query, bytes, (size_t)r);
	inside(parsed.host, bytes, (size_t)r);
	inside(parsed.content_type, bytes, (size_t)r);
	assert(parsed.n_headers <= limits.headers);
	assert(!parsed.chunked || !parsed.has_length);
	assert(parsed.content_length <= limits.body_bytes);
	assert(parsed.host.bytes || parsed.minor == 0);
	for (unsigned i = 0; i < parsed.n_headers; i++) {
		inside(parsed.headers[i].name, bytes, (size_t)r);
		inside(parsed.headers[i].value, bytes, (size_t)r);
		assert(parsed.headers[i].name.bytes > 0);
	}
	return r;
}

static ssize_t response(const uint8_t *bytes, size_t n)
{
	struct sl_http_response parsed;
	ssize_t r = sl_http1_response(bytes, n, &limits, &parsed);

	if (r <= 0)
		return r;
	assert(parsed.status >= 100 && parsed.status <= 599);
	assert(!parsed.chunked || !parsed.has_length);
	for (unsigned i = 0; i < parsed.n_headers; i++) {
		inside(parsed.headers[i].name, bytes, (size_t)r);
		inside(parsed.headers[i].value, bytes, (size_t)r);
	}
	return r;
}

static ssize_t chunk(const uint8_t *bytes, size_t n)
{
	uint64_t size;

	return sl_http1_chunk(bytes, n, &size);
}

static ssize_t trailers(const uint8_t *bytes, size_t n)
{
	return sl_http1_trailers(bytes, n, &limits);
}

static void check(ssize_t (*parse)(const uint8_t *, size_t), const uint8_t *bytes, size_t n)
{
	ssize_t whole = parse(bytes, n), last = 0;

	assert(whole <= (ssize_t)n);
	for (size_t i = 0; i <= n; i += 1 + n / 100) {
		uint8_t *exact = malloc(i ? i : 1);
		ssize_t r;

		if (i)
			memcpy(exact, bytes, i);
		r = parse(exact, i);
		free(exact);
		assert(last == 0 || r == last);
		assert(r == 0 || r == whole);
		last = r;
	}
	if (whole > 0) {
		assert(parse(bytes, (size_t)whole) == whole);
		assert(parse(bytes, (size_t)whole - 1) == 0);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	check(request, bytes, n);
	check(response, bytes, n);
	check(chunk, bytes, n);
	check(trailers, bytes, n);
	return 0;
}
