/* Strings: escaped, and in valid UTF-8 whatever came in. */
#include "base/json_out_priv.h"

/* How many bytes at `at` are one well-formed sequence of UTF-8 (Unicode, table 3-7); if they are
 * none, 0, and ret_bad says how many belong to the broken one, which becomes one U+FFFD. */
static size_t sequence_bytes(const uint8_t *at, size_t n, size_t *ret_bad)
{
	uint8_t low = 0x80, high = 0xbf;
	size_t need;

	*ret_bad = 1;
	if (at[0] >= 0xc2 && at[0] <= 0xdf)
		need = 2;
	else if (at[0] >= 0xe0 && at[0] <= 0xef)
		need = 3;
	else if (at[0] >= 0xf0 && at[0] <= 0xf4)
		need = 4;
	else
		return 0;
	if (at[0] == 0xe0)
		low = 0xa0; /* overlong */
	else if (at[0] == 0xed)
		high = 0x9f; /* surrogates */
	else if (at[0] == 0xf0)
		low = 0x90; /* overlong */
	else if (at[0] == 0xf4)
		high = 0x8f; /* above U+10FFFF */
	for (size_t i = 1; i < need; i++) {
		if (i >= n || at[i] < low || at[i] > high)
			return 0;
		*ret_bad = i + 1;
		low = 0x80;
		high = 0xbf;
	}
	return need;
}

static bool is_plain(uint8_t c)
{
	return c >= 0x20 && c < 0x80 && c != '"' && c != '\\';
}

/* How many of the first bytes are surely plain: eight at a time, so perhaps some fewer than are. */
static size_t plain_bytes(const uint8_t *at, size_t n)
{
	const uint64_t ones = 0x0101010101010101u, tops = 0x8080808080808080u;
	size_t i = 0;

	for (; n - i >= 8; i += 8) {
		uint64_t word, quotes, slashes, odd;

		memcpy(&word, at + i, 8);
		quotes = word ^ ones * '"';
		slashes = word ^ ones * '\\';
		/* a byte borrows, and so shows its top bit, where it is less than what is taken */
		odd = (word - ones * 0x20) | (quotes - ones) | (slashes - ones) | word;
		if (odd & tops)
			break;
	}
	return i;
}

static void put_escaped(struct sl_json *json, uint8_t c)
{
	static const char hex[] = "0123456789abcdef";
	static const char shorts[] = "\bb\ff\nn\rr\tt\"\"\\\\";
	char text[6] = {'\\', 'u', '0', '0', hex[c >> 4], hex[c & 15]};

	for (size_t i = 0; i + 1 < sizeof(shorts); i += 2) {
		if ((uint8_t)shorts[i] == c) {
			text[1] = shorts[i + 1];
			sl_json_put(json, text, 2);
			return;
		}
	}
	sl_json_put(json, text, sizeof(text));
}

void sl_json_text(struct sl_json *json, struct sl_text text)
{
	const uint8_t *at = (const uint8_t *)text.at;
	size_t i = 0;

	sl_json_begin_value(json);
	sl_json_put_char(json, '"');
	while (i < text.bytes && !json->full) {
		size_t run = i;
		size_t good, bad = 1;

		i += plain_bytes(at + i, text.bytes - i);
		while (i < text.bytes) {
			if (is_plain(at[i]))
				i++;
			else if (at[i] >= 0x80 &&
				 (good = sequence_bytes(at + i, text.bytes - i, &bad)))
				i += good;
			else
				break;
		}
		if (i > run)
			sl_json_put(json, text.at + run, i - run);
		if (i == text.bytes)
			break;
		if (at[i] < 0x80) {
			put_escaped(json, at[i++]);
		} else {
			sl_json_put(json, "\xef\xbf\xbd", 3);
			i += bad;
		}
	}
	sl_json_put_char(json, '"');
}
