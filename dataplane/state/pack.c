/* Values of fields, packed. */
#include "pack_priv.h"

void sl_pack_double(struct sl_pack *out, double value)
{
	sl_pack_bytes(out, &value, sizeof(value));
}

double sl_unpack_double(struct sl_unpack *in)
{
	const uint8_t *at = sl_unpack_bytes(in, sizeof(double));
	double value = 0;

	if (at)
		memcpy(&value, at, sizeof(value));
	return value;
}

bool sl_pack_value(struct sl_pack *out, const struct sl_value *value)
{
	switch (value->kind) {
	case SL_TYPE_INT:
		sl_pack_byte(out, SL_PACKED_INT);
		sl_pack_signed(out, value->integer);
		return true;
	case SL_TYPE_TIME:
		sl_pack_byte(out, SL_PACKED_TIME);
		sl_pack_signed(out, value->integer);
		return true;
	case SL_TYPE_DECIMAL:
		sl_pack_byte(out, SL_PACKED_DOUBLE);
		sl_pack_double(out, value->decimal);
		return true;
	case SL_TYPE_BOOL:
		sl_pack_byte(out, value->integer ? SL_PACKED_TRUE : SL_PACKED_FALSE);
		return true;
	case SL_TYPE_STRING:
		if (value->count > SL_CAPTURE_BYTES_MAX)
			break;
		if (value->count < 256 - SL_PACKED_SHORT) {
			sl_pack_byte(out, SL_PACKED_SHORT + value->count);
		} else {
			sl_pack_byte(out, SL_PACKED_STRING);
			sl_pack_number(out, value->count);
		}
		sl_pack_bytes(out, value->text, value->count);
		return true;
	default:
		break;
	}
	sl_pack_byte(out, SL_PACKED_ABSENT);
	return value->kind == 0;
}

struct sl_span sl_unpack_value(struct sl_unpack *in)
{
	const uint8_t *from = in->at;
	uint64_t bytes;

	unsigned kind = sl_unpack_byte(in);

	switch (kind) {
	case SL_PACKED_ABSENT:
	case SL_PACKED_FALSE:
	case SL_PACKED_TRUE:
		break;
	case SL_PACKED_INT:
	case SL_PACKED_TIME:
		sl_unpack_signed(in);
		break;
	case SL_PACKED_DOUBLE:
	case SL_PACKED_HASH:
		sl_unpack_bytes(in, 8);
		break;
	case SL_PACKED_STRING:
		bytes = sl_unpack_number(in);
		if (bytes > SL_CAPTURE_BYTES_MAX)
			in->bad = true;
		else
			sl_unpack_bytes(in, bytes);
		break;
	default:
		sl_unpack_bytes(in, kind - SL_PACKED_SHORT);
	}
	return sl_span_of(from, (size_t)(in->at - from));
}

static struct sl_any timestamp(int64_t ns)
{
	int32_t nanos = (int32_t)(ns % 1000000000);

	return (struct sl_any){
		.kind = SL_KIND_TIMESTAMP,
		.integer = ns / 1000000000 - (nanos < 0),
		.nanos = nanos + (nanos < 0 ? 1000000000 : 0),
	};
}

struct sl_any sl_packed_any(struct sl_span packed)
{
	struct sl_unpack in = sl_unpack_of(packed.at, packed.bytes);
	struct sl_any any = {.kind = SL_KIND_ERROR, .integer = SL_FAULT_FIELD_ABSENT};

	unsigned kind;

	if (!packed.bytes)
		return any;
	kind = sl_unpack_byte(&in);
	switch (kind) {
	case SL_PACKED_INT:
		return (struct sl_any){.kind = SL_KIND_INT, .integer = sl_unpack_signed(&in)};
	case SL_PACKED_TIME:
		return timestamp(sl_unpack_signed(&in));
	case SL_PACKED_DOUBLE:
		return (struct sl_any){.kind = SL_KIND_DOUBLE, .decimal = sl_unpack_double(&in)};
	case SL_PACKED_FALSE:
		return (struct sl_any){.kind = SL_KIND_BOOL, .integer = 0};
	case SL_PACKED_TRUE:
		return (struct sl_any){.kind = SL_KIND_BOOL, .integer = 1};
	case SL_PACKED_ABSENT:
	case SL_PACKED_HASH:
		return any;
	default:
		any.kind = SL_KIND_STRING;
		any.count = kind == SL_PACKED_STRING ? (uint32_t)sl_unpack_number(&in)
						     : kind - SL_PACKED_SHORT;
		any.text = (const char *)in.at;
		return any;
	}
}

void sl_pack_any(struct sl_pack *out, const struct sl_any *any)
{
	switch (any->kind) {
	case SL_KIND_INT:
		sl_pack_byte(out, SL_PACKED_INT);
		sl_pack_signed(out, any->integer);
		break;
	case SL_KIND_DOUBLE:
		sl_pack_byte(out, SL_PACKED_DOUBLE);
		sl_pack_double(out, any->decimal);
		break;
	case SL_KIND_TIMESTAMP: /* of a field, so that it fits nanoseconds */
		sl_pack_byte(out, SL_PACKED_TIME);
		sl_pack_signed(out, (int64_t)((uint64_t)any->integer * 1000000000u +
					      (uint64_t)any->nanos));
		break;
	default:
		sl_pack_byte(out, SL_PACKED_ABSENT);
	}
}

uint64_t sl_value_hash(const struct sl_value *value)
{
	double decimal;

	switch (value->kind) {
	case SL_TYPE_STRING:
		return sl_text_hash(value->text, value->count);
	case SL_TYPE_DECIMAL:
		decimal = value->decimal + 0.0; /* -0 is 0 */
		return sl_text_hash((const char *)&decimal, sizeof(decimal));
	case SL_TYPE_INT:
	case SL_TYPE_BOOL:
	case SL_TYPE_TIME:
		return sl_text_hash((const char *)&value->integer, sizeof(value->integer));
	default:
		return 0;
	}
}
