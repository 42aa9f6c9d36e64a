#include "tests/oracle/draw_history.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define NS_PER_MS 1000000ll
#define NS_PER_S 1000000000ll
#define CLOCKS 6u /* a second apart, from SL_DRAW_CLOCK_NS on */

const char *const sl_drawn_names[SL_DRAWN_KINDS] = {
	[SL_DRAWN_SEQUENCE] = "sequence",
	[SL_DRAWN_ANY] = "any",
	[SL_DRAWN_ALL] = "all",
	[SL_DRAWN_BY] = "by",
	[SL_DRAWN_BY_INT] = "by-int",
	[SL_DRAWN_FOR_CUSTOMER] = "for",
	[SL_DRAWN_STRICT] = "strict",
	[SL_DRAWN_NOT_BEFORE] = "not-before",
	[SL_DRAWN_NOT_BETWEEN] = "not-between",
	[SL_DRAWN_NOT_BEHIND] = "not-behind",
	[SL_DRAWN_TIMES] = "times",
	[SL_DRAWN_TIMES_OR_MORE] = "or-more",
	[SL_DRAWN_UNTIL] = "until",
	[SL_DRAWN_LINK] = "link",
	[SL_DRAWN_SLIDING] = "sliding",
	[SL_DRAWN_TUMBLING] = "tumbling",
	[SL_DRAWN_CALENDAR] = "calendar",
	[SL_DRAWN_SESSION] = "session",
	[SL_DRAWN_AT_END] = "at-end",
	[SL_DRAWN_COUNT] = "count",
	[SL_DRAWN_SUM] = "sum",
	[SL_DRAWN_MIN] = "min",
	[SL_DRAWN_MAX] = "max",
	[SL_DRAWN_AVG] = "avg",
	[SL_DRAWN_DISTINCT] = "distinct",
	[SL_DRAWN_GATHERED] = "gathered",
	[SL_DRAWN_RESTART] = "restart",
	[SL_DRAWN_SKIP_PAST] = "skip_past_last",
	[SL_DRAWN_OVERLAP] = "overlap",
	[SL_DRAWN_PLAIN] = "plain",
	[SL_DRAWN_LIMIT] = "limit",
	[SL_DRAWN_OVER] = "over",
	[SL_DRAWN_PRIORITY] = "priority",
	[SL_DRAWN_EXCLUSIVE] = "exclusive",
	[SL_DRAWN_VALID] = "valid",
};

const char sl_draw_history_schema[] = "schema: oracle\n"
				      "fields:\n"
				      "  id: {type: string, role: id, required: true}\n"
				      "  time: {type: time, role: time, required: true}\n"
				      "  customer: {type: string, role: key, required: true}\n"
				      "  type: {type: string, role: type, required: true}\n"
				      "  device: string\n"
				      "  amount: int\n"
				      "  rate: decimal\n"
				      "  tag: string\n"
				      "  branch: int\n";

struct pen {
	struct sl_choices *choices;
	struct sl_draw_campaign *campaign;
	size_t bytes;
	char steps[16][8]; /* names of steps that may be asked for */
	unsigned n_steps;
	unsigned n_names;
	char window[8]; /* name of the step that is one; "": there is none */
	bool whole;     /* the sequence has a within */
	bool has_window;
	bool has_not;
	bool has_at_end;
};

