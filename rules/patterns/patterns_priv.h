/* Pattern databases for the atoms of a plan, compiled for the machine this runs on.
 *
 * Compiling is what takes long, so what was compiled is kept: of each class one base. A rule set
 * that differs little from the base takes what it can from there, by a table of what each pattern
 * id stands for, and compiles only the rest, into a small database beside it. */
#ifndef SL_RULES_PATTERNS_PRIV_H
#define SL_RULES_PATTERNS_PRIV_H

#include "rules/plan/plan_priv.h"

/* Patterns of one database. What compiling expressions takes grows faster than their number. */
#define SL_PATTERNS_LITERALS_MAX 50000u
#define SL_PATTERNS_EXPRESSIONS_MAX 2500u

/* A base is compiled anew when more than this share of the patterns is not in it, or this share of
 * it is no longer asked for. */
#define SL_PATTERNS_FRESH_SHARE 0.05
#define SL_PATTERNS_STALE_SHARE 0.20
/* Below this many it is not worth a database of its own. */
#define SL_PATTERNS_FEW 64u

struct sl_patterns {
	struct sl_buffer databases; /* struct sl_database */
	struct sl_buffer ids;       /* uint32_t, a run for each database */
	struct sl_buffer blobs;     /* each aligned to SL_FILE_ALIGN */
	const char *version;        /* the library's; lives as long as the program */
	uint64_t cpu_features;
	uint32_t cpu_tune;
	uint32_t compiled; /* patterns that were compiled now */
	uint32_t taken;    /* from the cache */
};

/* cache: as in sl_rules_options. -SL_E_PATTERNS: the library refused them, which was reported. */
int sl_patterns_build(const struct sl_plan *plan, const char *cache,
		      struct sl_diagnostics *diagnostics, struct sl_patterns *ret_patterns);
void sl_patterns_fini(struct sl_patterns *patterns);

/* Measures what each dear pattern of the plan adds to an event and warns of it; beyond ns_max (0:
 * no bound) it is a mistake. This takes some milliseconds each; the figure is of this machine, busy
 * as it is. */
int sl_patterns_judge(const struct sl_plan *plan, const struct sl_rules_set *set, uint32_t ns_max);

/* ---- one class ------------------------------------------------------------------------------ */

/* Compiled patterns: of each database its patterns' hashes in the order of their ids. */
struct sl_pattern_base {
	struct sl_buffer databases; /* struct sl_pattern_database */
	struct sl_buffer hashes;    /* uint64_t[2] of each pattern */
	struct sl_buffer blobs;
};

struct sl_pattern_database {
	uint64_t bytes; /* of its blob; they lie one behind the other, each aligned to 8 */
	uint32_t patterns;
	uint32_t reserved;
};

void sl_pattern_base_fini(struct sl_pattern_base *base);

/* What a pattern is known by. */
void sl_pattern_hash(const struct sl_plan *plan, uint32_t atom, uint64_t ret_hash[2]);

/* Adds databases of the n atoms to the base. */
int sl_patterns_compile(const struct sl_plan *plan, const uint32_t *atoms, uint32_t n,
			const struct sl_patterns *machine, struct sl_diagnostics *diagnostics,
			struct sl_pattern_base *base);

/* Two bases are kept of each class, so that who goes back to the set before compiles nothing. 0
 * also where there is none, or a damaged one: the base is empty then. */
int sl_patterns_cache_read(const char *cache, const struct sl_patterns *machine,
			   enum sl_database_class class, bool before,
			   struct sl_pattern_base *ret_base);
/* What goes wrong in these costs time, nothing else: it is not told. */
void sl_patterns_cache_exchange(const char *cache, const struct sl_patterns *machine,
				enum sl_database_class class);
void sl_patterns_cache_write(const char *cache, const struct sl_patterns *machine,
			     enum sl_database_class class, const struct sl_pattern_base *base);

#endif
