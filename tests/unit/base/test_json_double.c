#include "base/json_out.h"

#include <float.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

static char room[128];

static const char *ended(struct sl_json *json)
{
	assert_false(json->full);
	assert_true(json->bytes < sizeof(room));
	room[json->bytes] = 0;
	return room;
}

static const char *of_double(double value)
{
	struct sl_json json;

	sl_json_init(&json, room, sizeof(room));
	sl_json_double(&json, value);
	return ended(&json);
}

static void doubles_are_shortest(void **state)
{
	(void)state;
	assert_string_equal(of_double(0), "0");
	assert_string_equal(of_double(-0.0), "-0");
	assert_string_equal(of_double(30000000), "30000000");
	assert_string_equal(of_double(-999999999999999), "-999999999999999");
	assert_string_equal(of_double(0.1), "0.1");
	assert_string_equal(of_double(0.1 + 0.2), "0.30000000000000004");
	assert_string_equal(of_double(1e15), "1e+15");
	assert_string_equal(of_double(9007199254740993.0), "9007199254740992");
	assert_string_equal(of_double(5e-324), "5e-324");
	assert_string_equal(of_double(DBL_MAX), "1.7976931348623157e+308");
	assert_string_equal(of_double(NAN), "null");
	assert_string_equal(of_double(INFINITY), "null");
	assert_string_equal(of_double(-INFINITY), "null");
}

static void doubles_read_back(void **state)
{
	uint64_t seed = 0x9e3779b97f4a7c15;

	(void)state;
	for (int i = 0; i < 20000; i++) {
		double value;

		seed = seed * 6364136223846793005u + 1442695040888963407u;
		memcpy(&value, &seed, sizeof(value));
		if (!isfinite(value))
			continue;
		of_double(value);
		if (strtod(room, NULL) != value)
			fail_msg("%a came out as %s", value, room);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(doubles_are_shortest),
		cmocka_unit_test(doubles_read_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
