/* The door: the thread, and what passes between it and the API. */
#include "control/rulesets/rulesets.h"

#include "base/clock.h"
#include "base/log.h"
#include "control/rulesets/thread_priv.h"
#include "sluice/error.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define TICK_NS (50 * SL_NS_PER_MS)

int sl_rulesets_open(const struct sl_rulesets_config *config, struct sl_rulesets **ret_rulesets,
		     char ret_why[SL_SENTENCE_BYTES])
{
	struct sl_rulesets *rulesets = calloc(1, sizeof(*rulesets));
	pthread_condattr_t attributes;
	int e;

	if (!rulesets)
		return -ENOMEM;
	rulesets->config = *config;
	sl_link_init(&rulesets->link);
	pthread_mutex_init(&rulesets->lock, NULL);
	pthread_condattr_init(&attributes);
	pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
	pthread_cond_init(&rulesets->wake, &attributes);
	pthread_condattr_destroy(&attributes);
	e = sl_ruleset_store_open(&rulesets->store, config->paths->rulesets,
				  (uint32_t)config->settings->rulesets_kept, ret_why);
	if (!e)
		e = sl_rulesets_settings(rulesets, config->settings, config->announced);
	if (!e) {
		rulesets->versions = calloc(rulesets->store.kept, sizeof(*rulesets->versions));
		e = rulesets->versions ? 0 : -ENOMEM;
	}
	if (e) {
		sl_rulesets_close(rulesets);
		return e;
	}
	sl_rulesets_publish(rulesets);
	sl_rulesets_publish_versions(rulesets);
	*ret_rulesets = rulesets;
	return 0;
}

/* Until there is a body to load, a stop, or a tick has passed. */
static char *wait_for_body(struct sl_rulesets *rulesets, enum sl_ruleset_task *ret_task,
			   size_t *ret_bytes)
{
	int64_t until_ns = sl_clock_read(CLOCK_MONOTONIC) + TICK_NS;
	struct timespec until = {.tv_sec = until_ns / SL_NS_PER_S,
				 .tv_nsec = until_ns % SL_NS_PER_S};
	char *body;

	pthread_mutex_lock(&rulesets->lock);
	if (!rulesets->stopping && !rulesets->body)
		pthread_cond_timedwait(&rulesets->wake, &rulesets->lock, &until);
	body = rulesets->body;
	*ret_task = rulesets->task;
	*ret_bytes = rulesets->body_bytes;
	rulesets->body = NULL;
	pthread_mutex_unlock(&rulesets->lock);
	return body;
}

static void *run(void *context)
{
	struct sl_rulesets *rulesets = context;

	sl_rulesets_load_first(rulesets);
	while (!sl_rulesets_stopping(rulesets)) {
		struct sl_ruleset_reply reply = {0};
		enum sl_ruleset_task task;
		size_t bytes;
		char *body;

		sl_rulesets_watch(rulesets);
		body = wait_for_body(rulesets, &task, &bytes);
		if (!body)
			continue;
		if (task == SL_RULESET_ROLLBACK)
			sl_rulesets_rollback(rulesets, body, bytes, &reply);
		else
			sl_rulesets_load(rulesets, body, bytes, task == SL_RULESET_CHECK, &reply);
		free(body);
		pthread_mutex_lock(&rulesets->lock);
		rulesets->reply = reply;
		rulesets->replied = true;
		pthread_mutex_unlock(&rulesets->lock);
		rulesets->config.wake(rulesets->config.context);
	}
	return NULL;
}

int sl_rulesets_settings(struct sl_rulesets *rulesets, const struct sl_settings *settings,
			 const char *announced)
{
	char *copy = strdup(announced ? announced : ""), *before;

	if (!copy)
		return -ENOMEM;
	pthread_mutex_lock(&rulesets->lock);
	rulesets->settings = *settings;
	before = rulesets->announced;
	rulesets->announced = copy;
	pthread_mutex_unlock(&rulesets->lock);
	free(before);
	return 0;
}

int sl_rulesets_start(struct sl_rulesets *rulesets)
{
	int e = pthread_create(&rulesets->thread, NULL, run, rulesets);

	rulesets->started = !e;
	return -e;
}

