/* Code points as bytes. */
#include "rules/regex/set_priv.h"

#define SURROGATES 0xd800u
#define SURROGATES_END 0xe000u

uint32_t sl_regex_encode(uint32_t code, uint8_t ret_bytes[4])
{
	uint32_t n = code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;

	if (n == 1) {
		ret_bytes[0] = (uint8_t)code;
		return n;
	}
	for (uint32_t i = n - 1; i > 0; i--, code >>= 6)
		ret_bytes[i] = (uint8_t)(0x80 | (code & 0x3f));
	ret_bytes[0] = (uint8_t)(0xf00u >> n | code);
	return n;
}

uint32_t sl_regex_decode(const char *at, uint32_t bytes, uint32_t *ret_code)
{
	static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
	uint8_t lead = bytes ? (uint8_t)at[0] : 0x80;
	uint32_t n = lead < 0x80 ? 1 : lead < 0xc2 ? 0 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
	uint32_t code = n == 1 ? lead : lead & (0x7fu >> n);

	if (n == 0 || n > bytes || lead > 0xf4)
		return 0;
	for (uint32_t i = 1; i < n; i++) {
		if (((uint8_t)at[i] & 0xc0) != 0x80)
			return 0;
		code = code << 6 | ((uint8_t)at[i] & 0x3f);
	}
	if (code < least[n] || code > SL_CODE_POINT_MAX ||
	    (code >= SURROGATES && code < SURROGATES_END))
		return 0;
	*ret_code = code;
	return n;
}

/* The last code point up to which the sequences from `first` on are one run: as long as each other,
 * and with all of the bytes behind the first one that differs. */
static uint32_t end_of_run(uint32_t first, uint32_t last)
{
	static const uint32_t ends[] = {0x7f, 0x7ff, SURROGATES - 1, 0xffff, SL_CODE_POINT_MAX};

	for (size_t i = 0; i < sizeof(ends) / sizeof(*ends); i++) {
		if (first <= ends[i]) {
			last = last < ends[i] ? last : ends[i];
			break;
		}
	}
	for (unsigned shift = 6; first >= 0x80 && shift <= 18; shift += 6) {
		uint32_t low = (1u << shift) - 1;

		if ((first & ~low) == (last & ~low))
			break;
		if (first & low)
			return first | low;
		if ((last & low) != low)
			last = (last & ~low) - 1;
	}
	return last;
}

bool sl_regex_next_sequence(struct sl_regex_range *range, struct sl_regex_sequence *ret_sequence)
{
	uint32_t last;

	if (range->first >= SURROGATES && range->first < SURROGATES_END)
		range->first = SURROGATES_END;
	if (range->first > range->last)
		return false;
	last = end_of_run(range->first, range->last);
	ret_sequence->n = sl_regex_encode(range->first, ret_sequence->first);
	sl_regex_encode(last, ret_sequence->last);
	range->first = last + 1;
	return true;
}
