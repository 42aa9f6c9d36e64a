/* The rules of all channels, made ready once; what a schema makes of them, once per rule set. */
#include "decode/map_priv.h"

#include "sluice/error.h"

#include <errno.h>
#include <stdlib.h>

#define CONVERTED_ROOM(bytes) ((size_t)(bytes) + (size_t)(bytes) / 2 + SL_SPAN_PADDING)
#define PATH_BYTES 65536u   /* a request's head has no more */
#define SCRATCH_BASE 65536u /* besides what an event's values may take */

/* ---- paths of JSON bodies: each once */

struct paths {
	struct sl_text at[SL_MAP_PATHS_MAX];
	uint32_t n;
};

static int number_of(struct paths *paths, const struct sl_mapping *mapping,
		     const struct sl_map_source *source, uint16_t *ret_number)
{
	struct sl_text path = sl_mapping_text(mapping, source->name);
	uint32_t i = 0;

	*ret_number = 0;
	if (source->kind != SL_MAP_JSON)
		return 0;
	while (i < paths->n && (paths->at[i].bytes != path.bytes ||
				memcmp(paths->at[i].at, path.at, path.bytes) != 0))
		i++;
	if (i == SL_MAP_PATHS_MAX)
		return -SL_E_LIMIT;
	paths->at[i] = path;
	paths->n += i == paths->n;
	*ret_number = (uint16_t)i;
	return 0;
}

static int number_paths(struct sl_map_plan *plan)
{
	const struct sl_mapping *mapping = &plan->mapping;
	struct paths *paths = calloc(1, sizeof(*paths));
	int error = paths ? 0 : -ENOMEM;

	for (uint32_t i = 0; !error && i < mapping->header->conditions; i++)
		error = number_of(paths, mapping, &mapping->conditions[i].source,
				  &plan->json_of_condition[i]);
	for (uint32_t i = 0; !error && i < mapping->header->fields; i++)
		error = number_of(paths, mapping, &mapping->fields[i].source,
				  &plan->json_of_field[i]);
	if (!error && paths->n) {
		plan->n_json = paths->n;
		error = sl_decode_plan_of_paths(paths->at, paths->n, &plan->json);
	}
	free(paths);
	return error;
}

/* ---- rules */

static void note_source(struct sl_map_compiled *rule, const struct sl_map_source *source)
{
	rule->reads_body |= source->kind == SL_MAP_JSON || source->kind == SL_MAP_FORM;
	rule->reads_json |= source->kind == SL_MAP_JSON;
}

static void compile_rule(struct sl_map_plan *plan, uint32_t index)
{
	const struct sl_mapping *mapping = &plan->mapping;
	const struct sl_map_rule *rule = &mapping->rules[index];
	struct sl_map_compiled *compiled = &plan->rules[index];

	*compiled = (struct sl_map_compiled){
		.rule = rule,
		.path = sl_mapping_text(mapping, rule->path),
		.reads_body = rule->body != SL_MAP_BODY_FIELDS,
	};
	for (uint32_t i = 0; i < rule->n_conditions; i++)
		note_source(compiled, &mapping->conditions[rule->condition + i].source);
	for (uint32_t i = 0; i < rule->n_fields; i++)
		note_source(compiled, &mapping->fields[rule->field + i].source);
}

/* The first name of every path that a pattern fits; false: it may be any. */
static bool first_name(struct sl_text pattern, struct sl_text *ret_name)
{
	*ret_name = sl_map_first_name(pattern);
	return pattern.bytes && pattern.at[0] == '/' &&
	       !memchr(ret_name->at, '*', ret_name->bytes) &&
	       !memchr(ret_name->at, '{', ret_name->bytes);
}

static struct sl_map_bucket *bucket_of(const struct sl_map_place *place, struct sl_text name)
{
	for (uint32_t i = (uint32_t)sl_text_hash(name.at, name.bytes);; i++) {
		struct sl_map_bucket *bucket = &place->buckets[i & place->mask];

		if (bucket->n == 0 ||
		    (bucket->name.bytes == name.bytes &&
		     (name.bytes == 0 || memcmp(bucket->name.at, name.at, name.bytes) == 0)))
			return bucket;
	}
}

static uint32_t buckets_for(uint32_t n_rules)
{
	uint32_t n = 2;

	while (n < 2 * n_rules + 1)
		n *= 2;
	return n;
}

