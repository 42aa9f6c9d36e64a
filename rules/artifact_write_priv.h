/* Writing the artifact: a name beside the final one, fsync, rename, fsync of the directory. */
#ifndef SL_RULES_ARTIFACT_WRITE_PRIV_H
#define SL_RULES_ARTIFACT_WRITE_PRIV_H

#include "rules/patterns_priv.h"
#include "rules/registry_priv.h"

/* Texts are added to the plan's pool. created_ns goes into the header and into no hash of content.
 */
int sl_artifact_write(const char *path, const struct sl_rules_set *set,
		      const struct sl_rules_options *options, struct sl_plan *plan,
		      const struct sl_patterns *patterns, const struct sl_registry *registry,
		      int64_t created_ns, size_t *ret_bytes);

#endif
