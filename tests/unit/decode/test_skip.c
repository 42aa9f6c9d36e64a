/* What is JSON and what is not, in values that no schema asks for: at the top, in an object and in
 * an array, so that each stands at the beginning, in the middle and at the end of something. */
#include "fixture.h"

static enum sl_reason decode_around(struct fixture *f, const char *before, const char *value,
				    size_t n, const char *after)
{
	char text[1024];
	size_t n_before = strlen(before), n_after = strlen(after);

	assert_true(n_before + n + n_after < sizeof(text));
	memcpy(text, before, n_before);
	memcpy(text + n_before, value, n);
	memcpy(text + n_before + n, after, n_after);
	return decode_bytes(f, text, n_before + n + n_after);
}

static void check(struct fixture *f, const char *value, size_t n, bool is_json)
{
	static const char *const around[][2] = {
		{"", ""},
		{" ", "\n"},
		{"{\"a\":", "}"},
		{"{\"a\": ", " ,\"b\":1}"},
		{"[", "]"},
		{"[0, ", "\t,\"x\"]"},
		{"{\"a\":[{\"b\":[", "]}]}"},
	};

	for (size_t i = 0; i < sizeof(around) / sizeof(around[0]); i++) {
		enum sl_reason why = decode_around(f, around[i][0], value, n, around[i][1]);
		bool taken = why == SL_WHY_NONE || why == SL_WHY_NOT_AN_OBJECT;

		if (taken != is_json)
			fail_msg("%s%.*s%s: %s", around[i][0], (int)n, value, around[i][1],
				 sl_reason_info(why)->name);
	}
}

static void sound_values(void **state)
{
	static const char *const values[] = {
		"0",
		"-0",
		"1",
		"-1",
		"10",
		"123456789012345678901234567890",
		"0.0",
		"-0.1",
		"1.5e10",
		"1E5",
		"1e+5",
		"1e-5",
		"0e0",
		"0E+1",
		"-0e-9",
		"1e99999",
		"-1e-99999",
		"0.000000000000000000000000000000000001",
		"true",
		"false",
		"null",
		"\"\"",
		"\"a\"",
		"\"\\\"\"",
		"\"\\\\\"",
		"\"\\/\\b\\f\\n\\r\\t\"",
		"\"\\u0000\"",
		"\"\\uFFFF\\uabcd\"",
		"\"\\uD83D\\uDE00\"",
		"\"\\uDBFF\\uDFFF\"",
		"\"\x7f\"",
		"\"\xC2\x80\"",
		"\"\xEA\xB0\x80\"",
		"\"\xF0\x9F\x98\x80\"",
		"\"\xF4\x8F\xBF\xBF\"",
		"\"\xEF\xBB\xBF\"",
		"\"{[,:]}\"",
		"[]",
		"[ ]",
		"{}",
		"{ }",
		"[[]]",
		"[{}]",
		"{\"\":{}}",
		"{\"a\":1,\"a\":2}",
		"[1,2 , 3]",
		"{\"a\" : [ ] , \"b\":{ }}",
		"[\"a\",1,null,true,false,{}]",
	};
	struct fixture *f = fixture_no_schema();

	(void)state;
	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++)
		check(f, values[i], strlen(values[i]), true);
	fixture_free(f);
}

static const char *const unsound[] = {
	/* numbers */
	"-",
	"+1",
	"01",
	"-01",
	"00",
	"1.",
	".5",
	"-.5",
	"1.e5",
	"1e",
	"1e+",
	"1E-",
	"1eE2",
	"1e1.5",
	"0x10",
	"1_0",
	"1a",
	"1 2",
	"- 1",
	"--1",
	"1.2.3",
	"Infinity",
	"-Infinity",
	"NaN",
	"1,",
	"0\"a\"",
	"\xEF\xBC\x91",
	"1\f",
	"12e",
	"-e1",
	/* literals */
	"tru",
	"truex",
	"True",
	"nul",
	"nulll",
	"fals",
	"falsey",
	"none",
	"true false",
	"undefined",
	"t",
	"f",
	"n",
	/* strings */
	"'a'",
	"\"\\x41\"",
	"\"\\u12\"",
	"\"\\u123g\"",
	"\"\\ug000\"",
	"\"\\a\"",
	"\"\\\n\"",
	"\"a\nb\"",
	"\"a\tb\"",
	"\"\x1f\"",
	"\"a",
	"a\"",
	"\"a\"b",
	"\"a\"\"b\"",
	"\"\\\"",
	"\"\\ud800\"",
	"\"\\udc00\"",
	"\"\\ud800\\u0041\"",
	"\"\\ud800\\ud800\"",
	"\"\\ud83d\\u\"",
	"\"\\U0041\"",
	"\\\"a\\\"",
	"`a`",
	"\"\\u 041\"",
	"\"\\\xEA\xB0\x80\"",
	/* structure */
	"[",
	"]",
	"{",
	"}",
	"[1,]",
	"[,1]",
	"[,]",
	"[1,,2]",
	"[1 2]",
	"[1:2]",
	"[}",
	"{]",
	"[1}",
	"{\"a\":1]",
	"[1]]",
	"{\"a\"}",
	"{\"a\":}",
	"{:1}",
	"{\"a\" 1}",
	"{a:1}",
	"{1:1}",
	"{null:1}",
	"{\"a\":1,}",
	"{,\"a\":1}",
	"{\"a\":1,,\"b\":2}",
	"{\"a\"::1}",
	"{\"a\":1:2}",
	"{\"a\",1}",
	"{\"a\":1 \"b\":2}",
	"{\"a\":1}}",
	"[[]",
	"[{]}",
	"{[]:1}",
	"{\"a\":[}",
	",",
	":",
	"[1]#",
	"[/**/1]",
	"[1]//",
	"{\"a\":1}{\"b\":2}",
	"[1][2]",
	"{\"a\":{\"b\"}}",
	"<1>",
	"[\"a\",\n4\n,1,",
	"[\"\": 1]",
	"{\"a\":\"b\"]",
	"{{}}",
	"[1,\v2]",
	"[\x1a]",
	"\x0c",
	"\xC2\xA0",
	"{\"a\":'b'}",
	/* bytes */
	"\xEF\xBB\xBF{}",
	"\xEF\xBB\xBF",
	"\"\xff\"",
	"\"\xC0\xAF\"",
	"\"\xED\xA0\x80\"",
	"\"\xF4\x90\x80\x80\"",
	"\"\xE0\x80\xAF\"",
	"\"\xF8\x88\x80\x80\x80\"",
	"\"\xC3\"",
	"\"\x80\"",
	"\xE5",
	"\"\xEA\xB0\"",
	"[\xff]",
};

