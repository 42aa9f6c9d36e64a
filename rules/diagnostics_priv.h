/* How the compiler's stages report mistakes.
 *
 * Adding cannot fail visibly: without memory the entry is still counted and sl_diagnostics_error()
 * says -ENOMEM, asked once at the end. At most SL_DIAGNOSTICS_MAX are kept, all are counted. */
#ifndef SL_RULES_DIAGNOSTICS_PRIV_H
#define SL_RULES_DIAGNOSTICS_PRIV_H

#include "rules/read/source_priv.h"
#include "rules/rules.h"

#define SL_DIAGNOSTICS_MAX 1000u

/* hint may be "". */
void sl_diagnose(struct sl_diagnostics *diagnostics, enum sl_severity severity,
		 struct sl_place place, const char *code, const char *hint, const char *format, ...)
	__attribute__((format(printf, 6, 7)));

#define sl_mistake(diagnostics, place, code, hint, ...)                                            \
	sl_diagnose(diagnostics, SL_SEVERITY_ERROR, place, code, hint, __VA_ARGS__)

/* Once more what was shown before, of the same place in the same text. */
void sl_diagnose_again(struct sl_diagnostics *diagnostics, struct sl_place place,
		       struct sl_slice code, struct sl_slice message, struct sl_slice hint);

/* How far a list has come. */
struct sl_diagnostics_mark {
	size_t kept;
	size_t counts[3]; /* by severity; more than are kept, maybe */
};

struct sl_diagnostics_mark sl_diagnostics_mark(const struct sl_diagnostics *diagnostics);
/* The one that was kept as number i, as long as nobody has asked for all of them; its offset in its
 * source. */
const struct sl_diagnostic *sl_diagnostics_kept(const struct sl_diagnostics *diagnostics, size_t i,
						uint32_t *ret_offset);
/* Forgets what came since. */
void sl_diagnostics_rewind(struct sl_diagnostics *diagnostics, struct sl_diagnostics_mark mark);

/* Sources seen so far may end: called before a list serves another rule set. */
void sl_diagnostics_forget(struct sl_diagnostics *diagnostics);

/* A stage that reports here ran out of memory. */
void sl_diagnostics_fail(struct sl_diagnostics *diagnostics);
int sl_diagnostics_error(const struct sl_diagnostics *diagnostics);

/* "file:line" of a place, into at; for messages that point to another place. */
void sl_place_text(struct sl_place place, char *at, size_t room);

#endif
