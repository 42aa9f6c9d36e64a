/* Which rule a request fits: what is cheap is asked first, the body only of those that are left. */
#include "decode/map_priv.h"

static struct sl_text ref_of(const struct sl_map *map, uint32_t ref)
{
	const struct sl_mapping *mapping = &map->plan->mapping;

	return sl_mapping_text(mapping, mapping->refs[ref]);
}

static bool same(struct sl_text a, struct sl_text b)
{
	return a.bytes == b.bytes && (a.bytes == 0 || memcmp(a.at, b.at, a.bytes) == 0);
}

/* "name", or "na*": whatever begins so. */
static bool is_like(struct sl_text text, struct sl_text wanted)
{
	if (wanted.bytes && wanted.at[wanted.bytes - 1] == '*')
		return text.bytes >= wanted.bytes - 1 &&
		       memcmp(text.at, wanted.at, wanted.bytes - 1) == 0;
	return same(text, wanted);
}

/* "a.bank" itself, or "*.bank": whatever ends so. */
static bool is_host(struct sl_text host, struct sl_text wanted)
{
	if (wanted.bytes < 2 || wanted.at[0] != '*')
		return same(host, wanted);
	return host.bytes >= wanted.bytes && memcmp(host.at + host.bytes - (wanted.bytes - 1),
						    wanted.at + 1, wanted.bytes - 1) == 0;
}

static uint8_t lower_of(uint8_t c)
{
	return c >= 'A' && c <= 'Z' ? c | 0x20 : c;
}

/* In lower case, without the port. One that is too long is like none. */
static void take_host(struct sl_map *map, struct sl_span host)
{
	size_t n = host.bytes;

	if (n && host.at[0] == '[') {
		const uint8_t *end = memchr(host.at, ']', n);

		n = end ? (size_t)(end - host.at) + 1 : n;
	} else {
		const uint8_t *colon = n ? memchr(host.at, ':', n) : NULL;

		n = colon ? (size_t)(colon - host.at) : n;
	}
	n = n <= sizeof(map->host_room) ? n : 0;
	for (size_t i = 0; i < n; i++)
		map->host_room[i] = (char)lower_of(host.at[i]);
	map->host = (struct sl_text){map->host_room, (uint32_t)n};
}

static bool fits_head(struct sl_map *map, const struct sl_map_compiled *rule)
{
	const struct sl_http_request *http = map->request->http;
	struct sl_text method = {(const char *)http->method.at, (uint32_t)http->method.bytes};
	uint32_t ref = rule->rule->ref;
	bool fits = rule->rule->n_methods == 0;

	for (uint32_t i = 0; !fits && i < rule->rule->n_methods; i++)
		fits = same(method, ref_of(map, ref + i));
	if (!fits)
		return false;
	ref += rule->rule->n_methods;
	fits = rule->rule->n_hosts == 0;
	for (uint32_t i = 0; !fits && i < rule->rule->n_hosts; i++)
		fits = is_host(map->host, ref_of(map, ref + i));
	return fits &&
	       (rule->path.bytes == 0 || sl_map_path_fits(rule->path, map->path, map->captures));
}

/* The rules of the path's first name, and those of any, in the order in which they stand. */
static void find_candidates(struct sl_map *map, const struct sl_map_place *place)
{
	const uint32_t *any = map->plan->ordered + place->any, *of_name = NULL;
	struct sl_text name = sl_map_first_name(map->path);
	uint32_t n_any = place->n_any, n_of_name = 0;

	for (uint32_t i = (uint32_t)sl_text_hash(name.at, name.bytes);; i++) {
		const struct sl_map_bucket *bucket = &place->buckets[i & place->mask];

		if (bucket->n == 0)
			break;
		if (!same(bucket->name, name))
			continue;
		of_name = map->plan->ordered + bucket->first;
		n_of_name = bucket->n;
		break;
	}
	map->n_candidates = 0;
	while (n_any || n_of_name) {
		bool is_any = n_any && (!n_of_name || *any < *of_name);
		uint32_t rule = is_any ? *any++ : *of_name++;

		n_any -= is_any;
		n_of_name -= !is_any;
		if (fits_head(map, &map->plan->rules[rule]))
			map->candidates[map->n_candidates++] = rule;
	}
}

