#include "rules/campaign_priv.h"
#include "rules/lint_priv.h"

#include <errno.h>

static const char step_default[] = "event";
static const char whole_condition[] =
	"a condition is one text: `match: type == \"card.payment\" && amount > 5`";

static bool is_step_name(struct sl_slice name)
{
	if (name.bytes == 0 || name.bytes > SL_CAMPAIGN_NAME_MAX || sl_schema_is_reserved(name))
		return false;
	for (uint32_t i = 0; i < name.bytes; i++) {
		char c = name.at[i];

		if (!((c >= 'a' && c <= 'z') || c == '_' || (i > 0 && c >= '0' && c <= '9')))
			return false;
	}
	return true;
}

/* Words of the language of steps that the engine does not act on yet. */
static bool is_step_word(struct sl_slice name)
{
	static const char *const words[] = {"not",    "within", "count", "every",    "then",
					    "any",    "all",    "of",    "window",   "by",
					    "where",  "repeat", "until", "after",    "gap",
					    "policy", "sum",    "avg",   "distinct", "sequence"};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (sl_slice_is(name, words[i]))
			return true;
	}
	return false;
}

/* For what a node holds; the text is still to be filled in. */
static struct sl_expr_context context_of(const struct sl_campaign_reader *reader,
					 const struct sl_yaml_node *node)
{
	return (struct sl_expr_context){
		.source = reader->file.source,
		.node = node,
		.schema = &reader->set->schema,
		.arena = &reader->set->arena,
		.diagnostics = reader->set->diagnostics,
	};
}

static bool is_blank(struct sl_slice text)
{
	uint32_t i = 0;

	while (i < text.bytes && strchr(" \t\r\n", text.at[i]))
		i++;
	return i == text.bytes;
}

/* To YAML ` #` ends a plain value: what was meant to belong to it is a comment. */
static void warn_of_comment(const struct sl_campaign_reader *reader,
			    const struct sl_yaml_node *node)
{
	const struct sl_source *source = reader->file.source;
	struct sl_place place = {.source = source};
	uint32_t at = node->end, sign;

	while (at < source->bytes && source->text[at] == ' ')
		at++;
	sign = at + 1;
	while (sign < source->bytes && source->text[sign] == ' ')
		sign++;
	if (node->style != SL_YAML_PLAIN || at >= source->bytes || source->text[at] != '#' ||
	    sign + 2 > source->bytes ||
	    (memcmp(source->text + sign, "&&", 2) && memcmp(source->text + sign, "||", 2)))
		return;
	place.offset = at;
	sl_diagnose(reader->file.diagnostics, SL_SEVERITY_WARNING, place, "yaml_comment",
		    "take it out, or write the condition as a block, `match: |`, without the `#`",
		    "behind ` #` stands a comment, it is no part of the condition");
}

static int read_condition(struct sl_campaign_reader *reader, const struct sl_yaml_node *node)
{
	struct sl_rules_set *set = reader->set;
	struct sl_expr_context context = context_of(reader, node);
	struct sl_expr *expr;
	char *text;
	int error;

	if (!sl_yaml_is_kind_or(&reader->file, node, SL_YAML_SCALAR, "a condition",
				whole_condition))
		return 0;
	if (is_blank(node->value)) {
		sl_mistake(set->diagnostics, sl_yaml_at(&reader->file, node), "syntax",
			   "`match: type == \"card.payment\"`", "the condition is empty");
		return 0;
	}
	/* names in the tree point into the text, which must outlive the document */
	text = sl_arena_copy(&set->arena, node->value);
	if (!text)
		return -ENOMEM;
	context.text = (struct sl_slice){text, node->value.bytes};
	warn_of_comment(reader, node);
	reader->campaign->condition_place = sl_yaml_place(reader->file.source, node, 0);
	error = sl_expr_parse(&context, &expr);
	if (error || !expr || !sl_expr_type(&context, expr))
		return error;
	reader->campaign->condition = expr;
	sl_filled_lint(&set->filled, &context, expr, reader->told);
	return sl_lint_condition(&context, expr, &reader->campaign->never_told);
}

