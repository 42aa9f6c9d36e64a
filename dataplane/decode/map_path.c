/* Paths and their patterns. */
#include "decode/map_priv.h"

static int hex_digit(uint8_t c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Escapes are undone but for that of a slash, which divides nothing; what stands behind a
 * semicolon, up to the next slash, is the server's own business (;jsessionid=…). */
bool sl_map_path_decode(struct sl_map *map, struct sl_span raw)
{
	size_t n = 0;

	map->path_is_text = true;
	if (raw.bytes == 0)
		raw = sl_span_of("/", 1);
	if (raw.bytes > map->path_room_bytes)
		return false;
	for (size_t at = 0; at < raw.bytes; at++) {
		uint8_t c = raw.at[at];
		int high, low;

		if (c == ';') {
			while (at + 1 < raw.bytes && raw.at[at + 1] != '/')
				at++;
			continue;
		}
		if (c == '%' && raw.bytes - at >= 3) {
			high = hex_digit(raw.at[at + 1]);
			low = hex_digit(raw.at[at + 2]);
			if (high >= 0 && low >= 0) {
				c = (uint8_t)(high << 4 | low);
				at += 2;
				if (c == '/') {
					map->path_room[n++] = (char)SL_MAP_SLASH;
					continue;
				}
			}
		}
		if (c == SL_MAP_SLASH)
			map->path_is_text = false;
		map->path_room[n++] = (char)c;
	}
	map->path = (struct sl_text){map->path_room, (uint32_t)n};
	return true;
}

/* Each byte of the path is looked at once: a star or capture ends at the first byte like the one
 * behind it in the pattern, or at a slash. */
bool sl_map_path_fits(struct sl_text pattern, struct sl_text path,
		      struct sl_text ret_captures[SL_MAP_CAPTURES_MAX])
{
	const char *p = pattern.at, *p_end = p + pattern.bytes;
	const char *s = path.at, *s_end = s + path.bytes;
	unsigned n_captures = 0;

	while (p < p_end) {
		const char *from = s;
		bool is_capture = *p == '{';

		if (!is_capture && *p != '*') {
			if (s == s_end || *s++ != *p++)
				return false;
			continue;
		}
		if (p_end - p >= 2 && p[0] == '*' && p[1] == '*')
			return true; /* patterns end with it */
		if (is_capture) {
			p = memchr(p, '}', (size_t)(p_end - p));
			if (!p || n_captures == SL_MAP_CAPTURES_MAX)
				return false;
		}
		p++;
		while (s < s_end && *s != '/' && (p == p_end || *s != *p))
			s++;
		if (!is_capture)
			continue;
		if (s == from)
			return false;
		ret_captures[n_captures++] = (struct sl_text){from, (uint32_t)(s - from)};
	}
	return s == s_end;
}

struct sl_text sl_map_first_name(struct sl_text path)
{
	const char *slash;

	if (path.bytes == 0 || path.at[0] != '/')
		return (struct sl_text){path.at, 0};
	slash = memchr(path.at + 1, '/', path.bytes - 1);
	return (struct sl_text){path.at + 1,
				slash ? (uint32_t)(slash - path.at - 1) : path.bytes - 1};
}
