/* Every allocation of a compilation fails once: the answer is "no memory", nothing crashes, leaks
 * or is half written. The linker sends the compiler's allocations here. */
#include "failing_memory.h"
#include "rules_fixture.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static const char campaigns[] =
	"campaign: one\nowner: o\nkind: service\nvalid: {from: 2026-01-01}\n"
	"match: type in [\"a\", \"b\"] && amount in [1, 2] && text.contains(\"x\\u0001\") && rate "
	"> 2.5\n"
	"send: {channel: push, template: T, data: {a: amount, b: \"x\", c: 2.5}}\n"
	"---\ncampaign: two\nkind: service\nmatch: [{start: overseas && amount > 5}]\n"
	"---\ncampaign: three\nkind: service\nmatch: type == \"a\" && customer == \"C\"\n"
	"---\ncampaign: four\nkind: service\nmatch: |\n"
	"  type == \"b\" + \"c\" && tags.map(t, [t]).exists(l, l == [\"a\"] + []) &&\n"
	"  {\"a\": 1, \"b\": amount}.a == 1 && text.matches(r\"^a+(b|c)$\") &&\n"
	"  (has(rate) ? [rate] : []).all(r, r > 1.5) && time.getHours(\"Asia/Seoul\") > 9\n";

static void every_allocation_may_fail(void **state)
{
	struct sl_rules_options options = {0};
	char directory[64], previous[128], path[128];

	(void)state;
	make_directory(directory);
	snprintf(previous, sizeof(previous), "%s/previous", directory);
	snprintf(path, sizeof(path), "%s/artifact", directory);
	write_file(directory, "schema.yaml", test_schema);
	write_file(directory, "campaigns.yaml", campaigns);
	for (unsigned long n = 0;; n++) {
		struct sl_diagnostics *diagnostics = sl_diagnostics_new();
		int error;

		options.previous = n > 0 ? previous : NULL;
		allocations = 0;
		failing = n;
		error = sl_rules_compile(directory, &options, n > 0 ? path : previous, diagnostics,
					 NULL);
		failing = 0;
		if (error != (n > 0 && n <= allocations ? -ENOMEM : 0))
			print_error("allocation %lu of %lu\n", n, allocations);
		assert_int_equal(error, n > 0 && n <= allocations ? -ENOMEM : 0);
		assert_int_equal(access(path, F_OK), n > 0 && error == 0 ? 0 : -1);
		assert_int_equal(sl_diagnostics_count(diagnostics, SL_SEVERITY_ERROR), 0);
		sl_diagnostics_free(diagnostics);
		if (n > allocations)
			break;
	}
	remove_directory(directory);
}

/* With pieces of the campaigns beside: what cannot be kept is not told, so that 0 is right as long
 * as there is an artifact. Some come from pieces, some are read. */
static void with_pieces(void **state)
{
	char directory[64], cache[80], kept[96], path[128], command[512];
	struct sl_rules_options options = {.cache = cache};
	struct sl_diagnostics *diagnostics;
	unsigned told = 0;

	(void)state;
	make_directory(directory);
	snprintf(cache, sizeof(cache), "%s/.cache", directory);
	snprintf(kept, sizeof(kept), "%s.kept", cache);
	snprintf(path, sizeof(path), "%s/artifact", directory);
	snprintf(command, sizeof(command), "rm -rf %s && cp -r %s %s && rm -f %s", cache, kept,
		 cache, path);
	write_file(directory, "schema.yaml", test_schema);
	write_file(directory, "campaigns.yaml", campaigns);
	diagnostics = sl_diagnostics_new();
	assert_int_equal(sl_rules_compile(directory, &options, path, diagnostics, NULL), 0);
	sl_diagnostics_free(diagnostics);
	assert_int_equal(rename(cache, kept), 0);
	write_file(directory, "more.yaml",
		   "campaign: five\nkind: service\nmatch: type == \"a\" && type == \"a\" && amount "
		   "== 9\n");
	for (unsigned long n = 1;; n++) {
		int error;

		diagnostics = sl_diagnostics_new();
		assert_int_equal(system(command), 0);
		allocations = 0;
		failing = n;
		error = sl_rules_compile(directory, &options, path, diagnostics, NULL);
		failing = 0;
		assert_true(error == 0 || (error == -ENOMEM && n <= allocations));
		assert_int_equal(access(path, F_OK), error ? -1 : 0);
		told += error != 0;
		sl_diagnostics_free(diagnostics);
		if (n > allocations)
			break;
	}
	assert_true(told > 20);
	remove_directory(directory);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(every_allocation_may_fail),
					   cmocka_unit_test(with_pieces)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