static void unsound_values(void **state)
{
	struct fixture *f = fixture_no_schema();

	(void)state;
	for (size_t i = 0; i < sizeof(unsound) / sizeof(unsound[0]); i++)
		check(f, unsound[i], strlen(unsound[i]), false);
	fixture_free(f);
}

static void zero_bytes_and_wide_characters(void **state)
{
	struct fixture *f = fixture_no_schema();

	(void)state;
	check(f, "\0", 1, false);
	check(f, "\"a\0b\"", 5, false);
	check(f, "1\0", 2, false);
	check(f, "\"a\"\0", 4, false);
	assert_int_equal(decode_bytes(f, "{\0\"\0a\0\"\0:\0001\0}\0", 14), SL_WHY_JSON_MALFORMED);
	assert_int_equal(decode_bytes(f, "\0{\0\"\0a\0\"\0:\0001\0}", 14), SL_WHY_JSON_MALFORMED);
	assert_int_equal(sl_reason_info(decode_bytes(f, "\xff\xfe[\0]\0", 6))->kind,
			 SL_REASON_MALFORMED);
	assert_int_equal(decode_bytes(f, "", 0), SL_WHY_JSON_MALFORMED);
	assert_int_equal(decode_bytes(f, "  \n", 3), SL_WHY_JSON_MALFORMED);
	fixture_free(f);
}

static void says_where(void **state)
{
	struct fixture *f = fixture_no_schema();

	(void)state;
	assert_refused(f, "{\"a\":1,\"b\":tru}", SL_WHY_JSON_MALFORMED);
	assert_int_equal(f->fault.offset, 11);
	assert_string_equal(f->fault.detail, "expected a value");
	assert_refused(f, "{\"a\":\"x\\q\"}", SL_WHY_JSON_MALFORMED);
	assert_int_equal(f->fault.offset, 7);
	assert_refused(f, "{\"a\":\"x\xff\"}", SL_WHY_UTF8_INVALID);
	assert_int_equal(f->fault.offset, 7);
	assert_refused(f, "{\"a\":\"x\ny\"}", SL_WHY_JSON_MALFORMED);
	assert_int_equal(f->fault.offset, 7);
	assert_refused(f, "{\"a\\\"\":\"x}", SL_WHY_JSON_MALFORMED);
	assert_int_equal(f->fault.offset, 7);
	assert_string_equal(f->fault.detail, "a string that does not end");
	fixture_free(f);
}

/* Every text that is one sound event, cut at each place, is none. */
static void no_prefix_is_json(void **state)
{
	static const char text[] = "{\"id\":\"a\\u0041\",\"n\":[1.5e3,{\"b\":null}],\"t\":true,"
				   "\"x\":\"\xEA\xB0\x80\"}";
	struct fixture *f = fixture_no_schema();

	(void)state;
	assert_accepted(f, text);
	for (size_t n = 0; n < sizeof(text) - 1; n++) {
		enum sl_reason why = decode_bytes(f, text, n);

		assert_int_equal(sl_reason_info(why)->kind, SL_REASON_MALFORMED);
	}
	fixture_free(f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sound_values),
		cmocka_unit_test(unsound_values),
		cmocka_unit_test(zero_bytes_and_wide_characters),
		cmocka_unit_test(says_where),
		cmocka_unit_test(no_prefix_is_json),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
