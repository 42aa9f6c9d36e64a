/* Patterns to bytes and back: what a campaign remembers, as it was read. The conditions are looked
 * at anew each time; only reading and typing them is saved. */
#include "rules/pieces/layout_priv.h"

enum { PACKED_FILTER = 1, PACKED_LINK = 2, PACKED_UNTIL = 4, PACKED_WINDOW = 8 };

struct packed_pattern {
	int64_t join_within_ns, within_ns;
	uint32_t n_sequences, runs_max;
	int32_t by_slot;
	uint8_t join, after, on_change, for_customer, fires_on_loss, says_on_change;
};

/* Behind it: the captures, the steps, among. */
struct packed_sequence {
	uint32_t n_steps, n_captures, bytes_max;
	uint8_t strict, has_among;
};

/* Behind it: the name. */
struct packed_capture {
	uint32_t step, name_bytes;
	uint16_t slot;
};

/* Behind it: the name, and what its parts say. */
struct packed_step {
	int64_t within_ns;
	uint32_t times_from, times_to, place, name_bytes;
	uint8_t kind, parts;
};

/* Behind it: the zone, the aggregates, having. */
struct packed_window {
	int64_t length_ns;
	uint32_t keep, n_aggregates, zone_bytes;
	uint8_t kind, unit, at_end;
};

/* ---- to bytes -------------------------------------------------------------------------------- */

static void pack_window(const struct sl_window_text *window, struct sl_buffer *to)
{
	struct packed_window packed;

	memset(&packed, 0, sizeof(packed));
	packed.length_ns = window->length_ns;
	packed.keep = window->keep;
	packed.n_aggregates = window->n_aggregates;
	packed.zone_bytes = window->zone.bytes;
	packed.kind = (uint8_t)window->kind;
	packed.unit = (uint8_t)window->unit;
	packed.at_end = window->at_end;
	sl_buffer_add(to, &packed, sizeof(packed));
	sl_buffer_add(to, window->zone.at, window->zone.bytes);
	for (uint32_t i = 0; i < window->n_aggregates; i++) {
		uint8_t function = (uint8_t)window->aggregates[i].function;

		sl_buffer_add(to, &function, sizeof(function));
		sl_buffer_add(to, &window->aggregates[i].slot, sizeof(uint16_t));
	}
	sl_piece_pack_expr(window->having, to);
}

static void pack_step(const struct sl_step_text *step, struct sl_buffer *to)
{
	struct packed_step packed;

	memset(&packed, 0, sizeof(packed));
	packed.within_ns = step->within_ns;
	packed.times_from = step->times_from;
	packed.times_to = step->times_to;
	packed.place = step->place.offset;
	packed.name_bytes = step->name.bytes;
	packed.kind = (uint8_t)step->kind;
	packed.parts = (step->filter ? PACKED_FILTER : 0) | (step->link ? PACKED_LINK : 0) |
		       (step->until ? PACKED_UNTIL : 0) | (step->window ? PACKED_WINDOW : 0);
	sl_buffer_add(to, &packed, sizeof(packed));
	sl_buffer_add(to, step->name.at, step->name.bytes);
	if (step->filter)
		sl_piece_pack_expr(step->filter, to);
	if (step->link)
		sl_piece_pack_expr(step->link, to);
	if (step->until)
		sl_piece_pack_expr(step->until, to);
	if (step->window)
		pack_window(step->window, to);
}

static void pack_sequence(const struct sl_sequence_text *sequence, struct sl_buffer *to)
{
	struct packed_sequence packed;

	memset(&packed, 0, sizeof(packed));
	packed.n_steps = sequence->n_steps;
	packed.n_captures = sequence->n_captures;
	packed.bytes_max = sequence->bytes_max;
	packed.strict = sequence->strict;
	packed.has_among = sequence->among != NULL;
	sl_buffer_add(to, &packed, sizeof(packed));
	for (uint32_t i = 0; i < sequence->n_captures; i++) {
		struct packed_capture capture;

		memset(&capture, 0, sizeof(capture));
		capture.step = sequence->captures[i].step;
		capture.slot = sequence->captures[i].slot;
		capture.name_bytes = sequence->captures[i].name.bytes;
		sl_buffer_add(to, &capture, sizeof(capture));
		sl_buffer_add(to, sequence->captures[i].name.at, capture.name_bytes);
	}
	for (uint32_t i = 0; i < sequence->n_steps; i++)
		pack_step(&sequence->steps[i], to);
	if (sequence->among)
		sl_piece_pack_expr(sequence->among, to);
}

