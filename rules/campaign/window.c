/* The window of a first step: which events are gathered, and when enough of them were. */
#include "rules/campaign/campaign_priv.h"

#include "rules/time/time_span_priv.h"
#include "rules/time/zones_priv.h"

#include <errno.h>

static const char forms[] = "`window: 1d`, `{tumbling: 1h}`, `{calendar: day, zone: Asia/Seoul}` "
			    "or `{session: 30m}`";

/* ---- the window itself ----------------------------------------------------------------------- */

static int read_zone(struct sl_campaign_reader *reader, const struct sl_yaml_node *zone,
		     struct sl_window_text *window)
{
	struct sl_slice name = sl_slice_of(reader->set->time_zone);
	struct sl_buffer transitions = {0};
	int64_t repeats_from_s;

	if (zone && !sl_yaml_text(&reader->file, zone, "`zone`", 64, &name))
		return 0;
	window->zone = (struct sl_slice){sl_arena_copy(&reader->set->arena, name), name.bytes};
	if (!window->zone.at)
		return -ENOMEM;
	if (zone && !sl_zone_load(name, &transitions, &repeats_from_s) && !transitions.failed)
		sl_mistake(reader->file.diagnostics, sl_yaml_at(&reader->file, zone),
			   "unknown_zone", "a name such as Asia/Seoul or UTC",
			   "there is no time zone `%.*s`", SL_SLICE_ARGS(name));
	sl_buffer_fini(&transitions);
	return 0;
}

static int read_map(struct sl_campaign_reader *reader, const struct sl_yaml_node *map,
		    struct sl_window_text *window)
{
	static const char *const units[] = {"hour", "day", "week", "month"};
	const struct sl_yaml_file *file = &reader->file;
	const struct sl_yaml_node *tumbling = sl_yaml_get(map, "tumbling"),
				  *calendar = sl_yaml_get(map, "calendar"),
				  *session = sl_yaml_get(map, "session"),
				  *zone = sl_yaml_get(map, "zone");
	unsigned unit;

	sl_campaign_check_keys(file, map, SL_KEYS_WINDOW);
	if (!!tumbling + !!calendar + !!session != 1) {
		sl_mistake(file->diagnostics, sl_yaml_at(file, map), "bad_value", forms,
			   "a window is one of `tumbling`, `calendar`, `session`");
		return 0;
	}
	if (zone && !calendar)
		sl_mistake(file->diagnostics, sl_yaml_at(file, zone->key), "no_effect",
			   "take it out", "only a calendar has a zone");
	if (!calendar) {
		window->kind = tumbling ? SL_WINDOW_TUMBLING : SL_WINDOW_SESSION;
		sl_time_span_read(file, tumbling ? tumbling : session,
				  tumbling ? "`tumbling`" : "`session`", &window->length_ns);
		return 0;
	}
	window->kind = SL_WINDOW_CALENDAR;
	unit = sl_campaign_read_word(file, calendar, "`calendar`", units, 4);
	if (unit < 4)
		window->unit = (enum sl_calendar_unit)(SL_CALENDAR_HOUR + unit);
	return read_zone(reader, zone, window);
}

/* ---- having ---------------------------------------------------------------------------------- */

/* Calls of aggregates become what is bound, before anything is typed. */
static bool bind(const struct sl_expr_context *context, struct sl_window_text *window,
		 struct sl_expr *expr)
{
	bool good = true;

	if (expr->kind == SL_EXPR_CALL && !expr->member && sl_window_is_function(expr->text))
		return expr->n_args <= 1 || sl_slice_is(expr->text, "count")
			       ? sl_window_bind(context, window, expr->text,
						expr->n_args ? expr->args[0] : NULL, expr)
			       : sl_window_bind(context, window, expr->text, NULL, expr);
	for (uint32_t i = 0; i < expr->n_args; i++)
		good &= bind(context, window, expr->args[i]);
	return good;
}

static const struct sl_expr *find_field(const struct sl_expr *expr)
{
	const struct sl_expr *found = expr->kind == SL_EXPR_FIELD ? expr : NULL;

	for (uint32_t i = 0; i < expr->n_args && !found; i++)
		found = find_field(expr->args[i]);
	return found;
}

static int read_having(struct sl_campaign_reader *reader, const struct sl_yaml_node *node,
		       struct sl_window_text *window)
{
	struct sl_rules_set *set = reader->set;
	struct sl_expr_context context = sl_campaign_context(reader, node);
	const struct sl_expr *field;
	struct sl_expr *expr;
	char *text;
	int error;

