/* The whole way, from a directory to an artifact that the dataplane's reader accepts. */
#include "rules_fixture.h"

#include "base/artifact.h"
#include "sluice/error.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define CAMPAIGN(name, condition)                                                                  \
	"campaign: " name "\nowner: o\nkind: service\nmatch: |\n  " condition                      \
	"\nsend: {channel: push, template: T, data: {a: amount, b: \"text\", c: 5}}\n"

static char directory[64];
static char artifact_path[128];

static int set_up(void **state)
{
	(void)state;
	make_directory(directory);
	snprintf(artifact_path, sizeof(artifact_path), "%s/out.artifact", directory);
	write_file(directory, "schema.yaml", test_schema);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	remove_directory(directory);
	return 0;
}

static struct sl_rules_summary compile(const struct sl_rules_options *options)
{
	struct sl_diagnostics *diagnostics = sl_diagnostics_new();
	struct sl_rules_summary summary;
	int error = sl_rules_compile(directory, options, artifact_path, diagnostics, &summary);

	if (error)
		print_error("%s", format_all(diagnostics));
	assert_int_equal(error, 0);
	sl_diagnostics_free(diagnostics);
	return summary;
}

static struct sl_artifact *open_artifact(void)
{
	char why[SL_SENTENCE_BYTES] = "";
	struct sl_artifact *artifact = NULL;
	int error = sl_artifact_open(artifact_path, &artifact, why);

	if (error)
		print_error("%s\n", why);
	assert_int_equal(error, 0);
	return artifact;
}

static bool is_text(const struct sl_artifact *artifact, struct sl_text_ref ref,
		    const char *expected)
{
	struct sl_text text = sl_artifact_text(artifact, ref);

	return text.bytes == strlen(expected) && memcmp(text.at, expected, text.bytes) == 0;
}

static void artifact_says_what_was_written(void **state)
{
	struct sl_rules_options options = {.ruleset = 7, .author = "somebody", .time_zone = "UTC"};
	struct sl_rules_summary summary;
	struct sl_artifact *artifact;
	struct stat info;

	(void)state;
	write_file(directory, "b/two.yml", CAMPAIGN("two", "type == 'x' && amount > 5"));
	write_file(directory, "one.yaml",
		   CAMPAIGN("one", "text.contains('y')") "---\n" CAMPAIGN("zero", "amount < 3"));
	write_file(directory, ".hidden.yaml", "nonsense: [");
	write_file(directory, ".hidden/x.yaml", "nonsense: [");
	write_file(directory, "notes.txt", "nonsense: [");
	summary = compile(&options);
	assert_int_equal(summary.campaigns, 3);
	assert_int_equal(summary.always, 1);
	assert_int_equal(summary.fields, 11);
	assert_int_equal(stat(artifact_path, &info), 0);
	assert_int_equal(info.st_size, summary.bytes);
	artifact = open_artifact();
	assert_int_equal(artifact->meta->ruleset, 7);
	assert_true(is_text(artifact, artifact->meta->author, "somebody"));
	assert_true(is_text(artifact, artifact->meta->time_zone, "UTC"));
	assert_int_equal(artifact->n_campaigns, 3);
	assert_true(is_text(artifact, artifact->campaigns[0].name, "one"));
	assert_true(is_text(artifact, artifact->campaigns[1].name, "two"));
	assert_int_equal(artifact->campaigns[0].version.bytes, 12);
	assert_true(is_text(artifact, artifact->campaigns[0].step, "event"));
	assert_int_equal(artifact->campaigns[0].valid_from_ns, INT64_MIN);
	assert_int_equal(artifact->campaigns[0].data_count, 3);
	assert_int_equal(artifact->data[0].from, SL_DATA_SLOT);
	assert_int_equal(artifact->data[0].index, 5);
	assert_int_equal(artifact->data[1].from, SL_DATA_CONSTANT);
	assert_int_equal(artifact->n_databases, 1);
	assert_int_equal(artifact->role_slot[SL_ROLE_KEY], 3);
	assert_memory_equal(artifact->header->content, summary.content, sizeof(summary.content));
	sl_artifact_close(artifact);
}

static void meaning_alone_names_a_version(void **state)
{
	struct sl_rules_summary first, second, third;
	struct sl_artifact *artifact;
	char version[12];

	(void)state;
	write_file(directory, "a.yaml", CAMPAIGN("one", "type == 'x' && amount > 5"));
	write_file(directory, "b.yaml", CAMPAIGN("two", "type == 'y'"));
	first = compile(NULL);
	artifact = open_artifact();
	memcpy(version, sl_artifact_text(artifact, artifact->campaigns[0].version).at, 12);
	sl_artifact_close(artifact);
	/* the other order, another file, comments, notation */
	write_file(directory, "a.yaml", "# said anew\n" CAMPAIGN("two", "type == \"\\x79\" // y"));
	write_file(directory, "b.yaml", CAMPAIGN("one", "( type=='x' )  &&  (amount > 0x5)"));
	second = compile(NULL);
	assert_memory_equal(first.content, second.content, sizeof(first.content));
	write_file(directory, "b.yaml", CAMPAIGN("one", "type == 'x' && amount > 6"));
	third = compile(NULL);
	assert_memory_not_equal(first.content, third.content, sizeof(first.content));
	artifact = open_artifact();
	assert_memory_not_equal(version,
				sl_artifact_text(artifact, artifact->campaigns[0].version).at, 12);
	sl_artifact_close(artifact);
}

