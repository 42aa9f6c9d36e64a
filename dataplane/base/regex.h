/* Running compiled regular expressions (sluice/regex.h).
 *
 * A blob stays where it is and unchanged for as long as it is searched with; any number of threads
 * may do so. sl_regex_search() allocates nothing and its time is linear in the text, whatever the
 * text and the expression are. It believes the blob: only one that sl_regex_check() has let pass.
 *
 * An expression without anchors that has not matched reads the text to its end. */
#ifndef SL_BASE_REGEX_H
#define SL_BASE_REGEX_H

#include "sluice/regex.h"

#include <stdbool.h>

/* 0: `blob` begins with a sound expression, which then takes at most `bytes` (regex->bytes says
 * how many). -SL_E_FORMAT, -SL_E_VERSION, -SL_E_TRUNCATED, -SL_E_BOUNDS. */
int sl_regex_check(const void *blob, size_t bytes);

/* Whether the expression matches somewhere in the text. */
bool sl_regex_search(const struct sl_regex *regex, const char *text, uint32_t bytes);

#endif
