/* The module of wires is found beside the program, and its absence is a sentence. The program is
 * copied for that: what lies beside the original is not the test's. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "io/dpdk.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *module_path;
static char directory[64];

static void run(const char *format, ...) __attribute__((format(printf, 1, 2)));

static void run(const char *format, ...)
{
	char command[1024];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(command, sizeof(command), format, arguments);
	va_end(arguments);
	assert_int_equal(system(command), 0);
}

static int make(void **state)
{
	(void)state;
	strcpy(directory, "/tmp/sluice-load-XXXXXX");
	assert_non_null(mkdtemp(directory));
	run("mkdir %s/bin && cp /proc/%d/exe %s/bin/program", directory, (int)getpid(), directory);
	return 0;
}

static int drop(void **state)
{
	(void)state;
	run("rm -r %s", directory);
	return 0;
}

/* What the copy says of loading it: "0", or an error and the sentence. */
static const char *loaded(void)
{
	static char text[SL_SENTENCE_BYTES + 32];
	char command[128];
	FILE *pipe;
	size_t n;

	snprintf(command, sizeof(command), "%s/bin/program load", directory);
	pipe = popen(command, "r");
	assert_non_null(pipe);
	n = fread(text, 1, sizeof(text) - 1, pipe);
	text[n] = '\0';
	assert_int_equal(pclose(pipe), 0);
	return text;
}

static void without_it_is_a_sentence(void **state)
{
	(void)state;
	assert_non_null(
		strstr(loaded(), "there are wires, and no sluice-dpdk.so beside this program"));
	assert_non_null(strstr(loaded(), "install the package"));
}

static void it_may_lie_beside(void **state)
{
	(void)state;
	run("cp %s %s/bin/", module_path, directory);
	assert_string_equal(loaded(), "0 dpdk\n");
}

static void it_may_lie_where_it_is_installed(void **state)
{
	(void)state;
	run("mkdir -p %s/" SL_MODULES " && cp %s %s/" SL_MODULES, directory, module_path,
	    directory);
	assert_string_equal(loaded(), "0 dpdk\n");
}

static void something_else_under_its_name_is_refused(void **state)
{
	(void)state;
	run("echo nothing > %s/bin/sluice-dpdk.so", directory);
	assert_non_null(strstr(loaded(), "DPDK cannot be loaded: "));
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(without_it_is_a_sentence, make, drop),
		cmocka_unit_test_setup_teardown(it_may_lie_beside, make, drop),
		cmocka_unit_test_setup_teardown(it_may_lie_where_it_is_installed, make, drop),
		cmocka_unit_test_setup_teardown(something_else_under_its_name_is_refused, make,
						drop),
	};
	char why[SL_SENTENCE_BYTES] = "";

	if (argc == 2 && !strcmp(argv[1], "load")) {
		const struct sl_dpdk_module *module;
		int error = sl_dpdk_load(&module, why);

		printf("%d %s\n", error, error ? why : module->ops->name);
		return 0;
	}
	assert_int_equal(argc, 2);
	module_path = argv[1];
	return cmocka_run_group_tests(tests, NULL, NULL);
}