static void bad_previous_files_are_refused(void **state)
{
	struct sl_rules_options options = {0};
	struct sl_diagnostics *diagnostics = sl_diagnostics_new();
	char previous[128], out[128], *bytes;
	const struct sl_diagnostic *list;
	struct sl_rules_summary summary;
	FILE *file;

	(void)state;
	write_file(directory, "a.yaml", CAMPAIGN("one", "type == 'a'"));
	summary = compile(NULL);
	bytes = calloc(1, summary.bytes);
	file = fopen(artifact_path, "rb");
	assert_int_equal(fread(bytes, 1, summary.bytes, file), summary.bytes);
	fclose(file);
	snprintf(previous, sizeof(previous), "%s/previous", directory);
	snprintf(out, sizeof(out), "%s/not-made", directory);
	options.previous = previous;
	assert_int_equal(sl_rules_compile(directory, &options, out, diagnostics, NULL), -ENOENT);
	/* no mistake of the campaigns */
	assert_int_equal(sl_diagnostics_all(diagnostics, &list), 0);
	sl_diagnostics_free(diagnostics);
	/* cut at, or flipped in, any of many places: refused, and no crash */
	for (size_t n = 0; n < summary.bytes; n += 1 + summary.bytes / 150) {
		int error;

		file = fopen(previous, "wb");
		assert_int_equal(fwrite(bytes, 1, n, file), n);
		fclose(file);
		diagnostics = sl_diagnostics_new();
		error = sl_rules_compile(directory, &options, out, diagnostics, NULL);
		sl_diagnostics_free(diagnostics);
		assert_true(error == -SL_E_FORMAT || error == -SL_E_TRUNCATED);
		bytes[n] ^= 0x20;
		file = fopen(previous, "wb");
		assert_int_equal(fwrite(bytes, 1, summary.bytes, file), summary.bytes);
		fclose(file);
		bytes[n] ^= 0x20;
		/* the header's own creation time is in no hash */
		diagnostics = sl_diagnostics_new();
		error = sl_rules_compile(directory, &options, out, diagnostics, NULL);
		sl_diagnostics_free(diagnostics);
		if (n >= sizeof(struct sl_file_header) || n < 24)
			assert_true(error < 0);
		unlink(out);
	}
	free(bytes);
}

static void mistakes_make_no_file(void **state)
{
	struct sl_diagnostics *diagnostics = sl_diagnostics_new();
	struct sl_rules_summary summary = {.campaigns = 99};
	struct dirent *entry;
	DIR *dir;

	(void)state;
	write_file(directory, "a.yaml", CAMPAIGN("one", "tipe == 'a'"));
	assert_int_equal(sl_rules_compile(directory, NULL, artifact_path, diagnostics, &summary),
			 -SL_E_RULES);
	assert_int_equal(summary.campaigns, 99);
	assert_string_equal(codes_of(diagnostics), "unknown_field");
	dir = opendir(directory);
	while ((entry = readdir(dir)))
		assert_null(strstr(entry->d_name, "artifact"));
	closedir(dir);
	/* checking the same is done, and says the same */
	assert_int_equal(sl_rules_check(directory, NULL, diagnostics, &summary), 0);
	assert_int_equal(sl_diagnostics_count(diagnostics, SL_SEVERITY_ERROR), 2);
	sl_diagnostics_free(diagnostics);
}

static void what_cannot_be_looked_at(void **state)
{
	struct sl_diagnostics *diagnostics = sl_diagnostics_new();
	struct sl_rules_options options = {.time_zone = "Mars/Base"};
	char path[128];

	(void)state;
	assert_int_equal(sl_rules_check("/nonexistent", NULL, diagnostics, NULL), -ENOENT);
	snprintf(path, sizeof(path), "%s/schema.yaml", directory);
	assert_int_equal(sl_rules_check(path, NULL, diagnostics, NULL), -ENOTDIR);
	assert_string_equal(codes_of(diagnostics), "");
	assert_int_equal(sl_rules_check(directory, &options, diagnostics, NULL), 0);
	assert_string_equal(codes_of(diagnostics), "unknown_zone");
	unlink(path);
	options.time_zone = NULL;
	assert_int_equal(sl_rules_check(directory, &options, diagnostics, NULL), 0);
	assert_string_equal(codes_of(diagnostics), "unknown_zone no_schema");
	sl_diagnostics_free(diagnostics);
}

