#include "match_wanted.h"

#include <string.h>

static const char *const popular[SL_PERF_POPULAR] = {"login", "page.view", "card.payment",
						     "transfer.out", "atm.withdrawal"};
static const char *const channels[] = {"mobile", "web", "card", "atm", "branch"};

/* Shapes of 20 campaigns, by kind. */
static const uint8_t shapes[SL_PERF_KINDS][20] = {
	/* 40 % equalities of two and three fields, 20 % ranges, 20 % parts of a text, 10 % regular
	 * expressions, 10 % with ||, ! and != */
	[SL_PERF_MIXED] = {SL_PERF_TWO_EQUAL,     SL_PERF_TWO_EQUAL,     SL_PERF_TWO_EQUAL,
			   SL_PERF_TWO_EQUAL,     SL_PERF_THREE_EQUAL,   SL_PERF_THREE_EQUAL,
			   SL_PERF_THREE_EQUAL,   SL_PERF_ONE_OF,        SL_PERF_ACCOUNT_RANGE,
			   SL_PERF_ACCOUNT_RANGE, SL_PERF_TYPE_AMOUNT,   SL_PERF_TYPE_RATE,
			   SL_PERF_SHOP_CONTAINS, SL_PERF_PAGE_CONTAINS, SL_PERF_PAGE_PREFIX,
			   SL_PERF_PAGE_SUFFIX,   SL_PERF_PAGE_REGEX,    SL_PERF_SHOP_REGEX,
			   SL_PERF_EITHER,        SL_PERF_NEITHER},
	[SL_PERF_LITERAL] = {SL_PERF_TWO_EQUAL,     SL_PERF_TWO_EQUAL,     SL_PERF_TWO_EQUAL,
			     SL_PERF_TWO_EQUAL,     SL_PERF_THREE_EQUAL,   SL_PERF_THREE_EQUAL,
			     SL_PERF_ONE_OF,        SL_PERF_ONE_OF,        SL_PERF_SHOP_CONTAINS,
			     SL_PERF_SHOP_CONTAINS, SL_PERF_SHOP_CONTAINS, SL_PERF_PAGE_CONTAINS,
			     SL_PERF_PAGE_CONTAINS, SL_PERF_PAGE_CONTAINS, SL_PERF_PAGE_PREFIX,
			     SL_PERF_PAGE_PREFIX,   SL_PERF_PAGE_PREFIX,   SL_PERF_PAGE_SUFFIX,
			     SL_PERF_PAGE_SUFFIX,   SL_PERF_PAGE_SUFFIX},
	[SL_PERF_NUMERIC] = {SL_PERF_ACCOUNT_RANGE, SL_PERF_ACCOUNT_RANGE, SL_PERF_ACCOUNT_RANGE,
			     SL_PERF_ACCOUNT_RANGE, SL_PERF_ACCOUNT_RANGE, SL_PERF_ACCOUNT_RANGE,
			     SL_PERF_TYPE_AMOUNT,   SL_PERF_TYPE_AMOUNT,   SL_PERF_TYPE_AMOUNT,
			     SL_PERF_TYPE_AMOUNT,   SL_PERF_TYPE_AMOUNT,   SL_PERF_TYPE_AMOUNT,
			     SL_PERF_TYPE_AMOUNT,   SL_PERF_TYPE_RATE,     SL_PERF_TYPE_RATE,
			     SL_PERF_TYPE_RATE,     SL_PERF_TYPE_RATE,     SL_PERF_TYPE_RATE,
			     SL_PERF_TYPE_RATE,     SL_PERF_TYPE_RATE},
};

/* Kinds of one shape alone. */
static enum sl_perf_shape shape_of(const struct sl_perf_case *what, uint32_t campaign)
{
	switch (what->kind) {
	case SL_PERF_REGEX:
		return campaign % 2 ? SL_PERF_PAGE_REGEX : SL_PERF_SHOP_REGEX;
	case SL_PERF_RANGE_BY_TYPE:
		return SL_PERF_TYPE_ABOVE;
	case SL_PERF_SAME_EQUALITY:
		return SL_PERF_ONE_EQUALITY;
	case SL_PERF_NEGATION:
		return campaign % 2 ? SL_PERF_BUT_CHANNEL : SL_PERF_WITH_CHANNEL;
	case SL_PERF_OR_OF_TWENTY:
		return SL_PERF_TWENTY;
	case SL_PERF_ONE_TERRIBLE:
		return campaign ? shapes[SL_PERF_MIXED][campaign % 20] : SL_PERF_TERRIBLE;
	case SL_PERF_MIXED_TEMPORAL:
		return shapes[SL_PERF_MIXED][campaign % 20];
	default:
		return shapes[what->kind][campaign % 20];
	}
}

