#include "regex_fixture.h"

static struct sl_arena arena;

static const struct sl_regex_set *seal(struct sl_regex_builder *builder)
{
	const struct sl_regex_set *set = sl_regex_set_seal(builder, &arena);

	assert_non_null(set);
	sl_regex_builder_fini(builder);
	return set;
}

static void assert_set(const struct sl_regex_set *set, const struct sl_regex_range *ranges,
		       uint32_t n)
{
	assert_int_equal(set->n, n);
	if (n)
		assert_memory_equal(set->ranges, ranges, n * sizeof(*ranges));
}

static void test_seal(void **state)
{
	const struct sl_regex_range wanted[] = {{1, 9}, {20, 25}};
	struct sl_regex_builder builder = {0};

	(void)state;
	sl_regex_builder_add(&builder, 20, 22);
	sl_regex_builder_add(&builder, 5, 9);
	sl_regex_builder_add(&builder, 21, 25);
	sl_regex_builder_add(&builder, 1, 4);
	sl_regex_builder_add(&builder, 6, 7);
	assert_set(seal(&builder), wanted, 2);
	assert_set(seal(&builder), NULL, 0);
}

static void test_negate(void **state)
{
	const struct sl_regex_range wanted[] = {{0, 9}, {12, SL_CODE_POINT_MAX}};
	const struct sl_regex_range all[] = {{0, SL_CODE_POINT_MAX}};
	struct sl_regex_builder builder = {0};

	(void)state;
	sl_regex_builder_add(&builder, 10, 11);
	sl_regex_builder_negate(&builder);
	assert_set(seal(&builder), wanted, 2);
	sl_regex_builder_negate(&builder);
	assert_set(seal(&builder), all, 1);
	sl_regex_builder_add(&builder, 0, SL_CODE_POINT_MAX);
	sl_regex_builder_negate(&builder);
	assert_set(seal(&builder), NULL, 0);
}

static void test_part(void **state)
{
	const struct sl_regex_range words[] = {{'0', '9'}, {'A', 'B'}}, rest[] = {{':', '@'}};
	struct sl_regex_builder builder = {0};
	const struct sl_regex_set *set;

	(void)state;
	sl_regex_builder_add(&builder, '0', 'B');
	set = seal(&builder);
	assert_set(sl_regex_set_part(set, sl_regex_words, 4, false, &arena), words, 2);
	assert_set(sl_regex_set_part(set, sl_regex_words, 4, true, &arena), rest, 1);
	assert_int_equal(sl_regex_set_count(set), 'B' - '0' + 1);
	assert_true(sl_regex_set_has(set, '0') && sl_regex_set_has(set, 'B'));
	assert_false(sl_regex_set_has(set, '0' - 1) || sl_regex_set_has(set, 'C'));
}

/* Each encoding there and back, and what lies between them refused. */
static void test_utf8(void **state)
{
	uint8_t bytes[4];
	uint32_t code;

	(void)state;
	for (uint32_t wanted = 0; wanted <= SL_CODE_POINT_MAX; wanted++) {
		uint32_t n = sl_regex_encode(wanted, bytes);

		code = UINT32_MAX;
		if (wanted >= 0xd800 && wanted < 0xe000) {
			assert_int_equal(sl_regex_decode((const char *)bytes, n, &code), 0);
			continue;
		}
		assert_int_equal(sl_regex_decode((const char *)bytes, n, &code), n);
		assert_int_equal(code, wanted);
		assert_int_equal(sl_regex_decode((const char *)bytes, n - 1, &code), 0);
	}
	assert_int_equal(sl_regex_decode("\xc0\x80", 2, &code), 0);
	assert_int_equal(sl_regex_decode("\xe0\x80\x80", 3, &code), 0);
	assert_int_equal(sl_regex_decode("\xf4\x90\x80\x80", 4, &code), 0);
	assert_int_equal(sl_regex_decode("\x80", 1, &code), 0);
}

static bool in_sequence(const struct sl_regex_sequence *sequence, const uint8_t *bytes, uint32_t n)
{
	if (sequence->n != n)
		return false;
	for (uint32_t i = 0; i < n; i++)
		if (bytes[i] < sequence->first[i] || bytes[i] > sequence->last[i])
			return false;
	return true;
}

