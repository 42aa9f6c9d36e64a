#include "artifact_priv.h"
#include "sluice/error.h"

#include <errno.h>
#include <stdlib.h>

/* 100,000 campaigns take some 60 MB. Beyond this a file is a mistake, and no reason to take the
 * machine's memory. */
#define ARTIFACT_BYTES_MAX ((size_t)1 << 32)

static const struct sl_framed_known known[] = {
	{SL_SECTION_META, sizeof(struct sl_ruleset_meta)},
	{SL_SECTION_TEXT, 1},
	{SL_SECTION_FIELDS, sizeof(struct sl_field)},
	{SL_SECTION_DATABASES, sizeof(struct sl_database)},
	{SL_SECTION_BLOBS, 1},
	{SL_SECTION_ATOMS, sizeof(struct sl_atom)},
	{SL_SECTION_FILED, sizeof(uint32_t)},
	{SL_SECTION_ALWAYS, sizeof(uint32_t)},
	{SL_SECTION_TRIGGERS, sizeof(struct sl_trigger)},
	{SL_SECTION_CODE, sizeof(struct sl_instruction)},
	{SL_SECTION_CONSTANTS, sizeof(struct sl_constant)},
	{SL_SECTION_SETS, sizeof(struct sl_set)},
	{SL_SECTION_MEMBERS, sizeof(uint32_t)},
	{SL_SECTION_CAMPAIGNS, sizeof(struct sl_campaign)},
	{SL_SECTION_DATA, sizeof(struct sl_data_field)},
	{SL_SECTION_REGISTRY, sizeof(struct sl_registry_slot)},
	{SL_SECTION_NODES, sizeof(struct sl_tree_node)},
	{SL_SECTION_BUCKETS, sizeof(struct sl_bucket)},
	{SL_SECTION_ASKED, sizeof(uint16_t)},
	{SL_SECTION_GROUPS, sizeof(struct sl_group)},
	{SL_SECTION_INTERVALS, sizeof(struct sl_interval)},
	{SL_SECTION_IDS, sizeof(uint32_t)},
	{SL_SECTION_PATTERNS, sizeof(struct sl_pattern)},
	{SL_SECTION_PATTERN_BYTES, 1},
	{SL_SECTION_ZONES, sizeof(struct sl_time_zone)},
	{SL_SECTION_TRANSITIONS, sizeof(struct sl_transition)},
	{SL_SECTION_SEQUENCES, sizeof(struct sl_sequence)},
	{SL_SECTION_STEPS, sizeof(struct sl_step)},
	{SL_SECTION_CAPTURES, sizeof(struct sl_capture)},
	{SL_SECTION_WINDOWS, sizeof(struct sl_window)},
	{SL_SECTION_AGGREGATES, sizeof(struct sl_aggregate)},
};

/* How the memory behind an artifact is released: only what open() read is ours. */
struct owned {
	const void *bytes;
	size_t n_bytes;
};

/* An absent section is an empty one: not NULL, so that adding 0 to it is well defined. */
static const void *view_of(const struct sl_framed *framed, uint32_t id, uint32_t *ret_count)
{
	const struct sl_file_section *section = sl_framed_find(framed, id);

	*ret_count = section ? section->count : 0;
	return framed->bytes + (section ? section->offset : 0);
}

static void set_views(struct sl_artifact *artifact, const struct sl_framed *framed,
		      struct sl_artifact_check *check)
{
	uint32_t n_text, n_blobs, n_meta, n_pattern_bytes;

	artifact->header = framed->header;
	artifact->bytes = framed->header->bytes;
	artifact->text = view_of(framed, SL_SECTION_TEXT, &n_text);
	artifact->meta = view_of(framed, SL_SECTION_META, &n_meta);
	if (n_meta != 1)
		artifact->meta = NULL;
	artifact->fields = view_of(framed, SL_SECTION_FIELDS, &artifact->n_fields);
	artifact->databases = view_of(framed, SL_SECTION_DATABASES, &artifact->n_databases);
	artifact->blobs = view_of(framed, SL_SECTION_BLOBS, &n_blobs);
	artifact->atoms = view_of(framed, SL_SECTION_ATOMS, &artifact->n_atoms);
	artifact->filed = view_of(framed, SL_SECTION_FILED, &artifact->n_filed);
	artifact->always = view_of(framed, SL_SECTION_ALWAYS, &artifact->n_always);
	artifact->triggers = view_of(framed, SL_SECTION_TRIGGERS, &artifact->n_triggers);
	artifact->code = view_of(framed, SL_SECTION_CODE, &artifact->n_code);
	artifact->constants = view_of(framed, SL_SECTION_CONSTANTS, &artifact->n_constants);
	artifact->sets = view_of(framed, SL_SECTION_SETS, &artifact->n_sets);
	artifact->members = view_of(framed, SL_SECTION_MEMBERS, &artifact->n_members);
	artifact->campaigns = view_of(framed, SL_SECTION_CAMPAIGNS, &artifact->n_campaigns);
	artifact->data = view_of(framed, SL_SECTION_DATA, &artifact->n_data);
	artifact->registry = view_of(framed, SL_SECTION_REGISTRY, &artifact->n_registry);
	artifact->nodes = view_of(framed, SL_SECTION_NODES, &artifact->n_nodes);
	artifact->buckets = view_of(framed, SL_SECTION_BUCKETS, &artifact->n_buckets);
	artifact->asked = view_of(framed, SL_SECTION_ASKED, &artifact->n_asked);
	artifact->groups = view_of(framed, SL_SECTION_GROUPS, &artifact->n_groups);
	artifact->intervals = view_of(framed, SL_SECTION_INTERVALS, &artifact->n_intervals);
	artifact->ids = view_of(framed, SL_SECTION_IDS, &artifact->n_ids);
	artifact->patterns = view_of(framed, SL_SECTION_PATTERNS, &artifact->n_patterns);
	artifact->pattern_bytes = view_of(framed, SL_SECTION_PATTERN_BYTES, &n_pattern_bytes);
	artifact->zones = view_of(framed, SL_SECTION_ZONES, &artifact->n_zones);
	artifact->transitions = view_of(framed, SL_SECTION_TRANSITIONS, &artifact->n_transitions);
	artifact->sequences = view_of(framed, SL_SECTION_SEQUENCES, &artifact->n_sequences);
	artifact->steps = view_of(framed, SL_SECTION_STEPS, &artifact->n_steps);
	artifact->captures = view_of(framed, SL_SECTION_CAPTURES, &artifact->n_captures);
	artifact->windows = view_of(framed, SL_SECTION_WINDOWS, &artifact->n_windows);
	artifact->aggregates = view_of(framed, SL_SECTION_AGGREGATES, &artifact->n_aggregates);
	check->text_bytes = n_text;
	check->pattern_bytes = n_pattern_bytes;
	check->blobs_bytes = n_blobs;
}

