/* From an event to its candidates: the always-list, what is filed under the equalities it fulfils,
 * and what is filed under the atoms found in it. */
#include "match_priv.h"

/* A search among 2^32 intervals leaves at most one right half behind at each step down. */
#define GROUP_DEPTH_MAX 33u

struct gathering {
	struct sl_matcher *matcher;
	const struct sl_artifact *artifact;
	const struct sl_event *event;
	uint32_t stamp;
	uint32_t *at;
	uint32_t n;
};

static void add(struct gathering *gathering, uint32_t trigger)
{
	struct sl_matcher *matcher = gathering->matcher;
	uint32_t *stamp = &matcher->room->trigger_stamps[trigger];

	if (*stamp == gathering->stamp)
		return;
	*stamp = gathering->stamp;
	if (gathering->n == matcher->limits.candidates) {
		matcher->tally.cut++;
		return;
	}
	__builtin_prefetch(&gathering->artifact->triggers[trigger]);
	gathering->at[gathering->n++] = trigger;
}

static void add_run(struct gathering *gathering, const uint32_t *run, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++)
		add(gathering, run[i]);
}

/* ---- intervals ------------------------------------------------------------------------------ */

/* The value's place among numbers; false: it has none. */
static bool number_of(const struct sl_value *value, int64_t *ret_number)
{
	if (value->kind == SL_TYPE_DECIMAL && value->decimal != value->decimal)
		return false;
	*ret_number = sl_filing_number(value->kind, value->integer, value->decimal);
	return true;
}

/* Of the group those whose interval holds the event's value; without a value none. */
static void add_group(struct gathering *gathering, const struct sl_group *group)
{
	const struct sl_interval *at = gathering->artifact->intervals + group->first;
	const struct sl_value *value = &gathering->event->slots[group->slot];
	struct {
		uint32_t first, end;
	} stack[GROUP_DEPTH_MAX];
	uint32_t depth = 1;
	int64_t number;

	if (group->slot >= gathering->event->n_slots || value->kind == 0 ||
	    !number_of(value, &number))
		return;
	stack[0].first = 0;
	stack[0].end = group->count;
	while (depth > 0) {
		uint32_t first = stack[--depth].first, end = stack[depth].end;

		while (first < end) {
			uint32_t middle = first + (end - first) / 2;

			if (at[middle].reach < number)
				break; /* everything in here ends below */
			if (at[middle].low <= number) {
				if (at[middle].high >= number)
					add(gathering, at[middle].trigger);
				stack[depth].first = middle + 1;
				stack[depth++].end = end;
			}
			end = middle;
		}
	}
}

static void add_filing(struct gathering *gathering, const struct sl_filing *filing)
{
	const struct sl_artifact *artifact = gathering->artifact;

	add_run(gathering, artifact->filed + filing->filed, filing->filed_count);
	for (uint32_t i = 0; i < filing->group_count; i++)
		add_group(gathering, &artifact->groups[filing->group + i]);
}

/* ---- equalities ----------------------------------------------------------------------------- */

static void walk(struct gathering *gathering, uint32_t index);

/* Most texts are short, and the library's memcmp() is a call. Reads nothing outside. */
static inline bool is_same(const char *a, const char *b, uint32_t n)
{
	uint64_t a_first = 0, b_first = 0, a_last = 0, b_last = 0;

	if (n - 8 > 8) /* less than 8, or more than 16 */
		return memcmp(a, b, n) == 0;
	memcpy(&a_first, a, 8);
	memcpy(&b_first, b, 8);
	memcpy(&a_last, a + n - 8, 8);
	memcpy(&b_last, b + n - 8, 8);
	return ((a_first ^ b_first) | (a_last ^ b_last)) == 0;
}

/* Goes on to the children of this node whose value it is: more than one only if hashes collide. */
static void visit(struct gathering *gathering, uint32_t parent, uint16_t slot, uint64_t key,
		  uint64_t value, const struct sl_text *text)
{
	const struct sl_artifact *artifact = gathering->artifact;
	uint32_t mask = artifact->n_buckets - 1, i = (uint32_t)key & mask;

	for (; artifact->buckets[i].node; i = (i + 1) & mask) {
		const struct sl_tree_node *node;

		if (artifact->buckets[i].tag != key >> 32)
			continue;
		node = &artifact->nodes[artifact->buckets[i].node];
		if (node->value != value || node->parent != parent || node->slot != slot)
			continue;
		if (text && (node->text.bytes != text->bytes ||
			     !is_same(artifact->text + node->text.offset, text->at, text->bytes)))
			continue;
		walk(gathering, artifact->buckets[i].node);
	}
}

/* The same, of which the sieve spares nearly all who have no child there. */
static inline void look(struct gathering *gathering, uint32_t parent, uint16_t slot, uint64_t value,
			const struct sl_text *text)
{
	uint64_t key = sl_node_key(parent, slot, value);

	if (sl_sieve_lets(gathering->matcher->set, key))
		visit(gathering, parent, slot, key, value, text);
}

static uint64_t hash_of(struct gathering *gathering, uint16_t slot, const struct sl_value *value)
{
	struct sl_match_hash *hash = &gathering->matcher->hashes[slot];

	if (hash->event != gathering->matcher->events_seen) {
		hash->value = sl_text_hash(value->text, value->count);
		hash->event = gathering->matcher->events_seen;
	}
	return hash->value;
}

static void ask(struct gathering *gathering, uint32_t parent, uint16_t slot)
{
	const struct sl_value *value = &gathering->event->slots[slot];
	int64_t number;

	if (slot >= gathering->event->n_slots)
		return;
	switch (value->kind) {
	case 0:
		return;
	case SL_TYPE_STRING:
		look(gathering, parent, slot, hash_of(gathering, slot, value),
		     &(struct sl_text){.at = value->text, .bytes = value->count});
		return;
	case SL_TYPE_STRINGS:
		for (uint32_t i = 0; i < value->count; i++) {
			const struct sl_text *item = &value->list[i];

			look(gathering, parent, slot, sl_text_hash(item->at, item->bytes), item);
		}
		return;
	default:
		if (number_of(value, &number))
			look(gathering, parent, slot, (uint64_t)number, NULL);
	}
}

/* At most SL_NODE_DEPTH_MAX deep, and into each node once: a list may name a value twice. */
static void walk(struct gathering *gathering, uint32_t index)
{
	const struct sl_artifact *artifact = gathering->artifact;
	const struct sl_tree_node *node = &artifact->nodes[index];
	uint32_t *stamp = &gathering->matcher->room->node_stamps[index];

	if (*stamp == gathering->stamp)
		return;
	*stamp = gathering->stamp;
	add_filing(gathering, &node->filing);
	for (uint32_t i = 0; i < node->asked_count; i++)
		ask(gathering, index, artifact->asked[node->asked + i]);
}

uint32_t sl_match_gather(struct sl_matcher *matcher, const struct sl_event *event, uint32_t i,
			 uint32_t at)
{
	struct gathering gathering = {
		.matcher = matcher,
		.artifact = matcher->set->artifact,
		.event = event,
		.stamp = matcher->stamp + i,
		.at = matcher->triggers + at,
	};

	matcher->events_seen++;
	add_run(&gathering, gathering.artifact->always, gathering.artifact->n_always);
	if (gathering.artifact->n_nodes)
		walk(&gathering, 0);
	for (uint32_t j = matcher->event_found[i].first; j != SL_FOUND_END;
	     j = matcher->found[j].next)
		add_filing(&gathering, &gathering.artifact->atoms[matcher->found[j].atom].filing);
	return at + gathering.n;
}
