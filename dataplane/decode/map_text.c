/* Texts of requests: escapes undone, character sets converted, pairs looked for. */
#include "decode/map_priv.h"

#include <errno.h>

static int hex_digit(uint8_t c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* One byte as it is meant. A % that begins no escape is one. Returns the bytes taken. */
static size_t take_byte(struct sl_span raw, size_t at, bool plus, uint8_t *ret_byte)
{
	int high, low;

	*ret_byte = raw.at[at];
	if (plus && raw.at[at] == '+') {
		*ret_byte = ' ';
		return 1;
	}
	if (raw.at[at] != '%' || raw.bytes - at < 3)
		return 1;
	high = hex_digit(raw.at[at + 1]);
	low = hex_digit(raw.at[at + 2]);
	if (high < 0 || low < 0)
		return 1;
	*ret_byte = (uint8_t)(high << 4 | low);
	return 3;
}

bool sl_map_unescape(struct sl_map *map, struct sl_span raw, bool plus, struct sl_text *ret_text)
{
	char *to = map->scratch + map->scratch_used;
	size_t n = 0;

	if (raw.bytes > map->scratch_room - map->scratch_used)
		return false;
	for (size_t at = 0; at < raw.bytes;) {
		uint8_t byte;

		at += take_byte(raw, at, plus, &byte);
		to[n++] = (char)byte;
	}
	map->scratch_used += n;
	*ret_text = (struct sl_text){to, (uint32_t)n};
	return true;
}

/* Whether what is escaped in `raw` is this name. */
static bool is_name(struct sl_span raw, bool escaped, struct sl_text name)
{
	size_t n = 0;

	if (!escaped)
		return raw.bytes == name.bytes && memcmp(raw.at, name.at, name.bytes) == 0;
	for (size_t at = 0; at < raw.bytes; n++) {
		uint8_t byte;

		at += take_byte(raw, at, true, &byte);
		if (n == name.bytes || byte != (uint8_t)name.at[n])
			return false;
	}
	return n == name.bytes;
}

bool sl_map_find_pair(struct sl_span pairs, char separator, struct sl_text name, bool escaped,
		      struct sl_span *ret_value)
{
	const uint8_t *at = pairs.at, *end = pairs.at + pairs.bytes;

	while (at < end) {
		const uint8_t *stop = memchr(at, separator, (size_t)(end - at));
		const uint8_t *equals;

		stop = stop ? stop : end;
		while (at < stop && *at == ' ')
			at++;
		equals = at < stop ? memchr(at, '=', (size_t)(stop - at)) : NULL;
		if (is_name(sl_span_of(at, (size_t)((equals ? equals : stop) - at)), escaped,
			    name)) {
			*ret_value = equals ? sl_span_of(equals + 1, (size_t)(stop - equals - 1))
					    : sl_span_of(stop, 0);
			return true;
		}
		if (stop == end)
			break;
		at = stop + 1;
	}
	return false;
}

static bool is_plain(struct sl_text text)
{
	for (uint32_t i = 0; i < text.bytes; i++)
		if ((uint8_t)text.at[i] >= 0x80)
			return false;
	return true;
}

static bool is_utf8(struct sl_text text)
{
	uint32_t at = 0, code;

	while (at < text.bytes) {
		unsigned n = sl_utf8_take((const uint8_t *)text.at + at, text.bytes - at, &code);

		if (n == 0)
			return false;
		at += n;
	}
	return true;
}

enum sl_reason sl_map_convert(struct sl_map *map, struct sl_text text, uint8_t charset,
			      struct sl_text *ret_text)
{
	char *to = map->scratch + map->scratch_used;
	size_t n;
	int error;

	*ret_text = text;
	if (is_plain(text))
		return SL_WHY_NONE;
	if (charset == SL_CHARSET_UTF8)
		return is_utf8(text) ? SL_WHY_NONE : SL_WHY_UTF8_INVALID;
	error = sl_charset_read(map->reader, sl_span_of(text.at, text.bytes), to,
				map->scratch_room - map->scratch_used, &n);
	if (error)
		return error == -E2BIG ? SL_WHY_TOO_LARGE : SL_WHY_CHARSET_INVALID;
	map->scratch_used += n;
	*ret_text = (struct sl_text){to, (uint32_t)n};
	return SL_WHY_NONE;
}
