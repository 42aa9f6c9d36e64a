/* The framing that rule sets and settings share: a header, a table of sections, their bytes.
 *
 * What sl_framed_check() has passed has a whole header of that kind, a true checksum, and sections
 * that lie inside the file, aligned, apart from each other, each id once. Their contents are still
 * anybody's. `why` is NULL or SL_SENTENCE_BYTES long; it is written on failure only. */
#ifndef SL_BASE_FRAMED_FILE_PRIV_H
#define SL_BASE_FRAMED_FILE_PRIV_H

#include "sluice/artifact.h"

#include <stddef.h>
#include <stdint.h>

struct sl_framed {
	const uint8_t *bytes;
	const struct sl_file_header *header;
	const struct sl_file_section *sections;
};

/* A section that the reader of a kind knows, and the size of its records. */
struct sl_framed_known {
	uint32_t id;
	uint32_t record_bytes;
};

/* Reads a whole file of at most bytes_max into memory of its own, which is read-only from then
 * on. It is not mapped from the file: a file that somebody cuts short later would kill the
 * process with SIGBUS, and one that changes would no longer be what was checked. */
int sl_framed_load(const char *path, size_t bytes_max, const void **ret_bytes, size_t *ret_n_bytes,
		   char *why);
void sl_framed_unload(const void *bytes, size_t n_bytes);

/* bytes: aligned to SL_FILE_ALIGN. */
int sl_framed_check(const void *bytes, size_t n_bytes, enum sl_file_kind kind,
		    const struct sl_framed_known *known, unsigned n_known,
		    struct sl_framed *ret_framed, char *why);

/* NULL: there is none. */
const struct sl_file_section *sl_framed_find(const struct sl_framed *framed, uint32_t id);

/* Writes the sentence and returns the error. */
__attribute__((format(printf, 3, 4))) int sl_framed_refuse(char *why, int error, const char *format,
							   ...);

#endif
