#include "tests/oracle/history_gateway.h"

#include "tests/oracle/history_journal.h"

#include "base/record.h"
#include "io/mem.h"
#include "sluice/error.h"
#include "worker/stats_page.h"
#include "worker/worker.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define WORKERS_MAX 7u
#define EVENT_BYTES 256u
#define NS_PER_MS 1000000ll

struct gateway {
	struct sl_engine *engine;
	struct sl_engine_config config;
	struct sl_now now;
	const struct sl_history_stream *stream;
	uint32_t stream_index;
	unsigned opened;
	unsigned workers; /* another number after a restart */
	int connection;   /* of the worker that reads */
	unsigned waiting; /* events fed since all was still */
	int64_t newest_ns, tick_ns;
	const char *const *artifact_paths;
	unsigned rules; /* which of the artifacts it runs */
	char data[64];  /* of a gateway with a journal */
	char fed[SL_DRAW_ARRIVALS][EVENT_BYTES + SL_SPAN_PADDING];
	struct sl_record_walker walker;
	struct sl_lines *lines;
};

static void give_up(void *context, int error, const char *sentence)
{
	(void)context;
	sl_oracle_give_up(sentence, sl_error_text(error));
}

/* ---- records ------------------------------------------------------------------------------- */

/* Members of an object whose texts have nothing to escape: ` name<sign>value` each. */
static void print_members(char *line, struct sl_text json, char sign)
{
	const char *at = json.at, *end = at + json.bytes;

	while ((at = memchr(at, '"', (size_t)(end - at)))) {
		const char *name = at + 1, *behind = memchr(name, '"', (size_t)(end - name));
		const char *value = behind + 2;

		sl_line_add(line, " %.*s%c", (int)(behind - name), name, sign);
		if (*value == '"') {
			at = memchr(value + 1, '"', (size_t)(end - value - 1));
			sl_line_add(line, "%.*s", (int)(at - value - 1), value + 1);
			at++;
			continue;
		}
		for (at = value; *at != ',' && *at != '}';)
			at++;
		if (memchr(value, '.', (size_t)(at - value)) ||
		    memchr(value, 'e', (size_t)(at - value)))
			sl_line_add(line, "%.17g", strtod(value, NULL));
		else
			sl_line_add(line, "%.*s", (int)(at - value), value);
	}
}

/* Of a decision and of a match alike. False: of the campaign that a reload adds. */
static bool print_head(struct gateway *gateway, char *line, struct sl_text campaign,
		       struct sl_text key, const char *gate)
{
	if (campaign.at[0] == SL_HISTORY_ADDED)
		return false;
	sl_line_add(line, "%u c%.*s %.*s %s ", gateway->stream_index, (int)campaign.bytes - 1,
		    campaign.at + 1, (int)key.bytes, key.at, gate);
	return true;
}

static void take_match(struct gateway *gateway, const struct sl_match_view *match)
{
	char *line = sl_lines_begin(gateway->lines);
	char step[64];

	if (!print_head(gateway, line, match->campaign, match->key, "sent"))
		return;
	sl_line_add(line, "%s%lld event %.*s id %016llx%016llx|",
		    match->head.flags & SL_MATCH_DUE ? "due " : "", (long long)match->head.time_ns,
		    (int)match->event_id.bytes, match->event_id.at,
		    (unsigned long long)match->head.id[1], (unsigned long long)match->head.id[0]);
	if (match->steps.bytes) {
		print_members(line, match->steps, ':');
	} else {
		snprintf(step, sizeof(step), " %.*s:%.*s", (int)match->step.bytes, match->step.at,
			 (int)match->event_id.bytes, match->event_id.at);
		sl_line_add(line, "%s", step);
	}
	print_members(line, match->data, '=');
	sl_lines_end(gateway->lines);
}

