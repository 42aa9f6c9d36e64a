/* Paths and queries, believed in nothing. */
#include "control/api/target_priv.h"

#include "base/span.h"
#include "control/api/api_priv.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

bool sl_api_word_in(const char *word, const char *words)
{
	size_t n = strlen(word);

	for (const char *at = words; n && (at = strstr(at, word)); at += n)
		if ((at == words || at[-1] == ' ') && (!at[n] || at[n] == ' '))
			return true;
	return false;
}

/* Bytes of a number without a leading zero, at most 18 digits; 0: there is none. */
static size_t read_number(const char *at, size_t n, uint64_t *ret_number)
{
	uint64_t number = 0;
	size_t i = 0;

	while (i < n && i < 19 && at[i] >= '0' && at[i] <= '9')
		number = number * 10 + (uint64_t)(at[i++] - '0');
	if (i == 0 || i == 19 || (at[0] == '0' && i > 1))
		return 0;
	*ret_number = number;
	return i;
}

static bool in_id(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
	       c == '-' || c == '_' || c == '.';
}

static size_t read_id(const char *at, size_t n, char ret_id[SL_API_ID_MAX + 1])
{
	size_t i = 0;

	while (i < n && in_id(at[i]))
		i++;
	if (i > SL_API_ID_MAX)
		return 0;
	memcpy(ret_id, at, i);
	ret_id[i] = 0;
	return i;
}

static bool path_is(struct sl_span path, const char *pattern, struct sl_api_target *target)
{
	static const char version[] = "{version}", id[] = "{id}";
	const char *at = (const char *)path.at;
	size_t n = path.bytes;

	while (*pattern) {
		size_t taken = 1, of_pattern = 1;

		if (!n)
			return false;
		if (!strncmp(pattern, version, sizeof(version) - 1)) {
			of_pattern = sizeof(version) - 1;
			taken = *at == '0' ? 0 : read_number(at, n, &target->version);
		} else if (!strncmp(pattern, id, sizeof(id) - 1)) {
			of_pattern = sizeof(id) - 1;
			taken = read_id(at, n, target->id);
		} else if (*at != *pattern) {
			return false;
		}
		if (!taken)
			return false;
		at += taken;
		n -= taken;
		pattern += of_pattern;
	}
	return n == 0;
}

