/* The values of a JSON body at the paths that rules name, in one walk that checks all of it. Lists
 * are walked like objects whose members are called 0, 1, 2 … */
#include "decode/map_priv.h"

#define DIGITS_MAX 10u

static const uint32_t *pick_value(struct sl_walk *walk, const uint32_t *at, uint32_t node,
				  struct sl_map_picked *picked);

static const struct sl_edge *edge_of(const struct sl_walk *walk, uint32_t node, struct sl_text text)
{
	const struct sl_node *of = &walk->plan->nodes[node];
	struct sl_name name = sl_name_of(text.at, text.bytes);

	return sl_plan_edge(walk->plan->places + of->first, of->mask, &name);
}

/* The token at the cursor, up to the next one's begin without the white space between. */
static struct sl_text token_text(const struct sl_walk *walk, uint32_t from, uint32_t to)
{
	while (to > from && sl_is_space(walk->text[to - 1]))
		to--;
	return (struct sl_text){(const char *)walk->text + from, to - from};
}

static const uint32_t *pick_member(struct sl_walk *walk, const uint32_t *at,
				   const struct sl_edge *edge, struct sl_map_picked *picked)
{
	uint32_t from = at[0];

	if (!edge)
		return sl_walk_skip(walk, at);
	at = pick_value(walk, at, edge->node, picked);
	if (!at || edge->slot == SL_NO_SLOT)
		return at;
	if (picked[edge->slot].token.at)
		picked[edge->slot].twice = true;
	/* behind a value stands a comma or bracket, or the text's end */
	picked[edge->slot].token = token_text(walk, from, at[0]);
	return at;
}

static const uint32_t *pick_object(struct sl_walk *walk, const uint32_t *at, uint32_t node,
				   struct sl_map_picked *picked)
{
	for (;; at++) {
		const struct sl_edge *edge;
		size_t high = walk->decoder->high;
		struct sl_text name;

		if (walk->text[at[0]] != '"' || walk->text[at[1]] != ':')
			return sl_walk_malformed(walk, at, SL_WHY_JSON_MALFORMED,
						 "expected a name in quotes and a colon");
		if (!sl_walk_string(walk, at, &name))
			return NULL;
		edge = edge_of(walk, node, name);
		walk->decoder->high = high; /* a name is not kept */
		at = pick_member(walk, at + 2, edge, picked);
		if (!at || walk->text[at[0]] != ',')
			return at;
	}
}

static const uint32_t *pick_list(struct sl_walk *walk, const uint32_t *at, uint32_t node,
				 struct sl_map_picked *picked)
{
	char digits[DIGITS_MAX + 8] = "0"; /* a name is read 8 bytes at a time */

	for (uint32_t index = 0;; index++, at++) {
		uint32_t n = 0;
		struct sl_text name;

		for (uint32_t left = index; n == 0 || left; left /= 10)
			digits[DIGITS_MAX - ++n] = (char)('0' + left % 10);
		name = (struct sl_text){digits + DIGITS_MAX - n, n};
		at = pick_member(walk, at, edge_of(walk, node, name), picked);
		if (!at || walk->text[at[0]] != ',')
			return at;
	}
}

/* node 0: nothing in it is asked for, or it is the text itself. */
static const uint32_t *pick_inside(struct sl_walk *walk, const uint32_t *at, uint32_t node,
				   struct sl_map_picked *picked)
{
	bool is_object = walk->text[at[0]] == '{';
	char close = is_object ? '}' : ']';

	at = sl_walk_open(walk, at);
	if (at && walk->text[at[0]] != close)
		at = is_object ? pick_object(walk, at, node, picked)
			       : pick_list(walk, at, node, picked);
	if (!at)
		return NULL;
	if (walk->text[at[0]] != close)
		return sl_walk_malformed(walk, at, SL_WHY_JSON_MALFORMED,
					 "expected a comma or the closing bracket");
	return sl_walk_close(walk, at);
}

/* By recursion as deep as the paths are. */
static const uint32_t *pick_value(struct sl_walk *walk, const uint32_t *at, uint32_t node,
				  struct sl_map_picked *picked)
{
	uint8_t c = walk->text[at[0]];

	return node && (c == '{' || c == '[') ? pick_inside(walk, at, node, picked)
					      : sl_walk_skip(walk, at);
}

enum sl_reason sl_map_pick(struct sl_map *map, struct sl_span text, struct sl_map_picked *picked,
			   struct sl_decode_fault *ret_fault)
{
	struct sl_walk walk = {
		.text = text.at,
		.decoder = map->decoder,
		.plan = map->plan->json,
		.fault = ret_fault,
	};
	enum sl_index_result result;
	const uint32_t *tokens, *at;
	uint32_t n_tokens;

	memset(picked, 0, map->plan->n_json * sizeof(*picked));
	if (text.bytes > map->body_room)
		return sl_fault_index(ret_fault, SL_INDEX_TOO_LARGE, text);
	result = sl_indexer_run(map->decoder->indexer, text.at, text.bytes, &tokens, &n_tokens,
				&walk.escapes);
	if (result)
		return sl_fault_index(ret_fault, result, text);
	walk.end = tokens + n_tokens;
	sl_decoder_reset(map->decoder);
	if (!sl_walk_is_closed(&walk, tokens))
		at = sl_walk_malformed(&walk, walk.end - 1, SL_WHY_JSON_MALFORMED,
				       "this can not be the end of what was begun");
	else if (text.at[tokens[0]] == '{' || text.at[tokens[0]] == '[')
		at = pick_inside(&walk, tokens, 0, picked);
	else
		at = sl_walk_skip(&walk, tokens);
	if (at && at != walk.end)
		at = sl_walk_malformed(&walk, at, SL_WHY_JSON_MALFORMED,
				       "something follows behind the value");
	return at ? SL_WHY_NONE : ret_fault->reason;
}
