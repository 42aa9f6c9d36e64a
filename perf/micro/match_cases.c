#include "match_cases.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TYPES 200u
#define POPULAR 5u
#define EVENT_ROOM 1024u
#define BACKGROUND 50000u /* numbers from here on are in no campaign */

static const char *const popular[POPULAR] = {"login", "page.view", "card.payment", "transfer.out",
					     "atm.withdrawal"};
static const char *const channels[] = {"mobile", "web", "card", "atm", "branch"};
static const char *const shops[] = {"Harbor Coffee", "Sakura Ramen", "모퉁이서점", "한결마트",
				    "Blue Lagoon Hotel"};
static const char *const pages[] = {"/account/list", "/fund/list?sort=return", "/home",
				    "/loan/compare", "/card/benefit"};

void sl_perf_give_up(const char *what, const char *why)
{
	fprintf(stderr, "match_micro: %s: %s\n", what, why);
	exit(3);
}

/* splitmix64 */
static uint64_t draw(uint64_t *state)
{
	uint64_t z = *state += 0x9e3779b97f4a7c15u;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
	return z ^ (z >> 31);
}

static uint32_t below(uint64_t *state, uint32_t n)
{
	return (uint32_t)((draw(state) >> 32) * n >> 32);
}

static double share(uint64_t *state)
{
	return (double)(draw(state) >> 11) * 0x1p-53;
}

/* ---- campaigns ------------------------------------------------------------------------------ */

enum shape {
	TWO_EQUAL,
	THREE_EQUAL,
	ONE_OF,
	AMOUNT_RANGE,
	RATE_RANGE,
	SHOP_CONTAINS,
	PAGE_CONTAINS,
	PAGE_PREFIX,
	TYPE_RANGE,
};

/* Of 20 campaigns. */
static const uint8_t mixed[20] = {
	TWO_EQUAL,  TWO_EQUAL,   TWO_EQUAL,     TWO_EQUAL,     TWO_EQUAL,
	TWO_EQUAL,  THREE_EQUAL, THREE_EQUAL,   THREE_EQUAL,   THREE_EQUAL,
	ONE_OF,     ONE_OF,      ONE_OF,        AMOUNT_RANGE,  AMOUNT_RANGE,
	RATE_RANGE, RATE_RANGE,  SHOP_CONTAINS, PAGE_CONTAINS, PAGE_PREFIX,
};

struct wanted {
	enum shape shape;
	uint32_t type;
	uint32_t channel;
	uint32_t value; /* names what it is filed under; about four campaigns share one */
	uint32_t amount;
};

static struct wanted wanted_of(const struct sl_perf_case *what, uint32_t campaign)
{
	uint64_t state = what->seed * 1000003 + campaign;
	uint32_t values = what->campaigns / 4 + 1;
	bool is_popular = draw(&state) & 1;

	return (struct wanted){
		.shape = what->kind == SL_PERF_MIXED ? mixed[campaign % 20] : TYPE_RANGE,
		.type = is_popular ? below(&state, POPULAR)
				   : POPULAR + below(&state, TYPES - POPULAR),
		.channel = below(&state, 5),
		.value = below(&state, values),
		.amount = 2000000 + below(&state, 1000000),
	};
}

static void put_type(uint32_t type, char *at, size_t room)
{
	if (type < POPULAR)
		snprintf(at, room, "%s", popular[type]);
	else
		snprintf(at, room, "svc%02u.act%u", type / 10, type % 10);
}

static void put_condition(const struct wanted *wanted, FILE *file)
{
	uint32_t value = wanted->value;
	char type[32];

	put_type(wanted->type, type, sizeof(type));
	fprintf(file, "type == \"%s\" && ", type);
	switch (wanted->shape) {
	case TWO_EQUAL:
		fprintf(file, "product == \"P%05u\"", value);
		break;
	case THREE_EQUAL:
		fprintf(file, "product == \"P%05u\" && channel == \"%s\"", value,
			channels[wanted->channel]);
		break;
	case ONE_OF:
		fprintf(file, "product in [\"P%05u\", \"P%05u\", \"P%05u\"]", value, value + 1,
			value + 2);
		break;
	case AMOUNT_RANGE:
		fprintf(file, "account == \"110-%06u\" && amount > %u && amount < 9000000", value,
			wanted->amount);
		break;
	case RATE_RANGE:
		fprintf(file, "branch == \"B%05u\" && rate > 8.25", value);
		break;
	case SHOP_CONTAINS:
		fprintf(file, "merchant.contains(\"no%05u\")", value);
		break;
	case PAGE_CONTAINS:
		fprintf(file, "page.contains(\"ad=%05u\")", value);
		break;
	case PAGE_PREFIX:
		fprintf(file, "page.startsWith(\"/promo/%05u/\")", value);
		break;
	case TYPE_RANGE:
		fprintf(file, "amount > %u", wanted->amount);
		break;
	}
}

