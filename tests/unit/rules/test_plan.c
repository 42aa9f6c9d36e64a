#include "rules_fixture.h"

#include <stdlib.h>
#include <string.h>

struct planned {
	struct sl_rules_set *set;
	struct sl_plan plan;
	struct sl_diagnostics *diagnostics;
};

/* Campaigns c0, c1, … with these conditions. */
static struct planned plan_of(const char *const *conditions, unsigned n)
{
	struct planned planned = {.diagnostics = sl_diagnostics_new()};
	size_t room = 1;
	char *text;

	for (unsigned i = 0; i < n; i++)
		room += strlen(conditions[i]) + 200;
	text = calloc(1, room);
	for (unsigned i = 0; i < n; i++)
		sprintf(text + strlen(text),
			"%scampaign: c%02u\nowner: o\nkind: service\nmatch: |\n  %s\nsend: "
			"{channel: "
			"p, template: T}\n",
			i ? "---\n" : "", i, conditions[i]);
	planned.set = load_texts(test_schema, text, planned.diagnostics);
	free(text);
	assert_int_equal(sl_diagnostics_count(planned.diagnostics, SL_SEVERITY_ERROR), 0);
	assert_int_equal(sl_plan_make(planned.set, 1024, &planned.plan), 0);
	return planned;
}

static void release(struct planned *planned)
{
	sl_plan_fini(&planned->plan);
	free_set(planned->set);
	sl_diagnostics_free(planned->diagnostics);
}

static unsigned n_atoms(const struct planned *planned)
{
	return (unsigned)(planned->plan.atoms.bytes / sizeof(struct sl_atom));
}

/* "P2:literal" of atom i: kind, slot, literal with delimiters as ^ = $ and escapes as ~ */
static const char *atom_text(const struct planned *planned, unsigned i)
{
	static char text[512];
	const struct sl_atom *atom = &((const struct sl_atom *)planned->plan.atoms.at)[i];
	const struct sl_plan_literal *literal =
		&((const struct sl_plan_literal *)planned->plan.literal_index.at)[i];
	size_t at = (size_t)sprintf(text, "%c%u:", "?EPCS"[atom->kind], atom -> slot);

	assert_int_equal(literal->bytes, atom->bytes);
	for (uint32_t j = 0; j < literal->bytes; j++) {
		uint8_t byte = planned->plan.literals.at[literal->offset + j];

		text[at++] = byte <= 4 ? "0^=$~"[byte] : (char)byte;
	}
	text[at] = '\0';
	return text;
}

/* Where trigger t is filed: places, with bars between. */
static const char *places_of(const struct planned *planned, unsigned t)
{
	static char text[4096];
	const struct sl_plan_filing *filings =
		(const struct sl_plan_filing *)planned->plan.filings.at;
	struct sl_buffer place = {0};

	text[0] = '\0';
	for (size_t i = 0; i < planned->plan.filings.bytes / sizeof(*filings); i++) {
		if (filings[i].trigger != t)
			continue;
		sl_plan_place_text(&planned->plan, &planned->set->schema, &filings[i], &place);
		assert_true(strlen(text) + place.bytes + 4 < sizeof(text));
		sprintf(text + strlen(text), "%s%s", text[0] ? " | " : "", (char *)place.at);
	}
	sl_buffer_fini(&place);
	return text;
}

/* The program of trigger t, opcodes as numbers: "eq_int and lt_int end". */
static const char *code_text(const struct planned *planned, unsigned t)
{
	static const char *const names[] = {
#define SL_OPCODE(name, text, takes, argument, pops, pushes, doc) text,
#include "sluice/opcodes.def"
#undef SL_OPCODE
	};
	static char text[512];
	const struct sl_trigger *trigger =
		&((const struct sl_trigger *)planned->plan.triggers.at)[t];
	const struct sl_instruction *code =
		(const struct sl_instruction *)planned->plan.code.at + trigger->code;

	text[0] = '\0';
	for (uint32_t i = 0; i < trigger->code_count; i++) {
		sprintf(text + strlen(text), "%s%s", i ? " " : "", names[code[i].op]);
	}
	return text;
}

#define PLAN(...)                                                                                  \
	plan_of((const char *const[]){__VA_ARGS__},                                                \
		sizeof((const char *const[]){__VA_ARGS__}) / sizeof(char *))