void sl_piece_pack_pattern(const struct sl_pattern_text *pattern, struct sl_buffer *to)
{
	struct packed_pattern packed;

	memset(&packed, 0, sizeof(packed));
	packed.join_within_ns = pattern->join_within_ns;
	packed.within_ns = pattern->within_ns;
	packed.n_sequences = pattern->n_sequences;
	packed.runs_max = pattern->runs_max;
	packed.by_slot = pattern->by_slot;
	packed.join = (uint8_t)pattern->join;
	packed.after = (uint8_t)pattern->after;
	packed.on_change = (uint8_t)pattern->on_change;
	packed.for_customer = pattern->for_customer;
	packed.fires_on_loss = pattern->fires_on_loss;
	packed.says_on_change = pattern->says_on_change;
	sl_buffer_add(to, &packed, sizeof(packed));
	for (uint32_t i = 0; i < pattern->n_sequences; i++)
		pack_sequence(&pattern->sequences[i], to);
}

/* ---- back ------------------------------------------------------------------------------------ */

struct unpacking {
	struct sl_piece_reader *reader;
	struct sl_arena *arena;
	const struct sl_source *source;
	bool no_memory;
};

/* NULL: bad, or no memory. */
static void *room_for(struct unpacking *unpacking, uint32_t n, uint32_t most, size_t bytes_each)
{
	void *room;

	if (n > most)
		unpacking->reader->bad = true;
	room = unpacking->reader->bad ? NULL : sl_arena_alloc(unpacking->arena, n * bytes_each + 1);
	unpacking->no_memory |= !room && !unpacking->reader->bad;
	return room;
}

static const struct sl_expr *unpack_expr(struct unpacking *unpacking, bool there)
{
	const struct sl_expr *expr =
		there && !unpacking->reader->bad
			? sl_piece_unpack_expr(unpacking->reader, unpacking->arena)
			: NULL;

	unpacking->no_memory |= there && !expr && !unpacking->reader->bad;
	return expr;
}

static struct sl_window_text *unpack_window(struct unpacking *unpacking)
{
	struct sl_piece_reader *reader = unpacking->reader;
	struct packed_window packed;
	struct sl_window_text *window;

	sl_piece_read(reader, &packed, sizeof(packed));
	window = room_for(unpacking, 1, 1, sizeof(*window));
	if (!window)
		return NULL;
	*window = (struct sl_window_text){
		.kind = packed.kind,
		.unit = packed.unit,
		.zone = sl_piece_read_text(reader, packed.zone_bytes),
		.length_ns = packed.length_ns,
		.at_end = packed.at_end,
		.keep = packed.keep,
		.n_aggregates = packed.n_aggregates,
	};
	window->aggregates = room_for(unpacking, packed.n_aggregates, SL_AGGREGATES_MAX,
				      sizeof(*window->aggregates));
	for (uint32_t i = 0; i < packed.n_aggregates && window->aggregates; i++) {
		uint8_t function;

		sl_piece_read(reader, &function, sizeof(function));
		sl_piece_read(reader, &window->aggregates[i].slot, sizeof(uint16_t));
		window->aggregates[i].function = function;
		reader->bad |= function < SL_AGGREGATE_COUNT || function > SL_AGGREGATE_DISTINCT ||
			       window->aggregates[i].slot >= reader->n_fields;
	}
	window->having = unpack_expr(unpacking, true);
	return window;
}