/* Of a range's sequences exactly one has each of its characters, and none another. */
static void test_sequences(void **state)
{
	const struct sl_regex_range ranges[] = {
		{0, 0x10ffff},    {0xac00, 0xd7a3},  {0x7f, 0x80},     {0x7ff, 0x801},
		{0xd7ff, 0xe000}, {0xffff, 0x10000}, {0x3041, 0x30ff}, {0x1f600, 0x1f64f}};

	(void)state;
	for (size_t i = 0; i < sizeof(ranges) / sizeof(*ranges); i++) {
		struct sl_regex_sequence sequences[64];
		struct sl_regex_range left = ranges[i];
		uint32_t n = 0, from = ranges[i].first ? ranges[i].first - 1 : 0;

		while (sl_regex_next_sequence(&left, &sequences[n]))
			assert_true(++n < 64);
		for (uint32_t code = from; code <= SL_CODE_POINT_MAX && code <= ranges[i].last + 1;
		     code++) {
			bool wanted = code >= ranges[i].first && code <= ranges[i].last &&
				      (code < 0xd800 || code >= 0xe000);
			uint32_t found = 0, length;
			uint8_t bytes[4];

			length = sl_regex_encode(code, bytes);
			for (uint32_t j = 0; j < n; j++)
				found += in_sequence(&sequences[j], bytes, length);
			assert_int_equal(found, wanted);
		}
	}
}

/* Whatever is equal to a letter is equal to all that are equal to it. */
static void test_fold_is_mutual(void **state)
{
	(void)state;
	for (uint32_t code = 0; code < 0x1ffff; code++) {
		struct sl_regex_builder builder = {0};
		const struct sl_regex_set *set;

		sl_regex_builder_add(&builder, code, code);
		sl_regex_builder_fold(&builder);
		set = seal(&builder);
		assert_true(sl_regex_set_has(set, code) && sl_regex_set_count(set) <= 4);
		for (uint32_t i = 0; i < set->n && sl_regex_set_count(set) > 1; i++) {
			const struct sl_regex_set *other;

			sl_regex_builder_add(&builder, set->ranges[i].last, set->ranges[i].last);
			sl_regex_builder_fold(&builder);
			other = seal(&builder);
			assert_set(other, set->ranges, set->n);
		}
		sl_arena_reset(&arena);
	}
}

static void test_names(void **state)
{
	struct sl_regex_builder builder = {0};
	const struct sl_regex_set *set;

	(void)state;
	assert_false(sl_regex_add_property(&builder, sl_slice_of("Xx")));
	assert_false(sl_regex_add_property(&builder, sl_slice_of("LuLl")));
	assert_false(sl_regex_add_property(&builder, sl_slice_of("")));
	assert_false(sl_regex_add_posix(&builder, sl_slice_of("Alpha")));
	assert_false(sl_regex_add_perl(&builder, 'x'));
	assert_true(sl_regex_add_property(&builder, sl_slice_of("Hangul")));
	set = seal(&builder);
	assert_true(sl_regex_set_has(set, 0xac00) && sl_regex_set_has(set, 0x1100));
	assert_false(sl_regex_set_has(set, 0x4e00) || sl_regex_set_has(set, 'a'));
	assert_true(sl_regex_add_property(&builder, sl_slice_of("Lu")));
	set = seal(&builder);
	/* within a run of upper and lower case in turn */
	assert_true(sl_regex_set_has(set, 0x100) && !sl_regex_set_has(set, 0x101));
	assert_true(sl_regex_add_property(&builder, sl_slice_of("Any")));
	assert_int_equal(sl_regex_set_count(seal(&builder)), SL_CODE_POINT_MAX + 1);
}

static int finish(void **state)
{
	(void)state;
	sl_arena_fini(&arena);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_seal),      cmocka_unit_test(test_negate),
		cmocka_unit_test(test_part),      cmocka_unit_test(test_utf8),
		cmocka_unit_test(test_sequences), cmocka_unit_test(test_fold_is_mutual),
		cmocka_unit_test(test_names),
	};

	return cmocka_run_group_tests(tests, NULL, finish);
}