uint64_t sl_perf_draw(uint64_t *state)
{
	uint64_t z = *state += 0x9e3779b97f4a7c15u;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
	return z ^ (z >> 31);
}

uint32_t sl_perf_below(uint64_t *state, uint32_t n)
{
	return (uint32_t)((sl_perf_draw(state) >> 32) * n >> 32);
}

struct sl_perf_wanted sl_perf_wanted_of(const struct sl_perf_case *what, uint32_t campaign)
{
	/* the two of a pair are drawn alike */
	uint32_t drawn = what->kind == SL_PERF_NEGATION ? campaign / 2 : campaign;
	uint64_t state = what->seed * 1000003 + drawn;
	bool is_popular = sl_perf_draw(&state) & 1;
	uint32_t others = SL_PERF_TYPES - SL_PERF_POPULAR;

	return (struct sl_perf_wanted){
		.shape = shape_of(what, campaign),
		.type = is_popular ? sl_perf_below(&state, SL_PERF_POPULAR)
				   : SL_PERF_POPULAR + sl_perf_below(&state, others),
		.channel = sl_perf_below(&state, 5),
		.value = sl_perf_below(&state, what->campaigns / 4 + 1),
		.number = campaign,
		.amount = 2000000 + sl_perf_below(&state, 1000000),
	};
}

const char *sl_perf_channel(uint32_t channel)
{
	return channels[channel];
}

void sl_perf_put_type(uint32_t type, char *at, size_t room)
{
	if (type < SL_PERF_POPULAR)
		snprintf(at, room, "%s", popular[type]);
	else
		snprintf(at, room, "svc%02u.act%u", type / 10, type % 10);
}

static double rate_of(const struct sl_perf_wanted *wanted)
{
	return 8 + wanted->number % 1000 * 0.01;
}

uint32_t sl_perf_product_of(const struct sl_perf_wanted *wanted, uint32_t i)
{
	return (wanted->value + i * 7919) % 50000;
}

static void put_twenty(const struct sl_perf_wanted *wanted, FILE *file)
{
	fprintf(file, "(");
	for (uint32_t i = 0; i < SL_PERF_TWENTY_PRODUCTS; i++)
		fprintf(file, "%sproduct == \"P%05u\"", i ? " || " : "",
			sl_perf_product_of(wanted, i));
	fprintf(file, ")");
}

static void put_text_part(const struct sl_perf_wanted *wanted, FILE *file)
{
	uint32_t number = wanted->number;

	switch (wanted->shape) {
	case SL_PERF_SHOP_CONTAINS:
		fprintf(file, "merchant.contains(\"no%05u\")", number);
		break;
	case SL_PERF_PAGE_CONTAINS:
		fprintf(file, "page.contains(\"ad=%05u\")", number);
		break;
	case SL_PERF_PAGE_PREFIX:
		fprintf(file, "page.startsWith(\"/promo/%05u/\")", number);
		break;
	case SL_PERF_PAGE_SUFFIX:
		fprintf(file, "page.endsWith(\"?from=%05u\")", number);
		break;
	case SL_PERF_PAGE_REGEX:
		fprintf(file, "page.matches(r'^/event/%05u/[a-z]+(\\?.*)?$')", number);
		break;
	case SL_PERF_TERRIBLE:
		fprintf(file,
			"page.matches(r'([a-z/]+[0-9a-f]*)+\\?([a-f]{3,40}|[0-9].*z){2,20}q')");
		break;
	default:
		fprintf(file, "merchant.matches(r'(Mart|Shop) [A-Z]{2}-%05u')", number);
		break;
	}
}

