/* What a dear pattern costs, measured: its own database over a small text. */
#include "rules/patterns/patterns_priv.h"
#include "rules/progress_priv.h"

#include <errno.h>
#include <hs/hs_compile.h>
#include <hs/hs_runtime.h>
#include <stdio.h>
#include <time.h>

#define EVENTS 64u
#define ROUNDS 5u

static int on_hit(unsigned id, unsigned long long from, unsigned long long to, unsigned flags,
		  void *context)
{
	(void)id;
	(void)from;
	(void)to;
	(void)flags;
	++*(uint64_t *)context;
	return 0;
}

/* Values such as fields have, of the pattern's field, about a hundred bytes an event. */
static void fill_sample(uint16_t slot, struct sl_buffer *sample)
{
	static const char *const values[] = {
		"/loan/compare?rate=4.25&term=36&from=banner-%u",
		"해외 결제 %u건, 서울 강남구 모퉁이서점에서 사용",
		"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa%u",
		"Harbor Coffee no. %u, 12:30, table 7, card ending 0042",
	};
	uint8_t head[SL_CANON_HEAD_BYTES], end = SL_CANON_END;
	char value[160];

	sl_canon_head(slot, head);
	for (unsigned i = 0; i < EVENTS; i++) {
		for (unsigned j = 0; j < 2; j++) {
			snprintf(value, sizeof(value), values[(i + j) % 4], i * 7919);
			sl_buffer_add(sample, head, sizeof(head));
			sl_buffer_add(sample, value, strlen(value));
			sl_buffer_add(sample, &end, 1);
		}
	}
}

static int64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
	return now.tv_sec * 1000000000ll + now.tv_nsec;
}

/* The least of some rounds, an event. */
static double scan_ns(const hs_database_t *database, hs_scratch_t *scratch,
		      const struct sl_buffer *sample)
{
	double least = 0;
	uint64_t hits = 0;

	for (unsigned i = 0; i < ROUNDS; i++) {
		int64_t began_ns = now_ns();
		double ns;

		hs_scan(database, (const char *)sample->at, (unsigned)sample->bytes, 0, scratch,
			on_hit, &hits);
		ns = (double)(now_ns() - began_ns) / EVENTS;
		if (i == 0 || ns < least)
			least = ns;
	}
	return least;
}

/* 0 with a figure < 0 where the library does not take the pattern. */
static int measure(const struct sl_plan *plan, uint32_t atom, struct sl_arena *arena,
		   double *ret_ns)
{
	const struct sl_plan_literal *pattern =
		(const struct sl_plan_literal *)plan->literal_index.at + atom;
	const char *expression = sl_arena_copy(
		arena, (struct sl_slice){.at = (const char *)plan->literals.at + pattern->offset,
					 .bytes = pattern->bytes});
	struct sl_buffer sample = {0};
	hs_database_t *database = NULL;
	hs_compile_error_t *mistake = NULL;
	hs_scratch_t *scratch = NULL;
	int error = 0;

	*ret_ns = -1;
	if (!expression)
		return -ENOMEM;
	if (hs_compile(expression, pattern->flags, HS_MODE_BLOCK, NULL, &database, &mistake) !=
	    HS_SUCCESS) {
		hs_free_compile_error(mistake);
		return 0;
	}
	fill_sample(((const struct sl_atom *)plan->atoms.at)[atom].slot, &sample);
	if (sample.failed || hs_alloc_scratch(database, &scratch) != HS_SUCCESS)
		error = -ENOMEM;
	else
		*ret_ns = scan_ns(database, scratch, &sample);
	hs_free_scratch(scratch);
	hs_free_database(database);
	sl_buffer_fini(&sample);
	return error;
}

static void tell(const struct sl_rules_set *set, const struct sl_plan_question *question, double ns,
		 uint32_t ns_max)
{
	static const char hint[] = "begin it with a text that must occur, bound its repeats, or "
				   "test a plain text with contains()";
	const struct sl_campaign_text *campaign = &set->campaigns[question->campaign];

	if (ns_max && (ns < 0 || ns > ns_max))
		sl_mistake(set->diagnostics, question->place, "terrible_pattern", hint,
			   ns < 0 ? "the pattern library does not take a pattern of `%.*s`"
				  : "a pattern of `%.*s` takes about %.0f ns of each event, "
				    "at most %u may be (limits.rules.pattern_ns)",
			   SL_SLICE_ARGS(campaign->name), ns, ns_max);
	else if (ns < 0)
		sl_diagnose(set->diagnostics, SL_SEVERITY_WARNING, question->place, "dear_pattern",
			    hint,
			    "the pattern library does not take a pattern of `%.*s` as it is: it is "
			    "evaluated for all that comes near",
			    SL_SLICE_ARGS(campaign->name));
	else
		sl_diagnose(set->diagnostics, SL_SEVERITY_WARNING, question->place, "dear_pattern",
			    hint,
			    "a pattern of `%.*s` is dear: by itself it takes about %.0f ns of each "
			    "event here",
			    SL_SLICE_ARGS(campaign->name), ns);
}

int sl_patterns_judge(const struct sl_plan *plan, const struct sl_rules_set *set, uint32_t ns_max)
{
	const struct sl_plan_dear *dear = (const struct sl_plan_dear *)plan->dear.at;
	const struct sl_plan_question *questions =
		(const struct sl_plan_question *)plan->questions.at;
	struct sl_arena arena = {0};
	int error = 0;

	sl_progress_phase(set->progress, SL_RULES_MEASURING,
			  (uint32_t)(plan->dear.bytes / sizeof(*dear)));
	for (size_t i = 0; i < plan->dear.bytes / sizeof(*dear) && !error; i++) {
		const struct sl_campaign_text *campaign =
			&set->campaigns[questions[dear[i].trigger].campaign];
		double ns;

		sl_progress_patterns(set->progress, 1, campaign->name, campaign->name);
		sl_arena_reset(&arena);
		error = measure(plan, dear[i].atom, &arena, &ns);
		if (!error)
			tell(set, &questions[dear[i].trigger], ns, ns_max);
		sl_progress_step(set->progress, 1);
	}
	sl_progress_pause(set->progress);
	sl_arena_fini(&arena);
	return error;
}
