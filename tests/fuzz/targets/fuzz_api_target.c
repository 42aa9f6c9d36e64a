/* Paths and queries of control's API. */
#include "control/api/api_priv.h"

#include <assert.h>

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
	assert((target.route == SL_API_ROUTE_NOT_ALLOWED) == (target.allow != NULL));
	assert(target.route != SL_API_ROUTE_SOURCES || target.number > 0);
	assert(target.from < 1000000000000000000u);
	return 0;
}
