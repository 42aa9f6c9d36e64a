/* What control knows by itself: processes, rule sets, consumers. */
#include "control/metrics/metrics.h"

#include "base/clock.h"
#include "control/metrics/metrics_priv.h"
#include "sluice/version.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

const struct sl_metric sl_metrics[SL_METRIC_ID_COUNT] = {
#define SL_METRIC(name, type, text, unit, help) {SL_METRIC_##type, text, unit, help},
#include "control/metrics/metrics.def"
#undef SL_METRIC
};

static void render_gateway(struct sl_rendering *rendering)
{
	const struct sl_metrics_view *view = rendering->view;
	struct sl_label version = sl_label("version", SL_VERSION);

	sl_render_family(rendering, SL_METRIC_ID_BUILD);
	sl_exposition_uint(rendering->to, &version, 1, 1);
	sl_render_uint(rendering, SL_METRIC_ID_READY, view->ready);
	sl_render_uint(rendering, SL_METRIC_ID_DATAPLANE_UP, view->dataplane.connected);
	sl_render_family(rendering, SL_METRIC_ID_DATAPLANE_STATE);
	for (unsigned i = 0; i < SL_DATAPLANE_STATES; i++) {
		struct sl_label state = sl_label("state", sl_dataplane_state_names[i]);

		sl_exposition_uint(rendering->to, &state, 1,
				   !strcmp(sl_dataplane_state_names[i], view->state));
	}
}

/* What the process itself says, once: a start that was reckoned anew with every look would change
 * with the clock, and a restart could not be told from that. */
static void start_sample(struct sl_rendering *rendering, const char *name, int64_t start_ns)
{
	struct sl_label label = sl_label("process", name);

	sl_exposition_double(rendering->to, &label, 1, (double)(start_ns / SL_NS_PER_MS) / 1000);
}

static void process_sample(struct sl_rendering *rendering, enum sl_metric_id id,
			   const struct sl_process *process, const char *name)
{
	struct sl_label label = sl_label("process", name);

	if (!process->pid)
		return;
	if (id == SL_METRIC_ID_CPU)
		sl_exposition_double(rendering->to, &label, 1,
				     sl_seconds((uint64_t)process->cpu_ns));
	else
		sl_exposition_uint(rendering->to, &label, 1, process->memory_bytes);
}

static void render_processes(struct sl_rendering *rendering)
{
	static const enum sl_metric_id ids[] = {SL_METRIC_ID_CPU, SL_METRIC_ID_MEMORY};
	const struct sl_metrics_view *view = rendering->view;

	sl_render_family(rendering, SL_METRIC_ID_START_TIME);
	start_sample(rendering, "control", view->started_ns);
	if (view->stats)
		start_sample(rendering, "dataplane", view->stats->life_ns);
	for (unsigned i = 0; i < sizeof(ids) / sizeof(ids[0]); i++) {
		sl_render_family(rendering, ids[i]);
		process_sample(rendering, ids[i], &view->control, "control");
		process_sample(rendering, ids[i], &view->dataplane_process, "dataplane");
	}
}

static void render_rulesets(struct sl_rendering *rendering)
{
	const struct sl_metrics_view *view = rendering->view;
	const struct sl_label success = sl_label("result", "success"),
			      failure = sl_label("result", "failure");

	sl_render_uint(rendering, SL_METRIC_ID_RULESET_VERSION, view->ruleset.version);
	sl_render_uint(rendering, SL_METRIC_ID_RULESET_CAMPAIGNS, view->ruleset.campaigns);
	sl_render_family(rendering, SL_METRIC_ID_RULESET_LOADS);
	sl_exposition_uint(rendering->to, &success, 1, view->loads.succeeded);
	sl_exposition_uint(rendering->to, &failure, 1, view->loads.failed);
	sl_render_double(rendering, SL_METRIC_ID_RULESET_LOAD_SECONDS,
			 sl_seconds((uint64_t)view->loads.last_took_ns));
	sl_render_double(rendering, SL_METRIC_ID_RULESET_SUCCESS,
			 (double)(view->loads.last_success_ns / SL_NS_PER_MS) / 1000);
}

/* ---- consumers ------------------------------------------------------------------------------- */

static uint64_t lag_blocks(const struct sl_metrics_view *view,
			   const struct sl_consumer_view *consumer)
{
	uint64_t end = view->consumers.end;

	return end > consumer->position ? end - consumer->position : 0;
}

/* Rounded up: where something is left, it is not told as nothing. */
static uint64_t lag_records(const struct sl_metrics_view *view,
			    const struct sl_consumer_view *consumer)
{
	const struct sl_stats_copy *stats = view->stats;
	uint64_t blocks = lag_blocks(view, consumer);
	double share = 1;

	if (stats && stats->blocks)
		share = (double)stats->counters[SL_COUNTER_MATCHES] / (double)stats->blocks;
	return (uint64_t)((double)blocks * share + 0.999999);
}

