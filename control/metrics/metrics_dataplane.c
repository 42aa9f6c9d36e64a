/* What the dataplane counts: names and help are those of its tables. */
#include "base/clock.h"
#include "control/metrics/metrics_priv.h"

#include <inttypes.h>
#include <string.h>

static const struct sl_metric ledger[SL_LEDGER_COUNT] = {
#define SL_LEDGER(name, text, help) {SL_METRIC_COUNTER, "events_" text, "", help},
#include "sluice/counters.def"
#undef SL_LEDGER
};

static const struct sl_metric counters[SL_COUNTER_COUNT] = {
#define SL_COUNTER(name, text, help) {SL_METRIC_COUNTER, text, "", help},
#include "sluice/counters.def"
#undef SL_COUNTER
};

static const char *const stages[SL_STAGE_COUNT] = {
#define SL_STAGE(name, text, help) text,
#include "sluice/stages.def"
#undef SL_STAGE
};

static const char *const sink_stages[SL_SINK_STAGE_COUNT] = {
#define SL_SINK_STAGE(name, text, help) text,
#include "sluice/stages.def"
#undef SL_SINK_STAGE
};

/* ---- channels -------------------------------------------------------------------------------- */

static void render_ledger(struct sl_rendering *rendering)
{
	const struct sl_stats_copy *stats = rendering->view->stats;

	for (unsigned i = 0; i < SL_LEDGER_COUNT; i++) {
		sl_exposition_family(rendering->to, &ledger[i]);
		for (unsigned c = 0; c < stats->channels; c++) {
			struct sl_label channel = sl_label("channel", stats->channel_names[c]);

			sl_exposition_uint(rendering->to, &channel, 1, stats->ledger[c][i]);
		}
	}
}

static const char *class_name(unsigned reason)
{
	switch (sl_reason_info(reason)->kind) {
	case SL_REASON_MALFORMED:
		return "malformed";
	case SL_REASON_UNFIT:
		return "unfit";
	default:
		return "dropped";
	}
}

/* Those that never happened too: an alert that compares needs the 0 before the first. */
static void render_reasons(struct sl_rendering *rendering)
{
	const struct sl_stats_copy *stats = rendering->view->stats;

	sl_render_family(rendering, SL_METRIC_ID_EVENT_REASONS);
	for (unsigned c = 0; c < stats->channels; c++) {
		for (unsigned i = SL_WHY_NONE + 1; i < SL_WHY_COUNT; i++) {
			const struct sl_label labels[] = {
				sl_label("channel", stats->channel_names[c]),
				sl_label("reason", sl_reason_info(i)->name),
				sl_label("class", class_name(i)),
			};

			sl_exposition_uint(rendering->to, labels, 3, stats->reasons[c][i]);
		}
	}
}

static void render_channels(struct sl_rendering *rendering)
{
	const struct sl_command_reply *latest = &rendering->view->dataplane.latest;

	sl_render_family(rendering, SL_METRIC_ID_CHANNEL);
	for (uint32_t i = 0; rendering->view->dataplane.connected && i < latest->listeners; i++) {
		const struct sl_command_listener *listener = &latest->listener[i];
		bool v6 = strchr(listener->address, ':') != NULL;
		char address[96];

		snprintf(address, sizeof(address), "%s%s%s:%u", v6 ? "[" : "", listener->address,
			 v6 ? "]" : "", listener->port);
		if (!listener->port) /* it is on wires */
			snprintf(address, sizeof(address), "%s", listener->address);
		const struct sl_label labels[] = {
			sl_label("channel", listener->channel),
			sl_label("protocol", sl_protocol_name(listener->protocol)),
			sl_label("address", address),
		};
		sl_exposition_uint(rendering->to, labels, 3, 1);
	}
}

/* ---- counters, decisions, campaigns ---------------------------------------------------------- */

/* Bytes have a name with their unit, and decisions are told by their gates. */
static void render_counters(struct sl_rendering *rendering)
{
	const struct sl_stats_copy *stats = rendering->view->stats;

	for (unsigned i = 0; i < SL_COUNTER_COUNT; i++) {
		if (i == SL_COUNTER_BYTES_IN || i == SL_COUNTER_BYTES_OUT ||
		    i == SL_COUNTER_DECISIONS)
			continue;
		sl_exposition_family(rendering->to, &counters[i]);
		sl_exposition_uint(rendering->to, NULL, 0, stats->counters[i]);
	}
	sl_render_uint(rendering, SL_METRIC_ID_BYTES_RECEIVED,
		       stats->counters[SL_COUNTER_BYTES_IN]);
	sl_render_uint(rendering, SL_METRIC_ID_BYTES_SENT, stats->counters[SL_COUNTER_BYTES_OUT]);
	sl_render_family(rendering, SL_METRIC_ID_DECISIONS);
	for (unsigned i = 0; i < SL_GATE_COUNT; i++) {
		struct sl_label gate = sl_label("gate", sl_gate_name(i));

		sl_exposition_uint(rendering->to, &gate, 1, stats->gates[i]);
	}
}

