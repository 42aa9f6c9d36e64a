/* Code of conditions over fields: what is one test stays one, and a filter is true exactly where
 * the condition's value is. */
#include "rules_fixture.h"

#include "base/program.h"
#include "rules/code/code_priv.h"
#include "tools/sluice/dump/program_listing.h"

#include <math.h>
#include <stdlib.h>

enum { ID, TIME, TYPE, CUSTOMER, CHANNEL, AMOUNT, RATE, OVERSEAS, DEVICE_OS, TAGS, TEXT, FIELDS };

/* A condition's two programs over one pool. */
struct rig {
	struct sl_rules_set *set;
	struct sl_pool pool;
	struct sl_buffer value, filter, fields;
	struct sl_artifact artifact;
};

static void load(struct rig *rig, const char *condition)
{
	struct sl_diagnostics *diagnostics = sl_diagnostics_new();
	struct sl_code code;

	*rig = (struct rig){.set = load_condition(condition, diagnostics)};
	if (sl_diagnostics_count(diagnostics, SL_SEVERITY_ERROR))
		fail_msg("%s: %s", condition, codes_of(diagnostics));
	code = sl_code_begin(&rig->pool, &rig->value, NULL);
	sl_code_value(&code, rig->set->campaigns[0].condition);
	assert_false(code.too_large);
	assert_int_equal(code.depth, 1);
	code = sl_code_begin(&rig->pool, &rig->filter, NULL);
	sl_code_filter(&code, (const struct sl_expr *const *)&rig->set->campaigns[0].condition, 1);
	assert_false(code.too_large);
	for (uint32_t i = 0; i < rig->set->schema.n_fields; i++) {
		struct sl_field field = {
			.path = sl_pool_text(&rig->pool, rig->set->schema.fields[i].path),
			.type = rig->set->schema.fields[i].type,
		};

		sl_buffer_add(&rig->fields, &field, sizeof(field));
	}
	assert_false(sl_pool_failed(&rig->pool));
	rig->artifact = (struct sl_artifact){
		.text = (const char *)rig->pool.text.at,
		.fields = (const struct sl_field *)rig->fields.at,
		.constants = (const struct sl_constant *)rig->pool.constants.at,
		.sets = (const struct sl_set *)rig->pool.sets.at,
		.members = (const uint32_t *)rig->pool.members.at,
		.patterns = (const struct sl_pattern *)rig->pool.patterns.at,
		.pattern_bytes = rig->pool.pattern_bytes.at,
		.zones = (const struct sl_time_zone *)rig->pool.zones.at,
		.transitions = (const struct sl_transition *)rig->pool.transitions.at,
	};
	sl_diagnostics_free(diagnostics);
}

static void unload(struct rig *rig)
{
	sl_pool_fini(&rig->pool);
	sl_buffer_fini(&rig->value);
	sl_buffer_fini(&rig->filter);
	sl_buffer_fini(&rig->fields);
	free_set(rig->set);
}

static const struct sl_instruction *code_of(const struct sl_buffer *buffer, uint32_t *ret_n)
{
	*ret_n = (uint32_t)(buffer->bytes / sizeof(struct sl_instruction));
	return (const struct sl_instruction *)buffer->at;
}

static struct sl_value text(const char *at)
{
	return (struct sl_value){.text = at, .count = (uint32_t)strlen(at), .kind = SL_TYPE_STRING};
}

static const struct sl_text tags[] = {{"vip", 3}, {"new", 3}};

