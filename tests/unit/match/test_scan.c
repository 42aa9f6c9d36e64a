/* The whole stage: hand-made rule sets for what is subtle, then random ones against a plain
 * evaluation of every trigger. SLUICE_SEED repeats a run. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/counters.h"
#include "match/match.h"
#include "tests/unit/match/literals.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TYPE, PAGE, NOTE, TAGS, AMOUNT, N_FIELDS };

#define EVENTS_MAX 64u
#define CANDIDATES_MAX 512u

static struct sl_literals literals;
static struct sl_stats_worker stats;

struct rig {
	struct sl_builder builder;
	void *file;
	struct sl_artifact *artifact;
	struct sl_match_set *set;
	struct sl_matcher *matcher;
};

static void rig_init(struct rig *rig)
{
	memset(rig, 0, sizeof(*rig));
	memset(&stats, 0, sizeof(stats));
	literals.n = 0;
	sl_builder_init(&rig->builder);
	sl_builder_field(&rig->builder, "type", SL_TYPE_STRING, SL_ROLE_TYPE, SL_FIELD_SCANNED);
	sl_builder_field(&rig->builder, "page", SL_TYPE_STRING, SL_ROLE_NONE, SL_FIELD_SCANNED);
	sl_builder_field(&rig->builder, "note", SL_TYPE_STRING, SL_ROLE_NONE, SL_FIELD_SCANNED);
	sl_builder_field(&rig->builder, "tags", SL_TYPE_STRINGS, SL_ROLE_NONE, SL_FIELD_SCANNED);
	sl_builder_field(&rig->builder, "amount", SL_TYPE_INT, SL_ROLE_NONE, SL_FIELD_USED);
	sl_builder_campaign(&rig->builder, "campaign");
}

static void rig_finish(struct rig *rig, uint32_t shards, uint32_t candidates, uint32_t scan_events)
{
	const struct sl_match_limits limits = {
		.events = EVENTS_MAX,
		.candidates = candidates,
		.event_bytes = 4096,
		.scan_events = scan_events,
	};
	char why[SL_SENTENCE_BYTES] = "";
	size_t n;

	sl_literals_compile(&literals, &rig->builder, shards, scan_events <= 1);
	rig->file = sl_builder_finish(&rig->builder, SL_FILE_RULESET, &n);
	if (sl_artifact_view(rig->file, n, &rig->artifact, why) ||
	    sl_match_set_new(rig->artifact, &rig->set, why))
		fail_msg("%s", why);
	assert_int_equal(sl_matcher_new(&limits, &stats, &rig->matcher), 0);
	assert_int_equal(sl_matcher_prepare(rig->matcher, rig->set), 0);
}

static void rig_fini(struct rig *rig)
{
	sl_matcher_free(rig->matcher);
	sl_match_set_free(rig->set);
	sl_artifact_close(rig->artifact);
	free(rig->file);
	sl_builder_fini(&rig->builder);
}

static uint32_t add_trigger(struct rig *rig, const struct sl_instruction *code, uint32_t n)
{
	return sl_builder_trigger(&rig->builder, 0, code, n);
}

/* A trigger that an atom alone decides. */
static void add_atom(struct rig *rig, enum sl_atom_kind kind, unsigned slot, const char *value)
{
	uint32_t trigger = add_trigger(rig, NULL, 0);

	sl_literals_add(&literals, &rig->builder, kind, slot, value, strlen(value), &trigger, 1);
}

static struct sl_value string(const char *value)
{
	return (struct sl_value){
		.text = value, .count = (uint32_t)strlen(value), .kind = SL_TYPE_STRING};
}

/* The triggers that hold for one event, as "0 3 7". */
static const char *match(struct rig *rig, struct sl_value *slots)
{
	static char list[4096];
	struct sl_event event = {.slots = slots, .n_slots = N_FIELDS};
	struct sl_matches matches;
	size_t n = 0;

	sl_match_burst(rig->matcher, rig->set, &event, 1, &matches);
	list[0] = '\0';
	for (uint32_t i = matches.first[0]; i < matches.first[1]; i++)
		n += (size_t)snprintf(list + n, sizeof(list) - n, "%s%u", n ? " " : "",
				      matches.triggers[i]);
	return list;
}

static uint64_t counter(enum sl_counter name)
{
	return sl_stat_get(&stats.counters[name]);
}