static void render_campaigns(struct sl_rendering *rendering)
{
	const struct sl_campaign_labels *campaigns = rendering->view->campaigns;
	struct sl_label others = sl_label("campaign", SL_CAMPAIGN_OTHERS);

	sl_render_family(rendering, SL_METRIC_ID_CAMPAIGN_MATCHES);
	for (size_t i = 0; i < campaigns->n; i++) {
		const struct sl_campaign_label *label = &campaigns->at[i];
		const struct sl_label name = {
			"campaign", {.at = label->count.name, .bytes = label->count.name_bytes}};

		if (label->named)
			sl_exposition_uint(rendering->to, &name, 1, label->own);
	}
	sl_exposition_uint(rendering->to, &others, 1, campaigns->others);
}

void sl_render_events(struct sl_rendering *rendering)
{
	render_ledger(rendering);
	render_reasons(rendering);
	render_channels(rendering);
	render_counters(rendering);
	render_campaigns(rendering);
}

/* ---- stages ---------------------------------------------------------------------------------- */

static void stage_max(struct sl_rendering *rendering, const char *name,
		      const struct sl_durations_sum *sum)
{
	struct sl_label stage = sl_label("stage", name);

	sl_exposition_double(rendering->to, &stage, 1, sl_seconds(sum->max_ns));
}

void sl_render_stages(struct sl_rendering *rendering)
{
	const struct sl_metrics_view *view = rendering->view;

	sl_render_family(rendering, SL_METRIC_ID_STAGE);
	for (unsigned i = 0; view->stats && i < SL_STAGE_WHOLE; i++) {
		struct sl_label stage = sl_label("stage", stages[i]);

		sl_exposition_durations(rendering->to, &stage, 1, &view->stats->stages[i]);
	}
	for (unsigned i = 0; view->sink_stages && i < SL_SINK_STAGE_COUNT; i++) {
		struct sl_label stage = sl_label("stage", sink_stages[i]);

		sl_exposition_durations(rendering->to, &stage, 1, &view->sink_stages[i]);
	}
	if (view->stats) {
		sl_render_family(rendering, SL_METRIC_ID_WHOLE);
		sl_exposition_durations(rendering->to, NULL, 0,
					&view->stats->stages[SL_STAGE_WHOLE]);
	}
	sl_render_family(rendering, SL_METRIC_ID_STAGE_MAX);
	for (unsigned i = 0; view->stats && i < SL_STAGE_COUNT; i++)
		stage_max(rendering, stages[i], &view->stats->stages[i]);
	for (unsigned i = 0; view->sink_stages && i < SL_SINK_STAGE_COUNT; i++)
		stage_max(rendering, sink_stages[i], &view->sink_stages[i]);
}

/* ---- workers --------------------------------------------------------------------------------- */

static void worker_sample(struct sl_rendering *rendering, enum sl_metric_id id, unsigned index)
{
	const struct sl_metrics_view *view = rendering->view;
	char number[16];
	struct sl_label worker;
	uint64_t value;

	snprintf(number, sizeof(number), "%u", index);
	worker = sl_label("worker", number);
	switch (id) {
	case SL_METRIC_ID_WORKER_RULESET:
		value = view->stats->worker[index].ruleset;
		break;
	case SL_METRIC_ID_WORKER_GENERATION:
		value = view->stats->worker[index].generation;
		break;
	case SL_METRIC_ID_WORKER_CONNECTIONS:
		value = view->stats->worker[index].connections;
		break;
	case SL_METRIC_ID_WORKER_OUTSTANDING:
		value = view->stats->worker[index].outstanding;
		break;
	case SL_METRIC_ID_WORKER_HEARTBEATS:
		value = view->stats->worker[index].heartbeat;
		break;
	case SL_METRIC_ID_WORKER_STALLED:
		value = (uint64_t)sl_heartbeats_stalled_ns(view->heartbeats, index);
		sl_exposition_double(rendering->to, &worker, 1, sl_seconds(value));
		return;
	case SL_METRIC_ID_WORKER_CORE_WAIT:
		sl_exposition_double(rendering->to, &worker, 1,
				     sl_seconds(view->stats->worker[index].waited_ns));
		return;
	default:
		sl_exposition_double(rendering->to, &worker, 1,
				     sl_seconds(view->stats->worker[index].swap_ns_max));
		return;
	}
	sl_exposition_uint(rendering->to, &worker, 1, value);
}

