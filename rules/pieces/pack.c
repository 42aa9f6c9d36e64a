/* Findings and campaigns to bytes. The layout is of this build alone (context.c): records as
 * they lie in memory, each behind the other without gaps, texts behind the record that counts them.
 */
#include "rules/pieces/layout_priv.h"

static void pack_type(const struct sl_type *type, struct sl_buffer *to)
{
	sl_buffer_add(to, &type->kind, 1);
	if (type->kind == SL_KIND_MAP)
		pack_type(type->key, to);
	if (type->kind == SL_KIND_MAP || type->kind == SL_KIND_LIST)
		pack_type(type->element, to);
}

void sl_piece_pack_expr(const struct sl_expr *expr, struct sl_buffer *to)
{
	struct sl_packed_expr packed;

	memset(&packed, 0, sizeof(packed));
	packed.integer = expr->integer; /* of all its meanings the bits */
	packed.compiled_bytes = expr->compiled ? expr->compiled->bytes : 0;
	packed.offset = expr->offset;
	packed.nanos = expr->nanos;
	packed.n_args = expr->n_args;
	packed.text_bytes = expr->text.bytes;
	packed.function = expr->function;
	packed.slot = expr->slot;
	packed.kind = expr->kind;
	packed.type = expr->type;
	packed.depth = expr->depth;
	packed.flags = (expr->member ? SL_PACKED_MEMBER : 0) |
		       (expr->compiled ? SL_PACKED_COMPILED : 0) | (expr->of ? SL_PACKED_TYPE : 0);
	sl_buffer_add(to, &packed, sizeof(packed));
	sl_buffer_add(to, expr->text.at, expr->text.bytes);
	if (expr->of)
		pack_type(expr->of, to);
	if (expr->compiled)
		sl_buffer_add(to, expr->compiled->at, expr->compiled->bytes);
	for (uint32_t i = 0; i < expr->n_args; i++)
		sl_piece_pack_expr(expr->args[i], to);
}

/* A tree behind its length, so that it can be passed over. */
static void pack_sized(const struct sl_expr *expr, struct sl_buffer *to)
{
	size_t at = to->bytes;
	uint32_t bytes = 0;

	sl_buffer_add(to, &bytes, sizeof(bytes));
	sl_piece_pack_expr(expr, to);
	bytes = (uint32_t)(to->bytes - at - sizeof(bytes));
	if (!to->failed)
		memcpy(to->at + at, &bytes, sizeof(bytes));
}

static void pack_fact(const struct sl_fact *fact, struct sl_buffer *to)
{
	struct sl_packed_fact packed;

	memset(&packed, 0, sizeof(packed));
	packed.low = fact->low;
	packed.high = fact->high;
	packed.conjunct = fact->conjunct;
	packed.text_bytes = fact->text.bytes;
	packed.slot = fact->slot;
	packed.kind = fact->kind;
	packed.type = fact->type;
	packed.weight = fact->weight;
	packed.exact = fact->exact;
	sl_buffer_add(to, &packed, sizeof(packed));
	sl_buffer_add(to, fact->text.at, fact->text.bytes);
}

void sl_piece_pack_finding(const struct sl_finding *finding, struct sl_buffer *to)
{
	const struct sl_cover *cover = &finding->cover;
	struct sl_packed_finding packed;

	memset(&packed, 0, sizeof(packed));
	packed.n_conjuncts = finding->n_conjuncts;
	packed.n_facts = finding->n_facts;
	packed.n_rows = cover->n_rows;
	packed.exact = cover->exact;
	packed.weighed = finding->weighed;
	sl_buffer_add(to, &packed, sizeof(packed));
	sl_buffer_add(to, finding->is_exact, finding->n_conjuncts);
	for (uint32_t i = 0; i < finding->n_facts; i++) {
		finding->facts[i]->index = i; /* nobody has counted them yet */
		pack_fact(finding->facts[i], to);
	}
	for (uint32_t i = 0; i < cover->n_rows; i++) {
		sl_buffer_add(to, &cover->rows[i].n_facts, sizeof(uint32_t));
		for (uint32_t j = 0; j < cover->rows[i].n_facts; j++)
			sl_buffer_add(to, &cover->rows[i].facts[j]->index, sizeof(uint32_t));
	}
	for (uint32_t i = 0; i < finding->n_conjuncts; i++)
		pack_sized(finding->conjuncts[i], to);
}

static void pack_data(const struct sl_campaign_text *campaign, struct sl_buffer *to)
{
	for (uint32_t i = 0; i < campaign->n_data; i++) {
		const struct sl_campaign_data *datum = &campaign->data[i];
		struct sl_packed_datum packed;

		memset(&packed, 0, sizeof(packed));
		packed.name_bytes = datum->name.bytes;
		packed.index = datum->index;
		packed.sequence = datum->sequence;
		packed.from = (uint8_t)datum->from;
		sl_buffer_add(to, &packed, sizeof(packed));
		sl_buffer_add(to, datum->name.at, datum->name.bytes);
		sl_piece_pack_expr(&datum->constant, to);
	}
}

void sl_piece_pack_campaign(const struct sl_campaign_text *campaign,
			    const struct sl_finding *finding, struct sl_buffer *to)
{
	const struct sl_slice texts[SL_PACKED_TEXTS] = {
		campaign->name,      campaign->owner,        campaign->step,
		campaign->channel,   campaign->template,     campaign->limit.over,
		campaign->exclusive, campaign->renamed_from,
	};
	struct sl_packed_campaign packed;
	size_t at = to->bytes;

	memset(&packed, 0, sizeof(packed));
	packed.valid_from_ns = campaign->valid_from_ns;
	packed.valid_until_ns = campaign->valid_until_ns;
	memcpy(packed.meaning, campaign->meaning, sizeof(packed.meaning));
	packed.place = campaign->place.offset;
	packed.condition_place = campaign->condition_place.offset;
	packed.n_data = campaign->n_data;
	packed.kind = (uint8_t)campaign->kind;
	packed.never_told = campaign->never_told;
	packed.limit_ns = campaign->limit.per_ns;
	packed.limit_count = campaign->limit.count;
	packed.priority = campaign->priority;
	packed.has_pattern = campaign->pattern != NULL;
	for (unsigned i = 0; i < SL_PACKED_TEXTS; i++)
		packed.text_bytes[i] = texts[i].bytes;
	sl_buffer_add(to, &packed, sizeof(packed));
	for (unsigned i = 0; i < SL_PACKED_TEXTS; i++)
		sl_buffer_add(to, texts[i].at, texts[i].bytes);
	pack_data(campaign, to);
	packed.finding_at = (uint32_t)(to->bytes - at);
	if (campaign->pattern)
		sl_piece_pack_pattern(campaign->pattern, to);
	else
		sl_piece_pack_finding(finding, to);
	packed.bytes = (uint32_t)(to->bytes - at);
	if (!to->failed)
		memcpy(to->at + at, &packed, sizeof(packed));
}
