#include "rules/plan/choice_priv.h"

#include <math.h>

/* Estimates in place of frequencies that nobody observed. A text holds a given byte at a given
 * place with the one chance, begins or ends with it with the other. */
#define BYTE_INSIDE 0.3
#define BYTE_AT_END 0.2
#define PATTERN_BYTES_MAX 8u
#define REGEX_SHARE 0.01 /* what an expression costs more than a text, as if it were hits */
#define SHARED_FEW 8.0
#define BOUND_SHARE 0.4    /* one end of a range */
#define INTERVAL_SHARE 0.1 /* both */

/* What the parts weigh against each other: a literal adds to the scan of every event what lies
 * between a scan for 10,000 of them (113 ns) and one for 100,000 (243 ns); the rest is of the order
 * of a cache miss or two, and not measured: as is SL_CANDIDATE_NS. */
#define HIT_NS 25.0
#define ATOM_NS 0.0015
#define NODE_NS 0.0005

static void count_asked(struct sl_census *census, uint32_t *count, uint32_t which)
{
	*count += census->asked_last[which] != census->trigger;
	census->asked_last[which] = census->trigger;
}

void sl_census_meet(struct sl_census *census, struct sl_fact *fact)
{
	struct {
		uint8_t kind, type;
		uint16_t slot;
		uint32_t bytes;
		int64_t low, high;
	} head;
	struct sl_census_fact *entry;
	uint64_t hash[2];
	uint32_t *index;
	bool is_new;

	memset(&head, 0, sizeof(head)); /* it is hashed */
	head.kind = fact->kind;
	head.type = fact->type;
	head.slot = fact->slot;
	head.bytes = fact->text.bytes;
	head.low = fact->low;
	head.high = fact->high;
	census->scratch.bytes = 0;
	sl_buffer_add(&census->scratch, &head, sizeof(head));
	sl_buffer_add(&census->scratch, fact->text.at, fact->text.bytes);
	sl_rules_hash(census->scratch.at, census->scratch.bytes, hash);
	index = census->scratch.failed ? NULL : sl_table_put(&census->index, hash, &is_new);
	if (index && is_new) {
		struct sl_census_fact fresh = {.atom = SL_ATOM_NONE};

		*index = (uint32_t)(census->facts.bytes / sizeof(fresh));
		sl_buffer_add(&census->facts, &fresh, sizeof(fresh));
	}
	if (!index || census->facts.failed) {
		census->failed = true;
		return;
	}
	fact->index = *index;
	if (census->trigger == 0)
		return;
	entry = (struct sl_census_fact *)census->facts.at + *index;
	entry->shared += entry->last != census->trigger;
	entry->last = census->trigger;
	if (fact->kind == SL_FACT_EQUAL)
		count_asked(census, &census->asked[fact->slot], fact->slot);
	else if (fact->kind != SL_FACT_RANGE)
		count_asked(census, &census->searched[fact->slot], fact->slot + SL_FIELDS_MAX);
}

void sl_census_fini(struct sl_census *census)
{
	sl_table_fini(&census->index);
	sl_buffer_fini(&census->facts);
	sl_buffer_fini(&census->scratch);
}

static uint32_t shared(const struct sl_census *census, const struct sl_fact *fact)
{
	return ((const struct sl_census_fact *)census->facts.at)[fact->index].shared;
}

/* Of an equality: how the triggers that ask the field share its values. */
static double equal_share(const struct sl_census *census, const struct sl_fact *fact)
{
	double share = (shared(census, fact) + 1.0) / (census->asked[fact->slot] + 2.0);

	return fact->type == SL_TYPE_BOOL && share < 0.5 ? 0.5 : share;
}

/* Of a pattern: by what it has to find, and by how many triggers look for the same, as those of an
 * equality. An expression costs more to scan for than a text. */
static double pattern_share(const struct sl_census *census, const struct sl_fact *fact)
{
	bool is_regex = fact->kind == SL_FACT_REGEX;
	bool inside = is_regex || fact->kind == SL_FACT_CONTAINS;
	uint32_t bytes = is_regex ? fact->weight : fact->text.bytes;
	double share = pow(inside ? BYTE_INSIDE : BYTE_AT_END,
			   bytes < PATTERN_BYTES_MAX ? bytes : PATTERN_BYTES_MAX);
	/* a text of a few triggers is their own, one of many is what such texts look like */
	double common = (shared(census, fact) - SHARED_FEW) / (census->searched[fact->slot] + 2.0);

	return (common > share ? common : share) + (is_regex ? REGEX_SHARE : 0);
}

