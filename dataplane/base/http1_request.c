/* Requests: the line, the target, and the fields that a request is judged by. */
#include "base/http1_priv.h"

#include <assert.h>

#define METHOD_BYTES_MAX 32u /* as long as no method that anybody implements */

ssize_t sl_http1_version(const uint8_t *at, size_t n, unsigned *ret_minor)
{
	static const char version[] = "HTTP/1.";
	const size_t bytes = sizeof(version) - 1;

	for (size_t i = 0; i < bytes && i < n; i++)
		if (at[i] != (uint8_t)version[i])
			return -400;
	if (n <= bytes)
		return 0;
	if (!sl_http1_is_digit(at[bytes]))
		return -400;
	*ret_minor = at[bytes] - (unsigned)'0';
	return (ssize_t)bytes + 1;
}

/* method SP target SP version CRLF, to the byte. */
static ssize_t request_line(const uint8_t *at, size_t n, struct sl_http_request *request)
{
	size_t i = 0, begin;
	ssize_t r;

	while (i < n && sl_http1_token[at[i]]) {
		if (++i > METHOD_BYTES_MAX)
			return -501;
	}
	if (i == n)
		return 0;
	if (i == 0 || at[i] != ' ')
		return -400;
	request->method = sl_span_of(at, i);

	begin = ++i;
	i = sl_http1_target_end(at, n, begin);
	if (i == n)
		return 0;
	if (i == begin || at[i] != ' ')
		return -400;
	request->target = sl_span_of(at + begin, i - begin);

	i++;
	r = sl_http1_version(at + i, n - i, &request->minor);
	if (r <= 0)
		return r;
	i += (size_t)r;
	r = sl_http1_crlf(at + i, n - i);
	return r <= 0 ? r : (ssize_t)i + r;
}

static bool is_hex(uint8_t c)
{
	return sl_http1_is_digit(c) || ((c | 0x20) >= 'a' && (c | 0x20) <= 'f');
}

bool sl_http1_host_valid(struct sl_span host)
{
	const uint8_t *at = host.at;
	size_t n = host.bytes, i = 0;

	if (n > 0 && at[0] == '[') {
		for (i = 1; i < n && (is_hex(at[i]) || at[i] == ':' || at[i] == '.');)
			i++;
		if (i < 3 || i == n || at[i++] != ']')
			return false;
	} else {
		for (; i < n && sl_http1_host[at[i]]; i++)
			if (at[i] == '%' && (n - i < 3 || !is_hex(at[i + 1]) || !is_hex(at[i + 2])))
				return false;
		if (i == 0)
			return false; /* no http address has an empty host */
	}
	if (i < n && at[i++] != ':')
		return false;
	while (i < n && sl_http1_is_digit(at[i]))
		i++;
	return i == n;
}

/* The length of a scheme that we are addressed by in absolute form, or 0. */
static size_t scheme_bytes(struct sl_span target)
{
	if (target.bytes >= 7 && sl_http_name_is(sl_span_of(target.at, 7), "http://"))
		return 7;
	if (target.bytes >= 8 && sl_http_name_is(sl_span_of(target.at, 8), "https://"))
		return 8;
	return 0;
}

/* Takes the target apart. ret_authority is empty where the form has none. */
static int target_parts(struct sl_http_request *request, struct sl_span *ret_authority)
{
	struct sl_span target = request->target;
	struct sl_span authority = sl_span_of(target.at, 0);
	const uint8_t *mark;
	size_t scheme, end;

	if (target.at[0] == '*') {
		if (target.bytes != 1 || !sl_span_equal(request->method, sl_span_text("OPTIONS")))
			return -400;
	} else if (sl_span_equal(request->method, sl_span_text("CONNECT"))) {
		if (!sl_http1_host_valid(target))
			return -400;
		authority = target;
		target = sl_span_of(target.at + target.bytes, 0);
	} else if (target.at[0] != '/') {
		scheme = scheme_bytes(target);
		if (!scheme)
			return -400;
		for (end = scheme; end < target.bytes; end++)
			if (target.at[end] == '/' || target.at[end] == '?')
				break;
		authority = sl_span_of(target.at + scheme, end - scheme);
		if (!sl_http1_host_valid(authority))
			return -400;
		target = sl_span_of(target.at + end, target.bytes - end);
	}
	mark = target.bytes ? memchr(target.at, '?', target.bytes) : NULL;
	if (mark) {
		size_t path = (size_t)(mark - target.at);

		request->path = sl_span_of(target.at, path);
		request->query = sl_span_of(mark + 1, target.bytes - path - 1);
	} else {
		request->path = target;
		request->query = sl_span_of(target.at + target.bytes, 0);
	}
	*ret_authority = authority;
	return 0;
}

