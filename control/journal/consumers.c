#include "control/journal/consumers.h"

#include "base/clock.h"
#include "base/log.h"
#include "control/archive/archive.h"
#include "control/checkpoint/checkpoint.h"
#include "control/quarantine/quarantine.h"
#include "control/recorder/recorder.h"
#include "control/sink_file/sink_file.h"
#include "control/sink_kafka/sink_kafka.h"
#include "sluice/error.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* of those that may not stand in the way of matches */
#define PATIENCE_NS (60 * SL_NS_PER_S)

struct sl_consumers {
	const struct sl_paths *paths;
	struct sl_cursors *cursors;
	struct sl_journal *journal; /* NULL until there is one */
	struct sl_checkpoint *checkpoint;
	struct sl_sink_file *sink;   /* NULL: not configured */
	struct sl_sink_kafka *kafka; /* NULL: not configured */
	struct sl_kafka_topics *topics;
	struct sl_sink_kafka_config kafka_config;
	struct sl_quarantine *quarantine;
	struct sl_archive *archive;
	struct sl_recorder *recorder;
	bool recording;
	struct sl_consumer_stats recorder_stats;
	struct sl_consumer_stats archive_stats;
	struct sl_consumer_stats quarantine_stats;
	struct sl_consumer_stats checkpoint_stats;
	struct sl_consumer_stats sink_stats;
	struct sl_consumer_stats kafka_stats;
	_Atomic uint64_t dead_letters;
	struct sl_durations kafka_stages[SL_SINK_STAGE_COUNT]; /* the sink's thread writes */
	struct sl_consumer *running[SL_CONSUMERS_MAX];
	unsigned n_running;
	struct sl_kafka_property properties[SL_PROPERTIES_MAX];
};

/* A consumer as the settings ask for it. */
struct wanted {
	const struct sl_consumer_ops *ops;
	void *self;
	struct sl_consumer_stats *stats;
};

static int make_file_sink(struct sl_consumers *consumers, const struct sl_settings *settings)
{
	const struct sl_sink_file_config config = {
		.directory = settings->sink_path,
		.rotate_bytes = settings->sink_rotate_bytes,
		.rotate_ns = settings->sink_rotate_ms * SL_NS_PER_MS,
		.stats = &consumers->sink_stats,
	};

	return settings->sink_path[0] ? sl_sink_file_new(&config, &consumers->sink) : 0;
}

static int make_kafka_sink(struct sl_consumers *consumers, const struct sl_config *config,
			   char ret_why[SL_SENTENCE_BYTES])
{
	const struct sl_properties *from = &config->kafka;
	struct sl_kafka_property *properties = consumers->properties;
	int e;

	consumers->kafka_config = (struct sl_sink_kafka_config){
		.topic = config->settings.kafka_topic,
		.dead_letter = config->settings.kafka_dead_letter,
		.properties = properties,
		.n_properties = from->count,
		.stats = &consumers->kafka_stats,
		.dead_letters = &consumers->dead_letters,
		.stages = consumers->kafka_stages,
	};

	for (unsigned i = 0; i < from->count; i++)
		properties[i] = (struct sl_kafka_property){from->room + from->at[i].name,
							   from->room + from->at[i].value};
	if (!from->count)
		return 0;
	e = sl_sink_kafka_new(&consumers->kafka_config, &consumers->kafka, ret_why);
	return e ? e
		 : sl_kafka_topics_start(&consumers->kafka_config, consumers->paths->rulesets,
					 &consumers->kafka_stats.trouble, &consumers->topics);
}

static int make_quarantine(struct sl_consumers *consumers, const struct sl_settings *settings)
{
	const struct sl_quarantine_config config = {
		.directory = consumers->paths->quarantine,
		.bytes = (uint64_t)settings->quarantine_bytes,
		.age_ns = settings->quarantine_age_ms * SL_NS_PER_MS,
		.patience_ns = PATIENCE_NS,
		.stats = &consumers->quarantine_stats,
	};

	return sl_quarantine_new(&config, &consumers->quarantine);
}

static int make_archive(struct sl_consumers *consumers, const struct sl_settings *settings)
{
	const struct sl_archive_config config = {
		.directory = consumers->paths->decisions,
		.days = settings->archive_days,
		.bytes = (uint64_t)settings->archive_bytes,
		.patience_ns = PATIENCE_NS,
		.stats = &consumers->archive_stats,
	};

	return sl_archive_new(&config, &consumers->archive);
}

static int make_recorder(struct sl_consumers *consumers, const struct sl_settings *settings)
{
	const struct sl_recorder_config config = {
		.directory = consumers->paths->events,
		.days = settings->record_days,
		.bytes = (uint64_t)settings->record_bytes,
		.patience_ns = PATIENCE_NS,
		.stats = &consumers->recorder_stats,
	};
	int e = sl_recorder_new(&config, &consumers->recorder);

	consumers->recording = settings->record_events;
	if (!e && !consumers->recording)
		sl_recorder_open(consumers->recorder);
	return e;
}

