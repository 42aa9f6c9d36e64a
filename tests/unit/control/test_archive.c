/* Decisions, kept beyond the journal. */
#include "fixture.h"

#include "base/clock.h"
#include "control/archive/row_priv.h"
#include "sluice/error.h"
#include "sluice/gate.h"

#define NOON INT64_C(1763683200000000000)

struct scene {
	struct fixture fixture;
	char directory[80];
	struct sl_consumer_stats stats;
	struct sl_archive_config config;
	struct sl_archive *archive;
	struct sl_record_walker walker;
	uint64_t position;
};

static const uint8_t journal[16] = {1};

static void open_again(struct scene *scene)
{
	uint64_t position = 0;

	sl_archive_free(scene->archive);
	assert_int_equal(sl_archive_new(&scene->config, &scene->archive), 0);
	assert_int_equal(sl_archive_ops.start(scene->archive, journal, 5, &position), 0);
	assert_int_equal(position, 5);
}

static void begin(struct scene *scene)
{
	memset(scene, 0, sizeof(*scene));
	fixture_open(&scene->fixture);
	snprintf(scene->directory, sizeof(scene->directory), "%s/decisions",
		 scene->fixture.directory);
	scene->config = (struct sl_archive_config){
		.directory = scene->directory,
		.days = 30,
		.bytes = 64u << 20,
		.patience_ns = INT64_MAX,
		.stats = &scene->stats,
	};
	scene->position = 5;
	open_again(scene);
}

static void end(struct scene *scene)
{
	sl_archive_free(scene->archive);
	fixture_close(&scene->fixture);
}

/* The records of the blocks, as the consumer would hand them over. */
static void hand(struct scene *scene, const struct sl_blocks *blocks)
{
	struct sl_record record;

	sl_record_walker_init(&scene->walker);
	for (uint32_t i = 0; i < blocks->count; i++, scene->position++) {
		size_t offset = 0;

		while (sl_record_next(&scene->walker, blocks->at + (size_t)i * SL_BLOCK_BYTES_MAX,
				      &offset, &record) > 0)
			assert_int_equal(sl_archive_ops.record(scene->archive, &record,
							       scene->position,
							       NOON + (int64_t)scene->position),
					 0);
	}
}

static struct sl_decision_view decision_of(uint64_t id, const char *campaign, const char *key,
					   unsigned gate)
{
	struct sl_decision_view decision = {
		.head = {.id = {id, 0x1122334455667788},
			 .ruleset = 7,
			 .event_time_ns = NOON - SL_NS_PER_S,
			 .decided_ns = NOON + (int64_t)id,
			 .gate = (uint16_t)gate},
		.campaign = text_of(campaign),
		.campaign_version = text_of("0123456789ab"),
		.key = text_of(key),
		.event_id = text_of("e-1"),
	};

	return decision;
}

static _Alignas(8) uint8_t room[FIXTURE_BLOCKS * SL_BLOCK_BYTES_MAX];

static void decide(struct scene *scene, uint64_t id, const char *campaign, const char *key,
		   unsigned gate)
{
	struct sl_decision_view decision = decision_of(id, campaign, key, gate);
	struct sl_match_view match = match_of(id, "{}");
	struct sl_blocks blocks;

	sl_blocks_init(&blocks, room, FIXTURE_BLOCKS);
	if (gate == SL_GATE_SENT)
		assert_int_equal(sl_blocks_append_match(&blocks, &match), 0);
	assert_int_equal(sl_blocks_append_decision(&blocks, &decision), 0);
	hand(scene, &blocks);
}

static void settle(struct scene *scene)
{
	assert_int_equal(sl_archive_ops.settle(scene->archive, scene->position), 0);
}

struct seen {
	unsigned n;
	char lines[65536];
};

static struct seen seen;

static int see(void *context, const struct sl_archived *one)
{
	struct seen *to = context;
	size_t used = strlen(to->lines);

	snprintf(to->lines + used, sizeof(to->lines) - used,
		 "%llu %.*s %.*s %.*s %.*s/%.*s%.*s%s\n", (unsigned long long)one->id[0],
		 (int)one->campaign.bytes, one->campaign.at, (int)one->key.bytes, one->key.at,
		 (int)one->decision.bytes, one->decision.at, (int)one->channel.bytes,
		 one->channel.at, (int)one->template.bytes, one->template.at, (int)one->steps.bytes,
		 one->steps.at, one->due ? " due" : "");
	to->n++;
	return 0;
}

