#include "base/trace.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static bool valid(const char *text)
{
	return sl_trace_is_valid((struct sl_text){.at = text, .bytes = (uint32_t)strlen(text)});
}

static void traces_have_one_shape(void **state)
{
	(void)state;
	assert_true(valid("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"));
	assert_true(valid("01-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-ff"));
	assert_false(valid("ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"));
	assert_false(valid("00-00000000000000000000000000000000-b7ad6b7169203331-01"));
	assert_false(valid("00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01"));
	assert_false(valid("00-0AF7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"));
	assert_false(valid("00-0af7651916cd43dd8448eb211c80319c_b7ad6b7169203331-01"));
	assert_false(valid("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-x"));
	assert_false(valid("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-0"));
	assert_false(valid(""));
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(traces_have_one_shape)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
