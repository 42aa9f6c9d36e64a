/* A rule set as texts: each campaign, and the schema, with the file it stands in.
 *
 * - Sorted by name. The schema, where there is one, is apart.
 * - Everything belongs to the set and ends with sl_campaign_texts_fini(), which may be called on a
 *   zeroed one. Messages about what failed go to standard error. */
#ifndef SL_SLUICE_CAMPAIGN_TEXTS_H
#define SL_SLUICE_CAMPAIGN_TEXTS_H

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

/* The files of a version from a gateway, portion by portion. version 0: the one in force.
 * 0, SL_EXIT_NO where it is not kept, SL_EXIT_USAGE or SL_EXIT_FAILED. */
int sl_version_files(const char *command, const char *address, json_int_t version,
		     json_int_t *ret_version, json_t **ret_files);
/* The same as texts. */
int sl_version_texts(const char *command, const char *address, json_int_t version, bool as_json,
		     json_int_t *ret_version, struct sl_campaign_texts *ret_texts);

/* Digits without a leading zero. */
bool sl_version_number(const char *text, json_int_t *ret_number);

#endif