void sl_perf_write_rules(const struct sl_perf_case *what, const char *path)
{
	FILE *file = fopen(path, "w");

	if (!file)
		sl_perf_give_up(path, strerror(errno));
	for (uint32_t i = 0; i < what->campaigns; i++) {
		struct wanted wanted = wanted_of(what, i);

		fprintf(file, "---\ncampaign: c%05u\nkind: service\nmatch: |\n  ", i);
		put_condition(&wanted, file);
		fprintf(file, "\n");
	}
	if (fclose(file))
		sl_perf_give_up(path, strerror(errno));
}

/* ---- events --------------------------------------------------------------------------------- */

struct draft {
	uint32_t type, channel, product, account, branch, amount;
	double rate;
	char shop[64];
	char page[64];
};

static void draft_background(uint64_t *state, struct draft *draft)
{
	bool is_popular = below(state, 10) < 6;

	*draft = (struct draft){
		.type = is_popular ? below(state, POPULAR)
				   : POPULAR + below(state, TYPES - POPULAR),
		.channel = below(state, 5),
		.product = BACKGROUND + below(state, 40000),
		.account = BACKGROUND + below(state, 900000),
		.branch = BACKGROUND + below(state, 900),
		.amount = below(state, 1000000),
		.rate = 1 + 6 * share(state),
	};
	snprintf(draft->shop, sizeof(draft->shop), "%s", shops[below(state, 5)]);
	snprintf(draft->page, sizeof(draft->page), "%s", pages[below(state, 5)]);
}

/* Makes the event fulfil the campaign. */
static void plant(const struct wanted *wanted, struct draft *draft)
{
	draft->type = wanted->type;
	switch (wanted->shape) {
	case THREE_EQUAL:
		draft->channel = wanted->channel;
		/* fallthrough */
	case TWO_EQUAL:
	case ONE_OF:
		draft->product = wanted->value;
		break;
	case AMOUNT_RANGE:
		draft->account = wanted->value;
		/* fallthrough */
	case TYPE_RANGE:
		draft->amount = wanted->amount + 1;
		break;
	case RATE_RANGE:
		draft->branch = wanted->value;
		draft->rate = 8.5;
		break;
	case SHOP_CONTAINS:
		snprintf(draft->shop, sizeof(draft->shop), "Corner Shop no%05u", wanted->value);
		break;
	case PAGE_CONTAINS:
		snprintf(draft->page, sizeof(draft->page), "/home?ad=%05u", wanted->value);
		break;
	case PAGE_PREFIX:
		snprintf(draft->page, sizeof(draft->page), "/promo/%05u/begin", wanted->value);
		break;
	}
}

static uint32_t put_event(uint64_t *state, uint32_t number, const struct draft *draft, char *at)
{
	char type[32];

	put_type(draft->type, type, sizeof(type));
	return (uint32_t)snprintf(
		at, EVENT_ROOM,
		"{\"id\":\"E%08x-%08u\",\"time\":\"2026-11-21T09:%02u:%02u.%03u+09:00\","
		"\"channel\":\"%s\",\"type\":\"%s\",\"customer\":\"C%08u\",\"account\":\"110-%"
		"06u\","
		"\"product\":\"P%05u\",\"amount\":%u,\"merchant\":\"%s\",\"page\":\"%s\","
		"\"device\":{\"os\":\"%s\",\"ver\":\"%u\"},\"branch\":\"B%05u\",\"rate\":%.2f,"
		"\"tags\":[\"retail\",\"seg-%02u\"]}",
		(unsigned)(draw(state) >> 32), number, below(state, 60), below(state, 60),
		below(state, 1000), channels[draft->channel], type, below(state, 100000000),
		draft->account, draft->product, draft->amount, draft->shop, draft->page,
		below(state, 3) ? "android" : "ios", 10 + below(state, 8), draft->branch,
		draft->rate, below(state, 40));
}

static enum sl_perf_fate draft_event(uint64_t *state, const struct sl_perf_case *what,
				     struct draft *draft)
{
	double luck = share(state);
	struct wanted wanted = wanted_of(what, below(state, what->campaigns));

	draft_background(state, draft);
	if (luck >= what->hit_rate + SL_PERF_NEAR_SHARE)
		return SL_PERF_BACKGROUND;
	/* with nothing but the type to be filed under, each event comes near */
	if (luck >= what->hit_rate && wanted.shape == TYPE_RANGE)
		return SL_PERF_NEAR;
	plant(&wanted, draft);
	if (luck < what->hit_rate)
		return SL_PERF_HIT;
	draft->type = (draft->type + 1 + below(state, TYPES - 1)) % TYPES;
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

	if (!events.text || !events.spans || !events.fates)
		sl_perf_give_up("events", "not enough memory");
	while (at < what->bytes && events.n < room) {
		struct draft draft;
		uint32_t bytes;

		events.fates[events.n] = (uint8_t)draft_event(&state, what, &draft);
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
