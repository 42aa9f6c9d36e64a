/* `on_change: drain`: what a campaign of the version before has under way goes on by what it was,
 * beside what it is now. Its text is read again, by the schema of this version. */
#include "rules/registry/drain_priv.h"

#include <errno.h>
#include <stdlib.h>

#define DAY_NS (86400 * 1000000000ll)

struct draining {
	struct sl_rules_set *set;
	const struct sl_before *before;
	const struct sl_rules_options *options;
	int64_t now_ns;
	struct sl_table registry;     /* states that had a slot before */
	struct sl_rules_set *version; /* the one before; NULL: not read yet, or it cannot be */
	struct sl_buffer *drained;
};

static int index_states(struct draining *draining)
{
	const struct sl_before *before = draining->before;

	for (uint32_t i = 0; i < before->registry.count; i++) {
		struct sl_registry_slot slot;
		bool is_new;

		sl_before_get(&before->registry, i, &slot);
		if (!sl_table_put(&draining->registry, slot.state, &is_new))
			return -ENOMEM;
	}
	return 0;
}

/* All that it remembers had a slot before: it means what it did. */
static bool is_same(const struct draining *draining, const struct sl_campaign_text *campaign)
{
	const struct sl_pattern_text *pattern = campaign ? campaign->pattern : NULL;

	for (uint32_t i = 0; pattern && i < pattern->n_sequences; i++)
		if (!sl_table_find(&draining->registry, pattern->sequences[i].state))
			return false;
	return pattern != NULL;
}

static const struct sl_campaign_text *find(const struct sl_rules_set *set, struct sl_slice name)
{
	for (uint32_t i = 0; set && i < set->n_campaigns; i++)
		if (sl_slice_equal(set->campaigns[i].name, name))
			return &set->campaigns[i];
	return NULL;
}

/* ---- how long -------------------------------------------------------------------------------- */

static int64_t step_span_ns(const struct sl_step_text *step)
{
	/* a session may go on as long as events come */
	if (step->window)
		return step->window->kind == SL_WINDOW_CALENDAR  ? 31 * DAY_NS
		       : step->window->kind == SL_WINDOW_SESSION ? SL_TIME_SPAN_NS_MAX
								 : step->window->length_ns;
	return step->within_ns == INT64_MAX ? 0 : step->within_ns;
}

int64_t sl_drain_span_ns(const struct sl_pattern_text *pattern)
{
	int64_t longest = 0;

	for (uint32_t i = 0; i < pattern->n_sequences; i++) {
		const struct sl_sequence_text *sequence = &pattern->sequences[i];
		int64_t span = 0;

		for (uint32_t s = 0; s < sequence->n_steps; s++)
			span += step_span_ns(&sequence->steps[s]);
		if (pattern->within_ns != INT64_MAX) {
			int64_t first =
				sequence->steps[0].window ? step_span_ns(&sequence->steps[0]) : 0;

			span = first + pattern->within_ns;
		}
		longest = span > longest ? span : longest;
	}
	if (pattern->join == SL_JOIN_ALL)
		longest += pattern->join_within_ns;
	return longest;
}

/* ---- reading again --------------------------------------------------------------------------- */

/* Keeps the set as long as the one that compiles; NULL: it has mistakes, by this schema. */
static int adopt(struct draining *draining, struct sl_rules_set *old,
		 struct sl_diagnostics *ignored, int error, struct sl_rules_set **ret_old)
{
	bool sound = !error && !sl_diagnostics_count(ignored, SL_SEVERITY_ERROR);

	*ret_old = NULL;
	if (!error && !sound)
		sl_rules_set_fini(old);
	sl_diagnostics_free(ignored);
	if (!sound) {
		free(old);
		return error == -ENOMEM ? error : 0;
	}
	old->diagnostics = draining->set->diagnostics;
	old->drained = draining->set->drained;
	draining->set->drained = old;
	*ret_old = old;
	return 0;
}

static struct sl_rules_options options_of(const struct draining *draining)
{
	struct sl_rules_options options = *draining->options;

	options.schema = draining->set->schema_path;
	options.unsafe_advertising = true; /* what was let in may end */
	options.progress = NULL;
	options.announced = NULL;
	options.cache = NULL;
	return options;
}

static int read_version(struct draining *draining)
{
	struct sl_rules_options options = options_of(draining);
	struct sl_diagnostics *ignored = sl_diagnostics_new();
	struct sl_rules_set *old = calloc(1, sizeof(*old));
	int error = old && ignored ? 0 : -ENOMEM;

	if (!error)
		error = sl_rules_set_load(options.previous_directory, &options, ignored, old);
	return adopt(draining, old, ignored, error, &draining->version);
}

