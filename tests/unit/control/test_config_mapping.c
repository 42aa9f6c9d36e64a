/* The rules of mirror channels: what is wrong with them is told by its place, and what is right
 * comes through the settings' file. */
#include "fixture.h"

#include "base/artifact.h"
#include "base/mapping.h"
#include "control/config/config.h"

#define WIRES "wires: [{name: w, device: net_null}]\n"
#define CHANNEL "channels: [{name: m, protocol: mirror, wire: w, ports: [80], "

static struct sl_config config;
static struct sl_problems problems;

static int parse(const char *channel)
{
	static char text[65536];

	memset(&problems, 0, sizeof(problems));
	snprintf(text, sizeof(text), WIRES CHANNEL "%s}]\n", channel);
	return sl_config_parse(text, strlen(text), "/etc/sluice", &config, &problems);
}

#define RULE(text) "rules: [{" text "}]"
#define FIELDS "fields: {type: {constant: x}}"

static const struct {
	const char *channel, *message;
} bads[] = {
	{"", "this channel of protocol mirror has no rules"},
	{"rules: []", "rules is a list of at least one rule"},
	{"rules: [x]", "a rule is a mapping of conditions and fields"},
	{RULE("paht: /a, " FIELDS), "a rule has no key \"paht\""},
	{RULE("path: a, " FIELDS), "path: \"a\": it begins with a slash"},
	{RULE("path: \"/a?b\", " FIELDS),
	 "path: \"/a?b\": it ends before the question mark; queries stand under where"},
	{RULE("path: \"/{a}{b}\", " FIELDS),
	 "path: \"/{a}{b}\": between two captures or stars something has to stand"},
	{RULE("path: \"/{a}/{a}\", " FIELDS),
	 "path: \"/{a}/{a}\": each capture has a name of its own"},
	{RULE("path: \"/**/a\", " FIELDS), "path: \"/**/a\": ** stands at its end"},
	{RULE("path: \"/{a\", " FIELDS), "path: \"/{a\": a capture is {name}"},
	{RULE("method: get, " FIELDS), "method: \"get\" is no method"},
	{RULE("host: \"a:80\", " FIELDS), "host: \"a:80\" is no host"},
	{RULE("host: \"a.*\", " FIELDS), "host: \"a.*\" is no host"},
	{RULE("path: /a"), "this rule fills no fields"},
	{RULE("fields: {}"), "this rule fills no fields"},
	{RULE("fields: {a: cooky.x}"), "\"cooky.x\" is nowhere to take a value from"},
	{RULE("fields: {a: query.}"), "a name of 1 to 256 bytes is wanted behind the dot"},
	{RULE("fields: {a: path.x}"), "path.x: the rule's path has no {x}"},
	{RULE("fields: {a: json.x..y}"), "json.x..y: names joined by single dots are wanted"},
	{RULE("fields: {a: json.1.2.3.4.5.6.7.8.9.10.11.12.13.14.15.16.17}"),
	 "json.1.2.3.4.5.6.7.8.9.10.11.12.13.14.15.16.17: more than 16 names deep"},
	{RULE("fields: {a: {konstant: x}}"), "a: a source is wanted, or {constant: VALUE}"},
	{RULE("fields: {\"a b\": host}"), "fields: \"a b\" is no name of a schema's field"},
	{RULE("fields: {a: host, a.b: host}"),
	 "fields: \"a.b\" lies within \"a\", which has a value of its own"},
	{RULE("id: [b], fields: {a: host}"), "id: this rule does not fill \"b\""},
	{RULE("where: [x], " FIELDS), "where is a mapping of sources to values"},
	{RULE("where: {form.x: {a: b}}, " FIELDS), "form.x is a value, or a list of values"},
	{RULE("without: nobody, " FIELDS), "\"nobody\" is nowhere to take a value from"},
	{RULE("body: all, " FIELDS), "body is fields, each or events"},
	{RULE("body: events, " FIELDS), "fields: with body: events the body is the event"},
	{RULE("body: each, where: {json.a: 1}, " FIELDS),
	 "a rule with body: each has no condition on json."},
	{"charset: latin1, " RULE(FIELDS), "charset: \"latin1\" is not read"},
	{"status: [600], " RULE(FIELDS), "status: \"600\" is no status of HTTP"},
	{"status: 204-200, " RULE(FIELDS), "status: \"204-200\" is no status of HTTP"},
	{"status_unseen: maybe, " RULE(FIELDS),
	 "status_unseen: \"maybe\" is neither event nor none"},
	{"check_duplicates: 1, " RULE(FIELDS), "check_duplicates is either true or false"},
};

