/* Random schemas, conditions and events, small and full of what is special: for the oracle of
 * match. Half of the conditions are simple ones, which file well; the others all of CEL. */
#ifndef SL_TESTS_ORACLE_DRAW_H
#define SL_TESTS_ORACLE_DRAW_H

#include "rules/eval/eval.h"
#include "sluice/artifact.h"
#include "tests/oracle/draw_cel.h"

#include <stdint.h>

#define SL_DRAW_FIELDS 7u
#define SL_DRAW_CAMPAIGNS 24u
#define SL_DRAW_CONDITION_BYTES 4096u
#define SL_DRAW_TEXT_BYTES 128u
#define SL_DRAW_ITEMS 4u
#define SL_DRAW_LETTERS 5u

struct sl_draw_rules {
	uint8_t types[SL_DRAW_FIELDS];     /* enum sl_field_type, in slot order */
	uint32_t letters[SL_DRAW_LETTERS]; /* that its texts are made of */
	uint32_t n_campaigns;
	char conditions[SL_DRAW_CAMPAIGNS][SL_DRAW_CONDITION_BYTES];
};

/* A value of type 0 is absent. */
struct sl_draw_event {
	struct sl_eval_value values[SL_DRAW_FIELDS];
	char texts[SL_DRAW_FIELDS][SL_DRAW_ITEMS][SL_DRAW_TEXT_BYTES];
	struct sl_eval_text lists[SL_DRAW_FIELDS][SL_DRAW_ITEMS];
};

const char *sl_draw_path(unsigned field);
void sl_draw_rules(struct sl_choices *choices, struct sl_draw_rules *ret_rules);
void sl_draw_event(struct sl_choices *choices, const struct sl_draw_rules *rules,
		   struct sl_draw_event *ret_event);

#endif
