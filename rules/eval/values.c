#include "rules/eval/eval_priv.h"

#include <math.h>

static const char *const kind_names[SL_KINDS] = {
	[SL_KIND_STRING] = "string",
	[SL_KIND_INT] = "int",
	[SL_KIND_DOUBLE] = "double",
	[SL_KIND_BOOL] = "bool",
	[SL_KIND_LIST] = "list",
	[SL_KIND_MAP] = "map",
	[SL_KIND_UINT] = "uint",
	[SL_KIND_BYTES] = "bytes",
	[SL_KIND_NULL] = "null_type",
	[SL_KIND_TIMESTAMP] = "google.protobuf.Timestamp",
	[SL_KIND_DURATION] = "google.protobuf.Duration",
	[SL_KIND_TYPE] = "type",
};

const char *sl_eval_kind_name(uint8_t kind)
{
	return kind < SL_KINDS && kind_names[kind] ? kind_names[kind] : "";
}

enum sl_kind sl_eval_kind_named(struct sl_slice name)
{
	for (int kind = 1; kind < SL_KINDS; kind++)
		if (kind_names[kind] && sl_slice_is(name, kind_names[kind]))
			return (enum sl_kind)kind;
	return SL_KIND_NONE;
}

const char *sl_eval_fault_text(uint32_t fault)
{
	static const char *const texts[SL_FAULT_COUNT] = {
		[SL_FAULT_NONE] = "",
#define SL_FAULT(name, text) [SL_FAULT_##name] = text,
#include "sluice/faults.def"
#undef SL_FAULT
	};

	return fault < SL_FAULT_COUNT ? texts[fault] : "";
}

struct sl_eval_any sl_eval_kind_of(const struct sl_eval_any *value)
{
	return (struct sl_eval_any){.kind = SL_KIND_TYPE, .integer = value->kind};
}

static bool same_items(const struct sl_eval_any *a, const struct sl_eval_any *b, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++)
		if (!sl_eval_same(&a->items[i], &b->items[i]))
			return false;
	return true;
}

bool sl_eval_same(const struct sl_eval_any *a, const struct sl_eval_any *b)
{
	if (a->kind != b->kind)
		return false;
	switch (a->kind) {
	case SL_KIND_STRING:
	case SL_KIND_BYTES:
		return sl_slice_equal(a->text, b->text);
	case SL_KIND_DOUBLE:
		return isnan(a->decimal) ? isnan(b->decimal)
					 : a->decimal == b->decimal &&
						   signbit(a->decimal) == signbit(b->decimal);
	case SL_KIND_LIST:
		return a->count == b->count && same_items(a, b, a->count);
	case SL_KIND_MAP:
		return a->count == b->count && same_items(a, b, 2 * a->count);
	case SL_KIND_NULL:
		return true;
	case SL_KIND_TIMESTAMP:
	case SL_KIND_DURATION:
		return a->integer == b->integer && a->nanos == b->nanos;
	case SL_KIND_ERROR:
		return a->fault == b->fault;
	default:
		return a->integer == b->integer;
	}
}

/* ---- room ---------------------------------------------------------------------------------- */

void *sl_eval_alloc(struct sl_eval_room *room, uint64_t bytes)
{
	if (bytes > room->bytes)
		return NULL;
	room->bytes -= bytes;
	return sl_arena_alloc(room->arena, bytes ? bytes : 1);
}

void sl_eval_out(struct sl_eval_text_out *out, struct sl_slice text)
{
	if (out->failed || text.bytes == 0)
		return;
	if (text.bytes > out->size - out->bytes) {
		uint64_t size = 2 * ((uint64_t)out->bytes + text.bytes) + 64;
		char *more = size > UINT32_MAX ? NULL : sl_eval_alloc(out->room, size);

		if (!more) {
			out->failed = true;
			return;
		}
		if (out->bytes)
			memcpy(more, out->at, out->bytes);
		out->at = more;
		out->size = (uint32_t)size;
	}
	memcpy(out->at + out->bytes, text.at, text.bytes);
	out->bytes += text.bytes;
}

void sl_eval_out_string(struct sl_eval_text_out *out, const char *text)
{
	sl_eval_out(out, sl_slice_of(text));
}

struct sl_eval_any sl_eval_out_end(const struct sl_eval_text_out *out)
{
	if (out->failed)
		return sl_eval_fault(SL_FAULT_LIMIT);
	return sl_eval_string((struct sl_slice){out->bytes ? out->at : "", out->bytes});
}

struct sl_eval_any sl_eval_copy_text(struct sl_eval_room *room, uint8_t kind, struct sl_slice text)
{
	char *copy = sl_eval_alloc(room, text.bytes);

	if (!copy)
		return sl_eval_fault(SL_FAULT_LIMIT);
	if (text.bytes)
		memcpy(copy, text.at, text.bytes);
	return (struct sl_eval_any){.kind = kind, .text = {copy, text.bytes}};
}

/* ---- UTF-8 --------------------------------------------------------------------------------- */

/* Bytes of the code point at the text's begin, 0 where there is none: by the table of well-formed
 * sequences, so no surrogates, no detours, nothing above 10FFFF. */
static uint32_t well_formed(struct sl_slice text)
{
	const unsigned char *at = (const unsigned char *)text.at;
	unsigned low = 0x80, high = 0xbf;
	uint32_t n;

	if (at[0] < 0x80)
		return 1;
	if (at[0] < 0xc2 || at[0] > 0xf4)
		return 0;
	n = at[0] < 0xe0 ? 2 : at[0] < 0xf0 ? 3 : 4;
	if (n > text.bytes)
		return 0;
	if (at[0] == 0xe0)
		low = 0xa0;
	if (at[0] == 0xed)
		high = 0x9f;
	if (at[0] == 0xf0)
		low = 0x90;
	if (at[0] == 0xf4)
		high = 0x8f;
	if (at[1] < low || at[1] > high)
		return 0;
	for (uint32_t i = 2; i < n; i++)
		if ((at[i] & 0xc0) != 0x80)
			return 0;
	return n;
}

bool sl_eval_is_utf8(struct sl_slice text)
{
	while (text.bytes) {
		uint32_t n = well_formed(text);

		if (n == 0)
			return false;
		text.at += n;
		text.bytes -= n;
	}
	return true;
}

uint32_t sl_eval_letter(struct sl_slice text)
{
	uint32_t n = 1;

	while (n < text.bytes && ((unsigned char)text.at[n] & 0xc0) == 0x80)
		n++;
	return n;
}

uint32_t sl_eval_letters(struct sl_slice text)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < text.bytes; i++)
		n += ((unsigned char)text.at[i] & 0xc0) != 0x80;
	return n;
}
