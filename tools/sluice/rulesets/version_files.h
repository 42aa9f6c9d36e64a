/* Versions of rule sets as commands name and fetch them. Messages about what failed go to standard
 * error; the caller only passes the exit code on. */
#ifndef SL_SLUICE_RULESETS_VERSION_FILES_H
#define SL_SLUICE_RULESETS_VERSION_FILES_H

#include "tools/sluice/rulesets/campaign_texts.h"

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
