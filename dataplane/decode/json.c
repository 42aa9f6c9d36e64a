/* One JSON text becomes an event. Objects of the schema are walked by recursion, as deep as the
 * schema is; everything else is passed over. */
#include "base/trace.h"
#include "decode/decode_priv.h"

#define CACHE_LINE 64u
#define FETCH_BYTES_MAX 1024u

static const uint32_t *walk_object(struct sl_walk *walk, const uint32_t *at, uint32_t node);

/* Whether the member was there before; now it is. */
static inline bool is_seen(struct sl_walk *walk, const struct sl_edge *edge)
{
	uint32_t *seen = &walk->decoder->seen[edge->ordinal];
	bool was = *seen == walk->decoder->turn;

	*seen = walk->decoder->turn;
	return was;
}

/* What stands behind a name that the schema knows. */
static const uint32_t *take_member(struct sl_walk *walk, const uint32_t *at,
				   const struct sl_edge *edge)
{
	struct sl_text name = {.at = edge->name.at, .bytes = edge->name.bytes};
	if (is_seen(walk, edge)) {
		sl_walk_unfit(walk, at, SL_WHY_FIELD_DUPLICATE, name, "occurs twice");
		return sl_walk_skip(walk, at);
	}
	if (edge->node && walk->text[at[0]] == '{')
		return walk_object(walk, at, edge->node);
	if (edge->slot != SL_NO_SLOT)
		return sl_walk_value(walk, at, edge);
	if (!sl_token_is(walk->text, at, "null", 4))
		sl_walk_unfit(walk, at, SL_WHY_FIELD_TYPE, name, "expected an object");
	return sl_walk_skip(walk, at);
}

static SL_COLD const uint32_t *bad_name(struct sl_walk *walk, const uint32_t *at)
{
	if (walk->text[at[0]] != '"')
		return sl_walk_malformed(walk, at, SL_WHY_JSON_MALFORMED,
					 "expected a name in quotes");
	return sl_walk_malformed(walk, at + 1, SL_WHY_JSON_MALFORMED, "expected a colon");
}

/* What the name at the cursor means in this object, which is the first guess the next time; the
 * decoder's `unknown` where the schema does not know it, NULL where the text is not well-formed.
 * Out of line, for then the loop that calls it has its registers for itself. */
static __attribute__((noinline)) struct sl_path_step *
find_step(struct sl_walk *walk, const uint32_t *at, uint32_t node, struct sl_path_step *step)
{
	const struct sl_edge *places = walk->plan->places + walk->plan->nodes[node].first;
	struct sl_decoder *decoder = walk->decoder;
	const struct sl_edge *edge;
	size_t high = decoder->high;
	struct sl_text text;
	struct sl_name name;

	if (walk->text[at[0]] != '"' || walk->text[at[1]] != ':') {
		bad_name(walk, at);
		return NULL;
	}
	if (!sl_walk_string(walk, at, &text))
		return NULL;
	name = sl_name_of(text.at, text.bytes);
	edge = sl_plan_edge(places, walk->plan->nodes[node].mask, &name);
	decoder->high = high; /* a name is not kept */
	if (!edge)
		return &decoder->unknown;
	step->next = &decoder->steps[edge->ordinal];
	step->next->edge = edge;
	return step->next;
}

/* Whether the member at the cursor begins just as one of this edge does. Where it does, a string
 * begins at the cursor, for no other token has a quote, and a colon is the next token. */
static inline bool is_spelt(const uint8_t *text, const uint32_t *at, const struct sl_edge *edge)
{
	const uint8_t *from = text + at[0];
	uint32_t bytes = edge->name.bytes;

	if (((sl_load8(from) ^ edge->spelt[0]) & edge->spelt_mask[0]) |
	    ((sl_load8(from + 8) ^ edge->spelt[1]) & edge->spelt_mask[1]))
		return false;
	return bytes <= SL_SPELT_WHOLE ||
	       (at[1] - at[0] == bytes + 2 && memcmp(from + 1, edge->name.at, bytes) == 0 &&
		from[bytes + 1] == '"' && from[bytes + 2] == ':');
}

