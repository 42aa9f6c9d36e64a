/* A case through a whole engine: bytes of a connection, routing by key, duplicates, decisions, mail
 * to customers, time by watermarks and lateness; its records are what is seen. */
#ifndef SL_TESTS_ORACLE_HISTORY_GATEWAY_H
#define SL_TESTS_ORACLE_HISTORY_GATEWAY_H

#include "tests/oracle/history_case.h"
#include "tests/oracle/history_lines.h"

/* It begins with the first artifact; a reload goes to the other one, and back. A line for each
 * decision, with the match that was sent. Where a stream has no journal on disk a restart is passed
 * over. */
void sl_history_gateway(const char *const artifact_paths[2], const struct sl_history_case *history,
			struct sl_lines *lines);

#endif
