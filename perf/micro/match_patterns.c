/* The tenth of the campaigns that remembers: those of four patterns in turns, each about the
 * condition that the campaign would have without. */
#include "match_wanted.h"

enum pattern { FOLLOWED, ABANDONED, REPEATED, LIMITED, PATTERNS };

static enum pattern pattern_of(uint32_t campaign)
{
	return campaign / 20 % PATTERNS;
}

/* One of each ten, another from two tens to two tens, so that each shape comes to it. */
static uint32_t remembering_of(uint32_t ten)
{
	return 10 * ten + (10 - ten / 2 % 10) % 10;
}

bool sl_perf_remembers(const struct sl_perf_case *what, uint32_t campaign)
{
	return what->kind == SL_PERF_MIXED_TEMPORAL && campaign == remembering_of(campaign / 10);
}

/* The event behind the first: what ends the waiting. */
static uint32_t second_type(const struct sl_perf_wanted *wanted)
{
	return (wanted->type + 7) % SL_PERF_TYPES;
}

static void put_step(const char *name, const struct sl_perf_wanted *wanted, FILE *file)
{
	fprintf(file, "  - %s: |\n      ", name);
	sl_perf_put_condition(wanted, file);
	fprintf(file, "\n");
}

static void put_second(const char *name, const char *within, const struct sl_perf_wanted *wanted,
		       FILE *file)
{
	char type[32];

	sl_perf_put_type(second_type(wanted), type, sizeof(type));
	fprintf(file, "  - %s: type == \"%s\" && product == \"P%05u\"\n    within: %s\n", name,
		type, wanted->value, within);
}

void sl_perf_put_pattern(const struct sl_perf_wanted *wanted, FILE *file)
{
	enum pattern pattern = pattern_of(wanted->number);

	if (pattern == LIMITED) {
		fprintf(file, "match: |\n  ");
		sl_perf_put_condition(wanted, file);
		fprintf(file, "\nlimit: {per_customer: 1, per: 7d}\n");
		return;
	}
	fprintf(file, "match:\n");
	put_step(pattern == REPEATED ? "looks" : "start", wanted, file);
	if (pattern == REPEATED)
		fprintf(file, "    window: 1d\n    count: 2\n");
	else if (pattern == FOLLOWED)
		put_second("done", "1h", wanted, file);
	else
		put_second("not", "30m", wanted, file);
}

void sl_perf_draft_pair(uint64_t *state, const struct sl_perf_case *what, struct sl_perf_pair *pair,
			struct sl_perf_draft *draft)
{
	struct sl_perf_wanted wanted;

	pair->is_begun = !pair->is_begun;
	if (pair->is_begun) {
		do
			pair->campaign =
				remembering_of(sl_perf_below(state, (what->campaigns + 9) / 10));
		while (pair->campaign >= what->campaigns);
		pair->customer = sl_perf_below(state, 100000000);
	}
	wanted = sl_perf_wanted_of(what, pair->campaign);
	draft->is_planted = true;
	draft->customer = pair->customer;
	draft->minute = pair->is_begun ? 10 : 20;
	if (!pair->is_begun && pattern_of(pair->campaign) <= ABANDONED) {
		draft->type = second_type(&wanted);
		draft->product = wanted.value;
		return;
	}
	sl_perf_fulfil(&wanted, draft);
}