static void test_kinds_of_atoms(void **state)
{
	const struct sl_text tags[] = {{"gold", 4}, {"vip", 3}};
	struct sl_value slots[N_FIELDS] = {string("login"),
					   string("/loan/rate"),
					   string("say hello"),
					   {.list = tags, .count = 2, .kind = SL_TYPE_STRINGS}};
	struct rig rig;

	(void)state;
	rig_init(&rig);
	add_atom(&rig, SL_ATOM_EQUALS, TYPE, "login");
	add_atom(&rig, SL_ATOM_EQUALS, PAGE, "login");
	add_atom(&rig, SL_ATOM_EQUALS, TYPE, "log");
	add_atom(&rig, SL_ATOM_PREFIX, PAGE, "/loan");
	add_atom(&rig, SL_ATOM_PREFIX, PAGE, "loan");
	add_atom(&rig, SL_ATOM_CONTAINS, PAGE, "rate");
	add_atom(&rig, SL_ATOM_CONTAINS, NOTE, "rate");
	add_atom(&rig, SL_ATOM_EQUALS, TAGS, "vip");
	add_atom(&rig, SL_ATOM_EQUALS, TAGS, "vi");
	add_atom(&rig, SL_ATOM_CONTAINS, NOTE, "hello");
	rig_finish(&rig, 1, CANDIDATES_MAX, 1);
	assert_string_equal(match(&rig, slots), "0 3 5 7 9");
	slots[TYPE] = string("");
	slots[PAGE].kind = 0;
	assert_string_equal(match(&rig, slots), "7 9");
	rig_fini(&rig);
}

static void test_empty_values_and_no_fields(void **state)
{
	struct sl_value slots[N_FIELDS] = {string("")};
	struct rig rig;

	(void)state;
	rig_init(&rig);
	add_atom(&rig, SL_ATOM_EQUALS, TYPE, "");
	add_atom(&rig, SL_ATOM_EQUALS, PAGE, "");
	rig_finish(&rig, 1, CANDIDATES_MAX, 1);
	assert_string_equal(match(&rig, slots), "0");
	slots[TYPE].kind = 0;
	assert_string_equal(match(&rig, slots), "");
	rig_fini(&rig);
}

/* A bare literal also turns up in codes, across an escape, in other fields: none of it counts. */
static void test_bare_literals_count_inside_their_value_only(void **state)
{
	struct sl_value slots[N_FIELDS] = {string("x"), string("\x01"), string("y")};
	struct rig rig;

	(void)state;
	rig_init(&rig);
	add_atom(&rig, SL_ATOM_CONTAINS, TYPE, "0");    /* first byte of every code */
	add_atom(&rig, SL_ATOM_CONTAINS, TYPE, "0`");   /* a whole code */
	add_atom(&rig, SL_ATOM_CONTAINS, PAGE, "A");    /* second byte of the escaped \x01 */
	add_atom(&rig, SL_ATOM_CONTAINS, PAGE, "\x01"); /* the escape itself */
	add_atom(&rig, SL_ATOM_CONTAINS, TYPE, "y");
	rig_finish(&rig, 1, CANDIDATES_MAX, 1);
	assert_string_equal(match(&rig, slots), "3");
	slots[PAGE] = string("\x01"
			     "A");
	assert_string_equal(match(&rig, slots), "2 3");
	slots[TYPE] = string("0`");
	assert_string_equal(match(&rig, slots), "0 1 2 3");
	rig_fini(&rig);
}

static void test_programs_decide(void **state)
{
	struct sl_value slots[N_FIELDS] = {string("card")};
	struct rig rig;
	struct sl_instruction code = {.op = SL_OP_GT_INT, .slot = AMOUNT};
	uint32_t trigger;

	(void)state;
	rig_init(&rig);
	code.arg = sl_builder_constant_int(&rig.builder, SL_TYPE_INT, 100);
	trigger = add_trigger(&rig, &code, 1);
	sl_literals_add(&literals, &rig.builder, SL_ATOM_EQUALS, TYPE, "card", 4, &trigger, 1);
	rig_finish(&rig, 1, CANDIDATES_MAX, 1);
	assert_string_equal(match(&rig, slots), "");
	assert_int_equal(counter(SL_COUNTER_PROGRAM_ERRORS), 1);
	slots[AMOUNT] = (struct sl_value){.integer = 100, .kind = SL_TYPE_INT};
	assert_string_equal(match(&rig, slots), "");
	slots[AMOUNT].integer = 101;
	assert_string_equal(match(&rig, slots), "0");
	assert_int_equal(counter(SL_COUNTER_PROGRAM_RUNS), 3);
	assert_int_equal(counter(SL_COUNTER_PROGRAM_ERRORS), 1);
	assert_int_equal(counter(SL_COUNTER_CANDIDATES), 3);
	assert_int_equal(counter(SL_COUNTER_PATTERN_HITS), 3);
	rig_fini(&rig);
}

