/* match: which triggers hold for each event of a burst.
 *
 * - A set is made once per generation (databases deserialized, nothing compiled), read-only and
 *   shared. The artifact outlives it.
 * - A matcher belongs to one worker and has room for two sets: the one in use and the next.
 *   sl_matcher_prepare() makes room for a set in place of the older of the two; sl_match_burst()
 *   may be given only a set that has room. So a swap is: prepare every matcher, hand the set to
 *   the workers, and free the old set once no worker and no ring knows it; prepare the one after
 *   only then.
 * - Threads: burst() is the worker's alone. prepare() is for any one thread at a time, also while
 *   the worker is inside burst() with the newer of the two sets; nothing is allocated or freed on
 *   the worker then. The prepared set reaches the worker by the caller's own hand-over (a release
 *   and an acquire).
 * - Hits of the pattern databases are a filter: a literal counts only inside its field's value,
 *   then the trigger's program decides.
 * - Candidates of one event are bounded; those beyond are counted, not evaluated.
 * - Memory is taken at new and prepare; what the candidate bound needs is touched only when used.
 */
#ifndef SL_MATCH_H
#define SL_MATCH_H

#include "base/artifact.h"
#include "base/event.h"
#include "sluice/stats.h"

struct sl_match_set;
struct sl_matcher;

/* -SL_E_PATTERNS where the databases belong to another library or CPU; ret_why may be NULL. */
int sl_match_set_new(const struct sl_artifact *artifact, struct sl_match_set **ret_set,
		     char ret_why[SL_SENTENCE_BYTES]);
void sl_match_set_free(struct sl_match_set *set); /* takes NULL */

struct sl_match_limits {
	uint32_t events;     /* of one burst */
	uint32_t candidates; /* of one event */
	uint32_t event_bytes;
	/* Events whose canonical texts are scanned as one: about a third cheaper from 16 on. 0:
	 * one. More than one needs databases that report every hit (no HS_FLAG_SINGLEMATCH), for a
	 * pattern that is reported once a scan would be missed in the later events. */
	uint32_t scan_events;
	/* What one run of a condition may take: memory for the values that it makes, and steps in
	 * its loops. 0: 256 KiB, 100,000. */
	uint32_t program_bytes;
	uint32_t program_steps;
};

/* -ENOMEM, or -SL_E_LIMIT where events times candidates do not fit 32 bits. */
int sl_matcher_new(const struct sl_match_limits *limits, struct sl_stats_worker *stats,
		   struct sl_matcher **ret_matcher);
void sl_matcher_free(struct sl_matcher *matcher); /* takes NULL */

/* Room for this set beside the newest one; frees what the older, no longer used one needed. Nothing
 * happens where it has room already. 0 or -ENOMEM, the matcher then being as before. */
int sl_matcher_prepare(struct sl_matcher *matcher, const struct sl_match_set *set);

/* Triggers that hold: those of events[i] are triggers[first[i] .. first[i + 1]), ascending and
 * single. Lives until the next burst. */
struct sl_matches {
	const uint32_t *first;
	const uint32_t *triggers;
};

void sl_match_burst(struct sl_matcher *matcher, const struct sl_match_set *set,
		    const struct sl_event *events, unsigned n, struct sl_matches *ret_matches);

#endif
