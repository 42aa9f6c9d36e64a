/* A condition is walked with one question to each part: is it true, or false, whatever the event?
 */
#include "rules/lint/lint_priv.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>

/* More sides than this are a list that a program wrote. */
#define SIDES_MAX 64u

enum truth { ANY, TRUE, FALSE };

struct side {
	const struct sl_expr *expr;
	struct sl_range range;
	uint64_t hash[2];
	enum truth truth;
};

struct linter {
	const struct sl_expr_context *context;
	struct sl_buffer buffer;
	bool failed;
};

static enum truth truth_of(struct linter *linter, const struct sl_expr *expr);

__attribute__((format(printf, 5, 6))) static void warn(struct linter *linter,
						       const struct sl_expr *at, const char *code,
						       const char *hint, const char *format, ...)
{
	char message[256];
	va_list args;

	va_start(args, format);
	vsnprintf(message, sizeof(message), format, args);
	va_end(args);
	sl_diagnose(linter->context->diagnostics, SL_SEVERITY_WARNING,
		    sl_expr_place(linter->context, at->offset), code, hint, "%s", message);
}

static void hash_of(struct linter *linter, const struct sl_expr *expr, uint64_t ret_hash[2])
{
	linter->buffer.bytes = 0;
	sl_expr_canonical(expr, &linter->buffer);
	linter->failed |= linter->buffer.failed;
	if (!linter->failed)
		sl_rules_hash(linter->buffer.at, linter->buffer.bytes, ret_hash);
}

/* a && (b && c) has three sides. False: too many. */
static bool gather(struct linter *linter, const struct sl_expr *expr, int function,
		   struct side *sides, uint32_t *n)
{
	for (uint32_t i = 0; i < expr->n_args; i++) {
		const struct sl_expr *side = expr->args[i];

		if (side->kind == SL_EXPR_CALL && side->function == function) {
			if (!gather(linter, side, function, sides, n))
				return false;
			continue;
		}
		if (*n == SIDES_MAX)
			return false;
		sides[*n] = (struct side){.expr = side, .range = sl_range_of(side)};
		hash_of(linter, side, sides[*n].hash);
		sides[*n].truth = truth_of(linter, side);
		(*n)++;
	}
	return true;
}

static bool is_same_field(const struct side *a, const struct side *b)
{
	return a->range.kind && b->range.kind && a->range.field->slot == b->range.field->slot;
}

/* The pair decides the whole: it can never hold together, or one of both always holds. */
static bool decides(const struct side *a, const struct side *b, bool is_and)
{
	if (!is_same_field(a, b))
		return false;
	return is_and ? sl_ranges_disjoint(&a->range, &b->range)
		      : sl_ranges_cover(&a->range, &b->range);
}

/* Where both stand, `a` changes nothing. */
static bool is_idle(const struct side *a, const struct side *b, bool is_and)
{
	if (!is_same_field(a, b))
		return false;
	return is_and ? sl_range_within(&b->range, &a->range)
		      : sl_range_within(&a->range, &b->range);
}

static const char *sign_of(bool is_and)
{
	return is_and ? "&&" : "||";
}

static void warn_idle(struct linter *linter, const struct side *sides, uint32_t n, uint32_t i,
		      bool is_and)
{
	const struct side *side = &sides[i];
	char where[SL_SCHEMA_PATH_MAX + 1] = "";

	if (side->truth == (is_and ? TRUE : FALSE)) {
		warn(linter, side->expr, "no_effect", "it can be left out",
		     "this side of `%s` is always %s and changes nothing", sign_of(is_and),
		     is_and ? "true" : "false");
		return;
	}
	for (uint32_t j = 0; j < n; j++) {
		bool earlier = j < i;

		if (j == i)
			continue;
		if (earlier && memcmp(side->hash, sides[j].hash, sizeof(side->hash)) == 0) {
			warn(linter, side->expr, "no_effect", "it can be left out",
			     "this side of `%s` stands here twice", sign_of(is_and));
			return;
		}
		/* of two that say the same the later one is told */
		if (!is_idle(side, &sides[j], is_and) ||
		    (!earlier && is_idle(&sides[j], side, is_and)))
			continue;
		snprintf(where, sizeof(where), "%.*s", SL_SLICE_ARGS(side->range.field->text));
		warn(linter, side->expr, "no_effect", "it can be left out",
		     is_and ? "this side of `&&` changes nothing: another asks more of `%s`"
			    : "this side of `||` changes nothing: another takes it in with `%s`",
		     where);
		return;
	}
}