/* Found by several atoms, several times, and on the always-list: still one. */
static void test_each_trigger_once_and_ascending(void **state)
{
	struct sl_value slots[N_FIELDS] = {string("login"), string("aaaaaaaa"), string("login")};
	struct rig rig;
	uint32_t both[] = {2, 0};

	(void)state;
	rig_init(&rig);
	for (unsigned i = 0; i < 3; i++)
		add_trigger(&rig, NULL, 0);
	sl_literals_add(&literals, &rig.builder, SL_ATOM_EQUALS, TYPE, "login", 5, both, 2);
	sl_literals_add(&literals, &rig.builder, SL_ATOM_EQUALS, NOTE, "login", 5, both, 2);
	sl_literals_add(&literals, &rig.builder, SL_ATOM_CONTAINS, PAGE, "a", 1, both, 1);
	sl_builder_always(&rig.builder, 1);
	sl_builder_always(&rig.builder, 2);
	rig_finish(&rig, 2, CANDIDATES_MAX, 1);
	assert_string_equal(match(&rig, slots), "0 1 2");
	assert_int_equal(counter(SL_COUNTER_CANDIDATES), 3);
	assert_string_equal(match(&rig, slots), "0 1 2");
	assert_int_equal(counter(SL_COUNTER_CANDIDATES), 6);
	rig_fini(&rig);
}

static void test_candidates_are_bounded_and_the_rest_counted(void **state)
{
	struct sl_value slots[N_FIELDS] = {string("login")};
	uint32_t triggers[40];
	struct rig rig;

	(void)state;
	rig_init(&rig);
	for (unsigned i = 0; i < 40; i++)
		triggers[39 - i] = add_trigger(&rig, NULL, 0);
	sl_literals_add(&literals, &rig.builder, SL_ATOM_EQUALS, TYPE, "login", 5, triggers, 40);
	rig_finish(&rig, 1, 20, 1);
	assert_string_equal(match(&rig, slots),
			    "20 21 22 23 24 25 26 27 28 29 30 31 32 33 34 35 36 37 38 39");
	assert_int_equal(counter(SL_COUNTER_CANDIDATES), 20);
	assert_int_equal(counter(SL_COUNTER_CANDIDATES_CUT), 20);
	rig_fini(&rig);
}

static void test_found_atoms_are_bounded_too(void **state)
{
	struct sl_value slots[N_FIELDS] = {string("x"), string("abcdefgh")};
	struct rig rig;

	(void)state;
	rig_init(&rig);
	for (unsigned i = 0; i < 8; i++)
		add_atom(&rig, SL_ATOM_CONTAINS, PAGE, (const char[]){(char)('a' + i), '\0'});
	rig_finish(&rig, 1, 3, 1);
	assert_string_equal(match(&rig, slots), "0 1 2");
	assert_int_equal(counter(SL_COUNTER_CANDIDATES), 3);
	assert_int_equal(counter(SL_COUNTER_CANDIDATES_CUT), 5);
	rig_fini(&rig);
}

static void test_a_set_without_patterns(void **state)
{
	struct sl_value slots[N_FIELDS] = {string("x")};
	struct rig rig;

	(void)state;
	rig_init(&rig);
	add_trigger(&rig, NULL, 0);
	sl_builder_always(&rig.builder, 0);
	rig_finish(&rig, 1, CANDIDATES_MAX, 1);
	assert_string_equal(match(&rig, slots), "0");
	rig_fini(&rig);
}

/* The dearest texts that an event of the limit's 4,096 bytes can have: every byte escaped, and as
 * many strings in a list as quotes and commas leave room for. */
static void test_the_longest_canonical_texts_fit(void **state)
{
	static char page[4096];
	static struct sl_text tags[4096 / 3];
	struct sl_value slots[N_FIELDS] = {{.kind = 0}};
	struct rig rig;

	(void)state;
	memset(page, 0x01, sizeof(page));
	rig_init(&rig);
	add_atom(&rig, SL_ATOM_CONTAINS, PAGE, "\x01\x01");
	add_atom(&rig, SL_ATOM_EQUALS, TAGS, "");
	rig_finish(&rig, 1, CANDIDATES_MAX, 1);
	slots[PAGE] =
		(struct sl_value){.text = page, .count = sizeof(page), .kind = SL_TYPE_STRING};
	assert_string_equal(match(&rig, slots), "0");
	slots[PAGE].kind = 0;
	slots[TAGS] = (struct sl_value){
		.list = tags, .count = sizeof(tags) / sizeof(*tags), .kind = SL_TYPE_STRINGS};
	assert_string_equal(match(&rig, slots), "1");
	rig_fini(&rig);
}

