#include "rules_fixture.h"

#include "rules/eval/eval.h"
#include "sluice/error.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char directory[64];

static int set_up(void **state)
{
	(void)state;
	make_directory(directory);
	write_file(directory, "schema.yaml", test_schema);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	remove_directory(directory);
	return 0;
}

static const struct sl_eval_text tags[] = {{"vip", 3}, {"x", 1}};
static const struct sl_eval_value event[] = {
	{.path = "type", .type = SL_TYPE_STRING, .text = {"card.payment", 12}},
	{.path = "channel", .type = SL_TYPE_STRING, .text = {"", 0}},
	{.path = "amount", .type = SL_TYPE_INT, .integer = 500},
	{.path = "rate", .type = SL_TYPE_DECIMAL, .decimal = 2.5},
	{.path = "overseas", .type = SL_TYPE_BOOL, .integer = 1},
	{.path = "time", .type = SL_TYPE_TIME, .integer = 1000000000},
	{.path = "tags", .type = SL_TYPE_STRINGS, .list = tags, .count = 2},
	{.path = "device.os",
	 .type = SL_TYPE_INT,
	 .integer = 1}, /* not the schema's type: absent */
	{.path = "elsewhere", .type = SL_TYPE_INT, .integer = 1},
};

static enum sl_eval_answer answer_to(const char *condition)
{
	struct sl_diagnostics *diagnostics = sl_diagnostics_new();
	enum sl_eval_answer answer;
	struct sl_eval_set *set;
	char text[1024];

	snprintf(text, sizeof(text),
		 "campaign: c\nowner: o\nkind: service\nmatch: |\n  %s\nsend: {channel: p, "
		 "template: T}\n",
		 condition);
	write_file(directory, "c.yaml", text);
	assert_int_equal(sl_eval_open(directory, NULL, diagnostics, &set), 0);
	assert_int_equal(sl_eval_campaigns(set), 1);
	assert_string_equal(sl_eval_name(set, 0), "c");
	sl_eval_event(set, event, sizeof(event) / sizeof(event[0]), &answer);
	sl_eval_close(set);
	sl_diagnostics_free(diagnostics);
	return answer;
}

static void conditions_hold_or_not(void **state)
{
	static const struct {
		const char *condition;
		enum sl_eval_answer answer;
	} cases[] = {
		{"type == 'card.payment'", SL_EVAL_TRUE},
		{"type == 'card'", SL_EVAL_FALSE},
		{"type.startsWith('card')", SL_EVAL_TRUE},
		{"type.startsWith('card.payments')", SL_EVAL_FALSE},
		{"type.startsWith('')", SL_EVAL_TRUE},
		{"type.contains('.pay')", SL_EVAL_TRUE},
		{"type.contains('')", SL_EVAL_TRUE},
		{"channel.contains('')", SL_EVAL_TRUE},
		{"channel == ''", SL_EVAL_TRUE},
		{"type.contains('.Pay')", SL_EVAL_FALSE},
		{"type in ['a', 'card.payment']", SL_EVAL_TRUE},
		{"type in []", SL_EVAL_FALSE},
		{"type < 'd' && type > 'card'", SL_EVAL_TRUE},
		{"'d' > type", SL_EVAL_TRUE},
		{"amount > 499 && amount < 501", SL_EVAL_TRUE},
		{"499 < amount", SL_EVAL_TRUE},
		{"amount > 500", SL_EVAL_FALSE},
		{"amount in [1, 500]", SL_EVAL_TRUE},
		{"rate == 2.5 && rate < 2.6", SL_EVAL_TRUE},
		{"overseas", SL_EVAL_TRUE},
		{"overseas == false", SL_EVAL_FALSE},
		{"time == timestamp('1970-01-01T00:00:01Z')", SL_EVAL_TRUE},
		{"'vip' in tags", SL_EVAL_TRUE},
		{"'vi' in tags", SL_EVAL_FALSE},
		{"true", SL_EVAL_TRUE},
		{"false", SL_EVAL_FALSE},
		/* absent: an error, unless another side is false, before or behind */
		{"customer == 'C1'", SL_EVAL_ERROR},
		{"device.os == 'a'", SL_EVAL_ERROR},
		{"customer == 'C1' && overseas", SL_EVAL_ERROR},
		{"customer == 'C1' && amount > 500", SL_EVAL_FALSE},
		{"amount > 500 && customer == 'C1'", SL_EVAL_FALSE},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		enum sl_eval_answer answer = answer_to(cases[i].condition);

		if (answer != cases[i].answer)
			print_error("%s\n", cases[i].condition);
		assert_int_equal(answer, cases[i].answer);
	}
}

static void mistakes_open_nothing(void **state)
{
	struct sl_diagnostics *diagnostics = sl_diagnostics_new();
	struct sl_eval_set *set = NULL;

	(void)state;
	write_file(directory, "c.yaml", "campaign: c\n");
	assert_int_equal(sl_eval_open(directory, NULL, diagnostics, &set), -SL_E_RULES);
	assert_null(set);
	sl_eval_close(set);
	sl_diagnostics_free(diagnostics);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {TEST(conditions_hold_or_not),
					   TEST(mistakes_open_nothing)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