/* Which pair of sides decides the whole; false: none does. */
static bool find_pair(const struct side *sides, uint32_t n, bool is_and, uint32_t *ret_later)
{
	for (uint32_t i = 0; i < n; i++) {
		for (uint32_t j = 0; j < i; j++) {
			if (decides(&sides[j], &sides[i], is_and)) {
				*ret_later = i;
				return true;
			}
		}
	}
	return false;
}

static enum truth truth_of_logic(struct linter *linter, const struct sl_expr *expr)
{
	bool is_and = expr->function == SL_FUNCTION_AND, all = true;
	enum truth decisive = is_and ? FALSE : TRUE;
	struct side sides[SIDES_MAX];
	uint32_t n = 0, later;

	if (!gather(linter, expr, expr->function, sides, &n) || linter->failed)
		return ANY;
	for (uint32_t i = 0; i < n; i++) {
		if (sides[i].truth == decisive)
			return decisive;
		all &= sides[i].truth != ANY;
	}
	if (all)
		return is_and ? TRUE : FALSE;
	if (find_pair(sides, n, is_and, &later)) {
		const struct sl_expr *field = sides[later].range.field;

		warn(linter, sides[later].expr, is_and ? "contradiction" : "no_effect",
		     is_and ? "`||` is either, `&&` is both" : "",
		     is_and ? "this can never hold together with what stands before: both test "
			      "`%.*s`"
			    : "one of these always holds, whatever `%.*s` is",
		     SL_SLICE_ARGS(field->text));
		return decisive;
	}
	for (uint32_t i = 0; i < n; i++)
		warn_idle(linter, sides, n, i, is_and);
	return ANY;
}

static enum truth truth_of_choice(struct linter *linter, const struct sl_expr *expr)
{
	enum truth condition = truth_of(linter, expr->args[0]);
	enum truth first = truth_of(linter, expr->args[1]),
		   second = truth_of(linter, expr->args[2]);

	if (condition == ANY)
		return first == second ? first : ANY;
	warn(linter, expr->args[condition == TRUE ? 2 : 1], "unreachable", "",
	     "this branch is never taken: what stands before `?` is always %s",
	     condition == TRUE ? "true" : "false");
	return condition == TRUE ? first : second;
}

/* `type in ["a", 5]`: CEL lets it pass, and the 5 is never met. */
static void check_members(struct linter *linter, const struct sl_expr *in)
{
	const struct sl_expr *item = in->args[0], *list = in->args[1];
	static const char *const names[] = {[SL_KIND_STRING] = "a string",
					    [SL_KIND_INT] = "an int",
					    [SL_KIND_DOUBLE] = "a decimal",
					    [SL_KIND_BOOL] = "true or false"};
	bool number = item->type == SL_KIND_INT || item->type == SL_KIND_DOUBLE;

	if (list->kind != SL_EXPR_LIST || item->type < SL_KIND_STRING || item->type > SL_KIND_BOOL)
		return;
	for (uint32_t i = 0; i < list->n_args; i++) {
		const struct sl_expr *member = list->args[i];
		const char *bounds = sl_lint_beyond(SL_FUNCTION_EQ, item, member);
		bool fits =
			member->type == item->type || member->type == SL_TYPE_DYN ||
			(number && (member->type == SL_KIND_INT || member->type == SL_KIND_UINT ||
				    member->type == SL_KIND_DOUBLE));

		if (bounds)
			warn(linter, member, "never_equal", bounds, "this is never met");
		else if (!fits)
			warn(linter, member, "never_equal", "write it in the type of the others",
			     "this is never met: what is looked for is %s", names[item->type]);
	}
}