	if (!sl_yaml_is_kind(&reader->file, node, SL_YAML_SCALAR, "`having`"))
		return 0;
	text = sl_arena_copy(&set->arena, node->value);
	if (!text)
		return -ENOMEM;
	context.text = (struct sl_slice){text, node->value.bytes};
	error = sl_expr_parse(&context, &expr);
	if (error || !expr || !bind(&context, window, expr) || !sl_expr_type(&context, expr))
		return error;
	field = find_field(expr);
	if (field)
		sl_mistake(set->diagnostics, sl_expr_place(&context, field->offset), "bad_value",
			   "as in `sum(amount) > 1000`, or ask it in the condition of the step",
			   "`having` asks what events are together: of which of them would `%.*s` "
			   "be?",
			   SL_SLICE_ARGS(field->text));
	else if (!window->n_aggregates)
		sl_mistake(set->diagnostics, sl_expr_place(&context, 0), "bad_value",
			   "as in `count() >= 3`", "`having` asks no aggregate");
	else
		window->having = expr;
	return 0;
}

/* `count: n` is `having: count() >= n`. */
static int read_count(struct sl_campaign_reader *reader, const struct sl_yaml_node *node,
		      struct sl_window_text *window)
{
	struct sl_arena *arena = &reader->set->arena;
	struct sl_expr_context context = sl_campaign_context(reader, node);
	struct sl_expr *call = sl_arena_alloc(arena, sizeof(*call)),
		       *sides = sl_arena_alloc(arena, 2 * sizeof(*sides));
	uint32_t n = 0;

	if (!call || !sides)
		return -ENOMEM;
	if (!sl_yaml_count(&reader->file, node, "`count`", SL_KEEP_MAX, &n) ||
	    !sl_window_bind(&context, window, sl_slice_of("count"), NULL, &sides[0]))
		return sl_diagnostics_error(reader->set->diagnostics);
	sides[0].depth = sides[1].depth = 1;
	sides[1].kind = SL_EXPR_LITERAL;
	sides[1].of = sl_type_of(SL_KIND_INT);
	sides[1].type = SL_KIND_INT;
	sides[1].integer = n;
	*call = (struct sl_expr){.kind = SL_EXPR_CALL,
				 .depth = 2,
				 .function = SL_FUNCTION_GE,
				 .text = sl_slice_of(sl_function_info(SL_FUNCTION_GE)->text),
				 .of = sl_type_of(SL_KIND_BOOL),
				 .type = SL_KIND_BOOL,
				 .n_args = 2};
	call->args = sl_arena_alloc(arena, 2 * sizeof(*call->args));
	if (!call->args)
		return -ENOMEM;
	call->args[0] = &sides[0];
	call->args[1] = &sides[1];
	window->having = call;
	return 0;
}

/* ---- how much is kept ------------------------------------------------------------------------ */

/* n of `count() >= n` or `distinct(f) >= n`, either way round; 0: it is something else. */
static uint64_t least(const struct sl_window_text *window, enum sl_aggregate_function function)
{
	const struct sl_expr *having = window->having, *of, *n;
	int comparison;

	if (having->kind != SL_EXPR_CALL || having->n_args != 2)
		return 0;
	comparison = having->function;
	of = having->args[0];
	n = having->args[1];
	if (of->kind != SL_EXPR_BOUND) {
		comparison = sl_function_mirrored((enum sl_function)comparison);
		of = having->args[1];
		n = having->args[0];
	}
	if (of->kind != SL_EXPR_BOUND || window->aggregates[of->slot].function != function ||
	    n->kind != SL_EXPR_LITERAL || n->type != SL_KIND_INT || n->integer < 0 ||
	    n->integer > UINT32_MAX)
		return 0;
	if (comparison == SL_FUNCTION_GE)
		return (uint64_t)n->integer;
	return comparison == SL_FUNCTION_GT ? (uint64_t)n->integer + 1 : 0;
}

static bool has_distinct(const struct sl_window_text *window)
{
	for (uint32_t i = 0; i < window->n_aggregates; i++)
		if (window->aggregates[i].function == SL_AGGREGATE_DISTINCT)
			return true;
	return false;
}

