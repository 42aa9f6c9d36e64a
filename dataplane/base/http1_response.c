/* Responses, for those who ask: the load generator and the command line. */
#include "base/http1_priv.h"

#include <assert.h>

/* version SP three digits SP phrase CRLF; the phrase may be empty. */
static ssize_t status_line(const uint8_t *at, size_t n, struct sl_http_response *response)
{
	unsigned status = 0;
	size_t i, end;
	ssize_t r;

	r = sl_http1_version(at, n, &response->minor);
	if (r <= 0)
		return r;
	i = (size_t)r;
	for (size_t k = 0; k < 5; k++, i++) {
		bool blank = k == 0 || k == 4;

		if (i == n)
			return 0;
		if (blank ? at[i] != ' ' : !sl_http1_is_digit(at[i]))
			return -400;
		if (!blank)
			status = status * 10 + (at[i] - (unsigned)'0');
	}
	end = sl_http1_value_end(at, n, i);
	r = sl_http1_crlf(at + end, n - end);
	if (r <= 0)
		return r;
	if (status < 100 || status > 599)
		return -400;
	response->status = status;
	return (ssize_t)end + r;
}

ssize_t sl_http1_response(const void *at, size_t n, const struct sl_http_limits *limits,
			  struct sl_http_response *ret_response)
{
	const uint8_t *bytes = at;
	const size_t cut = n < limits->header_bytes ? n : limits->header_bytes;
	const ssize_t unfinished = n < limits->header_bytes ? 0 : -431;
	struct sl_http_response *response = ret_response;
	struct sl_http1_framing framing;
	size_t done;
	ssize_t r;

	assert(limits->headers <= SL_HTTP_HEADERS_MAX);
	memset(response, 0, offsetof(struct sl_http_response, headers));
	r = status_line(bytes, cut, response);
	if (r <= 0)
		return r ? r : unfinished;
	done = (size_t)r;
	r = sl_http1_fields(bytes + done, cut - done, limits->headers, response->headers,
			    &response->n_headers);
	if (r <= 0)
		return r ? r : unfinished;
	done += (size_t)r;
	r = sl_http1_framing(response->headers, response->n_headers, response->minor, &framing);
	if (r)
		return r;
	if (framing.has_length && framing.length > limits->body_bytes)
		return -413;
	response->keep_alive = framing.keep_alive;
	response->chunked = framing.chunked;
	response->has_length = framing.has_length;
	response->content_length = framing.length;
	return (ssize_t)done;
}

const char *sl_http_phrase(unsigned status)
{
	/* clang-format off */
	static const struct {
		unsigned status;
		const char *phrase;
	} phrases[] = {
		{100, "Continue"}, {200, "OK"}, {201, "Created"}, {202, "Accepted"},
		{204, "No Content"}, {304, "Not Modified"}, {400, "Bad Request"},
		{401, "Unauthorized"}, {403, "Forbidden"}, {404, "Not Found"},
		{405, "Method Not Allowed"}, {408, "Request Timeout"}, {409, "Conflict"},
		{411, "Length Required"}, {413, "Content Too Large"},
		{415, "Unsupported Media Type"}, {417, "Expectation Failed"},
		{422, "Unprocessable Content"}, {429, "Too Many Requests"},
		{431, "Request Header Fields Too Large"}, {500, "Internal Server Error"},
		{501, "Not Implemented"}, {503, "Service Unavailable"}, {504, "Gateway Timeout"},
	};
	/* clang-format on */

	for (size_t i = 0; i < sizeof(phrases) / sizeof(phrases[0]); i++)
		if (phrases[i].status == status)
			return phrases[i].phrase;
	return "Unknown";
}