/* The usual string in its field takes the short way. */
static inline const uint32_t *take_usual(struct sl_walk *walk, const uint32_t *at,
					 const struct sl_edge *edge)
{
	struct sl_value *value;
	struct sl_text text;

	if (edge->type != SL_TYPE_STRING || walk->text[at[0]] != '"' || walk->escapes)
		return take_member(walk, at, edge);
	text = sl_token_string(walk->text, at);
	if (text.bytes > edge->bytes_max || is_seen(walk, edge))
		return take_member(walk, at, edge);
	value = &walk->slots[edge->slot];
	value->text = text.at;
	value->count = text.bytes;
	value->kind = SL_TYPE_STRING;
	return at + 1;
}

/* The members behind an opening brace, up to what is no comma. */
static const uint32_t *walk_members(struct sl_walk *walk, const uint32_t *at, uint32_t node)
{
	struct sl_path_step *step = &walk->decoder->steps[walk->plan->nodes[node].ordinal];
	const struct sl_path_step *unknown = &walk->decoder->unknown;
	const uint8_t *text = walk->text;

	for (;; at++) {
		struct sl_path_step *next = step->next;

		if (__builtin_expect(!is_spelt(text, at, next->edge), 0)) {
			next = find_step(walk, at, node, step);
			if (!next)
				return NULL;
		}
		at += 2;
		if (next == unknown) {
			at = sl_walk_skip(walk, at);
		} else {
			step = next;
			at = take_usual(walk, at, step->edge);
		}
		if (!at || text[at[0]] != ',')
			return at;
	}
}

static const uint32_t *walk_object(struct sl_walk *walk, const uint32_t *at, uint32_t node)
{
	at = sl_walk_open(walk, at);
	if (at && walk->text[at[0]] != '}')
		at = walk_members(walk, at, node);
	if (!at)
		return NULL;
	if (walk->text[at[0]] != '}')
		return sl_walk_malformed(walk, at, SL_WHY_JSON_MALFORMED,
					 "expected a comma or the closing brace");
	return sl_walk_close(walk, at);
}

static void require_fields(struct sl_walk *walk)
{
	const struct sl_decode_plan *plan = walk->plan;

	for (uint32_t i = 0; i < plan->n_required; i++) {
		const struct sl_value *value = &walk->slots[plan->required[i]];
		bool is_text = value->kind == SL_TYPE_STRING || value->kind == SL_TYPE_STRINGS;

		if (value->kind == 0 || (is_text && value->count == 0))
			sl_walk_unfit_field(walk, walk->end, SL_WHY_FIELD_MISSING,
					    plan->required[i], "absent, null or empty");
	}
}

/* The whole text, well-formed or NULL; what is unfit is noted aside. */
static const uint32_t *walk_text(struct sl_walk *walk, const uint32_t *at)
{
	bool is_object = walk->text[at[0]] == '{';

	if (!sl_walk_is_closed(walk, at))
		return sl_walk_malformed(walk, walk->end - 1, SL_WHY_JSON_MALFORMED,
					 "this can not be the end of what was begun");
	if (!is_object)
		sl_walk_unfit(walk, at, SL_WHY_NOT_AN_OBJECT, (struct sl_text){0},
			      "expected an object");
	at = is_object && walk->plan->n_fields ? walk_object(walk, at, 0) : sl_walk_skip(walk, at);
	if (at && at != walk->end)
		return sl_walk_malformed(walk, at, SL_WHY_JSON_MALFORMED,
					 "something follows behind the value");
	return at;
}

static struct sl_text role_text(const struct sl_walk *walk, enum sl_field_role role)
{
	int16_t slot = walk->plan->artifact->role_slot[role];
	const struct sl_value *value;

	if (slot < 0)
		return (struct sl_text){0};
	value = &walk->slots[slot];
	if (value->kind == SL_TYPE_STRING)
		return (struct sl_text){.at = value->text, .bytes = value->count};
	return value->kind == SL_TYPE_INT ? walk->digits[role] : (struct sl_text){0};
}

/* Later than the receipt by more than the skew; in unsigned numbers, for nothing must overflow. */
static bool is_ahead(int64_t time_ns, int64_t received_ns, int64_t skew_ns)
{
	return time_ns > received_ns &&
	       (uint64_t)time_ns - (uint64_t)received_ns > (uint64_t)skew_ns;
}

