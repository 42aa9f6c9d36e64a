/* What a record carries: `data`. */
#include "rules/campaign/campaign_priv.h"

#include <errno.h>

/* "step.field" is the field of that step's event. Returns the bytes to pass over. */
static uint32_t step_prefix(const struct sl_campaign_reader *reader, struct sl_slice value)
{
	struct sl_slice step = reader->campaign->step;

	if (value.bytes <= step.bytes + 1 || memcmp(value.at, step.at, step.bytes) != 0 ||
	    value.at[step.bytes] != '.' || sl_schema_find(&reader->set->schema, value) >= 0)
		return 0;
	return step.bytes + 1;
}

/* ---- of a campaign that remembers ------------------------------------------------------------ */

/* `views.count`, `views.sum(amount)`: the window's step, and what is asked of it. NULL: the value
 * is something else. */
static const struct sl_step_text *window_of(const struct sl_remembered *remembered,
					    const struct sl_expr *expr, uint32_t *ret_sequence)
{
	bool is_call = expr->kind == SL_EXPR_CALL && expr->member && expr->n_args >= 1;
	bool is_count = expr->kind == SL_EXPR_SELECT && sl_slice_is(expr->text, "count");
	const struct sl_expr *of = is_call || is_count ? expr->args[0] : NULL;

	if (!of || of->kind != SL_EXPR_NAME || !sl_window_is_function(expr->text))
		return NULL;
	for (uint32_t s = 0; s < remembered->n_sequences; s++) {
		const struct sl_sequence_text *sequence = &remembered->sequences[s];

		if (sequence->n_steps && sequence->steps[0].kind == SL_STEP_WINDOW &&
		    sl_slice_equal(sequence->steps[0].name, of->text)) {
			*ret_sequence = s;
			return &sequence->steps[0];
		}
	}
	return NULL;
}

/* A field of the event by its bare name. A match by time has no event: it is that of the last one
 * that was accepted. */
static void take_field(struct sl_campaign_reader *reader, const struct sl_expr_context *context,
		       const struct sl_expr *field, struct sl_campaign_data *datum)
{
	struct sl_pattern_text *pattern = reader->campaign->pattern;
	struct sl_place place = sl_expr_place(context, field->offset);
	struct sl_sequence_text *sequence = &pattern->sequences[0];
	uint32_t capture;
	bool due = false;

	datum->from = SL_DATA_SLOT;
	datum->index = field->slot;
	for (uint32_t i = 0; i < pattern->n_sequences; i++)
		due |= sl_sequence_is_due(&pattern->sequences[i]);
	if (!due)
		return;
	if (pattern->n_sequences > 1) {
		sl_mistake(context->diagnostics, place, "ambiguous",
			   "write it with its step, `step.field`",
			   "`%.*s` of which event? One of these lists of steps matches when a time "
			   "has passed, without an event",
			   SL_SLICE_ARGS(field->text));
		return;
	}
	if (field->type == SL_KIND_LIST) {
		sl_mistake(context->diagnostics, place, "unsupported",
			   "a string, a number, a time, true or false is",
			   "`%.*s` is a list: it is not remembered until the time has passed",
			   SL_SLICE_ARGS(field->text));
		return;
	}
	capture = sl_remembered_capture(sequence, sl_sequence_last_event(sequence), field->slot,
					(struct sl_slice){"", 0});
	if (capture == UINT32_MAX)
		sl_mistake(context->diagnostics, place, "too_many", "take one out",
			   "a list of steps remembers at most %u fields", SL_CAPTURES_MAX);
	datum->from = SL_DATA_CAPTURE;
	datum->index = (uint16_t)capture;
}

