/* What the compiler's artifact, the matcher and dataplane/state make of a case. Nobody decides
 * here: fires are what is seen. */
#ifndef SL_TESTS_ORACLE_HISTORY_ENGINE_H
#define SL_TESTS_ORACLE_HISTORY_ENGINE_H

#include "tests/oracle/history_case.h"
#include "tests/oracle/history_lines.h"

/* A line for each fire and for each event that came to nothing. A restart takes all memory away and
 * gives back what the changes said. */
void sl_history_engine(const char *artifact_path, const struct sl_history_case *history,
		       struct sl_lines *lines);

#endif
