#include "tools/gun/write_out.h"

#include "base/clock.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define COUNT_DEFAULT 1000u
#define LATE_ONE_IN 100u
#define LATE_MAX_NS (20 * 60 * SL_NS_PER_S)

/* How much of a day's traffic falls into each of 24 equal parts of the span. */
static const unsigned hourly[24] = {12, 8,  6,  5,  6,  12, 28, 52, 78, 100, 98, 84,
				    80, 76, 68, 62, 58, 56, 60, 54, 46, 38,  28, 18};

/* The moment at which a share of all events has passed. */
static double moment_of(double share)
{
	unsigned total = 0, before = 0;

	for (unsigned i = 0; i < 24; i++)
		total += hourly[i];
	for (unsigned i = 0; i < 24; i++) {
		double left = share * total - before;

		if (left <= hourly[i])
			return (i + left / hourly[i]) / 24;
		before += hourly[i];
	}
	return 1;
}

static int64_t time_of(const struct sl_gun_options *options, uint64_t number, uint64_t count)
{
	uint64_t draw = sl_events_mix(options->events.seed ^ 0x5eed, number);
	int64_t late_ns = draw % LATE_ONE_IN ? 0 : (int64_t)(draw >> 8) % LATE_MAX_NS;
	int64_t after_ns = (int64_t)(moment_of(((double)number + 0.5) / (double)count) *
				     (double)options->time_span_ns);

	return options->time_from_ns + (after_ns > late_ns ? after_ns - late_ns : 0);
}

int sl_gun_write_out(const struct sl_gun_options *options, const struct sl_events *events)
{
	bool standard = !strcmp(options->out, "-");
	FILE *file = standard ? stdout : fopen(options->out, "w");
	uint64_t count = options->count ? options->count : COUNT_DEFAULT;
	int error = 0;

	if (!file)
		return -errno;
	for (uint64_t i = 0; i < count && !error; i++) {
		char text[SL_EVENTS_TEXT_MAX + 1];
		struct sl_event_plan plan;
		struct sl_event_time time;

		sl_events_plan(events, i, &plan);
		sl_events_time(time_of(options, i, count), &time);
		sl_events_render(events, &plan, &time, text);
		text[plan.bytes] = '\n';
		if (fwrite(text, plan.bytes + 1, 1, file) != 1)
			error = -errno;
	}
	if (fflush(file) && !error)
		error = -errno;
	if (!standard && fclose(file) && !error)
		error = -errno;
	return error;
}
