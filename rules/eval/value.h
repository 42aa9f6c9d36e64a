/* Values of the reference evaluator, and of whoever asks it: bindings in, answers out.
 *
 * - A value is a view: texts, items and entries belong to the arena, the event or the caller that
 *   they came from, and must outlive it. Copying the struct copies the view.
 * - Of a string the bytes are UTF-8; whoever makes one has seen to that.
 * - kind is enum sl_kind, never TIME. ERROR is a value too: CEL passes it through most operators.
 * - Nothing here checks a bound but by name; lists of a million items are compared item by item. */
#ifndef SL_RULES_EVAL_VALUE_H
#define SL_RULES_EVAL_VALUE_H

#include "rules/slice_priv.h"

#include "sluice/value.h"

struct sl_eval_any {
	uint8_t kind;
	int32_t nanos;  /* of a TIMESTAMP (0 to 999,999,999) or DURATION, beside its seconds */
	uint32_t count; /* items of a LIST, entries of a MAP */
	union {
		int64_t integer;      /* INT; BOOL 0 or 1; seconds; TYPE: enum sl_kind */
		uint64_t natural;     /* UINT */
		double decimal;       /* DOUBLE */
		struct sl_slice text; /* STRING, BYTES */
		/* LIST: count of them; MAP: key, value, key, value, … in the order written */
		const struct sl_eval_any *items;
		struct {
			uint32_t fault;  /* ERROR: enum sl_fault */
			uint32_t offset; /* where in the text of the condition; UINT32_MAX: nowhere
					  */
		};
	};
};

static inline struct sl_eval_any sl_eval_fault(enum sl_fault fault)
{
	return (struct sl_eval_any){
		.kind = SL_KIND_ERROR, .fault = (uint32_t)fault, .offset = UINT32_MAX};
}

static inline struct sl_eval_any sl_eval_bool(bool yes)
{
	return (struct sl_eval_any){.kind = SL_KIND_BOOL, .integer = yes};
}

static inline struct sl_eval_any sl_eval_int(int64_t integer)
{
	return (struct sl_eval_any){.kind = SL_KIND_INT, .integer = integer};
}

static inline struct sl_eval_any sl_eval_uint(uint64_t natural)
{
	return (struct sl_eval_any){.kind = SL_KIND_UINT, .natural = natural};
}

static inline struct sl_eval_any sl_eval_double(double decimal)
{
	return (struct sl_eval_any){.kind = SL_KIND_DOUBLE, .decimal = decimal};
}

static inline struct sl_eval_any sl_eval_string(struct sl_slice text)
{
	return (struct sl_eval_any){.kind = SL_KIND_STRING, .text = text};
}

/* "int", "google.protobuf.Timestamp", …; of kinds that have none "". */
const char *sl_eval_kind_name(uint8_t kind);
/* The kind of such a name, or NONE. */
enum sl_kind sl_eval_kind_named(struct sl_slice name);

/* "no such key: …", from faults.def. */
const char *sl_eval_fault_text(uint32_t fault);

/* The same kind and the same content, NaN like NaN, -0.0 unlike 0.0, 1 unlike 1u; errors by their
 * fault. What tests mean by equal; CEL's == is sl_eval_equal() in eval_priv.h. */
bool sl_eval_same(const struct sl_eval_any *a, const struct sl_eval_any *b);

#endif
