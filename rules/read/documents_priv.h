/* How a file of rules is cut into its documents: for documents.c and the formatter. */
#ifndef SL_RULES_READ_DOCUMENTS_PRIV_H
#define SL_RULES_READ_DOCUMENTS_PRIV_H

#include "rules/read/yaml_priv.h"

/* Behind the last thing in the tree; where libyaml ends a block collection says nothing, for that
 * lies behind the comments after it. */
uint32_t sl_document_end(const struct sl_yaml_node *root);

/* The first line `---` at or behind `at`: its offset and that of the line after it. False: none
 * before `end`. */
bool sl_document_marker(const struct sl_source *source, uint32_t at, uint32_t end,
			uint32_t *ret_marker, uint32_t *ret_next);

#endif