static void schema_alone(void **state)
{
	struct sl_diagnostics *diagnostics = sl_diagnostics_new();
	struct sl_artifact *artifact;
	char path[128];

	(void)state;
	snprintf(path, sizeof(path), "%s/schema.yaml", directory);
	assert_int_equal(sl_rules_compile_schema(path, artifact_path, diagnostics), 0);
	artifact = open_artifact();
	assert_int_equal(artifact->n_campaigns, 0);
	assert_int_equal(artifact->n_fields, 11);
	assert_true(is_text(artifact, artifact->fields[8].path, "device.os"));
	assert_int_equal(artifact->fields[9].items_max, 1024);
	assert_int_equal(artifact->fields[0].flags, SL_FIELD_REQUIRED | SL_FIELD_USED);
	sl_artifact_close(artifact);
	sl_diagnostics_free(diagnostics);
}

static void schema_elsewhere(void **state)
{
	struct sl_rules_options options = {0};
	struct sl_diagnostics *diagnostics = sl_diagnostics_new();
	struct sl_rules_summary summary;
	char path[128];

	(void)state;
	/* neither the one named nor the usual one is taken for a campaign */
	write_file(directory, "other.yaml", "fields: {kind: string, amount: int}\n");
	write_file(directory, "a.yaml", CAMPAIGN("one", "kind == 'x'"));
	snprintf(path, sizeof(path), "%s/./other.yaml", directory);
	options.schema = path;
	assert_int_equal(sl_rules_check(directory, &options, diagnostics, &summary), 0);
	assert_string_equal(codes_of(diagnostics), "");
	assert_int_equal(summary.fields, 2);
	assert_int_equal(summary.campaigns, 1);
	sl_diagnostics_free(diagnostics);
}

static void ten_thousand_campaigns(void **state)
{
	struct sl_rules_summary summary;
	struct sl_artifact *artifact;
	char path[128];
	FILE *file;

	(void)state;
	snprintf(path, sizeof(path), "%s/many.yaml", directory);
	file = fopen(path, "w");
	assert_non_null(file);
	for (unsigned i = 0; i < 10000; i++)
		fprintf(file,
			"---\ncampaign: many-%u\nowner: o\nkind: service\n"
			"match: type == \"t%u\" && customer == \"C%u\" && amount > %u\n"
			"send: {channel: push, template: T}\n",
			i, i % 50, i, i);
	fclose(file);
	summary = compile(NULL);
	assert_int_equal(summary.campaigns, 10000);
	assert_int_equal(summary.always, 0);
	artifact = open_artifact();
	assert_int_equal(artifact->n_atoms, 0);
	sl_artifact_close(artifact);
}

/* What whoever watches sees: the last phase, and campaigns by name among what took longest. */
static void progress_is_told(void **state)
{
	struct sl_rules_progress progress = {0};
	struct sl_rules_options options = {.progress = &progress};
	unsigned named = 0;

	(void)state;
	write_file(directory, "a.yaml",
		   CAMPAIGN("loan-rate", "text.contains('loan') && amount > 5") "---\n" CAMPAIGN(
			   "loan-late", "text.matches('^(a|b)+c$')"));
	compile(&options);
	assert_int_equal(progress.phase, SL_RULES_WRITING);
	assert_string_equal(progress.at, "");
	for (unsigned i = 0; i < SL_RULES_DEAREST; i++) {
		const struct sl_rules_dear *dear = &progress.dearest[i];

		assert_true(dear->ns > 0);
		assert_true(i == 0 || dear->ns <= progress.dearest[i - 1].ns);
		named += strstr(dear->what, "`loan-rate`") || strstr(dear->what, "`loan-late`");
	}
	assert_true(named > 0);
}

static void samples_are_without_a_fault(void **state)
{
	struct sl_diagnostics *diagnostics = sl_diagnostics_new();
	struct sl_rules_summary summary;

	(void)state;
	assert_int_equal(sl_rules_check(SL_TEST_EXAMPLES, NULL, diagnostics, &summary), 0);
	assert_string_equal(codes_of(diagnostics), "");
	assert_int_equal(summary.campaigns, 41);
	assert_int_equal(summary.always, 0);
	sl_diagnostics_free(diagnostics);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(artifact_says_what_was_written),
		TEST(meaning_alone_names_a_version),
		TEST(bad_previous_files_are_refused),
		TEST(mistakes_make_no_file),
		TEST(what_cannot_be_looked_at),
		TEST(schema_alone),
		TEST(schema_elsewhere),
		TEST(ten_thousand_campaigns),
		TEST(progress_is_told),
		TEST(samples_are_without_a_fault),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
