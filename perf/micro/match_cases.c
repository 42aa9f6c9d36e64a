#include "match_cases.h"

#include "match_wanted.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define CAMPAIGNS_PER_FILE 5000u
#define EVENT_ROOM 1024u
#define BACKGROUND 50000u /* numbers from here on are in no campaign */

const char *const sl_perf_kind_names[SL_PERF_KINDS] = {
	[SL_PERF_MIXED] = "mixed",
	[SL_PERF_LITERAL] = "literal",
	[SL_PERF_NUMERIC] = "numeric",
	[SL_PERF_REGEX] = "regex",
	[SL_PERF_RANGE_BY_TYPE] = "range-by-type",
	[SL_PERF_SAME_EQUALITY] = "same-equality",
	[SL_PERF_NEGATION] = "negation",
	[SL_PERF_OR_OF_TWENTY] = "or-of-twenty",
	[SL_PERF_ONE_TERRIBLE] = "one-terrible",
	[SL_PERF_MIXED_TEMPORAL] = "mixed-temporal",
};

static const char *const shops[] = {"Harbor Coffee", "Sakura Ramen", "모퉁이서점", "한결마트",
				    "Blue Lagoon Hotel"};
static const char *const pages[] = {"/account/list", "/fund/list?sort=return", "/home",
				    "/loan/compare", "/card/benefit"};

void sl_perf_give_up(const char *what, const char *why)
{
	fprintf(stderr, "match_micro: %s: %s\n", what, why);
	exit(3);
}

static double share(uint64_t *state)
{
	return (double)(sl_perf_draw(state) >> 11) * 0x1p-53;
}

void sl_perf_write_campaign(const struct sl_perf_case *what, uint32_t campaign, FILE *file)
{
	struct sl_perf_wanted wanted = sl_perf_wanted_of(what, campaign);

	fprintf(file, "---\ncampaign: c%05u\nkind: service\n", campaign);
	if (sl_perf_remembers(what, campaign) && !what->forgetful) {
		sl_perf_put_pattern(&wanted, file);
		return;
	}
	fprintf(file, "match: |\n  ");
	sl_perf_put_condition(&wanted, file);
	fprintf(file, "\n");
}

static const char *rules_path(const char *directory, uint32_t file)
{
	static char path[256];

	snprintf(path, sizeof(path), "%s/rules-%03u.yaml", directory, file);
	return path;
}

static uint32_t n_files(const struct sl_perf_case *what)
{
	return (what->campaigns + CAMPAIGNS_PER_FILE - 1) / CAMPAIGNS_PER_FILE;
}

static void write_file(const struct sl_perf_case *what, const char *path, uint32_t first)
{
	FILE *file = fopen(path, "w");

	if (!file)
		sl_perf_give_up(path, strerror(errno));
	for (uint32_t i = first; i < what->campaigns && i < first + CAMPAIGNS_PER_FILE; i++)
		sl_perf_write_campaign(what, i, file);
	if (fclose(file))
		sl_perf_give_up(path, strerror(errno));
}

void sl_perf_write_rules(const struct sl_perf_case *what, const char *directory)
{
	for (uint32_t file = 0; file < n_files(what); file++)
		write_file(what, rules_path(directory, file), file * CAMPAIGNS_PER_FILE);
}

void sl_perf_remove_rules(const struct sl_perf_case *what, const char *directory)
{
	for (uint32_t file = 0; file < n_files(what); file++)
		unlink(rules_path(directory, file));
}

static void draft_background(uint64_t *state, struct sl_perf_draft *draft)
{
	bool is_popular = sl_perf_below(state, 10) < 6;

	*draft = (struct sl_perf_draft){
		.type = is_popular ? sl_perf_below(state, SL_PERF_POPULAR)
				   : SL_PERF_POPULAR +
					     sl_perf_below(state, SL_PERF_TYPES - SL_PERF_POPULAR),
		.channel = sl_perf_below(state, 5),
		.product = BACKGROUND + sl_perf_below(state, 40000),
		.account = BACKGROUND + sl_perf_below(state, 900000),
		.branch = BACKGROUND + sl_perf_below(state, 900),
		.amount = sl_perf_below(state, 1000000),
		.rate = 1 + 6 * share(state),
	};
	snprintf(draft->shop, sizeof(draft->shop), "%s", shops[sl_perf_below(state, 5)]);
	snprintf(draft->page, sizeof(draft->page), "%s", pages[sl_perf_below(state, 5)]);
}

