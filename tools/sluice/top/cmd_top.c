/* sluice top: what a running gateway is doing, as it does it. */
#include "base/clock.h"
#include "sluice/error.h"
#include "tools/sluice/commands/commands.h"
#include "tools/sluice/gateway/api.h"
#include "tools/sluice/gateway/api_arguments.h"
#include "tools/sluice/top/page.h"
#include "tools/sluice/top/screen.h"
#include "tools/sluice/top/view.h"

#include <argp.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define ANSWER_MS 2000
#define INTERVAL_S 0.5
#define INTERVAL_S_MIN 0.1
#define INTERVAL_S_MAX 60.0
#define ONCE_S 1.0 /* between the two looks that rates need */

static const char help[] =
	"Shows what a running gateway is doing as it does it: events a second of every channel, "
	"campaigns, how long the stages take, journal, sinks, workers, and what is wrong."
	"\vRates are over the last three seconds. Times are what each stage takes of an event, "
	"over the life of the dataplane; whole is from receipt to acknowledgement. A gateway that "
	"goes away is waited for.\n\n"
	"Keys: q quits, p stops the picture and lets it go on, space looks at once, s sorts "
	"campaigns by rate, matches or name, + and - look less or more often.\n\n"
	"Where standard output is no terminal, or with --once or --json, lines are printed: one "
	"each time with --json, else a page.\n\n"
	"Examples:\n"
	"  sluice top\n"
	"  sluice top --api 127.0.0.1:9400 --interval 2\n"
	"  sluice top --once                       the page, once\n"
	"  sluice top --json | jq .total.received_per_s\n\n"
	"Exit codes: 0 quit, or shown once; 1 shown once, and the gateway is not ready; 2 used "
	"wrongly; 3 no gateway answers (with --once, or at the first look where it is no "
	"terminal).";

enum { KEY_ONCE = 256, KEY_INTERVAL, KEY_SORT };

static const struct argp_option table[] = {
	{"once", KEY_ONCE, NULL, 0, "look twice, show once, and end", 0},
	{"interval", KEY_INTERVAL, "SECONDS", 0,
	 "between two looks, 0.1 to 60 (default 0.5; with --once 1)", 0},
	{"sort", KEY_SORT, "rate|matches|name", 0, "what campaigns are sorted by (default rate)",
	 0},
	{0},
};

struct top {
	struct sl_api_arguments gateway;
	const char *address;
	bool once, paused;
	double interval_s;
	enum sl_top_sort sort;
	struct sl_top_samples samples;
	int error; /* of the last look */
	int64_t lost_ns;
};

static void take_interval(struct top *top, char *arg, struct argp_state *state)
{
	char *end;

	top->interval_s = strtod(arg, &end);
	if (end == arg || *end || !(top->interval_s >= INTERVAL_S_MIN) ||
	    !(top->interval_s <= INTERVAL_S_MAX))
		argp_error(state, "--interval takes seconds, 0.1 to 60, not '%s'", arg);
}

static void take_sort(struct top *top, const char *arg, struct argp_state *state)
{
	for (unsigned i = 0; i < SL_TOP_SORTS; i++) {
		if (!strcmp(arg, sl_top_sort_name((enum sl_top_sort)i))) {
			top->sort = (enum sl_top_sort)i;
			return;
		}
	}
	argp_error(state, "--sort takes rate, matches or name, not '%s'", arg);
}

