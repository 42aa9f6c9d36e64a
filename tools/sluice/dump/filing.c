#include "tools/sluice/dump/filing.h"

#include "sluice/error.h"
#include "tools/sluice/dump/constant_listing.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>

#define NONE UINT32_MAX
#define TEXT_BYTES 2048u

struct place {
	uint32_t trigger;
	uint32_t node;            /* NONE: an atom, or the always-list */
	uint32_t atom;            /* NONE: a node, or the always-list */
	uint32_t group, interval; /* NONE: whatever comes to the place */
};

struct sl_dump_filing {
	const struct sl_artifact *artifact;
	struct place *places; /* by trigger */
	size_t n, most;
};

static int by_trigger(const void *a, const void *b)
{
	const struct place *x = a, *y = b;

	if (x->trigger != y->trigger)
		return x->trigger < y->trigger ? -1 : 1;
	if (x->node != y->node)
		return x->node < y->node ? -1 : 1;
	if (x->atom != y->atom)
		return x->atom < y->atom ? -1 : 1;
	return x->interval < y->interval ? -1 : x->interval > y->interval;
}

/* The reader has seen to it that runs together are no more than there are elements, but a hostile
 * file may name one run twice. Nothing that the compiler writes does. */
static bool add_place(struct sl_dump_filing *filing, struct place place)
{
	if (filing->n == filing->most)
		return false;
	filing->places[filing->n++] = place;
	return true;
}

static bool add_filing(struct sl_dump_filing *filing, const struct sl_filing *at,
		       struct place place)
{
	const struct sl_artifact *artifact = filing->artifact;

	for (uint32_t i = 0; i < at->filed_count; i++) {
		place.trigger = artifact->filed[at->filed + i];
		place.group = place.interval = NONE;
		if (!add_place(filing, place))
			return false;
	}
	for (uint32_t i = 0; i < at->group_count; i++) {
		const struct sl_group *group = &artifact->groups[at->group + i];

		place.group = at->group + i;
		for (uint32_t j = 0; j < group->count; j++) {
			place.interval = group->first + j;
			place.trigger = artifact->intervals[place.interval].trigger;
			if (!add_place(filing, place))
				return false;
		}
	}
	return true;
}

static bool add_all(struct sl_dump_filing *filing)
{
	const struct sl_artifact *artifact = filing->artifact;
	struct place place = {.node = NONE, .atom = NONE, .group = NONE, .interval = NONE};
	bool fits = true;

	for (uint32_t i = 0; i < artifact->n_nodes && fits; i++) {
		place.node = i;
		fits = add_filing(filing, &artifact->nodes[i].filing, place);
	}
	place.node = NONE;
	for (uint32_t i = 0; i < artifact->n_atoms && fits; i++) {
		place.atom = i;
		fits = add_filing(filing, &artifact->atoms[i].filing, place);
	}
	place.atom = NONE;
	for (uint32_t i = 0; i < artifact->n_always && fits; i++) {
		place.trigger = artifact->always[i];
		fits = add_place(filing, place);
	}
	return fits;
}

int sl_dump_filing_new(const struct sl_artifact *artifact, struct sl_dump_filing **ret_filing)
{
	struct sl_dump_filing *filing = calloc(1, sizeof(*filing));

	if (!filing)
		return -ENOMEM;
	filing->artifact = artifact;
	filing->most = (size_t)artifact->n_filed + artifact->n_intervals + artifact->n_always;
	filing->places = calloc(filing->most ? filing->most : 1, sizeof(*filing->places));
	if (!filing->places) {
		free(filing);
		return -ENOMEM;
	}
	if (!add_all(filing)) {
		sl_dump_filing_free(filing);
		return -SL_E_BOUNDS;
	}
	qsort(filing->places, filing->n, sizeof(*filing->places), by_trigger);
	*ret_filing = filing;
	return 0;
}

void sl_dump_filing_free(struct sl_dump_filing *filing)
{
	if (!filing)
		return;
	free(filing->places);
	free(filing);
}

static void put_path(struct sl_listing *listing, uint32_t slot)
{
	const struct sl_artifact *artifact = listing->artifact;

	sl_listing_plain(listing, sl_artifact_text(artifact, artifact->fields[slot].path));
}

/* sl_filing_number() is its own inverse but for the sign of zero. */
static double decimal_of(int64_t number)
{
	union {
		int64_t bits;
		double decimal;
	} value = {.bits = number ^ (number >> 63 & INT64_MAX)};

	return value.decimal;
}

static void put_number(struct sl_listing *listing, uint8_t type, int64_t number)
{
	if (type == SL_TYPE_DECIMAL)
		sl_listing_decimal(listing, decimal_of(number));
	else if (type == SL_TYPE_TIME)
		sl_listing_time(listing, number);
	else if (type == SL_TYPE_BOOL)
		sl_listing_put(listing, number ? "true" : "false");
	else
		sl_listing_put(listing, "%" PRId64, number);
}