static void unpack_step(struct unpacking *unpacking, struct sl_step_text *step)
{
	struct packed_step packed;

	sl_piece_read(unpacking->reader, &packed, sizeof(packed));
	*step = (struct sl_step_text){
		.kind = packed.kind,
		.place = {unpacking->source, packed.place},
		.times_from = packed.times_from,
		.times_to = packed.times_to,
		.within_ns = packed.within_ns,
	};
	step->name = sl_piece_read_text(unpacking->reader, packed.name_bytes);
	step->filter = unpack_expr(unpacking, packed.parts & PACKED_FILTER);
	step->link = unpack_expr(unpacking, packed.parts & PACKED_LINK);
	step->until = unpack_expr(unpacking, packed.parts & PACKED_UNTIL);
	if (packed.parts & PACKED_WINDOW)
		step->window = unpack_window(unpacking);
	unpacking->reader->bad |=
		packed.kind < SL_STEP_EVENT || packed.kind > SL_STEP_WINDOW ||
		(packed.kind == SL_STEP_WINDOW) != ((packed.parts & PACKED_WINDOW) != 0);
}

static void unpack_sequence(struct unpacking *unpacking, struct sl_sequence_text *sequence)
{
	struct sl_piece_reader *reader = unpacking->reader;
	struct packed_sequence packed;

	sl_piece_read(reader, &packed, sizeof(packed));
	sequence->bytes_max = packed.bytes_max;
	sequence->strict = packed.strict;
	/* as many as there may be, for reading gives it room for more */
	sequence->captures = room_for(unpacking, packed.n_captures, SL_CAPTURES_MAX,
				      sizeof(*sequence->captures));
	for (uint32_t i = 0; i < packed.n_captures && sequence->captures; i++) {
		struct packed_capture capture;

		sl_piece_read(reader, &capture, sizeof(capture));
		sequence->captures[i] = (struct sl_capture_text){
			.name = sl_piece_read_text(reader, capture.name_bytes),
			.step = capture.step,
			.slot = capture.slot,
		};
		reader->bad |= capture.slot >= reader->n_fields || capture.step >= packed.n_steps;
	}
	sequence->n_captures = sequence->captures ? packed.n_captures : 0;
	sequence->steps =
		room_for(unpacking, packed.n_steps, SL_STEPS_MAX, sizeof(*sequence->steps));
	for (uint32_t i = 0; i < packed.n_steps && sequence->steps && !reader->bad; i++)
		unpack_step(unpacking, &sequence->steps[i]);
	sequence->n_steps = sequence->steps ? packed.n_steps : 0;
	reader->bad |= packed.n_steps == 0;
	sequence->among = unpack_expr(unpacking, packed.has_among);
}

struct sl_pattern_text *sl_piece_unpack_pattern(struct sl_piece_reader *reader,
						const struct sl_source *source,
						struct sl_arena *arena)
{
	struct unpacking unpacking = {reader, arena, source, false};
	struct sl_pattern_text *pattern;
	struct packed_pattern packed;

	sl_piece_read(reader, &packed, sizeof(packed));
	pattern = room_for(&unpacking, 1, 1, sizeof(*pattern));
	if (!pattern)
		return NULL;
	*pattern = (struct sl_pattern_text){
		.join = packed.join,
		.join_within_ns = packed.join_within_ns,
		.n_sequences = packed.n_sequences,
		.within_ns = packed.within_ns,
		.after = packed.after,
		.runs_max = packed.runs_max,
		.on_change = packed.on_change,
		.by_slot = packed.by_slot,
		.for_customer = packed.for_customer,
		.fires_on_loss = packed.fires_on_loss,
		.says_on_change = packed.says_on_change,
	};
	pattern->sequences = room_for(&unpacking, packed.n_sequences, SL_SEQUENCES_MAX,
				      sizeof(*pattern->sequences));
	for (uint32_t i = 0; i < packed.n_sequences && pattern->sequences && !reader->bad; i++)
		unpack_sequence(&unpacking, &pattern->sequences[i]);
	reader->bad |= packed.join > SL_JOIN_ALL || packed.after > SL_AFTER_OVERLAP ||
		       packed.on_change > SL_ON_CHANGE_DRAIN || packed.by_slot < -1 ||
		       packed.by_slot >= (int32_t)reader->n_fields || packed.n_sequences == 0;
	return reader->bad || unpacking.no_memory ? NULL : pattern;
}
