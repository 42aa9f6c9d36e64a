/* The meaning of campaigns that remember, as plainly as it can be said: lists that are searched,
 * nothing packed, no timers. For comparing with; bounded by what the tests make. */
#ifndef SL_TESTS_STATE_MODEL_H
#define SL_TESTS_STATE_MODEL_H

#include "tests/unit/state/fixture.h"

#define MODEL_RUNS 128
#define MODEL_ENTRIES 100
#define MODEL_WINDOWS 8
#define MODEL_KEYS 3
#define MODEL_LINES 4096
#define MODEL_LINE 320

struct model_event {
	int64_t time_ns;
	unsigned id;
	unsigned key;
	uint32_t mask;
	int product; /* negative: absent */
	int64_t amount;
	bool has_amount;
};

/* What happened, a line each. */
struct model_lines {
	uint32_t n;
	char at[MODEL_LINES][MODEL_LINE];
};

struct model_run {
	int64_t first, last, anchor;
	uint32_t step, count;
	bool done, over;
	unsigned first_id, ids[SL_STEPS_MAX];
	int product; /* of the first step's last event */
	struct model_event event;
	char aggregates[96];
};

struct model_window {
	int64_t start, last; /* last: of a session its last event, else where it ends */
	bool fired;
	uint32_t n;
	struct model_event events[MODEL_ENTRIES]; /* by arrival */
};

struct model_sequence {
	uint32_t n_runs;
	struct model_run runs[MODEL_RUNS];
	bool has_note, has_completion;
	int64_t note;
	struct model_run completion;
	uint32_t n_entries;
	struct model_event entries[MODEL_ENTRIES]; /* by time, then arrival */
	uint32_t n_windows;
	struct model_window windows[MODEL_WINDOWS];
};

struct model {
	const struct fixture *fixture;
	struct model_lines *lines;
	int64_t tick;
	const struct model_event *event; /* that is applied; NULL: something is due */
	bool late, full;                 /* told already of this campaign and event */
	bool told;                       /* something, of this sequence */
	struct model_sequence sequences[MODEL_KEYS][FIX_SEQUENCES];
};

void model_line(struct model_lines *lines, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* Both do first what is due before the tick. */
void model_apply(struct model *model, const struct model_event *event, int64_t tick);
void model_tick(struct model *model, int64_t tick);

/* ---- between its files */

int64_t model_add(int64_t a, int64_t b);
struct model_sequence *model_of(struct model *model, unsigned key, uint32_t sequence);
bool model_may_begin(struct model *model, uint32_t sequence, const struct model_run *run,
		     bool matched, bool taken);
void model_told(struct model *model, uint32_t sequence, const char *what);
bool model_begin(struct model *model, uint32_t sequence, bool matched, bool taken,
		 const char *aggregates);
void model_complete(struct model *model, unsigned key, uint32_t sequence, struct model_run *run,
		    int64_t time, bool due);
bool model_window_take(struct model *model, uint32_t sequence, bool matched, bool taken);
int64_t model_window_due(const struct model *model, uint32_t sequence,
			 const struct model_window *window);
void model_window_close(struct model *model, unsigned key, uint32_t sequence, uint32_t window);

#endif