int sl_consumers_open(const struct sl_config *config, const struct sl_paths *paths,
		      struct sl_consumers **ret_consumers, char ret_why[SL_SENTENCE_BYTES])
{
	struct sl_consumers *consumers = calloc(1, sizeof(*consumers));
	int e;

	if (!consumers)
		return -ENOMEM;
	consumers->paths = paths;
	e = sl_cursors_open(paths->cursors, &consumers->cursors, ret_why);
	if (e)
		goto fail;
	snprintf(ret_why, SL_SENTENCE_BYTES, "the consumers cannot be made: %s",
		 sl_error_text(-ENOMEM));
	e = sl_checkpoint_new(paths->snapshot, (uint32_t)config->settings.duplicates_per_partition,
			      &consumers->checkpoint_stats, &consumers->checkpoint);
	if (!e)
		e = make_file_sink(consumers, &config->settings);
	if (!e)
		e = make_quarantine(consumers, &config->settings);
	if (!e)
		e = make_archive(consumers, &config->settings);
	if (!e)
		e = make_recorder(consumers, &config->settings);
	if (!e)
		e = make_kafka_sink(consumers, config, ret_why);
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

static int start_one(struct sl_consumers *consumers, const struct wanted *wanted, uint64_t position,
		     char ret_why[SL_SENTENCE_BYTES])
{
	int e = sl_consumer_start(wanted->ops, wanted->self, consumers->journal, consumers->cursors,
				  position, wanted->stats,
				  &consumers->running[consumers->n_running]);

	if (e) {
		snprintf(ret_why, SL_SENTENCE_BYTES, "consumer %s cannot start: %s",
			 wanted->ops->name,
			 e == -SL_E_VERSION ? "its data are of another version of Sluice, see the "
					      "message before this one"
					    : sl_error_text(e));
		return e;
	}
	consumers->n_running++;
	sl_log_info("consumer %s goes on at block %llu", wanted->ops->name,
		    (unsigned long long)position);
	return 0;
}

static unsigned list_wanted(struct sl_consumers *consumers,
			    struct wanted ret_list[SL_CONSUMERS_MAX])
{
	unsigned n = 0;

