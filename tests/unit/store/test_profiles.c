#include "fixture.h"

#include "store/profiles.h"

static void put_profile(struct fixture *f, uint16_t partition, const char *key, int wrong)
{
	struct {
		struct sl_profile_header header;
		struct sl_profile_attribute attribute;
		char text[4];
	} profile = {
		.header = {.layout = SL_PROFILES_VERSION, .attributes = 1, .version = 9},
		.attribute = {.attribute = 1, .type = SL_TYPE_STRING, .value = 4},
		.text = "gold",
	};
	uint8_t name[2 + SL_PROFILE_KEY_MAX] = {(uint8_t)(partition >> 8), (uint8_t)partition};

	memcpy(name + 2, key, strlen(key));
	profile.header.layout += wrong == 1;
	profile.header.attributes = wrong == 2 ? 2 : wrong == 3 ? UINT32_MAX : 1;
	profile.header.check =
		XXH3_64bits(&profile.attribute, sizeof(profile) - sizeof(profile.header));
	profile.text[0] ^= wrong == 4;
	other_put(f->cursors, name, 2 + strlen(key), &profile, wrong == 5 ? 10 : sizeof(profile));
}

static struct sl_text text(const char *at)
{
	return (struct sl_text){.at = at, .bytes = (uint32_t)strlen(at)};
}

static void test_known_and_unknown(void **state)
{
	const struct sl_profile_header *profile = NULL;
	struct fixture *f = *state;
	struct sl_profiles *profiles, *other;

	IN_CHILD(put_profile(f, 300, "C00012345", 0));
	assert_int_equal(sl_profiles_open(f->cursors, &profiles), 0);
	assert_int_equal(sl_profiles_open(f->cursors, &other), 0); /* one per worker */
	assert_int_equal(sl_profile_get(profiles, 300, text("C00012345"), &profile), 1);
	assert_int_equal(profile->version, 9);
	assert_int_equal(sl_profile_get(other, 300, text("C00012345"), &profile), 1);
	profile = NULL;
	assert_int_equal(sl_profile_get(profiles, 301, text("C00012345"), &profile), 0);
	assert_int_equal(sl_profile_get(profiles, 300, text("C0001234"), &profile), 0);
	assert_int_equal(sl_profile_get(profiles, 300, text(""), &profile), 0);
	assert_null(profile);
	sl_profiles_close(profiles);
	assert_int_equal(sl_profile_get(other, 300, text("C00012345"), &profile), 1);
	sl_profiles_close(other);
	sl_profiles_close(NULL);
}

static void test_keys_of_any_length(void **state)
{
	static char key[SL_PROFILE_KEY_MAX + 1];
	const struct sl_profile_header *profile;
	struct fixture *f = *state;
	struct sl_profiles *profiles;

	IN_CHILD(put_profile(f, 1, "a", 0));
	assert_int_equal(sl_profiles_open(f->cursors, &profiles), 0);
	for (uint32_t n = 1; n <= sizeof(key); n++)
		assert_int_equal(sl_profile_get(profiles, 1,
						(struct sl_text){.at = key, .bytes = n}, &profile),
				 0);
	sl_profiles_close(profiles);
}

static void test_damaged(void **state)
{
	static const int errors[] = {
		0, -SL_E_VERSION, -SL_E_BOUNDS, -SL_E_BOUNDS, -SL_E_DAMAGED, -SL_E_TRUNCATED};
	const struct sl_profile_header *profile = NULL;
	struct fixture *f = *state;
	struct sl_profiles *profiles;

	IN_CHILD(put_profile(f, 1, "a", 0));
	assert_int_equal(sl_profiles_open(f->cursors, &profiles), 0);
	for (int wrong = 1; wrong <= 5; wrong++) {
		IN_CHILD(put_profile(f, 1, "a", wrong));
		sl_profiles_reset(profiles);
		assert_int_equal(sl_profile_get(profiles, 1, text("a"), &profile), errors[wrong]);
		assert_null(profile);
	}
	sl_profiles_close(profiles);
}

/* Until control has made it, everybody is unknown; then it is found without a restart. */
static void test_made_later(void **state)
{
	const struct sl_profile_header *profile;
	struct fixture *f = *state;
	struct sl_profiles *profiles;
	int r = 0;

	assert_int_equal(sl_profiles_open(f->cursors, &profiles), 0);
	assert_int_equal(sl_profile_get(profiles, 1, text("a"), &profile), 0);
	IN_CHILD(put_profile(f, 1, "a", 0));
	for (unsigned i = 0; i < 1000 && r == 0; i++) {
		sl_profiles_reset(profiles);
		r = sl_profile_get(profiles, 1, text("a"), &profile);
	}
	assert_int_equal(r, 1);
	sl_profiles_close(profiles);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_known_and_unknown, fixture_set_up,
						fixture_tear_down),
		cmocka_unit_test_setup_teardown(test_keys_of_any_length, fixture_set_up,
						fixture_tear_down),
		cmocka_unit_test_setup_teardown(test_damaged, fixture_set_up, fixture_tear_down),
		cmocka_unit_test_setup_teardown(test_made_later, fixture_set_up, fixture_tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
