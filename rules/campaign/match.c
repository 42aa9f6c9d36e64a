#include "rules/campaign/campaign_priv.h"
#include "rules/lint/lint_priv.h"

#include <errno.h>

static const char step_default[] = "event";
static const char whole_condition[] =
	"a condition is one text: `match: type == \"card.payment\" && amount > 5`";

bool sl_campaign_is_step_name(struct sl_slice name)
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

bool sl_campaign_is_step_word(struct sl_slice name)
{
	static const char *const words[] = {
		"not",  "within", "times", "until",    "window",  "having", "count",
		"keep", "fire",   "every", "then",     "any",     "all",    "of",
		"by",   "where",  "gap",   "repeat",   "after",   "policy", "sum",
		"min",  "max",    "avg",   "distinct", "sequence"};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (sl_slice_is(name, words[i]))
			return true;
	}
	return false;
}

/* For what a node holds; the text is still to be filled in. */
struct sl_expr_context sl_campaign_context(const struct sl_campaign_reader *reader,
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

int sl_campaign_read_condition(struct sl_campaign_reader *reader, const struct sl_yaml_node *node,
			       struct sl_remembered *remembered, struct sl_expr **ret_expr)
{
	struct sl_rules_set *set = reader->set;
	struct sl_expr_context context = sl_campaign_context(reader, node);
	struct sl_expr *expr;
	bool never = false;
	char *text;
	int error;

	*ret_expr = NULL;
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
	context.remembered = remembered;
	warn_of_comment(reader, node);
	error = sl_expr_parse(&context, &expr);
	if (error || !expr || !sl_expr_type(&context, expr))
		return error;
	*ret_expr = expr;
	sl_filled_lint(&set->filled, &context, expr, reader->told);
	error = sl_lint_condition(&context, expr, &never);
	reader->campaign->never_told |= never;
	return error;
}

/* The one condition of a campaign that remembers nothing. */
static int read_whole(struct sl_campaign_reader *reader, const struct sl_yaml_node *node)
{
	reader->campaign->condition_place = sl_yaml_place(reader->file.source, node, 0);
	return sl_campaign_read_condition(reader, node, NULL, &reader->campaign->condition);
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

		if (!sl_campaign_is_step_name(entry->key->value) ||
		    sl_campaign_is_step_word(entry->key->value))
			sl_mistake(file->diagnostics, place, "bad_name",
				   "a-z, 0-9 and _, a letter first; no word of the language",
				   "`%.*s` cannot name a step", SL_SLICE_ARGS(entry->key->value));
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
	return reader->campaign->step.at ? read_whole(reader, condition) : -ENOMEM;
}

/* One step with a condition and nothing else: there is nothing to remember. */
static bool is_plain(const struct sl_yaml_node *match)
{
	static const char *const words[] = {"not",    "within", "times", "until", "window",
					    "having", "count",  "keep",  "fire"};
	const struct sl_yaml_node *step = match->items;

	if (match->n_items != 1)
		return match->n_items == 0;
	for (size_t i = 0; step->kind == SL_YAML_MAP && i < sizeof(words) / sizeof(*words); i++)
		if (sl_yaml_get(step, words[i]))
			return false;
	return true;
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
	if (match->is_refused)
		return 0;
	if (match->kind == SL_YAML_MAP || (match->kind == SL_YAML_LIST && !is_plain(match)))
		return sl_campaign_read_pattern(reader, root, match);
	sl_campaign_refuse_policy(reader, root);
	if (match->kind == SL_YAML_SCALAR)
		return read_whole(reader, match);
	if (match->n_items == 0)
		sl_mistake(file->diagnostics, sl_yaml_at(file, match), "bad_value", "",
			   "`match` has no step");
	return match->items ? read_step(reader, match->items) : 0;
}