	ret_list[n++] = (struct wanted){&sl_checkpoint_ops, consumers->checkpoint,
					&consumers->checkpoint_stats};
	ret_list[n++] = (struct wanted){&sl_quarantine_ops, consumers->quarantine,
					&consumers->quarantine_stats};
	ret_list[n++] =
		(struct wanted){&sl_archive_ops, consumers->archive, &consumers->archive_stats};
	if (consumers->recording)
		ret_list[n++] = (struct wanted){&sl_recorder_ops, consumers->recorder,
						&consumers->recorder_stats};
	if (consumers->sink)
		ret_list[n++] =
			(struct wanted){&sl_sink_file_ops, consumers->sink, &consumers->sink_stats};
	if (consumers->kafka)
		ret_list[n++] = (struct wanted){&sl_sink_kafka_ops, consumers->kafka,
						&consumers->kafka_stats};
	return n;
}

static int start_all(struct sl_consumers *consumers, char ret_why[SL_SENTENCE_BYTES])
{
	struct wanted list[SL_CONSUMERS_MAX];
	const char *names[SL_CONSUMERS_MAX];
	unsigned n = list_wanted(consumers, list);
	uint64_t positions[SL_CONSUMERS_MAX], first, end;
	int e = sl_journal_ends(consumers->journal, &first, &end);

	if (e) {
		snprintf(ret_why, SL_SENTENCE_BYTES, "the journal cannot be read: %s",
			 sl_error_text(e));
		return e;
	}
	for (unsigned i = 0; i < n; i++)
		names[i] = list[i].ops->name;
	e = sl_cursors_register(consumers->cursors, sl_journal_uuid(consumers->journal), first, end,
				names, n, positions, ret_why);
	for (unsigned i = 0; i < n && !e; i++)
		e = start_one(consumers, &list[i], positions[i], ret_why);
	return e;
}

struct sl_quarantine *sl_consumers_quarantine(struct sl_consumers *consumers)
{
	return consumers->quarantine;
}

struct sl_archive *sl_consumers_archive(struct sl_consumers *consumers)
{
	return consumers->archive;
}

struct sl_recorder *sl_consumers_recorder(struct sl_consumers *consumers)
{
	return consumers->recorder;
}

int sl_consumers_tick(struct sl_consumers *consumers, char ret_why[SL_SENTENCE_BYTES])
{
	int64_t now_ns = sl_clock_read(CLOCK_REALTIME);
	int e;

	sl_quarantine_sweep(consumers->quarantine, now_ns);
	sl_daily_sweep(sl_archive_daily(consumers->archive), now_ns);
	sl_daily_sweep(sl_recorder_daily(consumers->recorder), now_ns);
	if (consumers->journal) {
		if (sl_journal_is_in_place(consumers->journal))
			return 0;
		snprintf(ret_why, SL_SENTENCE_BYTES,
			 "the journal in %.120s was removed or replaced while it was read",
			 consumers->paths->journal);
		return -ESTALE;
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
	sl_kafka_topics_stop(consumers->topics);
	sl_sink_file_free(consumers->sink);
	sl_sink_kafka_free(consumers->kafka);
	sl_checkpoint_free(consumers->checkpoint);
	sl_quarantine_free(consumers->quarantine);
	sl_archive_free(consumers->archive);
	sl_recorder_free(consumers->recorder);
	sl_journal_close(consumers->journal);
	sl_cursors_close(consumers->cursors);
	free(consumers);
}

struct sl_journal *sl_consumers_journal(struct sl_consumers *consumers)
{
	/* one whose consumers could not start is closed again */
	return consumers->n_running ? consumers->journal : NULL;
}

void sl_consumers_settings(struct sl_consumers *consumers, const struct sl_settings *settings)
{
	if (consumers->sink)
		sl_sink_file_rotate_at(consumers->sink, settings->sink_rotate_bytes,
				       settings->sink_rotate_ms * SL_NS_PER_MS);
}

unsigned sl_consumers_turns(const struct sl_consumers *consumers,
			    uint64_t ret_turns[SL_CONSUMERS_MAX])
{
	for (unsigned i = 0; i < consumers->n_running; i++)
		ret_turns[i] = sl_consumer_turns(consumers->running[i]);
	return consumers->n_running;
}

const char *sl_consumers_name(const struct sl_consumers *consumers, unsigned index)
{
	return sl_consumer_name(consumers->running[index]);
}

#define LOAD(field) atomic_load_explicit(&(field), memory_order_relaxed)

static struct sl_consumer_view view_of(struct sl_consumer_stats *stats)
{
	struct sl_consumer_view view = {
		.position = LOAD(stats->position),
		.settled = LOAD(stats->settled),
		.errors = LOAD(stats->errors),
		.damaged = LOAD(stats->damaged),
		.stuck = LOAD(stats->stuck),
	};

	sl_trouble_read(&stats->trouble, view.trouble);
	return view;
}

static void look_at_oldest(struct sl_consumers *consumers, struct sl_consumer_view *view)
{
	if (!consumers->journal || !view->position ||
	    sl_journal_committed_ns(consumers->journal, view->position, &view->oldest_ns))
		view->oldest_ns = 0;
}

void sl_consumers_look(struct sl_consumers *consumers, struct sl_consumers_view *ret_view)
{
	struct sl_consumers_view view = {
		.started = consumers->n_running > 0,
		.sink = consumers->sink != NULL,
		.kafka = consumers->kafka != NULL,
		.checkpoint = view_of(&consumers->checkpoint_stats),
		.quarantine = view_of(&consumers->quarantine_stats),
		.archive = view_of(&consumers->archive_stats),
		.recording = consumers->recording,
		.recorder = view_of(&consumers->recorder_stats),
		.sink_file = view_of(&consumers->sink_stats),
		.sink_kafka = view_of(&consumers->kafka_stats),
		.dead_letters = LOAD(consumers->dead_letters),
	};
	uint64_t first;

	/* asked last, so that a position is never ahead of the end by its age alone */
	if (!consumers->journal || sl_journal_ends(consumers->journal, &first, &view.end))
		view.end = 0;
	look_at_oldest(consumers, &view.checkpoint);
	look_at_oldest(consumers, &view.quarantine);
	look_at_oldest(consumers, &view.archive);
	look_at_oldest(consumers, &view.recorder);
	look_at_oldest(consumers, &view.sink_file);
	look_at_oldest(consumers, &view.sink_kafka);
	*ret_view = view;
}

void sl_consumers_topics(struct sl_consumers *consumers, struct sl_kafka_topics_view *ret_view)
{
	if (consumers->topics)
		sl_kafka_topics_look(consumers->topics, ret_view);
	else
		*ret_view = (struct sl_kafka_topics_view){0};
}

void sl_consumers_topics_ask_again(struct sl_consumers *consumers)
{
	if (consumers->topics)
		sl_kafka_topics_ask_again(consumers->topics);
}

bool sl_consumers_stages(struct sl_consumers *consumers,
			 struct sl_durations_sum ret_stages[SL_SINK_STAGE_COUNT])
{
	if (!consumers->kafka)
		return false;
	for (unsigned i = 0; i < SL_SINK_STAGE_COUNT; i++) {
		ret_stages[i] = (struct sl_durations_sum){0};
		sl_durations_add(&ret_stages[i], &consumers->kafka_stages[i]);
	}
	return true;
}
