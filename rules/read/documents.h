/* The documents of a file of rules: where each campaign stands in its text.
 *
 * - Looks at YAML only, not at what it means: any file that sl_rules_check() reads can be split,
 *   and some that it refuses.
 * - A document's text goes from behind the line `---` before it to the next one, comments and blank
 *   lines included. A file of one document is its own text.
 * - What cannot be read is a diagnostic (-SL_E_RULES); documents before it have been given.
 * - Names and texts end with the call. One pass, time in proportion to the text. */
#ifndef SL_RULES_READ_DOCUMENTS_H
#define SL_RULES_READ_DOCUMENTS_H

#include "rules/rules.h"

struct sl_document {
	const char *campaign; /* its name; "" where it has none */
	const char *text;
	size_t bytes;
	unsigned line; /* of the file, from 1, that the text begins with */
};

/* `name` is how diagnostics call the file. Not 0 from `take` ends it, and is returned. */
int sl_rules_documents(const char *name, const char *text, size_t bytes,
		       struct sl_diagnostics *diagnostics,
		       int (*take)(void *context, const struct sl_document *document),
		       void *context);

#endif