static bool equal_whatever_case(struct sl_span a, struct sl_span b)
{
	if (a.bytes != b.bytes)
		return false;
	for (size_t i = 0; i < a.bytes; i++) {
		uint8_t x = a.at[i], y = b.at[i];

		if (x != y && ((x | 0x20) != (y | 0x20) || (x | 0x20) < 'a' || (x | 0x20) > 'z'))
			return false;
	}
	return true;
}

/* The fields of a request that may come once, and Expect. Returns 0, -400 or -417. */
static int own_fields(struct sl_http_request *request)
{
	bool has_host = false, has_type = false, expects_other = false;
	struct sl_span item;

	for (unsigned i = 0; i < request->n_headers; i++) {
		struct sl_span name = request->headers[i].name;
		struct sl_span value = request->headers[i].value;

		if (SL_HTTP1_IS(name, "host")) {
			if (has_host || !sl_http1_host_valid(value))
				return -400;
			has_host = true;
			request->host = value;
		} else if (SL_HTTP1_IS(name, "content-type")) {
			if (has_type)
				return -400;
			has_type = true;
			for (item = value, item.bytes = 0;
			     item.bytes < value.bytes && value.at[item.bytes] != ';';)
				item.bytes++;
			while (item.bytes > 0 && sl_http1_is_blank(item.at[item.bytes - 1]))
				item.bytes--;
			request->content_type = item;
		} else if (SL_HTTP1_IS(name, "expect") && request->minor > 0) {
			while (sl_http1_list_next(&value, &item)) {
				if (SL_HTTP1_IS(item, "100-continue"))
					request->expect_continue = true;
				else
					expects_other |= item.bytes > 0;
			}
		}
	}
	if (!has_host && request->minor > 0)
		return -400;
	return expects_other ? -417 : 0;
}

/* What the head as a whole must be: said once it has ended, so that it is always said alike. */
static int judge(struct sl_http_request *request, const struct sl_http_limits *limits)
{
	struct sl_span authority;
	struct sl_http1_framing framing;
	int r, own;

	r = target_parts(request, &authority);
	if (r)
		return r;
	own = own_fields(request);
	if (own == -400)
		return own;
	if (authority.bytes && request->host.at && !equal_whatever_case(authority, request->host))
		return -400;
	r = sl_http1_framing(request->headers, request->n_headers, request->minor, &framing);
	if (r)
		return r;
	if (own)
		return own;
	if (authority.bytes)
		request->host = authority;
	request->keep_alive = framing.keep_alive;
	request->chunked = framing.chunked;
	request->has_length = framing.has_length;
	request->content_length = framing.length;
	return framing.has_length && framing.length > limits->body_bytes ? -413 : 0;
}

ssize_t sl_http1_request(const void *at, size_t n, const struct sl_http_limits *limits,
			 struct sl_http_request *ret_request)
{
	const uint8_t *bytes = at;
	const size_t cut = n < limits->header_bytes ? n : limits->header_bytes;
	const ssize_t unfinished = n < limits->header_bytes ? 0 : -431;
	struct sl_http_request *request = ret_request;
	size_t done = 0;
	ssize_t r;

	assert(limits->headers <= SL_HTTP_HEADERS_MAX);
	memset(request, 0, offsetof(struct sl_http_request, headers));
	if (cut > 0 && bytes[0] == '\r') { /* an empty line behind the last body: RFC 9112, 2.2 */
		r = sl_http1_crlf(bytes, cut);
		if (r <= 0)
			return r ? r : unfinished;
		done = (size_t)r;
	}
	r = request_line(bytes + done, cut - done, request);
	if (r <= 0)
		return r ? r : unfinished;
	done += (size_t)r;
	r = sl_http1_fields(bytes + done, cut - done, limits->headers, request->headers,
			    &request->n_headers);
	if (r <= 0)
		return r ? r : unfinished;
	done += (size_t)r;
	r = judge(request, limits);
	return r ? r : (ssize_t)done;
}
