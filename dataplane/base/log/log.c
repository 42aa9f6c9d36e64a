/* The log of this process: limit, line and out together, behind one lock. */
#include "base/log/log_priv.h"

#include "base/clock.h"

#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static struct {
	pthread_mutex_t lock;
	const char *service;
	bool is_open; /* standard error is looked at when the first line comes */
	bool text;
	_Atomic int level;
	struct sl_log_out out;
	struct sl_log_limit limit;
	struct sl_log_counts counts;
	uint64_t lost; /* not told yet */
} here = {.lock = PTHREAD_MUTEX_INITIALIZER, .service = "sluice", .level = SL_LOG_INFO};

void sl_log_init(const char *service, bool text)
{
	pthread_mutex_lock(&here.lock);
	if (here.is_open)
		sl_log_out_close(&here.out);
	here.is_open = false;
	here.service = service;
	here.text = text;
	pthread_mutex_unlock(&here.lock);
}

void sl_log_set_level(enum sl_log_level level)
{
	atomic_store_explicit(&here.level, (int)level, memory_order_relaxed);
}

enum sl_log_level sl_log_level(void)
{
	return (enum sl_log_level)atomic_load_explicit(&here.level, memory_order_relaxed);
}

/* Holding the lock. */
static void put(enum sl_log_level level, const char *message, uint64_t left_out)
{
	char text[SL_LOG_LINE_BYTES];
	struct sl_log_line line = {
		.wall_ns = sl_clock_read(CLOCK_REALTIME),
		.level = level,
		.service = here.service,
		.pid = getpid(),
		.message = message,
		.left_out = left_out,
		.lost = here.lost,
	};
	size_t n;

	if (!here.is_open) {
		sl_log_out_open(&here.out, STDERR_FILENO);
		here.is_open = true;
	}
	n = sl_log_render(&line, here.text, here.out.priorities, text);
	if (n && !sl_log_out_write(&here.out, text, n)) {
		here.counts.written++;
		here.lost = 0;
	} else {
		here.counts.lost++;
		here.lost++;
	}
}

void sl_log(enum sl_log_level level, const char *format, ...)
{
	char message[SL_LOG_MESSAGE_BYTES];
	struct sl_log_place *place;
	uint64_t left_out = 0;
	va_list arguments;

	if (level < sl_log_level())
		return;
	va_start(arguments, format);
	vsnprintf(message, sizeof(message), format, arguments);
	va_end(arguments);
	pthread_mutex_lock(&here.lock);
	place = sl_log_place(&here.limit, format);
	if (!place || sl_log_pass(place, sl_clock_read(CLOCK_MONOTONIC), &left_out)) {
		put(level, message, left_out);
	} else {
		sl_log_leave_out(place, level, message);
		here.counts.left_out++;
	}
	pthread_mutex_unlock(&here.lock);
}

void sl_log_flush(bool all)
{
	int64_t now_ns = sl_clock_read(CLOCK_MONOTONIC);
	struct sl_log_place *place;

	pthread_mutex_lock(&here.lock);
	while ((place = sl_log_over(&here.limit, now_ns, all))) {
		/* the sample is one of them */
		put(place->level, place->sample, place->left_out - 1);
		place->left_out = 0;
	}
	pthread_mutex_unlock(&here.lock);
}

struct sl_log_counts sl_log_counts(void)
{
	struct sl_log_counts counts;

	pthread_mutex_lock(&here.lock);
	counts = here.counts;
	pthread_mutex_unlock(&here.lock);
	return counts;
}