static const char *ask(struct scene *scene, const char *key, const char *campaign)
{
	const struct sl_archive_question question = {
		.key = key ? text_of(key) : (struct sl_text){0},
		.campaign = campaign ? text_of(campaign) : (struct sl_text){0},
		.from_ns = INT64_MIN,
		.until_ns = INT64_MAX,
		.limit = SL_ARCHIVE_ANSWERS_MAX,
	};
	struct sl_daily_place next = {0};

	memset(&seen, 0, sizeof(seen));
	do
		assert_int_equal(
			sl_archive_walk(scene->archive, &question, next, see, &seen, &next), 0);
	while (next.file);
	return seen.lines;
}

static void found_by_key_and_by_campaign(void **state)
{
	struct scene scene;

	(void)state;
	begin(&scene);
	decide(&scene, 1, "loan", "C1", SL_GATE_SENT);
	decide(&scene, 2, "loan", "C2", SL_GATE_VALIDITY);
	decide(&scene, 3, "card", "C1", SL_GATE_VALIDITY);
	assert_string_equal(ask(&scene, NULL, NULL), "");
	settle(&scene);
	for (unsigned pass = 0; pass < 2; pass++) {
		assert_string_equal(ask(&scene, NULL, NULL),
				    "3 card C1 validity /\n"
				    "2 loan C2 validity /\n"
				    "1 loan C1 sent push/LOAN_ABANDONED{\"event\":\"e-1\"}\n");
		assert_string_equal(ask(&scene, "C1", NULL),
				    "3 card C1 validity /\n1 loan C1 sent "
				    "push/LOAN_ABANDONED{\"event\":\"e-1\"}\n");
		assert_string_equal(ask(&scene, NULL, "loan"),
				    "2 loan C2 validity /\n1 loan C1 sent "
				    "push/LOAN_ABANDONED{\"event\":\"e-1\"}\n");
		assert_string_equal(ask(&scene, "C1", "card"), "3 card C1 validity /\n");
		assert_string_equal(ask(&scene, "C", NULL), "");
		assert_string_equal(ask(&scene, "C1", "loa"), "");
		open_again(&scene);
	}
	assert_int_equal(scene.stats.settled, 3);
	end(&scene);
}

static int stop_at_once(void *context, const struct sl_archived *one)
{
	return see(context, one) + 1;
}

static void times_limits_and_pages(void **state)
{
	struct sl_archive_question question = {
		.from_ns = NOON + 3, .until_ns = NOON + 8, .limit = 2};
	struct sl_daily_place next = {0};
	struct scene scene;
	unsigned pages = 0;

	(void)state;
	begin(&scene);
	for (uint64_t i = 1; i <= 10; i++)
		decide(&scene, i, "loan", "C1", SL_GATE_VALIDITY);
	settle(&scene);
	memset(&seen, 0, sizeof(seen));
	do {
		unsigned before = seen.n;

		assert_int_equal(sl_archive_walk(scene.archive, &question, next, see, &seen, &next),
				 0);
		assert_true(seen.n - before <= 2);
		pages++;
	} while (next.file);
	assert_int_equal(seen.n, 5);
	assert_true(pages >= 3);
	assert_int_equal(strncmp(seen.lines, "7 ", 2), 0);
	memset(&seen, 0, sizeof(seen));
	assert_int_equal(
		sl_archive_walk(scene.archive, &question, next, stop_at_once, &seen, &next), 0);
	assert_int_equal(seen.n, 1);
	end(&scene);
}

/* By match id and gate: two gates of one match are two decisions. */
static void the_same_twice_is_answered_once(void **state)
{
	struct scene scene;

	(void)state;
	begin(&scene);
	decide(&scene, 1, "loan", "C1", SL_GATE_SENT);
	decide(&scene, 1, "loan", "C1", SL_GATE_SENT);
	decide(&scene, 1, "loan", "C1", SL_GATE_VALIDITY);
	settle(&scene);
	assert_string_equal(
		ask(&scene, "C1", NULL),
		"1 loan C1 validity /\n1 loan C1 sent push/LOAN_ABANDONED{\"event\":\"e-1\"}\n");
	end(&scene);
}