void sl_campaign_end_window(struct sl_campaign_reader *reader, const struct sl_step_text *step)
{
	struct sl_window_text *window = step->window;
	struct sl_place place = step->place;
	bool sliding = window->kind == SL_WINDOW_SLIDING;
	uint64_t n;

	if (!window->having)
		return;
	n = least(window, SL_AGGREGATE_COUNT);

	if (!n && window->n_aggregates == 1) /* what else is asked asks events, not values */
		n = least(window, SL_AGGREGATE_DISTINCT);
	else if (!sliding)
		n = 0; /* it is counted, nothing is kept */
	if (window->keep && n > window->keep)
		sl_mistake(reader->set->diagnostics, place, "never",
			   "keep at least as many as are asked for",
			   "`having` asks for %llu, `keep` is %u: it would never hold",
			   (unsigned long long)n, window->keep);
	else if (n > SL_KEEP_MAX)
		sl_mistake(reader->set->diagnostics, place, "too_many",
			   "a tumbling or calendar window counts without keeping",
			   "a window keeps at most %u, `having` asks for %llu", SL_KEEP_MAX,
			   (unsigned long long)n);
	else if (!window->keep && n)
		window->keep = (uint32_t)n;
	else if (!window->keep && (sliding || has_distinct(window)))
		sl_mistake(reader->set->diagnostics, place, "unbounded",
			   "`keep: 100` beside it: the youngest hundred count",
			   sliding ? "a sliding window needs `keep`, how many events it holds at "
				     "most, unless `having` is just `count() >= n`"
				   : "`distinct` needs `keep`, how many values it holds at most, "
				     "unless `having` is just `distinct(…) >= n`");
	else if (window->keep && !sliding && !has_distinct(window))
		sl_mistake(reader->set->diagnostics, place, "no_effect", "take it out",
			   "this window keeps sums, not events: `keep` has no meaning");
}

/* ---- all of it ------------------------------------------------------------------------------- */

static void read_fire(const struct sl_yaml_file *file, const struct sl_yaml_node *fire,
		      struct sl_window_text *window)
{
	static const char *const words[] = {"at_once", "at_end"};

	window->at_end = sl_campaign_read_word(file, fire, "`fire`", words, 2) == 1;
	if (window->at_end && window->kind == SL_WINDOW_SLIDING)
		sl_mistake(file->diagnostics, sl_yaml_at(file, fire), "bad_value",
			   "`{tumbling: 1h}`, `{calendar: day}` and `{session: 30m}` have one",
			   "a sliding window has no end at which it could fire");
}

int sl_campaign_read_window(struct sl_campaign_reader *reader, const struct sl_yaml_node *map,
			    struct sl_step_text *step)
{
	const struct sl_yaml_file *file = &reader->file;
	const struct sl_yaml_node *node = sl_yaml_get(map, "window"),
				  *having = sl_yaml_get(map, "having"),
				  *count = sl_yaml_get(map, "count"),
				  *keep = sl_yaml_get(map, "keep"),
				  *fire = sl_yaml_get(map, "fire");
	struct sl_window_text *window = sl_arena_alloc(&reader->set->arena, sizeof(*window));
	int error = 0;

	if (!window)
		return -ENOMEM;
	window->aggregates = sl_arena_alloc(&reader->set->arena,
					    SL_AGGREGATES_MAX * sizeof(*window->aggregates));
	if (!window->aggregates)
		return -ENOMEM;
	step->kind = SL_STEP_WINDOW;
	step->window = window;
	window->kind = SL_WINDOW_SLIDING;
	if (node->kind == SL_YAML_MAP)
		error = read_map(reader, node, window);
	else if (sl_yaml_is_kind_or(file, node, SL_YAML_SCALAR, "`window`", forms))
		sl_time_span_read(file, node, "`window`", &window->length_ns);
	if (keep)
		sl_yaml_count(file, keep, "`keep`", SL_KEEP_MAX, &window->keep);
	if (fire)
		read_fire(file, fire, window);
	if (!having == !count)
		sl_mistake(file->diagnostics, sl_yaml_at(file, node->key), "bad_value",
			   having ? "`count: 3` is `having: count() >= 3`: join it with `&&`"
				  : "`count: 3`, or `having: sum(amount) > 1000`",
			   having ? "a window has either `having` or `count`"
				  : "a window needs `having`, or `count`: when it is enough");
	else if (!error)
		error = having ? read_having(reader, having, window)
			       : read_count(reader, count, window);
	return error;
}
