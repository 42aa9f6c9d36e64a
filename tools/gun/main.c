/* sluice-gun: synthetic bank traffic for a gateway, or for a file. */
#include "base/clock.h"
#include "sluice/error.h"
#include "tools/gun/options.h"
#include "tools/gun/pcap/write.h"
#include "tools/gun/sender.h"
#include "tools/gun/summary.h"
#include "tools/gun/write_out.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static void fail(const char *what, int error)
{
	fprintf(stderr, "sluice-gun: %s: %s\n", what, sl_error_text(error));
}

/* Progress until the threads end; a signal makes them stop. */
static void watch(const struct sl_gun_options *options, struct sl_sender_job *jobs,
		  atomic_bool *stop, const atomic_uint *running, const sigset_t *signals)
{
	const struct timespec tick = {.tv_nsec = 50 * SL_NS_PER_MS};
	struct sl_gun_totals before = {0}, now;
	int64_t shown_ns = sl_clock_read(CLOCK_MONOTONIC);

	while (atomic_load(running)) {
		int64_t now_ns;

		if (sigtimedwait(signals, NULL, &tick) > 0)
			atomic_store(stop, true);
		now_ns = sl_clock_read(CLOCK_MONOTONIC);
		if (!options->progress || now_ns - shown_ns < SL_NS_PER_S)
			continue;
		sl_gun_total(jobs, options->threads, &now);
		sl_gun_show_progress(&now, &before, (double)(now_ns - shown_ns) / 1e9);
		before = now;
		shown_ns = now_ns;
	}
}

struct thread {
	pthread_t thread;
	struct sl_sender_job *job;
	atomic_uint *running;
};

static void *run_thread(void *argument)
{
	struct thread *thread = argument;

	sl_sender_run(thread->job);
	atomic_fetch_sub(thread->running, 1);
	return NULL;
}

static int shoot(const struct sl_gun_options *options, const struct sl_events *events)
{
	struct sl_sender_job *jobs = calloc(options->threads, sizeof(*jobs));
	struct thread *threads = calloc(options->threads, sizeof(*threads));
	const int64_t start_ns = sl_clock_read(CLOCK_MONOTONIC),
		      wall_ns = sl_clock_read(CLOCK_REALTIME);
	static atomic_bool stop;
	static atomic_uint running;
	sigset_t signals;
	double seconds;
	int result, error = 0;

	if (!jobs || !threads)
		abort();
	sigemptyset(&signals);
	sigaddset(&signals, SIGINT);
	sigaddset(&signals, SIGTERM);
	pthread_sigmask(SIG_BLOCK, &signals, NULL);
	atomic_store(&running, options->threads);
	for (uint32_t i = 0; i < options->threads; i++) {
		jobs[i].options = options;
		jobs[i].events = events;
		jobs[i].stop = &stop;
		jobs[i].index = i;
		jobs[i].start_monotonic_ns = start_ns;
		jobs[i].start_wall_ns = wall_ns;
		threads[i] = (struct thread){.job = &jobs[i], .running = &running};
		if (pthread_create(&threads[i].thread, NULL, run_thread, &threads[i]))
			abort();
	}
	watch(options, jobs, &stop, &running, &signals);
	for (uint32_t i = 0; i < options->threads; i++) {
		pthread_join(threads[i].thread, NULL);
		if (jobs[i].error)
			error = jobs[i].error;
	}
	seconds = (double)(sl_clock_read(CLOCK_MONOTONIC) - start_ns) / 1e9;
	result = sl_gun_summarize(options, jobs, options->threads, seconds);
	if (error) {
		fail(error == -ECONNREFUSED ? options->host : "sending", error);
		result = 3;
	}
	free(threads);
	free(jobs);
	return result;
}

/* Files instead of sending. */
static int write_files(struct sl_gun_options *options, const struct sl_events *events)
{
	struct sl_pcap_summary summary;
	int error;

	if (options->time_from_ns == 0)
		options->time_from_ns = sl_clock_read(CLOCK_REALTIME);
	error = options->out ? sl_gun_write_out(options, events)
			     : sl_pcap_write(options, events, &summary);
	if (error) {
		fail(options->out ? options->out : options->pcap.path, error);
		return 3;
	}
	if (!options->out)
		sl_pcap_print(options, &summary);
	return 0;
}

int main(int argc, char **argv)
{
	struct sl_gun_options options;
	struct sl_events *events;
	int error, result;

	sl_gun_options_parse(argc, argv, &options);
	error = sl_events_new(&options.events, &events);
	if (error) {
		fail("events", error);
		return 3;
	}
	if (options.out || options.pcap.path)
		result = write_files(&options, events);
	else
		result = shoot(&options, events);
	sl_events_free(events);
	return result;
}
