/* What channels announce, and when campaigns are judged by it. The sentences themselves are
 * compared in test_diagnostics.c. */
#include "rules_fixture.h"

#include "rules/diagnostics_priv.h"
#include "rules/lint/filled_priv.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct sl_filled filled;

static const char *read_text(const char *announced)
{
	static char codes[256];
	struct sl_diagnostics *diagnostics = sl_diagnostics_new();
	struct sl_rules_set *set = load_texts(test_schema, "", diagnostics);

	memset(&filled, 0xee, sizeof(filled));
	sl_filled_read(announced, &set->schema, diagnostics, &filled);
	snprintf(codes, sizeof(codes), "%s", codes_of(diagnostics));
	free_set(set);
	sl_diagnostics_free(diagnostics);
	return codes;
}

static void nothing_is_known_where_one_channel_may_fill_all(void **state)
{
	static const char *const texts[] = {
		NULL, "", "\n", " ", "web", "web\n", "web id\napp\n", "app\nweb id\n", "web \n",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		assert_string_equal(read_text(texts[i]), "");
		assert_false(filled.known);
	}
}

static void what_channels_name_is_put_together(void **state)
{
	uint64_t both[SL_FIELDS_MAX / 64];

	(void)state;
	assert_string_equal(read_text("web id time\napp type id"), "");
	assert_true(filled.known);
	assert_string_equal(filled.none, "none of `web`, `app` names it");
	memcpy(both, filled.slots, sizeof(both));
	assert_string_equal(read_text("web type time id\n"), "");
	assert_string_equal(filled.none, "`web` does not name it");
	assert_memory_equal(both, filled.slots, sizeof(both));
	read_text("web id time\n");
	assert_memory_not_equal(both, filled.slots, sizeof(both));
}

static void many_channels_are_counted(void **state)
{
	static const char name[] = "a-name-of-thirty-one-characters";
	char text[4096] = "", expected[512] = "none of";

	(void)state;
	for (unsigned i = 0; i < SL_CHANNELS_MAX; i++)
		sprintf(text + strlen(text), "%s id\n", name);
	for (unsigned i = 0; i < 6; i++)
		sprintf(expected + strlen(expected), "%s `%s`", i ? "," : "", name);
	strcat(expected, " and 26 more names it");
	read_text(text);
	assert_string_equal(filled.none, expected);
}

static void names_that_are_no_fields_are_told(void **state)
{
	char *text = malloc(100000);

	(void)state;
	assert_string_equal(read_text("web id nothing\n"), "unknown_field");
	assert_true(filled.known);
	/* also where campaigns are not judged */
	assert_string_equal(read_text("web nothing\napp\n"), "unknown_field");
	assert_false(filled.known);
	/* a name longer than any schema's, and what a terminal would not like */
	memset(text, 'x', 99999);
	text[99999] = '\0';
	memcpy(text, "web \x1b", 5);
	assert_string_equal(read_text(text), "unknown_field");
	free(text);
}

static const char *codes_with(const char *announced, const char *campaigns)
{
	static char codes[256];
	struct sl_rules_options options = {.announced = announced};
	struct sl_diagnostics *diagnostics = sl_diagnostics_new();
	struct sl_rules_set set;

	assert_int_equal(sl_rules_set_load_text(sl_slice_of(test_schema), sl_slice_of(campaigns),
						&options, diagnostics, &set),
			 0);
	snprintf(codes, sizeof(codes), "%s", codes_of(diagnostics));
	sl_rules_set_fini(&set);
	sl_diagnostics_free(diagnostics);
	return codes;
}

#define CAMPAIGN "campaign: a\nkind: service\nmatch: "

static void once_for_each_campaign_and_field(void **state)
{
	static const char two[] = CAMPAIGN "amount > 5 && amount < 10\n---\n"
					   "campaign: b\nkind: service\nmatch: amount > 7\n";

	(void)state;
	assert_string_equal(codes_with("web type", two), "field_unfilled field_unfilled");
	assert_string_equal(codes_with("web type\napp amount", two), "");
	assert_string_equal(codes_with("web type\napp", two), "");
	assert_string_equal(codes_with(NULL, two), "");
	/* it has a mistake, and no tree */
	assert_string_equal(codes_with("web type", CAMPAIGN "amount > 'a'\n"), "type_mismatch");
}

static void every_slot_has_a_bit(void **state)
{
	char schema[16384] =
		"schema: wide\nfields:\n  id: {type: string, role: id}\n"
		"  time: {type: time, role: time}\n  type: {type: string, role: type}\n"
		"  customer: {type: string, role: key}\n";
	char announced[16384] = "web id time type customer";
	struct sl_rules_options options = {.announced = announced};

	(void)state;
	for (unsigned i = 4; i < SL_FIELDS_MAX; i++) {
		sprintf(schema + strlen(schema), "  f%u: int\n", i);
		if (i != 70)
			sprintf(announced + strlen(announced), " f%u", i);
	}
	for (unsigned i = 4; i < SL_FIELDS_MAX; i++) {
		struct sl_diagnostics *diagnostics = sl_diagnostics_new();
		struct sl_rules_set set;
		char campaign[128];

		sprintf(campaign, CAMPAIGN "f%u == 1\n", i);
		assert_int_equal(sl_rules_set_load_text(sl_slice_of(schema), sl_slice_of(campaign),
							&options, diagnostics, &set),
				 0);
		assert_string_equal(codes_of(diagnostics), i == 70 ? "field_unfilled" : "");
		sl_rules_set_fini(&set);
		sl_diagnostics_free(diagnostics);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_is_known_where_one_channel_may_fill_all),
		cmocka_unit_test(what_channels_name_is_put_together),
		cmocka_unit_test(many_channels_are_counted),
		cmocka_unit_test(names_that_are_no_fields_are_told),
		cmocka_unit_test(once_for_each_campaign_and_field),
		cmocka_unit_test(every_slot_has_a_bit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
