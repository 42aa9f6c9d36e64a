/* What commands say of a rule set: its diagnostics, or its summary. */
#ifndef SL_SLUICE_VERDICT_H
#define SL_SLUICE_VERDICT_H

#include "rules/rules.h"

#include <jansson.h>
#include <stdbool.h>

/* For people, on standard error: each with its line of the file and a caret. */
void sl_verdict_diagnostics(const struct sl_diagnostics *diagnostics);

json_t *sl_verdict_diagnostic(const struct sl_diagnostic *diagnostic);

/* `diagnostics` is a list of such objects. Errors among them: each as a line, the answer is 1. Else
 * the summary, the answer is 0. JSON goes to standard output; for people, diagnostics go to
 * standard error and the summary, a sentence, to standard output. */
int sl_verdict_print(const json_t *diagnostics, const json_t *summary, const char *sentence,
		     bool as_json);

#endif
