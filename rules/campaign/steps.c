/* A list of steps: each by itself, then what they are to each other. */
#include "rules/campaign/campaign_priv.h"

#include "rules/time/time_span_priv.h"

#include <errno.h>

struct nodes {
	const struct sl_yaml_node *name, *not_, *within, *times, *until, *window, *keep;
	const struct sl_yaml_node *of_window; /* the first of what only windows have */
	bool refused; /* something stands there for a name, and was reported */
};

struct steps_reader {
	struct sl_campaign_reader *campaign;
	struct sl_sequence_text *sequence;
	struct sl_remembered remembered;
};

/* ---- taking a condition apart ---------------------------------------------------------------- */

static bool asks_steps(const struct sl_expr *expr)
{
	bool asks = expr->kind == SL_EXPR_BOUND;

	for (uint32_t i = 0; i < expr->n_args && !asks; i++)
		asks = asks_steps(expr->args[i]);
	return asks;
}

static bool is_and(const struct sl_expr *expr)
{
	return expr->kind == SL_EXPR_CALL && expr->function == SL_FUNCTION_AND;
}

static void gather(const struct sl_expr *expr, bool asking, struct sl_buffer *sides)
{
	if (!is_and(expr)) {
		if (asks_steps(expr) == asking)
			sl_buffer_add(sides, &expr, sizeof(struct sl_expr *));
		return;
	}
	for (uint32_t i = 0; i < expr->n_args; i++)
		gather(expr->args[i], asking, sides);
}

/* The sides of the condition's `&&` that ask earlier steps, or those that do not, joined again;
 * NULL: there are none. */
static int join_sides(struct sl_arena *arena, const struct sl_expr *condition, bool asking,
		      const struct sl_expr **ret_joined)
{
	struct sl_buffer sides = {0};
	struct sl_expr *joined = NULL;
	uint32_t n;
	int error = 0;

	gather(condition, asking, &sides);
	n = (uint32_t)(sides.bytes / sizeof(struct sl_expr *));
	if (sides.failed) {
		error = -ENOMEM;
	} else if (n == 1) {
		joined = *(struct sl_expr **)sides.at;
	} else if (n > 1) {
		joined = sl_arena_alloc(arena, sizeof(*joined));
		if (joined) {
			*joined = *condition;
			joined->n_args = n;
			joined->args = sl_arena_alloc(arena, sides.bytes);
		}
		if (joined && joined->args)
			memcpy(joined->args, sides.at, sides.bytes);
		else
			error = -ENOMEM;
	}
	sl_buffer_fini(&sides);
	if (!error)
		*ret_joined = joined;
	return error;
}

static int split(struct sl_arena *arena, struct sl_expr *condition, struct sl_step_text *step)
{
	int error;

	if (!asks_steps(condition)) {
		step->filter = condition;
		return 0;
	}
	error = join_sides(arena, condition, false, &step->filter);
	return error ? error : join_sides(arena, condition, true, &step->link);
}

/* ---- one step -------------------------------------------------------------------------------- */

static void sort_out(const struct sl_yaml_file *file, const struct sl_yaml_node *map,
		     struct nodes *nodes)
{
	for (const struct sl_yaml_node *entry = map->items; entry; entry = entry->next) {
		static const char *const of_window[] = {"having", "count", "keep", "fire"};
		struct sl_slice key = entry->key->value;
		struct sl_place place = sl_yaml_at(file, entry->key);
		bool known = true;

		if (sl_slice_is(key, "not"))
			nodes->not_ = entry;
		else if (sl_slice_is(key, "within"))
			nodes->within = entry;
		else if (sl_slice_is(key, "times"))
			nodes->times = entry;
		else if (sl_slice_is(key, "until"))
			nodes->until = entry;
		else if (sl_slice_is(key, "window"))
			nodes->window = entry;
		else
			known = false;
		for (size_t i = 0; i < 4; i++) {
			if (!sl_slice_is(key, of_window[i]))
				continue;
			nodes->of_window = nodes->of_window ? nodes->of_window : entry;
			known = true;
		}
		if (known)
			continue;
		nodes->refused = !nodes->name;
		if (!sl_campaign_is_step_name(key) || sl_campaign_is_step_word(key))
			sl_mistake(file->diagnostics, place, "bad_name",
				   "a-z, 0-9 and _, a letter first; no word of the language",
				   "`%.*s` cannot name a step", SL_SLICE_ARGS(key));
		else if (nodes->name)
			sl_mistake(file->diagnostics, place, "unknown_key",
				   "beside it stand `within`, `times`, `until`; of a window "
				   "`window`, `having`, `count`, `keep`, `fire`",
				   "a step has one name: `%.*s` is a second one",
				   SL_SLICE_ARGS(key));
		else
			nodes->name = entry;
	}
}

