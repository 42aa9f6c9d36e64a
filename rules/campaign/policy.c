/* Keys beside `match`: of campaigns that remember, and of what is sent to a customer at most. */
#include "rules/campaign/campaign_priv.h"

#include "rules/nearest_priv.h"
#include "rules/time/time_span_priv.h"

#include <errno.h>

static const char *const pattern_keys[] = {"by",          "for",       "within",
					   "after_match", "runs",      "neighbours",
					   "among",       "on_change", "on_loss"};

#define PATTERN_KEYS (sizeof(pattern_keys) / sizeof(pattern_keys[0]))

void sl_campaign_refuse_policy(struct sl_campaign_reader *reader, const struct sl_yaml_node *root)
{
	for (size_t i = 0; i < PATTERN_KEYS; i++) {
		const struct sl_yaml_node *node = sl_yaml_get(root, pattern_keys[i]);

		if (node)
			sl_mistake(
				reader->file.diagnostics, sl_yaml_at(&reader->file, node->key),
				"no_effect", "take it out, or write `match` as a list of steps",
				"`%s` is of campaigns that remember: this one asks a single event",
				pattern_keys[i]);
	}
}

/* ---- by, for --------------------------------------------------------------------------------- */

static void read_by(struct sl_campaign_reader *reader, const struct sl_yaml_node *by)
{
	const struct sl_yaml_file *file = &reader->file;
	const struct sl_schema *schema = &reader->set->schema;
	struct sl_nearest nearest = {0};
	struct sl_slice text;
	char hint[200];
	uint8_t type;
	int slot;

	if (!sl_yaml_text(file, by, "`by`", SL_SCHEMA_PATH_MAX, &text))
		return;
	slot = sl_schema_find(schema, text);
	nearest.wrote = text;
	for (uint32_t i = 0; slot < 0 && i < schema->n_fields; i++)
		sl_nearest_offer(&nearest, schema->fields[i].path);
	if (slot < 0) {
		sl_mistake(file->diagnostics, sl_yaml_at(file, by), "unknown_field",
			   sl_nearest_hint(&nearest, hint, sizeof(hint)),
			   "the schema has no field `%.*s`", SL_SLICE_ARGS(text));
		return;
	}
	type = schema->fields[slot].type;
	if (type != SL_TYPE_STRING && type != SL_TYPE_INT)
		sl_mistake(file->diagnostics, sl_yaml_at(file, by), "type_mismatch",
			   "a device, an account, a branch: what has a name or a number",
			   "`by` names a field of type string or int, `%.*s` is of type %s",
			   SL_SLICE_ARGS(text), sl_schema_type_name(type));
	else if (slot != schema->role_slot[SL_ROLE_KEY]) /* the customer is what it is without */
		reader->campaign->pattern->by_slot = slot;
}

static void read_for(struct sl_campaign_reader *reader, const struct sl_yaml_node *node)
{
	static const char *const words[] = {"customer"};
	const struct sl_yaml_file *file = &reader->file;

	if (sl_campaign_read_word(file, node, "`for`", words, 1) == 1)
		return;
	if (reader->campaign->pattern->by_slot < 0)
		sl_mistake(file->diagnostics, sl_yaml_at(file, node->key), "no_effect",
			   "take it out, or say `by` which other field it remembers",
			   "without `by` every match is the customer's");
	else
		reader->campaign->pattern->for_customer = true;
}

/* ---- policy ---------------------------------------------------------------------------------- */

static int read_neighbours(struct sl_campaign_reader *reader, const struct sl_yaml_node *neighbours,
			   const struct sl_yaml_node *among)
{
	static const char *const words[] = {"relaxed", "strict"};
	const struct sl_yaml_file *file = &reader->file;
	const struct sl_schema *schema = &reader->set->schema;
	struct sl_remembered none = {
		.schema = schema, .arena = &reader->set->arena, .refused = "`among`"};
	struct sl_expr *expr = NULL;
	int error = 0;

	if (neighbours)
		reader->strict =
			sl_campaign_read_word(file, neighbours, "`neighbours`", words, 2) == 1;
	if (!among)
		return 0;
	if (!reader->strict)
		sl_mistake(file->diagnostics, sl_yaml_at(file, among->key), "no_effect",
			   "`neighbours: strict` beside it",
			   "`among` says which neighbours end a list of steps: none does");
	error = sl_campaign_read_condition(reader, among, &none, &expr);
	reader->among = expr;
	return error;
}

int sl_campaign_read_policy(struct sl_campaign_reader *reader, const struct sl_yaml_node *root)
{
	static const char *const after_words[] = {"restart", "skip_past_last", "overlap"};
	static const char *const change_words[] = {"reset", "keep", "drain"};
	static const char *const loss_words[] = {"hold", "fire"};
	const struct sl_yaml_file *file = &reader->file;
	struct sl_pattern_text *pattern = reader->campaign->pattern;
	const struct sl_yaml_node *nodes[PATTERN_KEYS];
	unsigned word;

	for (size_t i = 0; i < PATTERN_KEYS; i++)
		nodes[i] = sl_yaml_get(root, pattern_keys[i]);
	if (nodes[0])
		read_by(reader, nodes[0]);
	if (nodes[1])
		read_for(reader, nodes[1]);
	if (nodes[2])
		sl_time_span_read(file, nodes[2], "`within`", &pattern->within_ns);
	word = nodes[3] ? sl_campaign_read_word(file, nodes[3], "`after_match`", after_words, 3)
			: 0;
	pattern->after = word < 3 ? (enum sl_after_match)word : SL_AFTER_RESTART;
	if (nodes[4])
		sl_yaml_count(file, nodes[4], "`runs`", SL_RUNS_MAX, &pattern->runs_max);
	word = nodes[7] ? sl_campaign_read_word(file, nodes[7], "`on_change`", change_words, 3) : 0;
	pattern->says_on_change = nodes[7] != NULL;
	pattern->on_change = word < 3 ? (enum sl_on_change)word : SL_ON_CHANGE_RESET;
	word = nodes[8] ? sl_campaign_read_word(file, nodes[8], "`on_loss`", loss_words, 2) : 0;
	pattern->fires_on_loss = word == 1;
	reader->on_loss = nodes[8];
	reader->strict = false;
	reader->among = NULL;
	return read_neighbours(reader, nodes[5], nodes[6]);
}

