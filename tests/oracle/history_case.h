/* A rule set that was drawn, and the streams of events that it is tried on. For the oracles of
 * histories. */
#ifndef SL_TESTS_ORACLE_HISTORY_CASE_H
#define SL_TESTS_ORACLE_HISTORY_CASE_H

#include "tests/oracle/draw_history.h"

#include <stdio.h>

#define SL_HISTORY_STREAMS 8u

enum {
	SL_F_ID,
	SL_F_TIME,
	SL_F_CUSTOMER,
	SL_F_TYPE,
	SL_F_DEVICE,
	SL_F_AMOUNT,
	SL_F_RATE,
	SL_F_TAG,
	SL_F_BRANCH,
	SL_F_FIELDS
};

/* What is due may be seen two milliseconds after its tick. Before a reload, a restart or another
 * clock it is given this much more: matches have the name that their campaign has when they are
 * made, and are judged by the clock of then. */
#define SL_HISTORY_STILL_NS 3000000ll

/* The name of what a reload adds begins with this. */
#define SL_HISTORY_ADDED 'a'

struct sl_history_stream {
	uint32_t n;
	uint32_t lateness_ms;
	/* of a whole engine: how many, which one reads, how many events at once */
	unsigned workers, reader, burst;
	bool on_disk; /* a journal, from which it goes on after a restart */
	struct sl_draw_arrival arrivals[SL_DRAW_ARRIVALS];
};

struct sl_history_case {
	unsigned n_campaigns, n_streams;
	struct sl_draw_campaign campaigns[SL_DRAW_HISTORY_CAMPAIGNS];
	struct sl_draw_campaign added; /* by a reload */
	struct sl_history_stream streams[SL_HISTORY_STREAMS];
};

/* What was drawn, of cases that count. */
struct sl_history_coverage {
	uint64_t drawn[SL_DRAWN_KINDS], n_campaigns, n_replaced;
};

/* Whether all that is due has to be out of the way before this. */
static inline bool sl_history_is_still(const struct sl_history_stream *stream,
				       const struct sl_draw_arrival *arrival)
{
	return arrival->kind == SL_ARRIVAL_RELOAD || arrival->kind == SL_ARRIVAL_CLOCK ||
	       (arrival->kind == SL_ARRIVAL_RESTART && stream->on_disk);
}

/* coverage may be NULL. What no author could load is replaced by a campaign of nothing. */
void sl_history_case_draw(struct sl_history_case *history, struct sl_choices *choices,
			  const struct sl_draw_wish *wish, struct sl_history_coverage *coverage);
uint64_t sl_history_case_size(const struct sl_history_case *history); /* arrivals */

/* The name of a campaign in these rules: 0, or 1: what a reload brings. */
const char *sl_history_name(const struct sl_history_case *history, unsigned campaign,
			    unsigned rules);
/* YAML. After a reload the last one has another name, and stands first, behind one that is new. */
void sl_history_case_write(const struct sl_history_case *history, unsigned rules, FILE *file);
/* YAML, then the streams, for people. */
void sl_history_case_print(const struct sl_history_case *history);
/* Of the first so many kinds: how many never occurred. */
unsigned sl_history_coverage_print(const struct sl_history_coverage *coverage, unsigned kinds);

#endif
