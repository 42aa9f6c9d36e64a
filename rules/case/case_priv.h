/* Events and values of test files: from YAML to the JSON that a channel would send. */
#ifndef SL_RULES_CASE_PRIV_H
#define SL_RULES_CASE_PRIV_H

#include "rules/campaign/set_priv.h"
#include "rules/case/case.h"

/* What an event of a case has unless it says otherwise. */
struct sl_case_defaults {
	const struct sl_yaml_node *event; /* a map; NULL: nothing */
	int64_t time_ns;                  /* of this event */
	uint32_t number;                  /* of this event in its case, from 1 */
};

/* Adds the event as one line of JSON. Values of string, strings and time fields become texts
 * however they are written; of the others numbers, true, false and null stay what they are.
 * Without one in the map, the fields of the roles id, time and key get made-up values. */
void sl_case_event_json(const struct sl_schema *schema, const struct sl_yaml_node *map,
			const struct sl_case_defaults *defaults, struct sl_buffer *json);

/* The time that an event will have: its own where it says one that can be read. */
int64_t sl_case_event_time(const struct sl_schema *schema, const struct sl_yaml_node *map,
			   const struct sl_case_defaults *defaults);

/* Fields of an event that the schema does not have: warnings. */
void sl_case_check_fields(const struct sl_schema *schema, const struct sl_yaml_file *file,
			  const struct sl_yaml_node *event);
/* A reason that is none is a mistake. */
void sl_case_check_reason(const struct sl_yaml_file *file, const struct sl_yaml_node *reason);

/* A value by itself, for comparison with a record's data. */
void sl_case_value_json(const struct sl_yaml_node *node, struct sl_buffer *json);

#endif
