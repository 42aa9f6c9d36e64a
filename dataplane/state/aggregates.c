/* What the events of a window come to. */
#include "states_priv.h"

#include <endian.h>

/* ---- values of an event ------------------------------------------------------------------------
 */

static bool is_distinct_only(const struct sl_plan_sequence *plan, unsigned value)
{
	for (uint32_t i = 0; i < plan->n_aggregates; i++)
		if (plan->aggregates[i].function != SL_AGGREGATE_COUNT &&
		    plan->value_of[i] == value &&
		    plan->aggregates[i].function != SL_AGGREGATE_DISTINCT)
			return false;
	return true;
}

/* Of what is only told apart, a hash is kept; of what is counted with, the value. */
struct sl_span sl_values_pack(struct sl_states *states, const struct sl_plan_sequence *plan)
{
	static const struct sl_value absent;
	const struct sl_event *event = states->arrival.event;
	struct sl_pack out = sl_call_pack(states);

	for (unsigned i = 0; i < plan->n_values; i++) {
		uint16_t slot = plan->value_slots[i];
		const struct sl_value *value =
			slot < event->n_slots ? &event->slots[slot] : &absent;
		uint64_t hash;

		if (value->kind == 0 || value->kind == SL_TYPE_STRINGS) {
			sl_pack_byte(&out, SL_PACKED_ABSENT);
		} else if (is_distinct_only(plan, i)) {
			hash = htole64(sl_value_hash(value));
			sl_pack_byte(&out, SL_PACKED_HASH);
			sl_pack_bytes(&out, &hash, sizeof(hash));
		} else {
			sl_pack_value(&out, value);
		}
	}
	return sl_call_packed(states, &out);
}

struct sl_span sl_value_of(const struct sl_plan_sequence *plan, uint32_t aggregate,
			   struct sl_span values)
{
	struct sl_unpack in = sl_unpack_of(values.at, values.bytes);
	struct sl_span value = {0};

	if (plan->aggregates[aggregate].function == SL_AGGREGATE_COUNT)
		return value;
	for (unsigned i = 0; i <= plan->value_of[aggregate]; i++)
		value = sl_unpack_value(&in);
	if (in.bad || value.at[0] == SL_PACKED_ABSENT)
		return sl_span_of(NULL, 0);
	return value;
}

/* ---- adding ------------------------------------------------------------------------------------
 */

static void add_number(struct sl_memory_sum *sum, const struct sl_any *value)
{
	if (value->kind == SL_KIND_INT) {
		if (__builtin_add_overflow(sum->integer, value->integer, &sum->integer))
			sum->overflow = true;
		sum->decimal += (double)value->integer;
	} else if (value->kind == SL_KIND_DOUBLE) {
		sum->decimal += value->decimal;
	} else {
		return;
	}
	sum->n++;
}

/* Whether a comes before b in the order of numbers and times. */
static bool is_less(const struct sl_any *a, const struct sl_any *b)
{
	if (a->kind == SL_KIND_DOUBLE)
		return a->decimal < b->decimal;
	return a->integer < b->integer || (a->integer == b->integer && a->nanos < b->nanos);
}

static void add_extreme(struct sl_memory_sum *sum, bool greatest, struct sl_span value)
{
	struct sl_any candidate = sl_packed_any(value), its = sl_packed_any(sum->extreme);

	if (candidate.kind != SL_KIND_INT && candidate.kind != SL_KIND_DOUBLE &&
	    candidate.kind != SL_KIND_TIMESTAMP)
		return;
	if (!sum->extreme.bytes || its.kind != candidate.kind ||
	    (greatest ? is_less(&its, &candidate) : is_less(&candidate, &its)))
		sum->extreme = value;
}

static bool has_hash(const struct sl_memory_sum *sum, const uint8_t hash[8])
{
	for (uint64_t i = 0; i < sum->n; i++)
		if (memcmp(sum->hashes + i * 8, hash, 8) == 0)
			return true;
	return false;
}

/* The hashes lie in a record: with one more they lie elsewhere. */
static void add_hashes(struct sl_states *states, const struct sl_plan_sequence *plan,
		       struct sl_memory_sum *sum, const uint8_t *hashes, uint64_t n)
{
	uint8_t *all = (uint8_t *)(uintptr_t)sum->hashes;

	if (!n || sum->n >= plan->window->keep || (n == 1 && has_hash(sum, hashes)))
		return;
	if (sum->n + n > sum->room) {
		all = sl_call_take(states, (sum->n + n) * 8);
		if (!all)
			return;
		if (sum->n)
			memcpy(all, sum->hashes, sum->n * 8);
		sum->hashes = all;
		sum->room = sum->n + n;
	}
	for (uint64_t i = 0; i < n && sum->n < plan->window->keep; i++) {
		if (has_hash(sum, hashes + i * 8))
			continue;
		memcpy(all + sum->n * 8, hashes + i * 8, 8);
		sum->n++;
	}
}