/* More hits than wait at once, from many events scanned as one. */
static void test_many_hits(void **state)
{
	static char page[4096];
	struct sl_value slots[EVENTS_MAX][N_FIELDS];
	struct sl_event events[EVENTS_MAX];
	struct sl_matches matches;
	struct rig rig;

	(void)state;
	memset(page, 'a', sizeof(page));
	rig_init(&rig);
	add_atom(&rig, SL_ATOM_CONTAINS, PAGE, "a");
	add_atom(&rig, SL_ATOM_CONTAINS, PAGE, "aaa");
	add_atom(&rig, SL_ATOM_EQUALS, PAGE, "a");
	rig_finish(&rig, 1, CANDIDATES_MAX, 16);
	for (unsigned i = 0; i < EVENTS_MAX; i++) {
		memset(slots[i], 0, sizeof(slots[i]));
		slots[i][PAGE] = (struct sl_value){
			.text = page, .count = i % 8 ? i % 8 : 2000, .kind = SL_TYPE_STRING};
		events[i] = (struct sl_event){.slots = slots[i], .n_slots = N_FIELDS};
	}
	sl_match_burst(rig.matcher, rig.set, events, EVENTS_MAX, &matches);
	for (unsigned i = 0; i < EVENTS_MAX; i++) {
		uint32_t wanted = i % 8 == 2 ? 1 : 2;

		assert_int_equal(matches.first[i + 1] - matches.first[i], wanted);
		assert_int_equal(matches.triggers[matches.first[i]], 0);
		if (wanted == 2)
			assert_int_equal(matches.triggers[matches.first[i] + 1],
					 i % 8 == 1 ? 2 : 1);
	}
	rig_fini(&rig);
}

/* ---- random rule sets and events ---------------------------------------------------------------
 */

static uint64_t seed;

static uint32_t draw(uint32_t n)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return (uint32_t)((seed >> 20) % n);
}

/* Few letters, so that literals do occur, and all that is special: delimiters, escapes and what
 * they become, codes. */
static uint32_t draw_text(char *at, uint32_t n_max)
{
	static const char letters[] = "aabbcAB0`c\x01\x02\x03\x04\x05\xff";
	uint32_t n = draw(n_max + 1);

	for (uint32_t i = 0; i < n; i++)
		at[i] = letters[draw(sizeof(letters) - 1)];
	return n;
}

struct condition {
	enum { ALWAYS, FILED } how;
	enum sl_atom_kind kind;
	unsigned slot;
	char value[8];
	uint32_t n;
	bool bounded; /* and amount < 50 */
};

#define CONDITIONS 60u

static struct condition conditions[CONDITIONS];

static void draw_conditions(struct rig *rig)
{
	struct sl_instruction code = {.op = SL_OP_LT_INT, .slot = AMOUNT};

	code.arg = sl_builder_constant_int(&rig->builder, SL_TYPE_INT, 50);
	for (uint32_t i = 0; i < CONDITIONS; i++) {
		struct condition *condition = &conditions[i];
		uint32_t trigger;

		condition->how = draw(20) ? FILED : ALWAYS;
		condition->slot = draw(AMOUNT);
		condition->kind = condition->slot == TAGS
					  ? SL_ATOM_EQUALS
					  : (enum sl_atom_kind)(SL_ATOM_EQUALS + draw(3));
		condition->n = draw_text(condition->value, 1 + draw(4));
		if (condition->n == 0 && condition->kind != SL_ATOM_EQUALS)
			condition->value[condition->n++] = 'b';
		condition->bounded = draw(2);
		trigger = add_trigger(rig, &code, condition->bounded);
		if (condition->how == ALWAYS)
			sl_builder_always(&rig->builder, trigger);
		else
			sl_literals_add(&literals, &rig->builder, condition->kind, condition->slot,
					condition->value, condition->n, &trigger, 1);
	}
}

static bool text_holds(const struct condition *condition, const char *text, uint32_t n)
{
	if (condition->kind == SL_ATOM_CONTAINS)
		return memmem(text, n, condition->value, condition->n) != NULL;
	return n >= condition->n && (condition->kind == SL_ATOM_PREFIX || n == condition->n) &&
	       memcmp(text, condition->value, condition->n) == 0;
}

