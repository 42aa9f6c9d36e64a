/* The stages in a row: files -> typed set -> plan -> databases -> artifact. */
#include "rules/artifact/write_priv.h"
#include "rules/pieces/pieces_priv.h"
#include "rules/progress_priv.h"
#include "rules/registry/changes_priv.h"
#include "rules/registry/drain_priv.h"

#include "sluice/error.h"

#include <errno.h>
#include <time.h>

#define ALWAYS_LIST_DEFAULT 1024u

static bool has_errors(const struct sl_diagnostics *diagnostics)
{
	return sl_diagnostics_count(diagnostics, SL_SEVERITY_ERROR) > 0;
}

static struct sl_plan_bounds bounds_of(const struct sl_rules_options *options)
{
	return (struct sl_plan_bounds){
		.always_list = options && options->always_list ? options->always_list
							       : ALWAYS_LIST_DEFAULT,
		.candidates = options && options->candidates ? options->candidates
							     : SL_CANDIDATES_DEFAULT,
	};
}

static struct sl_rules_summary summary_of(const struct sl_rules_set *set,
					  const struct sl_plan *plan, size_t bytes)
{
	struct sl_rules_summary summary = {
		.campaigns = set->n_campaigns,
		.triggers = (uint32_t)(plan->triggers.bytes / sizeof(struct sl_trigger)),
		.always = plan->n_always,
		.fields = set->schema.n_fields,
		.content = {set->content[0], set->content[1]},
		.bytes = bytes,
	};

	for (uint32_t i = 0; i < set->n_campaigns; i++) {
		uint32_t state_bytes = sl_campaign_bytes(&set->campaigns[i]);

		summary.campaigns -= set->campaigns[i].draining;
		summary.remembering += state_bytes > 0 && !set->campaigns[i].draining;
		summary.state_bytes += state_bytes;
	}
	return summary;
}

/* Plans the set; -SL_E_RULES where it has mistakes. */
static int plan_set(const struct sl_rules_set *set, const struct sl_rules_options *options,
		    struct sl_plan *plan)
{
	const struct sl_plan_bounds bounds = bounds_of(options);
	int error;

	if (!has_errors(set->diagnostics))
		sl_rules_set_check_bytes(set, options);
	if (has_errors(set->diagnostics))
		return -SL_E_RULES;
	error = sl_plan_make_within(set, &bounds, plan);
	if (error)
		return error;
	error = sl_patterns_judge(plan, set, options ? options->pattern_ns : 0);
	if (!error)
		error = sl_diagnostics_error(set->diagnostics);
	if (!error && has_errors(set->diagnostics))
		error = -SL_E_RULES;
	if (error)
		sl_plan_fini(plan);
	return error;
}

static void warn_empty(const struct sl_rules_set *set)
{
	if (set->n_campaigns == 0 && !has_errors(set->diagnostics))
		sl_diagnose(set->diagnostics, SL_SEVERITY_WARNING, (struct sl_place){0},
			    "no_campaigns", "campaigns are files that end in .yaml or .yml",
			    "there is no campaign in the rule set");
}

/* filed may be NULL. */
static int check(const char *directory, const struct sl_rules_options *options,
		 struct sl_diagnostics *diagnostics, sl_rules_filed *filed, void *context,
		 struct sl_rules_summary *ret_summary)
{
	struct sl_rules_options reading = options ? *options : (struct sl_rules_options){0};
	struct sl_rules_summary summary = {0};
	struct sl_rules_set set;
	struct sl_plan plan;
	int error;

	reading.cache = NULL; /* what is only looked at leaves no trace */
	error = sl_rules_set_load(directory, &reading, diagnostics, &set);
	if (error)
		return error;
	warn_empty(&set);
	summary.campaigns = set.n_campaigns;
	summary.fields = set.schema.n_fields;
	error = plan_set(&set, options, &plan);
	if (!error) {
		summary = summary_of(&set, &plan, 0);
		if (filed)
			error = sl_plan_explain(&plan, &set, filed, context);
		sl_plan_fini(&plan);
	}
	sl_rules_set_fini(&set);
	if (error == -SL_E_RULES)
		error = 0;
	if (!error)
		error = sl_diagnostics_error(diagnostics);
	if (!error)
		*ret_summary = summary;
	return error;
}

int sl_rules_check(const char *directory, const struct sl_rules_options *options,
		   struct sl_diagnostics *diagnostics, struct sl_rules_summary *ret_summary)
{
	struct sl_rules_summary summary;
	int error = check(directory, options, diagnostics, NULL, NULL, &summary);

	if (!error && ret_summary)
		*ret_summary = summary;
	return error;
}