static void say(struct pen *pen, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void say(struct pen *pen, const char *format, ...)
{
	va_list args;
	int n;

	va_start(args, format);
	n = vsnprintf(pen->campaign->text + pen->bytes, SL_DRAW_HISTORY_BYTES - pen->bytes, format,
		      args);
	va_end(args);
	pen->bytes += (size_t)n;
	if (pen->bytes >= SL_DRAW_HISTORY_BYTES)
		pen->bytes = SL_DRAW_HISTORY_BYTES - 1;
}

static void drawn(struct pen *pen, enum sl_drawn kind)
{
	pen->campaign->is_drawn[kind] = true;
}

static const char *duration(struct pen *pen)
{
	static const char *const list[] = {"5s",  "1s", "10s", "30s", "500ms", "1m",
					   "30s", "2s", "1m",  "20s", "1h"};

	return list[sl_choose(pen->choices, sizeof(list) / sizeof(list[0]))];
}

/* Of the event alone. */
static void condition(struct pen *pen)
{
	char type = (char)('a' + sl_choose(pen->choices, 4));

	switch (sl_choose(pen->choices, 10)) {
	case 6:
		say(pen, "type != \"%c\"", type);
		break;
	case 7:
		say(pen, "amount >= 0 || type == \"%c\"", type);
		break;
	case 1:
		say(pen, "type in [\"%c\", \"d\"]", type);
		break;
	case 2:
		say(pen, "type == \"%c\" && amount > %u", type, sl_choose(pen->choices, 4));
		break;
	case 3:
		say(pen, "type == \"%c\" || tag == \"t%u\"", type, sl_choose(pen->choices, 3));
		break;
	case 4:
		say(pen, "tag == \"t%u\" && has(amount)", sl_choose(pen->choices, 3));
		break;
	case 5:
		say(pen, "amount < %u", sl_choose(pen->choices, 4));
		break;
	default:
		say(pen, "type == \"%c\"", type);
	}
}

/* What refers to an earlier step, where there is one. */
static void link(struct pen *pen)
{
	static const char *const fields[] = {"tag", "amount", "device", "rate", "type"};
	static const char *const signs[] = {"==", "!=", "==", "<=", "=="};
	unsigned i;

	if (pen->n_steps == 0 || !sl_choose_rarely(pen->choices, 3))
		return;
	i = sl_choose(pen->choices, 5);
	drawn(pen, SL_DRAWN_LINK);
	say(pen, " && %s %s %s.%s", fields[i], signs[i],
	    pen->steps[sl_choose(pen->choices, pen->n_steps)], fields[i]);
}

static void name(struct pen *pen, bool lasts)
{
	char text[8];

	snprintf(text, sizeof(text), "s%u", pen->n_names++);
	if (lasts && pen->n_steps < 16)
		strcpy(pen->steps[pen->n_steps++], text);
	say(pen, "%s: ", text);
}

static void within(struct pen *pen, bool needed)
{
	if (needed || sl_choose_rarely(pen->choices, 2))
		say(pen, "\n%s  within: %s", "    ", duration(pen));
}

/* ---- windows ------------------------------------------------------------------------------- */

/* Whether it needs events or values to be kept, whatever the window. */
static bool aggregate(struct pen *pen)
{
	static const char *const fields[] = {"amount", "rate"};
	const char *field = fields[sl_choose(pen->choices, 2)];
	unsigned n = 1 + sl_choose(pen->choices, 5);
	bool keeps = false;

	switch (sl_choose(pen->choices, 6)) {
	case 1:
		drawn(pen, SL_DRAWN_SUM);
		say(pen, "sum(%s)", field);
		break;
	case 2:
		drawn(pen, SL_DRAWN_MIN);
		say(pen, "min(%s)", field);
		break;
	case 3:
		drawn(pen, SL_DRAWN_MAX);
		say(pen, "max(%s)", field);
		break;
	case 4:
		drawn(pen, SL_DRAWN_AVG);
		field = "rate";
		say(pen, "avg(%s)", field);
		break;
	case 5:
		drawn(pen, SL_DRAWN_DISTINCT);
		keeps = true;
		field = "amount";
		say(pen, "distinct(%s)", sl_choose(pen->choices, 2) ? "tag" : "device");
		break;
	default:
		drawn(pen, SL_DRAWN_COUNT);
		field = "amount";
		say(pen, "count()");
	}
	say(pen, " %s %u%s", sl_choose_rarely(pen->choices, 4) ? "<" : ">=", n,
	    strcmp(field, "rate") == 0 ? ".5" : "");
	return keeps;
}

static void having(struct pen *pen, bool sliding)
{
	unsigned n = 2 + sl_choose(pen->choices, 2);
	bool keeps = sliding;

	switch (sl_choose(pen->choices, 4)) {
	case 0:
		drawn(pen, SL_DRAWN_COUNT);
		say(pen, "\n      count: %u", n);
		return;
	case 1:
		drawn(pen, SL_DRAWN_DISTINCT);
		say(pen, "\n      having: distinct(tag) >= %u", n);
		if (!sliding)
			say(pen, "\n      keep: %u", n + sl_choose(pen->choices, 3));
		return;
	default:
		say(pen, "\n      having: ");
		keeps |= aggregate(pen);
		if (sl_choose(pen->choices, 2)) {
			say(pen, sl_choose(pen->choices, 2) ? " || " : " && ");
			keeps |= aggregate(pen);
		}
		if (keeps)
			say(pen, "\n      keep: %u", 5 + sl_choose(pen->choices, 3));
	}
}

static void window(struct pen *pen, bool last)
{
	static const char *const units[] = {"hour", "day", "week", "month"};
	static const char *const zones[] = {"Asia/Seoul", "Europe/Berlin", "UTC"};
	unsigned kind = sl_choose(pen->choices, 4);

	say(pen, "    - ");
	snprintf(pen->window, sizeof(pen->window), "s%u", pen->n_names);
	name(pen, true);
	condition(pen);
	pen->has_window = true;
	if (kind == 0) {
		drawn(pen, SL_DRAWN_SLIDING);
		say(pen, "\n      window: %s", duration(pen));
	} else if (kind == 1) {
		drawn(pen, SL_DRAWN_TUMBLING);
		say(pen, "\n      window: {tumbling: %s}", duration(pen));
	} else if (kind == 2) {
		drawn(pen, SL_DRAWN_SESSION);
		say(pen, "\n      window: {session: %s}", duration(pen));
	} else {
		drawn(pen, SL_DRAWN_CALENDAR);
		say(pen, "\n      window: {calendar: %s, zone: %s}",
		    units[sl_choose(pen->choices, 4)], zones[sl_choose(pen->choices, 3)]);
	}
	having(pen, kind == 0);
	if (kind && last && sl_choose_rarely(pen->choices, 2)) {
		drawn(pen, SL_DRAWN_AT_END);
		pen->has_at_end = true;
		say(pen, "\n      fire: at_end");
	}
	say(pen, "\n");
}

/* ---- steps --------------------------------------------------------------------------------- */

static void times(struct pen *pen, bool last)
{
	unsigned from = 2 + sl_choose(pen->choices, 2);

	switch (sl_choose(pen->choices, last ? 3 : 4) + 1) {
	case 1:
		drawn(pen, SL_DRAWN_TIMES);
		say(pen, "\n      times: %u", from);
		break;
	case 2:
		drawn(pen, SL_DRAWN_TIMES_OR_MORE);
		say(pen, "\n      times: {from: %u}", from);
		break;
	case 3:
		drawn(pen, SL_DRAWN_UNTIL);
		say(pen, "\n      times: {from: %u}\n      until: ", from);
		condition(pen);
		break;
	case 4:
		drawn(pen, SL_DRAWN_TIMES);
		say(pen, "\n      times: {from: %u, to: %u}", from,
		    from + sl_choose(pen->choices, 3));
		break;
	default:
		break;
	}
}

static void step(struct pen *pen, bool first, bool last)
{
	bool repeats;

	say(pen, "    - ");
	name(pen, false);
	condition(pen);
	if (!first)
		link(pen);
	repeats = sl_choose_rarely(pen->choices, 3);
	if (repeats)
		times(pen, last);
	if (repeats || !first)
		within(pen, !pen->whole);
	say(pen, "\n");
	snprintf(pen->steps[pen->n_steps++], sizeof(pen->steps[0]), "s%u", pen->n_names - 1);
}

static void not(struct pen * pen, enum sl_drawn where)
{
	drawn(pen, where);
	pen->has_not |= where != SL_DRAWN_NOT_BETWEEN;
	say(pen, "    - not: ");
	condition(pen);
	if (where != SL_DRAWN_NOT_BEFORE)
		link(pen);
	if (where != SL_DRAWN_NOT_BETWEEN)
		within(pen, where == SL_DRAWN_NOT_BEFORE || !pen->whole);
	say(pen, "\n");
}

static void sequence(struct pen *pen)
{
	unsigned n = 1 + sl_choose(pen->choices, 3);
	bool behind = sl_choose_rarely(pen->choices, 3), before = false;
	bool windowed = sl_choose_rarely(pen->choices, 3);

	pen->n_steps = 0;
	if (windowed && sl_choose(pen->choices, 3)) {
		n = 1;
		behind = false;
	}
	if (windowed) {
		window(pen, n == 1 && !behind);
	} else {
		before = sl_choose_rarely(pen->choices, 6);
		if (before)
			not(pen, SL_DRAWN_NOT_BEFORE);
		step(pen, true, n == 1 && !behind);
	}
	for (unsigned i = 1; i < n; i++) {
		if (sl_choose_rarely(pen->choices, 5))
			not(pen, SL_DRAWN_NOT_BETWEEN);
		step(pen, false, i + 1 == n && !behind);
	}
	if (behind && !(windowed && pen->has_at_end))
		not(pen, SL_DRAWN_NOT_BEHIND);
}

static void data(struct pen *pen, unsigned n_sequences)
{
	static const char *const fields[] = {"tag", "amount", "rate", "customer"};
	static const char *const gathered[] = {"sum(amount)", "max(rate)", "min(amount)",
					       "avg(rate)"};

	say(pen, "send: {channel: push, template: T, data: {fixed: 7");
	if (!pen->has_not && !pen->has_at_end)
		say(pen, ", own: amount");
	for (unsigned i = 0; i < pen->n_steps && n_sequences == 1; i++)
		if (sl_choose_rarely(pen->choices, 2))
			say(pen, ", d%u: %s.%s", i, pen->steps[i],
			    fields[sl_choose(pen->choices, 4)]);
	if (pen->window[0] && n_sequences == 1) {
		drawn(pen, SL_DRAWN_GATHERED);
		say(pen, ", n: %s.count", pen->window);
		if (sl_choose(pen->choices, 2))
			say(pen, ", won: %s.%s", pen->window, gathered[sl_choose(pen->choices, 4)]);
	}
	say(pen, "}}\n");
}

/* What is decided of other keys' matches is decided in the order in which they come: where clocks
 * make them, or keys share a limit, that order is nobody's. */
static void decisions(struct pen *pen, bool mailed)
{
	static const char *const groups[] = {"g", "h"};
	bool ordered = !mailed || (!pen->has_not && !pen->has_at_end);

	if (ordered && sl_choose_rarely(pen->choices, 3)) {
		drawn(pen, SL_DRAWN_LIMIT);
		if (sl_choose_rarely(pen->choices, 3)) {
			drawn(pen, SL_DRAWN_OVER);
			say(pen, "limit: {per_customer: 2, per: 20s, over: %s}\n",
			    mailed ? "mailed" : "own");
		} else {
			say(pen, "limit: {per_customer: %u, per: %s}\n",
			    1 + sl_choose(pen->choices, 3), duration(pen));
		}
	}
	if (sl_choose_rarely(pen->choices, 4)) {
		unsigned from = sl_choose(pen->choices, CLOCKS - 1);

		drawn(pen, SL_DRAWN_VALID);
		say(pen, "valid: {from: 2027-01-15T08:00:%02uZ, until: 2027-01-15T08:00:%02uZ}\n",
		    from, from + 1 + sl_choose(pen->choices, CLOCKS - 1 - from));
	}
	if (sl_choose_rarely(pen->choices, 2)) {
		drawn(pen, SL_DRAWN_PRIORITY);
		say(pen, "priority: %d\n", (int)sl_choose(pen->choices, 4) - 1);
	}
	if (sl_choose_rarely(pen->choices, 2)) {
		drawn(pen, SL_DRAWN_EXCLUSIVE);
		say(pen, "exclusive: %s\n", groups[sl_choose_rarely(pen->choices, 4)]);
	}
}

static void policies(struct pen *pen, const struct sl_draw_wish *wish, bool strict_fits)
{
	static const char *const after[] = {"restart", "skip_past_last", "overlap"};
	unsigned i = sl_choose(pen->choices, 3);
	bool mailed = false;

	drawn(pen, (enum sl_drawn)(SL_DRAWN_RESTART + i));
	if (i || sl_choose(pen->choices, 2))
		say(pen, "after_match: %s\n", after[i]);
	if (sl_choose_rarely(pen->choices, 3))
		say(pen, "runs: %u\n", 1 + sl_choose(pen->choices, 3));
	if (strict_fits && sl_choose_rarely(pen->choices, 4)) {
		drawn(pen, SL_DRAWN_STRICT);
		say(pen, "neighbours: strict\namong: ");
		condition(pen);
		say(pen, "\n");
	}
	if (sl_choose_rarely(pen->choices, 4)) {
		bool by_int = sl_choose_rarely(pen->choices, 3);

		drawn(pen, by_int ? SL_DRAWN_BY_INT : SL_DRAWN_BY);
		say(pen, "by: %s\n", by_int ? "branch" : "device");
		if (sl_choose(pen->choices, 2)) {
			drawn(pen, SL_DRAWN_FOR_CUSTOMER);
			mailed = true;
			say(pen, "for: customer\n");
		}
	}
	if (wish->decided)
		decisions(pen, mailed);
}

/* It remembers nothing, and is decided with those that do. */
static void plain(struct pen *pen)
{
	drawn(pen, SL_DRAWN_PLAIN);
	say(pen, "owner: o\nkind: service\nmatch: ");
	condition(pen);
	say(pen, "\n");
	decisions(pen, false);
	say(pen, "send: {channel: push, template: T, data: {fixed: 7, own: amount}}\n");
}

void sl_draw_campaign(struct sl_choices *choices, const struct sl_draw_wish *wish,
		      struct sl_draw_campaign *ret_campaign)
{
	struct pen pen = {.choices = choices, .campaign = ret_campaign};
	unsigned n = 1, join = sl_choose_rarely(choices, 4) ? 1 + sl_choose(choices, 2) : 0;

	memset(ret_campaign, 0, sizeof(*ret_campaign));
	if (wish->decided && sl_choose_rarely(choices, 4)) {
		plain(&pen);
		return;
	}
	drawn(&pen, (enum sl_drawn)(SL_DRAWN_SEQUENCE + join));
	pen.whole = sl_choose_rarely(choices, 2);
	say(&pen, "owner: o\nkind: service\nmatch:\n");
	if (join) {
		n = 2 + sl_choose(choices, 2);
		say(&pen, "  %s:\n", join == 1 ? "any" : "all");
	}
	for (unsigned i = 0; i < n; i++) {
		if (join)
			say(&pen, "  -\n");
		sequence(&pen);
	}
	if (join == 2)
		say(&pen, "  within: %s\n", duration(&pen));
	if (pen.whole)
		say(&pen, "within: %s\n", duration(&pen));
	policies(&pen, wish, !pen.has_not);
	data(&pen, n);
}

/* ---- streams ------------------------------------------------------------------------------- */

static void draw_event(struct sl_choices *choices, struct sl_draw_arrival *arrival)
{
	arrival->kind = SL_ARRIVAL_EVENT;
	arrival->type[0] = (char)('a' + sl_choose(choices, 4));
	snprintf(arrival->customer, sizeof(arrival->customer), "C%u", sl_choose(choices, 2));
	arrival->has_device = !sl_choose_rarely(choices, 6);
	if (arrival->has_device && !sl_choose_rarely(choices, 10))
		snprintf(arrival->device, sizeof(arrival->device), "D%u", sl_choose(choices, 2));
	arrival->has_branch = !sl_choose_rarely(choices, 6);
	arrival->branch = (int64_t)sl_choose(choices, 3) - 1;
	if (sl_choose_rarely(choices, 10))
		arrival->branch = INT64_MIN;
	if (!sl_choose_rarely(choices, 5))
		snprintf(arrival->tag, sizeof(arrival->tag), "t%u", sl_choose(choices, 3));
	arrival->has_amount = !sl_choose_rarely(choices, 5);
	arrival->amount = sl_choose(choices, 6);
	if (sl_choose_rarely(choices, 40))
		arrival->amount = sl_choose(choices, 2) ? INT64_MAX : INT64_MIN;
	arrival->has_rate = sl_choose_rarely(choices, 2);
	arrival->rate = (double)sl_choose(choices, 50) / 10;
}

/* An event that was there, maybe on another device. */
static bool draw_again(struct sl_choices *choices, struct sl_draw_arrival *arrivals, uint32_t i)
{
	struct sl_draw_arrival *arrival = &arrivals[i];
	uint32_t back;

	if (i == 0 || !sl_choose_rarely(choices, 8))
		return false;
	back = 1 + sl_choose(choices, i < 6 ? i : 6);
	if (arrivals[i - back].kind != SL_ARRIVAL_EVENT || arrivals[i - back].again)
		return false;
	*arrival = arrivals[i - back];
	arrival->again = back;
	if (arrival->has_device && sl_choose_rarely(choices, 3))
		snprintf(arrival->device, sizeof(arrival->device), "D%u", sl_choose(choices, 2));
	return true;
}

void sl_draw_arrivals(struct sl_choices *choices, const struct sl_draw_wish *wish,
		      int64_t lateness_ns, uint32_t n, struct sl_draw_arrival *ret_arrivals)
{
	static const int64_t steps_ns[] = {NS_PER_S,     0,        2 * NS_PER_S,  500 * NS_PER_MS,
					   5 * NS_PER_S, NS_PER_S, 60 * NS_PER_S, 3600 * NS_PER_S};
	/* before midnight in Seoul, and before a clock in Berlin is put forward */
	static const int64_t begins_s[] = {1795273190, 1774745990, 1792889990};
	int64_t time_ns = begins_s[sl_choose(choices, 3)] * NS_PER_S, tick_ns = INT64_MIN;
	unsigned clocks = 0;

	for (uint32_t i = 0; i < n; i++) {
		struct sl_draw_arrival *arrival = &ret_arrivals[i];

		memset(arrival, 0, sizeof(*arrival));
		if (sl_choose_rarely(choices, 4)) {
			int64_t to_ns = time_ns - lateness_ns;

			arrival->kind = SL_ARRIVAL_TICK;
			tick_ns = to_ns > tick_ns ? to_ns : tick_ns;
			arrival->time_ns = tick_ns;
			continue;
		}
		if (wish->decided && clocks < CLOCKS && sl_choose_rarely(choices, 10)) {
			arrival->kind = SL_ARRIVAL_CLOCK;
			arrival->time_ns = SL_DRAW_CLOCK_NS + clocks++ * NS_PER_S;
			continue;
		}
		if (sl_choose_rarely(choices, 30)) {
			arrival->kind = wish->reloaded && sl_choose(choices, 2)
						? SL_ARRIVAL_RELOAD
						: SL_ARRIVAL_RESTART;
			continue;
		}
		if (wish->decided && draw_again(choices, ret_arrivals, i))
			continue;
		time_ns += steps_ns[sl_choose(choices, sl_choose_rarely(choices, 12) ? 8 : 6)];
		draw_event(choices, arrival);
		arrival->time_ns = time_ns;
		if (sl_choose_rarely(choices, 4))
			arrival->time_ns -= (int64_t)sl_choose(choices, 8) * NS_PER_S;
	}
}
