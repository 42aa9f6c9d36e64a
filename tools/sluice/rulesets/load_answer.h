/* What a gateway says to a load or a rollback. */
#ifndef SL_SLUICE_RULESETS_LOAD_ANSWER_H
#define SL_SLUICE_RULESETS_LOAD_ANSWER_H

#include <jansson.h>
#include <stdbool.h>

#define SL_LOAD_TIMEOUT_MS                                                                         \
	(10 * 60 * 1000) /* longer than the gateway's own limit for compiling by default */

/* Its diagnostics, or its summary: the exit code. `what` begins the sentence for people. */
int sl_load_answer(const char *command, const char *what, bool dry_run, bool as_json,
		   unsigned status, const json_t *answer);

/* `given`, else the name that this user logs in with. */
const char *sl_load_author(const char *given);

#endif
