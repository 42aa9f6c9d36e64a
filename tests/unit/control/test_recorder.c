/* Events, kept beyond the journal for replays. */
#include "fixture.h"

#include "base/clock.h"
#include "control/recorder/recorder.h"

#define NOON INT64_C(1763683200000000000)

struct scene {
	struct fixture fixture;
	char directory[80];
	struct sl_consumer_stats stats;
	struct sl_recorder *recorder;
	uint64_t position;
	char lines[4096];
};

static void open_again(struct scene *scene)
{
	const struct sl_recorder_config config = {
		.directory = scene->directory,
		.days = 30,
		.bytes = 64u << 20,
		.patience_ns = INT64_MAX,
		.stats = &scene->stats,
	};

	sl_recorder_free(scene->recorder);
	assert_int_equal(sl_recorder_new(&config, &scene->recorder), 0);
}

static void start(struct scene *scene)
{
	static const uint8_t journal[16] = {1};
	uint64_t position = 0;

	assert_int_equal(sl_recorder_ops.start(scene->recorder, journal, 1, &position), 0);
	assert_int_equal(position, 1);
	scene->position = 1;
}

static void hand(struct scene *scene, const char *json, enum sl_record_type type)
{
	static struct sl_record_walker walker;
	static _Alignas(8) uint8_t room[4 * SL_BLOCK_BYTES_MAX];
	struct sl_event_view event = {
		.head = {.received_ns = NOON + (int64_t)scene->position},
		.channel = text_of("web"),
		.json = text_of(json),
	};
	const struct sl_span other = sl_span_text(json);
	struct sl_record record;
	struct sl_blocks blocks;
	size_t offset = 0;

	sl_blocks_init(&blocks, room, 4);
	assert_int_equal(type == SL_RECORD_EVENT ? sl_blocks_append_event(&blocks, &event)
						 : sl_blocks_append(&blocks, type, &other, 1),
			 0);
	sl_record_walker_init(&walker);
	assert_int_equal(sl_record_next(&walker, room, &offset, &record), 1);
	assert_int_equal(sl_recorder_ops.record(scene->recorder, &record, scene->position++, NOON),
			 0);
}

static int see(void *context, int64_t time_ns, struct sl_span record)
{
	struct scene *scene = context;
	size_t used = strlen(scene->lines);

	snprintf(scene->lines + used, sizeof(scene->lines) - used, "%d:%.*s ",
		 (int)(time_ns - NOON), (int)record.bytes, (const char *)record.at);
	return 0;
}

static const char *all(struct scene *scene)
{
	const struct sl_daily_question question = {.from_ns = INT64_MIN, .until_ns = INT64_MAX};
	struct sl_daily_place next;

	scene->lines[0] = 0;
	assert_int_equal(sl_daily_walk(sl_recorder_daily(scene->recorder), &question,
				       (struct sl_daily_place){0}, see, scene, &next),
			 0);
	return scene->lines;
}

static void events_and_nothing_else(void **state)
{
	struct scene scene = {0};

	(void)state;
	fixture_open(&scene.fixture);
	snprintf(scene.directory, sizeof(scene.directory), "%s/events", scene.fixture.directory);
	open_again(&scene);
	sl_recorder_open(scene.recorder);
	assert_int_not_equal(access(scene.directory, F_OK), 0); /* not made for nothing */
	start(&scene);
	hand(&scene, "{\"id\":\"a\"}", SL_RECORD_EVENT);
	hand(&scene, "whatever", SL_RECORD_TICK);
	hand(&scene, "{\"id\":\"b\"}", SL_RECORD_EVENT);
	assert_int_equal(sl_recorder_ops.settle(scene.recorder, 4), 0);
	assert_string_equal(all(&scene), "1:{\"id\":\"a\"} 3:{\"id\":\"b\"} ");
	/* again from the cursor on */
	open_again(&scene);
	start(&scene);
	hand(&scene, "{\"id\":\"a\"}", SL_RECORD_EVENT);
	hand(&scene, "whatever", SL_RECORD_TICK);
	hand(&scene, "{\"id\":\"b\"}", SL_RECORD_EVENT);
	hand(&scene, "{\"id\":\"c\"}", SL_RECORD_EVENT);
	assert_int_equal(sl_recorder_ops.settle(scene.recorder, 5), 0);
	assert_string_equal(all(&scene), "1:{\"id\":\"a\"} 3:{\"id\":\"b\"} 4:{\"id\":\"c\"} ");
	/* and where nothing is recorded any more */
	open_again(&scene);
	sl_recorder_open(scene.recorder);
	assert_string_equal(all(&scene), "1:{\"id\":\"a\"} 3:{\"id\":\"b\"} 4:{\"id\":\"c\"} ");
	sl_recorder_free(scene.recorder);
	fixture_close(&scene.fixture);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(events_and_nothing_else),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
