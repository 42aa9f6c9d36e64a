/* What the reference says of a case. */
#ifndef SL_TESTS_ORACLE_HISTORY_REFERENCE_H
#define SL_TESTS_ORACLE_HISTORY_REFERENCE_H

#include "rules/eval/history.h"
#include "tests/oracle/history_case.h"
#include "tests/oracle/history_lines.h"

/* The values of an arrival's fields, those that it has: their number. They refer to it and to id.
 */
#define SL_HISTORY_FIELDS 9u
size_t sl_history_values(const struct sl_draw_arrival *arrival, const char *id,
			 struct sl_eval_value ret_values[SL_HISTORY_FIELDS]);

/* A line for each fire and for each event that came to nothing. */
void sl_history_reference(const struct sl_eval_set *set, const struct sl_history_case *history,
			  struct sl_lines *lines);

/* A line for each decision, as a whole engine would make it whose tick follows the events at the
 * stream's lateness. */
void sl_history_reference_decided(const struct sl_eval_set *set,
				  const struct sl_history_case *history, struct sl_lines *lines);

#endif
