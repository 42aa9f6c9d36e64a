/* One test of campaigns, run by the real engine on a virtual clock. */
#ifndef SL_SLUICE_CASES_RUN_H
#define SL_SLUICE_CASES_RUN_H

#include "rules/case/case.h"
#include "sluice/error.h"

#include <jansson.h>

/* Runs the test against the artifact. Its result is a new reference:
 * {"test","file","line","passed"}, and where it failed "failures", each with "line" and
 * "message", or "missing" and "unexpected": matches as they were expected and as they came.
 * NULL: it could not be run, and ret_why says so. */
json_t *sl_case_run(const struct sl_case *test, const char *artifact_path,
		    const struct sl_settings *settings, char ret_why[SL_SENTENCE_BYTES]);

#endif
