/* Journals of engines that an oracle kills: directories in memory, with a journal in each. What
 * goes wrong ends the process. */
#ifndef SL_TESTS_ORACLE_HISTORY_JOURNAL_H
#define SL_TESTS_ORACLE_HISTORY_JOURNAL_H

#include <stddef.h>

void sl_history_journal_make(char ret_directory[64]);
void sl_history_journal_remove(const char *directory);

/* Of a journal to which nothing is being written. */
void sl_history_journal_copy(const char *from, const char *to);

/* Every block, in order; nobody has it open. */
void sl_history_journal_read(const char *directory,
			     void (*each)(void *context, const void *block, size_t bytes),
			     void *context);

#endif