static void consumer_sample(struct sl_rendering *rendering, enum sl_metric_id id,
			    const struct sl_consumer_view *consumer, const char *name)
{
	const struct sl_metrics_view *view = rendering->view;
	struct sl_label label = sl_label("consumer", name);
	uint64_t value = 0;

	switch (id) {
	case SL_METRIC_ID_CONSUMER_RECORDS:
		value = consumer->settled;
		break;
	case SL_METRIC_ID_CONSUMER_POSITION:
		value = consumer->position;
		break;
	case SL_METRIC_ID_CONSUMER_LAG_BLOCKS:
		value = lag_blocks(view, consumer);
		break;
	case SL_METRIC_ID_CONSUMER_LAG_RECORDS:
		value = lag_records(view, consumer);
		break;
	case SL_METRIC_ID_CONSUMER_LAG_SECONDS:
		sl_exposition_double(rendering->to, &label, 1,
				     sl_consumer_lag_s(consumer, view->now_ns));
		return;
	case SL_METRIC_ID_CONSUMER_ERRORS:
		value = consumer->errors;
		break;
	case SL_METRIC_ID_CONSUMER_DAMAGED:
		value = consumer->damaged;
		break;
	default:
		value = consumer->stuck != 0;
		break;
	}
	sl_exposition_uint(rendering->to, &label, 1, value);
}

/* Nothing before the first look: what nobody has asked is neither well nor not. */
static void render_topics(struct sl_rendering *rendering)
{
	const struct sl_kafka_topics_view *topics = rendering->view->topics;

	if (!topics || topics->state == SL_KAFKA_TOPICS_NOT_ASKED)
		return;
	sl_render_uint(rendering, SL_METRIC_ID_KAFKA_REACHABLE,
		       topics->state == SL_KAFKA_TOPICS_ASKED);
	sl_render_uint(rendering, SL_METRIC_ID_KAFKA_TOPIC_PROBLEMS, topics->problems);
}

static void render_quarantine(struct sl_rendering *rendering)
{
	const struct sl_quarantine_view *quarantine = &rendering->view->quarantine;

	sl_render_uint(rendering, SL_METRIC_ID_QUARANTINE_RECORDS, quarantine->kept);
	sl_render_uint(rendering, SL_METRIC_ID_QUARANTINE_BYTES, quarantine->bytes);
	sl_render_uint(rendering, SL_METRIC_ID_QUARANTINE_LET_GO, quarantine->let_go);
	sl_render_uint(rendering, SL_METRIC_ID_QUARANTINE_LOST, quarantine->lost);
}

static void render_archive(struct sl_rendering *rendering)
{
	const struct sl_daily_view *archive = &rendering->view->archive;

	sl_render_uint(rendering, SL_METRIC_ID_ARCHIVE_RECORDS, archive->kept);
	sl_render_uint(rendering, SL_METRIC_ID_ARCHIVE_BYTES, archive->bytes);
	sl_render_uint(rendering, SL_METRIC_ID_ARCHIVE_LET_GO, archive->let_go);
	sl_render_uint(rendering, SL_METRIC_ID_ARCHIVE_LOST, archive->lost);
	sl_render_uint(rendering, SL_METRIC_ID_ARCHIVE_DAMAGED, archive->damaged);
}

static void render_consumers(struct sl_rendering *rendering)
{
	const struct sl_consumers_view *consumers = &rendering->view->consumers;

	for (enum sl_metric_id id = SL_METRIC_ID_CONSUMER_RECORDS;
	     id <= SL_METRIC_ID_CONSUMER_STUCK; id++) {
		sl_render_family(rendering, id);
		consumer_sample(rendering, id, &consumers->checkpoint, "checkpoint");
		consumer_sample(rendering, id, &consumers->quarantine, "quarantine");
		consumer_sample(rendering, id, &consumers->archive, "archive");
		if (consumers->recording)
			consumer_sample(rendering, id, &consumers->recorder, "record");
		if (consumers->sink)
			consumer_sample(rendering, id, &consumers->sink_file, "sink.file");
		if (consumers->kafka)
			consumer_sample(rendering, id, &consumers->sink_kafka, "sink.kafka");
	}
	if (consumers->kafka)
		sl_render_uint(rendering, SL_METRIC_ID_DEAD_LETTERS, consumers->dead_letters);
	render_topics(rendering);
	render_quarantine(rendering);
	render_archive(rendering);
}

int sl_metrics_render(const struct sl_metrics_view *view, enum sl_metrics_format format,
		      char **ret_text, size_t *ret_bytes)
{
	struct sl_exposition exposition;
	struct sl_rendering rendering = {&exposition, view};

	sl_exposition_init(&exposition, format);
	render_gateway(&rendering);
	render_processes(&rendering);
	if (view->stats) {
		sl_render_events(&rendering);
		sl_render_wires(&rendering);
	}
	sl_render_stages(&rendering);
	if (view->stats)
		sl_render_workers(&rendering);
	if (view->stats)
		sl_render_state(&rendering);
	render_rulesets(&rendering);
	if (view->stats)
		sl_render_journal(&rendering);
	render_consumers(&rendering);
	sl_exposition_end(&exposition);
	if (exposition.failed) {
		free(exposition.at);
		return -ENOMEM;
	}
	*ret_text = exposition.at;
	*ret_bytes = exposition.bytes;
	return 0;
}