static void take_decision(struct gateway *gateway, const struct sl_decision_view *decision)
{
	const char *gate = sl_gate_name((enum sl_gate)decision->head.gate);
	char *line = sl_lines_begin(gateway->lines);

	if (decision->head.gate == SL_GATE_SENT ||
	    !print_head(gateway, line, decision->campaign, decision->key, gate))
		return;
	sl_line_add(line, "%s%lld event %.*s id %016llx%016llx|",
		    decision->head.flags & SL_DECISION_DUE ? "due " : "",
		    (long long)decision->head.event_time_ns, (int)decision->event_id.bytes,
		    decision->event_id.at, (unsigned long long)decision->head.id[1],
		    (unsigned long long)decision->head.id[0]);
	sl_lines_end(gateway->lines);
}

static void consume(void *context, const void *block, size_t bytes)
{
	struct gateway *gateway = context;
	struct sl_decision_view decision;
	struct sl_refused_view refused;
	struct sl_match_view match;
	struct sl_record record;
	size_t offset = 0;

	if (sl_block_check(block, bytes))
		sl_oracle_give_up("a block", "is damaged");
	while (sl_record_next(&gateway->walker, block, &offset, &record) > 0) {
		if (record.type == SL_RECORD_MATCH && !sl_record_match(&record, &match))
			take_match(gateway, &match);
		if (record.type == SL_RECORD_DECISION && !sl_record_decision(&record, &decision))
			take_decision(gateway, &decision);
		if (record.type == SL_RECORD_REFUSED && !sl_record_refused(&record, &refused))
			sl_oracle_give_up("an event is refused", refused.text.at);
	}
}

/* ---- the engine ---------------------------------------------------------------------------- */

static struct sl_now virtual_clock(void *context)
{
	return ((struct gateway *)context)->now;
}

static void fill_config(struct gateway *gateway)
{
	struct sl_engine_config *config = &gateway->config;

	*config = (struct sl_engine_config){0};
	sl_settings_default(&config->settings);
	config->settings.channels = 1;
	config->settings.io_connections = 4;
	config->settings.state_bytes = 4 << 20;
	config->settings.duplicates_per_partition = 64;
	config->settings.skew_ahead_ms = INT32_MAX;
	config->settings.tcp_idle_ms = INT64_MAX / NS_PER_MS;
	config->channels[0] = (struct sl_channel){.name = "oracle",
						  .protocol = SL_PROTOCOL_TCP,
						  .lateness_ms = gateway->stream->lateness_ms};
	config->n_channels = 1;
	config->listeners[0] = (struct sl_io_listener){.fd = -1, .protocol = SL_PROTOCOL_TCP};
	config->workers = gateway->workers;
	config->io = &sl_io_mem;
	config->in_memory = !gateway->stream->on_disk;
	config->settings.journal_bytes = 32 << 20;
	config->settings.journal_preallocate = false;
	snprintf(config->settings.data, sizeof(config->settings.data), "%s", gateway->data);
	config->consume = consume;
	config->fatal = give_up;
	config->context = gateway;
	config->stats = sl_stats_page_private(config->workers);
	if (!config->stats)
		sl_oracle_give_up("the statistics", "no memory");
}

static struct sl_worker *reader_of(struct gateway *gateway)
{
	return sl_engine_worker(gateway->engine, gateway->stream->reader % gateway->workers);
}

static void open_workers(struct gateway *gateway)
{
	for (unsigned i = 0; i < gateway->config.workers; i++)
		if (sl_worker_open(sl_engine_worker(gateway->engine, i)))
			sl_oracle_give_up("a worker", "does not open");
	gateway->connection = sl_io_mem_connect(sl_worker_io(reader_of(gateway)), 0);
	if (gateway->connection < 0)
		sl_oracle_give_up("a connection", "does not open");
}

static void close_workers(struct gateway *gateway)
{
	for (unsigned i = 0; i < gateway->config.workers; i++)
		sl_worker_close(sl_engine_worker(gateway->engine, i));
}

static void open_engine(struct gateway *gateway)
{
	char why[SL_SENTENCE_BYTES] = "";

	fill_config(gateway);
	if (sl_engine_new(&gateway->config, &gateway->engine, why) ||
	    sl_engine_load(gateway->engine, gateway->artifact_paths[gateway->rules], why) ||
	    sl_engine_start(gateway->engine))
		sl_oracle_give_up("the engine", why);
	open_workers(gateway);
}

