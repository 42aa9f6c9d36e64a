/* Artifacts that a command makes for itself alone.
 *
 * The file is made here, empty, so that its name is taken; the caller unlinks it. */
#ifndef SL_SLUICE_TEMPORARY_H
#define SL_SLUICE_TEMPORARY_H

#include <limits.h>

/* In $TMPDIR, else /tmp. 0 or -errno. */
int sl_temporary_make(char ret_path[PATH_MAX]);

#endif
