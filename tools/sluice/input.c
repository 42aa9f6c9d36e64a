#include "tools/sluice/input.h"

#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>

/* A descriptor that this process was given. */
static bool is_given(const char *path)
{
	static const char *const places[] = {"/dev/fd/", "/dev/stdin", "/proc/self/fd/"};

	if (!strcmp(path, "-"))
		return true;
	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++)
		if (!strncmp(path, places[i], strlen(places[i])))
			return true;
	return false;
}

const char *sl_input_refused(const char *path)
{
	struct stat info;

	if (is_given(path) || stat(path, &info) || S_ISREG(info.st_mode) || S_ISDIR(info.st_mode))
		return NULL;
	return "is not a regular file; give one, or - for standard input";
}
