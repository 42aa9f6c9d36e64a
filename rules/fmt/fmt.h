/* The one layout of files of campaigns: keys in the order of grammar.md, two spaces, comments where
 * they were, long conditions broken at && and ||.
 *
 * - Never changes what a file means: the result is read again and compared with what was read, key
 *   by key, condition by condition, comment by comment. What cannot be kept faithfully is a
 *   diagnostic (-SL_E_RULES), and there is no result.
 * - Laying out a result again gives the same bytes.
 * - Looks at YAML and the lexical shape of conditions only: campaigns with mistakes of another kind
 *   are laid out too. Bounds are those of the loader.
 * - ret_text comes from malloc() and is terminated. */
#ifndef SL_RULES_FMT_H
#define SL_RULES_FMT_H

#include "rules/rules.h"

#define SL_FMT_COLUMNS 96u

/* `name` is how diagnostics call the file. */
int sl_rules_format(const char *name, const char *text, size_t bytes,
		    struct sl_diagnostics *diagnostics, char **ret_text, size_t *ret_bytes);

#endif
