#include "tools/gun/summary.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

void sl_gun_total(const struct sl_sender_job *jobs, uint32_t n_jobs,
		  struct sl_gun_totals *ret_totals)
{
	struct sl_gun_totals totals = {0};

	for (uint32_t i = 0; i < n_jobs; i++) {
		const struct sl_sender_counts *counts = &jobs[i].counts;

#define ADD(name) totals.name += atomic_load_explicit(&counts->name, memory_order_relaxed)
		ADD(sent);
		ADD(requests);
		ADD(bytes);
		ADD(accepted);
		ADD(matched);
		ADD(duplicates);
		ADD(refused);
		ADD(delivered);
		ADD(rejected);
		ADD(nonsense);
		ADD(unanswered);
		ADD(retries);
		ADD(unavailable);
		ADD(connections_lost);
		ADD(under_way);
#undef ADD
	}
	*ret_totals = totals;
}

static uint64_t answered(const struct sl_gun_totals *totals)
{
	return totals->accepted + totals->duplicates + totals->refused + totals->delivered;
}

void sl_gun_show_progress(const struct sl_gun_totals *now, const struct sl_gun_totals *before,
			  double seconds)
{
	fprintf(stderr,
		"sent %10.0f/s   answered %10.0f/s   matched %9.0f/s   under way %6lu   retries "
		"%lu   lost connections %lu\n",
		(double)(now->sent - before->sent) / seconds,
		(double)(answered(now) - answered(before)) / seconds,
		(double)(now->matched - before->matched) / seconds, now->under_way, now->retries,
		now->connections_lost);
}

static json_t *latency_json(const struct sl_histogram *latency_ns)
{
	static const struct {
		const char *name;
		double share;
	} points[] = {{"p50", .5}, {"p90", .9}, {"p99", .99}, {"p99.9", .999}, {"max", 1}};
	json_t *object = json_object();

	for (unsigned i = 0; i < 5; i++) {
		uint64_t ns =
			i == 4 ? latency_ns->max : sl_histogram_at(latency_ns, points[i].share);

		json_object_set_new(object, points[i].name,
				    json_integer((json_int_t)((ns + 500) / 1000)));
	}
	return object;
}

static json_t *summary_json(const struct sl_gun_totals *totals,
			    const struct sl_histogram *latency_ns, double seconds)
{
	json_t *object = json_object();

#define PUT(name) json_object_set_new(object, #name, json_integer((json_int_t)totals->name))
	PUT(sent);
	json_object_set_new(object, "answered", json_integer((json_int_t)answered(totals)));
	PUT(accepted);
	PUT(matched);
	PUT(duplicates);
	PUT(refused);
	PUT(delivered);
	PUT(rejected);
	PUT(nonsense);
	PUT(unanswered);
	PUT(requests);
	PUT(bytes);
	PUT(retries);
	PUT(unavailable);
	PUT(connections_lost);
#undef PUT
	json_object_set_new(object, "seconds", json_real(seconds));
	json_object_set_new(
		object, "events_per_s",
		json_integer((json_int_t)((double)answered(totals) / (seconds > 0 ? seconds : 1))));
	json_object_set_new(object, "latency_us", latency_json(latency_ns));
	return object;
}

static void print_summary(const struct sl_gun_totals *totals, const struct sl_histogram *latency_ns,
			  double seconds)
{
	printf("sent         %12lu events in %lu requests, %.1f MB, %.2f s\n", totals->sent,
	       totals->requests, (double)totals->bytes / 1e6, seconds);
	printf("answered     %12lu = %lu accepted (%lu matched) + %lu duplicates + %lu refused",
	       answered(totals), totals->accepted, totals->matched, totals->duplicates,
	       totals->refused);
	if (totals->delivered)
		printf(" + %lu delivered unacknowledged", totals->delivered);
	printf("\nrate         %12.0f events/s\n",
	       (double)answered(totals) / (seconds > 0 ? seconds : 1));
	printf("latency      p50 %.3f ms, p90 %.3f, p99 %.3f, p99.9 %.3f, max %.3f (from when each "
	       "was due)\n",
	       (double)sl_histogram_at(latency_ns, .5) / 1e6,
	       (double)sl_histogram_at(latency_ns, .9) / 1e6,
	       (double)sl_histogram_at(latency_ns, .99) / 1e6,
	       (double)sl_histogram_at(latency_ns, .999) / 1e6, (double)latency_ns->max / 1e6);
	if (totals->retries || totals->connections_lost || totals->unavailable)
		printf("trouble      %12lu requests sent again, %lu connections lost, %lu answers "
		       "5xx or 429\n",
		       totals->retries, totals->connections_lost, totals->unavailable);
	if (totals->unanswered || totals->rejected || totals->nonsense)
		printf("NOT TAKEN    %12lu unanswered, %lu rejected, %lu answered with nonsense\n",
		       totals->unanswered, totals->rejected, totals->nonsense);
}

int sl_gun_summarize(const struct sl_gun_options *options, const struct sl_sender_job *jobs,
		     uint32_t n_jobs, double seconds)
{
	struct sl_histogram *latency_ns = calloc(1, sizeof(*latency_ns));
	struct sl_gun_totals totals;

	if (!latency_ns)
		abort();
	for (uint32_t i = 0; i < n_jobs; i++)
		sl_histogram_merge(latency_ns, &jobs[i].latency_ns);
	sl_gun_total(jobs, n_jobs, &totals);
	if (options->json) {
		json_t *object = summary_json(&totals, latency_ns, seconds);

		json_dumpf(object, stdout, JSON_COMPACT | JSON_REAL_PRECISION(6));
		putchar('\n');
		json_decref(object);
	} else {
		print_summary(&totals, latency_ns, seconds);
	}
	fflush(stdout);
	free(latency_ns);
	return totals.unanswered || totals.rejected || totals.nonsense ? 1 : 0;
}
