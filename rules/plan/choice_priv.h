/* Under which facts of a row a trigger is filed, and how many events will come there. */
#ifndef SL_RULES_PLAN_CHOICE_PRIV_H
#define SL_RULES_PLAN_CHOICE_PRIV_H

#include "rules/memory_priv.h"
#include "rules/plan/facts_priv.h"

/* What the conditions of a rule set ask, counted. Without knowing the traffic they stand for it: a
 * value is as frequent among events as among the triggers that ask its field. */
struct sl_census {
	struct sl_table index;  /* hash of a fact -> its place in `facts` */
	struct sl_buffer facts; /* struct sl_census_fact */
	struct sl_buffer scratch;
	uint32_t asked[SL_FIELDS_MAX];          /* triggers that ask the slot for a value */
	uint32_t searched[SL_FIELDS_MAX];       /* and for a pattern */
	uint32_t asked_last[2 * SL_FIELDS_MAX]; /* the last of both, counted from 1 */
	uint32_t trigger; /* the one at hand, counted from 1; 0: not counting */
	bool failed;
};

struct sl_census_fact {
	uint32_t shared; /* triggers that have it */
	uint32_t last;
	uint32_t atom; /* SL_ATOM_NONE, or where it stands among the atoms */
};

/* Finds the fact, and counts it if the census is being taken. Sets its index. */
void sl_census_meet(struct sl_census *census, struct sl_fact *fact);
void sl_census_fini(struct sl_census *census);

/* A trigger that is a candidate: its program runs, or a match is noted. */
#define SL_CANDIDATE_NS 20.0

struct sl_choice {
	const struct sl_fact *equals[SL_NODE_DEPTH_MAX]; /* most asked for slot first */
	uint32_t n_equals;
	const struct sl_fact *pattern; /* instead of equalities; NULL */
	int32_t range_slot;            /* -1: no interval */
	int64_t low, high;
	double share;   /* of events that will come there, estimated */
	double cost_ns; /* of an event, whether it comes there or not, estimated */
};

struct sl_choice sl_choice_of(const struct sl_census *census, const struct sl_row *row);
/* Whether being filed so proves the fact. */
bool sl_choice_proves(const struct sl_choice *choice, const struct sl_fact *fact);

#endif
