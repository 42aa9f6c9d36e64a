/* Files that change as a whole or not at all.
 *
 * Each function returns 0 or -errno. After 0 the change has reached the disk: contents, then name.
 * After a failure the old file stands; a left-over "NAME.new" does no harm and is overwritten. */
#ifndef SL_CONTROL_FILES_H
#define SL_CONTROL_FILES_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* Writes all of it to `path`.new, fsync, rename to `path`, fsync of the directory. Mode 0640. */
int sl_file_replace(const char *path, const void *bytes, size_t n_bytes);

/* The directory and those above it that are missing, 0700; 0750 where the dataplane has to read in
 * it, which may run as another user of the same group. Existing ones are left as they are. */
int sl_directory_make(const char *path);
int sl_directory_make_shared(const char *path);

/* fsync of a directory, so that names in it survive. */
int sl_directory_sync(const char *path);
/* The same for the directory that `path` lies in. */
int sl_directory_sync_parent(const char *path);

/* A directory with all that is in it. Links are removed, never followed. Missing is no error. */
int sl_directory_remove(const char *path);

/* The whole file, terminated; the caller frees it. -EFBIG above `limit`; -EISDIR or -EINVAL where
 * it is no regular file (FIFO, device): those are not waited for. */
int sl_file_read(const char *path, size_t limit, char **ret_text, size_t *ret_bytes);

/* The same at an address that is a multiple of `align`. */
int sl_file_read_aligned(const char *path, size_t limit, size_t align, void **ret_bytes,
			 size_t *ret_n_bytes);

/* A new file with these bytes, both contents and name on disk; it stays open for reading and
 * writing. Mode 0600. -EEXIST where the name is taken; after another failure there is none. */
int sl_file_create(const char *directory, const char *name, const void *bytes, size_t n_bytes,
		   int *ret_fd);

/* All of it; -SL_E_DAMAGED where the file ends before. */
int sl_file_read_at(int fd, void *at, size_t n, uint64_t offset);

/* write() until all is written. */
int sl_file_write_all(int fd, const void *bytes, size_t n_bytes);

#endif