static void literals_of_every_kind(void **state)
{
	struct planned planned = PLAN("channel.startsWith('mo')", "text.contains('abc')",
				      "text.contains('\\x00\\x04z')");
	static const char *const expected[] = {"P4:^0d=mo", "C10:abc", "C10:~@~Dz"};

	(void)state;
	assert_int_equal(n_atoms(&planned), 3);
	for (unsigned i = 0; i < 3; i++) {
		assert_string_equal(atom_text(&planned, i), expected[i]);
		assert_string_equal(code_text(&planned, i), ""); /* the hit proves it all */
	}
	release(&planned);
}

static void equalities_are_a_path(void **state)
{
	struct planned planned =
		PLAN("type == 'a'", "type == '' && amount == -5", "'x' in tags", "overseas",
		     "overseas == false && rate == 0.5", "rate == -0.0",
		     "time == timestamp('2026-01-31T09:00:00.5+09:00')",
		     "customer == 'C' && type == 'a' && channel == 'w' && amount == 7");
	static const char *const expected[] = {
		"type = \"a\"",
		"type = \"\", amount = -5",
		"tags has \"x\"",
		"overseas = true",
		"rate = 0.5, overseas = false",
		"rate = 0",
		"time = 2026-01-31T00:00:00.500000000Z",
		"customer = \"C\", channel = \"w\", amount = 7",
	};

	(void)state;
	assert_int_equal(n_atoms(&planned), 0);
	for (unsigned i = 0; i < 7; i++) {
		assert_string_equal(places_of(&planned, i), expected[i]);
		assert_string_equal(code_text(&planned, i), "");
	}
	/* three of the four */
	assert_string_equal(places_of(&planned, 7), "type = \"a\", amount = 7, channel = \"w\"");
	assert_string_equal(code_text(&planned, 7), "eq_string");
	release(&planned);
}

static void slot_that_most_ask_comes_first(void **state)
{
	struct planned planned =
		PLAN("customer == 'C1' && type == 'a'", "customer == 'C2' && type == 'a'",
		     "amount > 5 && type == 'a'");

	(void)state;
	assert_string_equal(places_of(&planned, 0), "type = \"a\", customer = \"C1\"");
	assert_string_equal(places_of(&planned, 1), "type = \"a\", customer = \"C2\"");
	assert_string_equal(places_of(&planned, 2), "type = \"a\", amount from 6");
	for (unsigned i = 0; i < 3; i++)
		assert_string_equal(code_text(&planned, i), "");
	/* the root, one type, two customers below it */
	assert_int_equal(planned.plan.nodes.bytes / sizeof(struct sl_tree_node), 4);
	assert_int_equal(planned.plan.asked.bytes / sizeof(uint16_t), 2);
	release(&planned);
}

/* What many share is a poor filter beside a rare word, and the other way round. */
static void cheapest_way_files(void **state)
{
	const char *conditions[64];
	struct planned planned;

	(void)state;
	for (unsigned i = 0; i < 62; i++)
		conditions[i] = "type == 'popular'";
	conditions[62] = "type == 'popular' && text.contains('rarest of all')";
	conditions[63] = "type == 'popular' && text.contains('a')";
	planned = plan_of(conditions, 64);
	assert_string_equal(places_of(&planned, 62), "text contains \"rarest of all\"");
	assert_string_equal(code_text(&planned, 62), "eq_string");
	assert_string_equal(places_of(&planned, 63), "text contains \"a\"");
	release(&planned);
}

/* Of the texts that a pattern requires the one that few look for, not the longest. */
static void rarest_text_of_a_pattern_files(void **state)
{
	const char *conditions[30];
	char room[30][96];
	struct planned planned;

	(void)state;
	for (unsigned i = 0; i < 30; i++) {
		sprintf(room[i], "text.matches(r'^/promotion/[a-z]+/%u(/begin|/end)?$')", 1000 + i);
		conditions[i] = room[i];
	}
	planned = plan_of(conditions, 30);
	assert_string_equal(places_of(&planned, 0), "text contains \"/1000\"");
	assert_string_equal(places_of(&planned, 29), "text contains \"/1029\"");
	assert_string_equal(code_text(&planned, 29), "matches");
	release(&planned);
	conditions[0] = "text.matches('[ab][0-9]c[xy]')"; /* none is long enough */
	planned = plan_of(conditions, 1);
	assert_string_equal(places_of(&planned, 0), "text matches a pattern");
	release(&planned);
}

