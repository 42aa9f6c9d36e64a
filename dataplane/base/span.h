/* Runs of bytes that somebody else owns. */
#ifndef SL_BASE_SPAN_H
#define SL_BASE_SPAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* Readable bytes behind the end of every text that decode is given: simdjson reads ahead. */
#define SL_SPAN_PADDING 64u

struct sl_span {
	const uint8_t *at;
	size_t bytes;
};

static inline struct sl_span sl_span_of(const void *at, size_t bytes)
{
	return (struct sl_span){.at = at, .bytes = bytes};
}

static inline struct sl_span sl_span_text(const char *text)
{
	return sl_span_of(text, strlen(text));
}

static inline bool sl_span_inside(struct sl_span part, struct sl_span whole)
{
	return part.at >= whole.at && part.at + part.bytes <= whole.at + whole.bytes;
}

static inline int sl_span_equal(struct sl_span a, struct sl_span b)
{
	return a.bytes == b.bytes && (a.bytes == 0 || memcmp(a.at, b.at, a.bytes) == 0);
}

#endif
