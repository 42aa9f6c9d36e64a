/* What a scrape gets, of a gateway whose every number is made up here. The two whole texts lie in
 * tests/data/metrics; after a change that is meant, SLUICE_GOLDEN=write writes them anew. */
#include "fixture.h"

#include "base/clock.h"
#include "control/metrics/metrics.h"

#define SECOND SL_NS_PER_S

struct scene {
	struct sl_settings settings;
	struct sl_stats_copy stats;
	struct sl_heartbeats heartbeats;
	struct sl_campaign_labels campaigns;
	struct sl_campaign_label labels[3];
	struct sl_durations_sum sink_stages[SL_SINK_STAGE_COUNT];
	struct sl_kafka_topics_view topics;
	struct sl_metrics_view view;
};

static void add_durations(struct sl_durations_sum *sum, int64_t ns, uint64_t times)
{
	struct sl_durations *durations = calloc(1, sizeof(*durations));

	sl_durations_note(durations, ns, times);
	sl_durations_add(sum, durations);
	free(durations);
}

static struct sl_campaign_label label(const char *name, uint64_t matches, uint64_t own, bool named)
{
	struct sl_campaign_label made = {.own = own, .named = named};

	made.count.matches = matches;
	made.count.name_bytes = (uint32_t)strlen(name);
	memcpy(made.count.name, name, strlen(name));
	return made;
}

static void fill_stats(struct sl_stats_copy *stats)
{
	stats->life_ns = 1700000000 * SECOND;
	stats->pid = 4711;
	stats->workers = 2;
	stats->channels = 2;
	strcpy(stats->channel_names[0], "web");
	strcpy(stats->channel_names[1], "\xec\xb0\xbd\xea\xb5\xac\"\\"); /* a counter in Korean */
	for (unsigned c = 0; c < 2; c++)
		for (unsigned i = 0; i < SL_LEDGER_COUNT; i++)
			stats->ledger[c][i] = 1000 * (c + 1) + i;
	stats->reasons[0][SL_WHY_JSON_MALFORMED] = 17;
	stats->reasons[1][SL_WHY_NO_ROOM] = UINT64_MAX;
	for (unsigned i = 0; i < SL_COUNTER_COUNT; i++)
		stats->counters[i] = 100;
	stats->counters[SL_COUNTER_MATCHES] = 60;
	stats->gates[SL_GATE_SENT] = 60;
	stats->gates[SL_GATE_VALIDITY] = 5;
	for (unsigned i = 0; i < SL_STAGE_COUNT; i++) {
		add_durations(&stats->stages[i], 1024 << i, 90);
		add_durations(&stats->stages[i], 3000000, 10);
	}
	for (unsigned i = 0; i < 2; i++) {
		stats->worker[i].ruleset = 7;
		stats->worker[i].generation = 3;
		stats->worker[i].connections = 4 + i;
		stats->worker[i].outstanding = i;
		stats->worker[i].heartbeat = 5000 + i;
		stats->worker[i].swap_ns_max = 1500000;
		stats->worker[i].waited_ns = 2500000000 * i;
	}
	stats->state_keys = 70;
	stats->state_timers = 50;
	stats->state_bytes = 6720;
	stats->state_room = 4 << 20;
	stats->state_fill_permille = 3;
	stats->state_refused = 2;
	stats->state_damaged = 1;
	stats->tick_ns = 1795219955500000000;
	stats->commits = 30;
	stats->blocks = 40;
	stats->bytes = 65432;
	stats->trimmed_blocks = 20;
	stats->fill_permille = 123;
	stats->oldest_reader_txns = 2;
	stats->commit_ns_last = 350000;
	stats->commit_ns_max = 4500000;
	stats->position = 41;
	stats->heartbeat = 99;
	stats->state = SL_STATE_RUNNING;
}

static void fill_consumers(struct sl_consumers_view *consumers)
{
	consumers->started = consumers->sink = consumers->kafka = true;
	consumers->end = 41;
	consumers->dead_letters = 1;
	consumers->checkpoint.position = 41;
	consumers->archive.position = 40;
	consumers->archive.settled = 19;
	consumers->quarantine.position = 40;
	consumers->quarantine.settled = 17;
	consumers->sink_file.position = 39;
	consumers->sink_file.settled = 57;
	consumers->sink_file.oldest_ns = 1763683953 * SECOND;
	consumers->sink_kafka.position = 1;
	consumers->sink_kafka.errors = 3;
	consumers->sink_kafka.stuck = -5;
	consumers->sink_kafka.oldest_ns = 1763683000 * SECOND;
}

