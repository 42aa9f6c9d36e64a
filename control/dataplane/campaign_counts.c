#include "control/dataplane/campaign_counts.h"

#include "base/counters.h"
#include "control/dataplane/stats_page_priv.h"
#include "sluice/error.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int by_name(const void *left, const void *right)
{
	const struct sl_campaign_count *a = left, *b = right;
	uint32_t least = a->name_bytes < b->name_bytes ? a->name_bytes : b->name_bytes;
	int order = memcmp(a->name, b->name, least);

	return order ? order : (a->name_bytes > b->name_bytes) - (a->name_bytes < b->name_bytes);
}

static int by_matches(const void *left, const void *right)
{
	const struct sl_campaign_count *a = left, *b = right;

	if (a->matches != b->matches)
		return a->matches < b->matches ? 1 : -1;
	return by_name(left, right);
}

static int grow(struct sl_campaign_counts *counts, size_t more)
{
	struct sl_campaign_count *at =
		realloc(counts->at, (counts->n + more) * sizeof(*counts->at));

	if (!at)
		return -ENOMEM;
	counts->at = at;
	return 0;
}

static int take(struct sl_campaign_counts *counts, const struct sl_stats_campaign *from, size_t n)
{
	int e = n ? grow(counts, n) : 0;

	for (size_t i = 0; i < n && !e; i++) {
		struct sl_campaign_count *count = &counts->at[counts->n];

		if (from[i].name_bytes > sizeof(count->name))
			return -SL_E_DAMAGED;
		count->matches = sl_stat_get(&from[i].matches);
		count->name_bytes = (uint32_t)from[i].name_bytes;
		memcpy(count->name, from[i].name, sizeof(count->name));
		counts->n++;
	}
	return e;
}

/* Only as much of the worker's table as is used. */
static int add_worker(struct sl_campaign_counts *counts, const struct sl_stats_file *file,
		      unsigned worker)
{
	uint64_t offset = sizeof(file->header) +
			  file->header.workers * sizeof(struct sl_stats_worker) +
			  worker * sizeof(struct sl_stats_campaigns);
	size_t head = offsetof(struct sl_stats_campaigns, campaign);
	struct sl_stats_campaigns *table = aligned_alloc(64, sizeof(*table));
	size_t used = 0;
	int e = table ? sl_stats_file_read(file, table, head, offset) : -ENOMEM;

	if (!e)
		used = sl_stat_get(&table->used);
	if (used > SL_STATS_CAMPAIGNS_MAX)
		e = -SL_E_DAMAGED;
	if (!e)
		e = sl_stats_file_read(file, table->campaign, used * sizeof(*table->campaign),
				       offset + head);
	if (!e) {
		counts->others += sl_stat_get(&table->others);
		e = take(counts, table->campaign, used);
	}
	free(table);
	return e;
}

/* One entry a name, then those that matched most first. */
static void fold(struct sl_campaign_counts *counts)
{
	size_t n = 0;

	if (!counts->n)
		return;
	qsort(counts->at, counts->n, sizeof(*counts->at), by_name);
	for (size_t i = 1; i < counts->n; i++) {
		if (by_name(&counts->at[n], &counts->at[i]) == 0)
			counts->at[n].matches += counts->at[i].matches;
		else
			counts->at[++n] = counts->at[i];
	}
	counts->n = n + 1;
	qsort(counts->at, counts->n, sizeof(*counts->at), by_matches);
}

int sl_campaign_counts_read(const char *path, struct sl_campaign_counts *ret_counts)
{
	struct sl_campaign_counts counts = {0};
	struct sl_stats_file file;
	int e = sl_stats_file_open(path, &file);

	if (e)
		return e;
	counts.life_ns = file.header.life_ns;
	for (unsigned i = 0; i < file.header.workers && !e; i++)
		e = add_worker(&counts, &file, i);
	close(file.fd);
	if (e) {
		sl_campaign_counts_fini(&counts);
		return e;
	}
	fold(&counts);
	*ret_counts = counts;
	return 0;
}

void sl_campaign_counts_fini(struct sl_campaign_counts *counts)
{
	free(counts->at);
	*counts = (struct sl_campaign_counts){0};
}
