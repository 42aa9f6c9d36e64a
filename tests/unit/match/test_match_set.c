#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "match/match_priv.h"
#include "sluice/error.h"
#include "tests/unit/match/literals.h"

#include <stdlib.h>
#include <string.h>

static struct sl_literals literals;

static void *build(size_t *ret_n)
{
	struct sl_builder builder;
	uint32_t trigger;
	void *file;

	literals.n = 0;
	sl_builder_init(&builder);
	sl_builder_field(&builder, "id", SL_TYPE_STRING, SL_ROLE_ID, 0);
	for (unsigned i = 1; i < 18; i++)
		sl_builder_field(&builder, "type", SL_TYPE_STRING, SL_ROLE_NONE,
				 i % 17 ? 0 : SL_FIELD_SCANNED);
	sl_builder_campaign(&builder, "campaign");
	trigger = sl_builder_trigger(&builder, 0, NULL, 0);
	sl_literals_add(&literals, &builder, SL_ATOM_EQUALS, 17, "login", 5, &trigger, 1);
	sl_literals_compile(&literals, &builder, 1, true);
	file = sl_builder_finish(&builder, SL_FILE_RULESET, ret_n);
	sl_builder_fini(&builder);
	return file;
}

static int load(void *file, size_t n, char *why)
{
	struct sl_artifact *artifact;
	struct sl_match_set *set;
	int error;

	assert_int_equal(sl_artifact_view(file, n, &artifact, why), 0);
	error = sl_match_set_new(artifact, &set, why);
	if (!error) {
		assert_int_equal(set->n_scanned, 1);
		assert_int_equal(set->scanned[0].slot, 17);
		assert_memory_equal(set->scanned[0].head, "\x01\x31\x61\x02", 4);
		sl_match_set_free(set);
	}
	sl_artifact_close(artifact);
	return error;
}

static void test_own_databases_load(void **state)
{
	char why[SL_SENTENCE_BYTES];
	size_t n;
	void *file = build(&n);

	(void)state;
	assert_int_equal(load(file, n, why), 0);
	sl_match_set_free(NULL);
	free(file);
}

static void test_another_library_is_refused(void **state)
{
	char why[SL_SENTENCE_BYTES] = "";
	size_t n;
	void *file = build(&n);
	struct sl_ruleset_meta *meta = sl_built_section(file, SL_SECTION_META);

	(void)state;
	meta->patterns.bytes--;
	sl_built_seal(file, n);
	assert_int_equal(load(file, n, why), -SL_E_PATTERNS);
	assert_non_null(strstr(why, "library"));
	assert_int_equal(load(file, n, NULL), -SL_E_PATTERNS);
	free(file);
}

static void test_another_cpu_is_refused(void **state)
{
	char why[SL_SENTENCE_BYTES] = "";
	size_t n;
	void *file = build(&n);
	struct sl_ruleset_meta *meta = sl_built_section(file, SL_SECTION_META);

	(void)state;
	meta->cpu_features |= 1ull << 63;
	sl_built_seal(file, n);
	assert_int_equal(load(file, n, why), -SL_E_PATTERNS);
	assert_non_null(strstr(why, "CPU"));
	free(file);
}

/* Its hash holds, but the library does not know it. */
static void test_a_database_that_is_none(void **state)
{
	char why[SL_SENTENCE_BYTES] = "";
	struct sl_builder builder;
	size_t n;
	void *file;

	(void)state;
	sl_builder_init(&builder);
	literals.n = 0;
	sl_literals_compile(&literals, &builder, 0, true); /* meta of this machine */
	sl_builder_database(&builder, "these bytes are no pattern database at all", 42);
	file = sl_builder_finish(&builder, SL_FILE_RULESET, &n);
	assert_int_equal(load(file, n, why), -SL_E_PATTERNS);
	assert_true(why[0] != '\0');
	sl_builder_fini(&builder);
	free(file);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_own_databases_load),
		cmocka_unit_test(test_another_library_is_refused),
		cmocka_unit_test(test_another_cpu_is_refused),
		cmocka_unit_test(test_a_database_that_is_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
