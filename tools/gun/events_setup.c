/* The cold side of the generator: what a bank's events look like, rendered once into templates. */
#include "tools/gun/events_priv.h"

#include <assert.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum part {
	ACCOUNT = 1,
	PRODUCT = 2,
	AMOUNT = 4,
	MERCHANT = 8,
	PAGE = 16,
	DEVICE = 32,
	BRANCH = 64,
	RATE = 128,
	TALK = 256,
	TAGS = 512,
};

typedef const char *const three[3]; /* one is drawn */

static three app = {"mobile", "mobile", "web"}, app_or_branch = {"mobile", "web", "branch"};
static three card = {"card", "card", "card"}, atm = {"atm", "atm", "atm"};
static three branch = {"branch", "branch", "branch"}, branch_or_web = {"branch", "branch", "web"};

static three login = {"/login", "/login/pin", "/login/cert"};
static three browse = {"/home", "/account/list", "/fund/list?sort=return"};
static three loan_rate = {"/loan/rate?ref=home", "/loan/rate?ref=push", "/loan/compare"};
static three loan_begin = {"/loan/apply/1", "/loan/apply/1?ref=rate", "/loan/apply/quick"};
static three loan_end = {"/loan/apply/9", "/loan/apply/9", "/loan/apply/9"};
static three maturity = {"/deposit/maturity", "/deposit/maturity?d=7", "/deposit/renew"};

/* How often each kind of event occurs, and what it carries. */
static const struct kind {
	const char *type;
	unsigned weight; /* of 1,000 */
	unsigned parts;
	const char *const *channels;
	const char *const *pages;
	uint64_t amount_min, amount_max; /* won */
} kinds[] = {
	{"login", 140, PAGE | DEVICE | TAGS, app, login, 0, 0},
	{"page.view", 342, PAGE | DEVICE, app, browse, 0, 0},
	{"loan.rate.view", 50, PRODUCT | PAGE | DEVICE | RATE | AMOUNT | TAGS, app, loan_rate,
	 5000000, 300000000},
	{"loan.apply.start", 15, PRODUCT | PAGE | DEVICE | AMOUNT | RATE, app_or_branch, loan_begin,
	 5000000, 300000000},
	{"loan.apply.done", 8, PRODUCT | ACCOUNT | AMOUNT | RATE | PAGE, app_or_branch, loan_end,
	 5000000, 300000000},
	{"card.payment", 250, ACCOUNT | AMOUNT | MERCHANT | TAGS, card, NULL, 1500, 900000},
	{"card.declined", 15, ACCOUNT | AMOUNT | MERCHANT | TAGS, card, NULL, 50000, 5000000},
	{"transfer.out", 80, ACCOUNT | AMOUNT | DEVICE | TAGS, app_or_branch, NULL, 10000,
	 80000000},
	{"salary.in", 15, ACCOUNT | AMOUNT | TAGS, branch, NULL, 2100000, 9000000},
	{"atm.withdrawal", 50, ACCOUNT | AMOUNT | BRANCH, atm, NULL, 10000, 1000000},
	{"deposit.maturity.view", 20, PRODUCT | ACCOUNT | PAGE | DEVICE | RATE, app, maturity, 0,
	 0},
	{"counsel.transcript", 15, BRANCH | TALK | TAGS, branch_or_web, NULL, 0, 0},
};

static const char *const shops[] = {"모퉁이서점",        "한결마트",     "푸른주유소",
				    "Harbor Coffee",     "Sakura Ramen", "은하약국",
				    "Blue Lagoon Hotel", "달빛치킨"};
static const char *const shop_codes[] = {"5942", "5411", "5541", "5814",
					 "5812", "5912", "7011", "5812"};
static const char *const abroad[] = {"JP", "US", "VN", "TH", "FR"};
static const char *const currencies[] = {"JPY", "USD", "VND", "THB", "EUR"};

/* Sentences of an invented counselling talk; the first three hold the words that campaigns watch.
 */
