/* What the files of the HTTP/1.1 parser share.
 *
 * Every parser looks at its bytes from left to right and returns at the first thing wrong, so its
 * verdict depends on the shortest prefix that decides it: bytes that come one by one, or all at
 * once with others behind them, are judged alike. Limits are applied by cutting the input first. */
#ifndef SL_BASE_HTTP1_PRIV_H
#define SL_BASE_HTTP1_PRIV_H

#include "base/http1.h"

/* sl_http_name_is() for a literal: the length, which mostly differs, is looked at before the call.
 */
#define SL_HTTP1_IS(name, literal)                                                                 \
	((name).bytes == sizeof(literal) - 1 && sl_http_name_is(name, literal))

extern const uint8_t sl_http1_token[256]; /* 1: may stand in a token (RFC 9110, 5.6.2) */
extern const uint8_t sl_http1_host[256];  /* 1: may stand in a registered name (RFC 3986, 3.2.2) */

static inline bool sl_http1_is_blank(uint8_t c)
{
	return c == ' ' || c == '\t';
}

static inline bool sl_http1_is_digit(uint8_t c)
{
	return c >= '0' && c <= '9';
}

/* CRLF at the beginning: 2, 0 where it may still come, -400. */
static inline ssize_t sl_http1_crlf(const uint8_t *at, size_t n)
{
	if (n > 0 && at[0] != '\r')
		return -400;
	if (n < 2)
		return 0;
	return at[1] == '\n' ? 2 : -400;
}

/* The index of the first byte at or behind `from` that no field value holds (a control character
 * other than a tab); n: there is none. */
size_t sl_http1_value_end(const uint8_t *at, size_t n, size_t from);

/* The same for a request target: a control character, a space, '#', or not ASCII. */
size_t sl_http1_target_end(const uint8_t *at, size_t n, size_t from);

/* Field lines, up to and with the empty line behind them. */
ssize_t sl_http1_fields(const uint8_t *at, size_t n, unsigned headers_max,
			struct sl_http_header *headers, unsigned *ret_n_headers);

/* "HTTP/1." and a digit: 8, 0, -400. */
ssize_t sl_http1_version(const uint8_t *at, size_t n, unsigned *ret_minor);

/* What the fields say about where the message ends and what comes after it. */
struct sl_http1_framing {
	bool has_length;
	bool chunked;
	bool keep_alive;
	uint64_t length;
};

/* 0; -400 for whatever two parties could read differently; -501 for a transfer coding that is
 * known but not offered. */
int sl_http1_framing(const struct sl_http_header *headers, unsigned n_headers, unsigned minor,
		     struct sl_http1_framing *ret_framing);

/* The next item of a comma-separated list, without the blanks around it and perhaps empty. `list`
 * becomes what is behind it; false: none is left. */
bool sl_http1_list_next(struct sl_span *list, struct sl_span *ret_item);

/* Whether a Host header may have this value: a host as in RFC 3986, with or without a port. */
bool sl_http1_host_valid(struct sl_span host);

#endif
