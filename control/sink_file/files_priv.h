/* What sink_file.c and files.c share. Fails like the file system does, with nothing left open. */
#ifndef SL_CONTROL_SINK_FILE_FILES_PRIV_H
#define SL_CONTROL_SINK_FILE_FILES_PRIV_H

#include <stddef.h>
#include <stdint.h>

/* A new, empty file, its name synced. */
int sl_sink_file_create(const char *directory, uint64_t position, char *ret_path, size_t room,
			int *ret_fd);

#endif
