#include "fixture.h"

#include <errno.h>

#include "control/dataplane/link.h"
#include "fake_dataplane.h"
#include "sluice/error.h"

static void hello_and_load(void **state)
{
	struct fake_dataplane fake;
	struct fixture fixture;
	struct sl_link link;
	char path[128], artifact[160], why[SL_COMMAND_TEXT_MAX];
	uint64_t live[2];

	(void)state;
	fixture_open(&fixture);
	snprintf(path, sizeof(path), "%s/d.sock", fixture.directory);
	snprintf(artifact, sizeof(artifact), "%s/rulesets/3", fixture.directory);
	assert_int_equal(sl_directory_make(artifact), 0);
	strcat(artifact, "/artifact.bin");
	assert_int_equal(sl_file_replace(artifact, "x", 1), 0);
	sl_link_init(&link);
	assert_false(sl_link_alive(&link));
	assert_int_equal(sl_link_open(&link, path, why), -ENOENT);
	assert_non_null(strstr(why, path));
	fake_start(&fake, path);
	assert_int_equal(sl_link_open(&link, path, why), 0);
	assert_true(sl_link_alive(&link));
	assert_int_equal(link.latest.workers, 2);
	assert_int_equal(link.latest.ruleset, 0);
	assert_int_equal(sl_link_load(&link, artifact, why), 0);
	assert_int_equal(link.latest.ruleset, 3);
	atomic_store(&fake.refuse, -SL_E_PATTERNS);
	assert_int_equal(sl_link_load(&link, artifact, why), -SL_E_PATTERNS);
	assert_string_equal(why, "refused by the stand-in");
	assert_true(sl_link_alive(&link)); /* a refusal ends nothing */
	assert_int_equal(link.latest.ruleset, 3);
	assert_int_equal(sl_link_live(&link, (uint64_t[]){3, 9}, 2, live, why), 0);
	assert_int_equal(live[0], 103);
	assert_int_equal(live[1], 109);
	assert_int_equal(sl_link_live(&link, live, SL_COMMAND_SLOTS_MAX + 1, live, why),
			 -SL_E_LIMIT);
	/* "no" after it was published: some of its workers were held up */
	atomic_store(&fake.refuse, -SL_E_BUSY);
	atomic_store(&fake.ruleset, 4);
	assert_int_equal(sl_link_load(&link, artifact, why), -SL_E_BUSY);
	assert_int_equal(link.latest.ruleset, 4);
	fake_stop(&fake);
	assert_false(sl_link_alive(&link));
	sl_link_close(&link);
	fixture_close(&fixture);
}

static void another_version_is_refused(void **state)
{
	struct fake_dataplane fake;
	struct fixture fixture;
	struct sl_link link;
	char path[128], why[SL_COMMAND_TEXT_MAX];

	(void)state;
	fixture_open(&fixture);
	snprintf(path, sizeof(path), "%s/d.sock", fixture.directory);
	fake_start(&fake, path);
	atomic_store(&fake.version, SL_COMMAND_VERSION + 1);
	sl_link_init(&link);
	assert_int_equal(sl_link_open(&link, path, why), -SL_E_PEER);
	assert_false(sl_link_alive(&link));
	fake_stop(&fake);
	fixture_close(&fixture);
}

static void silence_ends_in_time(void **state)
{
	struct fake_dataplane fake;
	struct fixture fixture;
	struct sl_link link;
	char path[128], why[SL_COMMAND_TEXT_MAX];

	(void)state;
	fixture_open(&fixture);
	snprintf(path, sizeof(path), "%s/d.sock", fixture.directory);
	fake_start(&fake, path);
	atomic_store(&fake.silent, true);
	sl_link_init(&link);
	assert_int_equal(sl_link_open(&link, path, why), -SL_E_PEER);
	fake_stop(&fake);
	fixture_close(&fixture);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(hello_and_load),
		cmocka_unit_test(another_version_is_refused),
		cmocka_unit_test(silence_ends_in_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
