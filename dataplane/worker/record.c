#include "worker/record_priv.h"

#include "base/json_out.h"

struct sl_text sl_record_render(const struct sl_record_plan *plan, const struct sl_event *event,
				char *room)
{
	struct sl_json json;
	unsigned depth = 0, common = 0; /* objects open, and shared with the next field */

	sl_json_init(&json, room, SL_RECORDED_BYTES);
	sl_json_object(&json);
	for (uint32_t i = 0; i < plan->n; i++) {
		const struct sl_record_field *field = &plan->fields[i];
		const struct sl_value *value = &event->slots[field->slot];
		unsigned last = field->n_parts - 1u;

		if (field->common < common)
			common = field->common;
		if (!value->kind && !field->is_time)
			continue;
		for (; depth > common; depth--)
			sl_json_object_end(&json);
		for (; depth < last; depth++) {
			sl_json_name_text(&json, field->parts[depth]);
			sl_json_object(&json);
		}
		sl_json_name_text(&json, field->parts[last]);
		if (value->kind)
			sl_json_value(&json, value);
		else
			sl_json_time(&json, event->time_ns);
		common = last;
	}
	for (; depth; depth--)
		sl_json_object_end(&json);
	sl_json_object_end(&json);
	return (struct sl_text){room, json.full ? 0 : (uint32_t)json.bytes};
}
