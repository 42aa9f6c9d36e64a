/* How the compiler's stages report mistakes.
 *
 * Adding cannot fail visibly: without memory the entry is still counted and sl_diagnostics_error()
 * says -ENOMEM, asked once at the end. At most SL_DIAGNOSTICS_MAX are kept, all are counted. */
#ifndef SL_RULES_DIAGNOSTICS_PRIV_H
#define SL_RULES_DIAGNOSTICS_PRIV_H

#include "rules/rules.h"
#include "rules/source_priv.h"

#define SL_DIAGNOSTICS_MAX 1000u

/* hint may be "". */
void sl_diagnose(struct sl_diagnostics *diagnostics, enum sl_severity severity,
		 struct sl_place place, const char *code, const char *hint, const char *format, ...)
	__attribute__((format(printf, 6, 7)));

#define sl_mistake(diagnostics, place, code, hint, ...)                                            \
	sl_diagnose(diagnostics, SL_SEVERITY_ERROR, place, code, hint, __VA_ARGS__)

/* Sources seen so far may end: called before a list serves another rule set. */
void sl_diagnostics_forget(struct sl_diagnostics *diagnostics);

/* A stage that reports here ran out of memory. */
void sl_diagnostics_fail(struct sl_diagnostics *diagnostics);
int sl_diagnostics_error(const struct sl_diagnostics *diagnostics);

/* "file:line" of a place, into at; for messages that point to another place. */
void sl_place_text(struct sl_place place, char *at, size_t room);

#endif
