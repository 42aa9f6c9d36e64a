#include "control/journal/consumers.h"

#include "base/clock.h"
#include "control/checkpoint/checkpoint.h"
#include "control/log.h"
#include "control/sink_file/sink_file.h"
#include "sluice/error.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CONSUMERS_MAX 2

struct sl_consumers {
	const struct sl_settings *settings;
	const struct sl_paths *paths;
	struct sl_cursors *cursors;
	struct sl_journal *journal; /* NULL until there is one */
	struct sl_checkpoint *checkpoint;
	struct sl_sink_file *sink; /* NULL: not configured */
	struct sl_consumer_stats checkpoint_stats;
	struct sl_consumer_stats sink_stats;
	struct sl_consumer *running[CONSUMERS_MAX];
	unsigned n_running;
};

int sl_consumers_open(const struct sl_settings *settings, const struct sl_paths *paths,
		      struct sl_consumers **ret_consumers, char ret_why[SL_SENTENCE_BYTES])
{
	struct sl_consumers *consumers = calloc(1, sizeof(*consumers));
	int e;

	if (!consumers)
		return -ENOMEM;
	consumers->settings = settings;
	consumers->paths = paths;
	e = sl_cursors_open(paths->cursors, &consumers->cursors, ret_why);
	if (e)
		goto fail;
	snprintf(ret_why, SL_SENTENCE_BYTES, "the consumers cannot be made: %s",
		 sl_error_text(-ENOMEM));
	e = sl_checkpoint_new(paths->snapshot, (uint32_t)settings->duplicates_per_partition,
			      &consumers->checkpoint_stats, &consumers->checkpoint);
	if (!e && settings->sink_path[0]) {
		const struct sl_sink_file_config config = {
			.directory = settings->sink_path,
			.rotate_bytes = settings->sink_rotate_bytes,
			.rotate_ns = settings->sink_rotate_ms * SL_NS_PER_MS,
			.stats = &consumers->sink_stats,
		};

		e = sl_sink_file_new(&config, &consumers->sink);
	}
	if (e)
		goto fail;
	*ret_consumers = consumers;
	return 0;
fail:
	sl_consumers_close(consumers, 0);
	return e;
}

static void stop_all(struct sl_consumers *consumers, int64_t patience_ns)
{
	for (unsigned i = 0; i < consumers->n_running; i++)
		sl_consumer_stop(consumers->running[i],
				 sl_clock_read(CLOCK_MONOTONIC) + patience_ns);
	for (unsigned i = 0; i < consumers->n_running; i++)
		sl_consumer_join(consumers->running[i]);
	consumers->n_running = 0;
}

static int start_one(struct sl_consumers *consumers, const struct sl_consumer_ops *ops, void *self,
		     uint64_t position, struct sl_consumer_stats *stats,
		     char ret_why[SL_SENTENCE_BYTES])
{
	int e = sl_consumer_start(ops, self, consumers->journal, consumers->cursors, position,
				  stats, &consumers->running[consumers->n_running]);

	if (e) {
		snprintf(ret_why, SL_SENTENCE_BYTES, "consumer %s cannot start: %s", ops->name,
			 sl_error_text(e));
		return e;
	}
	consumers->n_running++;
	sl_log_info("consumer %s goes on at block %llu", ops->name, (unsigned long long)position);
	return 0;
}

static int start_all(struct sl_consumers *consumers, char ret_why[SL_SENTENCE_BYTES])
{
	const char *names[CONSUMERS_MAX] = {sl_checkpoint_ops.name, sl_sink_file_ops.name};
	unsigned n = consumers->sink ? 2 : 1;
	uint64_t positions[CONSUMERS_MAX], first, end;
	int e = sl_journal_ends(consumers->journal, &first, &end);

	if (e) {
		snprintf(ret_why, SL_SENTENCE_BYTES, "the journal cannot be read: %s",
			 sl_error_text(e));
		return e;
	}
	e = sl_cursors_register(consumers->cursors, sl_journal_uuid(consumers->journal), first, end,
				names, n, positions, ret_why);
	if (e)
		return e;
	e = start_one(consumers, &sl_checkpoint_ops, consumers->checkpoint, positions[0],
		      &consumers->checkpoint_stats, ret_why);
	if (!e && consumers->sink)
		e = start_one(consumers, &sl_sink_file_ops, consumers->sink, positions[1],
			      &consumers->sink_stats, ret_why);
	return e;
}

int sl_consumers_tick(struct sl_consumers *consumers, char ret_why[SL_SENTENCE_BYTES])
{
	int e;

	if (consumers->journal) {
		if (sl_journal_is_in_place(consumers->journal))
			return 0;
		snprintf(ret_why, SL_SENTENCE_BYTES,
			 "the journal in %.120s was removed or replaced while it was read",
			 consumers->paths->journal);
		return -SL_E_STATE;
	}
	e = sl_journal_open(consumers->paths->journal, &consumers->journal, ret_why);
	if (e == -ENOENT)
		return 0;
	if (e)
		return e;
	e = start_all(consumers, ret_why);
	if (e) {
		stop_all(consumers, 0);
		sl_journal_close(consumers->journal);
		consumers->journal = NULL;
	}
	return e;
}

void sl_consumers_close(struct sl_consumers *consumers, int64_t patience_ns)
{
	if (!consumers)
		return;
	stop_all(consumers, patience_ns);
	sl_sink_file_free(consumers->sink);
	sl_checkpoint_free(consumers->checkpoint);
	sl_journal_close(consumers->journal);
	sl_cursors_close(consumers->cursors);
	free(consumers);
}

#define LOAD(field) atomic_load_explicit(&(field), memory_order_relaxed)

void sl_consumers_look(struct sl_consumers *consumers, struct sl_consumers_view *ret_view)
{
	const struct sl_consumer_stats *checkpoint = &consumers->checkpoint_stats;
	const struct sl_consumer_stats *sink = &consumers->sink_stats;
	struct sl_consumers_view view = {.started = consumers->n_running > 0,
					 .sink = consumers->sink != NULL};
	uint64_t first;

	view.checkpoint.position = LOAD(checkpoint->position);
	view.checkpoint.settled = LOAD(checkpoint->settled);
	view.checkpoint.errors = LOAD(checkpoint->errors);
	view.checkpoint.damaged = LOAD(checkpoint->damaged);
	view.sink_file.position = LOAD(sink->position);
	view.sink_file.settled = LOAD(sink->settled);
	view.sink_file.errors = LOAD(sink->errors);
	view.sink_file.damaged = LOAD(sink->damaged);
	/* asked last, so that a position is never ahead of the end by its age alone */
	if (!consumers->journal || sl_journal_ends(consumers->journal, &first, &view.end))
		view.end = 0;
	*ret_view = view;
}
