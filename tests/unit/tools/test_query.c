#include "tools/sluice/gateway/query.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void values_are_encoded(void **state)
{
	struct sl_query query;
	char at[200];

	(void)state;
	sl_query_init(&query, at, sizeof(at), "/v1/tail");
	assert_string_equal(at, "/v1/tail");
	sl_query_add(&query, "none", NULL);
	sl_query_add(&query, "kind", "match,refusal");
	sl_query_add(&query, "where", "a == \"b&c\" + '%'\x01가");
	assert_string_equal(at,
			    "/v1/tail?kind=match,refusal&where=a%20%3D%3D%20%22b%26c%22%20%2B%20"
			    "%27%25%27%01%EA%B0%80");
	assert_false(query.full);
}

static void what_does_not_fit_is_told(void **state)
{
	struct sl_query query;
	char at[12];

	(void)state;
	sl_query_init(&query, at, sizeof(at), "/v1/tail");
	sl_query_add(&query, "a", "");
	assert_false(query.full);
	assert_string_equal(at, "/v1/tail?a=");
	sl_query_add(&query, "b", "c");
	assert_true(query.full);
	assert_string_equal(at, "/v1/tail?a=");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(values_are_encoded),
		cmocka_unit_test(what_does_not_fit_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
