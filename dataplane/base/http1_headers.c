/* Header fields: their syntax, and what they say about the end of the message. */
#include "base/http1_priv.h"

bool sl_http_name_is(struct sl_span name, const char *lower)
{
	size_t i;

	for (i = 0; i < name.bytes && lower[i]; i++) {
		uint8_t c = name.at[i];

		if (c >= 'A' && c <= 'Z')
			c |= 0x20;
		if (c != (uint8_t)lower[i])
			return false;
	}
	return i == name.bytes && !lower[i];
}

const struct sl_http_header *sl_http_find(const struct sl_http_header *headers, unsigned n,
					  const char *lower)
{
	size_t bytes = strlen(lower);

	for (unsigned i = 0; i < n; i++)
		if (headers[i].name.bytes == bytes && sl_http_name_is(headers[i].name, lower))
			return &headers[i];
	return NULL;
}

/* One field line: its bytes, 0, -400. A folded line begins with a blank, which is no name. */
static ssize_t field(const uint8_t *at, size_t n, struct sl_http_header *ret_header)
{
	size_t name_end = 0, begin, end, i;
	ssize_t r;

	while (name_end < n && sl_http1_token[at[name_end]])
		name_end++;
	if (name_end == n)
		return 0;
	if (name_end == 0 || at[name_end] != ':')
		return -400;
	for (begin = name_end + 1; begin < n && sl_http1_is_blank(at[begin]);)
		begin++;
	i = sl_http1_value_end(at, n, begin);
	r = sl_http1_crlf(at + i, n - i);
	if (r <= 0)
		return r;
	for (end = i; end > begin && sl_http1_is_blank(at[end - 1]);)
		end--;
	ret_header->name = sl_span_of(at, name_end);
	ret_header->value = sl_span_of(at + begin, end - begin);
	return (ssize_t)i + r;
}

ssize_t sl_http1_fields(const uint8_t *at, size_t n, unsigned headers_max,
			struct sl_http_header *headers, unsigned *ret_n_headers)
{
	unsigned n_headers = 0;
	size_t done = 0;

	for (;;) {
		struct sl_http_header header;
		ssize_t r;

		if (done == n)
			return 0;
		if (at[done] == '\r') {
			r = sl_http1_crlf(at + done, n - done);
			if (r <= 0)
				return r;
			*ret_n_headers = n_headers;
			return (ssize_t)done + r;
		}
		if (n_headers == headers_max)
			return -431;
		r = field(at + done, n - done, &header);
		if (r <= 0)
			return r;
		headers[n_headers++] = header;
		done += (size_t)r;
	}
}

bool sl_http1_list_next(struct sl_span *list, struct sl_span *ret_item)
{
	size_t begin = 0, end, i;

	if (!list->at)
		return false;
	for (end = 0; end < list->bytes && list->at[end] != ',';)
		end++;
	i = end;
	while (begin < end && sl_http1_is_blank(list->at[begin]))
		begin++;
	while (end > begin && sl_http1_is_blank(list->at[end - 1]))
		end--;
	*ret_item = sl_span_of(list->at + begin, end - begin);
	if (i < list->bytes)
		*list = sl_span_of(list->at + i + 1, list->bytes - i - 1);
	else
		*list = sl_span_of(NULL, 0);
	return true;
}

static int length_of(struct sl_span value, uint64_t *ret_length)
{
	uint64_t length = 0;

	if (value.bytes == 0)
		return -400;
	for (size_t i = 0; i < value.bytes; i++) {
		if (!sl_http1_is_digit(value.at[i]) ||
		    __builtin_mul_overflow(length, 10, &length) ||
		    __builtin_add_overflow(length, value.at[i] - '0', &length))
			return -400;
	}
	*ret_length = length;
	return 0;
}

/* 0 for `chunked` and nothing else. */
static int transfer_coding(struct sl_span value)
{
	static const char *const known[] = {"gzip",     "x-gzip",     "deflate",
					    "compress", "x-compress", "identity"};
	struct sl_span item;
	bool chunked = false, other = false;

	while (sl_http1_list_next(&value, &item)) {
		bool is_known = false;

		if (chunked)
			return -400; /* something behind it: nobody knows where the body ends */
		if (SL_HTTP1_IS(item, "chunked")) {
			chunked = true;
			continue;
		}
		for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
			is_known |= sl_http_name_is(item, known[i]);
		if (!is_known)
			return -400;
		other = true;
	}
	return other ? -501 : 0;
}

static int connection_options(struct sl_span value, bool *close, bool *keep_alive)
{
	struct sl_span item;

	while (sl_http1_list_next(&value, &item)) {
		for (size_t i = 0; i < item.bytes; i++)
			if (!sl_http1_token[item.at[i]])
				return -400;
		*close |= SL_HTTP1_IS(item, "close");
		*keep_alive |= SL_HTTP1_IS(item, "keep-alive");
	}
	return 0;
}

int sl_http1_framing(const struct sl_http_header *headers, unsigned n_headers, unsigned minor,
		     struct sl_http1_framing *ret_framing)
{
	struct sl_http1_framing framing = {0};
	bool coded = false, close = false, keep_alive = minor > 0;
	int not_offered = 0, r;

	for (unsigned i = 0; i < n_headers; i++) {
		const struct sl_http_header *header = &headers[i];

		if (SL_HTTP1_IS(header->name, "content-length")) {
			if (framing.has_length || length_of(header->value, &framing.length))
				return -400;
			framing.has_length = true;
		} else if (SL_HTTP1_IS(header->name, "transfer-encoding")) {
			r = transfer_coding(header->value);
			if (coded || r == -400)
				return -400;
			coded = true;
			not_offered = r;
		} else if (SL_HTTP1_IS(header->name, "connection")) {
			r = connection_options(header->value, &close, &keep_alive);
			if (r)
				return r;
		}
	}
	if (coded && (framing.has_length || minor == 0))
		return -400;
	if (not_offered)
		return not_offered;
	framing.chunked = coded;
	framing.keep_alive = keep_alive && !close;
	*ret_framing = framing;
	return 0;
}
