#include "rig.h"

#include "base/artifact.h"
#include "base/counters.h"
#include "rules/rules.h"
#include "sluice/error.h"
#include "tests/fakes/packet_io.h"
#include "worker/stats_page.h"

#include <assert.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static const struct rig_feeder mem_feeder = {&sl_io_mem, sl_io_mem_connect, sl_io_mem_feed,
					     sl_io_mem_end, sl_io_mem_take};
static const struct rig_feeder packet_feeder = {
	&fake_packet_io, fake_packet_connect, fake_packet_feed, fake_packet_end, fake_packet_take};

static const char *const SCHEMA = "schema: rig\n"
				  "fields:\n"
				  "  id: {type: string, role: id, required: true, max: 64}\n"
				  "  type: {type: string, role: type, required: true}\n"
				  "  customer: {type: string, role: key, required: true}\n"
				  "  channel: {type: string, role: channel}\n"
				  "  amount: int\n"
				  "  product: string\n";

static const char *other_schema;

void rig_use_schema(const char *text)
{
	other_schema = text;
}

static void write_file(const char *directory, const char *name, const char *text)
{
	char path[256];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", directory, name);
	file = fopen(path, "w");
	assert_non_null(file);
	fputs(text, file);
	fclose(file);
}

static void directory_of(const char *artifact, char ret_directory[64])
{
	snprintf(ret_directory, 64, "%.*s", (int)(strlen(artifact) - strlen(".bin")), artifact);
}

/* previous: of the rule set before, whose slots go on; or empty. The files that it was made of lie
 * beside it, for what drains. */
static void compile(const char *campaigns, uint64_t number, const char *previous, char ret_path[64])
{
	char directory[] = "/tmp/sluice-rig-XXXXXX", before[64];
	struct sl_diagnostics *diagnostics = sl_diagnostics_new();
	struct sl_rules_options options = {.ruleset = number};
	const struct sl_diagnostic *list;
	int error;

	if (previous[0]) {
		directory_of(previous, before);
		options.previous = previous;
		options.previous_directory = before;
	}
	assert_non_null(mkdtemp(directory));
	write_file(directory, "schema.yaml", other_schema ? other_schema : SCHEMA);
	write_file(directory, "all.yaml", campaigns);
	snprintf(ret_path, 64, "%s.bin", directory);
	error = sl_rules_compile(directory, &options, ret_path, diagnostics, NULL);
	for (size_t i = 0, n = sl_diagnostics_all(diagnostics, &list); i < n; i++)
		if (list[i].severity == SL_SEVERITY_ERROR)
			print_error("%s:%u:%u %s\n", list[i].file, list[i].line, list[i].column,
				    list[i].message);
	assert_int_equal(error, 0);
	sl_diagnostics_free(diagnostics);
}

static void remove_artifact(const char *artifact)
{
	static const char *const files[] = {"/schema.yaml", "/all.yaml", ".bin", ".bin.draining",
					    ""};
	char directory[64], path[128];

	if (!artifact[0])
		return;
	directory_of(artifact, directory);
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		snprintf(path, sizeof(path), "%s%s", directory, files[i]);
		remove(path);
	}
}

static void put_text(char *at, size_t room, struct sl_text text)
{
	snprintf(at, room, "%.*s", (int)text.bytes, text.at);
}

