/* One expression answered: a value, or an error that is of syntax or type, of its run, or for what
 * is not offered.
 *
 * - An asker is made once, with the schema and the event that all its questions share; it answers
 *   one question after the other. One thread.
 * - What a question points to is read while it is answered. An answer is a new reference. */
#ifndef SL_SLUICE_EVAL_ANSWER_H
#define SL_SLUICE_EVAL_ANSWER_H

#include "rules/eval/eval.h"

#include <jansson.h>

struct sl_eval_asker;
struct sl_event_file;

/* What an event has, by the schema's fields: SL_FIELDS_MAX at most. */
void sl_eval_values_of(const struct sl_eval_set *set, const struct sl_event_file *event,
		       struct sl_eval_value *ret_values, uint16_t *ret_n);

/* schema and event: paths, or NULL. Without a schema the event's own members are names, with the
 * types that they have. The engine answers, or the reference evaluator. 0, or the exit code of the
 * command after a message. */
int sl_eval_asker_new(const char *schema, const char *event, bool reference,
		      struct sl_eval_asker **ret_asker);
void sl_eval_asker_free(struct sl_eval_asker *asker); /* takes NULL */

struct sl_eval_ask {
	struct sl_slice text;
	const json_t *bind; /* an object of typed values, or NULL */
	bool dynamic;
};

/* {"value":…} or {"error":{"kind":…,"message":…,"line":…,"column":…}}; NULL: no memory.
 * shown NULL, or where mistakes are kept for people. */
json_t *sl_eval_answer_to(struct sl_eval_asker *asker, const struct sl_eval_ask *ask,
			  struct sl_diagnostics *shown);

/* The same for what is no question at all: kind "syntax" or "type". */
json_t *sl_eval_answer_error(const char *kind, const char *message, unsigned line, unsigned column);

#endif
