/* Code points. Texts from outside are valid UTF-8 by now; what is not costs no more than that
 * every odd byte counts as one. */
#include "program_priv.h"

uint32_t sl_utf8_step(const char *at, uint32_t left)
{
	uint8_t lead = (uint8_t)at[0];
	uint32_t bytes = lead < 0xc0 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;

	if (bytes > left)
		return 1;
	for (uint32_t i = 1; i < bytes; i++)
		if (((uint8_t)at[i] & 0xc0) != 0x80)
			return 1;
	return bytes;
}

uint32_t sl_utf8_count(const char *at, uint32_t bytes)
{
	uint32_t count = 0;

	for (uint32_t i = 0; i < bytes; i += sl_utf8_step(at + i, bytes - i))
		count++;
	return count;
}

bool sl_utf8_seek(const char *at, uint32_t bytes, int64_t index, uint32_t *ret_offset)
{
	uint32_t offset = 0;

	if (index < 0)
		return false;
	for (; index > 0 && offset < bytes; index--)
		offset += sl_utf8_step(at + offset, bytes - offset);
	if (index > 0)
		return false;
	*ret_offset = offset;
	return true;
}

/* The code point of a sequence of its own length is not overlong, no surrogate, not too large. */
static bool is_scalar(const uint8_t *at, uint32_t bytes)
{
	static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
	uint32_t point = at[0] & (bytes == 2 ? 0x1fu : bytes == 3 ? 0x0fu : 0x07u);

	for (uint32_t i = 1; i < bytes; i++)
		point = point << 6 | (at[i] & 0x3fu);
	return point >= least[bytes] && point <= 0x10ffff && (point < 0xd800 || point > 0xdfff) &&
	       at[0] <= 0xf4;
}

bool sl_utf8_is_valid(const char *at, uint32_t bytes)
{
	for (uint32_t i = 0, step; i < bytes; i += step) {
		step = sl_utf8_step(at + i, bytes - i);
		if (step == 1 ? (uint8_t)at[i] >= 0x80 : !is_scalar((const uint8_t *)at + i, step))
			return false;
	}
	return true;
}