static enum truth truth_of_comparison(struct linter *linter, const struct sl_expr *expr)
{
	enum sl_function function = (enum sl_function)expr->function;
	const struct sl_expr *a = expr->args[0], *b = expr->args[1];
	const char *bounds = sl_lint_beyond(function, a, b);

	if (!bounds)
		bounds = sl_lint_beyond(sl_function_mirrored(function), b, a);
	if (!bounds)
		return ANY;
	warn(linter, expr, "never_equal", bounds, "this never holds");
	return FALSE;
}

static enum truth truth_of(struct linter *linter, const struct sl_expr *expr)
{
	struct sl_range range;

	if (expr->kind == SL_EXPR_LITERAL && expr->type == SL_KIND_BOOL)
		return expr->integer ? TRUE : FALSE;
	if (expr->kind == SL_EXPR_CALL) {
		enum truth of;

		switch (expr->function) {
		case SL_FUNCTION_AND:
		case SL_FUNCTION_OR:
			return truth_of_logic(linter, expr);
		case SL_FUNCTION_NOT:
			of = truth_of(linter, expr->args[0]);
			return of == ANY ? ANY : of == TRUE ? FALSE : TRUE;
		case SL_FUNCTION_CONDITIONAL:
			return truth_of_choice(linter, expr);
		case SL_FUNCTION_IN:
			check_members(linter, expr);
			break;
		case SL_FUNCTION_EQ:
		case SL_FUNCTION_LT:
		case SL_FUNCTION_LE:
		case SL_FUNCTION_GT:
		case SL_FUNCTION_GE:
			if (truth_of_comparison(linter, expr) == FALSE)
				return FALSE;
			break;
		default:
			break;
		}
	}
	range = sl_range_of(expr);
	if (range.kind && sl_range_is_empty(&range))
		return FALSE;
	if (range.kind && sl_range_is_all(&range))
		return TRUE;
	for (uint32_t i = 0; i < expr->n_args; i++)
		truth_of(linter, expr->args[i]); /* for what is inside a macro or a comparison */
	return ANY;
}

int sl_lint_condition(const struct sl_expr_context *context, const struct sl_expr *expr,
		      bool *ret_never)
{
	struct linter linter = {.context = context};
	enum truth truth = truth_of(&linter, expr);

	sl_buffer_fini(&linter.buffer);
	if (linter.failed)
		return -ENOMEM;
	if (truth == FALSE)
		sl_diagnose(context->diagnostics, SL_SEVERITY_WARNING, sl_expr_place(context, 0),
			    "never", "", "this condition can never hold");
	else if (truth == TRUE)
		sl_diagnose(context->diagnostics, SL_SEVERITY_WARNING, sl_expr_place(context, 0),
			    "always_true", "say which events are meant",
			    "this condition holds for every event");
	*ret_never = truth == FALSE;
	return 0;
}

int sl_lint_set(const struct sl_rules_set *set)
{
	struct sl_table seen = {0};
	int error = sl_table_reserve(&seen, set->n_campaigns) ? 0 : -ENOMEM;

	for (uint32_t i = 0; i < set->n_campaigns && !error; i++) {
		const struct sl_campaign_text *campaign = &set->campaigns[i], *first;
		bool is_new = true;
		uint32_t *at = sl_table_put(&seen, campaign->meaning, &is_new);
		char where[256];

		if (!at) {
			error = -ENOMEM;
		} else if (is_new) {
			*at = i;
		} else {
			first = &set->campaigns[*at];
			sl_place_text(first->place, where, sizeof(where));
			sl_diagnose(set->diagnostics, SL_SEVERITY_WARNING, campaign->place,
				    "same_campaign", "a customer would get both",
				    "`%.*s` does the same as `%.*s` (%s)",
				    SL_SLICE_ARGS(campaign->name), SL_SLICE_ARGS(first->name),
				    where);
		}
	}
	sl_table_fini(&seen);
	return error;
}