static int read_text(struct draining *draining, struct sl_slice text, struct sl_rules_set **ret_old)
{
	const struct sl_source *schema = ((struct sl_source **)draining->set->sources.at)[0];
	struct sl_rules_options options = options_of(draining);
	struct sl_diagnostics *ignored = sl_diagnostics_new();
	struct sl_rules_set *old = calloc(1, sizeof(*old));
	int error = old && ignored ? 0 : -ENOMEM;

	if (!error)
		error = sl_rules_set_load_text((struct sl_slice){schema->text, schema->bytes}, text,
					       &options, ignored, old);
	return adopt(draining, old, ignored, error, ret_old);
}

/* The document that the campaign is, alone: from its line to the marker behind it. */
static struct sl_slice document_of(struct sl_place place)
{
	const struct sl_source *source = place.source;
	uint32_t from = place.offset, end;

	while (from > 0 && source->text[from - 1] != '\n')
		from--;
	for (end = from; end < source->bytes; end++) {
		const char *at = source->text + end;

		if (end > from && at[-1] == '\n' && source->bytes - end >= 3 &&
		    (memcmp(at, "---", 3) == 0 || memcmp(at, "...", 3) == 0))
			break;
	}
	return (struct sl_slice){source->text + from, end - from};
}

/* ---- adding ---------------------------------------------------------------------------------- */

static int add(struct draining *draining, const struct sl_campaign_text *old, int64_t until_ns)
{
	struct sl_rules_set *set = draining->set;
	struct sl_campaign_text *copy = sl_buffer_grow(&set->campaign_room, sizeof(*copy));
	struct sl_drained item = {
		.name = old->name,
		.until_ns = until_ns,
		.text = document_of(old->place),
	};

	set->campaigns = (struct sl_campaign_text *)set->campaign_room.at;
	sl_buffer_add(draining->drained, &item, sizeof(item));
	if (!copy || draining->drained->failed)
		return -ENOMEM;
	*copy = *old;
	copy->draining = true;
	set->n_campaigns++;
	return 0;
}

/* Those that were draining before, for as long as something of them may be under way. */
static int go_on(struct draining *draining)
{
	struct sl_buffer items = {0};
	int error = sl_drained_read(draining->options->previous, &draining->set->arena, &items);

	for (size_t i = 0; i < items.bytes / sizeof(struct sl_drained) && !error; i++) {
		const struct sl_drained *item = (const struct sl_drained *)items.at + i;
		const struct sl_campaign_text *old;
		struct sl_rules_set *read;

		if (item->until_ns <= draining->now_ns)
			continue;
		error = read_text(draining, item->text, &read);
		old = error ? NULL : find(read, item->name);
		if (!error && is_same(draining, old))
			error = add(draining, old, item->until_ns);
		else if (!error)
			sl_diagnose(draining->set->diagnostics, SL_SEVERITY_WARNING,
				    (struct sl_place){0}, "drain_ends", "",
				    "what an earlier version of `%.*s` has under way ends here: it "
				    "cannot be read by this schema",
				    SL_SLICE_ARGS(item->name));
	}
	sl_buffer_fini(&items);
	return error;
}

static int drain(struct draining *draining, uint32_t index)
{
	struct sl_rules_set *set = draining->set;
	struct sl_campaign_text campaign = set->campaigns[index];
	const struct sl_campaign_text *old;
	struct sl_campaign before;
	int error = 0;

	if (!campaign.pattern || campaign.pattern->on_change != SL_ON_CHANGE_DRAIN ||
	    is_same(draining, &campaign) ||
	    !sl_before_campaign(draining->before, &campaign, &before))
		return 0;
	if (!draining->version && draining->options->previous_directory)
		error = read_version(draining);
	if (error)
		return error;
	old = find(draining->version, sl_before_text(draining->before, before.name));
	if (is_same(draining, old))
		return add(draining, old,
			   draining->now_ns + sl_drain_span_ns(old->pattern) + DAY_NS);
	sl_mistake(set->diagnostics, campaign.place, "cannot_drain",
		   "`on_change: reset` forgets it; or give the new one another name, and leave the "
		   "old one until nothing is under way",
		   "what `%.*s` has under way cannot go on: the version before cannot be read as "
		   "it was, by this schema",
		   SL_SLICE_ARGS(campaign.name));
	return 0;
}

int sl_drain_add(struct sl_rules_set *set, const struct sl_before *before,
		 const struct sl_rules_options *options, int64_t now_ns,
		 struct sl_buffer *ret_drained)
{
	struct draining draining = {.set = set,
				    .before = before,
				    .options = options,
				    .now_ns = now_ns,
				    .drained = ret_drained};
	uint32_t n = set->n_campaigns;
	int error = index_states(&draining);

	for (uint32_t i = 0; i < n && !error; i++)
		error = drain(&draining, i);
	if (!error)
		error = go_on(&draining);
	sl_table_fini(&draining.registry);
	return error;
}
