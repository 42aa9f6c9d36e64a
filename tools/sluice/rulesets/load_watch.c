#include "tools/sluice/rulesets/load_watch.h"

#include "base/clock.h"
#include "tools/http_client.h"

#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PAUSE_NS (200 * SL_NS_PER_MS)
#define ANSWER_MS 1000

/* The phase as a sentence begins; NULL: none is under way, or one that this program does not know.
 */
static const char *words_of(const char *phase)
{
	static const char *const words[][2] = {
		{"receiving", "the gateway receives the files"},
		{"storing", "the gateway stores the files"},
		{"reading", "reading campaigns"},
		{"planning", "planning where they are filed"},
		{"measuring", "measuring dear patterns"},
		{"compiling", "compiling patterns"},
		{"writing", "writing the rule set"},
		{"taking", "the workers take it"},
	};

	for (unsigned i = 0; phase && i < sizeof(words) / sizeof(words[0]); i++)
		if (!strcmp(phase, words[i][0]))
			return words[i][1];
	return NULL;
}

static void show(const json_t *progress)
{
	json_int_t done = json_integer_value(json_object_get(progress, "done"));
	json_int_t steps = json_integer_value(json_object_get(progress, "steps"));
	const char *words = words_of(json_string_value(json_object_get(progress, "phase")));

	if (words && steps > 0 && done <= steps)
		fprintf(stderr, "\r%s: %d %%\x1b[K", words,
			(int)(100 * (double)done / (double)steps));
	else if (words)
		fprintf(stderr, "\r%s\x1b[K", words);
}

static void ask(const char *address)
{
	struct sl_http_answer answer;
	json_t *progress;

	if (sl_http_client_call(address, "GET", "/v1/rulesets/progress", NULL, 0, ANSWER_MS,
				&answer))
		return;
	progress = json_loadb(answer.body, answer.body_bytes, 0, NULL);
	if (answer.status == 200)
		show(progress);
	json_decref(progress);
	free(answer.body);
}

/* True: until then nobody ended it. */
static bool wait_until(struct sl_load_watch *watch, int64_t next_ns)
{
	const struct timespec next = {.tv_sec = next_ns / SL_NS_PER_S,
				      .tv_nsec = next_ns % SL_NS_PER_S};
	int e;

	do
		e = sem_clockwait(&watch->ended, CLOCK_MONOTONIC, &next) ? errno : 0;
	while (e == EINTR);
	return e == ETIMEDOUT;
}

static void *run(void *context)
{
	struct sl_load_watch *watch = context;
	int64_t next_ns = sl_clock_read(CLOCK_MONOTONIC) + SL_NS_PER_S;

	while (wait_until(watch, next_ns)) {
		ask(watch->address);
		next_ns = sl_clock_read(CLOCK_MONOTONIC) + PAUSE_NS;
	}
	return NULL;
}

void sl_load_watch_begin(struct sl_load_watch *watch, const char *address)
{
	*watch = (struct sl_load_watch){.address = address};
	watch->began = isatty(STDERR_FILENO) && !sem_init(&watch->ended, 0, 0) &&
		       !pthread_create(&watch->thread, NULL, run, watch);
}

void sl_load_watch_end(struct sl_load_watch *watch)
{
	if (!watch->began)
		return;
	sem_post(&watch->ended);
	pthread_join(watch->thread, NULL);
	sem_destroy(&watch->ended);
	fputs("\r\x1b[K", stderr);
}