static void put_node(struct sl_listing *listing, const struct sl_tree_node *node)
{
	uint8_t type = listing->artifact->fields[node->slot].type;

	if (type == SL_TYPE_STRINGS) {
		sl_listing_string(listing, sl_artifact_text(listing->artifact, node->text));
		sl_listing_put(listing, " in ");
		put_path(listing, node->slot);
		return;
	}
	put_path(listing, node->slot);
	sl_listing_put(listing, " == ");
	if (type == SL_TYPE_STRING)
		sl_listing_string(listing, sl_artifact_text(listing->artifact, node->text));
	else
		put_number(listing, type, (int64_t)node->value);
}

/* The text itself is inside its database only. */
static void put_atom(struct sl_listing *listing, uint32_t index)
{
	static const char *const kinds[] = {
		[SL_ATOM_EQUALS] = "equals",     [SL_ATOM_PREFIX] = "begins with",
		[SL_ATOM_CONTAINS] = "contains", [SL_ATOM_SUFFIX] = "ends with",
		[SL_ATOM_REGEX] = "matches",
	};
	const struct sl_atom *atom = &listing->artifact->atoms[index];

	put_path(listing, atom->slot);
	sl_listing_put(listing, " %s ", kinds[atom->kind]);
	if (atom->kind == SL_ATOM_REGEX)
		sl_listing_put(listing, "the pattern of atom %" PRIu32, index);
	else
		sl_listing_put(listing, "the text of atom %" PRIu32 " (%" PRIu32 " bytes scanned)",
			       index, atom->bytes);
}

/* Ends that are no number, or infinite, bound nothing. */
static bool is_bound(uint8_t type, int64_t end)
{
	return type == SL_TYPE_DECIMAL ? isfinite(decimal_of(end))
				       : end != INT64_MIN && end != INT64_MAX;
}

static void put_interval(struct sl_listing *listing, uint16_t slot,
			 const struct sl_interval *interval)
{
	uint8_t type = listing->artifact->fields[slot].type;
	bool low = is_bound(type, interval->low), high = is_bound(type, interval->high);

	if (!low && !high) {
		sl_listing_put(listing, "has(");
		put_path(listing, slot);
		sl_listing_put(listing, ")");
	}
	if (low) {
		put_path(listing, slot);
		sl_listing_put(listing, interval->low == interval->high ? " == " : " >= ");
		put_number(listing, type, interval->low);
	}
	if (high && interval->low != interval->high) {
		sl_listing_put(listing, low ? " && " : "");
		put_path(listing, slot);
		sl_listing_put(listing, " <= ");
		put_number(listing, type, interval->high);
	}
}

static void restart(struct sl_listing *listing)
{
	listing->bytes = 0;
	listing->at[0] = '\0';
}

/* json_string() refuses what is cut in the middle of a character. */
static void keep(json_t *list, size_t at, struct sl_listing *listing)
{
	json_t *text = json_string(listing->at);

	json_array_insert_new(list, at, text ? text : json_string("(a long text)"));
	restart(listing);
}

static json_t *describe(const struct sl_artifact *artifact, const struct place *place)
{
	char text[TEXT_BYTES];
	struct sl_listing listing = {.artifact = artifact, .at = text, .room = sizeof(text)};
	json_t *list = json_array();

	restart(&listing);
	/* upwards, so each goes before those that are below it */
	for (uint32_t i = place->node; list && i != NONE && i > 0; i = artifact->nodes[i].parent) {
		put_node(&listing, &artifact->nodes[i]);
		keep(list, 0, &listing);
	}
	if (list && place->atom != NONE) {
		put_atom(&listing, place->atom);
		keep(list, json_array_size(list), &listing);
	}
	if (list && place->group != NONE) {
		put_interval(&listing, artifact->groups[place->group].slot,
			     &artifact->intervals[place->interval]);
		keep(list, json_array_size(list), &listing);
	}
	return list;
}

json_t *sl_dump_filing_of(const struct sl_dump_filing *filing, uint32_t trigger)
{
	json_t *list = json_array();
	size_t first = 0, end = filing->n;

	while (first < end) { /* the first of the trigger's */
		size_t middle = first + (end - first) / 2;

		if (filing->places[middle].trigger < trigger)
			first = middle + 1;
		else
			end = middle;
	}
	for (; list && first < filing->n && filing->places[first].trigger == trigger; first++)
		if (json_array_append_new(list,
					  describe(filing->artifact, &filing->places[first]))) {
			json_decref(list);
			return NULL;
		}
	return list;
}