static uint32_t put_event(uint64_t *state, uint32_t number, const struct sl_perf_draft *draft,
			  char *at)
{
	char type[32];

	sl_perf_put_type(draft->type, type, sizeof(type));
	return (uint32_t)snprintf(
		at, EVENT_ROOM,
		"{\"id\":\"E%08x-%08u\",\"time\":\"2026-11-21T09:%02u:%02u.%03u+09:00\","
		"\"channel\":\"%s\",\"type\":\"%s\",\"customer\":\"C%08u\",\"account\":\"110-%"
		"06u\","
		"\"product\":\"P%05u\",\"amount\":%u,\"merchant\":\"%s\",\"page\":\"%s\","
		"\"device\":{\"os\":\"%s\",\"ver\":\"%u\"},\"branch\":\"B%05u\",\"rate\":%.2f,"
		"\"tags\":[\"retail\",\"seg-%02u\"]}",
		(unsigned)(sl_perf_draw(state) >> 32), number,
		draft->is_planted ? draft->minute : sl_perf_below(state, 60),
		sl_perf_below(state, 60), sl_perf_below(state, 1000),
		sl_perf_channel(draft->channel), type,
		draft->is_planted ? draft->customer : sl_perf_below(state, 100000000),
		draft->account, draft->product, draft->amount, draft->shop, draft->page,
		sl_perf_below(state, 3) ? "android" : "ios", 10 + sl_perf_below(state, 8),
		draft->branch, draft->rate, sl_perf_below(state, 40));
}

uint32_t sl_perf_event_number(const char *id)
{
	return (uint32_t)strtoul(id + sizeof("E01234567-") - 1, NULL, 10);
}

static enum sl_perf_fate draft_event(uint64_t *state, const struct sl_perf_case *what,
				     struct sl_perf_pair *pair, struct sl_perf_draft *draft)
{
	double luck = share(state);
	struct sl_perf_wanted wanted =
		sl_perf_wanted_of(what, sl_perf_below(state, what->campaigns));

	draft_background(state, draft);
	if (luck >= what->hit_rate + SL_PERF_NEAR_SHARE)
		return SL_PERF_BACKGROUND;
	/* with nothing but the type to be filed under, each event comes near */
	if (luck >= what->hit_rate && wanted.shape >= SL_PERF_TYPE_ABOVE)
		return SL_PERF_NEAR;
	if (luck < what->hit_rate && what->kind == SL_PERF_MIXED_TEMPORAL) {
		sl_perf_draft_pair(state, what, pair, draft);
		return SL_PERF_HIT;
	}
	sl_perf_fulfil(&wanted, draft);
	if (luck < what->hit_rate)
		return SL_PERF_HIT;
	draft->type = (draft->type + 1 + sl_perf_below(state, SL_PERF_TYPES - 1)) % SL_PERF_TYPES;
	return SL_PERF_NEAR;
}

void sl_perf_make_events(const struct sl_perf_case *what, struct sl_perf_events *ret_events)
{
	uint32_t room = (uint32_t)(what->bytes / 200 + 2);
	struct sl_perf_events events = {
		.text = malloc(what->bytes + EVENT_ROOM + SL_SPAN_PADDING),
		.spans = malloc(room * sizeof(*events.spans)),
		.fates = malloc(room),
	};
	uint64_t state = what->seed, at = 0;
	struct sl_perf_pair pair = {0};

	if (!events.text || !events.spans || !events.fates)
		sl_perf_give_up("events", "not enough memory");
	while (at < what->bytes && events.n < room) {
		struct sl_perf_draft draft;
		uint32_t bytes;

		events.fates[events.n] = (uint8_t)draft_event(&state, what, &pair, &draft);
		bytes = put_event(&state, events.n, &draft, (char *)events.text + at);
		events.spans[events.n++] = sl_span_of(events.text + at, bytes);
		at += bytes;
		events.text[at++] = '\n';
	}
	memset(events.text + at, 0, SL_SPAN_PADDING);
	*ret_events = events;
}

void sl_perf_free_events(struct sl_perf_events *events)
{
	free(events->text);
	free(events->spans);
	free(events->fates);
}
