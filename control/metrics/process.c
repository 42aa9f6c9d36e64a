#include "control/metrics/process.h"

#include "base/clock.h"
#include "control/files.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define STAT_BYTES_MAX 4096u
/* Fields of proc(5), counted from the one behind the name. */
#define FIELD_UTIME 12
#define FIELD_STIME 13
#define FIELD_PAGES 22

static int64_t ticks_ns(unsigned long long ticks)
{
	return (int64_t)(ticks * (unsigned long long)(SL_NS_PER_S / sysconf(_SC_CLK_TCK)));
}

/* Files of /proc have no length: read until there is no more. */
static int read_text(const char *path, char text[STAT_BYTES_MAX])
{
	FILE *file = fopen(path, "re");
	size_t n;

	if (!file)
		return -errno;
	n = fread(text, 1, STAT_BYTES_MAX - 1, file);
	fclose(file);
	text[n] = 0;
	return n ? 0 : -ESRCH;
}

int sl_process_read(int64_t pid, struct sl_process *ret_process)
{
	struct sl_process process = {.pid = pid};
	char path[64], text[STAT_BYTES_MAX];
	const char *at;
	int e;

	snprintf(path, sizeof(path), "/proc/%lld/stat", (long long)pid);
	e = read_text(path, text);
	if (e)
		return e;
	at = strrchr(text, ')'); /* the name may hold anything */
	for (int field = 1; at && field <= FIELD_PAGES; field++) {
		unsigned long long value;

		at = strchr(at, ' ');
		if (!at)
			break;
		value = strtoull(++at, NULL, 10);
		if (field == FIELD_UTIME || field == FIELD_STIME)
			process.cpu_ns += ticks_ns(value);
		else if (field == FIELD_PAGES)
			process.memory_bytes = value * (uint64_t)sysconf(_SC_PAGESIZE);
	}
	if (!at)
		return -EPROTO;
	*ret_process = process;
	return 0;
}
