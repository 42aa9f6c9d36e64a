/* A rule set on disk as a bank keeps one: many files of some campaigns each, in a directory of its
 * own under /tmp, beside room for caches and artifacts. Whatever can not be had ends the program.
 */
#ifndef SL_PERF_COMPILE_FILES_H
#define SL_PERF_COMPILE_FILES_H

#include "match_cases.h"

#define SL_PERF_PER_FILE 100u
#define SL_PERF_UNCHANGED UINT32_MAX

struct sl_perf_files {
	char root[64];
	char directory[96]; /* of the rules, in root */
	uint32_t n;
};

/* With the schema beside the rules. */
void sl_perf_files_init(struct sl_perf_files *files, const char *schema);
/* Removes the root with all that is in it. */
void sl_perf_files_fini(struct sl_perf_files *files);

void sl_perf_files_path(const struct sl_perf_files *files, uint32_t file, char ret_path[128]);

/* Writes all files anew. Campaign number `changed` asks for a text that no other one asks for. */
void sl_perf_files_write(struct sl_perf_files *files, const struct sl_perf_case *what,
			 uint32_t changed);

/* Removes a directory; none is as good. */
void sl_perf_files_remove(const char *directory);

#endif
