/* From a schema's dotted paths to tables of names, one table for each object. */
#include "decode/decode_priv.h"
#include "sluice/error.h"

#include <errno.h>
#include <stdlib.h>

/* While the schema is read: edges in a list, each knowing the object it starts from. */
struct draft_edge {
	const char *name;
	uint32_t bytes;
	uint16_t from;
	uint16_t node;
	uint16_t slot;
};

struct draft {
	uint32_t n_edges;
	uint32_t n_nodes;
	struct draft_edge edges[SL_DECODE_EDGES_MAX];
};

static struct draft_edge *draft_edge(struct draft *draft, uint16_t from, const char *name,
				     uint32_t bytes)
{
	struct draft_edge *edge;

	for (uint32_t i = 0; i < draft->n_edges; i++) {
		edge = &draft->edges[i];
		if (edge->from == from && edge->bytes == bytes &&
		    memcmp(edge->name, name, bytes) == 0)
			return edge;
	}
	if (draft->n_edges == SL_DECODE_EDGES_MAX)
		return NULL;
	edge = &draft->edges[draft->n_edges++];
	*edge = (struct draft_edge){.name = name, .bytes = bytes, .from = from, .slot = SL_NO_SLOT};
	return edge;
}

static int draft_field(struct draft *draft, struct sl_text path, uint16_t slot)
{
	const char *at = path.at;
	const char *end = path.at + path.bytes;
	uint16_t node = 0;

	for (unsigned level = 0; level < SL_PATH_NAMES_MAX; level++) {
		const char *dot = memchr(at, '.', (size_t)(end - at));
		const char *stop = dot ? dot : end;
		struct draft_edge *edge;

		if (stop == at)
			return -EINVAL; /* an empty name */
		edge = draft_edge(draft, node, at, (uint32_t)(stop - at));
		if (!edge)
			return -SL_E_LIMIT;
		if (!dot) {
			if (edge->slot != SL_NO_SLOT)
				return -EINVAL; /* two fields of one path */
			edge->slot = slot;
			return 0;
		}
		if (!edge->node)
			edge->node = (uint16_t)draft->n_nodes++;
		node = edge->node;
		at = dot + 1;
	}
	return -SL_E_LIMIT;
}

static bool is_role_sound(const struct sl_field *field)
{
	switch (field->role) {
	case SL_ROLE_NONE:
		return true;
	case SL_ROLE_TIME:
		return field->type == SL_TYPE_TIME;
	case SL_ROLE_ID:
	case SL_ROLE_KEY:
		return field->type == SL_TYPE_STRING || field->type == SL_TYPE_INT;
	case SL_ROLE_TYPE:
	case SL_ROLE_CHANNEL:
	case SL_ROLE_TRACE:
		return field->type == SL_TYPE_STRING;
	default:
		return false;
	}
}

static int draft_schema(struct draft *draft, const struct sl_artifact *artifact)
{
	if (artifact->n_fields > SL_FIELDS_MAX)
		return -SL_E_LIMIT;
	draft->n_nodes = 1;
	for (uint16_t slot = 0; slot < artifact->n_fields; slot++) {
		const struct sl_field *field = &artifact->fields[slot];
		int error;

		if (field->type < SL_TYPE_STRING || field->type > SL_TYPE_STRINGS ||
		    !is_role_sound(field))
			return -EINVAL;
		error = draft_field(draft, sl_artifact_text(artifact, field->path), slot);
		if (error)
			return error;
	}
	return 0;
}

/* At most half full, so that a search ends soon. */
static uint32_t places_for(uint32_t n_edges)
{
	uint32_t places = 2;

	while (places < 2 * n_edges)
		places *= 2;
	return places;
}

/* What is compared in one step where the member comes as expected. */
static void spell(struct sl_edge *edge, const char *name, uint32_t bytes)
{
	char text[16] = "\"", mask[16];
	uint32_t plain = 0;

	while (plain < bytes && (uint8_t)name[plain] >= ' ' && name[plain] != '"' &&
	       name[plain] != '\\')
		plain++;
	memset(mask, 0, sizeof(mask));
	memset(mask, 0xff, bytes < SL_SPELT_WHOLE ? bytes + 3 : sizeof(mask));
	if (plain < bytes) {
		memset(text, 0xff, sizeof(text));
	} else if (bytes <= SL_SPELT_WHOLE) {
		memcpy(text + 1, name, bytes);
		memcpy(text + 1 + bytes, "\":", 2);
	} else {
		memcpy(text + 1, name, bytes < 15 ? bytes : 15);
		if (bytes == 14)
			text[15] = '"';
	}
	memcpy(edge->spelt, text, sizeof(text));
	memcpy(edge->spelt_mask, mask, sizeof(mask));
}