static void keep_record(struct rig *rig, const struct sl_record *record)
{
	struct rig_record *kept = &rig->records[rig->n_records++];
	struct sl_match_view match;
	struct sl_decision_view decision;
	struct sl_refused_view refused;
	struct sl_event_view event;
	struct sl_mailbox_view mail;

	assert_true(rig->n_records < RIG_RECORDS_MAX);
	*kept = (struct rig_record){.type = record->type};
	if (record->type == SL_RECORD_MATCH) {
		assert_int_equal(sl_record_match(record, &match), 0);
		put_text(kept->campaign, sizeof(kept->campaign), match.campaign);
		put_text(kept->key, sizeof(kept->key), match.key);
		put_text(kept->event, sizeof(kept->event), match.event_id);
		put_text(kept->data, sizeof(kept->data), match.data);
		put_text(kept->steps, sizeof(kept->steps), match.steps);
		kept->time_ns = match.head.time_ns;
		kept->flags = match.head.flags;
		memcpy(kept->id, match.head.id, sizeof(kept->id));
	} else if (record->type == SL_RECORD_DECISION) {
		assert_int_equal(sl_record_decision(record, &decision), 0);
		put_text(kept->campaign, sizeof(kept->campaign), decision.campaign);
		kept->gate = decision.head.gate;
		memcpy(kept->id, decision.head.id, sizeof(kept->id));
	} else if (record->type == SL_RECORD_REFUSED) {
		assert_int_equal(sl_record_refused(record, &refused), 0);
		put_text(kept->text, sizeof(kept->text), refused.text);
		kept->reason = refused.head.reason;
	} else if (record->type == SL_RECORD_EVENT) {
		assert_int_equal(sl_record_event(record, &event), 0);
		put_text(kept->text, sizeof(kept->text), event.json);
	} else if (record->type == SL_RECORD_MAILBOX) {
		assert_int_equal(sl_record_mailbox(record, &mail), 0);
		kept->part = mail.head.part;
		memcpy(kept->id, mail.head.id, sizeof(kept->id));
	}
}

static void consume(void *context, const void *block, size_t bytes)
{
	struct rig *rig = context;
	struct sl_record record;
	size_t offset = 0;
	int more;

	assert_int_equal(sl_block_check(block, bytes), 0);
	while ((more = sl_record_next(&rig->walker, block, &offset, &record)) > 0)
		keep_record(rig, &record);
	assert_int_equal(more, 0);
}

static void fatal(void *context, int error, const char *sentence)
{
	(void)context;
	fail_msg("%s: %s", sentence, sl_error_text(error));
}

static struct sl_now rig_clock(void *context)
{
	struct rig *rig = context;

	rig->now.monotonic_ns += rig->tick_ns;
	return rig->now;
}

static void start_engine(struct rig *rig, const char *campaigns)
{
	char why[SL_SENTENCE_BYTES] = "";

	sl_record_walker_init(&rig->walker);
	rig->now = (struct sl_now){1800000000 * SL_NS_PER_S, SL_NS_PER_S, SL_CLOCK_VIRTUAL};
	rig->config.stats = sl_stats_page_private(rig->config.workers);
	assert_non_null(rig->config.stats);
	if (sl_engine_new(&rig->config, &rig->engine, why))
		fail_msg("%s", why);
	if (campaigns) {
		compile(campaigns, 1, "", rig->artifact);
		if (sl_engine_load(rig->engine, rig->artifact, why))
			fail_msg("%s", why);
	}
	assert_int_equal(sl_engine_start(rig->engine), 0);
}

static void open_engine(struct rig *rig, const char *campaigns)
{
	start_engine(rig, campaigns);
	for (unsigned i = 0; i < rig->config.workers; i++)
		assert_int_equal(sl_worker_open(sl_engine_worker(rig->engine, i)), 0);
	rig->opened = rig->config.workers;
}

static void fill_config(struct rig *rig, unsigned workers, bool tcp, bool acknowledge)
{
	struct sl_engine_config *config = &rig->config;

	sl_settings_default(&config->settings);
	config->settings.io_connections = 16;
	config->settings.channels = 1;
	config->settings.state_bytes = 4
				       << 20; /* touched at start: what no test needs costs time */
	config->settings.record_events = rig->record_events;
	config->channels[0] = (struct sl_channel){.name = "rig",
						  .protocol = rig->udp ? SL_PROTOCOL_UDP
							      : tcp    ? SL_PROTOCOL_TCP
								       : SL_PROTOCOL_HTTP,
						  .acknowledge = acknowledge,
						  .lateness_ms = rig->lateness_ms};
	config->n_channels = 1;
	config->listeners[0] =
		(struct sl_io_listener){.fd = -1, .protocol = config->channels[0].protocol};
	config->workers = workers;
	rig->feeder = getenv("RIG_BACKEND") && !strcmp(getenv("RIG_BACKEND"), "packets")
			      ? &packet_feeder
			      : &mem_feeder;
	config->io = rig->feeder->io;
	config->fatal = fatal;
	config->context = rig;
	if (rig->adjust)
		rig->adjust(rig);
}

