/* Looking on at the journal: what a tail is given, what it is told that it missed, and conditions.
 */
#include "fixture.h"

#include "control/tail/tail_priv.h"
#include "sluice/gate.h"
#include "sluice/reason.h"

#include <pthread.h>
#include <stdatomic.h>

struct scene {
	struct fixture fixture;
	struct sl_journal *journal;
	struct sl_tails *tails;
	_Atomic unsigned woken;
};

static void wake(void *context)
{
	atomic_fetch_add(&((struct scene *)context)->woken, 1);
}

static int begin(void **state)
{
	static struct scene scene;
	char why[SL_SENTENCE_BYTES];

	scene = (struct scene){0};
	fixture_open(&scene.fixture);
	fixture_journal(&scene.fixture, 1);
	assert_int_equal(sl_journal_open(scene.fixture.journal, &scene.journal, why), 0);
	assert_int_equal(sl_tails_open(wake, &scene, &scene.tails), 0);
	*state = &scene;
	return 0;
}

static int end(void **state)
{
	struct scene *scene = *state;

	sl_tails_close(scene->tails);
	sl_journal_close(scene->journal);
	fixture_close(&scene->fixture);
	return 0;
}

static struct sl_tail *open_tail(struct scene *scene, const struct sl_tail_question *question)
{
	struct sl_tail *tail = NULL;
	char why[SL_SENTENCE_BYTES] = "";

	if (sl_tail_open(scene->tails, scene->journal, question, &tail, why))
		fail_msg("%s", why);
	return tail;
}

#define EVERYTHING (SL_TAIL_MATCH | SL_TAIL_DECISION | SL_TAIL_REFUSAL)

/* Takes until n lines are there, then makes sure that there are no more. */
static void take_lines(struct sl_tail *tail, unsigned n, char *at, size_t room)
{
	unsigned lines = 0;
	size_t bytes = 0;

	for (const time_t until_s = monotonic_s() + NEVER_S; lines < n;) {
		size_t more = sl_tail_take(tail, at + bytes, room - bytes - 1);

		for (size_t i = 0; i < more; i++)
			lines += at[bytes + i] == '\n';
		bytes += more;
		if (monotonic_s() > until_s)
			fail_msg("%u of %u lines", lines, n);
		if (!more)
			usleep(1000);
	}
	at[bytes] = '\0';
	assert_int_equal(lines, n);
	assert_int_equal(at[bytes - 1], '\n');
}

static void put_decision(struct scene *scene, unsigned gate, const char *campaign, const char *key)
{
	static _Alignas(8) uint8_t room[4 * SL_BLOCK_BYTES_MAX];
	struct sl_decision_view decision = {
		.head = {.id = {9, 8},
			 .ruleset = 7,
			 .event_time_ns = 1763683953120000000,
			 .decided_ns = 1763683953500000000,
			 .gate = (uint16_t)gate},
		.campaign = text_of(campaign),
		.campaign_version = text_of("0123456789ab"),
		.key = text_of(key),
		.event_id = text_of("e-9"),
	};
	struct sl_blocks blocks;

	sl_blocks_init(&blocks, room, 4);
	assert_int_equal(sl_blocks_append_decision(&blocks, &decision), 0);
	fixture_commit(&scene->fixture, &blocks);
}

static void put_refusal(struct scene *scene, const char *text)
{
	static _Alignas(8) uint8_t room[16 * SL_BLOCK_BYTES_MAX];
	struct sl_refused_view refused = {
		.head = {.received_ns = 1763683953120000000,
			 .reason = SL_WHY_JSON_MALFORMED,
			 .offset = 17,
			 .text_whole_bytes = 20},
		.channel = text_of("web"),
		.detail = text_of("a comma is missing"),
		.text = text_of(text),
	};
	struct sl_blocks blocks;

	sl_blocks_init(&blocks, room, 16);
	assert_int_equal(sl_blocks_append_refused(&blocks, &refused), 0);
	fixture_commit(&scene->fixture, &blocks);
}

/* ---- what comes ------------------------------------------------------------------------------ */

