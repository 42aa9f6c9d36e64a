/* What a source is in the request at hand. */
#include "base/json_out.h"
#include "decode/map_priv.h"

#include <arpa/inet.h>

static struct sl_text text_of(struct sl_span span)
{
	return (struct sl_text){(const char *)span.at, (uint32_t)span.bytes};
}

static uint8_t charset_of(const struct sl_map *map)
{
	return (uint8_t)map->plan->places[map->request->channel].channel->charset;
}

static enum sl_reason put(struct sl_map *map, struct sl_text text, uint8_t charset,
			  struct sl_map_value *value)
{
	enum sl_reason why = sl_map_convert(map, text, charset, &value->text);

	value->kind = why ? SL_MAP_ABSENT : SL_MAP_TEXT;
	return why;
}

/* A text of the path: its own slashes are back when it is copied, unless what stands for them came
 * with the path, which is then in no charset. */
static enum sl_reason put_path(struct sl_map *map, struct sl_text text, struct sl_map_value *value)
{
	char *at;

	if (!map->path_is_text && text.bytes && memchr(text.at, SL_MAP_SLASH, text.bytes))
		return put(map, text, charset_of(map), value);
	if (text.bytes > map->scratch_room - map->scratch_used)
		return SL_WHY_TOO_LARGE;
	at = map->scratch + map->scratch_used;
	for (uint32_t i = 0; i < text.bytes; i++)
		at[i] = (uint8_t)text.at[i] == SL_MAP_SLASH ? '/' : text.at[i];
	map->scratch_used += text.bytes;
	return put(map, (struct sl_text){at, text.bytes}, charset_of(map), value);
}

static enum sl_reason put_escaped(struct sl_map *map, struct sl_span raw, bool plus,
				  uint8_t charset, struct sl_map_value *value)
{
	struct sl_text text;

	if (!sl_map_unescape(map, raw, plus, &text))
		return SL_WHY_TOO_LARGE;
	return put(map, text, charset, value);
}

static bool name_is(struct sl_span name, struct sl_text lower)
{
	if (name.bytes != lower.bytes)
		return false;
	for (uint32_t i = 0; i < lower.bytes; i++) {
		uint8_t c = name.at[i];

		if ((c >= 'A' && c <= 'Z' ? c | 0x20 : c) != (uint8_t)lower.at[i])
			return false;
	}
	return true;
}

static enum sl_reason header_value(struct sl_map *map, struct sl_text name,
				   struct sl_map_value *value)
{
	const struct sl_http_request *http = map->request->http;

	for (unsigned i = 0; i < http->n_headers; i++)
		if (name_is(http->headers[i].name, name))
			return put(map, text_of(http->headers[i].value), charset_of(map), value);
	return SL_WHY_NONE;
}

static enum sl_reason cookie_value(struct sl_map *map, struct sl_text name,
				   struct sl_map_value *value)
{
	const struct sl_http_request *http = map->request->http;
	struct sl_span raw;

	for (unsigned i = 0; i < http->n_headers; i++)
		if (sl_http_name_is(http->headers[i].name, "cookie") &&
		    sl_map_find_pair(http->headers[i].value, ';', name, false, &raw))
			return put_escaped(map, raw, false, charset_of(map), value);
	return SL_WHY_NONE;
}

static enum sl_reason pair_value(struct sl_map *map, struct sl_span pairs, uint8_t charset,
				 struct sl_text name, struct sl_map_value *value)
{
	struct sl_span raw;

	if (!sl_map_find_pair(pairs, '&', name, true, &raw))
		return SL_WHY_NONE;
	return put_escaped(map, raw, true, charset, value);
}

static enum sl_reason json_value(const struct sl_map_picked *picked, struct sl_map_value *value)
{
	if (!picked->token.at)
		return SL_WHY_NONE;
	if (picked->twice)
		return SL_WHY_FIELD_DUPLICATE;
	if (picked->token.bytes == 4 && memcmp(picked->token.at, "null", 4) == 0)
		return SL_WHY_NONE;
	value->kind = SL_MAP_TOKEN;
	value->text = picked->token;
	return SL_WHY_NONE;
}

