/* Paths and queries of control's API. */
#include "control/api/api_priv.h"

#include <assert.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	static const struct sl_http_limits limits = {
		.header_bytes = 16384, .headers = SL_HTTP_HEADERS_MAX, .body_bytes = 1 << 20};
	struct sl_http_request request;
	struct sl_api_target target;

	if (sl_http1_request(bytes, n, &limits, &request) <= 0)
		return 0;
	sl_api_route(&request, &target);
	assert((target.route == NULL) == (target.refused != 0));
	assert((target.refused == 405) == (target.refused && target.allow[0]));
	assert(!target.refused == !target.why[0]);
	if (!target.route)
		return 0;
	assert(!strstr(target.route->path, "{version}") == !target.version);
	assert(!strstr(target.route->path, "{id}") == !target.id[0]);
	assert(target.version < 1000000000000000000u);
	assert(target.query_bytes <= sizeof(target.query));
	/* names and values, each ended */
	for (size_t at = 0; at < target.query_bytes;) {
		const char *name = target.query + at;
		size_t n_name = strnlen(name, target.query_bytes - at);

		assert(sl_api_word_in(name, target.route->parameters));
		assert(sl_api_parameter(&target, name) == name + n_name + 1);
		at += n_name + 1;
		at += strnlen(target.query + at, target.query_bytes - at) + 1;
		assert(at <= target.query_bytes);
	}
	return 0;
}
