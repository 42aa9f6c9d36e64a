/* What became of campaigns from one rule set to another: by their names, and by their texts. A
 * comment is a change of a text, too. The schema counts as one, called schema.yaml; one that the
 * newer set does not bring stays as it is.
 *
 * Views: both sets outlive the changes. */
#ifndef SL_SLUICE_RULESETS_CHANGES_H
#define SL_SLUICE_RULESETS_CHANGES_H

#include "tools/sluice/rulesets/campaign_texts.h"

enum sl_change_kind { SL_CHANGE_ADDED, SL_CHANGE_REMOVED, SL_CHANGE_CHANGED, SL_CHANGE_KINDS };

struct sl_change {
	enum sl_change_kind kind;
	const struct sl_campaign_text_of *before; /* NULL: added */
	const struct sl_campaign_text_of *after;  /* NULL: removed */
	bool is_schema;
};

struct sl_changes {
	struct sl_change *items; /* by name, the schema first */
	size_t n;
	size_t counts[SL_CHANGE_KINDS];
};

void sl_changes_find(const struct sl_campaign_texts *before, const struct sl_campaign_texts *after,
		     struct sl_changes *ret_changes);
void sl_changes_fini(struct sl_changes *changes);

const char *sl_change_name(const struct sl_change *change);

/* The names, a line each, and how many of which. */
void sl_changes_print_names(const struct sl_changes *changes, bool colour);
void sl_changes_print_lines(const struct sl_changes *changes, bool colour);
/* A line of JSON for each, with its differing lines. */
void sl_changes_print_json(const struct sl_changes *changes);
/* Names of campaigns under "added", "removed" and "changed"; true or false under "schema_changed".
 */
void sl_changes_into(const struct sl_changes *changes, json_t *object);

#endif