static void what_is_committed_after_it_was_opened(void **state)
{
	const struct sl_tail_question question = {.kinds = SL_TAIL_MATCH};
	struct scene *scene = *state;
	struct sl_tail *tail;
	char lines[8192];

	fixture_matches(&scene->fixture, 100, 5, "{}");
	tail = open_tail(scene, &question);
	fixture_matches(&scene->fixture, 200, 2, "{\"amount\":5}");
	put_refusal(scene, "{}"); /* not asked for */
	fixture_matches(&scene->fixture, 300, 1, "{}");
	take_lines(tail, 3, lines, sizeof(lines));
	assert_non_null(strstr(lines, "00000000000000c8\"")); /* 200 */
	assert_non_null(strstr(lines, "00000000000000c9\""));
	assert_non_null(strstr(lines, "000000000000012c\"")); /* 300 */
	assert_non_null(strstr(lines, "{\"kind\":\"match\",\"id\":\"1122334455667788"));
	assert_non_null(strstr(lines, "\"data\":{\"amount\":5}"));
	assert_non_null(strstr(lines, "\"campaign\":\"loan-abandoned\""));
	assert_true(atomic_load(&scene->woken) > 0);
	sl_tail_close(tail);
}

static void all_kinds_have_their_lines(void **state)
{
	const struct sl_tail_question question = {.kinds = EVERYTHING};
	struct scene *scene = *state;
	struct sl_tail *tail = open_tail(scene, &question);
	char lines[8192];

	put_decision(scene, SL_GATE_VALIDITY, "loan-abandoned", "C1");
	put_decision(scene, SL_GATE_SENT, "loan-abandoned", "C1");
	put_refusal(scene, "{\"a\":##");
	take_lines(tail, 3, lines, sizeof(lines));
	assert_non_null(strstr(
		lines, "{\"kind\":\"decision\",\"id\":\"00000000000000080000000000000009\""));
	assert_non_null(strstr(lines, "\"decision\":\"validity\""));
	assert_non_null(strstr(lines, "\"decision\":\"sent\""));
	assert_non_null(strstr(lines, "{\"kind\":\"refusal\",\"channel\":\"web\",\"reason\":"
				      "\"json_malformed\",\"detail\":\"a comma is missing\","
				      "\"offset\":17,\"bytes\":20,\"original\":\"{\\\"a\\\":##\""));
	sl_tail_close(tail);
}

static void only_what_was_asked_for(void **state)
{
	struct scene *scene = *state;
	struct sl_tail *one = open_tail(scene, &(struct sl_tail_question){.kinds = EVERYTHING,
									  .campaign = "wanted"}),
		       *two = open_tail(
			       scene, &(struct sl_tail_question){.kinds = EVERYTHING, .key = "C2"}),
		       *three = open_tail(scene, &(struct sl_tail_question){
							 .kinds = EVERYTHING,
							 .where = "decision == 'validity'"});
	char lines[8192];

	put_decision(scene, SL_GATE_SENT, "other", "C1");
	put_decision(scene, SL_GATE_SENT, "wanted", "C1");
	put_decision(scene, SL_GATE_SENT, "wanted-not", "C2");
	put_decision(scene, SL_GATE_VALIDITY, "other", "C3");
	put_refusal(scene, "{}");
	put_decision(scene, SL_GATE_VALIDITY, "wanted", "C2");
	take_lines(one, 2, lines, sizeof(lines));
	assert_null(strstr(lines, "other"));
	assert_null(strstr(lines, "wanted-not"));
	take_lines(two, 2, lines, sizeof(lines));
	assert_null(strstr(lines, "\"C1\""));
	take_lines(three, 2, lines, sizeof(lines));
	assert_null(strstr(lines, "sent"));
	sl_tail_close(one);
	sl_tail_close(two);
	sl_tail_close(three);
}

static void a_second_tail_repeats_nothing(void **state)
{
	const struct sl_tail_question question = {.kinds = SL_TAIL_MATCH};
	struct scene *scene = *state;
	struct sl_tail *first = open_tail(scene, &question), *tails[SL_TAILS_MAX - 1];
	static char lines[1 << 20];
	unsigned seen = 0;

	for (unsigned i = 0; i < SL_TAILS_MAX - 1; i++) {
		fixture_matches(&scene->fixture, i, 20, "{}");
		tails[i] = open_tail(scene, &question);
	}
	fixture_matches(&scene->fixture, 99, 1, "{}");
	take_lines(first, 20 * (SL_TAILS_MAX - 1) + 1, lines, sizeof(lines));
	for (unsigned i = 0; i < SL_TAILS_MAX - 1; i++) {
		take_lines(tails[i], 20 * (SL_TAILS_MAX - 2 - i) + 1, lines, sizeof(lines));
		seen++;
		sl_tail_close(tails[i]);
	}
	assert_int_equal(seen, SL_TAILS_MAX - 1);
	sl_tail_close(first);
	/* the thread had nothing to do, and begins again at the end */
	fixture_matches(&scene->fixture, 1000, 3, "{}");
	first = open_tail(scene, &question);
	fixture_matches(&scene->fixture, 2000, 1, "{}");
	take_lines(first, 1, lines, sizeof(lines));
	assert_non_null(strstr(lines, "7d0\""));
	sl_tail_close(first);
}