static int read_remembered(struct sl_campaign_reader *reader, struct sl_expr_context *context,
			   struct sl_campaign_data *datum)
{
	struct sl_pattern_text *pattern = reader->campaign->pattern;
	struct sl_remembered remembered = {.schema = &reader->set->schema,
					   .arena = &reader->set->arena,
					   .sequences = pattern->sequences,
					   .n_sequences = pattern->n_sequences};
	const struct sl_step_text *window;
	struct sl_expr *expr;
	uint32_t sequence = 0;
	int error;

	context->remembered = &remembered;
	error = sl_expr_parse(context, &expr);
	if (error || !expr)
		return error;
	window = window_of(&remembered, expr, &sequence);
	if (window) {
		bool is_call = expr->kind == SL_EXPR_CALL;

		if (!sl_window_bind(context, window->window, expr->text,
				    is_call && expr->n_args > 1 ? expr->args[1] : NULL, expr))
			return 0;
		datum->from = SL_DATA_AGGREGATE;
	} else {
		if (!sl_expr_type_value(context, expr))
			return 0;
		sequence = remembered.sequence;
		datum->from = expr->kind == SL_EXPR_LITERAL ? SL_DATA_CONSTANT : SL_DATA_CAPTURE;
		sl_filled_lint(&reader->set->filled, context, expr, reader->told);
	}
	datum->index = expr->slot;
	datum->sequence = (uint16_t)sequence;
	datum->constant = *expr;
	if (expr->kind == SL_EXPR_FIELD)
		take_field(reader, context, expr, datum);
	return 0;
}

/* ---- every campaign -------------------------------------------------------------------------- */

static int read_datum(struct sl_campaign_reader *reader, const struct sl_yaml_node *entry,
		      struct sl_campaign_data *datum)
{
	struct sl_rules_set *set = reader->set;
	struct sl_expr_context context = sl_campaign_context(reader, entry);
	struct sl_expr *expr;
	char *text;
	int error;

	datum->name.bytes = entry->key->value.bytes;
	datum->name.at = sl_arena_copy(&set->arena, entry->key->value);
	text = sl_arena_copy(&set->arena, entry->value);
	if (!datum->name.at || !text)
		return -ENOMEM;
	context.text = (struct sl_slice){text, entry->value.bytes};
	context.is_value = true;
	if (entry->style != SL_YAML_PLAIN) {
		datum->from = SL_DATA_CONSTANT;
		datum->constant = (struct sl_expr){
			.kind = SL_EXPR_LITERAL, .type = SL_TYPE_STRING, .text = context.text};
		return 0;
	}
	if (reader->campaign->pattern)
		return read_remembered(reader, &context, datum);
	context.shift = step_prefix(reader, context.text);
	context.text.at += context.shift;
	context.text.bytes -= context.shift;
	error = sl_expr_parse(&context, &expr);
	if (error || !expr || !sl_expr_type_value(&context, expr))
		return error;
	sl_filled_lint(&set->filled, &context, expr, reader->told);
	datum->from = expr->kind == SL_EXPR_LITERAL ? SL_DATA_CONSTANT : SL_DATA_SLOT;
	datum->index = expr->slot;
	datum->constant = *expr;
	return 0;
}

int sl_campaign_read_data(struct sl_campaign_reader *reader, const struct sl_yaml_node *data)
{
	struct sl_campaign_text *campaign = reader->campaign;
	int error = 0;

	campaign->data =
		sl_arena_alloc(&reader->set->arena, (data->n_items + 1) * sizeof(*campaign->data));
	if (!campaign->data)
		return -ENOMEM;
	for (const struct sl_yaml_node *entry = data->items; entry && !error; entry = entry->next) {
		struct sl_slice name;

		if (!sl_yaml_is_kind(&reader->file, entry, SL_YAML_SCALAR, "a value of `data`") ||
		    !sl_yaml_text(&reader->file, entry->key, "a name in `data`",
				  SL_CAMPAIGN_NAME_MAX, &name))
			continue;
		error = read_datum(reader, entry, &campaign->data[campaign->n_data++]);
	}
	return error;
}
