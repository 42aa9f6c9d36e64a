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
			"%scampaign: c%u\nowner: o\nkind: service\nmatch: |\n  %s\nsend: {channel: "
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

/* "E2:literal" of atom i: kind, slot, literal with delimiters as ^ = $ and escapes as ~ */
static const char *atom_text(const struct planned *planned, unsigned i)
{
	static char text[512];
	const struct sl_atom *atom = &((const struct sl_atom *)planned->plan.atoms.at)[i];
	const struct sl_plan_literal *literal =
		&((const struct sl_plan_literal *)planned->plan.literal_index.at)[i];
	size_t at = (size_t)sprintf(text, "%c%u:", "?EPC"[atom->kind], atom -> slot);

	assert_int_equal(literal->bytes, atom->bytes);
	for (uint32_t j = 0; j < literal->bytes; j++) {
		uint8_t byte = planned->plan.literals.at[literal->offset + j];

		text[at++] = byte <= 4 ? "0^=$~"[byte] : (char)byte;
	}
	text[at] = '\0';
	return text;
}

/* The program of trigger t, opcodes as numbers: "eq_int and lt_int end". */
static const char *code_text(const struct planned *planned, unsigned t)
{
	static const char *const names[] = {
#define SL_OPCODE(name, text, doc) text,
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
		if (code[i].op == SL_OP_AND)
			assert_int_equal(code[i].arg, trigger->code_count - 1);
		sprintf(text + strlen(text), "%s%s", i ? " " : "", names[code[i].op]);
	}
	return text;
}

#define PLAN(...)                                                                                  \
	plan_of((const char *const[]){__VA_ARGS__},                                                \
		sizeof((const char *const[]){__VA_ARGS__}) / sizeof(char *))

static void literals_of_every_kind(void **state)
{
	struct planned planned =
		PLAN("type == 'a'", "type == ''", "channel.startsWith('mo')",
		     "text.contains('abc')", "'x' in tags", "type == '\\x00\\x04z'");
	static const char *const expected[] = {"E2:^0b=a$", "E2:^0b=$",  "P4:^0d=mo",
					       "C10:abc",   "E9:^0i=x$", "E2:^0b=~@~Dz$"};

	(void)state;
	assert_int_equal(n_atoms(&planned), 6);
	for (unsigned i = 0; i < 6; i++) {
		assert_string_equal(atom_text(&planned, i), expected[i]);
		assert_string_equal(code_text(&planned, i), ""); /* the hit proves it all */
	}
	release(&planned);
}

static void rarest_conjunct_files(void **state)
{
	struct planned planned =
		PLAN("type == 'a' && customer == 'C1'", "type == 'a' && customer == 'C2'",
		     "type == 'a' && amount > 5");

	(void)state;
	assert_int_equal(n_atoms(&planned), 3);
	assert_string_equal(atom_text(&planned, 0), "E3:^0c=C1$");
	assert_string_equal(atom_text(&planned, 1), "E3:^0c=C2$");
	assert_string_equal(atom_text(&planned, 2), "E2:^0b=a$");
	assert_string_equal(code_text(&planned, 0), "eq_string end");
	assert_string_equal(code_text(&planned, 2), "gt_int end");
	release(&planned);
}

static void ties_go_to_equality_then_length(void **state)
{
	struct planned planned =
		PLAN("text.contains('longest of all') && type.startsWith('abc') && channel == 'x'",
		     "channel == 'yy' && type == 'yyyy'",
		     "text.contains('ab') && type.startsWith('abc2')");

	(void)state;
	assert_string_equal(atom_text(&planned, 0), "E4:^0d=x$");
	assert_string_equal(code_text(&planned, 0), "starts_with and contains end");
	assert_string_equal(atom_text(&planned, 1), "E2:^0b=yyyy$");
	assert_string_equal(atom_text(&planned, 2),
			    "P2:^0b=abc2"); /* two bytes are a poor filter */
	release(&planned);
}

static void atoms_are_shared_and_runs_ascend(void **state)
{
	struct planned planned =
		PLAN("type == 'a'", "type in ['b', 'a', 'b']", "type == 'a' && amount > 1");
	const struct sl_atom *atoms = (const struct sl_atom *)planned.plan.atoms.at;
	const uint32_t *filed = (const uint32_t *)planned.plan.filed.at;

	(void)state;
	assert_int_equal(n_atoms(&planned), 2);
	assert_int_equal(atoms[0].filed_count, 3);
	for (uint32_t i = 0; i < 3; i++)
		assert_int_equal(filed[atoms[0].filed + i], i);
	assert_int_equal(atoms[1].filed_count, 1); /* a member named twice files once */
	assert_int_equal(filed[atoms[1].filed], 1);
	release(&planned);
}

static void what_cannot_file_is_always_asked(void **state)
{
	struct planned planned = PLAN("amount > 5 && overseas", "text.contains('')",
				      "type.startsWith('')", "type < 'x'", "true");

	(void)state;
	assert_int_equal(n_atoms(&planned), 0);
	assert_int_equal(planned.plan.always.bytes / sizeof(uint32_t), 5);
	assert_string_equal(code_text(&planned, 0), "gt_int and eq_int end");
	assert_string_equal(code_text(&planned, 1), "contains end");
	assert_string_equal(code_text(&planned, 4), "");
	assert_string_equal(codes_of(planned.diagnostics),
			    "always_list always_list always_list always_list always_list");
	release(&planned);
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
	assert_string_equal(codes_of(planned.diagnostics), "never never");
	release(&planned);
}

/* A hit for 'A' may be the second byte of an escape, \x01 being written as ~A. */
static void contains_may_need_a_second_look(void **state)
{
	struct planned planned = PLAN("text.contains('Abc')", "text.contains('Ebc')");

	(void)state;
	assert_string_equal(code_text(&planned, 0), "contains end");
	assert_string_equal(code_text(&planned, 1), "");
	release(&planned);
}

static void sets_are_sorted_and_single(void **state)
{
	struct planned planned =
		PLAN("type == 'x' && amount in [5, -1, 5, 3] && channel in ['b', 'ab', 'a']");
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
	struct planned planned = PLAN("type == 'a' && amount > 5");
	const uint16_t *flags = planned.plan.flags;

	(void)state;
	assert_int_equal(flags[0], SL_FIELD_USED | SL_FIELD_REQUIRED); /* id: a role */
	assert_int_equal(flags[2], SL_FIELD_USED | SL_FIELD_SCANNED);
	assert_int_equal(flags[5], SL_FIELD_USED);
	assert_int_equal(flags[6], 0);
	release(&planned);
}

static void swapped_sides_mean_the_same(void **state)
{
	struct planned planned = PLAN("type == 'x' && 5 < amount && 2.5 > rate");

	(void)state;
	assert_string_equal(code_text(&planned, 0), "gt_int and lt_decimal end");
	release(&planned);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(literals_of_every_kind),
		cmocka_unit_test(rarest_conjunct_files),
		cmocka_unit_test(ties_go_to_equality_then_length),
		cmocka_unit_test(atoms_are_shared_and_runs_ascend),
		cmocka_unit_test(what_cannot_file_is_always_asked),
		cmocka_unit_test(always_list_is_bounded),
		cmocka_unit_test(what_never_holds_is_never_asked),
		cmocka_unit_test(contains_may_need_a_second_look),
		cmocka_unit_test(sets_are_sorted_and_single),
		cmocka_unit_test(fields_are_marked),
		cmocka_unit_test(swapped_sides_mean_the_same),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