static void lists_are_a_way_each(void **state)
{
	struct planned planned =
		PLAN("type in ['b', 'a', 'b']", "type in ['a', 'b'] && channel in ['x', 'y']",
		     "type in ['a', 'b'] && type == 'b'", "amount in [1, 2] && 5 < amount");
	const struct sl_tree_node *nodes = (const struct sl_tree_node *)planned.plan.nodes.at;

	(void)state;
	assert_string_equal(places_of(&planned, 0), "type = \"b\" | type = \"a\" | type = \"b\"");
	assert_int_equal(nodes[1].filing.filed_count, 2); /* named twice, filed once */
	assert_string_equal(places_of(&planned, 1),
			    "type = \"a\", channel = \"x\" | type = \"a\", channel = \"y\" | "
			    "type = \"b\", channel = \"x\" | type = \"b\", channel = \"y\"");
	assert_string_equal(code_text(&planned, 1), "");
	assert_string_equal(places_of(&planned, 2), "type = \"b\"");
	assert_string_equal(places_of(&planned, 3), "");
	assert_string_equal(codes_of(planned.diagnostics), "no_effect never contradiction");
	release(&planned);
}

static void intervals_have_both_ends(void **state)
{
	struct planned planned =
		PLAN("type == 'a' && amount > 5 && amount < 9", "amount > 5 && amount < 9",
		     "text.contains('loan') && rate > 0.5 && amount > 1 && rate < 1.5",
		     "type == 'a' && amount > 9223372036854775807");
	const struct sl_interval *intervals = (const struct sl_interval *)planned.plan.intervals.at;

	(void)state;
	assert_string_equal(places_of(&planned, 0), "type = \"a\", amount from 6 to 8");
	assert_string_equal(places_of(&planned, 1), "amount from 6 to 8");
	assert_string_equal(places_of(&planned, 2),
			    "text contains \"loan\", rate from 0.50000000000000011 to "
			    "1.4999999999999998");
	assert_string_equal(code_text(&planned, 2), "gt_int");
	assert_int_equal(planned.plan.intervals.bytes / sizeof(*intervals), 3);
	assert_int_equal(intervals[0].reach, 8);
	release(&planned);
}

static void sides_are_ways(void **state)
{
	struct planned planned =
		PLAN("type == 'a' || channel == 'b' && amount >= 5 || text.endsWith('loan')",
		     "(type == 'a' || type == 'b') && (channel == 'x' || channel == 'y')",
		     "overseas ? type == 'a' : amount <= 9 && type == 'b'",
		     "type == 'a' || amount % 2 == 0", "!(type != 'a' || !(amount > 5))",
		     "!(type == 'a' && amount == 5) && channel == 'c'",
		     "tags.exists(t, t == 'x' || t.startsWith('retail'))",
		     "!(rate < 0.5) && type == 'a'", "!overseas && overseas != true");
	static const char *const expected[] = {
		"type = \"a\" | channel = \"b\", amount from 5 | text ends with \"loan\"",
		"type = \"a\", channel = \"x\" | type = \"a\", channel = \"y\" | "
		"type = \"b\", channel = \"x\" | type = \"b\", channel = \"y\"",
		"type = \"a\", overseas = true | type = \"b\", overseas = false, amount to 9",
		"",
		"type = \"a\", amount from 6",
		"channel = \"c\"",
		"tags has \"x\" | tags starts with \"retail\"",
		"type = \"a\"",
		"overseas = false",
	};
	static const bool proven[] = {true, true, true, false, true, false, false, false, true};

	(void)state;
	for (unsigned i = 0; i < sizeof(expected) / sizeof(*expected); i++) {
		assert_string_equal(places_of(&planned, i), expected[i]);
		assert_int_equal(code_text(&planned, i)[0] == '\0', proven[i]);
	}
	assert_string_equal(codes_of(planned.diagnostics), "always_list no_effect");
	release(&planned);
}

/* More ways than are worth it: one side of the && files, the other is asked by the program. */
static void ways_are_bounded(void **state)
{
	struct planned planned;
	char condition[8192] = "customer in ['a'", *at = condition + strlen(condition);

	(void)state;
	for (unsigned i = 0; i < 40; i++)
		at += sprintf(at, ", 'c%u'", i);
	at += sprintf(at, "] && amount in [0");
	for (unsigned i = 1; i < 40; i++)
		at += sprintf(at, ", %u", i);
	sprintf(at, "]");
	planned = PLAN(condition);
	assert_in_range(planned.plan.filings.bytes / sizeof(struct sl_plan_filing), 40, 41);
	assert_int_equal(strncmp(code_text(&planned, 0), "in_", 3), 0);
	release(&planned);
}

