/* What the tests of HTTP/1.1 share: a text is judged in memory of exactly its length, so that a
 * sanitizer sees a read behind it, and at each of its prefixes, as bytes that arrive in pieces are.
 */
#ifndef SL_TESTS_UNIT_BASE_HTTP1_FIXTURE_H
#define SL_TESTS_UNIT_BASE_HTTP1_FIXTURE_H

#include "base/http1.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

/* Calls the parser under test, with limits of its own. */
typedef ssize_t http1_parser(const char *exact, size_t n, void *context);

static inline ssize_t http1_exact(http1_parser *parse, void *context, const char *text, size_t n)
{
	char *exact = malloc(n ? n : 1);
	ssize_t r;

	if (n)
		memcpy(exact, text, n);
	r = parse(exact, n, context);
	free(exact);
	return r;
}

/* The verdict, which must be the same for every prefix that decides it. */
static inline ssize_t http1_verdict(http1_parser *parse, void *context, const char *text, size_t n)
{
	ssize_t verdict = 0;

	for (size_t i = 0; i <= n; i++) {
		ssize_t r = http1_exact(parse, context, text, i);

		if (verdict && r != verdict)
			fail_msg("%zd became %zd at %zu of: %s", verdict, r, i, text);
		if (r > 0 && (size_t)r != i && !verdict)
			fail_msg("%zd of %zu bytes consumed of: %s", r, i, text);
		verdict = r;
	}
	return verdict;
}

struct http1_case {
	ssize_t verdict; /* 1: good, to the last byte */
	const char *text;
};

static inline void http1_judge(http1_parser *parse, const struct http1_case *cases, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		size_t bytes = strlen(cases[i].text);
		ssize_t expected = cases[i].verdict == 1 ? (ssize_t)bytes : cases[i].verdict;
		ssize_t r = http1_verdict(parse, NULL, cases[i].text, bytes);

		if (r != expected)
			fail_msg("%zd, not %zd, for: %s", r, expected, cases[i].text);
	}
}

#endif
