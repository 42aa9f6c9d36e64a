/* What commands say of a rule set: its diagnostics, or its summary. */
#ifndef SL_SLUICE_RULESETS_VERDICT_H
#define SL_SLUICE_RULESETS_VERDICT_H

#include "rules/rules.h"
#include "tools/sluice/commands/commands.h"

#include <jansson.h>
#include <stdbool.h>

/* For people, on standard error: each with its line of the file and a caret. */
void sl_verdict_diagnostics(const struct sl_diagnostics *diagnostics);

json_t *sl_verdict_diagnostic(const struct sl_diagnostic *diagnostic);

/* Exit code of campaigns with errors: 1, but 3 where a file could not be read, for then nobody
 * knows whether they are sound. */
enum sl_exit sl_verdict_errors(const struct sl_diagnostics *diagnostics);

/* `diagnostics` is a list of such objects. Errors among them: each as a line, the answer is 1, or 3
 * as above. Else the summary, the answer is 0. JSON goes to standard output; for people,
 * diagnostics go to standard error and the summary, a sentence, to standard output. */
int sl_verdict_print(const json_t *diagnostics, const json_t *summary, const char *sentence,
		     bool as_json);

#endif