static void what_cannot_file_is_always_asked(void **state)
{
	struct planned planned = PLAN("amount > 5", "text.contains('')", "type.startsWith('')",
				      "type < 'x'", "true", "amount > 5 && overseas");

	(void)state;
	assert_int_equal(n_atoms(&planned), 0);
	assert_int_equal(planned.plan.always.bytes / sizeof(uint32_t), 4);
	assert_int_equal(planned.plan.n_always, 5); /* with the bound that stands alone */
	assert_string_equal(places_of(&planned, 0), "amount from 6");
	assert_string_equal(code_text(&planned, 0), "");
	assert_string_equal(code_text(&planned, 1), "contains");
	assert_string_equal(code_text(&planned, 4), "");
	assert_string_equal(places_of(&planned, 5), "overseas = true, amount from 6");
	assert_string_equal(
		codes_of(planned.diagnostics),
		"always_list always_true always_list always_true always_list always_list "
		"always_true always_list");
	release(&planned);
}

static unsigned n_of_code(const struct sl_diagnostics *diagnostics, const char *code)
{
	const struct sl_diagnostic *list;
	size_t n = sl_diagnostics_all(diagnostics, &list);
	unsigned found = 0;

	for (size_t i = 0; i < n; i++)
		found += strcmp(list[i].code, code) == 0;
	return found;
}

/* More campaigns at one place than an event may have candidates are told once. */
static void crowds_are_told(void **state)
{
	static char room[4097][64];
	const char *conditions[4097];

	(void)state;
	for (unsigned n = 4096; n <= 4097; n++) {
		struct planned planned;

		for (unsigned i = 0; i < n; i++) {
			sprintf(room[i], "type == 'popular' && size(customer) > %u", i);
			conditions[i] = room[i];
		}
		planned = plan_of(conditions, n);
		assert_int_equal(n_of_code(planned.diagnostics, "crowded"), n > 4096);
		release(&planned);
	}
}

/* More warnings than are shown, and behind them the reason why nothing is loaded. */
static void mistakes_are_shown_before_warnings(void **state)
{
	struct sl_diagnostics *diagnostics = sl_diagnostics_new();
	char *campaigns = malloc(1u << 17), *at = campaigns;
	const struct sl_diagnostic *list;
	struct sl_rules_set *set;
	struct sl_plan plan;

	(void)state;
	for (unsigned i = 0; i < 1100; i++)
		at += sprintf(at, "---\ncampaign: c%u\nkind: service\nmatch: customer != \"C%u\"\n",
			      i, i);
	set = load_texts(test_schema, campaigns, diagnostics);
	free(campaigns);
	assert_int_equal(sl_plan_make(set, 1024, &plan), 0);
	sl_plan_fini(&plan);
	assert_int_equal(sl_diagnostics_all(diagnostics, &list), 1001);
	assert_string_equal(list[0].code, "always_list_full");
	assert_int_equal(list[0].severity, SL_SEVERITY_ERROR);
	assert_string_equal(list[1].code, "always_list");
	assert_string_equal(list[1000].message, "101 more are not shown");
	free_set(set);
	sl_diagnostics_free(diagnostics);
}

static void crowds_are_told_by_the_bound(void **state)
{
	static const struct sl_plan_bounds few = {.always_list = 1, .candidates = 2};
	struct sl_diagnostics *diagnostics = sl_diagnostics_new();
	struct sl_rules_set *set = load_texts(
		test_schema,
		"campaign: a\nkind: service\nmatch: type == \"t\" && customer != \"A\"\n---\n"
		"campaign: b\nkind: service\nmatch: type == \"t\" && customer != \"B\"\n---\n"
		"campaign: c\nkind: service\nmatch: type == \"t\" && customer != \"C\"\n",
		diagnostics);
	struct sl_plan plan;

	(void)state;
	assert_int_equal(sl_plan_make(set, 1, &plan), 0);
	sl_plan_fini(&plan);
	assert_string_equal(codes_of(diagnostics), "");
	assert_int_equal(sl_plan_make_within(set, &few, &plan), 0);
	sl_plan_fini(&plan);
	assert_string_equal(codes_of(diagnostics), "crowded");
	free_set(set);
	sl_diagnostics_free(diagnostics);
}

static void always_list_is_bounded(void **state)
{
	struct sl_diagnostics *diagnostics = sl_diagnostics_new();
	struct sl_rules_set *set = load_condition("amount > 5", diagnostics);
	struct sl_plan plan;

	(void)state;
	assert_int_equal(sl_plan_make(set, 0, &plan), 0);
	sl_plan_fini(&plan);
	assert_string_equal(codes_of(diagnostics), "always_list_full always_list");
	free_set(set);
	sl_diagnostics_free(diagnostics);
}

static void what_never_holds_is_never_asked(void **state)
{
	struct planned planned = PLAN("type == 'a' && false", "type in []");

	(void)state;
	assert_int_equal(n_atoms(&planned), 0);
	assert_int_equal(planned.plan.always.bytes, 0);
	assert_int_equal(planned.plan.filings.bytes, 0);
	release(&planned);
}