static void refuse(struct sl_api_target *target, unsigned status, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

static void refuse(struct sl_api_target *target, unsigned status, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(target->why, sizeof(target->why), format, arguments);
	va_end(arguments);
	target->refused = status;
	target->route = NULL;
}

static int hex(uint8_t c)
{
	return c >= '0' && c <= '9'   ? c - '0'
	       : c >= 'a' && c <= 'f' ? c - 'a' + 10
	       : c >= 'A' && c <= 'F' ? c - 'A' + 10
				      : -1;
}

/* What stands at *at up to `end` or '&', decoded, behind what is there already. False: it cannot be
 * decoded. */
static bool decode(struct sl_span query, size_t *at, char end, struct sl_api_target *target)
{
	size_t i = *at;

	for (; i < query.bytes && query.at[i] != '&' && query.at[i] != end; i++) {
		int c = query.at[i] == '+' ? ' ' : query.at[i];

		if (c == '%') {
			int high = i + 1 < query.bytes ? hex(query.at[i + 1]) : -1;
			int low = i + 2 < query.bytes ? hex(query.at[i + 2]) : -1;

			if (high < 0 || low < 0)
				return false;
			c = high * 16 + low;
			i += 2;
		}
		if (c < ' ' || c == 0x7f)
			return false;
		target->query[target->query_bytes++] = (char)c;
	}
	target->query[target->query_bytes++] = 0;
	*at = i;
	return true;
}

/* Among the first `bytes` of the query as it is kept. */
static const char *find(const struct sl_api_target *target, size_t bytes, const char *name)
{
	const char *at = target->query, *end = target->query + bytes;

	while (at < end) {
		const char *value = at + strlen(at) + 1;

		if (!strcmp(at, name))
			return value;
		at = value + strlen(value) + 1;
	}
	return NULL;
}

/* One name=value from *at on. False: it has been refused. */
static bool take_parameter(struct sl_span query, size_t *at, struct sl_api_target *target)
{
	size_t before = target->query_bytes;
	const char *name = target->query + before, *known = target->route->parameters;
	bool good = decode(query, at, '=', target) && name[0];

	if (good && *at < query.bytes && query.at[*at] == '=') {
		++*at;
		good = decode(query, at, '&', target);
	} else if (good) {
		target->query[target->query_bytes++] = 0;
	}
	if (!good)
		refuse(target, 400,
		       "the query is not of the form name=value&name=value, with %%XX for what "
		       "means something there, and without control characters");
	else if (!sl_api_word_in(name, known))
		refuse(target, 400, "there is no parameter \"%.60s\" here%s%s", name,
		       known[0] ? "; there are: " : "", known);
	else if (find(target, before, name))
		refuse(target, 400, "the parameter \"%s\" is there twice", name);
	*at += *at < query.bytes; /* the '&' */
	return target->route != NULL;
}

static void take_query(struct sl_span query, struct sl_api_target *target)
{
	size_t at = 0;

	if (!target->route->parameters)
		return;
	if (query.bytes > SL_API_QUERY_MAX) {
		refuse(target, 400, "the query is longer than %u bytes", SL_API_QUERY_MAX);
		return;
	}
	while (at < query.bytes && take_parameter(query, &at, target))
		;
}

static void take_accept(const struct sl_http_request *request, struct sl_api_target *target)
{
	const struct sl_http_header *accept =
		sl_http_find(request->headers, request->n_headers, "accept");
	size_t n = accept ? accept->value.bytes : 0;

	if (n > SL_API_ACCEPT_MAX)
		n = SL_API_ACCEPT_MAX;
	if (n)
		memcpy(target->accept, accept->value.at, n);
	target->accept[n] = 0;
}

static void find_route(const struct sl_http_request *request, struct sl_api_target *target)
{
	size_t n = 0;

	for (size_t i = 0; i < sl_api_routes_count && !target->route; i++) {
		const struct sl_api_route *route = &sl_api_routes[i];

		target->version = 0;
		target->id[0] = 0;
		if (!path_is(request->path, route->path, target))
			continue;
		if (sl_span_equal(request->method, sl_span_text(route->method)))
			target->route = route;
		else
			n += (size_t)snprintf(target->allow + n, sizeof(target->allow) - n, "%s%s",
					      n ? ", " : "", route->method);
	}
	if (!target->route && n)
		refuse(target, 405, "not this method; there are: %s", target->allow);
	else if (!target->route)
		refuse(target, 404, "there is nothing at this path; GET /v1 lists what there is");
}

void sl_api_route(const struct sl_http_request *request, struct sl_api_target *ret_target)
{
	struct sl_api_target *target = ret_target;

	memset(target, 0, sizeof(*target));
	take_accept(request, target);
	find_route(request, target);
	if (target->route)
		take_query(request->query, target);
}

const char *sl_api_parameter(const struct sl_api_target *target, const char *name)
{
	return find(target, target->query_bytes, name);
}

bool sl_api_parameter_number(struct sl_connection *connection, const char *name, uint64_t min,
			     uint64_t max, uint64_t otherwise, uint64_t *ret_number)
{
	const char *text = sl_api_parameter(&connection->target, name);
	uint64_t number = otherwise;

	if (text && (read_number(text, strlen(text), &number) != strlen(text) || !text[0] ||
		     number < min || number > max)) {
		sl_connection_reply_error(connection, 400,
					  "the parameter \"%s\" is a whole number from %" PRIu64
					  " to %" PRIu64,
					  name, min, max);
		return false;
	}
	*ret_number = number;
	return true;
}
