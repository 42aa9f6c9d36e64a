/* What the pattern library makes of a filter. */
#include "rules/regex/regex_priv.h"

#include "sluice/error.h"

#include <errno.h>
#include <hs/hs_compile.h>
#include <hs/hs_runtime.h>
#include <stdlib.h>

/* A filter is dear where it keeps much at hand while it scans. These bounds are a first guess, to
 * be set by measuring scans. */
#define UNBOUNDED_CHEAP 1u
#define REPEAT_CHEAP 64u
#define DATABASE_CHEAP 16384u

/* NULL in ret_database, and 0: the library refuses the expression. */
static int compile(const struct sl_regex_filter *filter, unsigned flags,
		   hs_database_t **ret_database)
{
	hs_compile_error_t *mistake = NULL;
	hs_error_t status;

	*ret_database = NULL;
	status = hs_compile(filter->expression, flags, HS_MODE_BLOCK, NULL, ret_database, &mistake);
	hs_free_compile_error(mistake);
	if (status == HS_NOMEM)
		return -ENOMEM;
	if (status != HS_SUCCESS && status != HS_COMPILER_ERROR)
		return -SL_E_PATTERNS;
	return 0;
}

static bool read_widths(const struct sl_regex_filter *filter, struct sl_regex_cost *cost)
{
	hs_compile_error_t *mistake = NULL;
	hs_expr_info_t *info = NULL;
	bool known = hs_expression_info(filter->expression, filter->flags, &info, &mistake) ==
		     HS_SUCCESS;

	if (known) {
		cost->min_width = info->min_width;
		cost->max_width = info->max_width;
	}
	free(info);
	hs_free_compile_error(mistake);
	return known;
}

static void refuse(struct sl_regex_filter *filter, struct sl_regex_cost *cost)
{
	cost->refused = true;
	cost->dear = true;
	filter->usable = false;
	filter->expression = "";
}

int sl_regex_filter_measure(struct sl_regex_filter *filter, struct sl_regex_cost *ret_cost)
{
	struct sl_regex_cost cost = {0};
	hs_database_t *database = NULL;
	int error;

	if (!filter->usable) {
		refuse(filter, &cost);
		*ret_cost = cost;
		return 0;
	}
	error = compile(filter, filter->flags, &database);
	if (!error && !database) {
		cost.prefilter = true;
		error = compile(filter, filter->flags | HS_FLAG_PREFILTER, &database);
	}
	if (error)
		return error;
	if (database && cost.prefilter)
		filter->flags |= HS_FLAG_PREFILTER;
	if (!database || hs_database_size(database, &cost.database_bytes) != HS_SUCCESS ||
	    !read_widths(filter, &cost))
		refuse(filter, &cost);
	cost.dear |= cost.prefilter || filter->unbounded > UNBOUNDED_CHEAP ||
		     filter->repeat_max > REPEAT_CHEAP || cost.database_bytes > DATABASE_CHEAP;
	hs_free_database(database);
	*ret_cost = cost;
	return 0;
}
