#include "control/metrics/campaign_labels.h"

#include "base/clock.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define GIVE_NS (60 * SL_NS_PER_S)
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
		labels->at[i].before = 0;
	}
	labels->life_ns = life_ns;
}

/* Who has no name yet brings what it matched up to the look before into the others for good. */
static void take(struct sl_campaign_labels *labels, const struct sl_campaign_counts *counts)
{
	size_t known = labels->n;

	for (size_t i = 0; i < known; i++)
		if (!labels->at[i].named)
			labels->at[i].before = labels->at[i].count.matches;
	for (size_t i = 0; i < counts->n; i++) {
		struct sl_campaign_label *label = find(labels, known, &counts->at[i]);

		if (label)
			label->count.matches = counts->at[i].matches;
		else
			labels->at[labels->n++] =
				(struct sl_campaign_label){.count = counts->at[i]};
	}
	if (labels->n > 1)
		qsort(labels->at, labels->n, sizeof(*labels->at), by_name);
}

static bool may_be_named(const struct sl_campaign_label *label)
{
	return !label->named &&
	       !(label->count.name_bytes == strlen(SL_CAMPAIGN_OTHERS) &&
		 !memcmp(label->count.name, SL_CAMPAIGN_OTHERS, strlen(SL_CAMPAIGN_OTHERS)));
}

static size_t count_unnamed(const struct sl_campaign_labels *labels)
{
	size_t n = 0;

	for (size_t i = 0; i < labels->n; i++)
		n += may_be_named(&labels->at[i]);
	return n;
}

/* Places to give now. */
static size_t places(struct sl_campaign_labels *labels, int64_t now_ns)
{
	size_t left = labels->max - labels->named, unnamed = count_unnamed(labels);
	size_t some = labels->max / SHARE ? labels->max / SHARE : 1;

	if (unnamed <= left)
		return unnamed;
	if (!left || (labels->given_ns && now_ns - labels->given_ns < GIVE_NS))
		return 0;
	labels->given_ns = now_ns;
	return some < left ? some : left;
}

static void give(struct sl_campaign_labels *labels, const struct sl_campaign_counts *counts,
		 size_t n)
{
	/* those that matched most stand first */
	for (size_t i = 0; i < counts->n && n; i++) {
		struct sl_campaign_label *label = find(labels, labels->n, &counts->at[i]);

		if (!may_be_named(label))
			continue;
		label->named = true;
		labels->named++;
		n--;
	}
}

static void sum_others(struct sl_campaign_labels *labels, uint64_t uncounted)
{
	labels->others = uncounted;
	for (size_t i = 0; i < labels->n; i++)
		labels->others +=
			labels->at[i].named ? labels->at[i].before : labels->at[i].count.matches;
}

int sl_campaign_labels_look(struct sl_campaign_labels *labels,
			    const struct sl_campaign_counts *counts, int64_t now_ns)
{
	int e = make_room(labels, labels->n + counts->n);

	if (e)
		return e;
	if (counts->life_ns != labels->life_ns)
		begin_life(labels, counts->life_ns);
	take(labels, counts);
	give(labels, counts, places(labels, now_ns));
	sum_others(labels, counts->others);
	return 0;
}
