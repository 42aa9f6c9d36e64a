#include "rules_fixture.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

const char test_schema[] = "schema: test\n"
			   "fields:\n"
			   "  id: {type: string, role: id, required: true, max: 64}\n"
			   "  time: {type: time, role: time}\n"
			   "  type: {type: string, role: type}\n"
			   "  customer: {type: string, role: key}\n"
			   "  channel: {type: string, role: channel}\n"
			   "  amount: int\n"
			   "  rate: decimal\n"
			   "  overseas: bool\n"
			   "  device.os: string\n"
			   "  tags: strings\n"
			   "  text: string\n";

struct sl_rules_set *load_texts(const char *schema, const char *campaigns,
				struct sl_diagnostics *diagnostics)
{
	struct sl_rules_set *set = calloc(1, sizeof(*set));

	assert_non_null(set);
	assert_int_equal(sl_rules_set_load_text(sl_slice_of(schema), sl_slice_of(campaigns), NULL,
						diagnostics, set),
			 0);
	return set;
}

struct sl_rules_set *load_condition(const char *condition, struct sl_diagnostics *diagnostics)
{
	char *text = NULL;
	struct sl_rules_set *set;

	assert_true(asprintf(&text,
			     "campaign: c\nowner: o\nkind: service\nmatch: |\n  %s\n"
			     "send: {channel: push, template: T}\n",
			     condition) > 0);
	set = load_texts(test_schema, text, diagnostics);
	free(text);
	return set;
}

void free_set(struct sl_rules_set *set)
{
	sl_rules_set_fini(set);
	free(set);
}

char *format_all(const struct sl_diagnostics *diagnostics)
{
	const struct sl_diagnostic *list;
	size_t n = sl_diagnostics_all(diagnostics, &list), bytes = 0;
	char *text = calloc(1, 1);

	for (size_t i = 0; i < n; i++) {
		size_t more = sl_diagnostic_format(&list[i], NULL, 0);

		text = realloc(text, bytes + more + 1);
		assert_non_null(text);
		assert_int_equal(sl_diagnostic_format(&list[i], text + bytes, more + 1), more);
		bytes += more;
	}
	return text;
}

const char *codes_of(const struct sl_diagnostics *diagnostics)
{
	static char codes[1024];
	const struct sl_diagnostic *list;
	size_t n = sl_diagnostics_all(diagnostics, &list);

	codes[0] = '\0';
	for (size_t i = 0; i < n && strlen(codes) < sizeof(codes) - 64; i++) {
		strcat(codes, i ? " " : "");
		strcat(codes, list[i].code);
	}
	return codes;
}

void make_directory(char ret_path[64])
{
	strcpy(ret_path, "/tmp/sl-rules-XXXXXX");
	assert_non_null(mkdtemp(ret_path));
}

void write_file(const char *directory, const char *name, const char *text)
{
	char path[512];
	FILE *file;

	for (const char *slash = strchr(name, '/'); slash; slash = strchr(slash + 1, '/')) {
		snprintf(path, sizeof(path), "%s/%.*s", directory, (int)(slash - name), name);
		mkdir(path, 0700);
	}
	snprintf(path, sizeof(path), "%s/%s", directory, name);
	file = fopen(path, "w");
	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	assert_int_equal(fclose(file), 0);
}

void remove_directory(const char *path)
{
	DIR *dir = opendir(path);
	struct dirent *entry;

	assert_non_null(dir);
	while ((entry = readdir(dir))) {
		char below[1024];
		struct stat info;

		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
			continue;
		snprintf(below, sizeof(below), "%s/%s", path, entry->d_name);
		assert_int_equal(lstat(below, &info), 0);
		if (S_ISDIR(info.st_mode))
			remove_directory(below);
		else
			unlink(below);
	}
	closedir(dir);
	rmdir(path);
}
