/* Hashes of what rules mean. Their inputs are serialised with lengths and in a fixed order, so
 * that blanks, comments, files and their order change nothing. */
#include "rules/campaign/set_priv.h"

#include <errno.h>
#include <stdio.h>

/* Raised when the engine would judge the same condition in another way. */
#define SEMANTICS_VERSION 1u

static int finish(struct sl_buffer *buffer, uint64_t ret_hash[2])
{
	int error = buffer->failed ? -ENOMEM : 0;

	if (!error)
		sl_rules_hash(buffer->at, buffer->bytes, ret_hash);
	sl_buffer_fini(buffer);
	return error;
}

static void add_number(struct sl_buffer *buffer, int64_t number)
{
	sl_buffer_add(buffer, &number, sizeof(number));
}

static void add_expr(struct sl_buffer *buffer, const struct sl_expr *expr)
{
	add_number(buffer, expr != NULL);
	if (expr)
		sl_expr_canonical(expr, buffer);
}

static void add_field(struct sl_buffer *buffer, const struct sl_schema *schema, int slot)
{
	if (slot < 0) {
		add_number(buffer, -1);
		return;
	}
	add_number(buffer, schema->fields[slot].type);
	sl_buffer_add_slice(buffer, schema->fields[slot].path);
}

/* ---- what is remembered ---------------------------------------------------------------------- */

static void add_window(struct sl_buffer *buffer, const struct sl_schema *schema,
		       const struct sl_window_text *window)
{
	add_number(buffer, window->kind);
	add_number(buffer, window->unit);
	sl_buffer_add_slice(buffer, window->zone);
	add_number(buffer, window->length_ns);
	add_number(buffer, window->at_end);
	add_number(buffer, window->keep);
	add_number(buffer, window->n_aggregates);
	for (uint32_t i = 0; i < window->n_aggregates; i++) {
		bool counts = window->aggregates[i].function == SL_AGGREGATE_COUNT;

		add_number(buffer, window->aggregates[i].function);
		add_field(buffer, schema, counts ? -1 : window->aggregates[i].slot);
	}
	add_expr(buffer, window->having);
}

/* A step's name is none of its state: it may be called something else. */
static void add_step(struct sl_buffer *buffer, const struct sl_schema *schema,
		     const struct sl_step_text *step)
{
	add_number(buffer, step->kind);
	add_expr(buffer, step->filter);
	add_expr(buffer, step->link);
	add_expr(buffer, step->until);
	add_number(buffer, step->times_from);
	add_number(buffer, step->times_to);
	add_number(buffer, step->within_ns);
	if (step->window)
		add_window(buffer, schema, step->window);
}

static int state_of(const struct sl_schema *schema, const struct sl_pattern_text *pattern,
		    uint32_t index)
{
	struct sl_sequence_text *sequence = &pattern->sequences[index];
	int key = pattern->by_slot >= 0 ? pattern->by_slot : schema->role_slot[SL_ROLE_KEY];
	struct sl_buffer buffer = {0};

	add_number(&buffer, SEMANTICS_VERSION);
	add_field(&buffer, schema, key);
	add_number(&buffer, pattern->join);
	add_number(&buffer, pattern->join == SL_JOIN_ONE ? 0 : (int64_t)index);
	add_number(&buffer, pattern->join_within_ns);
	add_number(&buffer, pattern->within_ns);
	add_number(&buffer, pattern->after);
	add_number(&buffer, pattern->runs_max);
	add_number(&buffer, sequence->strict);
	add_expr(&buffer, sequence->among);
	add_number(&buffer, sequence->n_steps);
	for (uint32_t i = 0; i < sequence->n_steps; i++)
		add_step(&buffer, schema, &sequence->steps[i]);
	add_number(&buffer, sequence->n_captures);
	for (uint32_t i = 0; i < sequence->n_captures; i++) {
		add_number(&buffer, sequence->captures[i].step);
		add_field(&buffer, schema, sequence->captures[i].slot);
	}
	return finish(&buffer, sequence->state);
}