static enum sl_reason status_value(struct sl_map *map, struct sl_map_value *value)
{
	char *at = map->scratch + map->scratch_used;
	unsigned status = map->request->status;

	if (status == 0)
		return SL_WHY_NONE;
	if (map->scratch_room - map->scratch_used < 3)
		return SL_WHY_TOO_LARGE;
	for (unsigned i = 3; i-- > 0; status /= 10)
		at[i] = (char)('0' + status % 10);
	map->scratch_used += 3;
	value->kind = SL_MAP_TEXT;
	value->text = (struct sl_text){at, 3};
	return SL_WHY_NONE;
}

static enum sl_reason address_value(struct sl_map *map, const struct sl_map_address *address,
				    struct sl_map_value *value)
{
	char *at = map->scratch + map->scratch_used;

	if (map->scratch_room - map->scratch_used < INET6_ADDRSTRLEN)
		return SL_WHY_TOO_LARGE;
	if (!address->at ||
	    !inet_ntop(address->is_ipv6 ? AF_INET6 : AF_INET, address->at, at, INET6_ADDRSTRLEN))
		return SL_WHY_NONE;
	value->kind = SL_MAP_TEXT;
	value->text = (struct sl_text){at, (uint32_t)strlen(at)};
	map->scratch_used += value->text.bytes;
	return SL_WHY_NONE;
}

static enum sl_reason time_value(struct sl_map *map, struct sl_map_value *value)
{
	char *at = map->scratch + map->scratch_used;

	if (map->scratch_room - map->scratch_used < 40)
		return SL_WHY_TOO_LARGE;
	value->kind = SL_MAP_TEXT;
	value->text = (struct sl_text){at, (uint32_t)sl_time_format(map->request->time_ns, at)};
	map->scratch_used += value->text.bytes;
	return SL_WHY_NONE;
}

enum sl_reason sl_map_value(struct sl_map *map, const struct sl_map_source *source, uint16_t json,
			    const struct sl_map_picked *picked, struct sl_map_value *ret_value)
{
	const struct sl_http_request *http = map->request->http;
	struct sl_text name = sl_mapping_text(&map->plan->mapping, source->name);

	*ret_value = (struct sl_map_value){.kind = SL_MAP_ABSENT};
	switch (source->kind) {
	case SL_MAP_CONSTANT:
		*ret_value = (struct sl_map_value){SL_MAP_TEXT, name};
		return SL_WHY_NONE;
	case SL_MAP_METHOD:
		*ret_value = (struct sl_map_value){SL_MAP_TEXT, text_of(http->method)};
		return SL_WHY_NONE;
	case SL_MAP_HOST:
		return put(map, map->host, SL_CHARSET_UTF8, ret_value);
	case SL_MAP_PATH:
		return put_path(map, map->path, ret_value);
	case SL_MAP_CAPTURE:
		return put_path(map, map->captures[source->capture], ret_value);
	case SL_MAP_QUERY:
		return pair_value(map, http->query, charset_of(map), name, ret_value);
	case SL_MAP_HEADER:
		return header_value(map, name, ret_value);
	case SL_MAP_COOKIE:
		return cookie_value(map, name, ret_value);
	case SL_MAP_FORM:
		return map->body_is_form
			       ? pair_value(map, map->body, map->body_charset, name, ret_value)
			       : SL_WHY_NONE;
	case SL_MAP_JSON:
		return json_value(&picked[json], ret_value);
	case SL_MAP_CLIENT:
		return address_value(map, &map->request->client, ret_value);
	case SL_MAP_SERVER:
		return address_value(map, &map->request->server, ret_value);
	case SL_MAP_STATUS:
		return status_value(map, ret_value);
	default: /* the mapping was refused for any other */
		return time_value(map, ret_value);
	}
}