void rig_open(struct rig *rig, const char *campaigns, unsigned workers, bool tcp, bool acknowledge)
{
	fill_config(rig, workers, tcp, acknowledge);
	rig->config.in_memory = true;
	rig->config.consume = consume;
	open_engine(rig, campaigns);
}

void rig_open_on_disk(struct rig *rig, const char *campaigns, unsigned workers, const char *data)
{
	fill_config(rig, workers, false, false);
	snprintf(rig->config.settings.data, sizeof(rig->config.settings.data), "%s", data);
	rig->config.settings.journal_bytes = 32 << 20;
	rig->config.settings.journal_preallocate = false;
	open_engine(rig, campaigns);
}

void rig_open_threaded(struct rig *rig, const char *campaigns, unsigned workers, const char *data)
{
	struct sl_io_listener listener = rig->config.listeners[0];
	const struct sl_io_ops *io = rig->config.io;

	fill_config(rig, workers, false, false);
	rig->config.io = io;
	rig->config.listeners[0] = listener;
	snprintf(rig->config.settings.data, sizeof(rig->config.settings.data), "%s", data);
	rig->config.settings.journal_bytes = 32 << 20;
	rig->config.settings.journal_preallocate = false;
	start_engine(rig, campaigns);
}

void rig_close(struct rig *rig)
{
	sl_engine_stop_commits(rig->engine);
	for (unsigned i = 0; i < rig->opened; i++)
		sl_worker_close(sl_engine_worker(rig->engine, i));
	sl_engine_free(rig->engine);
	free(rig->config.stats);
	for (unsigned i = 0; i < rig->n_fed; i++)
		free(rig->fed[i]);
	remove_artifact(rig->artifact);
}

void rig_step_one(struct rig *rig, unsigned worker)
{
	assert_int_equal(sl_worker_step(sl_engine_worker(rig->engine, worker), rig_clock, rig, 0),
			 0);
}

static void step_all(struct rig *rig)
{
	for (unsigned i = 0; i < rig->config.workers; i++)
		rig_step_one(rig, i);
}

/* A disk may be slow, but the rig's clock goes on by the round, and connections age by it: soon a
 * round takes longer, and together they take more than a minute. */
#define ROUNDS_QUICK 1000u
#define ROUNDS_MAX 10000u

void rig_settle(struct rig *rig)
{
	/* a backend may give the bytes in pieces, between which a worker is idle too */
	size_t rounds_min = rig->unsettled / 16 + 8;
	bool idle = false;

	rig->unsettled = 0;
	for (unsigned round = 0; round < rounds_min + ROUNDS_MAX && (!idle || round < rounds_min);
	     round++) {
		rig->now.monotonic_ns += SL_NS_PER_MS;
		step_all(rig);
		step_all(rig);
		idle = true;
		for (unsigned i = 0; i < rig->config.workers; i++)
			idle &= sl_worker_idle(sl_engine_worker(rig->engine, i));
		if (!idle && !rig->config.in_memory)
			usleep(round < ROUNDS_QUICK ? 200 : 10000); /* the committer's time */
	}
	assert_true(idle);
}

static struct sl_io *rig_io(const struct rig *rig, unsigned worker)
{
	return sl_worker_io(sl_engine_worker(rig->engine, worker));
}

void rig_end(struct rig *rig, unsigned worker, int connection, bool whole)
{
	rig->unsettled++;
	rig->feeder->end(rig_io(rig, worker), (unsigned)connection, whole);
}

int rig_connect(struct rig *rig, unsigned worker)
{
	int connection = rig->feeder->connect(rig_io(rig, worker), 0);

	assert_true(connection >= 0);
	return connection;
}