void sl_rulesets_close(struct sl_rulesets *rulesets)
{
	if (!rulesets)
		return;
	if (rulesets->started) {
		pthread_mutex_lock(&rulesets->lock);
		rulesets->stopping = true;
		pthread_cond_broadcast(&rulesets->wake);
		pthread_mutex_unlock(&rulesets->lock);
		pthread_join(rulesets->thread, NULL);
	}
	sl_link_close(&rulesets->link);
	sl_ruleset_store_close(&rulesets->store);
	free(rulesets->versions);
	free(rulesets->announced);
	free(rulesets->body);
	free(rulesets->reply.body);
	pthread_cond_destroy(&rulesets->wake);
	pthread_mutex_destroy(&rulesets->lock);
	free(rulesets);
}

int sl_rulesets_claim(struct sl_rulesets *rulesets)
{
	int e = 0;

	pthread_mutex_lock(&rulesets->lock);
	if (rulesets->claimed)
		e = -SL_E_BUSY;
	else
		rulesets->progress = (struct sl_ruleset_progress){.phase = "receiving"};
	rulesets->claimed = true;
	pthread_mutex_unlock(&rulesets->lock);
	return e;
}

void sl_rulesets_give_up(struct sl_rulesets *rulesets)
{
	pthread_mutex_lock(&rulesets->lock);
	assert(rulesets->claimed);
	rulesets->claimed = false;
	pthread_mutex_unlock(&rulesets->lock);
}

void sl_rulesets_submit(struct sl_rulesets *rulesets, enum sl_ruleset_task task, char *body,
			size_t bytes)
{
	pthread_mutex_lock(&rulesets->lock);
	assert(rulesets->claimed && !rulesets->body);
	rulesets->task = task;
	rulesets->body = body;
	rulesets->body_bytes = bytes;
	pthread_cond_signal(&rulesets->wake);
	pthread_mutex_unlock(&rulesets->lock);
}

bool sl_rulesets_take_reply(struct sl_rulesets *rulesets, struct sl_ruleset_reply *ret_reply)
{
	bool replied;

	pthread_mutex_lock(&rulesets->lock);
	replied = rulesets->replied;
	if (replied) {
		*ret_reply = rulesets->reply;
		rulesets->reply = (struct sl_ruleset_reply){0};
		rulesets->replied = false;
		rulesets->claimed = false;
	}
	pthread_mutex_unlock(&rulesets->lock);
	return replied;
}

void sl_rulesets_note_load(struct sl_rulesets *rulesets, bool succeeded, int64_t took_ns)
{
	struct sl_ruleset_loads *loads = &rulesets->loads;

	pthread_mutex_lock(&rulesets->lock);
	if (succeeded) {
		loads->succeeded++;
		loads->last_success_ns = sl_clock_read(CLOCK_REALTIME);
	} else {
		loads->failed++;
	}
	loads->last_took_ns = took_ns;
	pthread_mutex_unlock(&rulesets->lock);
}

void sl_rulesets_loads(struct sl_rulesets *rulesets, struct sl_ruleset_loads *ret_loads)
{
	pthread_mutex_lock(&rulesets->lock);
	*ret_loads = rulesets->loads;
	pthread_mutex_unlock(&rulesets->lock);
}

void sl_rulesets_say(struct sl_rulesets *rulesets, struct sl_ruleset_progress progress)
{
	pthread_mutex_lock(&rulesets->lock);
	rulesets->progress = progress;
	pthread_mutex_unlock(&rulesets->lock);
}

void sl_rulesets_progress(struct sl_rulesets *rulesets, struct sl_ruleset_progress *ret_progress)
{
	pthread_mutex_lock(&rulesets->lock);
	*ret_progress = rulesets->claimed ? rulesets->progress : (struct sl_ruleset_progress){0};
	pthread_mutex_unlock(&rulesets->lock);
}

void sl_rulesets_current(struct sl_rulesets *rulesets, struct sl_ruleset_info *ret_info)
{
	pthread_mutex_lock(&rulesets->lock);
	*ret_info = rulesets->current;
	pthread_mutex_unlock(&rulesets->lock);
}

void sl_rulesets_dataplane(struct sl_rulesets *rulesets, struct sl_dataplane_view *ret_view)
{
	pthread_mutex_lock(&rulesets->lock);
	*ret_view = rulesets->dataplane;
	pthread_mutex_unlock(&rulesets->lock);
}
