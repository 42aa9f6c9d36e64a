/* What a key may need at most for a sequence, in bytes, as dataplane/state packs it: numbers take
 * their longest, texts what the schema lets them have, and there are as many runs and entries as
 * may be. Mostly it is a fraction of that. */
#include "rules/campaign/sequence_priv.h"

#define NUMBER_BYTES 10u   /* of 64 bits, seven to a byte */
#define HEAD_BYTES 32u     /* of the record: the slot, its length, the unit of times, its place */
#define POSITION_BYTES 64u /* of an id, where no field has it */

static uint64_t value_bytes(const struct sl_schema_field *field, uint64_t most)
{
	uint64_t text = field->bytes_max < most ? field->bytes_max : most;

	return field->type == SL_TYPE_STRING ? 1 + NUMBER_BYTES + text : 1 + NUMBER_BYTES;
}

static uint64_t id_bytes(const struct sl_schema *schema)
{
	int slot = schema->role_slot[SL_ROLE_ID];

	return slot < 0 ? POSITION_BYTES : value_bytes(&schema->fields[slot], UINT32_MAX);
}

/* Time, type and channel of the last event, and whose it was. Type and channel are named by a
 * number: a worker meets few of them. */
static uint64_t event_bytes(const struct sl_schema *schema)
{
	int key = schema->role_slot[SL_ROLE_KEY];

	return 2 * NUMBER_BYTES + (key < 0 ? 0 : value_bytes(&schema->fields[key], UINT32_MAX));
}

static uint64_t run_bytes(const struct sl_schema *schema, const struct sl_sequence_text *sequence)
{
	uint64_t bytes = 1 + 4 * NUMBER_BYTES + id_bytes(schema);

	for (uint32_t i = 0; i < sequence->n_steps; i++) {
		const struct sl_step_text *step = &sequence->steps[i];

		if (step->kind != SL_STEP_NOT)
			bytes += id_bytes(schema);
		if (step->window)
			bytes += step->window->n_aggregates * 2 * NUMBER_BYTES;
	}
	for (uint32_t i = 0; i < sequence->n_captures; i++)
		bytes += value_bytes(&schema->fields[sequence->captures[i].slot],
				     SL_CAPTURE_BYTES_MAX);
	return bytes + (sl_sequence_is_due(sequence) ? event_bytes(schema) : 0);
}

static uint64_t window_bytes(const struct sl_schema *schema, const struct sl_pattern_text *pattern,
			     const struct sl_sequence_text *sequence)
{
	const struct sl_window_text *window = sequence->steps[0].window;
	uint64_t entry = NUMBER_BYTES, open = 3 * NUMBER_BYTES + id_bytes(schema);

	for (uint32_t i = 0; i < window->n_aggregates; i++) {
		bool distinct = window->aggregates[i].function == SL_AGGREGATE_DISTINCT;

		entry += 1 + NUMBER_BYTES;
		open += distinct ? NUMBER_BYTES + 8 * (uint64_t)window->keep : 3 * NUMBER_BYTES;
	}
	if (window->kind == SL_WINDOW_SLIDING)
		return window->keep * entry;
	for (uint32_t i = 0; i < sequence->n_captures; i++)
		open += value_bytes(&schema->fields[sequence->captures[i].slot],
				    SL_CAPTURE_BYTES_MAX);
	return pattern->runs_max * (open + (window->at_end ? event_bytes(schema) : 0));
}

uint32_t sl_sequence_bytes(const struct sl_schema *schema, const struct sl_pattern_text *pattern,
			   const struct sl_sequence_text *sequence)
{
	const struct sl_step_text *first = &sequence->steps[0];
	uint64_t bytes = HEAD_BYTES, run = run_bytes(schema, sequence);
	bool once = sequence->n_steps == 1 && first->times_to == 1;

	if (first->window)
		bytes += window_bytes(schema, pattern, sequence);
	if (first->kind == SL_STEP_NOT)
		bytes += NUMBER_BYTES;
	if (!once) /* what one event completes is never kept */
		bytes += pattern->runs_max * run;
	if (pattern->join == SL_JOIN_ALL)
		bytes += run;
	bytes += bytes / 8; /* sizes come in steps of an eighth */
	return bytes < SL_STATE_KEY_BYTES_MAX ? (uint32_t)bytes : SL_STATE_KEY_BYTES_MAX;
}

uint32_t sl_limit_bytes(const struct sl_limit_text *limit)
{
	return limit->per_ns ? HEAD_BYTES + limit->count * NUMBER_BYTES : 0;
}
