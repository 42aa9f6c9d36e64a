/* Regular expressions in their steps, for tests: what is expected to work fails the test where it
 * does not. The arena and the blob are the test's own; regex_end() frees them. */
#ifndef SL_TESTS_UNIT_RULES_REGEX_FIXTURE_H
#define SL_TESTS_UNIT_RULES_REGEX_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "rules/regex/regex_priv.h"
#include "sluice/error.h"

struct regex_rig {
	struct sl_arena arena;
	struct sl_buffer blob;
	struct sl_regex_tree tree;
	struct sl_regex_fault fault;
};

static inline void regex_end(struct regex_rig *rig)
{
	sl_arena_fini(&rig->arena);
	sl_buffer_fini(&rig->blob);
}

static inline void regex_parse(struct regex_rig *rig, const char *pattern)
{
	*rig = (struct regex_rig){0};
	if (sl_regex_parse(sl_slice_of(pattern), &rig->arena, &rig->tree, &rig->fault))
		fail_msg("%s: at %u: %s", pattern, rig->fault.offset, rig->fault.message);
}

static inline const struct sl_regex *regex_compile(struct regex_rig *rig, const char *pattern)
{
	regex_parse(rig, pattern);
	if (sl_regex_compile(&rig->tree, &rig->blob, &rig->fault))
		fail_msg("%s: at %u: %s", pattern, rig->fault.offset, rig->fault.message);
	return (const struct sl_regex *)rig->blob.at;
}

#endif
