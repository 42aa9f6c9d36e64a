/* Rule sets and events to measure matching with: made from a seed, the same everywhere.
 *
 * - Fields are those of the sample schema, rules/examples/schema.yaml.
 * - Half of the campaigns ask for one of five popular types, as does more than half of the
 *   traffic. Values that campaigns ask for occur in events only where one was planted: hit_rate of
 *   the events fulfil a campaign, SL_PERF_NEAR_SHARE carry what a campaign is filed under and fail
 *   on its type.
 * - Whatever can not be had (memory, a file) ends the program: a measurement has no other way. */
#ifndef SL_PERF_MATCH_CASES_H
#define SL_PERF_MATCH_CASES_H

#include "base/span.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#define SL_PERF_NEAR_SHARE 0.3

enum sl_perf_kind {
	/* what a bank's rule set looks like: see match_wanted.c */
	SL_PERF_MIXED,
	SL_PERF_LITERAL,
	SL_PERF_NUMERIC,
	SL_PERF_REGEX,
	/* type == T && amount > N: nothing but the type to file it under */
	SL_PERF_RANGE_BY_TYPE,
	/* adversarial: all share one equality and differ in a range; pairs that differ in a
	 * negation; an || of twenty each; one terrible regular expression among good campaigns */
	SL_PERF_SAME_EQUALITY,
	SL_PERF_NEGATION,
	SL_PERF_OR_OF_TWENTY,
	SL_PERF_ONE_TERRIBLE,
	/* mixed, of which every tenth campaign remembers: see match_patterns.c */
	SL_PERF_MIXED_TEMPORAL,
	SL_PERF_KINDS
};

extern const char *const sl_perf_kind_names[SL_PERF_KINDS];

struct sl_perf_case {
	uint32_t campaigns;
	enum sl_perf_kind kind;
	bool forgetful; /* of MIXED_TEMPORAL: each campaign is written without its past */
	double hit_rate;
	uint64_t bytes; /* of events, at least */
	uint64_t seed;
};

enum sl_perf_fate { SL_PERF_BACKGROUND, SL_PERF_NEAR, SL_PERF_HIT };

struct sl_perf_events {
	uint8_t *text;
	struct sl_span *spans; /* SL_SPAN_PADDING bytes behind each may be read */
	uint8_t *fates;        /* enum sl_perf_fate: what was intended */
	uint32_t n;
};

void sl_perf_write_campaign(const struct sl_perf_case *what, uint32_t campaign, FILE *file);
/* Files of campaigns in the directory, which is there; and their end. */
void sl_perf_write_rules(const struct sl_perf_case *what, const char *directory);
void sl_perf_remove_rules(const struct sl_perf_case *what, const char *directory);
/* The questions about texts that campaigns would be filed under if pattern matching were all there
 * is: what the floor scans for. Paths and texts live as long as the call. */
enum sl_perf_part { SL_PERF_EQUAL, SL_PERF_BEGIN, SL_PERF_END, SL_PERF_WITHIN };

struct sl_perf_question {
	const char *path;
	enum sl_perf_part part;
	const char *text;
};

void sl_perf_each_question(const struct sl_perf_case *what,
			   void (*each)(void *context, const struct sl_perf_question *question),
			   void *context);

void sl_perf_make_events(const struct sl_perf_case *what, struct sl_perf_events *ret_events);
void sl_perf_free_events(struct sl_perf_events *events);

/* Of an event's id: its place among the events. */
uint32_t sl_perf_event_number(const char *id);

_Noreturn void sl_perf_give_up(const char *what, const char *why);

#endif