static int name_step(struct steps_reader *reader, const struct sl_yaml_node *name,
		     struct sl_step_text *step)
{
	const struct sl_yaml_file *file = &reader->campaign->file;
	const struct sl_pattern_text *pattern = reader->campaign->campaign->pattern;
	struct sl_slice text = name->key->value;
	const struct sl_schema *schema = &reader->campaign->set->schema;
	int branch = sl_schema_branch(schema, text);

	if (branch >= 0)
		sl_mistake(file->diagnostics, sl_yaml_at(file, name->key), "bad_name",
			   "call the step something else",
			   "`%.*s` is the beginning of the field `%.*s`: nobody could tell it from "
			   "the step",
			   SL_SLICE_ARGS(text), SL_SLICE_ARGS(schema->fields[branch].path));
	for (uint32_t s = 0; s < pattern->n_sequences; s++)
		for (uint32_t i = 0; i < pattern->sequences[s].n_steps; i++)
			if (sl_slice_equal(pattern->sequences[s].steps[i].name, text))
				sl_mistake(file->diagnostics, sl_yaml_at(file, name->key),
					   "bad_name",
					   "each step of a campaign has a name of its own",
					   "there is a step `%.*s` already", SL_SLICE_ARGS(text));
	step->name =
		(struct sl_slice){sl_arena_copy(&reader->campaign->set->arena, text), text.bytes};
	return step->name.at ? 0 : -ENOMEM;
}

static void read_times(const struct sl_yaml_file *file, const struct sl_yaml_node *times,
		       struct sl_step_text *step)
{
	const struct sl_yaml_node *from, *to;

	if (times->kind == SL_YAML_SCALAR) {
		if (sl_yaml_count(file, times, "`times`", SL_TIMES_MAX, &step->times_from))
			step->times_to = step->times_from;
		return;
	}
	if (!sl_yaml_is_kind_or(file, times, SL_YAML_MAP, "`times`",
				"`times: 3`, `times: {from: 3}` or `times: {from: 3, to: 5}`"))
		return;
	sl_campaign_check_keys(file, times, SL_KEYS_TIMES);
	from = sl_campaign_require(file, times, "from", "`times: {from: 3}`: at least three");
	to = sl_yaml_get(times, "to");
	step->times_to = UINT32_MAX;
	if (!from || !sl_yaml_count(file, from, "`from`", SL_TIMES_MAX, &step->times_from) || !to ||
	    !sl_yaml_count(file, to, "`to`", SL_TIMES_MAX, &step->times_to))
		return;
	if (step->times_to < step->times_from)
		sl_mistake(file->diagnostics, sl_yaml_at(file, to), "bad_value", "",
			   "`to` is less than `from`");
}

static int read_until(struct steps_reader *reader, const struct nodes *nodes,
		      struct sl_step_text *step)
{
	struct sl_remembered none = reader->remembered;
	struct sl_expr *until = NULL;
	int error;

	if (!nodes->times || nodes->times->kind != SL_YAML_MAP || step->times_to != UINT32_MAX)
		sl_mistake(reader->campaign->file.diagnostics,
			   sl_yaml_at(&reader->campaign->file, nodes->until->key), "bad_value",
			   "write `times: {from: 1}` beside it: as many as come, and at least so "
			   "many",
			   "`until` ends a step that has no other end");
	none.refused = "`until`";
	error = sl_campaign_read_condition(reader->campaign, nodes->until, &none, &until);
	step->until = until;
	return error;
}

static bool refuse_beside(const struct sl_yaml_file *file, const struct sl_yaml_node *node,
			  const char *beside, const char *hint)
{
	if (!node)
		return false;
	sl_mistake(file->diagnostics, sl_yaml_at(file, node->key), "bad_value", hint,
		   "`%.*s` has no meaning beside %s", SL_SLICE_ARGS(node->key->value), beside);
	return true;
}