static error_t take(int key, char *arg, struct argp_state *state)
{
	struct top *top = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &top->gateway;
		return 0;
	case KEY_ONCE:
		top->once = true;
		return 0;
	case KEY_INTERVAL:
		take_interval(top, arg, state);
		return 0;
	case KEY_SORT:
		take_sort(top, arg, state);
		return 0;
	case ARGP_KEY_ARG:
		argp_error(state, "'%s' is too much", arg);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp_child children[] = {{&sl_api_argp, 0, NULL, 0}, {0}};
const struct argp sl_top_argp = {table, take, NULL, help, children, NULL, NULL};

/* ---- looking --------------------------------------------------------------------------------- */

/* 0, or why there is no answer; silently. */
static int look(struct top *top)
{
	int64_t now_ns;
	json_t *status;
	int error = sl_api_status(top->address, ANSWER_MS, &status);

	now_ns = sl_clock_read(CLOCK_MONOTONIC);
	if (!error)
		sl_top_samples_add(&top->samples, status, now_ns);
	else if (!top->error)
		top->lost_ns = now_ns;
	top->error = error;
	return error;
}

static void read_clock(char ret_text[16])
{
	time_t now = sl_clock_read(CLOCK_REALTIME) / SL_NS_PER_S;
	struct tm local;

	localtime_r(&now, &local);
	strftime(ret_text, 16, "%H:%M:%S", &local);
}

static void draw(const struct top *top, struct sl_top_page *page)
{
	json_t *view = top->samples.n ? sl_top_view(&top->samples, top->sort) : NULL;
	char clock[16], state[200];
	int64_t gone_ns = sl_clock_read(CLOCK_MONOTONIC) - top->lost_ns;

	read_clock(clock);
	if (top->error)
		snprintf(state, sizeof(state), "NO ANSWER for %lld s: %s",
			 (long long)(gone_ns / SL_NS_PER_S),
			 top->error == -EPERM ? "it wants a token, see --token-file"
					      : sl_error_text(top->error));
	page->state = top->error ? state : top->paused ? "paused" : NULL;
	page->address = top->address;
	page->clock = clock;
	page->sort = sl_top_sort_name(top->sort);
	sl_top_page_draw(page, view);
	json_decref(view);
}

/* ---- on a screen ----------------------------------------------------------------------------- */

static bool draw_on_screen(const struct top *top)
{
	struct sl_top_page page = {.live = true, .colours = !getenv("NO_COLOR")};
	char *text = NULL;
	size_t bytes = 0;
	bool there;

	sl_screen_size(&page.columns, &page.rows);
	page.to = open_memstream(&text, &bytes);
	if (!page.to)
		abort();
	fputs("\x1b[H", page.to);
	draw(top, &page);
	fclose(page.to);
	there = sl_screen_write(text, bytes);
	free(text);
	return there;
}

/* False: quit. *ret_at_once: look without waiting. */
static bool press(struct top *top, char key, bool *ret_at_once)
{
	switch (key) {
	case 'q':
	case 'Q':
		return false;
	case 'p':
	case 'P':
		top->paused = !top->paused;
		break;
	case ' ':
		*ret_at_once = true;
		break;
	case 's':
	case 'S':
		top->sort = (enum sl_top_sort)((top->sort + 1) % SL_TOP_SORTS);
		break;
	case '+':
		top->interval_s = fmin(top->interval_s * 2, INTERVAL_S_MAX);
		break;
	case '-':
		top->interval_s = fmax(top->interval_s / 2, INTERVAL_S_MIN);
		break;
	default:
		break;
	}
	return true;
}

static int run_on_screen(struct top *top)
{
	bool go_on = true, at_once = true;
	int64_t next_ns = 0;

	while (go_on) {
		enum sl_screen_event event;
		char key = 0;

		if (at_once || (!top->paused && sl_clock_read(CLOCK_MONOTONIC) >= next_ns)) {
			look(top);
			at_once = false;
			next_ns = sl_clock_read(CLOCK_MONOTONIC) +
				  (int64_t)(top->interval_s * SL_NS_PER_S);
		}
		if (!draw_on_screen(top))
			break;
		event = sl_screen_wait(
			top->paused ? sl_clock_read(CLOCK_MONOTONIC) + SL_NS_PER_S : next_ns, &key);
		if (event == SL_SCREEN_END)
			break;
		if (event == SL_SCREEN_KEY)
			go_on = press(top, key, &at_once);
	}
	sl_screen_close();
	return SL_EXIT_DONE;
}

/* ---- in lines -------------------------------------------------------------------------------- */

static void print_page(const struct top *top)
{
	const char *columns = getenv("COLUMNS");
	unsigned n = columns ? (unsigned)strtoul(columns, NULL, 10) : 0;
	struct sl_top_page page = {
		.to = stdout, .columns = n >= 40 && n <= 400 ? n : 80, .rows = 60};

	draw(top, &page);
}

static void print_json(const struct top *top)
{
	json_t *view = sl_top_view(&top->samples, top->sort);

	sl_api_print(view);
	json_decref(view);
}

static void wait_s(double seconds)
{
	int64_t ns = (int64_t)(seconds * SL_NS_PER_S);
	struct timespec left = {.tv_sec = ns / SL_NS_PER_S, .tv_nsec = ns % SL_NS_PER_S};

	nanosleep(&left, NULL);
}

static int run_in_lines(struct top *top)
{
	const json_t *last;
	int error = look(top);

	if (error)
		return sl_api_unreachable(top->address, error);
	do {
		wait_s(top->interval_s);
		error = look(top);
		if (error && top->once)
			return sl_api_unreachable(top->address, error);
		if (error)
			fprintf(stderr, "sluice top: no gateway answers at %s: %s; tried again\n",
				top->address, sl_error_text(error));
		else if (top->gateway.json)
			print_json(top);
		else
			print_page(top);
		if (fflush(stdout) || ferror(stdout)) /* of a terminal only the latter tells */
			return SL_EXIT_FAILED;
	} while (!top->once);
	last = top->samples.at[top->samples.n - 1].status;
	return json_is_true(json_object_get(last, "ready")) ? SL_EXIT_DONE : SL_EXIT_NO;
}

int sl_cmd_top(int argc, char **argv)
{
	struct top top = {0};
	const char *terminal = getenv("TERM");
	int result;

	argp_parse(&sl_top_argp, argc, argv, 0, NULL, &top);
	top.address = sl_api_address(top.gateway.address);
	if (top.interval_s == 0)
		top.interval_s = top.once ? ONCE_S : INTERVAL_S;
	if (top.once || top.gateway.json || (terminal && !strcmp(terminal, "dumb")) ||
	    sl_screen_open())
		result = run_in_lines(&top);
	else
		result = run_on_screen(&top);
	sl_top_samples_fini(&top.samples);
	return result;
}
