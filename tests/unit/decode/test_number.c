#include "fixture.h"

#include "decode/decode_priv.h"

static bool to_double(const char *text, double *ret_value)
{
	struct sl_number number;

	assert_true(sl_number_scan(text, (uint32_t)strlen(text), &number));
	assert_int_equal(number.bytes, strlen(text));
	return sl_number_double(&number, text, ret_value);
}

/* The C library is the judge, in the "C" locale. */
static void same_double(const char *text)
{
	double expected = strtod(text, NULL), value;

	if (!to_double(text, &value))
		fail_msg("%s is out of range", text);
	if (memcmp(&value, &expected, sizeof(value)) != 0)
		fail_msg("%s: %.17g, not %.17g", text, value, expected);
}

static void doubles(void **state)
{
	static const char *const texts[] = {
		"0",
		"-0",
		"-0.0",
		"0e5",
		"1",
		"-1",
		"0.1",
		"3.14159",
		"1e22",
		"1e23",
		"-1e-22",
		"9007199254740992",
		"9007199254740993",
		"9007199254740993.0",
		"9007199254740992e1",
		"123456789012345678",
		"1234567890123456789",
		"12345678901234567890",
		"123456789012345678901234567890.5e-7",
		"0.000000000000000000000000000000000000000123456789012345678901",
		"1.7976931348623157e308",
		"2.2250738585072014e-308",
		"4.9406564584124654e-324",
		"5e-324",
		"2e-324",
		"1e-400",
		"0.1e1",
		"100e-2",
		"0.00000000000000000000",
		"18446744073709551616",
		"9999999999999999999",
		"1.0000000000000000000000000000000000001",
		"2."
		"2250738585072011360574097967091319759348195463516456480234261097248222220210769455"
		"1652952390813508791414915891303962110687008643869459464552765720740782062174337998"
		"8141063267329253552286881372149012981122451451889849057222307285255133155755015914"
		"39747639798341180199932396254881491e-308",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		same_double(texts[i]);
}

static void random_doubles(void **state)
{
	uint64_t seed = 7;
	char text[64];

	(void)state;
	for (unsigned i = 0; i < 50000; i++) {
		double value;

		seed = seed * 6364136223846793005ull + 1442695040888963407ull;
		memcpy(&value, &seed, sizeof(value));
		if (value != value || value - value != 0)
			continue;
		snprintf(text, sizeof(text), "%.*g", 1 + (int)(i % 20), value);
		if (strchr(text, 'i'))
			continue;
		/* "1e+308" rounded up is no finite number any more */
		if (strtod(text, NULL) - strtod(text, NULL) == 0)
			same_double(text);
		snprintf(text, sizeof(text), "%lld.%02u", (long long)(seed >> (i % 50)) / 100,
			 i % 100);
		same_double(text);
	}
}

static void beyond_a_double(void **state)
{
	double value = 1;

	(void)state;
	assert_false(to_double("1e309", &value));
	assert_false(to_double("-1e309", &value));
	assert_false(to_double("1e999999999999999999999", &value));
	assert_false(to_double("179769313486231580793e289", &value));
	assert_true(value == 1);
	assert_true(to_double("1e-999999999999999999999", &value));
	assert_true(value == 0);
}

static void integers(void **state)
{
	struct sl_number number;
	int64_t value = 5;

	(void)state;
	assert_true(sl_number_scan("-9223372036854775808", 20, &number));
	assert_true(sl_number_int(&number, &value));
	assert_true(value == INT64_MIN);
	assert_true(sl_number_scan("9223372036854775808", 19, &number));
	assert_false(sl_number_int(&number, &value));
	assert_true(sl_number_scan("10000000000000000000000000000000000000", 38, &number));
	assert_true(number.cut);
	assert_false(sl_number_int(&number, &value));
	assert_true(value == INT64_MIN);
	assert_true(sl_number_scan("12,", 3, &number));
	assert_int_equal(number.bytes, 2);
	assert_true(number.whole);
	assert_true(sl_number_scan("1e2", 3, &number));
	assert_false(number.whole);
	/* the bound is the token's, not a character's */
	assert_true(sl_number_scan("123456", 3, &number));
	assert_int_equal(number.mantissa, 123);
	assert_false(sl_number_scan("-1", 1, &number));
	assert_false(sl_number_scan("1.5", 2, &number));
	assert_false(sl_number_scan("1e5", 2, &number));
	assert_false(sl_number_scan("", 0, &number));
}

/* The short way must judge as the long one does, whatever stands there. */
static void short_numbers(void **state)
{
	static const char others[] = "..--+eE0/:a ";
	uint64_t seed = 3;

	(void)state;
	for (unsigned i = 0; i < 400000; i++) {
		struct sl_number plain = {0}, number = {0};
		char text[64];
		uint32_t bytes, at[2] = {0};
		bool is_number;

		seed = seed * 6364136223846793005ull + 1442695040888963407ull;
		bytes = 1 + (uint32_t)(seed >> 40) % 20;
		memset(text, "7.\""[i % 3], sizeof(text)); /* what stands behind must not matter */
		for (uint32_t j = 0; j < bytes; j++) {
			seed = seed * 6364136223846793005ull + 1442695040888963407ull;
			text[j] = (char)('0' + (seed >> 33) % 10);
		}
		if (i % 4)
			text[(seed >> 20) % bytes] = others[(seed >> 50) % (sizeof(others) - 1)];
		if (i % 8 > 5)
			text[0] = '-';
		at[1] = bytes;
		is_number = sl_number_scan(text, bytes, &plain) && plain.bytes == bytes;
		if (is_number || text[bytes - 1] != ' ')
			assert_int_equal(sl_token_number((const uint8_t *)text, at, &number),
					 is_number);
		if (!is_number)
			continue;
		assert_true(number.mantissa == plain.mantissa);
		assert_int_equal(number.exponent, plain.exponent);
		assert_int_equal(number.bytes, plain.bytes);
		assert_int_equal(number.negative, plain.negative);
		assert_int_equal(number.whole, plain.whole);
		assert_int_equal(number.cut, plain.cut);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(doubles),         cmocka_unit_test(random_doubles),
		cmocka_unit_test(beyond_a_double), cmocka_unit_test(integers),
		cmocka_unit_test(short_numbers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
