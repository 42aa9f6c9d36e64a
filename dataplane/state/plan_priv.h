/* What an artifact says of memory, made ready for use. Read-only, shared by workers. */
#ifndef SL_STATE_PLAN_PRIV_H
#define SL_STATE_PLAN_PRIV_H

#include "state/state.h"

struct sl_plan_sequence {
	const struct sl_sequence *of;
	const struct sl_campaign *campaign;
	const struct sl_step *steps;
	const struct sl_capture *captures;
	const struct sl_window *window; /* NULL: none */
	const struct sl_aggregate *aggregates;
	uint32_t index;
	uint32_t n_aggregates;
	uint8_t first, last;        /* steps that are no NOT */
	uint8_t next[SL_STEPS_MAX]; /* the next such step; 0: none */
	bool usable;                /* false: it has no step that an event could take */
	bool leading;               /* step 0 is a NOT */
	bool trailing;              /* there is a NOT behind the last */
	bool keeps_event;           /* type, channel and time of the last accepted event */
	bool keeps_customer;        /* and whose it was */
	bool keeps_aggregates;      /* runs hold what their window came to */
	bool says_between;          /* that nothing came from the first event to the last */
	bool says_end;              /* that nothing more came into its window */
	bool by_value;              /* SLIDING: entries are the values of `distinct(f) >= n` */
	uint8_t n_values;           /* fields of the window's aggregates, each once */
	uint16_t value_slots[SL_AGGREGATES_MAX];
	uint8_t value_of[SL_AGGREGATES_MAX]; /* of an aggregate: index of its field's value */
};

/* What a state slot stands for. */
enum sl_slot_kind { SL_SLOT_UNKNOWN, SL_SLOT_SEQUENCE, SL_SLOT_LIMIT, SL_SLOT_GAPS };

struct sl_plan_slot {
	uint64_t slot;
	uint32_t kind;  /* enum sl_slot_kind; UNKNOWN: this place is empty */
	uint32_t index; /* sequence, or a campaign that has this limit */
};

struct sl_state_plan {
	const struct sl_artifact *artifact;
	uint64_t next_slot; /* what is not below was given later than this artifact */
	int64_t absence_ns; /* see sl_state_plan_absence() */
	bool absence_by;
	uint32_t n_sequences;
	uint32_t mask; /* of slots */
	struct sl_plan_sequence *sequences;
	struct sl_plan_slot *slots; /* by hash of the slot */
};

/* NULL: the plan does not know it. */
const struct sl_plan_slot *sl_plan_slot(const struct sl_state_plan *plan, uint64_t slot);

/* Whether a slot's memory is of no use to anybody any more. */
static inline bool sl_plan_retired(const struct sl_state_plan *plan, uint64_t slot)
{
	return (slot < plan->next_slot || slot == SL_STATE_GAPS_SLOT) && !sl_plan_slot(plan, slot);
}

#endif