static struct scene *new_scene(void)
{
	struct scene *scene = calloc(1, sizeof(*scene));
	struct sl_metrics_view *view = &scene->view;

	scene->topics.state = SL_KAFKA_TOPICS_ASKED;
	scene->topics.problems = 2;
	scene->settings.journal_bytes = 1 << 30;
	scene->settings.journal_backpressure = 70;
	fill_stats(&scene->stats);
	scene->heartbeats.workers = 2;
	scene->heartbeats.now_ns = 100 * SECOND;
	scene->heartbeats.since_ns[0] = 100 * SECOND;
	scene->heartbeats.since_ns[1] = 90 * SECOND; /* stalled */
	scene->labels[0] = label("atm", 30, 30, true);
	scene->labels[1] = label("loan", 25, 20, true);
	scene->labels[2] = label("salary", 5, 0, false);
	scene->campaigns = (struct sl_campaign_labels){.n = 3, .at = scene->labels, .others = 10};
	add_durations(&scene->sink_stages[0], 2000000, 50);
	add_durations(&scene->sink_stages[1], 7000000, 50);
	*view = (struct sl_metrics_view){
		.settings = &scene->settings,
		.stats = &scene->stats,
		.campaigns = &scene->campaigns,
		.heartbeats = &scene->heartbeats,
		.sink_stages = scene->sink_stages,
		.topics = &scene->topics,
		.archive = {.kept = 19, .bytes = 8192, .let_go = 5, .lost = 2, .damaged = 6},
		.quarantine = {.kept = 17, .bytes = 4096, .let_go = 3, .lost = 1},
		.ruleset = {.version = 7, .campaigns = 30},
		.loads = {.succeeded = 6,
			  .failed = 1,
			  .last_took_ns = 148000000,
			  .last_success_ns = 1763683900 * SECOND},
		.control = {10, 12340000000, 8000000},
		.dataplane_process = {4711, 50 * SECOND, 42000000},
		.state = "running",
		.ready = true,
		.started_ns = 1700000001 * SECOND,
		.now_ns = 1763683953 * SECOND + 250000000,
	};
	view->dataplane.connected = true;
	view->dataplane.latest.listeners = 2;
	view->dataplane.latest.listener[0] = (struct sl_command_listener){
		.channel = "web", .address = "127.0.0.1", .protocol = SL_PROTOCOL_HTTP, .port = 80};
	view->dataplane.latest.listener[1] = (struct sl_command_listener){
		.channel = "lines", .address = "::1", .protocol = SL_PROTOCOL_TCP, .port = 81};
	fill_consumers(&view->consumers);
	return scene;
}

static char *render(const struct scene *scene, enum sl_metrics_format format)
{
	size_t bytes;
	char *text, *copy;

	assert_int_equal(sl_metrics_render(&scene->view, format, &text, &bytes), 0);
	copy = strndup(text, bytes);
	assert_int_equal(strlen(copy), bytes);
	free(text);
	return copy;
}

static void compare(const char *path, const char *text)
{
	const char *mode = getenv("SLUICE_GOLDEN");
	size_t bytes, line = 1, i = 0;
	char *golden;

	if (mode && !strcmp(mode, "write"))
		assert_int_equal(sl_file_replace(path, text, strlen(text)), 0);
	assert_int_equal(sl_file_read(path, 1 << 20, &golden, &bytes), 0);
	while (i < bytes && golden[i] == text[i])
		line += golden[i++] == '\n';
	if (golden[i] != text[i])
		fail_msg("%s:%zu is another; where that is meant: SLUICE_GOLDEN=write meson test "
			 "unit_control_metrics",
			 path, line);
	free(golden);
}

static void the_whole_text(void **state)
{
	struct scene *scene = new_scene();
	char *text = render(scene, SL_METRICS_TEXT), *open = render(scene, SL_METRICS_OPEN);

	(void)state;
	compare(GOLDEN "/metrics.prom", text);
	compare(GOLDEN "/metrics.openmetrics", open);
	free(open);
	free(text);
	free(scene);
}

static void expect(const char *text, const char *line)
{
	assert_non_null(text);
	if (!strstr(text, line))
		fail_msg("no \"%s\" in\n%s", line, text);
}

