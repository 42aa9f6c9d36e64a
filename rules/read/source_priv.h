/* The text of a file of rules, and places in it. */
#ifndef SL_RULES_READ_SOURCE_PRIV_H
#define SL_RULES_READ_SOURCE_PRIV_H

#include "rules/slice_priv.h"

#include <stdint.h>

#define SL_SOURCE_BYTES_MAX 4194304u

struct sl_source {
	const char *name; /* as diagnostics show it */
	char *text;       /* from malloc(); without a byte order mark */
	uint32_t bytes;
	uint32_t index; /* order among the sources of a set */
};

/* offset is in bytes. source NULL: of no file. */
struct sl_place {
	const struct sl_source *source;
	uint32_t offset;
};

/* Reads a whole regular file into ret_source->text, which the caller frees; the other members are
 * the caller's. -EFBIG above SL_SOURCE_BYTES_MAX. */
int sl_source_read(const char *path, struct sl_source *ret_source);

#endif
