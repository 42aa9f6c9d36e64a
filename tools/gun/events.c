#include "tools/gun/events_priv.h"

#include <string.h>
#include <time.h>

#define KST_SECONDS (9 * 3600)
#define REPEAT_WITHIN 1000u /* a duplicate repeats one of this many events before it */

enum { FATE_GOOD, FATE_DUPLICATE, FATE_BROKEN };

/* splitmix64's finaliser: well mixed, and a pure function of its argument. */
uint64_t sl_events_mix(uint64_t seed, uint64_t number)
{
	uint64_t z = seed * 0xd1342543de82ef95u + (number + 1) * 0x9e3779b97f4a7c15u;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
	return z ^ (z >> 31);
}

static int fate_of(const struct sl_events *events, uint64_t number)
{
	uint64_t draw = sl_events_mix(~events->options.seed, number) >> 32;

	if (draw < events->malformed_below)
		return FATE_BROKEN;
	if (draw < events->malformed_below + events->duplicates_below)
		return FATE_DUPLICATE;
	return FATE_GOOD;
}

/* The good event before `number` that a duplicate repeats; `number` itself where there is none. */
static uint64_t repeated_by(const struct sl_events *events, uint64_t number, uint64_t draw)
{
	uint64_t reach = number < REPEAT_WITHIN ? number : REPEAT_WITHIN;
	uint64_t earlier = reach ? number - 1 - draw % reach : 0;

	for (unsigned step = 0; reach && step < REPEAT_WITHIN; step++, earlier--) {
		if (fate_of(events, earlier) == FATE_GOOD)
			return earlier;
		if (earlier == 0)
			break;
	}
	return number;
}

/* An eighth of the events comes from a sixty-fourth of the customers: some are busier. */
static uint32_t customer_of(const struct sl_events *events, uint64_t draw)
{
	uint32_t customers = events->options.customers;
	uint32_t among = (draw & 7) == 0 && customers >= 64 ? customers / 64 : customers;

	return (uint32_t)(((draw >> 32) * among) >> 32);
}

void sl_events_plan(const struct sl_events *events, uint64_t number, struct sl_event_plan *ret_plan)
{
	uint64_t draw = sl_events_mix(events->options.seed, number);
	const struct sl_template *text;

	switch (fate_of(events, number)) {
	case FATE_BROKEN:
		text = &events->broken[(draw >> 8) & (SL_TEMPLATES_BROKEN - 1)];
		break;
	case FATE_DUPLICATE:
		number = repeated_by(events, number, draw >> 20);
		draw = sl_events_mix(events->options.seed, number);
		/* fallthrough */
	default:
		text = &events->good[(draw >> 8) & (SL_TEMPLATES - 1)];
		break;
	}
	ret_plan->number = number;
	ret_plan->text = text;
	ret_plan->bytes = text->bytes;
	ret_plan->customer = customer_of(events, draw);
}

static void put_digits(char *at, unsigned digits, uint64_t value)
{
	while (digits--) {
		at[digits] = (char)('0' + value % 10);
		value /= 10;
	}
}

void sl_events_id(const struct sl_events *events, uint64_t number, char ret_id[SL_EVENTS_ID_BYTES])
{
	memcpy(ret_id, events->id_prefix, sizeof(events->id_prefix));
	put_digits(ret_id + sizeof(events->id_prefix),
		   SL_EVENTS_ID_BYTES - (unsigned)sizeof(events->id_prefix), number);
}

void sl_events_render(const struct sl_events *events, const struct sl_event_plan *plan,
		      const struct sl_event_time *time, char *ret_text)
{
	const struct sl_template *text = plan->text;

	memcpy(ret_text, text->text, text->bytes);
	if (text->id_at != SL_TEMPLATE_ABSENT)
		sl_events_id(events, plan->number, ret_text + text->id_at);
	if (text->time_at != SL_TEMPLATE_ABSENT)
		memcpy(ret_text + text->time_at, time->text, SL_EVENTS_TIME_BYTES);
	if (text->key_at != SL_TEMPLATE_ABSENT) {
		ret_text[text->key_at] = 'C';
		put_digits(ret_text + text->key_at + 1, SL_EVENTS_KEY_BYTES - 1, plan->customer);
	}
}

void sl_events_time(int64_t wall_ns, struct sl_event_time *ret_time)
{
	int64_t ms = wall_ns / 1000000;
	time_t second = (time_t)(ms / 1000) + KST_SECONDS;
	struct tm tm;
	char *at = ret_time->text;

	gmtime_r(&second, &tm);
	memcpy(at, "0000-00-00T00:00:00.000+09:00", SL_EVENTS_TIME_BYTES);
	put_digits(at, 4, (uint64_t)tm.tm_year + 1900);
	put_digits(at + 5, 2, (uint64_t)tm.tm_mon + 1);
	put_digits(at + 8, 2, (uint64_t)tm.tm_mday);
	put_digits(at + 11, 2, (uint64_t)tm.tm_hour);
	put_digits(at + 14, 2, (uint64_t)tm.tm_min);
	put_digits(at + 17, 2, (uint64_t)tm.tm_sec);
	put_digits(at + 20, 3, (uint64_t)(ms % 1000));
}
