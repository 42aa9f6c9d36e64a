/* Runs a fuzz target over every file of the folders it is given: the corpus as an ordinary test. */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

static int run_file(const char *path)
{
	FILE *file = fopen(path, "rb");
	uint8_t *bytes;
	long n;

	if (!file)
		return -1;
	fseek(file, 0, SEEK_END);
	n = ftell(file);
	rewind(file);
	/* exactly as long as the input, so that a sanitizer sees a read behind its end */
	bytes = malloc(n > 0 ? (size_t)n : 1);
	if (!bytes || fread(bytes, 1, (size_t)n, file) != (size_t)n) {
		fclose(file);
		free(bytes);
		return -1;
	}
	fclose(file);
	LLVMFuzzerTestOneInput(bytes, (size_t)n);
	free(bytes);
	return 0;
}

int main(int argc, char **argv)
{
	unsigned n_files = 0;

	for (int i = 1; i < argc; i++) {
		DIR *dir = opendir(argv[i]);
		struct dirent *entry;

		while (dir && (entry = readdir(dir))) {
			char path[4096];

			if (entry->d_name[0] == '.')
				continue;
			snprintf(path, sizeof(path), "%s/%s", argv[i], entry->d_name);
			if (run_file(path)) {
				fprintf(stderr, "cannot read %s\n", path);
				return 1;
			}
			n_files++;
		}
		if (dir)
			closedir(dir);
	}
	printf("%u inputs\n", n_files);
	return n_files ? 0 : 1; /* an empty corpus tests nothing */
}