static void mistakes_are_told(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(bads) / sizeof(bads[0]); i++) {
		assert_int_not_equal(parse(bads[i].channel), 0);
		if (problems.count != 1)
			fail_msg("%s: %u problems, the first: %s", bads[i].channel, problems.count,
				 problems.list[0].message);
		assert_string_equal(problems.list[0].message, bads[i].message);
		assert_int_equal(problems.list[0].line, 2);
	}
}

static void other_channels_have_no_rules(void **state)
{
	static const char text[] = "channels: [{name: a, protocol: http, listen: \"127.0.0.1:1\", "
				   "status: [2xx]}]\n";

	(void)state;
	memset(&problems, 0, sizeof(problems));
	assert_int_not_equal(sl_config_parse(text, sizeof(text) - 1, "/tmp", &config, &problems),
			     0);
	assert_int_equal(problems.count, 1);
	assert_string_equal(problems.list[0].message, "status is for channels of protocol mirror");
}

static void what_is_right_is_read_back(void **state)
{
	static _Alignas(8) uint8_t bytes[SL_MAPPING_BYTES_MAX];
	struct sl_channel channels[SL_CHANNELS_MAX];
	char path[128], why[SL_SENTENCE_BYTES] = "";
	struct sl_settings settings;
	struct sl_mapping mapping;
	struct fixture fixture;

	(void)state;
	fixture_open(&fixture);
	snprintf(path, sizeof(path), "%s/settings.bin", fixture.directory);
	assert_int_equal(parse("charset: EUC-KR, status: [2xx, 304, 401-403], status_unseen: none, "
			       "rules: [{path: \"/a/{b}\", method: [GET, PUT], host: B.example, "
			       "where: {header.X-App: [a, b*]}, without: [cookie.c], "
			       "id: [k], fields: {k: path.b, type: {constant: x}}},"
			       "{path: /e, body: events}]"),
			 0);
	assert_int_equal(sl_config_write(&config, path), 0);
	assert_int_equal(sl_settings_read(path, &settings, channels, why), 0);
	assert_int_equal(channels[0].repeats, 1);
	assert_int_equal(sl_settings_read_mapping(path, 1, bytes, &mapping, why), 0);
	assert_int_equal(mapping.header->rules, 2);
	assert_int_equal(mapping.channels[0].charset, SL_CHARSET_CP949);
	assert_int_equal(mapping.channels[0].unseen, 0);
	assert_int_equal(mapping.channels[0].n_statuses, 3);
	assert_int_equal(mapping.channels[0].statuses[2].last, 403);
	assert_int_equal(mapping.rules[0].n_methods, 2);
	assert_int_equal(mapping.rules[0].n_conditions, 2);
	assert_memory_equal(sl_mapping_text(&mapping, mapping.conditions[0].source.name).at,
			    "x-app", 5);
	assert_memory_equal(sl_mapping_text(&mapping, mapping.refs[2]).at, "b.example", 9);
	assert_int_equal(mapping.rules[1].body, SL_MAP_BODY_EVENTS);
	/* of fewer channels it is another's */
	assert_int_not_equal(sl_settings_read_mapping(path, 0, bytes, &mapping, why), 0);
	fixture_close(&fixture);
}

/* A byte changed anywhere is refused or is another mapping; it is never read beyond its end. */
static void spoilt_bytes_are_refused_or_sound(void **state)
{
	static _Alignas(8) uint8_t bytes[SL_MAPPING_BYTES_MAX];
	char why[SL_SENTENCE_BYTES];
	struct sl_mapping mapping;
	unsigned refused = 0;

	(void)state;
	assert_int_equal(parse("rules: [{path: \"/a/{b}\", method: GET, where: {header.x: a}, "
			       "id: [k], fields: {k: path.b}}]"),
			 0);
	for (uint32_t i = 0; i < config.mapping_bytes; i++) {
		memcpy(bytes, config.mapping, config.mapping_bytes);
		bytes[i] ^= 0xff;
		refused += sl_mapping_view(bytes, config.mapping_bytes, 1, &mapping, why) != 0;
	}
	assert_true(refused > config.mapping_bytes / 3);
	/* a rule of no channel would be one that nobody has looked at */
	memcpy(bytes, config.mapping, config.mapping_bytes);
	((struct sl_map_channel *)(bytes + sizeof(struct sl_mapping_header)))->n_rules = 0;
	assert_int_not_equal(sl_mapping_view(bytes, config.mapping_bytes, 1, &mapping, why), 0);
	for (uint32_t n = 1; n < config.mapping_bytes; n++)
		assert_int_not_equal(sl_mapping_view(config.mapping, n, 1, &mapping, why), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(mistakes_are_told),
		cmocka_unit_test(other_channels_have_no_rules),
		cmocka_unit_test(what_is_right_is_read_back),
		cmocka_unit_test(spoilt_bytes_are_refused_or_sound),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