static bool is_wanted(const struct sl_map_channel *channel, unsigned status)
{
	if (status == 0)
		return channel->unseen;
	for (uint32_t i = 0; i < channel->n_statuses; i++)
		if (status >= channel->statuses[i].first && status <= channel->statuses[i].last)
			return true;
	return false;
}

enum sl_map_step sl_map_begin(struct sl_map *map, const struct sl_map_request *request)
{
	const struct sl_map_place *place = &map->plan->places[request->channel];
	bool reads_body = false;

	map->request = request;
	map->chosen = NULL;
	map->scratch_used = 0;
	map->body = (struct sl_span){0};
	map->body_is_form = map->body_is_json = map->body_is_lines = false;
	map->json_was_read = map->json_is_sound = false;
	map->n_candidates = 0;
	if (!place->channel || !sl_map_path_decode(map, request->http->path))
		return SL_MAP_UNMAPPED;
	take_host(map, request->http->host);
	find_candidates(map, place);
	if (map->n_candidates == 0)
		return SL_MAP_UNMAPPED;
	if (!is_wanted(place->channel, request->status))
		return SL_MAP_DECLINED;
	for (uint32_t i = 0; i < map->n_candidates; i++)
		reads_body |= map->plan->rules[map->candidates[i]].reads_body;
	return reads_body ? SL_MAP_ASKS_BODY : SL_MAP_GOES_ON;
}

/* ---- the body */

static bool contains(struct sl_span text, const char *lower)
{
	size_t n = strlen(lower);

	for (size_t i = 0; i + n <= text.bytes; i++) {
		size_t k = 0;

		while (k < n && lower_of(text.at[i + k]) == (uint8_t)lower[k])
			k++;
		if (k == n)
			return true;
	}
	return false;
}

/* What the content type says; the channel's where it says nothing that is known. */
static void take_type(struct sl_map *map)
{
	const struct sl_http_request *http = map->request->http;
	const struct sl_http_header *header =
		sl_http_find(http->headers, http->n_headers, "content-type");
	struct sl_span value = header ? header->value : (struct sl_span){0};
	bool is_form = contains(http->content_type, "application/x-www-form-urlencoded");
	bool is_other = contains(http->content_type, "multipart/");

	map->body_is_json = !is_form && !is_other;
	map->body_is_form = !is_other && !contains(http->content_type, "json");
	map->body_is_lines = contains(http->content_type, "ndjson") ||
			     contains(http->content_type, "jsonl") ||
			     contains(http->content_type, "json-lines");
	map->body_charset = (uint8_t)map->plan->places[map->request->channel].channel->charset;
	if (contains(http->content_type, "json"))
		map->body_charset = SL_CHARSET_UTF8; /* as JSON is, unless it says another */
	if (contains(value, "euc-kr") || contains(value, "cp949") || contains(value, "ks_c_5601") ||
	    contains(value, "ms949") || contains(value, "windows-949"))
		map->body_charset = SL_CHARSET_CP949;
	else if (contains(value, "utf-8") || contains(value, "utf8"))
		map->body_charset = SL_CHARSET_UTF8;
}

enum sl_reason sl_map_body(struct sl_map *map, struct sl_span body,
			   struct sl_decode_fault *ret_fault)
{
	size_t n;
	int error;

	take_type(map);
	map->body = body;
	if (body.bytes > map->limits.body_bytes)
		return sl_fault_fill(ret_fault, SL_WHY_BODY_TOO_LARGE, 0, (struct sl_text){0},
				     "longer than limits.mirror.body_bytes");
	if (!map->body_is_json || map->body_charset == SL_CHARSET_UTF8)
		return SL_WHY_NONE;
	/* a form is converted value by value, for escapes come first */
	if (map->body_is_form && body.bytes && body.at[0] != '{' && body.at[0] != '[') {
		map->body_is_json = false;
		return SL_WHY_NONE;
	}
	error = sl_charset_read(map->reader, body, (char *)map->body_text, map->body_room, &n);
	if (error)
		return sl_fault_fill(ret_fault, SL_WHY_CHARSET_INVALID, 0, (struct sl_text){0},
				     "the body is not in the character set that it is said to "
				     "be in");
	map->body = sl_span_of(map->body_text, n);
	map->body_is_form = false;
	return SL_WHY_NONE;
}