static const char *const talk[] = {
	"고객: 이 적금을 해지하려면 어떻게 해야 하나요? 다른 은행 조건이 더 좋아 보여서요. ",
	"고객: 대출 금리 인하 요구권을 신청하고 싶은데 어떤 서류가 필요한지 알려 주세요. ",
	"고객: 지난번 안내와 달라서 불만이 있습니다. 같은 설명을 세 번째 듣고 있어요. ",
	"상담원: 네, 고객님. 확인해 드리겠습니다. 잠시만 기다려 주시겠습니까? ",
	"고객: 비대면으로 계좌를 하나 더 만들 수 있는지 궁금합니다. ",
	"상담원: 영업점 방문 없이 앱에서 바로 신청하실 수 있도록 안내해 드리겠습니다. ",
	"고객: 이체 한도를 올리고 싶은데 인증서가 만료되었다고 나옵니다. ",
	"상담원: 말씀하신 내용은 담당 부서에 전달하고 오늘 안으로 회신 드리겠습니다. ",
};

struct draft {
	struct sl_template *into;
	uint64_t seed, draws;
};

static unsigned draw(struct draft *draft, unsigned below)
{
	return (unsigned)((sl_events_mix(draft->seed, draft->draws++) >> 20) % below);
}

__attribute__((format(printf, 2, 3))) static void put(struct draft *draft, const char *format, ...)
{
	size_t room = sizeof(draft->into->text) - draft->into->bytes;
	va_list args;
	int n;

	va_start(args, format);
	n = vsnprintf(draft->into->text + draft->into->bytes, room, format, args);
	va_end(args);
	assert(n >= 0 && (size_t)n < room);
	draft->into->bytes += (uint16_t)n;
}

/* A part that is written anew for every event; returns where it stands. */
static uint16_t put_place(struct draft *draft, const char *before, unsigned bytes,
			  const char *after)
{
	uint16_t at;

	put(draft, "%s", before);
	at = draft->into->bytes;
	put(draft, "%0*d%s", (int)bytes, 0, after);
	return at;
}

static void put_merchant(struct draft *draft)
{
	unsigned shop = draw(draft, 8);
	bool overseas = draw(draft, 16) == 0;
	unsigned land = draw(draft, 5);

	put(draft,
	    ",\"merchant\":\"%s\",\"mcc\":\"%s\",\"country\":\"%s\",\"currency\":\"%s\","
	    "\"overseas\":%s",
	    shops[shop], shop_codes[shop], overseas ? abroad[land] : "KR",
	    overseas ? currencies[land] : "KRW", overseas ? "true" : "false");
}

static void put_talk(struct draft *draft)
{
	unsigned sentences = 5 + draw(draft, 10);
	unsigned watched = draw(draft, 5); /* two in five hold none of the words */

	put(draft, ",\"text\":\"");
	for (unsigned i = 0; i < sentences; i++)
		put(draft, "%s", i == 1 && watched < 3 ? talk[watched] : talk[3 + draw(draft, 5)]);
	put(draft, "\"");
}

static void put_parts(struct draft *draft, const struct kind *kind, unsigned channel)
{
	if (kind->parts & ACCOUNT)
		put(draft, ",\"account\":\"110-%03u-%06u\"", draw(draft, 1000),
		    draw(draft, 1000000));
	if (kind->parts & PRODUCT)
		put(draft, ",\"product\":\"%c%04u\"", strncmp(kind->type, "loan", 4) ? 'D' : 'L',
		    100 + draw(draft, 40));
	if (kind->parts & AMOUNT) {
		uint64_t span = kind->amount_max - kind->amount_min;
		/* the product of two draws: small amounts are common, large ones are not rare */
		uint64_t amount = kind->amount_min +
				  span * draw(draft, 1000) / 1000 * draw(draft, 1000) / 1000;

		put(draft, ",\"amount\":%lu", amount / 100 * 100);
		if (!(kind->parts & MERCHANT))
			put(draft, ",\"currency\":\"KRW\"");
	}
	if (kind->parts & MERCHANT)
		put_merchant(draft);
	if (kind->parts & PAGE)
		put(draft, ",\"page\":\"%s\"", kind->pages[draw(draft, 3)]);
	if (kind->parts & DEVICE && strcmp(kind->channels[channel], "branch"))
		put(draft, ",\"device\":{\"os\":\"%s\",\"ver\":\"%u\",\"model\":\"M-%04u\"}",
		    draw(draft, 3) ? "android" : "ios", 12 + draw(draft, 6), draw(draft, 10000));
	if (kind->parts & BRANCH)
		put(draft, ",\"branch\":\"B%04u\"", draw(draft, 900));
	if (kind->parts & RATE)
		put(draft, ",\"rate\":%u.%02u", 2 + draw(draft, 5), draw(draft, 100));
	if (kind->parts & TAGS)
		put(draft, ",\"tags\":[\"%s\",\"seg-%02u\"]", draw(draft, 3) ? "retail" : "premier",
		    draw(draft, 40));
	if (kind->parts & TALK)
		put_talk(draft);
}

