/* Finding the end of a run of allowed bytes, sixteen at a time where the machine can. */
#include "base/http1_priv.h"

#ifdef __SSE2__
#include <emmintrin.h>
#endif

/* clang-format off */
#define DIGITS \
	['0'] = 1, ['1'] = 1, ['2'] = 1, ['3'] = 1, ['4'] = 1, ['5'] = 1, ['6'] = 1, ['7'] = 1, \
	['8'] = 1, ['9'] = 1
#define LETTERS \
	['A'] = 1, ['B'] = 1, ['C'] = 1, ['D'] = 1, ['E'] = 1, ['F'] = 1, ['G'] = 1, ['H'] = 1, \
	['I'] = 1, ['J'] = 1, ['K'] = 1, ['L'] = 1, ['M'] = 1, ['N'] = 1, ['O'] = 1, ['P'] = 1, \
	['Q'] = 1, ['R'] = 1, ['S'] = 1, ['T'] = 1, ['U'] = 1, ['V'] = 1, ['W'] = 1, ['X'] = 1, \
	['Y'] = 1, ['Z'] = 1, \
	['a'] = 1, ['b'] = 1, ['c'] = 1, ['d'] = 1, ['e'] = 1, ['f'] = 1, ['g'] = 1, ['h'] = 1, \
	['i'] = 1, ['j'] = 1, ['k'] = 1, ['l'] = 1, ['m'] = 1, ['n'] = 1, ['o'] = 1, ['p'] = 1, \
	['q'] = 1, ['r'] = 1, ['s'] = 1, ['t'] = 1, ['u'] = 1, ['v'] = 1, ['w'] = 1, ['x'] = 1, \
	['y'] = 1, ['z'] = 1

const uint8_t sl_http1_token[256] = {
	['!'] = 1, ['#'] = 1, ['$'] = 1, ['%'] = 1, ['&'] = 1, ['\''] = 1, ['*'] = 1, ['+'] = 1,
	['-'] = 1, ['.'] = 1, ['^'] = 1, ['_'] = 1, ['`'] = 1, ['|'] = 1, ['~'] = 1,
	DIGITS, LETTERS,
};

const uint8_t sl_http1_host[256] = {
	['!'] = 1, ['$'] = 1, ['%'] = 1, ['&'] = 1, ['\''] = 1, ['('] = 1, [')'] = 1, ['*'] = 1,
	['+'] = 1, [','] = 1, ['-'] = 1, ['.'] = 1, [';'] = 1, ['='] = 1, ['_'] = 1, ['~'] = 1,
	DIGITS, LETTERS,
};
/* clang-format on */

size_t sl_http1_value_end(const uint8_t *at, size_t n, size_t from)
{
#ifdef __SSE2__
	for (; n - from >= 16; from += 16) {
		__m128i bytes = _mm_loadu_si128((const __m128i *)(const void *)(at + from));
		__m128i low = _mm_cmpeq_epi8(_mm_min_epu8(bytes, _mm_set1_epi8(0x1f)), bytes);
		__m128i tab = _mm_cmpeq_epi8(bytes, _mm_set1_epi8('\t'));
		__m128i del = _mm_cmpeq_epi8(bytes, _mm_set1_epi8(0x7f));
		int stop = _mm_movemask_epi8(_mm_or_si128(_mm_andnot_si128(tab, low), del));

		if (stop)
			return from + (unsigned)__builtin_ctz((unsigned)stop);
	}
#endif
	while (from < n && (at[from] >= 0x20 || at[from] == '\t') && at[from] != 0x7f)
		from++;
	return from;
}

size_t sl_http1_target_end(const uint8_t *at, size_t n, size_t from)
{
#ifdef __SSE2__
	for (; n - from >= 16; from += 16) {
		__m128i bytes = _mm_loadu_si128((const __m128i *)(const void *)(at + from));
		__m128i low =
			_mm_cmplt_epi8(bytes, _mm_set1_epi8(0x21)); /* signed: 0x80 and up too */
		__m128i del = _mm_cmpeq_epi8(bytes, _mm_set1_epi8(0x7f));
		__m128i hash = _mm_cmpeq_epi8(bytes, _mm_set1_epi8('#'));
		int stop = _mm_movemask_epi8(_mm_or_si128(_mm_or_si128(low, del), hash));

		if (stop)
			return from + (unsigned)__builtin_ctz((unsigned)stop);
	}
#endif
	while (from < n && at[from] > 0x20 && at[from] < 0x7f && at[from] != '#')
		from++;
	return from;
}