/* Once, for all rules. */
static void read_json(struct sl_map *map)
{
	if (map->json_was_read)
		return;
	map->json_was_read = true;
	memset(map->picked, 0, map->plan->n_json * sizeof(*map->picked));
	/* of another type, or none: nothing of it is there, which is no fault */
	if (!map->body_is_json || map->body.bytes == 0) {
		map->json_is_sound = true;
		return;
	}
	map->json_is_sound =
		sl_map_pick(map, map->body, map->picked, &map->json_fault) == SL_WHY_NONE;
	if (!map->json_is_sound)
		memset(map->picked, 0, map->plan->n_json * sizeof(*map->picked));
}

/* ---- conditions */

/* A value of JSON as a text: of a string what is between its quotes, unescaped. */
static struct sl_text plain_token(struct sl_map *map, struct sl_text token)
{
	uint32_t bytes = 0, place = 0;
	struct sl_text raw;
	char *at = map->scratch + map->scratch_used;

	if (token.bytes < 2 || token.at[0] != '"')
		return token;
	raw = (struct sl_text){token.at + 1, token.bytes - 2};
	if (!memchr(raw.at, '\\', raw.bytes) || raw.bytes > map->scratch_room - map->scratch_used ||
	    sl_string_unescape(raw, at, &bytes, &place))
		return raw;
	map->scratch_used += bytes;
	return (struct sl_text){at, bytes};
}

static bool holds(struct sl_map *map, uint32_t index)
{
	const struct sl_map_condition *condition = &map->plan->mapping.conditions[index];
	struct sl_map_value value;
	struct sl_text text;

	if (condition->source.kind == SL_MAP_JSON)
		read_json(map);
	map->scratch_used = 0; /* what a condition reads is not kept */
	if (sl_map_value(map, &condition->source, map->plan->json_of_condition[index], map->picked,
			 &value))
		return false;
	if (condition->absent || condition->n_refs == 0)
		return (value.kind == SL_MAP_ABSENT) == (condition->absent != 0);
	if (value.kind == SL_MAP_ABSENT)
		return false;
	text = value.kind == SL_MAP_TOKEN ? plain_token(map, value.text) : value.text;
	for (uint32_t i = 0; i < condition->n_refs; i++)
		if (is_like(text, ref_of(map, condition->ref + i)))
			return true;
	return false;
}

static bool fits_all(struct sl_map *map, const struct sl_map_compiled *rule)
{
	for (uint32_t i = 0; i < rule->rule->n_conditions; i++)
		if (!holds(map, rule->rule->condition + i))
			return false;
	return true;
}

enum sl_map_choice sl_map_choose(struct sl_map *map, struct sl_span *ret_body, bool *ret_lines)
{
	for (uint32_t i = 0; i < map->n_candidates; i++) {
		const struct sl_map_compiled *rule = &map->plan->rules[map->candidates[i]];

		/* its own captures: a candidate behind it may have left others */
		if (rule->path.bytes)
			sl_map_path_fits(rule->path, map->path, map->captures);
		if (!fits_all(map, rule))
			continue;
		map->chosen = rule;
		*ret_body = map->body;
		*ret_lines = map->body_is_lines;
		return rule->rule->body == SL_MAP_BODY_FIELDS ? SL_MAP_ONE
		       : rule->rule->body == SL_MAP_BODY_EACH ? SL_MAP_EACH
							      : SL_MAP_EVENTS;
	}
	return SL_MAP_NONE;
}

enum sl_reason sl_map_read_body(struct sl_map *map, struct sl_decode_fault *ret_fault)
{
	read_json(map);
	if (map->json_is_sound)
		return SL_WHY_NONE;
	*ret_fault = map->json_fault;
	return ret_fault->reason;
}