/* Full, empty, and one with every number at a limit. */
static void fill(struct sl_value slots[FIELDS], unsigned which)
{
	memset(slots, 0, FIELDS * sizeof(*slots));
	if (which == 1)
		return;
	slots[TYPE] = text("card.payment");
	slots[CHANNEL] = text(which == 0 ? "mobile" : "");
	slots[TEXT] = text(which == 0 ? "see https://x.example/ now" : "\xed\x95\x9c");
	slots[AMOUNT] =
		(struct sl_value){.integer = which == 0 ? 500 : INT64_MIN, .kind = SL_TYPE_INT};
	slots[RATE] = (struct sl_value){.decimal = which == 0 ? 1.5 : (double)NAN,
					.kind = SL_TYPE_DECIMAL};
	slots[OVERSEAS] = (struct sl_value){.integer = which == 0, .kind = SL_TYPE_BOOL};
	slots[TIME] = (struct sl_value){.integer = which == 0 ? 1792540800123456789 : INT64_MIN,
					.kind = SL_TYPE_TIME};
	slots[TAGS] = (struct sl_value){
		.list = tags, .count = which == 0 ? 2 : 0, .kind = SL_TYPE_STRINGS};
}

/* One letter an event: t, f, or e for a fault. */
static void check_answers(const char *condition, const char *expected)
{
	struct sl_program_room *room;
	struct rig rig;
	char answers[4] = {0};

	load(&rig, condition);
	assert_int_equal(sl_program_room_new(16384, 10000, &room), 0);
	for (unsigned i = 0; i < 3; i++) {
		struct sl_value slots[FIELDS];
		struct sl_event event = {.slots = slots, .n_slots = FIELDS};
		uint32_t n_value, n_filter;
		const struct sl_instruction *value = code_of(&rig.value, &n_value);
		const struct sl_instruction *filter = code_of(&rig.filter, &n_filter);
		enum sl_truth truth;

		fill(slots, i);
		truth = sl_program_run(&rig.artifact, value, n_value, &event, room);
		answers[i] = "fte"[truth];
		if ((sl_program_run(&rig.artifact, filter, n_filter, &event, room) == SL_TRUE) !=
		    (truth == SL_TRUE))
			fail_msg("%s: the filter differs for event %u", condition, i);
	}
	sl_program_room_free(room);
	unload(&rig);
	if (strcmp(answers, expected) != 0)
		fail_msg("%s: %s, not %s", condition, answers, expected);
}