void sl_perf_put_condition(const struct sl_perf_wanted *wanted, FILE *file)
{
	uint32_t value = wanted->value;
	char type[32];

	sl_perf_put_type(wanted->shape == SL_PERF_ONE_EQUALITY ? 2 : wanted->type, type,
			 sizeof(type));
	fprintf(file, "type == \"%s\" && ", type);
	switch (wanted->shape) {
	case SL_PERF_TWO_EQUAL:
		fprintf(file, "product == \"P%05u\"", value);
		break;
	case SL_PERF_THREE_EQUAL:
		fprintf(file, "product == \"P%05u\" && channel == \"%s\"", value,
			channels[wanted->channel]);
		break;
	case SL_PERF_ONE_OF:
		fprintf(file, "product in [\"P%05u\", \"P%05u\", \"P%05u\"]", value, value + 1,
			value + 2);
		break;
	case SL_PERF_ACCOUNT_RANGE:
		fprintf(file, "account == \"110-%06u\" && amount > %u && amount < 9000000", value,
			wanted->amount);
		break;
	case SL_PERF_TYPE_AMOUNT:
		fprintf(file, "amount >= %u && amount < %u", wanted->amount, wanted->amount + 20);
		break;
	case SL_PERF_TYPE_RATE:
		fprintf(file, "rate >= %.2f && rate < %.2f && branch == \"B%05u\"", rate_of(wanted),
			rate_of(wanted) + 0.01, value);
		break;
	case SL_PERF_EITHER:
		fprintf(file, "(product == \"P%05u\" || branch == \"B%05u\")", value, value);
		break;
	case SL_PERF_NEITHER:
		fprintf(file,
			"product == \"P%05u\" && !(channel == \"%s\") && branch != \"B00000\"",
			value, channels[wanted->channel]);
		break;
	case SL_PERF_WITH_CHANNEL:
	case SL_PERF_BUT_CHANNEL:
		fprintf(file, "product == \"P%05u\" && %s(channel == \"%s\")", value,
			wanted->shape == SL_PERF_BUT_CHANNEL ? "!" : "", channels[wanted->channel]);
		break;
	case SL_PERF_TYPE_ABOVE:
		fprintf(file, "amount > %u", wanted->amount);
		break;
	case SL_PERF_ONE_EQUALITY:
		fprintf(file, "amount >= %u && amount < %u", 2000000 + 3 * wanted->number,
			2000003 + 3 * wanted->number);
		break;
	case SL_PERF_TWENTY:
		put_twenty(wanted, file);
		break;
	default:
		put_text_part(wanted, file);
		break;
	}
}

static void fulfil_text(const struct sl_perf_wanted *wanted, struct sl_perf_draft *draft)
{
	uint32_t number = wanted->number;

	switch (wanted->shape) {
	case SL_PERF_SHOP_CONTAINS:
		snprintf(draft->shop, sizeof(draft->shop), "Corner Shop no%05u", number);
		break;
	case SL_PERF_PAGE_CONTAINS:
		snprintf(draft->page, sizeof(draft->page), "/home?ad=%05u", number);
		break;
	case SL_PERF_PAGE_PREFIX:
		snprintf(draft->page, sizeof(draft->page), "/promo/%05u/begin", number);
		break;
	case SL_PERF_PAGE_SUFFIX:
		snprintf(draft->page, sizeof(draft->page), "/loan/compare?from=%05u", number);
		break;
	case SL_PERF_PAGE_REGEX:
		snprintf(draft->page, sizeof(draft->page), "/event/%05u/begin?ref=home", number);
		break;
	case SL_PERF_TERRIBLE:
		snprintf(draft->page, sizeof(draft->page), "/home/a0?abcabcq");
		break;
	default:
		snprintf(draft->shop, sizeof(draft->shop), "Corner Mart KR-%05u", number);
		break;
	}
}

void sl_perf_fulfil(const struct sl_perf_wanted *wanted, struct sl_perf_draft *draft)
{
	draft->type = wanted->type;
	switch (wanted->shape) {
	case SL_PERF_THREE_EQUAL:
	case SL_PERF_WITH_CHANNEL:
		draft->channel = wanted->channel;
		/* fallthrough */
	case SL_PERF_TWO_EQUAL:
	case SL_PERF_ONE_OF:
	case SL_PERF_EITHER:
		draft->product = wanted->value;
		break;
	case SL_PERF_NEITHER:
	case SL_PERF_BUT_CHANNEL:
		draft->product = wanted->value;
		draft->channel = (wanted->channel + 1) % 5;
		break;
	case SL_PERF_ACCOUNT_RANGE:
		draft->account = wanted->value;
		draft->amount = wanted->amount + 1;
		break;
	case SL_PERF_TYPE_AMOUNT:
	case SL_PERF_TYPE_ABOVE:
		draft->amount = wanted->amount + 1;
		break;
	case SL_PERF_TYPE_RATE:
		draft->branch = wanted->value;
		draft->rate = rate_of(wanted);
		break;
	case SL_PERF_ONE_EQUALITY:
		draft->type = 2;
		draft->amount = 2000001 + 3 * wanted->number;
		break;
	case SL_PERF_TWENTY:
		draft->product =
			sl_perf_product_of(wanted, wanted->number % SL_PERF_TWENTY_PRODUCTS);
		break;
	default:
		fulfil_text(wanted, draft);
		break;
	}
}