static void there_are_so_many_and_no_more(void **state)
{
	const struct sl_tail_question question = {.kinds = SL_TAIL_MATCH};
	struct scene *scene = *state;
	struct sl_tail *tails[SL_TAILS_MAX], *one_more = NULL;
	char why[SL_SENTENCE_BYTES] = "";

	for (unsigned i = 0; i < SL_TAILS_MAX; i++)
		tails[i] = open_tail(scene, &question);
	assert_int_equal(sl_tail_open(scene->tails, scene->journal, &question, &one_more, why),
			 -SL_E_FULL);
	assert_null(one_more);
	assert_non_null(strstr(why, "first"));
	sl_tail_close(tails[3]);
	tails[3] = open_tail(scene, &question);
	for (unsigned i = 0; i < SL_TAILS_MAX; i++)
		sl_tail_close(tails[i]);
}

static void a_slow_one_is_told_what_it_missed(void **state)
{
	const struct sl_tail_question question = {.kinds = SL_TAIL_MATCH};
	struct scene *scene = *state;
	struct sl_tail *slow = open_tail(scene, &question), *last;
	static char lines[2 * SL_TAIL_ROOM];
	unsigned long missed, came = 0;
	size_t n = 0, more;
	char *told;

	/* each line takes about half a KiB: more than its room by far */
	for (unsigned i = 0; i < 20; i++)
		fixture_matches(&scene->fixture, i * 100, 100, "{}");
	last = open_tail(scene, &question);
	fixture_matches(&scene->fixture, 5000, 1, "{}");
	take_lines(last, 1, lines, sizeof(lines)); /* everything before was walked */
	while ((more = sl_tail_take(slow, lines + n, sizeof(lines) - n - 1)) > 0)
		n += more;
	lines[n] = '\0';
	for (const char *at = lines; (at = strstr(at, "\"kind\":\"match\"")); at++)
		came++;
	told = strstr(lines, "{\"kind\":\"missed\",\"records\":");
	assert_non_null(told);
	missed = strtoul(told + strlen("{\"kind\":\"missed\",\"records\":"), NULL, 10);
	assert_int_equal(came + missed, 2001);
	assert_true(came >= SL_TAIL_ROOM / 1024);
	/* and goes on */
	fixture_matches(&scene->fixture, 6000, 1, "{}");
	take_lines(slow, 1, lines, sizeof(lines));
	assert_non_null(strstr(lines, "\"kind\":\"match\""));
	sl_tail_close(slow);
	sl_tail_close(last);
}

static void what_was_trimmed_is_told_in_blocks(void **state)
{
	const struct sl_tail_question question = {.kinds = SL_TAIL_MATCH};
	struct scene *scene = *state;
	struct sl_tail *tail = open_tail(scene, &question);
	char lines[4096];
	size_t n = 0;

	/* as after a trim that went past the reader: positions are missing */
	fixture_matches(&scene->fixture, 1, 1, "{}");
	take_lines(tail, 1, lines, sizeof(lines));
	scene->fixture.next += SL_TAIL_BEHIND_MAX + 50;
	fixture_matches(&scene->fixture, 2, 1, "{}");
	fixture_matches(&scene->fixture, 3, 1, "{}");
	lines[0] = '\0';
	EVENTUALLY((n += sl_tail_take(tail, lines + n, sizeof(lines) - n - 1), lines[n] = '\0',
		    strstr(lines, "\"kind\":\"missed\",\"records\":0,\"blocks\":")));
	sl_tail_close(tail);
}

/* ---- conditions ------------------------------------------------------------------------------ */

static bool holds(const char *text, const char *data)
{
	static _Alignas(8) uint8_t room[64 * SL_BLOCK_BYTES_MAX];
	static struct sl_tail_record record;
	struct sl_match_view match = match_of(1, data);
	struct sl_record_walker walker;
	struct sl_record from;
	struct sl_blocks blocks;
	struct sl_where *where;
	char why[SL_SENTENCE_BYTES] = "";
	size_t offset = 0;
	bool answer;

	sl_blocks_init(&blocks, room, 64);
	assert_int_equal(sl_blocks_append_match(&blocks, &match), 0);
	sl_record_walker_init(&walker);
	for (uint8_t *block = room; sl_record_next(&walker, block, &offset, &from) == 0; offset = 0)
		block += SL_BLOCK_BYTES_MAX;
	assert_true(sl_tail_record_read(&from, 1763683953120000000, &record));
	if (sl_where_new(text, &where, why))
		fail_msg("%s: %s", text, why);
	answer = sl_where_holds(where, &record);
	sl_where_free(where);
	sl_tail_record_fini(&record);
	return answer;
}