/* What the numbers mean, beside the golden texts: those may be written anew without thought. */
static void numbers_are_in_base_units(void **state)
{
	struct scene *scene = new_scene();
	char *text = render(scene, SL_METRICS_TEXT);

	(void)state;
	expect(text, "\nsluice_events_received_total{channel=\"web\"} 1000\n");
	expect(text, "{channel=\"\xec\xb0\xbd\xea\xb5\xac\\\"\\\\\"} 2000\n");
	expect(text, "\nsluice_journal_fill_ratio 0.123\n");
	expect(text, "\nsluice_journal_commit_max_seconds 0.0045\n");
	expect(text, "\nsluice_consumer_lag_blocks{consumer=\"sink.file\"} 2\n");
	expect(text, "\nsluice_consumer_lag_records{consumer=\"sink.file\"} 3\n"); /* 1.5 each */
	expect(text, "\nsluice_consumer_lag_seconds{consumer=\"sink.file\"} 0.25\n");
	expect(text, "\nsluice_consumer_lag_seconds{consumer=\"checkpoint\"} 0\n");
	expect(text, "\nsluice_worker_stalled_seconds{worker=\"0\"} 0\n");
	expect(text, "\nsluice_worker_stalled_seconds{worker=\"1\"} 10\n");
	expect(text, "\nsluice_campaign_matches_total{campaign=\"loan\"} 20\n");
	expect(text, "\nsluice_campaign_matches_total{campaign=\"_others\"} 10\n");
	expect(text, "\nsluice_channel_info{channel=\"lines\",protocol=\"tcp\","
		     "address=\"[::1]:81\"} 1\n");
	expect(text, "\nsluice_cpu_seconds_total{process=\"control\"} 12.34\n");
	assert_null(strstr(text, "campaign=\"salary\""));
	free(text);
	free(scene);
}

static void without_a_dataplane_there_is_what_control_knows(void **state)
{
	struct scene *scene = new_scene();
	char *text;

	(void)state;
	scene->view.stats = NULL;
	scene->view.sink_stages = NULL;
	scene->topics.state = SL_KAFKA_TOPICS_NOT_ASKED;
	scene->view.dataplane.connected = false;
	scene->view.dataplane_process.pid = 0;
	scene->view.state = "absent";
	scene->view.ready = false;
	text = render(scene, SL_METRICS_OPEN);
	expect(text, "\nsluice_ready 0\n");
	expect(text, "\nsluice_dataplane_up 0\n");
	expect(text, "\nsluice_dataplane_state{state=\"absent\"} 1\n");
	expect(text, "\nsluice_ruleset_version 7\n");
	expect(text, "\n# EOF\n");
	assert_null(strstr(text, "sluice_events_"));
	assert_null(strstr(text, "sluice_kafka_topic"));
	assert_null(strstr(text, "process=\"dataplane\""));
	expect(text, "\nsluice_start_time_seconds{process=\"control\"} 1700000001\n");
	free(text);
	free(scene);
}

/* Each name once, and all its samples behind it: what parsers insist on. */
static void families_are_whole_and_single(void **state)
{
	struct scene *scene = new_scene();
	char *text = render(scene, SL_METRICS_TEXT), *rest = text, *line;
	char names[256][80];
	unsigned n = 0;

	(void)state;
	while ((line = strsep(&rest, "\n"))) {
		if (!strncmp(line, "# TYPE ", 7)) {
			assert_true(n < 256);
			snprintf(names[n], sizeof(names[n]), "%.*s", (int)strcspn(line + 7, " "),
				 line + 7);
			for (unsigned i = 0; i < n; i++)
				assert_string_not_equal(names[i], names[n]);
			n++;
		} else if (line[0] && line[0] != '#') {
			assert_int_equal(strncmp(line, names[n - 1], strlen(names[n - 1])), 0);
		}
	}
	assert_true(n > 80);
	free(text);
	free(scene);
}

static void a_process_is_read(void **state)
{
	struct sl_process process = {0};

	(void)state;
	assert_int_equal(sl_process_read(getpid(), &process), 0);
	assert_int_equal(process.pid, getpid());
	assert_true(process.memory_bytes > 100000);
	process.pid = -7;
	assert_true(sl_process_read(-1, &process) < 0);
	assert_int_equal(process.pid, -7);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_whole_text),
		cmocka_unit_test(numbers_are_in_base_units),
		cmocka_unit_test(without_a_dataplane_there_is_what_control_knows),
		cmocka_unit_test(families_are_whole_and_single),
		cmocka_unit_test(a_process_is_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
