/* Names of campaigns that tests expect and the rule set does not have: a test that waits for one
 * can only fail, and the reason is a slip. */
#ifndef SL_SLUICE_CASES_NAMES_H
#define SL_SLUICE_CASES_NAMES_H

#include "rules/case/case.h"

/* Says on standard error which they are, with what may have been meant. How many there are; -1:
 * the artifact cannot be read, which was said too. */
int sl_case_names_check(const struct sl_case *list, uint32_t n, const char *artifact_path);

#endif