static void sets_are_sorted_and_single(void **state)
{
	struct planned planned = PLAN("text.contains('rarest') && amount in [5, -1, 5, 3] && "
				      "channel in ['b', 'ab', 'a']");
	const struct sl_set *sets = (const struct sl_set *)planned.plan.pool.sets.at;
	const uint32_t *members = (const uint32_t *)planned.plan.pool.members.at;
	const struct sl_constant *constants =
		(const struct sl_constant *)planned.plan.pool.constants.at;
	static const int64_t numbers[] = {-1, 3, 5};
	static const char *const texts[] = {"a", "ab", "b"};

	(void)state;
	assert_int_equal(sets[0].count, 3);
	assert_int_equal(sets[1].count, 3);
	for (uint32_t i = 0; i < 3; i++) {
		const struct sl_constant *text = &constants[members[sets[1].first + i]];

		assert_int_equal(constants[members[sets[0].first + i]].integer, numbers[i]);
		assert_int_equal(text->text.bytes, strlen(texts[i]));
		assert_memory_equal(planned.plan.pool.text.at + text->text.offset, texts[i],
				    text->text.bytes);
	}
	release(&planned);
}

static void fields_are_marked(void **state)
{
	struct planned planned =
		PLAN("type == 'a' && amount > 5 && rate > 0.5 && text.contains('abcdefg')");
	const uint16_t *flags = planned.plan.flags;

	(void)state;
	assert_int_equal(flags[0], SL_FIELD_USED | SL_FIELD_REQUIRED); /* id: a role */
	assert_int_equal(flags[2], SL_FIELD_USED);
	assert_int_equal(flags[5], 0); /* an interval needs no program */
	assert_int_equal(flags[6], SL_FIELD_USED);
	assert_int_equal(flags[7], 0);
	assert_int_equal(flags[10], SL_FIELD_SCANNED);
	release(&planned);
}

static void swapped_sides_mean_the_same(void **state)
{
	struct planned planned = PLAN("type == 'x' && 5 < amount && 2.5 > rate");

	(void)state;
	assert_string_equal(places_of(&planned, 0), "type = \"x\", amount from 6");
	assert_string_equal(code_text(&planned, 0), "lt_decimal");
	release(&planned);
}

/* As typing left it or, where it left none, compiled for the plan: the same bytes. */
static void patterns_are_compiled_once(void **state)
{
	static const char *const conditions[] = {"text.matches(r'^a+(b|c)$')",
						 "text.matches('[0-9]{3} x')"};
	struct planned planned = plan_of(conditions, 2);
	struct sl_buffer typed = planned.plan.pool.pattern_bytes;
	struct sl_plan again;

	(void)state;
	assert_int_equal(planned.plan.pool.patterns.bytes, 2 * sizeof(struct sl_pattern));
	for (unsigned i = 0; i < 2; i++) {
		struct sl_expr *pattern = planned.set->campaigns[i].condition->args[1];

		assert_non_null(pattern->compiled);
		pattern->compiled = NULL;
	}
	assert_int_equal(sl_plan_make(planned.set, 1024, &again), 0);
	assert_int_equal(again.pool.pattern_bytes.bytes, typed.bytes);
	assert_memory_equal(again.pool.pattern_bytes.at, typed.at, typed.bytes);
	sl_plan_fini(&again);
	release(&planned);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(literals_of_every_kind),
		cmocka_unit_test(equalities_are_a_path),
		cmocka_unit_test(slot_that_most_ask_comes_first),
		cmocka_unit_test(cheapest_way_files),
		cmocka_unit_test(rarest_text_of_a_pattern_files),
		cmocka_unit_test(lists_are_a_way_each),
		cmocka_unit_test(intervals_have_both_ends),
		cmocka_unit_test(sides_are_ways),
		cmocka_unit_test(ways_are_bounded),
		cmocka_unit_test(what_cannot_file_is_always_asked),
		cmocka_unit_test(crowds_are_told),
		cmocka_unit_test(always_list_is_bounded),
		cmocka_unit_test(mistakes_are_shown_before_warnings),
		cmocka_unit_test(crowds_are_told_by_the_bound),
		cmocka_unit_test(what_never_holds_is_never_asked),
		cmocka_unit_test(sets_are_sorted_and_single),
		cmocka_unit_test(fields_are_marked),
		cmocka_unit_test(swapped_sides_mean_the_same),
		cmocka_unit_test(patterns_are_compiled_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
