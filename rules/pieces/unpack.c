/* Findings and campaigns from bytes. Lengths, counts and indexes are checked, whoever wrote them.
 */
#include "rules/pieces/layout_priv.h"

#define TYPE_DEPTH_MAX 128u

void sl_piece_read(struct sl_piece_reader *reader, void *to, size_t bytes)
{
	if ((size_t)(reader->end - reader->at) < bytes) {
		reader->bad = true;
		reader->at = reader->end;
		memset(to, 0, bytes);
		return;
	}
	memcpy(to, reader->at, bytes);
	reader->at += bytes;
}

/* Whether so many of at least so many bytes may follow. */
static bool has(struct sl_piece_reader *reader, uint64_t n, size_t least_bytes_each)
{
	if (n > (size_t)(reader->end - reader->at) / least_bytes_each)
		reader->bad = true;
	return !reader->bad;
}

uint32_t sl_piece_read_count(struct sl_piece_reader *reader, size_t least_bytes_each)
{
	uint32_t n;

	sl_piece_read(reader, &n, sizeof(n));
	return has(reader, n, least_bytes_each) ? n : 0;
}

struct sl_slice sl_piece_read_text(struct sl_piece_reader *reader, uint32_t bytes)
{
	struct sl_slice text = {.at = (const char *)reader->at, .bytes = bytes};

	if (!has(reader, bytes, 1))
		return (struct sl_slice){.at = ""};
	reader->at += bytes;
	return text;
}

static const struct sl_type *unpack_type(struct sl_piece_reader *reader, struct sl_arena *arena,
					 unsigned depth)
{
	const struct sl_type *key = NULL, *element = NULL;
	uint8_t kind;

	sl_piece_read(reader, &kind, 1);
	if (depth > TYPE_DEPTH_MAX)
		reader->bad = true;
	if (!reader->bad && kind == SL_KIND_MAP)
		key = unpack_type(reader, arena, depth + 1);
	if (!reader->bad && (kind == SL_KIND_MAP || kind == SL_KIND_LIST))
		element = unpack_type(reader, arena, depth + 1);
	if (reader->bad)
		return NULL;
	return kind == SL_KIND_MAP    ? sl_type_map(arena, key, element)
	       : kind == SL_KIND_LIST ? sl_type_list(arena, element)
				      : sl_type_of(kind);
}

static const struct sl_compiled_pattern *unpack_pattern(struct sl_piece_reader *reader,
							uint64_t bytes, struct sl_arena *arena)
{
	struct sl_compiled_pattern *compiled;

	if (!has(reader, bytes, 1))
		return NULL;
	compiled = sl_arena_alloc(arena, sizeof(*compiled) + bytes);
	if (!compiled)
		return NULL;
	compiled->bytes = bytes;
	sl_piece_read(reader, compiled->at, bytes);
	return compiled;
}

static bool unpack(struct sl_piece_reader *reader, struct sl_arena *arena, unsigned depth,
		   struct sl_expr *expr)
{
	struct sl_packed_expr packed;

	sl_piece_read(reader, &packed, sizeof(packed));
	if (packed.kind > SL_EXPR_BOUND || depth > SL_EXPR_DEPTH_MAX ||
	    packed.function < SL_FUNCTION_NONE || packed.function >= SL_FUNCTION_COUNT ||
	    (packed.kind == SL_EXPR_FIELD && packed.slot >= reader->n_fields))
		reader->bad = true;
	*expr = (struct sl_expr){
		.kind = packed.kind,
		.type = packed.type,
		.depth = packed.depth,
		.member = packed.flags & SL_PACKED_MEMBER,
		.function = packed.function,
		.slot = packed.slot,
		.offset = packed.offset,
		.n_args = packed.n_args,
		.nanos = packed.nanos,
		.text = sl_piece_read_text(reader, packed.text_bytes),
		.integer = packed.integer,
	};
	if (!reader->bad && packed.flags & SL_PACKED_TYPE) {
		expr->of = unpack_type(reader, arena, 0);
		if (!expr->of)
			return false;
	}
	if (!reader->bad && packed.flags & SL_PACKED_COMPILED) {
		expr->compiled = unpack_pattern(reader, packed.compiled_bytes, arena);
		if (!expr->compiled)
			return false;
	}
	if (!has(reader, packed.n_args, sizeof(packed)))
		return false;
	if (packed.n_args)
		expr->args = sl_arena_alloc(arena, packed.n_args * sizeof(struct sl_expr *));
	if (packed.n_args && !expr->args)
		return false;
	for (uint32_t i = 0; i < packed.n_args; i++) {
		expr->args[i] = sl_arena_alloc(arena, sizeof(struct sl_expr));
		if (!expr->args[i] || !unpack(reader, arena, depth + 1, expr->args[i]))
			return false;
	}
	return !reader->bad;
}