/* ---- limit, priority, exclusive -------------------------------------------------------------- */

static int read_limit(struct sl_campaign_reader *reader, const struct sl_yaml_node *limit)
{
	const struct sl_yaml_file *file = &reader->file;
	struct sl_limit_text read = {0};
	const struct sl_yaml_node *count, *per;
	int error;

	if (!sl_yaml_is_kind_or(file, limit, SL_YAML_MAP, "`limit`",
				"`limit: {per_customer: 1, per: 7d}`"))
		return 0;
	sl_campaign_check_keys(file, limit, SL_KEYS_LIMIT);
	count = sl_campaign_require(file, limit, "per_customer", "`per_customer: 1`");
	per = sl_campaign_require(file, limit, "per", "`per: 7d`");
	error = sl_campaign_read_name(reader, sl_yaml_get(limit, "over"), "`over`", true,
				      &read.over);
	if (count && sl_yaml_count(file, count, "`per_customer`", SL_LIMIT_MAX, &read.count) &&
	    per && sl_time_span_read(file, per, "`per`", &read.per_ns))
		reader->campaign->limit = read;
	return error;
}

static void read_priority(struct sl_campaign_reader *reader, const struct sl_yaml_node *node)
{
	const struct sl_yaml_file *file = &reader->file;
	bool negative = node->kind == SL_YAML_SCALAR && node->value.bytes && *node->value.at == '-';
	int32_t value = 0;
	bool good = node->kind == SL_YAML_SCALAR && node->value.bytes > (negative ? 1u : 0u) &&
		    node->value.bytes <= 8;

	for (uint32_t i = negative; good && i < node->value.bytes; i++) {
		good = node->value.at[i] >= '0' && node->value.at[i] <= '9';
		value = value * 10 + (node->value.at[i] - '0');
	}
	if (!good || value > SL_PRIORITY_MAX) {
		if (!node->is_refused)
			sl_mistake(file->diagnostics, sl_yaml_at(file, node), "bad_value",
				   "a higher one wins",
				   "`priority` must be a number from -1000000 to 1000000");
		return;
	}
	reader->campaign->priority = negative ? -value : value;
}

/* Both count what one customer gets. */
static void check_customer(struct sl_campaign_reader *reader, const struct sl_yaml_node *node)
{
	const struct sl_pattern_text *pattern = reader->campaign->pattern;
	const struct sl_schema *schema = &reader->set->schema;
	struct sl_place place = sl_yaml_at(&reader->file, node->key);

	if (pattern && pattern->by_slot >= 0 && !pattern->for_customer)
		sl_diagnose(reader->file.diagnostics, SL_SEVERITY_WARNING, place, "no_customer",
			    "`for: customer` beside `by`",
			    "`by: %.*s` without `for: customer`: `%.*s` counts what each `%.*s` "
			    "gets, not each customer",
			    SL_SLICE_ARGS(schema->fields[pattern->by_slot].path),
			    SL_SLICE_ARGS(node->key->value),
			    SL_SLICE_ARGS(schema->fields[pattern->by_slot].path));
	else if (schema->role_slot[SL_ROLE_KEY] < 0)
		sl_mistake(reader->file.diagnostics, place, "no_key",
			   "give the customer's field `role: key` in the schema",
			   "`%.*s` is of one customer, and no field of the schema is the customer",
			   SL_SLICE_ARGS(node->key->value));
}

int sl_campaign_read_ranking(struct sl_campaign_reader *reader, const struct sl_yaml_node *root)
{
	const struct sl_yaml_file *file = &reader->file;
	const struct sl_yaml_node *limit = sl_yaml_get(root, "limit"),
				  *priority = sl_yaml_get(root, "priority"),
				  *exclusive = sl_yaml_get(root, "exclusive"),
				  *renamed = sl_yaml_get(root, "renamed_from");
	struct sl_campaign_text *campaign = reader->campaign;
	int error = limit ? read_limit(reader, limit) : 0;

	if (limit)
		check_customer(reader, limit);
	if (priority)
		read_priority(reader, priority);
	if (priority && !exclusive && !campaign->limit.over.bytes)
		sl_diagnose(file->diagnostics, SL_SEVERITY_WARNING, sl_yaml_at(file, priority->key),
			    "no_effect",
			    "`exclusive: NAME`, in all campaigns of which one is to be sent",
			    "`priority` ranks campaigns of one `exclusive` group, and this one is "
			    "in none");
	if (!error && exclusive) {
		check_customer(reader, exclusive);
		error = sl_campaign_read_name(reader, exclusive, "`exclusive`", true,
					      &campaign->exclusive);
	}
	if (!error && renamed)
		error = sl_campaign_read_name(reader, renamed, "`renamed_from`", true,
					      &campaign->renamed_from);
	if (renamed && campaign->renamed_from.bytes &&
	    sl_slice_equal(campaign->renamed_from, campaign->name))
		sl_mistake(file->diagnostics, sl_yaml_at(file, renamed), "bad_value", "take it out",
			   "the campaign has the name that it was renamed from");
	return error;
}