/* What a value is told apart by: its hash, or the hash of what is kept of it. */
static bool hash_of(struct sl_span value, uint8_t ret[8])
{
	struct sl_any any;
	struct sl_value of = {0};
	uint64_t hash;

	if (!value.bytes)
		return false;
	if (value.at[0] == SL_PACKED_HASH) {
		memcpy(ret, value.at + 1, 8);
		return true;
	}
	any = sl_packed_any(value);
	of.kind = any.kind == SL_KIND_TIMESTAMP ? SL_TYPE_TIME : any.kind;
	of.integer = any.integer;
	if (any.kind == SL_KIND_TIMESTAMP)
		of.integer = any.integer * 1000000000 + any.nanos;
	if (any.kind == SL_KIND_STRING)
		of.count = any.count;
	hash = htole64(sl_value_hash(&of));
	memcpy(ret, &hash, 8);
	return true;
}

void sl_sum_add(struct sl_states *states, const struct sl_plan_sequence *plan, uint32_t aggregate,
		struct sl_memory_sum *sum, struct sl_span value)
{
	uint32_t function = plan->aggregates[aggregate].function;
	struct sl_any any;
	uint8_t hash[8];

	if (!value.bytes)
		return;
	switch (function) {
	case SL_AGGREGATE_SUM:
	case SL_AGGREGATE_AVG:
		any = sl_packed_any(value);
		add_number(sum, &any);
		break;
	case SL_AGGREGATE_MIN:
	case SL_AGGREGATE_MAX:
		add_extreme(sum, function == SL_AGGREGATE_MAX, value);
		break;
	case SL_AGGREGATE_DISTINCT:
		if (hash_of(value, hash))
			add_hashes(states, plan, sum, hash, 1);
		break;
	default:
		break;
	}
}

void sl_sum_merge(struct sl_states *states, const struct sl_plan_sequence *plan, uint32_t aggregate,
		  struct sl_memory_sum *sum, const struct sl_memory_sum *later)
{
	switch (plan->aggregates[aggregate].function) {
	case SL_AGGREGATE_SUM:
	case SL_AGGREGATE_AVG:
		if (__builtin_add_overflow(sum->integer, later->integer, &sum->integer))
			sum->overflow = true;
		sum->overflow |= later->overflow;
		sum->decimal += later->decimal;
		sum->n += later->n;
		break;
	case SL_AGGREGATE_MIN:
	case SL_AGGREGATE_MAX:
		sl_sum_add(states, plan, aggregate, sum, later->extreme);
		break;
	case SL_AGGREGATE_DISTINCT:
		add_hashes(states, plan, sum, later->hashes, later->n);
		break;
	default:
		break;
	}
}

/* ---- answers -----------------------------------------------------------------------------------
 */

static struct sl_any fault(enum sl_fault fault)
{
	return (struct sl_any){.kind = SL_KIND_ERROR, .integer = fault};
}

static struct sl_any integer(uint64_t value)
{
	return (struct sl_any){.kind = SL_KIND_INT, .integer = (int64_t)value};
}

static struct sl_any decimal(double value)
{
	return (struct sl_any){.kind = SL_KIND_DOUBLE, .decimal = value};
}

struct sl_any sl_sum_value(const struct sl_states *states, const struct sl_plan_sequence *plan,
			   uint32_t aggregate, const struct sl_memory_sum *sum, uint64_t count)
{
	const struct sl_aggregate *of = &plan->aggregates[aggregate];

	switch (of->function) {
	case SL_AGGREGATE_COUNT:
		return integer(count);
	case SL_AGGREGATE_SUM:
		if (states->plan->artifact->fields[of->slot].type == SL_TYPE_DECIMAL)
			return decimal(sum->decimal);
		return sum->overflow ? fault(SL_FAULT_OVERFLOW) : integer((uint64_t)sum->integer);
	case SL_AGGREGATE_AVG:
		return sum->n ? decimal(sum->decimal / (double)sum->n)
			      : fault(SL_FAULT_FIELD_ABSENT);
	case SL_AGGREGATE_DISTINCT:
		return integer(sum->n);
	default:
		return sl_packed_any(sum->extreme);
	}
}

bool sl_having_holds(struct sl_states *states, const struct sl_plan_sequence *plan,
		     const struct sl_any *aggregates)
{
	const struct sl_artifact *artifact = states->plan->artifact;
	const struct sl_window *window = plan->window;
	struct sl_any value;

	sl_program_evaluate(artifact, artifact->code + window->having, window->having_count, NULL,
			    aggregates, plan->n_aggregates, states->room, &value);
	return value.kind == SL_KIND_BOOL && value.integer;
}