/* Counts what each bucket has, gives each its run, and fills them in the order of the rules. */
static void file_rules(struct sl_map_plan *plan, struct sl_map_place *place, uint32_t *ordered)
{
	const struct sl_map_channel *channel = place->channel;
	struct sl_text name;

	place->any = *ordered;
	for (uint32_t i = 0; i < channel->n_rules; i++) {
		if (first_name(plan->rules[channel->rule + i].path, &name)) {
			struct sl_map_bucket *bucket = bucket_of(place, name);

			bucket->name = name;
			bucket->n++;
		} else {
			plan->ordered[*ordered + place->n_any++] = channel->rule + i;
		}
	}
	*ordered += place->n_any;
	for (uint32_t i = 0; i <= place->mask; i++) {
		place->buckets[i].first = *ordered;
		*ordered += place->buckets[i].n;
	}
	for (uint32_t i = 0; i < channel->n_rules; i++)
		if (first_name(plan->rules[channel->rule + i].path, &name)) {
			struct sl_map_bucket *bucket = bucket_of(place, name);

			plan->ordered[bucket->first + bucket->filled++] = channel->rule + i;
		}
}

static int place_rules(struct sl_map_plan *plan)
{
	const struct sl_mapping *mapping = &plan->mapping;
	uint32_t n_buckets = 0, ordered = 0;

	for (uint32_t i = 0; i < mapping->header->channels; i++)
		n_buckets += buckets_for(mapping->channels[i].n_rules);
	plan->buckets = calloc(n_buckets ? n_buckets : 1, sizeof(*plan->buckets));
	if (!plan->buckets)
		return -ENOMEM;
	n_buckets = 0;
	for (uint32_t i = 0; i < mapping->header->channels; i++) {
		const struct sl_map_channel *channel = &mapping->channels[i];
		struct sl_map_place *place = &plan->places[channel->channel];

		place->channel = channel;
		place->buckets = plan->buckets + n_buckets;
		place->mask = buckets_for(channel->n_rules) - 1;
		n_buckets += place->mask + 1;
		file_rules(plan, place, &ordered);
	}
	return 0;
}

int sl_map_plan_new(const struct sl_mapping *mapping, struct sl_map_plan **ret_plan)
{
	static const struct sl_mapping_header nothing = {.version = SL_MAPPING_VERSION};
	struct sl_map_plan *plan = calloc(1, sizeof(*plan));
	const struct sl_mapping_header *header;
	int error = -ENOMEM;

	if (!plan)
		return -ENOMEM;
	plan->mapping = *mapping;
	if (!plan->mapping.header)
		plan->mapping.header = &nothing;
	header = plan->mapping.header;
	plan->rules = calloc(header->rules + 1u, sizeof(*plan->rules));
	plan->ordered = calloc(header->rules + 1u, sizeof(*plan->ordered));
	plan->json_of_condition = calloc(header->conditions + 1u, sizeof(uint16_t));
	plan->json_of_field = calloc(header->fields + 1u, sizeof(uint16_t));
	if (!plan->rules || !plan->ordered || !plan->json_of_condition || !plan->json_of_field)
		goto fail;
	for (uint32_t i = 0; i < header->rules; i++)
		compile_rule(plan, i);
	error = place_rules(plan);
	if (!error)
		error = number_paths(plan);
	if (error)
		goto fail;
	*ret_plan = plan;
	return 0;
fail:
	sl_map_plan_free(plan);
	return error;
}

void sl_map_plan_free(struct sl_map_plan *plan)
{
	if (!plan)
		return;
	sl_decode_plan_free(plan->json);
	free(plan->buckets);
	free(plan->rules);
	free(plan->ordered);
	free(plan->json_of_condition);
	free(plan->json_of_field);
	free(plan);
}

/* ---- what a schema makes of them */

static int by_path(const void *a, const void *b)
{
	const struct sl_text *x = &((const struct sl_map_member *)a)->path;
	const struct sl_text *y = &((const struct sl_map_member *)b)->path;
	uint32_t n = x->bytes < y->bytes ? x->bytes : y->bytes;
	int order = memcmp(x->at, y->at, n);

	return order ? order : (x->bytes > y->bytes) - (x->bytes < y->bytes);
}

static int slot_of(const struct sl_artifact *artifact, struct sl_text path)
{
	for (uint32_t slot = 0; slot < artifact->n_fields; slot++) {
		struct sl_text known = sl_artifact_text(artifact, artifact->fields[slot].path);

		if (known.bytes == path.bytes && !memcmp(known.at, path.at, path.bytes))
			return (int)slot;
	}
	return -1;
}

/* Where the schema wants its id, and whether a text will do there. */
static bool id_path(const struct sl_artifact *artifact, struct sl_text *ret_path)
{
	int16_t slot;

	*ret_path = (struct sl_text){"id", 2};
	if (!artifact)
		return true;
	slot = artifact->role_slot[SL_ROLE_ID];
	if (slot < 0 || artifact->fields[slot].type != SL_TYPE_STRING)
		return false;
	*ret_path = sl_artifact_text(artifact, artifact->fields[slot].path);
	return true;
}