static void close_engine(struct gateway *gateway)
{
	sl_engine_stop_commits(gateway->engine);
	close_workers(gateway);
	sl_engine_free(gateway->engine);
	free(gateway->config.stats);
}

static bool all_idle(struct gateway *gateway)
{
	for (unsigned i = 0; i < gateway->config.workers; i++)
		if (!sl_worker_idle(sl_engine_worker(gateway->engine, i)))
			return false;
	return true;
}

#define ROUNDS_MIN 3u

static void settle(struct gateway *gateway)
{
	for (unsigned round = 0; round < ROUNDS_MIN || !all_idle(gateway); round++) {
		if (round < ROUNDS_MIN || !gateway->stream->on_disk)
			gateway->now.monotonic_ns += NS_PER_MS;
		else
			usleep(20); /* a thread commits, in time of its own */
		if (round == 1000000)
			sl_oracle_give_up("the engine", "never comes to rest");
		for (unsigned i = 0; i < gateway->config.workers; i++)
			if (sl_worker_step(sl_engine_worker(gateway->engine, i), virtual_clock,
					   gateway, 0))
				sl_oracle_give_up("a worker", "ends");
	}
	gateway->waiting = 0;
}

/* ---- arrivals ------------------------------------------------------------------------------ */

static int write_time(char *at, size_t room, int64_t time_ns)
{
	time_t second = (time_t)(time_ns / SL_NS_PER_S);
	struct tm tm;

	gmtime_r(&second, &tm);
	return snprintf(at, room, "%04d-%02d-%02dT%02d:%02d:%02d.%09dZ", tm.tm_year + 1900,
			tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec,
			(int)(time_ns % SL_NS_PER_S));
}

static size_t write_event(const struct sl_draw_arrival *arrival, uint32_t id, char at[EVENT_BYTES])
{
	char when[64];
	int n;

	write_time(when, sizeof(when), arrival->time_ns);
	n = snprintf(at, EVENT_BYTES,
		     "{\"id\":\"e%u\",\"time\":\"%s\",\"customer\":\"%s\",\"type\":\"%s\"", id,
		     when, arrival->customer, arrival->type);
	if (arrival->has_device)
		n += sprintf(at + n, ",\"device\":\"%s\"", arrival->device);
	if (arrival->tag[0])
		n += sprintf(at + n, ",\"tag\":\"%s\"", arrival->tag);
	if (arrival->has_amount)
		n += sprintf(at + n, ",\"amount\":%lld", (long long)arrival->amount);
	if (arrival->has_rate)
		n += sprintf(at + n, ",\"rate\":%.17g", arrival->rate);
	if (arrival->has_branch)
		n += sprintf(at + n, ",\"branch\":%lld", (long long)arrival->branch);
	return (size_t)(n + sprintf(at + n, "}\n"));
}

static void feed(struct gateway *gateway, uint32_t i)
{
	const struct sl_draw_arrival *arrival = &gateway->stream->arrivals[i];
	size_t bytes = write_event(arrival, i - arrival->again, gateway->fed[i]);

	if (sl_io_mem_feed(sl_worker_io(reader_of(gateway)), (unsigned)gateway->connection,
			   gateway->fed[i], bytes, 0))
		sl_oracle_give_up("an event", "is not taken");
	if (arrival->time_ns > gateway->newest_ns)
		gateway->newest_ns = arrival->time_ns;
	if (++gateway->waiting >= gateway->stream->burst)
		settle(gateway);
}

static void tick(struct gateway *gateway, int64_t tick_ns)
{
	if (gateway->waiting)
		settle(gateway);
	if (tick_ns > gateway->tick_ns) {
		gateway->tick_ns = tick_ns;
		sl_engine_tick(gateway->engine, tick_ns);
	}
	settle(gateway);
}

/* What the events so far have made due happens now: soon is all that a gateway promises. */
static void tick_as_events(struct gateway *gateway)
{
	if (gateway->newest_ns != INT64_MIN)
		tick(gateway, gateway->newest_ns - gateway->stream->lateness_ms * NS_PER_MS +
				      SL_HISTORY_STILL_NS);
	else
		settle(gateway);
}

