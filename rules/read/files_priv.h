/* The files of a rule set: every *.yaml and *.yml below a directory, hidden ones left out, sorted
 * by path; those whose names end in .test.yaml or .test.yml are tests of it, not part of it. Links
 * are followed, to files and to directories: what `sluice load` sends is what `sluice check` sees.
 * One that leads back upwards is nested too deeply. */
#ifndef SL_RULES_READ_FILES_PRIV_H
#define SL_RULES_READ_FILES_PRIV_H

#include "rules/memory_priv.h"

#define SL_FILES_DEPTH_MAX 16u

enum sl_files_kind { SL_FILES_CAMPAIGNS, SL_FILES_CASES };

/* ret_paths gets char pointers into the arena, relative to the directory. -E2BIG: more than
 * `max` files or deeper than SL_FILES_DEPTH_MAX. */
int sl_files_list(const char *directory, enum sl_files_kind kind, uint32_t max,
		  struct sl_arena *arena, struct sl_buffer *ret_paths);

#endif
