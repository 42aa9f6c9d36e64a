/* The text of a directory of campaigns, as the API takes it.
 *
 * - Every *.yaml and *.yml below the directory but hidden ones, names relative to it, sorted; the
 *   schema apart. Links are followed, loops end at a depth of 16.
 * - Bounds: 100,000 files, 256 MiB together. What breaks them, or is not UTF-8, is an error with a
 *   message on standard error. */
#ifndef SL_SLUICE_RULESETS_RULE_FILES_H
#define SL_SLUICE_RULESETS_RULE_FILES_H

#include <jansson.h>

/* Complains in the name of the command, "sluice load". schema NULL: schema.yaml in the directory,
 * if there is one; else ret_schema is JSON null. Returns 0 or SL_EXIT_FAILED; both results are new
 * references. */
int sl_rule_files_read(const char *command, const char *directory, const char *schema,
		       json_t **ret_files, json_t **ret_schema);

#endif
