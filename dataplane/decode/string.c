/* Escapes of JSON strings: checked everywhere, resolved where somebody asked. */
#include "decode/decode_priv.h"

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* The four digits behind \u, or -1. */
static int32_t hex_code(const char *at, uint32_t bytes)
{
	int32_t code = 0;

	if (bytes < 4)
		return -1;
	for (int i = 0; i < 4; i++) {
		int digit = hex_digit(at[i]);

		if (digit < 0)
			return -1;
		code = code << 4 | digit;
	}
	return code;
}

static uint32_t put_utf8(uint32_t code, char ret[4])
{
	if (code < 0x80) {
		ret[0] = (char)code;
		return 1;
	}
	if (code < 0x800) {
		ret[0] = (char)(0xc0 | code >> 6);
		ret[1] = (char)(0x80 | (code & 0x3f));
		return 2;
	}
	if (code < 0x10000) {
		ret[0] = (char)(0xe0 | code >> 12);
		ret[1] = (char)(0x80 | (code >> 6 & 0x3f));
		ret[2] = (char)(0x80 | (code & 0x3f));
		return 3;
	}
	ret[0] = (char)(0xf0 | code >> 18);
	ret[1] = (char)(0x80 | (code >> 12 & 0x3f));
	ret[2] = (char)(0x80 | (code >> 6 & 0x3f));
	ret[3] = (char)(0x80 | (code & 0x3f));
	return 4;
}

/* The escape that starts at `at` with its backslash: its bytes, 0 where it is none. A surrogate
 * comes out as its own code unless both halves are there. */
static uint32_t take_escape(const char *at, uint32_t bytes, uint32_t *ret_code)
{
	static const char plain[256] = {['"'] = '"',  ['\\'] = '\\', ['/'] = '/',  ['b'] = '\b',
					['f'] = '\f', ['n'] = '\n',  ['r'] = '\r', ['t'] = '\t'};
	int32_t code, low;

	if (bytes < 2)
		return 0;
	if (at[1] != 'u') {
		*ret_code = (uint8_t)plain[(uint8_t)at[1]];
		return *ret_code ? 2 : 0;
	}
	code = hex_code(at + 2, bytes - 2);
	if (code < 0)
		return 0;
	*ret_code = (uint32_t)code;
	if (code < 0xd800 || code > 0xdbff || bytes < 12 || at[6] != '\\' || at[7] != 'u')
		return 6;
	low = hex_code(at + 8, bytes - 8);
	if (low < 0xdc00 || low > 0xdfff)
		return 6;
	*ret_code = 0x10000 + ((uint32_t)(code - 0xd800) << 10) + (uint32_t)(low - 0xdc00);
	return 12;
}

enum sl_reason sl_string_unescape(struct sl_text raw, char *ret_text, uint32_t *ret_bytes,
				  uint32_t *ret_place)
{
	enum sl_reason why = SL_WHY_NONE;
	uint32_t in = 0, out = 0;

	for (;;) {
		const char *slash = memchr(raw.at + in, '\\', raw.bytes - in);
		uint32_t plain = slash ? (uint32_t)(slash - raw.at) - in : raw.bytes - in;
		uint32_t code = 0, n;
		char utf8[4];

		if (ret_text)
			memcpy(ret_text + out, raw.at + in, plain);
		in += plain;
		out += plain;
		if (!slash)
			break;
		n = take_escape(raw.at + in, raw.bytes - in, &code);
		if (n == 0) {
			*ret_place = in;
			return SL_WHY_JSON_MALFORMED;
		}
		/* goes on: what follows may be no escape at all, which weighs more */
		if (code >= 0xd800 && code <= 0xdfff && why == SL_WHY_NONE) {
			*ret_place = in;
			why = SL_WHY_UTF8_INVALID;
		}
		in += n;
		n = put_utf8(code, utf8);
		if (ret_text)
			memcpy(ret_text + out, utf8, n);
		out += n;
	}
	*ret_bytes = out;
	return why;
}

static SL_COLD const uint32_t *bad_escape(struct sl_walk *walk, struct sl_text raw,
					  enum sl_reason why, uint32_t place)
{
	size_t offset = (size_t)(raw.at - (const char *)walk->text) + place;

	sl_fault_fill(walk->fault, why, offset, (struct sl_text){0},
		      why == SL_WHY_UTF8_INVALID ? "an escaped surrogate without its other half"
						 : "a backslash that begins no escape");
	return NULL;
}

const uint32_t *sl_walk_escaped(struct sl_walk *walk, const uint32_t *at, struct sl_text *ret_text)
{
	struct sl_text raw = sl_token_string(walk->text, at);
	struct sl_decoder *decoder = walk->decoder;
	enum sl_reason why;
	uint32_t bytes, place;
	char *to;

	if (!memchr(raw.at, '\\', raw.bytes)) {
		*ret_text = raw;
		return at + 1;
	}
	if (decoder->high - decoder->low < raw.bytes)
		return sl_walk_malformed(walk, at, SL_WHY_TOO_LARGE,
					 "no room left for its strings");
	to = (char *)decoder->arena + decoder->high - raw.bytes;
	why = sl_string_unescape(raw, to, &bytes, &place);
	if (why)
		return bad_escape(walk, raw, why, place);
	decoder->high -= raw.bytes;
	*ret_text = (struct sl_text){.at = to, .bytes = bytes};
	return at + 1;
}

const uint32_t *sl_walk_check_escapes(struct sl_walk *walk, const uint32_t *at)
{
	struct sl_text raw = sl_token_string(walk->text, at);
	enum sl_reason why;
	uint32_t bytes, place;

	why = sl_string_unescape(raw, NULL, &bytes, &place);
	return why ? bad_escape(walk, raw, why, place) : at + 1;
}
