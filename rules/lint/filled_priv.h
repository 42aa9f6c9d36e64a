/* Which fields events can have at all: what the gateway's channels announce, and a warning where a
 * campaign uses a field that none of them names.
 *
 * An announcement is a text as in SL_SECTION_ANNOUNCED. Where one channel announces nothing, any
 * field may come, and nothing is told of campaigns. */
#ifndef SL_RULES_LINT_FILLED_PRIV_H
#define SL_RULES_LINT_FILLED_PRIV_H

#include "rules/expr/expr_priv.h"

struct sl_filled {
	bool known;                         /* every channel announces its fields */
	uint64_t slots[SL_FIELDS_MAX / 64]; /* of those that some channel names */
	char none[288];                     /* "none of `web`, `app` names it" */
};

/* Names that the schema lacks are warnings without a place. announced may be NULL: nothing is known
 * of channels. */
void sl_filled_read(const char *announced, const struct sl_schema *schema,
		    struct sl_diagnostics *diagnostics, struct sl_filled *ret_filled);

/* Of a typed expression: each field that nobody fills, at its first place in the text. `told` are
 * slots of which this campaign's author has been told, and is added to. */
void sl_filled_lint(const struct sl_filled *filled, const struct sl_expr_context *context,
		    const struct sl_expr *expr, uint64_t told[SL_FIELDS_MAX / 64]);

/* What warnings depend on: of pieces that keep them. */
void sl_filled_add_to(const struct sl_filled *filled, struct sl_buffer *to);

#endif