static void fill_event(const struct sl_walk *walk, const struct sl_arrival *arrival,
		       int64_t time_ns, struct sl_event *event)
{
	event->n_slots = walk->plan->n_fields;
	event->index = arrival->index;
	event->time_ns = time_ns;
	event->received_ns = arrival->received_ns;
	event->received_source = arrival->received_source;
	event->channel = arrival->channel;
	event->id = role_text(walk, SL_ROLE_ID);
	event->key = role_text(walk, SL_ROLE_KEY);
	event->type = role_text(walk, SL_ROLE_TYPE);
	event->source_channel = role_text(walk, SL_ROLE_CHANNEL);
	if (!event->source_channel.bytes)
		event->source_channel = arrival->channel_name;
	event->trace = role_text(walk, SL_ROLE_TRACE);
	if (!sl_trace_is_valid(event->trace))
		event->trace = arrival->trace;
}

static void begin_turn(struct sl_decoder *decoder, const struct sl_decode_plan *plan)
{
	if (__builtin_expect(decoder->serial != plan->serial, 0)) {
		for (uint32_t i = 0; i < plan->n_edges + plan->n_nodes; i++)
			decoder->steps[i].next = &decoder->unknown;
		decoder->serial = plan->serial;
	}
	if (++decoder->turn == 0) {
		memset(decoder->seen, 0, sizeof(decoder->seen));
		decoder->turn = 1;
	}
}

/* What lies behind a text is mostly the next one of the same message, and about as long: it is
 * fetched while this one is read. Nothing is read if there is nothing. */
static inline void fetch_next(struct sl_span text)
{
	uintptr_t next = (uintptr_t)text.at + text.bytes;
	size_t bytes = text.bytes < FETCH_BYTES_MAX ? text.bytes : FETCH_BYTES_MAX;

	for (size_t i = 0; i < bytes; i += CACHE_LINE)
		__builtin_prefetch((const void *)(next + i));
}

enum sl_reason sl_decode_json(struct sl_decoder *decoder, const struct sl_decode_plan *plan,
			      struct sl_span text, const struct sl_arrival *arrival,
			      struct sl_event *ret_event, struct sl_decode_fault *ret_fault)
{
	struct sl_walk walk; /* set one by one: most of it need not be cleared */
	int16_t time_slot = plan->artifact->role_slot[SL_ROLE_TIME];
	int64_t time_ns = arrival->received_ns;
	enum sl_index_result result;
	const uint32_t *tokens;
	uint32_t n_tokens;

	if (text.bytes > decoder->limits.event_bytes)
		return sl_fault_index(ret_fault, SL_INDEX_TOO_LARGE, text);
	result = sl_indexer_run(decoder->indexer, text.at, text.bytes, &tokens, &n_tokens,
				&walk.escapes);
	if (result)
		return sl_fault_index(ret_fault, result, text);
	fetch_next(text);
	walk.text = text.at;
	walk.end = tokens + n_tokens;
	walk.decoder = decoder;
	walk.plan = plan;
	walk.slots = ret_event->slots;
	walk.fault = ret_fault;
	walk.depth = 0;
	walk.unfit = false;
	if (plan->n_fields)
		memset(walk.slots, 0, plan->n_fields * sizeof(*walk.slots));
	begin_turn(decoder, plan);
	if (!walk_text(&walk, tokens))
		return ret_fault->reason;
	require_fields(&walk);
	if (time_slot >= 0 && walk.slots[time_slot].kind == SL_TYPE_TIME)
		time_ns = walk.slots[time_slot].integer;
	if (is_ahead(time_ns, arrival->received_ns, decoder->limits.skew_ahead_ns))
		sl_walk_unfit_field(&walk, walk.end, SL_WHY_TIME_AHEAD, (uint16_t)time_slot,
				    "lies further ahead than the allowed skew");
	if (walk.unfit)
		return ret_fault->reason;
	fill_event(&walk, arrival, time_ns, ret_event);
	return SL_WHY_NONE;
}