static void test_answers(void **state)
{
	static const char *const cases[][2] = {
		{"amount > 5", "tef"},
		{"5 < amount", "tef"},
		{"amount <= 500 && amount >= 500", "tef"},
		{"!(amount < 0)", "tef"},
		{"amount != 500", "fet"},
		{"rate < 2.0", "tef"},
		{"!(rate < 2.0)", "fet"},
		{"!(rate >= 2.0)", "tet"},
		{"rate != 1.5", "fet"},
		{"!(rate == 1.5)", "fet"},
		{"rate > dyn(amount)", "fef"},
		{"amount == dyn(500u)", "tef"},
		{"amount < 500.5", "tet"},
		{"overseas", "tef"},
		{"!overseas", "fet"},
		{"overseas == false", "fet"},
		{"overseas != true || channel == 'x'", "fet"},
		{"channel == 'mobile' || amount < 0", "tet"},
		{"channel in ['web', 'mobile']", "tef"},
		{"!(channel in ['web', 'mobile'])", "fet"},
		{"amount in [1, 500]", "tef"},
		{"rate in [1.5, 0.0]", "tef"},
		{"overseas in [true]", "tef"},
		{"amount in [1, dyn('a')]", "fef"},
		{"'vip' in tags", "tef"},
		{"channel in tags", "fef"},
		{"tags.exists(t, t.startsWith('v'))", "tef"},
		{"tags.all(t, t != 'x')", "tet"},
		{"tags.filter(t, t == type)  == []", "tet"},
		{"size(tags) == 2 && tags[1] == 'new'", "tef"},
		{"text.endsWith('now')", "tef"},
		{"!text.contains('https')", "fet"},
		{"text.matches('^.$')", "fet"},
		{"!text.matches('https?://')", "fet"},
		{"text.size() == 1", "fet"},
		{"has(amount)", "tft"},
		{"!has(amount)", "ftf"},
		{"has(amount) && amount > 0", "tff"},
		{"!has(amount) || amount > 0", "ttf"},
		{"has(device.os) || overseas", "tef"},
		{"time > timestamp('2026-01-01T00:00:00Z')", "tef"},
		{"time == timestamp('2026-10-21T00:00:00.123456789Z')", "tef"},
		{"time < timestamp('0001-01-01T00:00:00Z')", "fef"},
		{"time in [timestamp('2026-10-21T00:00:00.123456789Z')]", "tef"},
		{"time.getFullYear() == 1677", "fet"},
		{"time.getHours('Asia/Seoul') == 9", "tef"},
		{"(overseas ? amount : 0) > 5", "tef"},
		{"overseas ? channel == 'mobile' : rate > 0.0", "tef"},
		{"!(overseas && channel == 'mobile')", "fet"},
		{"!(overseas || channel == 'mobile')", "fet"},
		{"!(overseas && (channel == 'x' || !(amount > 5)))", "tet"},
		{"type + channel == 'card.paymentmobile'", "tef"},
		{"type < 'd' && type > 'c' && type <= 'card.payment' && type >= 'card'", "tet"},
		{"amount + 9223372036854775807 > 0 || true", "ttt"},
		{"amount - 1 > 0", "tee"},
		{"true && true", "ttt"},
		{"amount > 0 && true", "tef"},
		{"amount > 0 && false", "fff"},
		{"{'a': amount}.a == 500", "tef"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
		check_answers(cases[i][0], cases[i][1]);
}

static void check_listing(const char *condition, const char *expected)
{
	char listing[2048];
	struct rig rig;
	size_t bytes;
	uint32_t n;
	const struct sl_instruction *code;

	load(&rig, condition);
	code = code_of(&rig.filter, &n);
	bytes = sl_program_list(&rig.artifact, code, n, listing, sizeof(listing));
	assert_string_equal(listing, expected);
	assert_int_equal(bytes, strlen(expected));
	unload(&rig);
}

static void test_listings(void **state)
{
	(void)state;
	/* cheap ones first, one instruction each and a jump between */
	check_listing("type == \"a\" && amount > 5 && channel != \"b\"",
		      "   0  gt_int amount 5\n"
		      "   1  and -> 5\n"
		      "   2  eq_string type \"a\"\n"
		      "   3  and -> 5\n"
		      "   4  ne_string channel \"b\"\n");
	check_listing("!(amount > 5 || channel in [\"b\", \"a\"])",
		      "   0  le_int amount 5\n"
		      "   1  and -> 4\n"
		      "   2  in_string channel [\"a\", \"b\"]\n"
		      "   3  not\n");
	check_listing("true && has(rate)", "   0  has rate\n");
	check_listing("true", "");
	check_listing("tags.exists(t, t in [\"a\", \"b\"])", "   0  slot tags\n"
							     "   1  loop exists -> 6\n"
							     "   2  variable 0\n"
							     "   3  const [\"a\", \"b\"]\n"
							     "   4  in\n"
							     "   5  next\n");
	check_listing("amount / 2 == 1 ? overseas : text.size() > 3", "   0  slot amount\n"
								      "   1  const 2\n"
								      "   2  divide\n"
								      "   3  const 1\n"
								      "   4  eq\n"
								      "   5  choose -> 13\n"
								      "   6  else -> 9\n"
								      "   7  eq_int overseas true\n"
								      "   8  jump -> 13\n"
								      "   9  slot text\n"
								      "  10  call size of 1\n"
								      "  11  const 3\n"
								      "  12  gt\n");
}

/* A listing that is longer than its room is cut and ended. */
static void test_listing_is_cut(void **state)
{
	struct rig rig;
	char listing[8];
	uint32_t n;
	const struct sl_instruction *code;

	(void)state;
	load(&rig, "overseas");
	code = code_of(&rig.filter, &n);
	assert_int_equal(sl_program_list(&rig.artifact, code, n, listing, sizeof(listing)),
			 strlen("   0  eq_int overseas true\n"));
	assert_string_equal(listing, "   0  e");
	assert_true(sl_program_list(&rig.artifact, code, n, NULL, 0) > 0);
	unload(&rig);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_answers),
		cmocka_unit_test(test_listings),
		cmocka_unit_test(test_listing_is_cut),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
