/* What paths and queries ask for. */
#include "fixture.h"

#include "control/api/api_priv.h"

static struct sl_api_target target;

static void ask(const char *method, const char *target_text, const char *headers)
{
	static const struct sl_http_limits limits = {
		.header_bytes = 16384, .headers = SL_HTTP_HEADERS_MAX, .body_bytes = 1 << 20};
	static char head[16384];
	struct sl_http_request request;
	int n = snprintf(head, sizeof(head), "%s %s HTTP/1.1\r\nHost: x\r\n%s\r\n", method,
			 target_text, headers);

	assert_int_equal(sl_http1_request(head, (size_t)n, &limits, &request), n);
	sl_api_route(&request, &target);
}

static void refused(const char *target_text, unsigned status, const char *why)
{
	ask("GET", target_text, "");
	assert_null(target.route);
	assert_int_equal(target.refused, status);
	assert_non_null(strstr(target.why, why));
}

static void every_route_is_found_by_its_own_pattern(void **state)
{
	(void)state;
	for (size_t i = 0; i < sl_api_routes_count; i++) {
		const struct sl_api_route *route = &sl_api_routes[i];
		const char *at = strchr(route->path, '{');
		char path[128];

		snprintf(path, sizeof(path), "%.*s%s%s", at ? (int)(at - route->path) : 127,
			 route->path, at ? "17" : "", at ? strchr(at, '}') + 1 : "");
		ask(route->method, path, "");
		assert_ptr_equal(target.route, route);
		assert_int_equal(target.version, strstr(route->path, "{version}") ? 17 : 0);
		assert_string_equal(target.id, strstr(route->path, "{id}") ? "17" : "");
		assert_non_null(route->answer);
		assert_true(route->help[0] != 0);
	}
}

static void other_paths_and_methods_are_refused(void **state)
{
	(void)state;
	refused("/nothing", 404, "nothing at this path");
	refused("/v1/rulesets/", 404, "nothing at this path");
	refused("/v1/rulesets/07", 404, "nothing at this path");
	refused("/v1/rulesets/0", 404, "nothing at this path");
	refused("/v1/rulesets/1111111111111111111", 404, "nothing at this path");
	refused("/v1/rulesets/rollback", 405, "POST");
	assert_string_equal(target.allow, "POST");
	ask("PUT", "/v1/rulesets", "");
	assert_int_equal(target.refused, 405);
	assert_string_equal(target.allow, "GET, POST");
	ask("GET", "/v1/rulesets", "");
	assert_int_equal(target.refused, 0);
}

static void parameters_are_decoded_and_held_against_the_route(void **state)
{
	char longer[SL_API_QUERY_MAX + 64] = "/v1/rulesets/7/sources?from=";

	(void)state;
	ask("GET", "/v1/rulesets/7/sources?from=%34%32", "");
	assert_non_null(target.route);
	assert_string_equal(sl_api_parameter(&target, "from"), "42");
	assert_null(sl_api_parameter(&target, "42"));
	ask("GET", "/v1/rulesets/7/sources?from", "");
	assert_string_equal(sl_api_parameter(&target, "from"), "");
	ask("GET", "/v1/rulesets/7/sources?from=a+b&", "");
	assert_string_equal(sl_api_parameter(&target, "from"), "a b");
	refused("/v1/rulesets/7/sources?form=1", 400,
		"no parameter \"form\" here; there are: from");
	refused("/v1/rulesets/7/sources?fro=1", 400, "no parameter \"fro\"");
	refused("/v1/status?x", 400, "no parameter \"x\" here");
	refused("/v1/rulesets/7/sources?from=1&from=2", 400, "is there twice");
	refused("/v1/rulesets/7/sources?from=%", 400, "not of the form");
	refused("/v1/rulesets/7/sources?from=%4", 400, "not of the form");
	refused("/v1/rulesets/7/sources?from=%0a", 400, "not of the form");
	refused("/v1/rulesets/7/sources?from=%00", 400, "not of the form");
	refused("/v1/rulesets/7/sources?=1", 400, "not of the form");
	refused("/v1/rulesets/7/sources?&", 400, "not of the form");
	memset(longer + strlen(longer), '1', SL_API_QUERY_MAX);
	refused(longer, 400, "longer than");
	/* probes may say what they like */
	ask("GET", "/healthz?a=%&&&", "");
	assert_non_null(target.route);
}

static void accept_is_kept(void **state)
{
	(void)state;
	ask("GET", "/healthz", "");
	assert_string_equal(target.accept, "");
	ask("GET", "/healthz", "aCCept:  text/plain;q=0.5 \r\n");
	assert_string_equal(target.accept, "text/plain;q=0.5");
}

static void words(void **state)
{
	(void)state;
	assert_true(sl_api_word_in("after", "channel reason after"));
	assert_true(sl_api_word_in("channel", "channel reason after"));
	assert_true(sl_api_word_in("a", "aa a"));
	assert_false(sl_api_word_in("aft", "channel reason after"));
	assert_false(sl_api_word_in("ter", "channel reason after"));
	assert_false(sl_api_word_in("", "channel"));
	assert_false(sl_api_word_in("x", ""));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_route_is_found_by_its_own_pattern),
		cmocka_unit_test(other_paths_and_methods_are_refused),
		cmocka_unit_test(parameters_are_decoded_and_held_against_the_route),
		cmocka_unit_test(accept_is_kept),
		cmocka_unit_test(words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
