/* The file of the stats page, for those who read parts of it. */
#ifndef SL_CONTROL_DATAPLANE_STATS_PAGE_PRIV_H
#define SL_CONTROL_DATAPLANE_STATS_PAGE_PRIV_H

#include "sluice/stats.h"

#include <stddef.h>

struct sl_stats_file {
	int fd; /* the caller closes it */
	uint64_t bytes;
	struct sl_stats_header header; /* checked: the file is long enough for its workers */
};

int sl_stats_file_open(const char *path, struct sl_stats_file *ret_file);
int sl_stats_file_read(const struct sl_stats_file *file, void *bytes, size_t n, uint64_t offset);

#endif
