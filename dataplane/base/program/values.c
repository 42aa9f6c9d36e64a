/* Where values come from: slots, constants, members; and texts that grow. */
#include "program_priv.h"

/* A field's time, nanoseconds since 1970, as seconds rounded down and what is left. The remainder
 * first: the seconds times their nanoseconds may be less than the least integer. */
static void set_timestamp(struct sl_any *any, int64_t ns)
{
	int32_t nanos = (int32_t)(ns % SL_NANOS);

	any->kind = SL_KIND_TIMESTAMP;
	any->integer = ns / SL_NANOS - (nanos < 0);
	any->nanos = nanos + (nanos < 0 ? SL_NANOS : 0);
}

struct sl_any sl_any_constant(const struct sl_artifact *artifact, uint32_t index)
{
	const struct sl_constant *constant = &artifact->constants[index];
	struct sl_any value = {.kind = (uint8_t)constant->type};

	switch (constant->type) {
	case SL_KIND_STRING:
	case SL_KIND_BYTES:
		value.count = constant->text.bytes;
		value.text = artifact->text + constant->text.offset;
		break;
	case SL_KIND_LIST:
	case SL_KIND_MAP:
		value.form = SL_ANY_CONSTANTS;
		value.count = constant->run.count;
		value.members = artifact->members + constant->run.first;
		break;
	case SL_KIND_TIME: /* for a test of a slot: as a value it is a timestamp */
		set_timestamp(&value, constant->integer);
		break;
	default:
		value.nanos = constant->nanos;
		value.integer = constant->integer;
	}
	return value;
}

struct sl_any sl_any_slot(const struct sl_event *event, uint32_t slot)
{
	const struct sl_value *value;
	struct sl_any any;

	if (!event || slot >= event->n_slots || event->slots[slot].kind == 0)
		return sl_any_fault(SL_FAULT_FIELD_ABSENT);
	value = &event->slots[slot];
	any = (struct sl_any){.kind = value->kind, .integer = value->integer};
	switch (value->kind) {
	case SL_TYPE_STRINGS:
		any.form = SL_ANY_TEXTS;
		any.count = value->count;
		break;
	case SL_TYPE_STRING:
		any.count = value->count;
		break;
	case SL_TYPE_TIME:
		set_timestamp(&any, value->integer);
		break;
	default:
		break;
	}
	return any;
}

struct sl_any sl_any_member(const struct sl_artifact *artifact, const struct sl_any *whole,
			    uint32_t i)
{
	switch (whole->form) {
	case SL_ANY_TEXTS:
		return sl_any_text(SL_KIND_STRING, whole->texts[i].at, whole->texts[i].bytes);
	case SL_ANY_CONSTANTS:
		return sl_any_constant(artifact, whole->members[i]);
	default:
		return whole->items[i];
	}
}

void sl_out_begin(struct sl_out *out, struct sl_run *run)
{
	*out = (struct sl_out){
		.run = run,
		.at = run->at + run->used,
		.room = run->bytes - run->used,
	};
}

void sl_out_put(struct sl_out *out, const char *at, uint64_t bytes)
{
	if (bytes > out->room - out->bytes) {
		out->run->over = true;
		return;
	}
	if (bytes)
		memcpy(out->at + out->bytes, at, bytes);
	out->bytes += (uint32_t)bytes;
}

struct sl_any sl_out_end(struct sl_out *out)
{
	sl_run_take(out->run, out->bytes);
	return sl_any_text(SL_KIND_STRING, out->at, out->bytes);
}