/* All that came before is decided by the clock before. */
static void set_clock(struct gateway *gateway, int64_t time_ns)
{
	tick_as_events(gateway);
	gateway->now.wall_ns = time_ns;
}

/* Workers are stepped by this very thread, which cannot wait for them: they are closed meanwhile.
 */
static void reload(struct gateway *gateway, const char *artifact_path)
{
	char why[SL_SENTENCE_BYTES] = "";

	tick_as_events(gateway);
	close_workers(gateway);
	if (sl_engine_load(gateway->engine, artifact_path, why))
		sl_oracle_give_up("a reload", why);
	open_workers(gateway);
}

/* Killed, and started again with what was committed, by another number of workers. The event
 * behind came to it while it died: it was not acknowledged, and comes again. */
static void restart(struct gateway *gateway, uint32_t i)
{
	static const unsigned numbers[] = {1, 2, 4, 7};
	char before[sizeof(gateway->data)];
	unsigned n = 0;

	tick_as_events(gateway);
	memcpy(before, gateway->data, sizeof(before));
	sl_history_journal_make(gateway->data);
	sl_history_journal_copy(before, gateway->data);
	if (i + 1 < gateway->stream->n &&
	    gateway->stream->arrivals[i + 1].kind == SL_ARRIVAL_EVENT) {
		int64_t newest_ns = gateway->newest_ns;

		feed(gateway, i + 1);
		settle(gateway);
		gateway->newest_ns = newest_ns;
	}
	close_engine(gateway);
	sl_history_journal_remove(before);
	while (numbers[n] != gateway->workers)
		n++;
	gateway->workers = numbers[(n + 1) % 4];
	open_engine(gateway);
	/* how often a tick is written down is its own affair */
	if (gateway->tick_ns != INT64_MIN)
		sl_engine_tick(gateway->engine, gateway->tick_ns);
	settle(gateway);
}

static void begin_stream(struct gateway *gateway)
{
	gateway->rules = 0;
	gateway->workers = gateway->stream->workers;
	gateway->now = (struct sl_now){SL_DRAW_CLOCK_NS, SL_NS_PER_S, SL_CLOCK_VIRTUAL};
	gateway->newest_ns = gateway->tick_ns = INT64_MIN;
	sl_record_walker_init(&gateway->walker);
	if (gateway->stream->on_disk)
		sl_history_journal_make(gateway->data);
	open_engine(gateway);
}

static void end_stream(struct gateway *gateway)
{
	tick(gateway, INT64_MAX);
	close_engine(gateway);
	if (!gateway->stream->on_disk)
		return;
	sl_history_journal_read(gateway->data, consume, gateway);
	sl_history_journal_remove(gateway->data);
}

static void run_stream(struct gateway *gateway)
{
	begin_stream(gateway);
	for (uint32_t i = 0; i < gateway->stream->n; i++) {
		const struct sl_draw_arrival *arrival = &gateway->stream->arrivals[i];

		if (arrival->kind == SL_ARRIVAL_EVENT)
			feed(gateway, i);
		else if (arrival->kind == SL_ARRIVAL_TICK)
			tick(gateway, arrival->time_ns);
		else if (arrival->kind == SL_ARRIVAL_CLOCK)
			set_clock(gateway, arrival->time_ns);
		else if (arrival->kind == SL_ARRIVAL_RELOAD)
			reload(gateway, gateway->artifact_paths[gateway->rules ^= 1]);
		else if (arrival->kind == SL_ARRIVAL_RESTART && gateway->stream->on_disk)
			restart(gateway, i);
	}
	end_stream(gateway);
}

void sl_history_gateway(const char *const artifact_paths[2], const struct sl_history_case *history,
			struct sl_lines *lines)
{
	static struct gateway gateway;

	gateway.lines = lines;
	gateway.artifact_paths = artifact_paths;
	for (uint32_t i = 0; i < history->n_streams; i++) {
		gateway.stream = &history->streams[i];
		gateway.stream_index = i;
		run_stream(&gateway);
	}
}