static int add_pattern(struct sl_buffer *buffer, const struct sl_schema *schema,
		       const struct sl_pattern_text *pattern)
{
	int error = 0;

	add_number(buffer, pattern->for_customer);
	add_number(buffer, pattern->on_change);
	if (pattern->fires_on_loss)
		add_number(buffer, SL_ON_LOSS_FIRE);
	add_number(buffer, pattern->n_sequences);
	for (uint32_t i = 0; i < pattern->n_sequences && !error; i++) {
		const struct sl_sequence_text *sequence = &pattern->sequences[i];

		error = state_of(schema, pattern, i);
		sl_buffer_add(buffer, sequence->state, sizeof(sequence->state));
		for (uint32_t j = 0; j < sequence->n_steps; j++)
			sl_buffer_add_slice(buffer, sequence->steps[j].name);
	}
	return error;
}

/* Nothing, of one that ranks and limits nothing. */
static void add_ranking(struct sl_buffer *buffer, const struct sl_campaign_text *campaign)
{
	if (!campaign->limit.per_ns && !campaign->priority && !campaign->exclusive.bytes &&
	    !campaign->renamed_from.bytes)
		return;
	add_number(buffer, campaign->limit.per_ns);
	add_number(buffer, campaign->limit.count);
	sl_buffer_add_slice(buffer, campaign->limit.over);
	add_number(buffer, campaign->priority);
	sl_buffer_add_slice(buffer, campaign->exclusive);
	sl_buffer_add_slice(buffer, campaign->renamed_from);
}

int sl_campaign_meaning(const struct sl_rules_set *set, struct sl_campaign_text *campaign)
{
	struct sl_buffer buffer = {0};
	int error = 0, failed;

	add_number(&buffer, campaign->kind);
	add_number(&buffer, campaign->valid_from_ns);
	add_number(&buffer, campaign->valid_until_ns);
	sl_buffer_add_slice(&buffer, campaign->step);
	if (campaign->pattern)
		error = add_pattern(&buffer, &set->schema, campaign->pattern);
	else
		sl_expr_canonical(campaign->condition, &buffer);
	sl_buffer_add_slice(&buffer, campaign->channel);
	sl_buffer_add_slice(&buffer, campaign->template);
	add_number(&buffer, campaign->n_data);
	for (uint32_t i = 0; i < campaign->n_data; i++) {
		const struct sl_campaign_data *datum = &campaign->data[i];

		sl_buffer_add_slice(&buffer, datum->name);
		add_number(&buffer, datum->from);
		if (datum->from == SL_DATA_CONSTANT)
			sl_expr_canonical(&datum->constant, &buffer);
		else if (datum->from == SL_DATA_SLOT)
			sl_buffer_add_slice(&buffer, set->schema.fields[datum->index].path);
		else
			add_number(&buffer, (int64_t)datum->sequence << 16 | datum->index);
	}
	add_ranking(&buffer, campaign);
	failed = finish(&buffer, campaign->meaning);
	return error ? error : failed;
}

void sl_campaign_version(const struct sl_campaign_text *campaign, char ret_version[13])
{
	snprintf(ret_version, 13, "%012llx",
		 (unsigned long long)(campaign->meaning[0] & 0xffffffffffffull));
}

int sl_rules_set_content(struct sl_rules_set *set)
{
	const struct sl_schema *schema = &set->schema;
	struct sl_buffer buffer = {0};

	sl_buffer_add_slice(&buffer, schema->name);
	add_number(&buffer, schema->n_fields);
	for (uint32_t i = 0; i < schema->n_fields; i++) {
		const struct sl_schema_field *field = &schema->fields[i];

		sl_buffer_add_slice(&buffer, field->path);
		add_number(&buffer, field->type);
		add_number(&buffer, field->role);
		add_number(&buffer, field->flags & SL_FIELD_REQUIRED);
		add_number(&buffer, field->bytes_max);
		add_number(&buffer, field->items_max);
	}
	add_number(&buffer, set->n_campaigns);
	for (uint32_t i = 0; i < set->n_campaigns; i++) {
		sl_buffer_add_slice(&buffer, set->campaigns[i].name);
		sl_buffer_add_slice(&buffer, set->campaigns[i].owner);
		sl_buffer_add(&buffer, set->campaigns[i].meaning,
			      sizeof(set->campaigns[i].meaning));
	}
	return finish(&buffer, set->content);
}
