/* Names of what earlier steps saw: `start.product`. Each that is asked becomes a capture of its
 * sequence, once. */
#ifndef SL_RULES_CAMPAIGN_REMEMBERED_PRIV_H
#define SL_RULES_CAMPAIGN_REMEMBERED_PRIV_H

#include "rules/campaign/sequence_priv.h"

struct sl_remembered {
	const struct sl_schema *schema;
	struct sl_arena *arena;
	struct sl_sequence_text *sequences; /* whose steps may be asked, those read so far */
	uint32_t n_sequences;
	const char *refused; /* what asks the event alone, "`until`"; NULL: it may ask */
	uint32_t sequence;   /* of the name that was found last */
};

enum sl_remembered_answer {
	SL_REMEMBERED_NONE, /* no such name */
	SL_REMEMBERED_FOUND,
	SL_REMEMBERED_LIST,     /* a field of type strings is not remembered */
	SL_REMEMBERED_REFUSED,  /* not here */
	SL_REMEMBERED_TOO_MANY, /* captures */
	SL_REMEMBERED_FAILED,   /* no memory */
};

/* FOUND: the capture's index in its sequence, and the field. */
enum sl_remembered_answer sl_remembered_find(struct sl_remembered *remembered, struct sl_slice path,
					     uint16_t *ret_capture,
					     const struct sl_schema_field **ret_field);

/* The capture of a step's slot, made if need be. `name` lives as long as the sequence; no bytes: it
 * is asked by no name. UINT32_MAX: there are SL_CAPTURES_MAX others. */
uint32_t sl_remembered_capture(struct sl_sequence_text *sequence, uint32_t step, uint16_t slot,
			       struct sl_slice name);

/* The step that the path begins with, `start` of `start.product` and of `start`, and what is behind
 * its dot. NULL: none. */
const struct sl_step_text *sl_remembered_step(const struct sl_remembered *remembered,
					      struct sl_slice path, struct sl_slice *ret_rest);

#endif