struct sl_expr *sl_piece_unpack_expr(struct sl_piece_reader *reader, struct sl_arena *arena)
{
	struct sl_expr *expr = sl_arena_alloc(arena, sizeof(*expr));

	return expr && unpack(reader, arena, 0, expr) ? expr : NULL;
}

/* ---- findings ------------------------------------------------------------------------------- */

static bool unpack_facts(struct sl_piece_reader *reader, struct sl_arena *arena,
			 struct sl_finding *finding)
{
	struct sl_fact *facts = sl_arena_alloc(arena, finding->n_facts * sizeof(*facts) + 1);

	finding->facts = sl_arena_alloc(arena, finding->n_facts * sizeof(facts) + 1);
	if (!facts || !finding->facts)
		return false;
	for (uint32_t i = 0; i < finding->n_facts && !reader->bad; i++) {
		struct sl_packed_fact packed;

		sl_piece_read(reader, &packed, sizeof(packed));
		facts[i] = (struct sl_fact){
			.kind = packed.kind,
			.type = packed.type,
			.slot = packed.slot,
			.exact = packed.exact,
			.conjunct = packed.conjunct,
			.text = sl_piece_read_text(reader, packed.text_bytes),
			.low = packed.low,
			.high = packed.high,
			.weight = packed.weight,
		};
		finding->facts[i] = &facts[i];
		if (packed.kind >= SL_FACT_KINDS || packed.slot >= reader->n_fields ||
		    packed.conjunct >= finding->n_conjuncts)
			reader->bad = true;
	}
	return !reader->bad;
}

static bool unpack_row(struct sl_piece_reader *reader, struct sl_arena *arena,
		       const struct sl_finding *finding, struct sl_row *row)
{
	row->n_facts = sl_piece_read_count(reader, sizeof(uint32_t));
	row->facts = sl_arena_alloc(arena, row->n_facts * sizeof(struct sl_fact *) + 1);
	for (uint32_t i = 0; i < row->n_facts && row->facts && !reader->bad; i++) {
		uint32_t index;

		sl_piece_read(reader, &index, sizeof(index));
		if (index >= finding->n_facts)
			reader->bad = true;
		else
			row->facts[i] = finding->facts[index];
	}
	return row->facts && !reader->bad;
}

bool sl_piece_unpack_finding(struct sl_piece_reader *reader, struct sl_arena *arena,
			     struct sl_finding *finding)
{
	struct sl_packed_finding packed;

	sl_piece_read(reader, &packed, sizeof(packed));
	if (!has(reader, packed.n_conjuncts, 1) ||
	    !has(reader, packed.n_facts, sizeof(struct sl_packed_fact)) ||
	    !has(reader, packed.n_rows, sizeof(uint32_t)))
		return false;
	*finding = (struct sl_finding){
		.n_conjuncts = packed.n_conjuncts,
		.n_facts = packed.n_facts,
		.weighed = packed.weighed,
		.cover = {.n_rows = packed.n_rows, .exact = packed.exact},
	};
	finding->is_exact = (bool *)sl_arena_alloc(arena, (size_t)packed.n_conjuncts + 1);
	finding->cover.rows =
		sl_arena_alloc(arena, packed.n_rows * sizeof(*finding->cover.rows) + 1);
	if (!finding->is_exact || !finding->cover.rows)
		return false;
	for (uint32_t i = 0; i < packed.n_conjuncts; i++) {
		uint8_t exact;

		sl_piece_read(reader, &exact, 1);
		finding->is_exact[i] = exact != 0;
	}
	if (!unpack_facts(reader, arena, finding))
		return false;
	for (uint32_t i = 0; i < packed.n_rows; i++)
		if (!unpack_row(reader, arena, finding, &finding->cover.rows[i]))
			return false;
	finding->packed = (struct sl_slice){.at = (const char *)reader->at,
					    .bytes = (uint32_t)(reader->end - reader->at)};
	return !reader->bad;
}

/* ---- campaigns ------------------------------------------------------------------------------ */