/* What comes again from the cursor on is kept once, also where the crash was within a block. */
static void a_restart_keeps_each_once(void **state)
{
	struct scene scene;
	struct sl_daily_view view;

	(void)state;
	begin(&scene);
	decide(&scene, 1, "loan", "C1", SL_GATE_SENT);
	decide(&scene, 2, "loan", "C1", SL_GATE_SENT);
	settle(&scene);
	decide(&scene, 3, "loan", "C1", SL_GATE_SENT);
	open_again(&scene);
	scene.position = 5;
	for (uint64_t i = 1; i <= 4; i++)
		decide(&scene, i, "loan", "C1", SL_GATE_SENT);
	settle(&scene);
	sl_daily_look(sl_archive_daily(scene.archive), &view);
	assert_int_equal(view.kept, 4);
	ask(&scene, "C1", NULL);
	assert_int_equal(seen.n, 4);
	end(&scene);
}

/* Records of types and gates that are not known here, and decisions without their match. */
static void what_is_not_known_is_no_fault(void **state)
{
	struct sl_decision_view unknown = decision_of(9, "loan", "C9", 60000);
	struct sl_decision_view alone = decision_of(8, "loan", "C8", SL_GATE_SENT);
	struct sl_match_view match = match_of(7, "{}");
	struct sl_decision_view due = decision_of(7, "loan", "C7", SL_GATE_SENT);
	const struct sl_span future = sl_span_text("whatever");
	struct sl_blocks blocks;
	struct scene scene;

	(void)state;
	begin(&scene);
	sl_blocks_init(&blocks, room, FIXTURE_BLOCKS);
	assert_int_equal(sl_blocks_append(&blocks, (enum sl_record_type)77, &future, 1), 0);
	assert_int_equal(sl_blocks_append(&blocks, SL_RECORD_DECISION, &future, 1), 0);
	assert_int_equal(sl_blocks_append_decision(&blocks, &unknown), 0);
	assert_int_equal(sl_blocks_append_decision(&blocks, &alone), 0);
	match.steps = text_of("{\"start\":\"e-0\",\"done\":\"e-1\"}");
	due.head.flags = SL_DECISION_DUE;
	assert_int_equal(sl_blocks_append_match(&blocks, &match), 0);
	assert_int_equal(sl_blocks_append_decision(&blocks, &due), 0);
	hand(&scene, &blocks);
	settle(&scene);
	assert_string_equal(
		ask(&scene, NULL, NULL),
		"7 loan C7 sent push/LOAN_ABANDONED{\"start\":\"e-0\",\"done\":\"e-1\"} due\n"
		"8 loan C8 sent /\n9 loan C9 unknown /\n");
	assert_int_equal(scene.stats.damaged, 1);
	end(&scene);
}

static void why(void **state)
{
	(void)state;
	assert_string_equal(sl_archive_why(text_of("validity")),
			    "outside the campaign's valid period");
	assert_null(sl_archive_why(text_of("sent")));
	assert_null(sl_archive_why(text_of("")));
	assert_null(sl_archive_why(text_of("moon")));
}

/* Any cut of a row, and any other length in it, is refused. */
static void a_row_is_believed_nothing(void **state)
{
	static char at[SL_DAILY_RECORD_MAX];
	struct sl_archived row = {.campaign = text_of("loan"), .key = text_of("C1")}, again;
	size_t n = sl_archive_row_write(&row, at);

	(void)state;
	assert_int_equal(sl_archive_row_read(sl_span_of(at, n), &again), 0);
	assert_int_equal(again.key.bytes, 2);
	for (size_t i = 0; i < n; i++)
		assert_int_equal(sl_archive_row_read(sl_span_of(at, i), &again), -SL_E_DAMAGED);
	at[0]++;
	assert_int_equal(sl_archive_row_read(sl_span_of(at, n), &again), -SL_E_VERSION);
	row.key = (struct sl_text){at, UINT16_MAX + 1};
	assert_int_equal(sl_archive_row_write(&row, at), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(found_by_key_and_by_campaign),
		cmocka_unit_test(times_limits_and_pages),
		cmocka_unit_test(the_same_twice_is_answered_once),
		cmocka_unit_test(a_restart_keeps_each_once),
		cmocka_unit_test(what_is_not_known_is_no_fault),
		cmocka_unit_test(why),
		cmocka_unit_test(a_row_is_believed_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
