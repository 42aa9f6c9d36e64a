/* Writing the artifact: a name beside the final one, fsync, rename, fsync of the directory. */
#ifndef SL_RULES_ARTIFACT_WRITE_PRIV_H
#define SL_RULES_ARTIFACT_WRITE_PRIV_H

#include "rules/patterns/patterns_priv.h"
#include "rules/registry/registry_priv.h"

struct sl_artifact_part {
	uint32_t id; /* enum sl_section_id */
	uint32_t record_bytes;
	const void *at;
	size_t bytes;
};

/* The file's bytes, added to the buffer, which is empty: header, table, then the parts, each
 * aligned. Of the header `created_ns` and `content` are the caller's. -ENOMEM, -SL_E_LIMIT. */
int sl_artifact_assemble(const struct sl_artifact_part *parts, uint32_t n,
			 struct sl_file_header *header, struct sl_buffer *file);

/* The whole file, added to the buffer, which is empty. Texts are added to the plan's pool.
 * created_ns goes into the header and into no hash of content. */
int sl_artifact_build(const struct sl_rules_set *set, const struct sl_rules_options *options,
		      struct sl_plan *plan, const struct sl_patterns *patterns,
		      const struct sl_registry *registry, int64_t created_ns,
		      struct sl_buffer *file);

int sl_artifact_write(const char *path, const struct sl_rules_set *set,
		      const struct sl_rules_options *options, struct sl_plan *plan,
		      const struct sl_patterns *patterns, const struct sl_registry *registry,
		      int64_t created_ns, size_t *ret_bytes);

#endif
