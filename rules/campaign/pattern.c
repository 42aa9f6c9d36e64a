/* `match` where it remembers: one list of steps, or any or all of several. */
#include "rules/campaign/campaign_priv.h"

#include "rules/time/time_span_priv.h"

#include <errno.h>

static const char shapes[] = "a condition, a list of steps, `{any: [[…], […]]}` or "
			     "`{all: [[…], […]], within: 1h}`";

static int read_sequence(struct sl_campaign_reader *reader, const struct sl_yaml_node *list)
{
	struct sl_pattern_text *pattern = reader->campaign->pattern;
	struct sl_sequence_text *sequence = &pattern->sequences[pattern->n_sequences];

	sequence->captures =
		sl_arena_alloc(&reader->set->arena, SL_CAPTURES_MAX * sizeof(*sequence->captures));
	if (!sequence->captures)
		return -ENOMEM;
	sequence->strict = reader->strict;
	sequence->among = reader->among;
	pattern->n_sequences++;
	return sl_campaign_read_steps(reader, list, sequence);
}

static int read_list(struct sl_campaign_reader *reader, const struct sl_yaml_node *lists,
		     const char *word)
{
	const struct sl_yaml_file *file = &reader->file;
	int error = 0;

	if (!sl_yaml_is_kind_or(file, lists, SL_YAML_LIST, word, "a list of lists of steps"))
		return 0;
	if (lists->n_items == 0 || lists->n_items > SL_SEQUENCES_MAX) {
		sl_mistake(file->diagnostics, sl_yaml_at(file, lists),
			   lists->n_items ? "too_many" : "bad_value", "",
			   "%s has 1 to %u lists of steps", word, SL_SEQUENCES_MAX);
		return 0;
	}
	for (const struct sl_yaml_node *list = lists->items; list && !error; list = list->next)
		if (sl_yaml_is_kind_or(file, list, SL_YAML_LIST, "what `any` and `all` join",
				       "a list of steps, also of one: "
				       "`[[{start: type == \"a\"}], …]`"))
			error = read_sequence(reader, list);
	return error;
}

static int read_joined(struct sl_campaign_reader *reader, const struct sl_yaml_node *match)
{
	const struct sl_yaml_file *file = &reader->file;
	const struct sl_yaml_node *any = sl_yaml_get(match, "any"),
				  *all = sl_yaml_get(match, "all"),
				  *within = sl_yaml_get(match, "within");
	struct sl_pattern_text *pattern = reader->campaign->pattern;

	if (!any == !all) {
		sl_mistake(file->diagnostics, sl_yaml_at(file, match), "bad_value",
			   any ? "make two campaigns of it" : shapes,
			   any ? "`match` has either `any` or `all`" : "`match` is something else");
		return 0;
	}
	sl_campaign_check_keys(file, match, SL_KEYS_JOIN);
	pattern->join = any ? SL_JOIN_ANY : SL_JOIN_ALL;
	if (within && any)
		sl_mistake(file->diagnostics, sl_yaml_at(file, within->key), "no_effect",
			   "`within` beside `match` bounds each list of steps",
			   "`any` is as soon as one of them is: it needs no `within`");
	else if (within)
		sl_time_span_read(file, within, "`within` of `all`", &pattern->join_within_ns);
	else if (all)
		sl_mistake(file->diagnostics, sl_yaml_at(file, all->key), "unbounded",
			   "`match: {all: …, within: 1d}`: from the first of them to the last",
			   "`all` remembers each list of steps that was completed, without end");
	return read_list(reader, any ? any : all, any ? "`any`" : "`all`");
}

static void name_last_step(struct sl_campaign_text *campaign)
{
	const struct sl_sequence_text *sequence = &campaign->pattern->sequences[0];

	for (uint32_t i = 0; campaign->pattern->n_sequences && i < sequence->n_steps; i++)
		if (sequence->steps[i].name.bytes)
			campaign->step = sequence->steps[i].name;
}

static void check_key(struct sl_campaign_reader *reader)
{
	const struct sl_pattern_text *pattern = reader->campaign->pattern;
	const struct sl_schema *schema = &reader->set->schema;

	if (schema->role_slot[SL_ROLE_KEY] >= 0 ||
	    (pattern->by_slot >= 0 && !pattern->for_customer))
		return;
	sl_mistake(reader->file.diagnostics, reader->campaign->condition_place, "no_key",
		   "give the customer's field `role: key` in the schema",
		   "no field of the schema is the customer: there is nobody to remember for");
}

