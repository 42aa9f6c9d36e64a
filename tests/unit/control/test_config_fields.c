/* The fields that channels announce, from the settings to the text that is handed on. */
#include "fixture.h"

#include "control/config/config.h"
#include "sluice/error.h"

#define WEB "name: web, protocol: http, listen: \"127.0.0.1:0\""
#define APP "name: app, protocol: tcp, listen: \"127.0.0.1:0\""

static struct sl_config config;
static struct sl_problems problems;

static int parse(const char *from)
{
	memset(&config, 0xee, sizeof(config));
	memset(&problems, 0, sizeof(problems));
	return sl_config_parse(from, strlen(from), "/etc/sluice", &config, &problems);
}

static void each_channel_has_a_line(void **state)
{
	static const char *const rows[][2] = {
		{"channels: [{" WEB "}]\n", "web\n"},
		{"channels: [{" WEB "}, {" APP "}]\n", "web\napp\n"},
		{"channels: [{fields: [id, device.os, _a1.B], " WEB "}, {" APP "}]\n",
		 "web id device.os _a1.B\napp\n"},
		{"channels:\n- {" WEB "}\n- {" APP ", fields: [\"id\", 'time']}\n",
		 "web\napp id time\n"},
		/* another channel may name the same */
		{"channels: [{" WEB ", fields: [id]}, {" APP ", fields: [id]}]\n",
		 "web id\napp id\n"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_int_equal(parse(rows[i][0]), 0);
		assert_string_equal(config.announced, rows[i][1]);
	}
}

static const char wanted[] = "fields: a name of the schema is wanted here";
static const char listed[] = "fields is a list of at least one field";

static const struct {
	const char *value;
	int column; /* in the value, from 0 */
	const char *message;
} bads[] = {
	{"[]", 0, listed},
	{"", 0, listed},
	{"id", 0, listed},
	{"5", 0, listed},
	{"{id: string}", 0, listed},
	{"[id, [time]]", 5, wanted},
	{"[{id: a}]", 1, wanted},
	{"[\"\"]", 1, wanted},
	{"[5]", 1, wanted},
	{"[id, a b]", 5, wanted},
	{"[a., id]", 1, wanted},
	{"[.a]", 1, wanted},
	{"[a..b]", 1, wanted},
	{"[a.5]", 1, wanted},
	{"[a-b]", 1, wanted},
	{"[\"a\\nb\"]", 1, wanted},
	{"[\xea\xb0\x80]", 1, wanted},
	{"[id, time, id]", 11, "fields: \"id\" stands here twice"},
};

static void mistakes_have_their_place(void **state)
{
	static const char before[] = "channels: [{" WEB ", fields: ";
	char line[512];

	(void)state;
	for (size_t i = 0; i < sizeof(bads) / sizeof(bads[0]); i++) {
		snprintf(line, sizeof(line), "%s%s}, {" APP "}]\n", before, bads[i].value);
		assert_int_equal(parse(line), -SL_E_SETTINGS);
		assert_int_equal(problems.count, 1);
		assert_string_equal(problems.list[0].message, bads[i].message);
		assert_int_equal(problems.list[0].line, 1);
		assert_int_equal(problems.list[0].column, (int)sizeof(before) + bads[i].column);
		assert_int_equal(((uint8_t *)&config)[0], 0xee); /* untouched */
	}
	assert_int_equal(parse("channels: [{" WEB ", field: [id]}]\n"), -SL_E_SETTINGS);
	assert_string_equal(problems.list[0].hint, "did you mean fields?");
	assert_int_equal(parse("channels: [{" WEB ", fields: [id], fields: [id]}]\n"),
			 -SL_E_SETTINGS);
	assert_string_equal(problems.list[0].message, "this key occurs twice");
}

static char text[1 << 17];

/* A channel that names n fields of that many bytes, each another. */
static void add_channel(const char *channel, unsigned n, unsigned bytes)
{
	size_t used = strlen(text);

	used += (size_t)sprintf(text + used, "- {%s, fields: [", channel);
	for (unsigned i = 0; i < n; i++)
		used += (size_t)sprintf(text + used, "%sf%0*u", i ? ", " : "", (int)bytes - 1, i);
	sprintf(text + used, "]}\n");
}

static void names_and_lists_are_bounded(void **state)
{
	(void)state;
	for (unsigned more = 0; more < 2; more++) {
		strcpy(text, "channels:\n");
		add_channel(WEB, SL_FIELDS_MAX + more, 5);
		assert_int_equal(parse(text), more ? -SL_E_SETTINGS : 0);
		strcpy(text, "channels:\n");
		add_channel(WEB, 1, 128 + more);
		assert_int_equal(parse(text), more ? -SL_E_SETTINGS : 0);
	}
	assert_string_equal(problems.list[0].message, wanted);
}

/* All channels together: 256 names of 127 bytes fit twice in 64 KiB, less the names of channels. */
static void the_whole_is_bounded(void **state)
{
	(void)state;
	for (unsigned shorter = 0; shorter < 2; shorter++) {
		strcpy(text, "channels:\n");
		add_channel(WEB, SL_FIELDS_MAX, 127);
		add_channel(APP, SL_FIELDS_MAX - shorter, 127);
		assert_int_equal(parse(text), shorter ? 0 : -SL_E_SETTINGS);
		if (!shorter) {
			assert_string_equal(
				problems.list[0].message,
				"the fields of all channels have more than 65535 bytes together");
			assert_int_equal(problems.list[0].line, 3);
		}
	}
	assert_int_equal(strlen(config.announced), 2 * 4 + (2 * SL_FIELDS_MAX - 1) * 128);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_channel_has_a_line),
		cmocka_unit_test(mistakes_have_their_place),
		cmocka_unit_test(names_and_lists_are_bounded),
		cmocka_unit_test(the_whole_is_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
