/* Every allocation on a pattern's way fails once: the answer is "no memory", nothing crashes or
 * leaks. The linker sends the compiler's allocations here. */
#include "failing_memory.h"
#include "regex_fixture.h"

#include <errno.h>
#include <stdlib.h>

static int all_steps(const char *pattern)
{
	struct regex_rig rig = {0};
	struct sl_regex_filter filter;
	struct sl_slice literal;
	int error = sl_regex_parse(sl_slice_of(pattern), &rig.arena, &rig.tree, &rig.fault);

	if (!error)
		error = sl_regex_compile(&rig.tree, &rig.blob, &rig.fault);
	if (!error)
		error = sl_regex_filter(&rig.tree, 1, &rig.arena, &filter);
	if (!error)
		error = sl_regex_required_literal(&rig.tree, &rig.arena, &literal);
	regex_end(&rig);
	return error;
}

static void every_allocation_may_fail(void **state)
{
	static const char *const patterns[] = {
		"abc", "(?mi)^[^a-c[:^digit:]]+(?:\\pL\\W|x{2,300})*\\b\\p{Lu}$",
		"(?:a.|b|^|c){30}\\Qq\\E"};

	(void)state;
	for (size_t i = 0; i < sizeof(patterns) / sizeof(*patterns); i++) {
		for (unsigned long n = 0;; n++) {
			int error;

			allocations = 0;
			failing = n;
			error = all_steps(patterns[i]);
			failing = 0;
			assert_int_equal(error, n > 0 && n <= allocations ? -ENOMEM : 0);
			if (n > allocations)
				break;
		}
		assert_true(allocations > 10);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(every_allocation_may_fail)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