int sl_campaign_read_pattern(struct sl_campaign_reader *reader, const struct sl_yaml_node *root,
			     const struct sl_yaml_node *match)
{
	struct sl_arena *arena = &reader->set->arena;
	struct sl_pattern_text *pattern = sl_arena_alloc(arena, sizeof(*pattern));
	int error;

	if (!pattern)
		return -ENOMEM;
	pattern->within_ns = INT64_MAX;
	pattern->join_within_ns = INT64_MAX;
	pattern->by_slot = -1;
	pattern->runs_max = SL_RUNS_DEFAULT;
	pattern->sequences = sl_arena_alloc(arena, SL_SEQUENCES_MAX * sizeof(*pattern->sequences));
	if (!pattern->sequences)
		return -ENOMEM;
	reader->campaign->pattern = pattern;
	reader->campaign->condition_place = sl_yaml_at(&reader->file, match);
	error = sl_campaign_read_policy(reader, root);
	check_key(reader);
	if (!error)
		error = match->kind == SL_YAML_LIST ? read_sequence(reader, match)
						    : read_joined(reader, match);
	name_last_step(reader->campaign);
	return error;
}

bool sl_sequence_is_due(const struct sl_sequence_text *sequence)
{
	const struct sl_step_text *last =
		sequence->n_steps ? &sequence->steps[sequence->n_steps - 1] : NULL;

	return last && (last->kind == SL_STEP_NOT ||
			(last->kind == SL_STEP_WINDOW && last->window->at_end));
}

uint32_t sl_sequence_last_event(const struct sl_sequence_text *sequence)
{
	uint32_t i = sequence->n_steps;

	while (i > 1 && sequence->steps[i - 1].kind == SL_STEP_NOT)
		i--;
	return i ? i - 1 : 0;
}

/* A match of it says that something did not come. */
static bool says_absence(const struct sl_sequence_text *sequence)
{
	bool says = sequence->strict || sl_sequence_is_due(sequence);

	for (uint32_t i = 0; i < sequence->n_steps; i++)
		says |= sequence->steps[i].kind == SL_STEP_NOT;
	return says;
}

static void check_loss(struct sl_campaign_reader *reader)
{
	const struct sl_pattern_text *pattern = reader->campaign->pattern;
	bool says = false;

	for (uint32_t i = 0; i < pattern->n_sequences; i++)
		says |= says_absence(&pattern->sequences[i]);
	if (reader->on_loss && !says)
		sl_mistake(reader->file.diagnostics, sl_yaml_at(&reader->file, reader->on_loss),
			   "no_effect", "take it out",
			   "`on_loss` is for what did not come: this campaign has no `not`, no "
			   "strict neighbours and no window that is asked at its end");
}

/* A match by time is the customer's of the last accepted event: that one has to be remembered. */
int sl_campaign_end_pattern(struct sl_campaign_reader *reader)
{
	struct sl_pattern_text *pattern = reader->campaign->pattern;
	int key = reader->set->schema.role_slot[SL_ROLE_KEY];

	check_loss(reader);
	for (uint32_t i = 0; i < pattern->n_sequences; i++) {
		struct sl_sequence_text *sequence = &pattern->sequences[i];

		if (sequence->n_steps && sequence->steps[0].kind == SL_STEP_WINDOW)
			sl_campaign_end_window(reader, &sequence->steps[0]);
		if (pattern->for_customer && key >= 0 && sl_sequence_is_due(sequence) &&
		    sl_remembered_capture(sequence, sl_sequence_last_event(sequence), (uint16_t)key,
					  (struct sl_slice){"", 0}) == UINT32_MAX)
			sl_mistake(
				reader->file.diagnostics, reader->campaign->condition_place,
				"too_many", "take one out of `data` or of a condition",
				"a list of steps remembers at most %u fields, the customer among "
				"them",
				SL_CAPTURES_MAX);
		if (sequence->n_steps)
			sequence->bytes_max =
				sl_sequence_bytes(&reader->set->schema, pattern, sequence);
	}
	return 0;
}