/* What may stand beside each other; false: the step is not looked at any further. */
static bool fit(const struct sl_yaml_file *file, const struct sl_yaml_node *map,
		const struct nodes *nodes, bool is_first)
{
	static const char as_in[] = "`- start: type == \"loan.start\"`, or `- not: …`";

	if (!nodes->name && !nodes->not_) {
		if (!nodes->refused)
			sl_mistake(file->diagnostics, sl_yaml_at(file, map), "bad_value", as_in,
				   "this step has no condition");
		return false;
	}
	if (nodes->name && nodes->not_) {
		sl_mistake(file->diagnostics, sl_yaml_at(file, nodes->not_->key), "bad_value",
			   "`not` is a step of its own: a `-` before it",
			   "a step has a name or is a `not`");
		return false;
	}
	if (nodes->not_) {
		static const char hint[] = "beside `not` stands `within`, nothing else";

		return !(refuse_beside(file, nodes->times, "`not`", hint) |
			 refuse_beside(file, nodes->until, "`not`", hint) |
			 refuse_beside(file, nodes->window, "`not`", hint) |
			 refuse_beside(file, nodes->of_window, "`not`", hint));
	}
	if (!nodes->window && nodes->of_window) {
		sl_mistake(file->diagnostics, sl_yaml_at(file, nodes->of_window->key), "bad_value",
			   "`window: 1d` beside it; to wait for several events, `times: 3`",
			   "`%.*s` belongs to a `window`",
			   SL_SLICE_ARGS(nodes->of_window->key->value));
		return false;
	}
	if (!nodes->window)
		return true;
	if (!is_first)
		sl_mistake(file->diagnostics, sl_yaml_at(file, nodes->window->key), "bad_value",
			   "to wait for several events here, `times: {from: 3}` and `within`",
			   "a window is the first step, or there is none");
	return is_first &
	       !refuse_beside(file, nodes->times, "`window`",
			      "`count: 3` asks for three in the window") &
	       !refuse_beside(file, nodes->until, "`window`", "`fire: at_end` waits for its end") &
	       !refuse_beside(file, nodes->within, "`window`",
			      "the window's length bounds it: `window: 1d`");
}

static int read_step(struct steps_reader *reader, const struct sl_yaml_node *map)
{
	struct sl_campaign_reader *campaign = reader->campaign;
	const struct sl_yaml_file *file = &campaign->file;
	struct sl_sequence_text *sequence = reader->sequence;
	struct sl_step_text step = {
		.times_from = 1, .times_to = 1, .within_ns = INT64_MAX, .kind = SL_STEP_EVENT};
	struct sl_expr *condition = NULL;
	struct nodes nodes = {0};
	int error = 0;

	if (!sl_yaml_is_kind_or(file, map, SL_YAML_MAP, "a step",
				"a step has a name: `- event: type == \"card.payment\"`"))
		return 0;
	sort_out(file, map, &nodes);
	if (!fit(file, map, &nodes, sequence->n_steps == 0))
		return 0;
	step.place = sl_yaml_place(file->source, nodes.not_ ? nodes.not_ : nodes.name, 0);
	if (nodes.not_)
		step.kind = SL_STEP_NOT;
	else
		error = name_step(reader, nodes.name, &step);
	if (!error)
		error = sl_campaign_read_condition(campaign, nodes.not_ ? nodes.not_ : nodes.name,
						   &reader->remembered, &condition);
	if (!error && condition)
		error = split(&campaign->set->arena, condition, &step);
	if (nodes.within)
		sl_time_span_read(file, nodes.within, "`within`", &step.within_ns);
	if (nodes.times)
		read_times(file, nodes.times, &step);
	if (!error && nodes.until)
		error = read_until(reader, &nodes, &step);
	if (!error && nodes.window)
		error = sl_campaign_read_window(campaign, map, &step);
	sequence->steps[sequence->n_steps++] = step;
	return error;
}

/* ---- what they are to each other ------------------------------------------------------------- */

static void bad(const struct steps_reader *reader, const struct sl_step_text *step,
		const char *code, const char *hint, const char *message)
{
	sl_mistake(reader->campaign->file.diagnostics, step->place, code, hint, "%s", message);
}