static void conditions_ask_everything(void **state)
{
	(void)state;
	assert_true(holds("kind == 'match' && campaign == 'loan-abandoned'", "{}"));
	assert_false(holds("campaign != 'loan-abandoned'", "{}"));
	assert_true(holds("key.startsWith('C0001') && ruleset == 7", "{}"));
	assert_true(holds("id == '11223344556677880000000000000001'", "{}"));
	assert_true(holds("event.id == 'e-1' && event.type.contains('apply')", "{}"));
	assert_true(holds("event.channel in ['mobile', 'web']", "{}"));
	assert_true(holds("event.time == timestamp('2025-11-21T00:12:33.12Z')", "{}"));
	assert_true(holds("received - event.time < duration('1s')", "{}"));
	assert_true(holds("committed == event.time", "{}"));
	assert_true(holds("send.channel == 'push' && send.template == 'LOAN_ABANDONED'", "{}"));
	assert_true(holds("decision == 'sent' && reason == '' && detail == ''", "{}"));
	assert_true(holds("true // at the end", "{}"));
}

static void conditions_ask_data(void **state)
{
	(void)state;
	assert_true(holds("data.amount > 100", "{\"amount\":101}"));
	assert_false(holds("data.amount > 100", "{\"amount\":100}"));
	assert_false(holds("data.amount > 100", "{}")); /* a fault is no */
	assert_true(holds("has(data.rate) && data.rate == 1.5", "{\"rate\":1.5}"));
	assert_true(holds("data.tags.exists(t, t == '가')", "{\"tags\":[\"b\",\"가\"]}"));
	assert_true(holds("data.a.b == null && data.yes", "{\"a\":{\"b\":null},\"yes\":true}"));
	assert_true(holds("data.size() == 0", "{}"));
	assert_true(
		holds("data.size() == 0", "{\"deep\":[[[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]]]}"));
}

static void data_of_too_many_values_is_empty(void **state)
{
	static char data[SL_WHERE_ITEMS * 2 + 64];
	char *at = data;

	(void)state;
	at += sprintf(at, "{\"a\":[1");
	for (unsigned i = 0; i < SL_WHERE_ITEMS; i++)
		at += sprintf(at, ",1");
	sprintf(at, "]}");
	assert_true(holds("data.size() == 0", data));
}

static void no_condition_is_refused_with_its_place(void **state)
{
	struct sl_where *where = NULL;
	char why[SL_SENTENCE_BYTES];

	(void)state;
	assert_int_equal(sl_where_new("campaing == 'a'", &where, why), -SL_E_RULES);
	assert_non_null(strstr(why, "where:1:1: "));
	assert_non_null(strstr(why, "`campaign`"));
	assert_int_equal(sl_where_new("campaign", &where, why), -SL_E_RULES);
	assert_non_null(strstr(why, "no condition"));
	assert_int_equal(sl_where_new("", &where, why), -SL_E_RULES);
	assert_int_equal(sl_where_new("key == ", &where, why), -SL_E_RULES);
	assert_int_equal(sl_where_new("true) || (true", &where, why), -SL_E_RULES);
	assert_null(where);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(what_is_committed_after_it_was_opened, begin, end),
		cmocka_unit_test_setup_teardown(all_kinds_have_their_lines, begin, end),
		cmocka_unit_test_setup_teardown(only_what_was_asked_for, begin, end),
		cmocka_unit_test_setup_teardown(a_second_tail_repeats_nothing, begin, end),
		cmocka_unit_test_setup_teardown(there_are_so_many_and_no_more, begin, end),
		cmocka_unit_test_setup_teardown(a_slow_one_is_told_what_it_missed, begin, end),
		cmocka_unit_test_setup_teardown(what_was_trimmed_is_told_in_blocks, begin, end),
		cmocka_unit_test(conditions_ask_everything),
		cmocka_unit_test(conditions_ask_data),
		cmocka_unit_test(data_of_too_many_values_is_empty),
		cmocka_unit_test(no_condition_is_refused_with_its_place),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