static void draft_event(struct draft *draft, const struct kind *kind)
{
	struct sl_template *into = draft->into;
	unsigned channel = draw(draft, 3);

	into->bytes = 0;
	into->id_at = put_place(draft, "{\"id\":\"", SL_EVENTS_ID_BYTES, "\"");
	into->time_at = put_place(draft, ",\"time\":\"", SL_EVENTS_TIME_BYTES, "\"");
	put(draft, ",\"channel\":\"%s\",\"type\":\"%s\"", kind->channels[channel], kind->type);
	into->key_at = put_place(draft, ",\"customer\":\"", SL_EVENTS_KEY_BYTES, "\"");
	put_parts(draft, kind, channel);
	/* what a schema does not name but every real source sends along */
	put(draft,
	    ",\"trace\":\"%016lx%016lx\",\"source\":{\"app\":\"bank-front\",\"ver\":\"5.%u.%u\"}}",
	    sl_events_mix(draft->seed, ~0ul), sl_events_mix(draft->seed, ~1ul), draw(draft, 20),
	    draw(draft, 10));
}

/* Breaks a sound text, each way in turn. */
static void break_event(struct sl_template *text, unsigned way)
{
	switch (way % 5) {
	case 0: /* cut off */
		text->bytes = (uint16_t)(text->bytes - 20);
		break;
	case 1: /* no customer: the key's name is another one */
		memcpy(strstr(text->text, "\"customer\""), "\"kustomer\"", 10);
		break;
	case 2: /* a byte that is not UTF-8 */
		text->text[text->bytes - 5] = (char)0xff;
		break;
	case 3: /* a time that is none: its zeros stay */
		text->time_at = SL_TEMPLATE_ABSENT;
		break;
	default: /* not an object */
		text->bytes = (uint16_t)snprintf(text->text, sizeof(text->text),
						 "[\"heartbeat\",%u]", way);
		text->id_at = text->time_at = text->key_at = SL_TEMPLATE_ABSENT;
		break;
	}
}

static const struct kind *kind_at(unsigned permille)
{
	const struct kind *kind = kinds;

	while (permille >= kind->weight)
		permille -= kind++->weight;
	return kind;
}

int sl_events_new(const struct sl_events_options *options, struct sl_events **ret_events)
{
	struct sl_events *events;
	char prefix[sizeof(events->id_prefix) + 1];

	if (options->customers == 0 || options->customers > 100000000 ||
	    !(options->duplicates >= 0 && options->malformed >= 0 &&
	      options->duplicates + options->malformed <= 1))
		return -EINVAL;
	events = calloc(1, sizeof(*events));
	if (!events)
		return -ENOMEM;
	events->options = *options;
	events->malformed_below = (uint64_t)(options->malformed * 0x1p32);
	events->duplicates_below = (uint64_t)(options->duplicates * 0x1p32);
	snprintf(prefix, sizeof(prefix), "E%08x-",
		 (unsigned)(sl_events_mix(options->seed, 0) >> 32));
	memcpy(events->id_prefix, prefix, sizeof(events->id_prefix));
	for (unsigned i = 0; i < SL_TEMPLATES + SL_TEMPLATES_BROKEN; i++) {
		bool broken = i >= SL_TEMPLATES;
		struct draft draft = {
			.into = broken ? &events->broken[i - SL_TEMPLATES] : &events->good[i],
			.seed = sl_events_mix(options->seed, i),
		};

		draft_event(&draft, kind_at(broken ? draw(&draft, 1000) : i * 1000 / SL_TEMPLATES));
		if (broken)
			break_event(draft.into, i);
	}
	*ret_events = events;
	return 0;
}

void sl_events_free(struct sl_events *events)
{
	free(events);
}