static void check_not(const struct steps_reader *reader, uint32_t i)
{
	const struct sl_sequence_text *sequence = reader->sequence;
	const struct sl_step_text *step = &sequence->steps[i];
	bool bounded = step->within_ns != INT64_MAX;
	bool is_last = i + 1 == sequence->n_steps;

	if (sequence->n_steps == 1)
		bad(reader, step, "not_alone",
		    "put the step before it from which on nothing is to come, or the one behind it "
		    "before which nothing may have come",
		    "`not` alone is never looked at: what is not there has no time");
	else if (i > 0 && sequence->steps[i - 1].kind == SL_STEP_NOT)
		bad(reader, step, "bad_value", "join them: `not: a || b`",
		    "two `not` behind each other");
	else if (i == 0 && !bounded)
		bad(reader, step, "unbounded", "`within: 30d`: none in the thirty days before",
		    "a `not` in front needs `within`, or the past would be kept for ever");
	else if (is_last && !bounded && reader->campaign->campaign->pattern->within_ns == INT64_MAX)
		bad(reader, step, "unbounded", "`within: 30m` beside it",
		    "a `not` at the end needs `within`: how long nothing is to come");
	else if (i > 0 && !is_last && bounded)
		bad(reader, step, "no_effect",
		    "take it out; `within` of the next step says how long that is waited for",
		    "`not` between two steps holds until the second comes: it has no `within`");
	else if ((i == 0 || is_last) && sequence->strict)
		bad(reader, step, "bad_value",
		    "take `neighbours: strict` out, or the `not`, which strict neighbours make "
		    "needless between steps",
		    "`neighbours: strict` does not go with a `not` in front or at the end");
}

static void check_event(const struct steps_reader *reader, uint32_t i, bool is_first)
{
	const struct sl_step_text *step = &reader->sequence->steps[i];
	bool repeats = step->times_to > 1 || step->until;
	bool bounded = step->within_ns != INT64_MAX ||
		       reader->campaign->campaign->pattern->within_ns != INT64_MAX;

	if (is_first && !repeats && step->within_ns != INT64_MAX)
		bad(reader, step, "no_effect",
		    "put it at the second step; `within` beside `match` bounds all of them",
		    "before the first step there is nothing from which `within` could count");
	else if (!is_first && !bounded)
		bad(reader, step, "unbounded",
		    "`within: 1d` beside it, since the step before; or beside `match`, for all",
		    "this step would be waited for without end");
	else if (is_first && repeats && !bounded)
		bad(reader, step, "unbounded",
		    "`within: 1d` beside it, since its own first event; or beside `match`, for all",
		    "the events of this step would be counted without end");
}

static void check_all(const struct steps_reader *reader)
{
	const struct sl_sequence_text *sequence = reader->sequence;
	bool is_first = true;

	for (uint32_t i = 0; i < sequence->n_steps; i++) {
		const struct sl_step_text *step = &sequence->steps[i];

		if (step->kind == SL_STEP_NOT) {
			check_not(reader, i);
			continue;
		}
		if (step->kind == SL_STEP_EVENT)
			check_event(reader, i, is_first);
		else if (step->window && step->window->at_end && sequence->n_steps > 1)
			bad(reader, step, "bad_value",
			    "take `fire: at_end` out, or the steps behind it",
			    "a window that fires at its end is the only step");
		is_first = false;
	}
	if (sequence->strict && sequence->n_steps == 1 &&
	    (sequence->steps[0].kind == SL_STEP_WINDOW || sequence->steps[0].times_to == 1))
		bad(reader, &sequence->steps[0], "no_effect", "take `neighbours` out",
		    "one step has no neighbours");
}

int sl_campaign_read_steps(struct sl_campaign_reader *campaign, const struct sl_yaml_node *list,
			   struct sl_sequence_text *sequence)
{
	struct steps_reader reader = {.campaign = campaign, .sequence = sequence};
	struct sl_diagnostics *diagnostics = campaign->file.diagnostics;
	size_t before = sl_diagnostics_count(diagnostics, SL_SEVERITY_ERROR);
	int error = 0;

	if (list->n_items == 0 || list->n_items > SL_STEPS_MAX) {
		sl_mistake(diagnostics, sl_yaml_at(&campaign->file, list),
			   list->n_items ? "too_many" : "bad_value", "",
			   "a list of steps has 1 to %u, this one %u", SL_STEPS_MAX, list->n_items);
		return 0;
	}
	reader.remembered = (struct sl_remembered){.schema = &campaign->set->schema,
						   .arena = &campaign->set->arena,
						   .sequences = sequence,
						   .n_sequences = 1};
	sequence->steps =
		sl_arena_alloc(&campaign->set->arena, list->n_items * sizeof(*sequence->steps));
	if (!sequence->steps)
		return -ENOMEM;
	for (const struct sl_yaml_node *step = list->items; step && !error; step = step->next)
		error = read_step(&reader, step);
	if (!error && sl_diagnostics_count(diagnostics, SL_SEVERITY_ERROR) == before)
		check_all(&reader);
	return error;
}