static bool is_pattern(const struct sl_fact *fact)
{
	return fact->kind != SL_FACT_EQUAL && fact->kind != SL_FACT_RANGE;
}

/* Puts the fact among the best so far: the rarest. One of a slot is enough, and one list. */
static void offer_equal(const struct sl_census *census, struct sl_choice *choice,
			const struct sl_fact *fact)
{
	double share = equal_share(census, fact);
	uint32_t worst = 0;

	for (uint32_t i = 0; i < choice->n_equals; i++) {
		const struct sl_fact *other = choice->equals[i];
		bool lists = fact->type == SL_TYPE_STRINGS && other->type == SL_TYPE_STRINGS;

		if (fact->slot == other->slot || lists) {
			if (share < equal_share(census, other))
				choice->equals[i] = fact;
			return;
		}
		if (equal_share(census, other) > equal_share(census, choice->equals[worst]))
			worst = i;
	}
	if (choice->n_equals < SL_NODE_DEPTH_MAX)
		choice->equals[choice->n_equals++] = fact;
	else if (share < equal_share(census, choice->equals[worst]))
		choice->equals[worst] = fact;
}

/* The slot that most triggers ask comes first: then few slots are asked of every event. */
static void order_equals(const struct sl_census *census, struct sl_choice *choice)
{
	for (uint32_t i = 1; i < choice->n_equals; i++) {
		const struct sl_fact *fact = choice->equals[i];
		uint32_t j = i;

		for (; j > 0; j--) {
			const struct sl_fact *before = choice->equals[j - 1];
			uint32_t asked = census->asked[fact->slot];

			if (census->asked[before->slot] > asked ||
			    (census->asked[before->slot] == asked && before->slot < fact->slot))
				break;
			choice->equals[j] = before;
		}
		choice->equals[j] = fact;
	}
}

/* The narrowest range of the row: both ends before one. */
static double choose_range(const struct sl_row *row, struct sl_choice *choice)
{
	double best = 1;

	for (uint32_t i = 0; i < row->n_facts; i++) {
		const struct sl_fact *fact = row->facts[i];
		int64_t low = fact->low, high = fact->high;
		double share;

		if (fact->kind != SL_FACT_RANGE)
			continue;
		for (uint32_t j = 0; j < row->n_facts; j++) {
			const struct sl_fact *other = row->facts[j];

			if (other->kind != SL_FACT_RANGE || other->slot != fact->slot)
				continue;
			low = other->low > low ? other->low : low;
			high = other->high < high ? other->high : high;
		}
		share = low != INT64_MIN && high != INT64_MAX ? INTERVAL_SHARE : BOUND_SHARE;
		if (share >= best)
			continue;
		best = share;
		choice->range_slot = fact->slot;
		choice->low = low;
		choice->high = high;
	}
	return best;
}

struct sl_choice sl_choice_of(const struct sl_census *census, const struct sl_row *row)
{
	struct sl_choice choice = {.range_slot = -1};
	double equals = 1, best = 2;
	double range = choose_range(row, &choice);

	for (uint32_t i = 0; i < row->n_facts; i++) {
		const struct sl_fact *fact = row->facts[i];
		double share;

		if (fact->kind == SL_FACT_EQUAL) {
			offer_equal(census, &choice, fact);
			continue;
		}
		if (!is_pattern(fact))
			continue;
		share = pattern_share(census, fact);
		if (share < best ||
		    (share == best && shared(census, fact) < shared(census, choice.pattern))) {
			choice.pattern = fact;
			best = share;
		}
	}
	for (uint32_t i = 0; i < choice.n_equals; i++)
		equals *= equal_share(census, choice.equals[i]);
	order_equals(census, &choice);
	if (choice.n_equals &&
	    NODE_NS + equals * SL_CANDIDATE_NS <= ATOM_NS + best * (HIT_NS + SL_CANDIDATE_NS))
		choice.pattern = NULL;
	if (choice.pattern)
		choice.n_equals = 0;
	choice.share = (choice.pattern ? best : equals) * range;
	choice.cost_ns = choice.pattern ? ATOM_NS + best * (HIT_NS + range * SL_CANDIDATE_NS)
					: NODE_NS + choice.share * SL_CANDIDATE_NS;
	return choice;
}

bool sl_choice_proves(const struct sl_choice *choice, const struct sl_fact *fact)
{
	if (fact->kind == SL_FACT_RANGE)
		return choice->range_slot == fact->slot;
	if (choice->pattern)
		return choice->pattern->index == fact->index;
	for (uint32_t i = 0; i < choice->n_equals; i++)
		if (choice->equals[i]->index == fact->index)
			return true;
	return false;
}