static void bind_rule(const struct sl_map_plan *plan, const struct sl_artifact *artifact,
		      uint32_t index, struct sl_map_binding *binding)
{
	const struct sl_map_rule *rule = plan->rules[index].rule;
	uint32_t first = binding->n_members;
	struct sl_text id;
	bool makes_id = id_path(artifact, &id);

	binding->first[index] = first;
	for (uint32_t i = 0; i < rule->n_fields; i++) {
		const struct sl_map_field *field = &plan->mapping.fields[rule->field + i];
		struct sl_text path = sl_mapping_text(&plan->mapping, field->path);
		int slot = artifact ? slot_of(artifact, path) : -1;

		if (makes_id && path.bytes == id.bytes && !memcmp(path.at, id.at, id.bytes))
			makes_id = false; /* the rule fills it */
		binding->members[binding->n_members++] = (struct sl_map_member){
			.path = path,
			.source = field->source,
			.json = plan->json_of_field[rule->field + i],
			.type = slot >= 0 ? artifact->fields[slot].type : 0,
		};
	}
	if (makes_id)
		binding->members[binding->n_members++] = (struct sl_map_member){
			.path = id, .source = {.kind = SL_MAP_ID}, .type = SL_TYPE_STRING};
	qsort(binding->members + first, binding->n_members - first, sizeof(*binding->members),
	      by_path);
}

int sl_map_binding_new(const struct sl_map_plan *plan, const struct sl_artifact *artifact,
		       struct sl_map_binding **ret_binding)
{
	const struct sl_mapping_header *header = plan->mapping.header;
	struct sl_map_binding *binding = calloc(1, sizeof(*binding));

	if (!binding)
		return -ENOMEM;
	binding->has_schema = artifact != NULL;
	binding->n_rules = header->rules;
	binding->first = calloc(header->rules + 1u, sizeof(*binding->first));
	binding->members =
		calloc((size_t)header->fields + header->rules + 1u, sizeof(*binding->members));
	if (!binding->first || !binding->members) {
		sl_map_binding_free(binding);
		return -ENOMEM;
	}
	for (uint32_t i = 0; i < header->rules; i++)
		bind_rule(plan, artifact, i, binding);
	binding->first[header->rules] = binding->n_members;
	*ret_binding = binding;
	return 0;
}

void sl_map_binding_free(struct sl_map_binding *binding)
{
	if (!binding)
		return;
	free(binding->members);
	free(binding->first);
	free(binding);
}

bool sl_map_binding_unknown(const struct sl_map_binding *binding, uint32_t *at,
			    struct sl_text *ret_path)
{
	while (binding->has_schema && *at < binding->n_members) {
		const struct sl_map_member *member = &binding->members[(*at)++];

		if (member->type)
			continue;
		*ret_path = member->path;
		return true;
	}
	return false;
}

/* ---- a worker's */

int sl_map_new(const struct sl_map_plan *plan, const struct sl_map_limits *limits,
	       struct sl_map **ret_map)
{
	struct sl_map *map = calloc(1, sizeof(*map));
	size_t n_json = plan->n_json + 1u;
	struct sl_decode_limits decode = {.depth = SL_DECODE_DEPTH_MAX};
	int error = -ENOMEM;

	if (!map)
		return -ENOMEM;
	map->plan = plan;
	map->limits = *limits;
	map->body_room = CONVERTED_ROOM(limits->body_bytes);
	map->scratch_room = SCRATCH_BASE + 3 * (size_t)limits->event_bytes;
	map->path_room_bytes = PATH_BYTES;
	map->picked = calloc(n_json, sizeof(*map->picked));
	map->of_piece = calloc(n_json, sizeof(*map->of_piece));
	map->candidates = calloc(plan->mapping.header->rules + 1u, sizeof(*map->candidates));
	map->body_text = calloc(1, map->body_room + SL_SPAN_PADDING);
	map->scratch = calloc(1, map->scratch_room + SL_SPAN_PADDING);
	map->path_room = calloc(1, map->path_room_bytes);
	if (!map->picked || !map->of_piece || !map->candidates || !map->body_text ||
	    !map->scratch || !map->path_room)
		goto fail;
	decode.event_bytes = (uint32_t)map->body_room;
	error = sl_decoder_new(&decode, &map->decoder);
	if (!error)
		error = sl_charset_open(&map->reader);
	if (error)
		goto fail;
	*ret_map = map;
	return 0;
fail:
	sl_map_free(map);
	return error;
}

void sl_map_free(struct sl_map *map)
{
	if (!map)
		return;
	sl_charset_close(map->reader);
	sl_decoder_free(map->decoder);
	free(map->picked);
	free(map->of_piece);
	free(map->candidates);
	free(map->body_text);
	free(map->scratch);
	free(map->path_room);
	free(map);
}