static void place_edge(struct sl_decode_plan *plan, const struct draft_edge *draft,
		       uint16_t ordinal)
{
	struct sl_edge *places = plan->places + plan->nodes[draft->from].first;
	uint32_t mask = plan->nodes[draft->from].mask;
	const struct sl_field *field;
	struct sl_name name;
	char head[16] = {0};
	uint32_t i;

	/* a short name may lie at the very end of the artifact's text */
	memcpy(head, draft->name, draft->bytes < 8 ? draft->bytes : 8);
	name = sl_name_of(draft->bytes < 8 ? head : draft->name, draft->bytes);
	name.at = draft->name;
	for (i = sl_name_hash(&name) & mask; places[i].name.bytes != SL_NAME_FREE;
	     i = (i + 1) & mask)
		;
	places[i] = (struct sl_edge){
		.name = name, .slot = draft->slot, .node = draft->node, .ordinal = ordinal};
	spell(&places[i], draft->name, draft->bytes);
	if (draft->slot == SL_NO_SLOT || !plan->artifact)
		return;
	field = &plan->artifact->fields[draft->slot];
	places[i].type = field->type;
	places[i].role = field->role;
	places[i].bytes_max = field->bytes_max ? field->bytes_max : UINT32_MAX;
	places[i].items_max = field->items_max ? field->items_max : UINT32_MAX;
}

static int build_tables(struct sl_decode_plan *plan, const struct draft *draft)
{
	uint32_t n_places = 0;

	plan->nodes = calloc(draft->n_nodes, sizeof(*plan->nodes));
	if (!plan->nodes)
		return -ENOMEM;
	for (uint32_t i = 0; i < draft->n_edges; i++)
		plan->nodes[draft->edges[i].from].mask++;
	for (uint32_t i = 0; i < draft->n_nodes; i++) {
		uint32_t places = places_for(plan->nodes[i].mask);

		plan->nodes[i] = (struct sl_node){.first = n_places,
						  .mask = places - 1,
						  .ordinal = (uint16_t)(draft->n_edges + i)};
		n_places += places;
	}
	plan->places = calloc(n_places, sizeof(*plan->places));
	if (!plan->places)
		return -ENOMEM;
	for (uint32_t i = 0; i < n_places; i++)
		plan->places[i].name.bytes = SL_NAME_FREE;
	for (uint32_t i = 0; i < draft->n_edges; i++)
		place_edge(plan, &draft->edges[i], (uint16_t)i);
	plan->n_edges = draft->n_edges;
	plan->n_nodes = draft->n_nodes;
	return 0;
}

static int draft_paths(struct draft *draft, const struct sl_text *paths, uint32_t n)
{
	int error = 0;

	draft->n_nodes = 1;
	for (uint32_t i = 0; !error && i < n; i++)
		error = draft_field(draft, paths[i], (uint16_t)i);
	return error;
}

/* Of an artifact's schema, or of paths alone. */
static int make_plan(const struct sl_artifact *artifact, const struct sl_text *paths,
		     uint32_t n_paths, struct sl_decode_plan **ret_plan)
{
	static _Atomic uint64_t serials; /* an address may be used again, a number is not */
	struct sl_decode_plan *plan = calloc(1, sizeof(*plan));
	struct draft *draft = calloc(1, sizeof(*draft));
	int error = -ENOMEM;

	if (!plan || !draft)
		goto out;
	plan->artifact = artifact;
	plan->serial = ++serials;
	error = artifact ? draft_schema(draft, artifact) : draft_paths(draft, paths, n_paths);
	if (error)
		goto out;
	error = build_tables(plan, draft);
	if (error)
		goto out;
	plan->n_fields = (uint16_t)(artifact ? artifact->n_fields : n_paths);
	for (uint16_t slot = 0; artifact && slot < plan->n_fields; slot++) {
		if (artifact->fields[slot].flags & SL_FIELD_REQUIRED)
			plan->required[plan->n_required++] = slot;
	}
	*ret_plan = plan;
	plan = NULL;
out:
	sl_decode_plan_free(plan);
	free(draft);
	return error;
}

int sl_decode_plan_new(const struct sl_artifact *artifact, struct sl_decode_plan **ret_plan)
{
	return make_plan(artifact, NULL, 0, ret_plan);
}

int sl_decode_plan_of_paths(const struct sl_text *paths, uint32_t n, struct sl_decode_plan **ret)
{
	return make_plan(NULL, paths, n, ret);
}

void sl_decode_plan_free(struct sl_decode_plan *plan)
{
	if (!plan)
		return;
	free(plan->nodes);
	free(plan->places);
	free(plan);
}
