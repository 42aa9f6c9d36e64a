/* Chunked bodies: size lines, what ends a chunk, trailers. */
#include "base/http1_priv.h"

#include <assert.h>

#define SIZE_DIGITS_MAX 16u
#define EXTENSION_BYTES_MAX 256u

static int hex_value(uint8_t c)
{
	if (sl_http1_is_digit(c))
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static ssize_t token(const uint8_t *at, size_t n)
{
	size_t i = 0;

	while (i < n && sl_http1_token[at[i]])
		i++;
	if (i == n)
		return 0;
	return i ? (ssize_t)i : -400;
}

/* From quote to quote. */
static ssize_t quoted(const uint8_t *at, size_t n)
{
	for (size_t i = 1; i < n; i++) {
		if (at[i] == '"')
			return (ssize_t)i + 1;
		if (at[i] == '\\' && ++i == n)
			return 0;
		if ((at[i] < 0x20 && at[i] != '\t') || at[i] == 0x7f)
			return -400;
	}
	return 0;
}

/* *( ";" name [ "=" value ] ), to be ignored; ends before the first byte that is none of it. */
static ssize_t extensions(const uint8_t *at, size_t n)
{
	size_t i = 0;
	ssize_t r;

	while (i < n && at[i] == ';') {
		i++;
		r = token(at + i, n - i);
		if (r <= 0)
			return r;
		i += (size_t)r;
		if (at[i] != '=')
			continue;
		if (++i == n)
			return 0;
		r = at[i] == '"' ? quoted(at + i, n - i) : token(at + i, n - i);
		if (r <= 0)
			return r;
		i += (size_t)r;
	}
	return (ssize_t)i;
}

ssize_t sl_http1_chunk(const void *at, size_t n, uint64_t *ret_bytes)
{
	const uint8_t *bytes = at;
	uint64_t size = 0;
	size_t i, room;
	ssize_t r;

	for (i = 0; i < n && hex_value(bytes[i]) >= 0; i++) {
		if (i == SIZE_DIGITS_MAX)
			return -400;
		size = size << 4 | (unsigned)hex_value(bytes[i]);
	}
	if (i == n)
		return 0;
	if (i == 0)
		return -400;
	if (bytes[i] == ';') {
		/* the byte behind the longest must be there to be seen, the one behind that not */
		room = n - i < EXTENSION_BYTES_MAX + 1 ? n - i : EXTENSION_BYTES_MAX + 1;
		r = extensions(bytes + i, room);
		if (r < 0 || (size_t)r > EXTENSION_BYTES_MAX)
			return -400;
		if (r == 0 || (size_t)r == room)
			return room > EXTENSION_BYTES_MAX ? -400 : 0;
		i += (size_t)r;
	}
	r = sl_http1_crlf(bytes + i, n - i);
	if (r <= 0)
		return r;
	*ret_bytes = size;
	return (ssize_t)i + r;
}

ssize_t sl_http1_chunk_end(const void *at, size_t n)
{
	return sl_http1_crlf(at, n);
}

/* Fields that would change how the message is read, when it has been read already. */
static bool is_forbidden(struct sl_span name)
{
	static const char *const forbidden[] = {
		"content-length", "transfer-encoding", "host",
		"content-type",   "content-encoding",  "content-range",
		"connection",     "trailer",           "te",
		"expect",         "upgrade",           "authorization",
	};

	for (size_t i = 0; i < sizeof(forbidden) / sizeof(forbidden[0]); i++)
		if (sl_http_name_is(name, forbidden[i]))
			return true;
	return false;
}

ssize_t sl_http1_trailers(const void *at, size_t n, const struct sl_http_limits *limits)
{
	const size_t cut = n < limits->header_bytes ? n : limits->header_bytes;
	struct sl_http_header headers[SL_HTTP_HEADERS_MAX];
	unsigned n_headers;
	ssize_t r;

	assert(limits->headers <= SL_HTTP_HEADERS_MAX);
	r = sl_http1_fields(at, cut, limits->headers, headers, &n_headers);
	if (r == 0 && n >= limits->header_bytes)
		return -431;
	if (r <= 0)
		return r;
	for (unsigned i = 0; i < n_headers; i++)
		if (is_forbidden(headers[i].name))
			return -400;
	return r;
}