void rig_feed(struct rig *rig, unsigned worker, int connection, const char *bytes, size_t n)
{
	/* as long as the contract says, so that a sanitizer sees a read behind it */
	char *copy = malloc(n + SL_SPAN_PADDING);

	assert_non_null(copy);
	memcpy(copy, bytes, n);
	memset(copy + n, 0xee, SL_SPAN_PADDING);
	rig->fed[rig->n_fed++] = copy;
	rig->unsettled += n;
	assert_int_equal(rig->feeder->feed(rig_io(rig, worker), (unsigned)connection, copy, n, 0),
			 0);
}

const char *rig_take(struct rig *rig, unsigned worker, int connection)
{
	static char taken[1 << 18];
	size_t n = rig->feeder->take(rig_io(rig, worker), (unsigned)connection, taken,
				     sizeof(taken) - 1);

	taken[n] = 0;
	return taken;
}

const char *rig_post(struct rig *rig, int connection, const char *type, const char *body)
{
	char *request = malloc(strlen(body) + 256);
	int n;

	n = sprintf(request,
		    "POST /v1/events HTTP/1.1\r\nHost: rig\r\nContent-Type: %s\r\nContent-Length: "
		    "%zu\r\n\r\n%s",
		    type, strlen(body), body);
	rig_feed(rig, 0, connection, request, (size_t)n);
	free(request);
	rig_settle(rig);
	return rig_take(rig, 0, connection);
}

/* The next one goes on from it. */
static void keep_artifact(struct rig *rig, const char *path)
{
	remove_artifact(rig->artifact);
	snprintf(rig->artifact, sizeof(rig->artifact), "%s", path);
}

int rig_load(struct rig *rig, const char *campaigns)
{
	char path[64], why[SL_SENTENCE_BYTES] = "";
	int error;

	compile(campaigns, 2, rig->artifact, path);
	/* the workers are stepped by this very thread: it cannot wait for them */
	for (unsigned i = 0; i < rig->opened; i++)
		sl_worker_close(sl_engine_worker(rig->engine, i));
	rig->opened = 0;
	error = sl_engine_load(rig->engine, path, why);
	for (unsigned i = 0; i < rig->config.workers; i++)
		assert_int_equal(sl_worker_open(sl_engine_worker(rig->engine, i)), 0);
	rig->opened = rig->config.workers;
	keep_artifact(rig, path);
	return error;
}

int rig_load_running(struct rig *rig, const char *campaigns)
{
	char path[64], why[SL_SENTENCE_BYTES] = "";
	int error;

	compile(campaigns, 2, rig->artifact, path);
	error = sl_engine_load(rig->engine, path, why);
	if (error)
		print_error("%s\n", why);
	keep_artifact(rig, path);
	return error;
}

unsigned rig_count(const struct rig *rig, unsigned type)
{
	unsigned n = 0;

	for (unsigned i = 0; i < rig->n_records; i++)
		n += rig->records[i].type == type;
	return n;
}

static const struct sl_stats_worker *stats_of(const struct rig *rig, unsigned worker)
{
	return (const struct sl_stats_worker *)(rig->config.stats + 1) + worker;
}

uint64_t rig_ledger(const struct rig *rig, unsigned entry)
{
	uint64_t sum = 0;

	for (unsigned i = 0; i < rig->config.workers; i++)
		sum += sl_stat_get(&stats_of(rig, i)->ledger[0][entry]);
	return sum;
}

uint64_t rig_counter(const struct rig *rig, unsigned counter)
{
	uint64_t sum = 0;

	for (unsigned i = 0; i < rig->config.workers; i++)
		sum += sl_stat_get(&stats_of(rig, i)->counters[counter]);
	return sum;
}

void rig_assert_adds_up(const struct rig *rig)
{
	assert_int_equal(rig_ledger(rig, SL_LEDGER_RECEIVED),
			 rig_ledger(rig, SL_LEDGER_ACCEPTED) + rig_ledger(rig, SL_LEDGER_REFUSED) +
				 rig_ledger(rig, SL_LEDGER_DUPLICATES) +
				 rig_ledger(rig, SL_LEDGER_DROPPED));
	assert_int_equal(rig_ledger(rig, SL_LEDGER_ACCEPTED),
			 rig_ledger(rig, SL_LEDGER_MATCHED) + rig_ledger(rig, SL_LEDGER_UNMATCHED));
}
