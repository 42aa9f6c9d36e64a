#include "control/metrics/campaign_labels.h"

#include "base/clock.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define GIVE_NS (60 * SL_NS_PER_S)
#define IDLE_NS (24 * 3600 * SL_NS_PER_S)
#define SHARE 8u /* of all places, at once */

void sl_campaign_labels_init(struct sl_campaign_labels *labels, unsigned max)
{
	*labels = (struct sl_campaign_labels){.max = max};
}

void sl_campaign_labels_fini(struct sl_campaign_labels *labels)
{
	free(labels->at);
	*labels = (struct sl_campaign_labels){0};
}

static int by_name(const void *left, const void *right)
{
	const struct sl_campaign_count *a = &((const struct sl_campaign_label *)left)->count;
	const struct sl_campaign_count *b = &((const struct sl_campaign_label *)right)->count;
	uint32_t least = a->name_bytes < b->name_bytes ? a->name_bytes : b->name_bytes;
	int order = memcmp(a->name, b->name, least);

	return order ? order : (a->name_bytes > b->name_bytes) - (a->name_bytes < b->name_bytes);
}

static struct sl_campaign_label *find(struct sl_campaign_labels *labels, size_t n,
				      const struct sl_campaign_count *count)
{
	struct sl_campaign_label wanted = {.count = *count};

	return n ? bsearch(&wanted, labels->at, n, sizeof(*labels->at), by_name) : NULL;
}

static int make_room(struct sl_campaign_labels *labels, size_t n)
{
	size_t room = labels->room ? labels->room : 64;
	struct sl_campaign_label *at;

	while (room < n)
		room *= 2;
	if (room == labels->room)
		return 0;
	at = realloc(labels->at, room * sizeof(*at));
	if (!at)
		return -ENOMEM;
	labels->at = at;
	labels->room = room;
	return 0;
}

/* Another dataplane counts from 0, and so does everything here; names stay. */
static void begin_life(struct sl_campaign_labels *labels, int64_t life_ns)
{
	for (size_t i = 0; i < labels->n; i++) {
		labels->at[i].count.matches = 0;
		labels->at[i].own = 0;
	}
	labels->life_ns = life_ns;
}

static void note(struct sl_campaign_label *label, uint64_t matches, int64_t now_ns)
{
	uint64_t more = matches > label->count.matches ? matches - label->count.matches : 0;

	label->count.matches += more;
	if (label->named)
		label->own += more;
	if (more)
		label->matched_ns = now_ns;
}

static void take(struct sl_campaign_labels *labels, const struct sl_campaign_counts *counts,
		 int64_t now_ns)
{
	size_t known = labels->n;

	for (size_t i = 0; i < counts->n; i++) {
		struct sl_campaign_label *label = find(labels, known, &counts->at[i]);
		uint64_t matches = counts->at[i].matches;

		if (!label) {
			label = &labels->at[labels->n++];
			*label = (struct sl_campaign_label){.count = counts->at[i]};
			label->count.matches = 0;
		}
		label->before = label->count.matches;
		note(label, matches, now_ns);
	}
	if (labels->n > 1)
		qsort(labels->at, labels->n, sizeof(*labels->at), by_name);
}

/* Has no name, may have one, and matches. */
static bool is_waiting(const struct sl_campaign_label *label, int64_t now_ns)
{
	size_t others = strlen(SL_CAMPAIGN_OTHERS);

	return !label->named && label->matched_ns && now_ns - label->matched_ns < IDLE_NS &&
	       !(label->count.name_bytes == others &&
		 !memcmp(label->count.name, SL_CAMPAIGN_OTHERS, others));
}

static size_t count_waiting(const struct sl_campaign_labels *labels, int64_t now_ns)
{
	size_t n = 0;

	for (size_t i = 0; i < labels->n; i++)
		n += is_waiting(&labels->at[i], now_ns);
	return n;
}

/* Names of campaigns that have stopped matching, for as many as want for a place. */
static void take_back(struct sl_campaign_labels *labels, size_t wanted, int64_t now_ns)
{
	for (size_t i = 0; i < labels->n && wanted; i++) {
		struct sl_campaign_label *label = &labels->at[i];

		if (!label->named || now_ns - label->matched_ns < IDLE_NS)
			continue;
		label->named = false;
		labels->named--;
		wanted--;
	}
}

/* Places to give now. */
static size_t places(struct sl_campaign_labels *labels, int64_t now_ns)
{
	size_t waiting = count_waiting(labels, now_ns), left = labels->max - labels->named;
	size_t some = labels->max / SHARE ? labels->max / SHARE : 1;

	if (waiting > left) {
		take_back(labels, waiting - left, now_ns);
		left = labels->max - labels->named;
	}
	if (waiting <= left)
		return waiting;
	if (!left || (labels->given_ns && now_ns - labels->given_ns < GIVE_NS))
		return 0;
	labels->given_ns = now_ns;
	return some < left ? some : left;
}

/* What it matched since the look before has been told nowhere yet: it is its own. */
static void give(struct sl_campaign_labels *labels, const struct sl_campaign_counts *counts,
		 size_t n, int64_t now_ns)
{
	/* those that matched most stand first */
	for (size_t i = 0; i < counts->n && n; i++) {
		struct sl_campaign_label *label = find(labels, labels->n, &counts->at[i]);

		if (!is_waiting(label, now_ns))
			continue;
		label->named = true;
		label->own += label->count.matches - label->before;
		labels->named++;
		n--;
	}
}

static void sum_others(struct sl_campaign_labels *labels, uint64_t uncounted)
{
	labels->others = uncounted;
	for (size_t i = 0; i < labels->n; i++)
		labels->others += labels->at[i].count.matches - labels->at[i].own;
}

int sl_campaign_labels_look(struct sl_campaign_labels *labels,
			    const struct sl_campaign_counts *counts, int64_t now_ns)
{
	int e = make_room(labels, labels->n + counts->n);

	if (e)
		return e;
	if (counts->life_ns != labels->life_ns)
		begin_life(labels, counts->life_ns);
	take(labels, counts, now_ns);
	give(labels, counts, places(labels, now_ns), now_ns);
	sum_others(labels, counts->others);
	return 0;
}
