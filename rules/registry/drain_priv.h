/* What is under way in versions before, and is to go on beside this one.
 *
 * Beside an artifact that has such campaigns lies a file of their sources, ARTIFACT.draining: the
 * next version reads them again, by its own schema, until nothing of them can be under way. */
#ifndef SL_RULES_REGISTRY_DRAIN_PRIV_H
#define SL_RULES_REGISTRY_DRAIN_PRIV_H

#include "rules/registry/before_priv.h"

/* A campaign that drains, and the text that it stands in. */
struct sl_drained {
	struct sl_slice name;
	int64_t until_ns; /* since 1970: nothing of it is under way any more */
	struct sl_slice text;
};

/* Adds to the set, behind its campaigns, those of the version before whose successors say
 * `on_change: drain` and are another, and those that were draining then. One that cannot be is a
 * mistake. ret_drained gets struct sl_drained, whose texts live as long as the set. 0 or -ENOMEM.
 */
int sl_drain_add(struct sl_rules_set *set, const struct sl_before *before,
		 const struct sl_rules_options *options, int64_t now_ns,
		 struct sl_buffer *ret_drained);

/* Beside the artifact; of none no file. 0 or -errno. */
int sl_drained_write(const char *artifact, const struct sl_buffer *drained);
/* Those that lie beside an artifact; texts in the arena. What is no such file has none. */
int sl_drained_read(const char *artifact, struct sl_arena *arena, struct sl_buffer *ret_drained);

/* How long a campaign can have something under way that began now. */
int64_t sl_drain_span_ns(const struct sl_pattern_text *pattern);

#endif
