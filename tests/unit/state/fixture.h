/* Campaigns that remember, as an artifact made by hand, and events for them. A condition is a
 * number below 32: it holds for an event whose mask has its bit. */
#ifndef SL_TESTS_STATE_FIXTURE_H
#define SL_TESTS_STATE_FIXTURE_H

#include "state/state.h"

#define FIX_CAMPAIGNS 8
#define FIX_SEQUENCES 16
#define FIX_STEPS 64
#define FIX_TRIGGERS 160
#define FIX_CODE 256
#define FIX_TEXT 4096
#define FIX_NONE 255u

enum fix_slot { FIX_CUSTOMER, FIX_PRODUCT, FIX_AMOUNT, FIX_PRICE, FIX_AT, FIX_SLOTS };

struct fixture {
	struct sl_artifact artifact;
	struct sl_ruleset_meta meta;
	struct sl_field fields[FIX_SLOTS];
	struct sl_campaign campaigns[FIX_CAMPAIGNS];
	struct sl_sequence sequences[FIX_SEQUENCES];
	struct sl_step steps[FIX_STEPS];
	struct sl_capture captures[FIX_STEPS];
	struct sl_window windows[FIX_STEPS];
	struct sl_aggregate aggregates[FIX_STEPS];
	struct sl_trigger triggers[FIX_TRIGGERS];
	uint8_t conditions[FIX_TRIGGERS]; /* of each trigger */
	struct sl_instruction code[FIX_CODE];
	struct sl_constant constants[FIX_STEPS];
	struct sl_data_field data[FIX_STEPS];
	struct sl_time_zone zones[1];
	struct sl_transition transitions[4];
	uint8_t step_condition[FIX_STEPS], step_until[FIX_STEPS];
	uint8_t among[FIX_SEQUENCES];
	char text[FIX_TEXT];
	uint32_t text_used;
	struct sl_state_plan *plan;
};

void fix_init(struct fixture *fixture);
void fix_fini(struct fixture *fixture);

struct sl_campaign *fix_campaign(struct fixture *fixture, const char *name, enum sl_join join,
				 int64_t within_ns);
/* Of the latest campaign. */
struct sl_sequence *fix_sequence(struct fixture *fixture, enum sl_after_match after,
				 int64_t within_ns);
/* Of the latest sequence; kind EVENT or NOT. */
struct sl_step *fix_step(struct fixture *fixture, const char *name, enum sl_step_kind kind,
			 unsigned condition, int64_t within_ns);
void fix_until(struct fixture *fixture, unsigned condition); /* of the latest step */
void fix_among(struct fixture *fixture, unsigned condition); /* of the latest sequence: strict */
/* The latest step's events have the product of the sequence's first. */
void fix_link_product(struct fixture *fixture);
/* The latest step is a window; having: its first aggregate is at least n. */
struct sl_window *fix_window(struct fixture *fixture, enum sl_window_kind kind, int64_t length_ns,
			     uint32_t keep, enum sl_aggregate_function function, enum fix_slot slot,
			     int64_t n);
void fix_aggregate(struct fixture *fixture, enum sl_aggregate_function function,
		   enum fix_slot slot);
/* Of the latest sequence; returns its index. */
uint32_t fix_capture(struct fixture *fixture, uint32_t step, enum fix_slot slot);

void fix_plan(struct fixture *fixture); /* makes triggers and plan of what is there */

struct fix_event {
	int64_t time_ns;
	const char *id;
	const char *key;
	uint32_t mask;
	const char *product; /* NULL: absent */
	int64_t amount;      /* INT64_MIN: absent */
};

/* Applies it; what falls due before is given first, one outcome after the other, to `told`. */
typedef void fix_outcome(void *context, const struct sl_state_outcome *outcome);
void fix_apply(const struct fixture *fixture, struct sl_states *states,
	       const struct fix_event *event, int64_t tick_ns, fix_outcome *told, void *context);
void fix_tick(const struct fixture *fixture, struct sl_states *states, int64_t tick_ns,
	      fix_outcome *told, void *context);

#endif
