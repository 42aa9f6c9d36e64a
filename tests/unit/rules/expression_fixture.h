/* For tests of expressions: compile, verify, run, and write the answer as text. */
#ifndef SL_TEST_EXPRESSION_FIXTURE_H
#define SL_TEST_EXPRESSION_FIXTURE_H

#include "base/program.h"
#include "rules/expression.h"

#include <stdbool.h>

struct expression_case {
	const char *text;
	const char *answer;
};

/* "3", "7u", "1.5", "\"a\"", "b\"a\"", "true", "null", "[1, 2]", "{1: 2}", "timestamp(s.nanos)",
 * "duration(s.nanos)", "type(int)", "!NO_KEY" for a fault, "?syntax" for a mistake's code. Static
 * room. */
const char *answer_of(const char *text, const struct sl_schema *schema,
		      const struct sl_event *event, bool dynamic);

/* Fails, and says all that differ. */
void check_cases(const struct expression_case *cases, size_t n, bool dynamic);

/* The index of the fault's instruction in the text, or -1. */
long fault_offset(const char *text);

/* What the room of the runs holds; 0: the default. */
extern uint32_t expression_room_bytes, expression_room_steps;

#endif