static bool holds(const struct condition *condition, const struct sl_value *slots)
{
	const struct sl_value *value = &slots[condition->slot];
	const struct sl_value *amount = &slots[AMOUNT];
	bool found = condition->how == ALWAYS;

	if (condition->bounded && (amount->kind == 0 || amount->integer >= 50))
		return false;
	if (value->kind == SL_TYPE_STRING)
		found |= text_holds(condition, value->text, value->count);
	if (value->kind == SL_TYPE_STRINGS)
		for (uint32_t i = 0; i < value->count; i++)
			found |= text_holds(condition, value->list[i].at, value->list[i].bytes);
	return found;
}

static struct sl_value event_slots[EVENTS_MAX][N_FIELDS];

static void draw_events(struct sl_event *events, uint32_t n)
{
	static char texts[EVENTS_MAX][N_FIELDS][64];
	static char items[EVENTS_MAX][4][8];
	static struct sl_text lists[EVENTS_MAX][4];

	for (uint32_t i = 0; i < n; i++) {
		struct sl_value *slots = event_slots[i];

		memset(slots, 0, sizeof(event_slots[i]));
		for (unsigned slot = TYPE; slot < TAGS; slot++)
			if (draw(8))
				slots[slot] = (struct sl_value){
					.text = texts[i][slot],
					.count = draw_text(texts[i][slot], draw(4) ? 4 : 60),
					.kind = SL_TYPE_STRING};
		if (draw(3)) {
			slots[TAGS] = (struct sl_value){
				.list = lists[i], .count = draw(5), .kind = SL_TYPE_STRINGS};
			for (uint32_t j = 0; j < slots[TAGS].count; j++)
				lists[i][j] =
					(struct sl_text){items[i][j], draw_text(items[i][j], 4)};
		}
		if (draw(4))
			slots[AMOUNT] =
				(struct sl_value){.integer = draw(100), .kind = SL_TYPE_INT};
		events[i] = (struct sl_event){.slots = slots, .n_slots = N_FIELDS};
	}
}

static void compare(const struct sl_matches *matches, uint32_t n, uint64_t case_seed)
{
	for (uint32_t i = 0; i < n; i++) {
		uint32_t at = matches->first[i];

		for (uint32_t t = 0; t < CONDITIONS; t++) {
			bool wanted = holds(&conditions[t], event_slots[i]);
			bool got = at < matches->first[i + 1] && matches->triggers[at] == t;

			if (wanted != got)
				fail_msg("SLUICE_SEED=%llu: event %u trigger %u: %d, not %d",
					 (unsigned long long)case_seed, i, t, got, wanted);
			at += got;
		}
		assert_int_equal(at, matches->first[i + 1]);
	}
}

static void test_random_sets_agree_with_plain_evaluation(void **state)
{
	const char *given = getenv("SLUICE_SEED");
	uint64_t n_matches = 0;

	(void)state;
	seed = given ? strtoull(given, NULL, 10) : 20261121;
	for (unsigned round = 0; round < 60; round++) {
		uint64_t case_seed = seed;
		struct sl_event events[EVENTS_MAX];
		struct rig rig;

		rig_init(&rig);
		draw_conditions(&rig);
		rig_finish(&rig, 1 + draw(3), CANDIDATES_MAX, draw(2) ? 1 : 1 + draw(EVENTS_MAX));
		for (unsigned burst = 0; burst < 8; burst++) {
			struct sl_matches matches;
			uint32_t n = draw(EVENTS_MAX + 1);

			draw_events(events, n);
			sl_match_burst(rig.matcher, rig.set, events, n, &matches);
			compare(&matches, n, case_seed);
			n_matches += matches.first[n];
		}
		rig_fini(&rig);
	}
	assert_true(n_matches > 10000); /* else it compared little */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_kinds_of_atoms),
		cmocka_unit_test(test_empty_values_and_no_fields),
		cmocka_unit_test(test_bare_literals_count_inside_their_value_only),
		cmocka_unit_test(test_programs_decide),
		cmocka_unit_test(test_each_trigger_once_and_ascending),
		cmocka_unit_test(test_candidates_are_bounded_and_the_rest_counted),
		cmocka_unit_test(test_found_atoms_are_bounded_too),
		cmocka_unit_test(test_a_set_without_patterns),
		cmocka_unit_test(test_the_longest_canonical_texts_fit),
		cmocka_unit_test(test_many_hits),
		cmocka_unit_test(test_random_sets_agree_with_plain_evaluation),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
