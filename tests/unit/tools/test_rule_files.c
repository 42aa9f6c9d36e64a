#include "tools/sluice/rulesets/rule_files.h"

#include <errno.h>
#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static char root[64];

static void put(const char *name, const char *text)
{
	char path[256];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", root, name);
	file = fopen(path, "w");
	assert_non_null(file);
	fputs(text, file);
	fclose(file);
}

static void make_directory(const char *name)
{
	char path[256];

	snprintf(path, sizeof(path), "%s/%s", root, name);
	assert_int_equal(mkdir(path, 0700), 0);
}

static int remove_one(const char *path, const struct stat *stat_now, int kind, struct FTW *walk)
{
	(void)stat_now;
	(void)kind;
	(void)walk;
	return remove(path);
}

static int set_up(void **state)
{
	(void)state;
	strcpy(root, "/tmp/sluice-rules-XXXXXX");
	return mkdtemp(root) ? 0 : -1;
}

static int tear_down(void **state)
{
	(void)state;
	return nftw(root, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

static const char *name_at(const json_t *files, size_t i)
{
	return json_string_value(json_object_get(json_array_get(files, i), "name"));
}

/* An unset variable of a script: "/" with a name behind it is the whole machine. */
static void an_empty_name_is_no_directory(void **state)
{
	json_t *files, *schema;

	(void)state;
	assert_int_equal(sl_rule_files_read("sluice load", "", NULL, &files, &schema), 3);
}

static void sorted_and_without_what_is_no_campaign(void **state)
{
	json_t *files, *schema;

	(void)state;
	make_directory("b");
	make_directory(".git");
	put("c.yaml", "three");
	put("a.yml", "one: 해지");
	put("b/x.yaml", "two");
	put(".hidden.yaml", "no");
	put(".git/x.yaml", "no");
	put("readme.md", "no");
	put("schema.yaml", "fields:");
	assert_int_equal(sl_rule_files_read("sluice load", root, NULL, &files, &schema), 0);
	assert_int_equal(json_array_size(files), 3);
	assert_string_equal(name_at(files, 0), "a.yml");
	assert_string_equal(name_at(files, 1), "b/x.yaml");
	assert_string_equal(name_at(files, 2), "c.yaml");
	assert_string_equal(json_string_value(json_object_get(json_array_get(files, 0), "text")),
			    "one: 해지");
	assert_string_equal(json_string_value(json_object_get(schema, "text")), "fields:");
	json_decref(files);
	json_decref(schema);
}

static void a_schema_by_name_takes_the_place_of_the_own(void **state)
{
	json_t *files, *schema;
	char path[128];

	(void)state;
	put("schema.yaml", "own");
	put("bank.yaml", "bank");
	put("a.yaml", "campaign");
	snprintf(path, sizeof(path), "%s/bank.yaml", root);
	assert_int_equal(sl_rule_files_read("sluice load", root, path, &files, &schema), 0);
	assert_int_equal(json_array_size(files), 1);
	assert_string_equal(name_at(files, 0), "a.yaml");
	assert_string_equal(json_string_value(json_object_get(schema, "text")), "bank");
	json_decref(files);
	json_decref(schema);
}

static void without_a_schema_it_is_null(void **state)
{
	json_t *files, *schema;

	(void)state;
	put("a.yaml", "campaign");
	assert_int_equal(sl_rule_files_read("sluice load", root, NULL, &files, &schema), 0);
	assert_true(json_is_null(schema));
	json_decref(files);
}

static void what_cannot_be_read_is_an_error(void **state)
{
	json_t *files = NULL, *schema = NULL;
	char path[128];

	(void)state;
	assert_int_equal(
		sl_rule_files_read("sluice load", "/nonexistent/rules", NULL, &files, &schema), 3);
	snprintf(path, sizeof(path), "%s/missing.yaml", root);
	assert_int_equal(sl_rule_files_read("sluice load", root, path, &files, &schema), 3);
	put("a.yaml", "campaign: \xff\xfe");
	assert_int_equal(sl_rule_files_read("sluice load", root, NULL, &files, &schema), 3);
	assert_null(files);
	assert_null(schema);
}

static void a_loop_of_links_ends(void **state)
{
	json_t *files = NULL, *schema = NULL;
	char path[128];

	(void)state;
	put("a.yaml", "campaign");
	snprintf(path, sizeof(path), "%s/again", root);
	assert_int_equal(symlink(".", path), 0);
	assert_int_equal(sl_rule_files_read("sluice load", root, NULL, &files, &schema), 3);
	assert_null(files);
}

static void links_to_directories_are_followed(void **state)
{
	json_t *files, *schema;
	char path[128];

	(void)state;
	make_directory("b");
	put("b/x.yaml", "campaign");
	snprintf(path, sizeof(path), "%s/c", root);
	assert_int_equal(symlink("b", path), 0);
	snprintf(path, sizeof(path), "%s/notes", root);
	assert_int_equal(symlink("nowhere", path), 0);
	assert_int_equal(sl_rule_files_read("sluice load", root, NULL, &files, &schema), 0);
	assert_int_equal(json_array_size(files), 2);
	assert_string_equal(name_at(files, 1), "c/x.yaml");
	json_decref(files);
	snprintf(path, sizeof(path), "%s/gone.yaml", root);
	assert_int_equal(symlink("nowhere", path), 0);
	assert_int_equal(sl_rule_files_read("sluice load", root, NULL, &files, &schema), 3);
}

/* Nobody writes into it: a test that waits is one that hangs. */
static void a_pipe_is_no_schema(void **state)
{
	json_t *files = NULL, *schema = NULL;
	char path[128];

	(void)state;
	put("a.yaml", "campaign");
	snprintf(path, sizeof(path), "%s/pipe", root);
	assert_int_equal(mkfifo(path, 0600), 0);
	assert_int_equal(sl_rule_files_read("sluice load", root, path, &files, &schema), 3);
	assert_null(files);
}

/* As `sluice check` says, and the gateway: a campaign that is not read is missed by nobody. */
static void a_pipe_is_no_campaign(void **state)
{
	json_t *files = NULL, *schema = NULL;
	char path[128];

	(void)state;
	put("a.yaml", "campaign");
	snprintf(path, sizeof(path), "%s/pipe", root);
	assert_int_equal(mkfifo(path, 0600), 0);
	assert_int_equal(sl_rule_files_read("sluice load", root, NULL, &files, &schema), 0);
	json_decref(files);
	files = NULL;
	snprintf(path, sizeof(path), "%s/b.yaml", root);
	assert_int_equal(symlink("/dev/null", path), 0);
	assert_int_equal(sl_rule_files_read("sluice load", root, NULL, &files, &schema), 3);
	assert_null(files);
}

int main(void)
{
#define IN_A_DIRECTORY(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_empty_name_is_no_directory),
		IN_A_DIRECTORY(sorted_and_without_what_is_no_campaign),
		IN_A_DIRECTORY(a_schema_by_name_takes_the_place_of_the_own),
		IN_A_DIRECTORY(without_a_schema_it_is_null),
		IN_A_DIRECTORY(what_cannot_be_read_is_an_error),
		IN_A_DIRECTORY(a_loop_of_links_ends),
		IN_A_DIRECTORY(links_to_directories_are_followed),
		IN_A_DIRECTORY(a_pipe_is_no_schema),
		IN_A_DIRECTORY(a_pipe_is_no_campaign),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
