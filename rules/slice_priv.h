/* A run of bytes that somebody else owns. */
#ifndef SL_RULES_SLICE_PRIV_H
#define SL_RULES_SLICE_PRIV_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

struct sl_slice {
	const char *at;
	uint32_t bytes;
};

static inline struct sl_slice sl_slice_of(const char *string)
{
	return (struct sl_slice){.at = string, .bytes = (uint32_t)strlen(string)};
}

static inline bool sl_slice_equal(struct sl_slice a, struct sl_slice b)
{
	return a.bytes == b.bytes && (a.bytes == 0 || memcmp(a.at, b.at, a.bytes) == 0);
}

static inline bool sl_slice_is(struct sl_slice slice, const char *string)
{
	return sl_slice_equal(slice, sl_slice_of(string));
}

/* By bytes, then the shorter first. */
static inline int sl_slice_compare(struct sl_slice a, struct sl_slice b)
{
	uint32_t n = a.bytes < b.bytes ? a.bytes : b.bytes;
	int order = n ? memcmp(a.at, b.at, n) : 0;

	return order ? order : (a.bytes > b.bytes) - (a.bytes < b.bytes);
}

/* For "%.*s". */
#define SL_SLICE_ARGS(slice) (int)(slice).bytes, (slice).at

#endif
