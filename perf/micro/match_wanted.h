/* What each made-up campaign asks for: its condition, how an event is made to fulfil it, and the
 * one question about a text that it would be filed under if pattern matching were all there is.
 *
 * A campaign is a function of the case and its number: nothing is kept. */
#ifndef SL_PERF_MATCH_WANTED_H
#define SL_PERF_MATCH_WANTED_H

#include "match_cases.h"

#include <stdbool.h>
#include <stdio.h>

#define SL_PERF_TYPES 200u
#define SL_PERF_POPULAR 5u
#define SL_PERF_TWENTY_PRODUCTS 20u

enum sl_perf_shape {
	SL_PERF_TWO_EQUAL,
	SL_PERF_THREE_EQUAL,
	SL_PERF_ONE_OF,
	SL_PERF_ACCOUNT_RANGE,
	SL_PERF_TYPE_AMOUNT, /* between two amounts */
	SL_PERF_TYPE_RATE,
	SL_PERF_SHOP_CONTAINS,
	SL_PERF_PAGE_CONTAINS,
	SL_PERF_PAGE_PREFIX,
	SL_PERF_PAGE_SUFFIX,
	SL_PERF_PAGE_REGEX,
	SL_PERF_SHOP_REGEX,
	SL_PERF_EITHER,
	SL_PERF_NEITHER,
	SL_PERF_WITH_CHANNEL, /* and its pair: all the channels but that */
	SL_PERF_BUT_CHANNEL,
	SL_PERF_TYPE_ABOVE, /* above an amount: a high one fulfils many */
	SL_PERF_ONE_EQUALITY,
	SL_PERF_TWENTY,
	SL_PERF_TERRIBLE,
};

struct sl_perf_wanted {
	enum sl_perf_shape shape;
	uint32_t type;
	uint32_t channel;
	uint32_t value;  /* of an equality: about four campaigns share one */
	uint32_t number; /* of the campaign: texts and intervals of its own */
	uint32_t amount;
};

/* The fields of an event that campaigns ask about. */
struct sl_perf_draft {
	uint32_t type, channel, product, account, branch, amount;
	double rate;
	char shop[64];
	char page[64];
	bool is_planted; /* customer and minute are these, not drawn */
	uint32_t customer, minute;
};

struct sl_perf_wanted sl_perf_wanted_of(const struct sl_perf_case *what, uint32_t campaign);
void sl_perf_put_type(uint32_t type, char *at, size_t room);
const char *sl_perf_channel(uint32_t channel);
void sl_perf_put_condition(const struct sl_perf_wanted *wanted, FILE *file);
/* Of the twenty products of a campaign the i-th. */
uint32_t sl_perf_product_of(const struct sl_perf_wanted *wanted, uint32_t i);
void sl_perf_fulfil(const struct sl_perf_wanted *wanted, struct sl_perf_draft *draft);

/* ---- campaigns that remember, match_patterns.c ----------------------------------------------- */

bool sl_perf_remembers(const struct sl_perf_case *what, uint32_t campaign);
/* What stands behind `match:`, for its condition begin at the line's end or in a step. */
void sl_perf_put_pattern(const struct sl_perf_wanted *wanted, FILE *file);

/* Events that fulfil them come in pairs, of one customer each. */
struct sl_perf_pair {
	bool is_begun;
	uint32_t campaign, customer;
};
void sl_perf_draft_pair(uint64_t *state, const struct sl_perf_case *what, struct sl_perf_pair *pair,
			struct sl_perf_draft *draft);

/* splitmix64 */
uint64_t sl_perf_draw(uint64_t *state);
uint32_t sl_perf_below(uint64_t *state, uint32_t n);

#endif
