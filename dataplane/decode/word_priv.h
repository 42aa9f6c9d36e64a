/* Eight bytes of a text at once in a word. */
#ifndef SL_DECODE_WORD_PRIV_H
#define SL_DECODE_WORD_PRIV_H

#include <endian.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#define SL_WORD_ZEROS 0x3030303030303030ull /* a text's digits ^ this are bytes of 0 to 9 */

static inline uint64_t sl_load8(const void *at)
{
	uint64_t bytes;

	memcpy(&bytes, at, sizeof(bytes));
	return bytes;
}

/* The first byte is the lowest. */
static inline uint64_t sl_load8_le(const void *at)
{
	return le64toh(sl_load8(at));
}

/* Of bytes that were digits before ^. */
static inline bool sl_word_is_digits(uint64_t x)
{
	return ((x | (x + 0x7676767676767676ull)) & 0x8080808080808080ull) == 0;
}

/* What eight digits say, the first in the lowest byte. */
static inline uint64_t sl_word_value(uint64_t x)
{
	x = x * 10 + (x >> 8); /* pairs, in the even bytes */
	return ((x & 0x000000ff000000ffull) * 0x000f424000000064ull +
		(x >> 16 & 0x000000ff000000ffull) * 0x0000271000000001ull) >>
	       32;
}

#endif
