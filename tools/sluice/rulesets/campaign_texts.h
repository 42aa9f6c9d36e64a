/* A rule set as texts: each campaign, and the schema, with the file it stands in.
 *
 * - Sorted by name. The schema, where there is one, is apart.
 * - Everything belongs to the set and ends with sl_campaign_texts_fini(), which may be called on a
 *   zeroed one. Messages about what failed go to standard error. */
#ifndef SL_SLUICE_RULESETS_CAMPAIGN_TEXTS_H
#define SL_SLUICE_RULESETS_CAMPAIGN_TEXTS_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

struct sl_campaign_text_of {
	char *name;
	char *file;
	char *text;
	unsigned line; /* of the file */
};

struct sl_campaign_texts {
	struct sl_campaign_text_of *items;
	size_t n, room;
	struct sl_campaign_text_of schema; /* name NULL: none */
};

/* From [{"name","text"}…] as a load has them, and the schema apart or JSON null. 0, or SL_EXIT_NO
 * where the files are not YAML, or a campaign has no name or the name of another. */
int sl_campaign_texts_read(const json_t *files, const json_t *schema, bool as_json,
			   struct sl_campaign_texts *ret_texts);
void sl_campaign_texts_fini(struct sl_campaign_texts *texts);
const struct sl_campaign_text_of *sl_campaign_texts_find(const struct sl_campaign_texts *texts,
							 const char *name);

#endif
