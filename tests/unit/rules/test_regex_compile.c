#include "regex_fixture.h"

#include "base/regex.h"

static void test_layout(void **state)
{
	struct regex_rig rig;
	const struct sl_regex *regex = regex_compile(&rig, "xa*y");

	(void)state;
	assert_int_equal(sl_regex_check(rig.blob.at, rig.blob.bytes), 0);
	assert_int_equal(regex->bytes, rig.blob.bytes);
	assert_int_equal(regex->positions, 3);
	assert_int_equal(regex->words, 1);
	assert_int_equal(regex->classes, 4); /* x, a, y and all else */
	assert_int_equal(regex->groups, 1);  /* from x to y: the rest is shift and loop */
	assert_int_equal(regex->ranges, 1);
	assert_int_equal(regex->flags, SL_REGEX_SKIP | SL_REGEX_SKIP_ONE);
	assert_int_equal(regex->start_byte, 'x');
	regex_end(&rig);
}

/* A blob goes behind whatever the buffer has already. */
static void test_appends(void **state)
{
	struct regex_rig rig;
	uint32_t bytes = regex_compile(&rig, "abc")->bytes;

	(void)state;
	assert_int_equal(bytes % 8, 0);
	assert_int_equal(sl_regex_compile(&rig.tree, &rig.blob, &rig.fault), 0);
	assert_int_equal(rig.blob.bytes, 2 * bytes);
	assert_memory_equal(rig.blob.at, rig.blob.at + bytes, bytes);
	regex_end(&rig);
}

static void assert_positions(const char *pattern, uint32_t positions)
{
	struct regex_rig rig;

	assert_int_equal(regex_compile(&rig, pattern)->positions, positions);
	assert_int_equal(sl_regex_check(rig.blob.at, rig.blob.bytes), 0);
	regex_end(&rig);
}

static void test_positions(void **state)
{
	(void)state;
	/* a class is one position, however many characters it has */
	assert_positions("x\\pLy", 3);
	assert_positions("x[가-힣]{5,10}y", 12);
	assert_positions("xa{3,}y", 5);
	/* kinds that an assertion tells apart are positions of their own */
	assert_positions("x.y\\b", 4);
	assert_positions("(?m)x[^a]y$", 4);
	assert_positions("\\bcat\\b", 3);
	assert_positions("a*", 0);
	assert_positions("[^\\x00-\\x{10ffff}]", 0);
	assert_positions("x(?:a{31}){32}y", 994);
}

static void test_flags(void **state)
{
	struct regex_rig rig;

	(void)state;
	assert_int_equal(regex_compile(&rig, "^ab")->flags, SL_REGEX_ANCHORED);
	regex_end(&rig);
	assert_true(regex_compile(&rig, "a*$")->flags & SL_REGEX_ALWAYS);
	assert_true(sl_regex_is_always(&rig.tree));
	regex_end(&rig);
	assert_true(regex_compile(&rig, "\\b|\\B")->flags & SL_REGEX_ALWAYS);
	regex_end(&rig);
	assert_int_equal(regex_compile(&rig, "\\b")->flags, 0);
	assert_false(sl_regex_is_always(&rig.tree));
	regex_end(&rig);
	assert_int_equal(regex_compile(&rig, "^$")->flags, SL_REGEX_ANCHORED);
	regex_end(&rig);
	assert_int_equal(regex_compile(&rig, "[ab]c")->flags, SL_REGEX_SKIP);
	regex_end(&rig);
}

static void assert_too_large(const char *pattern, uint32_t offset)
{
	static const uint64_t before = 0x0123456789abcdef;
	struct regex_rig rig;

	regex_parse(&rig, pattern);
	sl_buffer_add(&rig.blob, &before, sizeof(before));
	assert_int_equal(sl_regex_compile(&rig.tree, &rig.blob, &rig.fault), -SL_E_RULES);
	assert_int_equal(rig.fault.kind, SL_REGEX_TOO_LARGE);
	assert_int_equal(rig.fault.offset, offset);
	assert_non_null(strstr(rig.fault.message, "1024"));
	assert_non_null(strstr(rig.fault.hint, "lower"));
	assert_int_equal(rig.blob.bytes, sizeof(before));
	regex_end(&rig);
}

static void test_too_large(void **state)
{
	static const char nothing[] = "[^\\x00-\\x{10ffff}]";
	char pattern[SL_REGEX_PATTERN_BYTES_MAX] = "x(?:a";
	struct regex_rig rig;

	(void)state;
	assert_positions("x[ab]{1000}y{22}z", 1024);
	assert_too_large("x[ab]{1000}y{23}z", 16);
	assert_too_large("x(?:a(?:b|c)){1000}z", 8);
	/* what takes nothing, and very often, is too large all the same */
	for (unsigned i = 0; i < 200; i++)
		strcat(pattern, nothing);
	strcat(pattern, "a){1000}y");
	regex_parse(&rig, pattern);
	assert_int_equal(sl_regex_compile(&rig.tree, &rig.blob, &rig.fault), -SL_E_RULES);
	assert_int_equal(rig.fault.kind, SL_REGEX_TOO_LARGE);
	regex_end(&rig);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_layout),    cmocka_unit_test(test_appends),
		cmocka_unit_test(test_positions), cmocka_unit_test(test_flags),
		cmocka_unit_test(test_too_large),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
