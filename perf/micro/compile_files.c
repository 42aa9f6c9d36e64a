#include "compile_files.h"

#include <errno.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define OPEN_MAX_AT_ONCE 8

static void copy_file(const char *from, const char *to)
{
	FILE *in = fopen(from, "r"), *out = fopen(to, "w");
	char room[4096];
	size_t n;

	if (!in || !out)
		sl_perf_give_up(from, strerror(errno));
	while ((n = fread(room, 1, sizeof(room), in)) > 0)
		fwrite(room, 1, n, out);
	fclose(in);
	if (fclose(out))
		sl_perf_give_up(to, strerror(errno));
}

void sl_perf_files_init(struct sl_perf_files *files, const char *schema)
{
	char path[128];

	strcpy(files->root, "/tmp/compile_micro-XXXXXX");
	if (!mkdtemp(files->root))
		sl_perf_give_up(files->root, strerror(errno));
	snprintf(files->directory, sizeof(files->directory), "%s/rules", files->root);
	if (mkdir(files->directory, 0700))
		sl_perf_give_up(files->directory, strerror(errno));
	snprintf(path, sizeof(path), "%s/schema.yaml", files->directory);
	copy_file(schema, path);
	files->n = 0;
}

static int remove_one(const char *path, const struct stat *info, int what, struct FTW *walk)
{
	(void)info;
	(void)what;
	(void)walk;
	return remove(path);
}

void sl_perf_files_remove(const char *directory)
{
	nftw(directory, remove_one, OPEN_MAX_AT_ONCE, FTW_DEPTH | FTW_PHYS);
}

void sl_perf_files_fini(struct sl_perf_files *files)
{
	sl_perf_files_remove(files->root);
}

void sl_perf_files_path(const struct sl_perf_files *files, uint32_t file, char ret_path[128])
{
	snprintf(ret_path, 128, "%s/c%05u.yaml", files->directory, file);
}

static void write_file(const char *path, const struct sl_perf_case *what, uint32_t first,
		       uint32_t changed)
{
	FILE *file = fopen(path, "w");

	if (!file)
		sl_perf_give_up(path, strerror(errno));
	for (uint32_t i = first; i < first + SL_PERF_PER_FILE && i < what->campaigns; i++) {
		if (i == changed)
			fprintf(file,
				"---\ncampaign: c%05u\nkind: service\nmatch: |\n"
				"  merchant.contains(\"changed-%05u\")\n",
				i, i);
		else
			sl_perf_write_campaign(what, i, file);
	}
	if (fclose(file))
		sl_perf_give_up(path, strerror(errno));
}

void sl_perf_files_write(struct sl_perf_files *files, const struct sl_perf_case *what,
			 uint32_t changed)
{
	files->n = (what->campaigns + SL_PERF_PER_FILE - 1) / SL_PERF_PER_FILE;
	for (uint32_t i = 0; i < files->n; i++) {
		char path[128];

		sl_perf_files_path(files, i, path);
		write_file(path, what, i * SL_PERF_PER_FILE, changed);
	}
}