static bool unpack_data(struct sl_piece_reader *reader, struct sl_arena *arena,
			struct sl_campaign_text *campaign)
{
	if (!has(reader, campaign->n_data, sizeof(struct sl_packed_datum)))
		return false;
	campaign->data =
		sl_arena_alloc(arena, ((size_t)campaign->n_data + 1) * sizeof(*campaign->data));
	for (uint32_t i = 0; i < campaign->n_data && campaign->data; i++) {
		struct sl_campaign_data *datum = &campaign->data[i];
		struct sl_packed_datum packed;

		sl_piece_read(reader, &packed, sizeof(packed));
		datum->name = sl_piece_read_text(reader, packed.name_bytes);
		datum->index = packed.index;
		datum->sequence = packed.sequence;
		datum->from = packed.from;
		if (datum->from > SL_DATA_AGGREGATE ||
		    (datum->from == SL_DATA_SLOT && datum->index >= reader->n_fields))
			reader->bad = true;
		if (!unpack(reader, arena, 0, &datum->constant))
			return false;
	}
	return campaign->data && !reader->bad;
}

/* The next campaign's record, and where it ends. */
static bool begin_campaign(struct sl_piece_reader *reader, struct sl_packed_campaign *packed,
			   const uint8_t **ret_end)
{
	const uint8_t *from = reader->at;

	sl_piece_read(reader, packed, sizeof(*packed));
	if (reader->bad || packed->bytes < sizeof(*packed) ||
	    packed->bytes > (size_t)(reader->end - from) || packed->finding_at > packed->bytes)
		reader->bad = true;
	else
		*ret_end = from + packed->bytes;
	return !reader->bad;
}

struct sl_slice sl_piece_pass_campaign(struct sl_piece_reader *reader)
{
	struct sl_packed_campaign packed;
	struct sl_slice name = {.at = ""};
	const uint8_t *end;

	if (begin_campaign(reader, &packed, &end)) {
		name = sl_piece_read_text(reader, packed.text_bytes[0]);
		reader->at = end;
	}
	return name;
}

static bool has_no_pattern(const struct sl_campaign_text *campaign)
{
	for (uint32_t i = 0; i < campaign->n_data; i++)
		if (campaign->data[i].from > SL_DATA_CONSTANT)
			return false;
	return true;
}

/* Captures and aggregates of data are those of the pattern. */
static bool data_fit(const struct sl_campaign_text *campaign)
{
	const struct sl_pattern_text *pattern = campaign->pattern;

	for (uint32_t i = 0; i < campaign->n_data; i++) {
		const struct sl_campaign_data *datum = &campaign->data[i];
		const struct sl_sequence_text *sequence;

		if (datum->from <= SL_DATA_CONSTANT)
			continue;
		if (datum->sequence >= pattern->n_sequences)
			return false;
		sequence = &pattern->sequences[datum->sequence];
		if (datum->from == SL_DATA_CAPTURE
			    ? datum->index >= sequence->n_captures
			    : !sequence->steps[0].window ||
				      datum->index >= sequence->steps[0].window->n_aggregates)
			return false;
	}
	return true;
}

bool sl_piece_unpack_campaign(struct sl_piece_reader *reader, const struct sl_source *source,
			      struct sl_arena *arena, struct sl_campaign_text *campaign)
{
	const uint8_t *from = reader->at, *end;
	struct sl_slice texts[SL_PACKED_TEXTS];
	struct sl_packed_campaign packed;

	if (!begin_campaign(reader, &packed, &end))
		return false;
	for (unsigned i = 0; i < SL_PACKED_TEXTS; i++)
		texts[i] = sl_piece_read_text(reader, packed.text_bytes[i]);
	*campaign = (struct sl_campaign_text){
		.name = texts[0],
		.owner = texts[1],
		.step = texts[2],
		.channel = texts[3],
		.template = texts[4],
		.valid_from_ns = packed.valid_from_ns,
		.valid_until_ns = packed.valid_until_ns,
		.kind = (enum sl_campaign_kind)packed.kind,
		.place = {source, packed.place},
		.condition_place = {source, packed.condition_place},
		.limit = {packed.limit_count, packed.limit_ns, texts[5]},
		.priority = packed.priority,
		.from_piece = true,
		.exclusive = texts[6],
		.renamed_from = texts[7],
		.never_told = packed.never_told,
		.n_data = packed.n_data,
		.meaning = {packed.meaning[0], packed.meaning[1]},
	};
	if (reader->bad || !unpack_data(reader, arena, campaign))
		return false;
	if (packed.has_pattern) {
		campaign->pattern = sl_piece_unpack_pattern(reader, source, arena);
		reader->bad |= campaign->pattern && !data_fit(campaign);
	} else {
		reader->bad |= !has_no_pattern(campaign);
		campaign->finding = (struct sl_slice){(const char *)from + packed.finding_at,
						      packed.bytes - packed.finding_at};
	}
	reader->at = end;
	return !reader->bad && (campaign->pattern || !packed.has_pattern);
}
