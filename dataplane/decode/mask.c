/* The text of a refused event as it may be kept: no digit of any script, always valid UTF-8. */
#include "decode/decode_priv.h"

unsigned sl_utf8_take(const uint8_t *at, size_t bytes, uint32_t *ret_code)
{
	static const uint32_t code_min[] = {0, 0, 0x80, 0x800, 0x10000};
	uint32_t code = at[0];
	unsigned n;

	if (code < 0x80) {
		*ret_code = code;
		return 1;
	}
	n = code >= 0xf8 ? 0 : code >= 0xf0 ? 4 : code >= 0xe0 ? 3 : code >= 0xc0 ? 2 : 0;
	if (n == 0 || n > bytes)
		return 0;
	code &= 0x7fu >> n;
	for (unsigned i = 1; i < n; i++) {
		if ((at[i] & 0xc0) != 0x80)
			return 0;
		code = code << 6 | (at[i] & 0x3f);
	}
	if (code < code_min[n] || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff))
		return 0;
	*ret_code = code;
	return n;
}

/* Decimal digits of every script (general category Nd): each run of ten, by its zero. */
static bool is_digit(uint32_t code)
{
	static const uint32_t zeros[] = {
		0x30,    0x660,   0x6f0,   0x7c0,   0x966,   0x9e6,   0xa66,   0xae6,   0xb66,
		0xbe6,   0xc66,   0xce6,   0xd66,   0xde6,   0xe50,   0xed0,   0xf20,   0x1040,
		0x1090,  0x17e0,  0x1810,  0x1946,  0x19d0,  0x1a80,  0x1a90,  0x1b50,  0x1bb0,
		0x1c40,  0x1c50,  0xa620,  0xa8d0,  0xa900,  0xa9d0,  0xa9f0,  0xaa50,  0xabf0,
		0xff10,  0x104a0, 0x10d30, 0x11066, 0x110f0, 0x11136, 0x111d0, 0x112f0, 0x11450,
		0x114d0, 0x11650, 0x116c0, 0x11730, 0x118e0, 0x11950, 0x11c50, 0x11d50, 0x11da0,
		0x11f50, 0x16a60, 0x16ac0, 0x16b50, 0x1d7ce, 0x1d7d8, 0x1d7e2, 0x1d7ec, 0x1d7f6,
		0x1e140, 0x1e2f0, 0x1e4f0, 0x1e950, 0x1fbf0,
	};
	size_t low = 0, high = sizeof(zeros) / sizeof(zeros[0]);

	if (code < 0x660)
		return code >= '0' && code <= '9';
	while (high - low > 1) {
		size_t middle = (low + high) / 2;

		if (zeros[middle] <= code)
			low = middle;
		else
			high = middle;
	}
	return code - zeros[low] < 10;
}

size_t sl_decode_mask(struct sl_span text, char *ret_text, size_t n_max)
{
	size_t in = 0, out = 0;

	while (in < text.bytes) {
		uint32_t code = 0;
		unsigned n = sl_utf8_take(text.at + in, text.bytes - in, &code);
		char mask = n == 0 ? '?' : is_digit(code) ? '#' : '\0';
		unsigned n_out = mask ? 1 : n;

		if (n_max - out < n_out)
			break;
		if (mask)
			ret_text[out] = mask;
		else
			memcpy(ret_text + out, text.at + in, n);
		in += n ? n : 1;
		out += n_out;
	}
	return out;
}
