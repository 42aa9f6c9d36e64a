#include "match_judge.h"

#include "match_wanted.h"

#include <stdlib.h>
#include <string.h>

#define CAMPAIGNS_MAX 100000u
/* campaigns times events that the reference evaluator looks at */
#define ORACLE_WORK 10000000u

/* What was matched over time: one event completed one campaign. */
struct fires {
	uint64_t *at; /* number of the event, campaign */
	uint32_t n, room;
};

struct judging {
	struct sl_perf_oracle *oracle;
	const struct sl_artifact *artifact;
	const struct sl_perf_case *what;
	const struct sl_perf_events *events;
	/* how many of each fate are still wanted, and every which of the others */
	uint32_t planted_left, stride;
	struct sl_perf_judgement *judgement;
};

/* The campaigns of which an event by itself is a match. */
static uint32_t list_campaigns(const struct sl_artifact *artifact, const uint32_t *triggers,
			       uint32_t n, uint32_t ret_campaigns[CAMPAIGNS_MAX])
{
	uint32_t listed = 0;

	for (uint32_t i = 0; i < n; i++)
		if (artifact->triggers[triggers[i]].role == SL_TRIGGER_MATCH)
			ret_campaigns[listed++] = artifact->triggers[triggers[i]].campaign;
	return listed;
}

static void judge(void *context, uint32_t event, const uint32_t *triggers, uint32_t n)
{
	static uint32_t campaigns[CAMPAIGNS_MAX];
	struct judging *judging = context;
	struct sl_perf_judgement *judgement = judging->judgement;
	const struct sl_perf_events *events = judging->events;

	if (events->fates[event] != SL_PERF_BACKGROUND && judging->planted_left)
		judging->planted_left--;
	else if (event % judging->stride)
		return;
	n = list_campaigns(judging->artifact, triggers, n, campaigns);
	judgement->sampled++;
	judgement->matches += n;
	if (!sl_perf_oracle_agrees(judging->oracle, events->spans[event], campaigns, n,
				   &judgement->oracle_matches))
		judgement->differences++;
}

/* ---- what is remembered --------------------------------------------------------------------- */

static void take_fire(struct fires *fires, uint32_t event, uint32_t campaign)
{
	if (fires->n == fires->room) {
		fires->room = fires->room ? 2 * fires->room : 1024;
		fires->at = realloc(fires->at, fires->room * sizeof(*fires->at));
		if (!fires->at)
			sl_perf_give_up("sample", "not enough memory");
	}
	fires->at[fires->n++] = (uint64_t)event << 32 | campaign;
}

static void take_ours(void *context, uint32_t event, uint32_t campaign)
{
	take_fire(context, event, campaign);
}

struct oracle_fires {
	const struct sl_perf_case *what;
	struct fires fires;
};

static void take_oracles(void *context, uint32_t event, uint32_t campaign)
{
	struct oracle_fires *oracle = context;

	if (sl_perf_remembers(oracle->what, campaign))
		take_fire(&oracle->fires, event, campaign);
}

static int by_number(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

/* The first events that were made to match: pairs of one customer each. */
static void judge_past(struct sl_perf_engine *engine, struct judging *judging)
{
	uint32_t room = ORACLE_WORK / judging->what->campaigns;
	struct sl_perf_events sample = {.spans = calloc(room, sizeof(*sample.spans))};
	struct oracle_fires oracle = {.what = judging->what};
	struct sl_perf_judgement *judgement = judging->judgement;
	struct fires ours = {0};

	if (!sample.spans)
		sl_perf_give_up("sample", "not enough memory");
	for (uint32_t i = 0; i < judging->events->n && sample.n < room; i++)
		if (judging->events->fates[i] == SL_PERF_HIT)
			sample.spans[sample.n++] = judging->events->spans[i];
	sl_perf_engine_forget(engine, take_ours, &ours);
	sl_perf_engine_pass(engine, &sample, NULL, NULL);
	sl_perf_engine_forget(engine, NULL, NULL);
	sl_perf_oracle_past(judging->oracle, sample.spans, sample.n, take_oracles, &oracle);
	judgement->fires = ours.n;
	judgement->oracle_fires = oracle.fires.n;
	if (ours.n)
		qsort(ours.at, ours.n, sizeof(*ours.at), by_number);
	if (oracle.fires.n)
		qsort(oracle.fires.at, oracle.fires.n, sizeof(*ours.at), by_number);
	if (ours.n != oracle.fires.n ||
	    (ours.n && memcmp(ours.at, oracle.fires.at, ours.n * sizeof(*ours.at)) != 0))
		judgement->differences++;
	free(sample.spans);
	free(ours.at);
	free(oracle.fires.at);
}

void sl_perf_judge(struct sl_perf_engine *engine, struct sl_perf_oracle *oracle,
		   const struct sl_perf_case *what, const struct sl_perf_events *events,
		   struct sl_perf_judgement *ret_judgement)
{
	uint32_t half = ORACLE_WORK / what->campaigns / 2;
	struct sl_perf_work before = sl_perf_engine_work(engine);
	struct judging judging = {
		.oracle = oracle,
		.artifact = sl_perf_engine_artifact(engine),
		.what = what,
		.events = events,
		.planted_left = half,
		.stride = events->n / half + 1,
		.judgement = ret_judgement,
	};

	*ret_judgement = (struct sl_perf_judgement){0};
	sl_perf_engine_pass(engine, events, judge, &judging);
	ret_judgement->work = sl_perf_engine_work(engine);
	ret_judgement->work.touched -= before.touched;
	if (what->kind == SL_PERF_MIXED_TEMPORAL && !what->forgetful)
		judge_past(engine, &judging);
}