int sl_rules_explain_plan(const char *directory, const struct sl_rules_options *options,
			  struct sl_diagnostics *diagnostics, sl_rules_filed *filed, void *context)
{
	struct sl_rules_summary summary;

	return check(directory, options, diagnostics, filed, context, &summary);
}

const char *sl_rules_fate_name(enum sl_rules_fate fate)
{
	static const char *const names[] = {
		[SL_FATE_KEPT] = "kept", [SL_FATE_DRAINED] = "drained", [SL_FATE_RESET] = "reset",
		[SL_FATE_NEW] = "new",   [SL_FATE_GONE] = "gone",
	};

	return names[fate];
}

static int64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return now.tv_sec * 1000000000ll + now.tv_nsec;
}

static int write_set(const struct sl_rules_set *set, const struct sl_rules_options *options,
		     const struct sl_before *before, const struct sl_buffer *drained,
		     struct sl_plan *plan, const char *path, struct sl_rules_summary *ret_summary)
{
	struct sl_registry registry = {0};
	struct sl_patterns patterns = {0};
	size_t bytes = 0;
	int error = sl_registry_assign(set, before, plan, &registry);

	if (!error && has_errors(set->diagnostics))
		error = -SL_E_RULES;
	if (!error && before && options->changed)
		error = sl_changes_tell(set, before, plan, options);
	if (!error)
		error = sl_patterns_build(plan, options ? options->cache : NULL, set->diagnostics,
					  &patterns);
	if (!error)
		sl_progress_phase(set->progress, SL_RULES_WRITING, 1);
	if (!error)
		error = sl_drained_write(path, drained);
	if (!error)
		error = sl_artifact_write(path, set, options, plan, &patterns, &registry, now_ns(),
					  &bytes);
	if (!error && ret_summary)
		*ret_summary = summary_of(set, plan, bytes);
	sl_patterns_fini(&patterns);
	sl_registry_fini(&registry);
	return error;
}

static int compile_set(struct sl_rules_set *set, const struct sl_rules_options *options,
		       const char *path, struct sl_rules_summary *ret_summary)
{
	bool has_before = options && options->previous;
	struct sl_before before = {0};
	struct sl_buffer drained = {0};
	struct sl_plan plan;
	int error = has_before ? sl_before_read(options->previous, &before) : 0;

	if (!error && has_before && !has_errors(set->diagnostics))
		error = sl_drain_add(set, &before, options, now_ns(), &drained);
	if (!error)
		error = plan_set(set, options, &plan);
	if (!error) {
		error = write_set(set, options, has_before ? &before : NULL, &drained, &plan, path,
				  ret_summary);
		sl_plan_fini(&plan);
	}
	sl_before_fini(&before);
	sl_buffer_fini(&drained);
	return error;
}

/* ret_damaged: what was kept of campaigns is not what it seemed. */
static int compile_directory(const char *directory, const struct sl_rules_options *options,
			     const struct sl_rules_options *reading, const char *path,
			     struct sl_diagnostics *diagnostics,
			     struct sl_rules_summary *ret_summary, bool *ret_damaged)
{
	struct sl_rules_set set;
	int error = sl_rules_set_load(directory, reading, diagnostics, &set);

	*ret_damaged = error == -EILSEQ;
	if (error)
		return error;
	warn_empty(&set);
	error = compile_set(&set, options, path, ret_summary);
	if (!error && set.pieces)
		sl_pieces_write(set.pieces);
	*ret_damaged = sl_pieces_damaged(set.pieces);
	sl_rules_set_fini(&set);
	return error;
}

int sl_rules_compile(const char *directory, const struct sl_rules_options *options,
		     const char *path, struct sl_diagnostics *diagnostics,
		     struct sl_rules_summary *ret_summary)
{
	struct sl_diagnostics_mark before = sl_diagnostics_mark(diagnostics);
	struct sl_rules_options reading;
	bool damaged;
	int error = compile_directory(directory, options, options, path, diagnostics, ret_summary,
				      &damaged);

	if (!damaged)
		return error;
	/* once more, from the files alone */
	sl_pieces_remove(options->cache);
	sl_diagnostics_rewind(diagnostics, before);
	reading = *options;
	reading.cache = NULL;
	return compile_directory(directory, options, &reading, path, diagnostics, ret_summary,
				 &damaged);
}

int sl_rules_compile_schema(const char *schema, const char *path,
			    struct sl_diagnostics *diagnostics)
{
	struct sl_rules_set set;
	int error = sl_rules_set_load_schema(schema, diagnostics, &set);

	if (error)
		return error;
	error = compile_set(&set, NULL, path, NULL);
	sl_rules_set_fini(&set);
	return error;
}
