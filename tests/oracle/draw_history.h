/* Random campaigns that remember, as an author writes them, and the streams of events that they
 * are tried on: few values, close times, so that much happens. For the oracle of histories. */
#ifndef SL_TESTS_ORACLE_DRAW_HISTORY_H
#define SL_TESTS_ORACLE_DRAW_HISTORY_H

#include "tests/oracle/choices.h"

#define SL_DRAW_HISTORY_CAMPAIGNS 6u
#define SL_DRAW_HISTORY_BYTES 4096u
#define SL_DRAW_ARRIVALS 48u

/* What occurred, for the coverage that is asked for. */
enum sl_drawn {
	SL_DRAWN_SEQUENCE,
	SL_DRAWN_ANY,
	SL_DRAWN_ALL,
	SL_DRAWN_BY,
	SL_DRAWN_BY_INT,
	SL_DRAWN_FOR_CUSTOMER,
	SL_DRAWN_STRICT,
	SL_DRAWN_NOT_BEFORE,
	SL_DRAWN_NOT_BETWEEN,
	SL_DRAWN_NOT_BEHIND,
	SL_DRAWN_TIMES,
	SL_DRAWN_TIMES_OR_MORE,
	SL_DRAWN_UNTIL,
	SL_DRAWN_LINK,
	SL_DRAWN_SLIDING,
	SL_DRAWN_TUMBLING,
	SL_DRAWN_CALENDAR,
	SL_DRAWN_SESSION,
	SL_DRAWN_AT_END,
	SL_DRAWN_COUNT,
	SL_DRAWN_SUM,
	SL_DRAWN_MIN,
	SL_DRAWN_MAX,
	SL_DRAWN_AVG,
	SL_DRAWN_DISTINCT,
	SL_DRAWN_GATHERED,
	SL_DRAWN_RESTART,
	SL_DRAWN_SKIP_PAST,
	SL_DRAWN_OVERLAP,
	SL_DRAWN_PLAIN, /* from here on of what is decided */
	SL_DRAWN_LIMIT,
	SL_DRAWN_OVER,
	SL_DRAWN_PRIORITY,
	SL_DRAWN_EXCLUSIVE,
	SL_DRAWN_VALID,
	SL_DRAWN_KINDS,
};

extern const char *const sl_drawn_names[SL_DRAWN_KINDS];

/* What is asked of the drawing. */
struct sl_draw_wish {
	unsigned streams; /* of a rule set, at most */
	bool decided;     /* limits, priorities, groups; events that come again */
	bool reloaded;    /* other rule sets meanwhile */
};

struct sl_draw_campaign {
	char text[SL_DRAW_HISTORY_BYTES]; /* a YAML document without its name */
	bool is_drawn[SL_DRAWN_KINDS];
};

extern const char sl_draw_history_schema[];

void sl_draw_campaign(struct sl_choices *choices, const struct sl_draw_wish *wish,
		      struct sl_draw_campaign *ret_campaign);

enum sl_arrival_kind {
	SL_ARRIVAL_EVENT,
	SL_ARRIVAL_TICK,
	SL_ARRIVAL_RESTART,
	SL_ARRIVAL_RELOAD,
	SL_ARRIVAL_CLOCK, /* on the wall, to time_ns: what validity is judged by */
};

#define SL_DRAW_CLOCK_NS 1800000000000000000ll /* what it shows before */

struct sl_draw_arrival {
	enum sl_arrival_kind kind;
	int64_t time_ns;                                   /* of a tick its T */
	char type[2], customer[3], device[3], tag[3];      /* tag: "" absent */
	bool has_device, has_amount, has_rate, has_branch; /* a device may be an empty text */
	int64_t amount, branch;
	double rate;
	uint32_t again; /* it has the id of the arrival so many before; 0: its own */
};

/* Times of events wander; ticks follow them at a distance and never go back. */
void sl_draw_arrivals(struct sl_choices *choices, const struct sl_draw_wish *wish,
		      int64_t lateness_ns, uint32_t n, struct sl_draw_arrival *ret_arrivals);

#endif