static int check_contents(const struct sl_artifact_check *check)
{
	static int (*const checks[])(const struct sl_artifact_check *check) = {
		sl_artifact_check_meta,      sl_artifact_check_fields,  sl_artifact_check_databases,
		sl_artifact_check_constants, sl_artifact_check_sets,    sl_artifact_check_zones,
		sl_artifact_check_patterns,  sl_artifact_check_code,    sl_artifact_check_campaigns,
		sl_artifact_check_sequences, sl_artifact_check_steps,   sl_artifact_check_windows,
		sl_artifact_check_data,      sl_artifact_check_slots,   sl_artifact_check_triggers,
		sl_artifact_check_atoms,     sl_artifact_check_filings, sl_artifact_check_groups,
		sl_artifact_check_tree,
	};

	for (unsigned i = 0; i < sizeof(checks) / sizeof(*checks); i++) {
		int error = checks[i](check);

		if (error)
			return error;
	}
	return 0;
}

/* What readers ask for so often that it is found once. */
static void index_fields(struct sl_artifact *artifact)
{
	for (unsigned i = 0; i < sizeof(artifact->role_slot) / sizeof(*artifact->role_slot); i++)
		artifact->role_slot[i] = -1;
	for (uint32_t i = 0; i < artifact->n_fields; i++) {
		const struct sl_field *field = &artifact->fields[i];

		if (field->flags & SL_FIELD_USED)
			artifact->used_slots[i / 64] |= 1ull << (i % 64);
		if (field->role != SL_ROLE_NONE)
			artifact->role_slot[field->role] = (int16_t)i;
	}
}

int sl_artifact_view(const void *bytes, size_t n_bytes, struct sl_artifact **ret_artifact,
		     char ret_why[SL_SENTENCE_BYTES])
{
	struct sl_artifact *artifact;
	struct sl_artifact_check check;
	struct sl_framed framed;
	int error = sl_framed_check(bytes, n_bytes, SL_FILE_RULESET, known,
				    sizeof(known) / sizeof(*known), &framed, ret_why);

	if (error)
		return error;
	artifact = calloc(1, sizeof(*artifact));
	if (!artifact)
		return sl_framed_refuse(ret_why, -ENOMEM, "no memory");
	check = (struct sl_artifact_check){.artifact = artifact, .why = ret_why};
	set_views(artifact, &framed, &check);
	error = check_contents(&check);
	if (error) {
		free(artifact);
		return error;
	}
	index_fields(artifact);
	*ret_artifact = artifact;
	return 0;
}

int sl_artifact_open(const char *path, struct sl_artifact **ret_artifact,
		     char ret_why[SL_SENTENCE_BYTES])
{
	struct sl_artifact *artifact;
	struct owned *owned = malloc(sizeof(*owned));
	int error;

	if (!owned)
		return sl_framed_refuse(ret_why, -ENOMEM, "no memory");
	error = sl_framed_load(path, ARTIFACT_BYTES_MAX, &owned->bytes, &owned->n_bytes, ret_why);
	if (error)
		goto free_owned;
	error = sl_artifact_view(owned->bytes, owned->n_bytes, &artifact, ret_why);
	if (error)
		goto unload;
	artifact->owned = owned;
	*ret_artifact = artifact;
	return 0;
unload:
	sl_framed_unload(owned->bytes, owned->n_bytes);
free_owned:
	free(owned);
	return error;
}

void sl_artifact_close(struct sl_artifact *artifact)
{
	struct owned *owned;

	if (!artifact)
		return;
	owned = artifact->owned;
	if (owned)
		sl_framed_unload(owned->bytes, owned->n_bytes);
	free(owned);
	free(artifact);
}
