#include "rules/campaign/remembered_priv.h"

static bool begins_with(struct sl_slice path, struct sl_slice name)
{
	return name.bytes && path.bytes >= name.bytes &&
	       memcmp(path.at, name.at, name.bytes) == 0 &&
	       (path.bytes == name.bytes || path.at[name.bytes] == '.');
}

/* Finds the step by the names in front of the path's first dot; false: none. */
static bool find_step(const struct sl_remembered *remembered, struct sl_slice path,
		      uint32_t *ret_sequence, uint32_t *ret_step)
{
	for (uint32_t s = 0; s < remembered->n_sequences; s++) {
		const struct sl_sequence_text *sequence = &remembered->sequences[s];

		for (uint32_t i = 0; i < sequence->n_steps; i++) {
			if (!begins_with(path, sequence->steps[i].name))
				continue;
			*ret_sequence = s;
			*ret_step = i;
			return true;
		}
	}
	return false;
}

static struct sl_slice behind(struct sl_slice path, struct sl_slice name)
{
	uint32_t n = name.bytes + 1 < path.bytes ? name.bytes + 1 : path.bytes;

	return (struct sl_slice){path.at + n, path.bytes - n};
}

const struct sl_step_text *sl_remembered_step(const struct sl_remembered *remembered,
					      struct sl_slice path, struct sl_slice *ret_rest)
{
	const struct sl_step_text *step;
	uint32_t sequence, index;

	if (!find_step(remembered, path, &sequence, &index))
		return NULL;
	step = &remembered->sequences[sequence].steps[index];
	*ret_rest = behind(path, step->name);
	return step;
}

uint32_t sl_remembered_capture(struct sl_sequence_text *sequence, uint32_t step, uint16_t slot,
			       struct sl_slice name)
{
	for (uint32_t i = 0; i < sequence->n_captures; i++) {
		struct sl_capture_text *capture = &sequence->captures[i];

		if (capture->step != step || capture->slot != slot)
			continue;
		if (!capture->name.bytes)
			capture->name = name;
		return i;
	}
	if (sequence->n_captures == SL_CAPTURES_MAX)
		return UINT32_MAX;
	sequence->captures[sequence->n_captures] =
		(struct sl_capture_text){.name = name, .step = step, .slot = slot};
	return sequence->n_captures++;
}

enum sl_remembered_answer sl_remembered_find(struct sl_remembered *remembered, struct sl_slice path,
					     uint16_t *ret_capture,
					     const struct sl_schema_field **ret_field)
{
	struct sl_sequence_text *sequence;
	struct sl_slice name = {.bytes = path.bytes};
	uint32_t s, step, capture;
	int slot;

	if (!find_step(remembered, path, &s, &step))
		return SL_REMEMBERED_NONE;
	sequence = &remembered->sequences[s];
	slot = sl_schema_find(remembered->schema, behind(path, sequence->steps[step].name));
	if (slot < 0)
		return SL_REMEMBERED_NONE;
	if (remembered->refused)
		return SL_REMEMBERED_REFUSED;
	if (remembered->schema->fields[slot].type == SL_TYPE_STRINGS)
		return SL_REMEMBERED_LIST;
	name.at = sl_arena_copy(remembered->arena, path);
	if (!name.at)
		return SL_REMEMBERED_FAILED;
	capture = sl_remembered_capture(sequence, step, (uint16_t)slot, name);
	if (capture == UINT32_MAX)
		return SL_REMEMBERED_TOO_MANY;
	remembered->sequence = s;
	*ret_capture = (uint16_t)capture;
	*ret_field = &remembered->schema->fields[slot];
	return SL_REMEMBERED_FOUND;
}
