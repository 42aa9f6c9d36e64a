#include "tools/sluice/temporary.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

int sl_temporary_make(char ret_path[PATH_MAX])
{
	const char *directory = getenv("TMPDIR");
	int fd;

	if (!directory || !*directory)
		directory = "/tmp";
	if (snprintf(ret_path, PATH_MAX, "%s/sluice-XXXXXX", directory) >= PATH_MAX)
		return -ENAMETOOLONG;
	fd = mkstemp(ret_path);
	if (fd < 0)
		return -errno;
	close(fd);
	return 0;
}