static int read_step(struct sl_campaign_reader *reader, const struct sl_yaml_node *step)
{
	const struct sl_yaml_file *file = &reader->file;
	const struct sl_yaml_node *condition = NULL;

	if (!sl_yaml_is_kind_or(file, step, SL_YAML_MAP, "a step",
				"a step has a name: `- event: type == \"card.payment\"`"))
		return 0;
	for (const struct sl_yaml_node *entry = step->items; entry; entry = entry->next) {
		struct sl_place place = sl_yaml_at(file, entry->key);

		if (is_step_word(entry->key->value))
			sl_mistake(file->diagnostics, place, "not_yet",
				   "one step with one condition is offered",
				   "`%.*s` in `match` is not acted on by this version",
				   SL_SLICE_ARGS(entry->key->value));
		else if (!is_step_name(entry->key->value))
			sl_mistake(file->diagnostics, place, "bad_name",
				   "a-z, 0-9 and _, a letter first", "`%.*s` cannot name a step",
				   SL_SLICE_ARGS(entry->key->value));
		else if (condition)
			sl_mistake(file->diagnostics, place, "unknown_key", "",
				   "a step has one name: `%.*s` is a second one",
				   SL_SLICE_ARGS(entry->key->value));
		else
			condition = entry;
	}
	if (!step->items)
		sl_mistake(file->diagnostics, sl_yaml_at(file, step), "bad_value",
			   "`- event: type == \"card.payment\"`", "this step has no condition");
	if (!condition)
		return 0;
	reader->campaign->step.bytes = condition->key->value.bytes;
	reader->campaign->step.at = sl_arena_copy(&reader->set->arena, condition->key->value);
	return reader->campaign->step.at ? read_condition(reader, condition) : -ENOMEM;
}

int sl_campaign_read_match(struct sl_campaign_reader *reader, const struct sl_yaml_node *root)
{
	const struct sl_yaml_file *file = &reader->file;
	const struct sl_yaml_node *match = sl_yaml_get(root, "match");

	reader->campaign->step = (struct sl_slice){step_default, sizeof(step_default) - 1};
	if (!match) {
		if (!sl_campaign_is_misspelt(root, "match"))
			sl_mistake(file->diagnostics, sl_yaml_at(file, root), "missing_key",
				   "`match: type == \"card.payment\"`", "there is no `match`");
		return 0;
	}
	if (match->kind == SL_YAML_SCALAR)
		return read_condition(reader, match);
	if (!sl_yaml_is_kind_or(file, match, SL_YAML_LIST, "`match`", whole_condition))
		return 0;
	if (match->n_items == 0)
		sl_mistake(file->diagnostics, sl_yaml_at(file, match), "bad_value", "",
			   "`match` has no step");
	for (const struct sl_yaml_node *step = match->items ? match->items->next : NULL; step;
	     step = step->next)
		sl_mistake(file->diagnostics, sl_yaml_at(file, step), "not_yet",
			   "one step with one condition is offered",
			   "more than one step in `match` is not acted on by this version");
	return match->items ? read_step(reader, match->items) : 0;
}

/* "step.field" is the field of that step's event. Returns the bytes to pass over. */
static uint32_t step_prefix(const struct sl_campaign_reader *reader, struct sl_slice value)
{
	struct sl_slice step = reader->campaign->step;

	if (value.bytes <= step.bytes + 1 || memcmp(value.at, step.at, step.bytes) != 0 ||
	    value.at[step.bytes] != '.' || sl_schema_find(&reader->set->schema, value) >= 0)
		return 0;
	return step.bytes + 1;
}

static int read_datum(struct sl_campaign_reader *reader, const struct sl_yaml_node *entry,
		      struct sl_campaign_data *datum)
{
	struct sl_rules_set *set = reader->set;
	struct sl_expr_context context = context_of(reader, entry);
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