void sl_render_workers(struct sl_rendering *rendering)
{
	unsigned n = rendering->view->stats->workers;

	sl_render_uint(rendering, SL_METRIC_ID_WORKERS, n);
	if (n > SL_WORKERS_SHOWN)
		n = SL_WORKERS_SHOWN;
	for (enum sl_metric_id id = SL_METRIC_ID_WORKER_RULESET; id <= SL_METRIC_ID_WORKER_SWAP;
	     id++) {
		sl_render_family(rendering, id);
		for (unsigned i = 0; i < n; i++)
			worker_sample(rendering, id, i);
	}
}

/* ---- what campaigns remember ----------------------------------------------------------------- */

void sl_render_state(struct sl_rendering *rendering)
{
	const struct sl_stats_copy *stats = rendering->view->stats;
	bool ticks = stats->tick_ns > 0 && stats->tick_ns != INT64_MAX;

	sl_render_uint(rendering, SL_METRIC_ID_STATE_KEYS, stats->state_keys);
	sl_render_uint(rendering, SL_METRIC_ID_STATE_TIMERS, stats->state_timers);
	sl_render_uint(rendering, SL_METRIC_ID_STATE_BYTES, stats->state_bytes);
	sl_render_uint(rendering, SL_METRIC_ID_STATE_ROOM, stats->state_room);
	sl_render_double(rendering, SL_METRIC_ID_STATE_FILL,
			 (double)stats->state_fill_permille / 1000);
	sl_render_uint(rendering, SL_METRIC_ID_STATE_REFUSED, stats->state_refused);
	sl_render_uint(rendering, SL_METRIC_ID_STATE_DAMAGED, stats->state_damaged);
	sl_render_double(rendering, SL_METRIC_ID_TICK,
			 ticks ? sl_seconds((uint64_t)stats->tick_ns) : 0);
}

/* ---- the journal ----------------------------------------------------------------------------- */

void sl_render_journal(struct sl_rendering *rendering)
{
	const struct sl_stats_copy *stats = rendering->view->stats;
	const struct sl_settings *settings = rendering->view->settings;

	sl_render_double(rendering, SL_METRIC_ID_JOURNAL_FILL, (double)stats->fill_permille / 1000);
	sl_render_double(rendering, SL_METRIC_ID_JOURNAL_MARK,
			 (double)settings->journal_backpressure / 100);
	sl_render_uint(rendering, SL_METRIC_ID_JOURNAL_BACKPRESSURE, stats->backpressure);
	sl_render_uint(rendering, SL_METRIC_ID_JOURNAL_SIZE, (uint64_t)settings->journal_bytes);
	sl_render_uint(rendering, SL_METRIC_ID_JOURNAL_POSITION, stats->position);
	sl_render_uint(rendering, SL_METRIC_ID_JOURNAL_COMMITS, stats->commits);
	sl_render_uint(rendering, SL_METRIC_ID_JOURNAL_BLOCKS, stats->blocks);
	sl_render_uint(rendering, SL_METRIC_ID_JOURNAL_BYTES, stats->bytes);
	sl_render_uint(rendering, SL_METRIC_ID_JOURNAL_TRIMMED, stats->trimmed_blocks);
	sl_render_uint(rendering, SL_METRIC_ID_JOURNAL_RETRIES, stats->retries);
	sl_render_uint(rendering, SL_METRIC_ID_JOURNAL_OLDEST_READER, stats->oldest_reader_txns);
	sl_render_uint(rendering, SL_METRIC_ID_JOURNAL_STALE_READERS, stats->stale_readers);
	sl_render_double(rendering, SL_METRIC_ID_JOURNAL_COMMIT_LAST,
			 sl_seconds(stats->commit_ns_last));
	sl_render_double(rendering, SL_METRIC_ID_JOURNAL_COMMIT_MAX,
			 sl_seconds(stats->commit_ns_max));
	sl_render_uint(rendering, SL_METRIC_ID_JOURNAL_HEARTBEATS, stats->heartbeat);
}
