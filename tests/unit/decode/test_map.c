/* Requests become the texts of events, by rules as a person writes them. */
#include "fixture.h"

#include "control/config/config.h"
#include "decode/map.h"

#define SETTINGS                                                                                   \
	"wires: [{name: w, device: net_null}]\n"                                                   \
	"channels:\n- {name: m, protocol: mirror, wire: w, ports: [80], "

static struct sl_config config;
static struct sl_mapping mapping;
static struct sl_map_plan *plan;
static struct sl_map_binding *binding;
static struct sl_map *map;
static struct fixture *schema;
static char said[8192];
static uint64_t place = 1; /* of the request in its stream, as a name */

static void forget(void)
{
	sl_map_free(map);
	sl_map_binding_free(binding);
	sl_map_plan_free(plan);
	if (schema)
		fixture_free(schema);
	map = NULL;
	binding = NULL;
	plan = NULL;
	schema = NULL;
}

static void bind(const struct sl_artifact *artifact)
{
	sl_map_binding_free(binding);
	assert_int_equal(sl_map_binding_new(plan, artifact, &binding), 0);
}

static void read_rules(const char *channel)
{
	static const struct sl_map_limits limits = {.event_bytes = 1024, .body_bytes = 4096};
	static struct sl_problems problems;
	char text[4096], why[SL_SENTENCE_BYTES] = "";
	int n;

	forget();
	problems.count = 0;
	n = snprintf(text, sizeof(text), SETTINGS "%s}\n", channel);
	if (sl_config_parse(text, (size_t)n, "/tmp", &config, &problems))
		sl_problems_print(&problems, "rules", text, stderr);
	assert_int_equal(problems.count, 0);
	assert_int_equal(sl_mapping_view(config.mapping, config.mapping_bytes, 1, &mapping, why),
			 0);
	assert_int_equal(sl_map_plan_new(&mapping, &plan), 0);
	assert_int_equal(sl_map_new(plan, &limits, &map), 0);
	bind(NULL);
}

/* A body with padding behind it, at its very end. */
static struct sl_span padded(const char *text, size_t bytes)
{
	static uint8_t *room;

	free(room);
	room = malloc(bytes + SL_SPAN_PADDING);
	assert_non_null(room);
	memcpy(room, text, bytes);
	memset(room + bytes, 0xff, SL_SPAN_PADDING);
	return sl_span_of(room, bytes);
}

static void say(enum sl_reason why, size_t bytes, const struct sl_decode_fault *fault)
{
	if (why)
		snprintf(said, sizeof(said), "%s: %s", sl_reason_info(why)->name, fault->detail);
	else
		said[bytes] = '\0';
}

static const char *ask_bytes(const char *head, const char *body, size_t body_bytes, unsigned status)
{
	static const struct sl_http_limits limits = {
		.header_bytes = 8192, .headers = 64, .body_bytes = 1 << 20};
	static struct sl_http_request http;
	static const uint8_t client[] = {192, 0, 2, 7}, server[16] = {0x20, 1, 0xd, 0xb8};
	struct sl_map_request request = {
		.http = &http,
		.client = {client, false},
		.server = {server, true},
		.name = {place, 2},
		.status = status,
		.time_ns = RECEIVED_NS + 5,
	};
	static char text[8192];
	struct sl_decode_fault fault = {0};
	enum sl_map_choice choice;
	enum sl_map_step step;
	enum sl_reason why;
	struct sl_span whole;
	size_t bytes = 0;
	bool lines;

	snprintf(text, sizeof(text), "%s\r\n", head);
	assert_true(sl_http1_request(text, strlen(text), &limits, &http) > 0);
	step = sl_map_begin(map, &request);
	if (step == SL_MAP_UNMAPPED || step == SL_MAP_DECLINED)
		return step == SL_MAP_DECLINED ? "declined" : "unmapped";
	if (step == SL_MAP_ASKS_BODY) {
		why = sl_map_body(map, padded(body, body_bytes), &fault);
		if (why) {
			say(why, 0, &fault);
			return said;
		}
	}
	choice = sl_map_choose(map, &whole, &lines);
	if (choice == SL_MAP_NONE)
		return "unmapped";
	if (choice == SL_MAP_EVENTS)
		return lines ? "lines" : "events";
	why = sl_map_compose(map, binding, whole, 3, said, 1024, &bytes, &fault);
	say(why, bytes, &fault);
	return said;
}

static const char *ask(const char *head, const char *body, unsigned status)
{
	return ask_bytes(head, body, strlen(body), status);
}

#define GET(target) "GET " target " HTTP/1.1\r\nHost: bank.example\r\n"
#define POST(target, type)                                                                         \
	"POST " target " HTTP/1.1\r\nHost: bank.example\r\nContent-Type: " type "\r\n"

static void sources(void **state)
{
	(void)state;
	read_rules("rules: [{path: \"/l/{a}/x{b}.do\", fields: {m: method, h: host, p: path, a: "
		   "path.a, b: path.b, q: query.q, r: header.Referer, c: cookie.c, k: {constant: "
		   "\"k\\\"\"}, s: status, t: time, from: client.address, to: server.address, id: "
		   "query.id}}]");
	assert_string_equal(
		ask("PUT /l/%ED%95%9C%2fz;jsessionid=1/xyz.do?id=7&q=a+%26%3d&q=2 HTTP/1.1\r\n"
		    "Host: Bank.Example:8080\r\nREFERER: /r\r\nCookie: b=1; c=%20x; d=2\r\n",
		    "", 204),
		"{\"a\":\"한/z\",\"b\":\"yz\",\"c\":\" x\",\"from\":\"192.0.2.7\","
		"\"h\":\"bank.example\",\"id\":\"7\",\"k\":\"k\\\"\",\"m\":\"PUT\","
		"\"p\":\"/l/한/z/xyz.do\",\"q\":\"a &=\",\"r\":\"/r\",\"s\":\"204\","
		"\"t\":\"2026-11-21T00:13:20.000000005Z\",\"to\":\"2001:db8::\"}");
	/* what is not there is left out */
	assert_string_equal(ask("GET /l/a/xb.do?id= HTTP/1.0\r\n", "", 200),
			    "{\"a\":\"a\",\"b\":\"b\",\"from\":\"192.0.2.7\",\"h\":\"\","
			    "\"id\":\"\",\"k\":\"k\\\"\",\"m\":\"GET\",\"p\":\"/l/a/xb.do\","
			    "\"s\":\"200\",\"t\":\"2026-11-21T00:13:20.000000005Z\","
			    "\"to\":\"2001:db8::\"}");
}

static void conditions(void **state)
{
	(void)state;
	read_rules("rules: [{path: /a, method: [PUT, POST], fields: {id: {constant: put}}},"
		   "{path: \"/{x}\", where: {query.x: [1, 2*], header.h: \"*\"}, fields: {id: "
		   "{constant: where}}},"
		   "{path: /a, without: [query.x, cookie.c], fields: {id: {constant: without}}},"
		   "{host: [\"*.app.example\", one.example], fields: {id: {constant: host}}},"
		   "{where: {json.a.1.b: [\"x\\ty\", 7]}, fields: {id: {constant: json}}},"
		   "{path: /f, where: {form.a: b c}, fields: {id: {constant: form}}}]");
	assert_string_equal(ask(POST("/a", "text/plain"), "", 200), "{\"id\":\"put\"}");
	assert_string_equal(ask(GET("/a?x=1") "H: 1\r\n", "", 200), "{\"id\":\"where\"}");
	assert_string_equal(ask(GET("/a?x=23") "H:\r\n", "", 200), "{\"id\":\"where\"}");
	assert_string_equal(ask(GET("/a?x=3") "H: 1\r\n", "", 200), "unmapped");
	assert_string_equal(ask(GET("/a?y=1"), "", 200), "{\"id\":\"without\"}");
	assert_string_equal(ask(GET("/a") "Cookie: c\r\n", "", 200), "unmapped");
	assert_string_equal(ask("GET /z HTTP/1.1\r\nHost: B.APP.example\r\n", "", 200),
			    "{\"id\":\"host\"}");
	assert_string_equal(ask("GET /z HTTP/1.1\r\nHost: one.example:1\r\n", "", 200),
			    "{\"id\":\"host\"}");
	assert_string_equal(ask("GET /z HTTP/1.1\r\nHost: app.example\r\n", "", 200), "unmapped");
	assert_string_equal(
		ask(POST("/z", "application/json"), "{\"a\":[0,{\"b\":\"x\\ty\"}]}", 200),
		"{\"id\":\"json\"}");
	assert_string_equal(ask(POST("/z", "text/plain"), " {\"a\":[0,{\"b\":7 }]}", 200),
			    "{\"id\":\"json\"}");
	assert_string_equal(ask(POST("/z", "application/json"), "{\"a\":[0,{\"b\":8}]}", 200),
			    "unmapped");
	assert_string_equal(ask(POST("/z", "application/json"), "{\"a\":[0,{\"b\":7}]", 200),
			    "unmapped");
	assert_string_equal(
		ask(POST("/f", "application/x-www-form-urlencoded"), "x=1&%61=b+c", 200),
		"{\"id\":\"form\"}");
	assert_string_equal(ask(POST("/f", "multipart/form-data"), "x=1&%61=b+c", 200), "unmapped");
}

static void paths(void **state)
{
	static const struct {
		const char *pattern, *path;
		bool fits;
	} rows[] = {
		{"/a", "/a", true},           {"/a", "/a/", false},       {"/a/", "/a", false},
		{"/a", "/%61", true},         {"/a/**", "/a/", true},     {"/a/**", "/a/b/c", true},
		{"/a/**", "/a", false},       {"/a**", "/a", true},       {"/*", "/", true},
		{"/*", "/a/b", false},        {"/*/b", "/a/b", true},     {"/*.js", "/a.js", true},
		{"/*.js", "/a.b.js", false},  {"/{x}", "/", false},       {"/{x}", "/a%2Fb", true},
		{"/{x}-{y}", "/a-b", true},   {"/{x}-{y}", "/ab", false}, {"/a/b", "/a%2Fb", false},
		{"/a/b", "/a;s=1/b;t", true}, {"/{x}/", "/a/", true},     {"/", "/", true},
		{"/a", "//a", false},         {"/**", "/x", true},        {"/a", "/a%", false},
	};
	char rules[256], head[256];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		snprintf(rules, sizeof(rules),
			 "rules: [{path: \"%s\", fields: {id: {constant: 1}}}]", rows[i].pattern);
		read_rules(rules);
		snprintf(head, sizeof(head), "GET %s HTTP/1.1\r\nHost: h\r\n", rows[i].path);
		if ((strcmp(ask(head, "", 200), "unmapped") != 0) != rows[i].fits)
			fail_msg("%s and %s", rows[i].pattern, rows[i].path);
	}
}

static void rules_keep_their_order_wherever_they_are_filed(void **state)
{
	char rules[4096] = "rules: [";
	char head[64], wanted[32];

	(void)state;
	for (unsigned i = 0; i < 40; i++) {
		size_t n = strlen(rules);

		if (i % 3)
			snprintf(rules + n, sizeof(rules) - n,
				 "{path: /p%u/**, fields: {id: {constant: %u}}},", i % 20, i);
		else
			snprintf(rules + n, sizeof(rules) - n,
				 "{path: \"/{x}/**\", where: {query.n: %u}, "
				 "fields: {id: {constant: %u}}},",
				 i % 20, i);
	}
	strcat(rules, "]");
	read_rules(rules);
	for (unsigned i = 0; i < 20; i++) {
		snprintf(head, sizeof(head), "GET /p%u/x?n=%u HTTP/1.1\r\nHost: h\r\n", i, i);
		snprintf(wanted, sizeof(wanted), "{\"id\":\"%u\"}", i);
		assert_string_equal(ask(head, "", 200), wanted);
		snprintf(head, sizeof(head), "GET /p%u/x HTTP/1.1\r\nHost: h\r\n", i);
		snprintf(wanted, sizeof(wanted), "{\"id\":\"%u\"}", i % 3 ? i : i + 20);
		assert_string_equal(ask(head, "", 200), wanted);
	}
	assert_string_equal(ask(GET("/p20/x"), "", 200), "unmapped");
}

static void a_schema_gives_types(void **state)
{
	(void)state;
	read_rules("rules: [{path: /j, fields: {n: json.n, s: json.s, d: json.d, b: json.b, t: "
		   "json.t, l: json.l, o.p: json.o.p, o.q: query.q}},"
		   "{path: /q, fields: {n: query.n, s: query.s, d: query.d, b: query.b, t: "
		   "query.t, l: query.l}}]");
	schema = fixture_new();
	fixture_field(schema, "n", SL_TYPE_INT, SL_ROLE_NONE, 0);
	fixture_field(schema, "s", SL_TYPE_STRING, SL_ROLE_NONE, 0);
	fixture_field(schema, "d", SL_TYPE_DECIMAL, SL_ROLE_NONE, 0);
	fixture_field(schema, "b", SL_TYPE_BOOL, SL_ROLE_NONE, 0);
	fixture_field(schema, "t", SL_TYPE_TIME, SL_ROLE_TIME, 0);
	fixture_field(schema, "l", SL_TYPE_STRINGS, SL_ROLE_NONE, 0);
	fixture_field(schema, "o.p", SL_TYPE_STRING, SL_ROLE_NONE, 0);
	fixture_field(schema, "o.q", SL_TYPE_STRING, SL_ROLE_NONE, 0);
	bind(&schema->artifact);
	assert_string_equal(
		ask(POST("/j?q=1", "application/json"),
		    "{\"n\":\"007\",\"s\":12.50,\"d\":\"1e3\",\"b\":\"Y\",\"t\":\"1795220000000\","
		    "\"l\":\"x\",\"o\":{\"p\":true}}",
		    200),
		"{\"b\":true,\"d\":1e3,\"l\":[\"x\"],\"n\":7,\"o\":{\"p\":\"true\",\"q\":\"1\"},"
		"\"s\":\"12.50\",\"t\":1795220000000}");
	/* as it stands, where it is right or no scalar will make it so */
	assert_string_equal(ask(POST("/j", "application/json"),
				"{\"n\": 7 ,\"s\":\"\\u00e9\",\"d\":-0,\"b\":null,\"t\":\"x\","
				"\"l\":[ \"x\", 1 ],\"o\":{\"p\":{\"a\":[]}}}",
				200),
			    "{\"d\":-0,\"l\":[ \"x\", 1 ],\"n\":7,\"o\":{\"p\":{\"a\":[]}},"
			    "\"s\":\"\\u00e9\",\"t\":\"x\"}");
	assert_string_equal(
		ask(GET("/q?n=%2012&s=12&d=.5&b=1&t=2026-11-21T00:00:00Z&l=a"), "", 200),
		"{\"b\":true,\"d\":\".5\",\"l\":[\"a\"],\"n\":12,\"s\":\"12\","
		"\"t\":\"2026-11-21T00:00:00Z\"}");
	/* empty is no number */
	assert_string_equal(ask(GET("/q?n=&s=&d=&b=&t=&l="), "", 200), "{\"l\":[\"\"],\"s\":\"\"}");
}

static void ids(void **state)
{
	char first[256];
	struct sl_text path;
	uint32_t at = 0;

	(void)state;
	read_rules("rules: [{path: /a, fields: {customer: query.c}},"
		   "{path: /b, id: [customer, n], fields: {customer: query.c, n: query.n}}]");
	snprintf(first, sizeof(first), "%s", ask(GET("/a?c=1"), "", 200));
	assert_memory_equal(first, "{\"customer\":\"1\",\"id\":\"", 22);
	assert_int_equal(strlen(first), 22 + 32 + 2);
	assert_string_equal(ask(GET("/a?c=1&d"), "", 200), first); /* the same place and time */
	snprintf(first, sizeof(first), "%s", ask(GET("/b?c=1&n=2"), "", 200));
	assert_string_equal(ask(GET("/b?x&n=2&c=1"), "", 200), first);
	assert_string_not_equal(ask(GET("/b?c=1&n=3"), "", 200), first);
	/* with none of them it is the place's, not one for all that have none */
	snprintf(first, sizeof(first), "%s", ask(GET("/b?c=&n"), "", 200));
	assert_memory_equal(first, "{\"customer\":\"\",\"id\":\"", 21);
	place++;
	assert_string_not_equal(ask(GET("/b?c=&n"), "", 200), first);
	place--;
	/* no boundary moves from one to the other */
	snprintf(first, sizeof(first), "%.60s", strstr(ask(GET("/b?c=1&n=23"), "", 200), "id"));
	assert_memory_not_equal(strstr(ask(GET("/b?c=12&n=3"), "", 200), "id"), first, 36);
	/* where the schema wants it, and not at all where it wants none */
	schema = fixture_new();
	fixture_field(schema, "customer", SL_TYPE_STRING, SL_ROLE_KEY, 0);
	fixture_field(schema, "meta.event", SL_TYPE_STRING, SL_ROLE_ID, 0);
	bind(&schema->artifact);
	assert_memory_equal(ask(GET("/a?c=1"), "", 200),
			    "{\"customer\":\"1\",\"meta\":{\"event\":\"", 33);
	assert_true(sl_map_binding_unknown(binding, &at, &path));
	assert_memory_equal(path.at, "n", 1);
	assert_false(sl_map_binding_unknown(binding, &at, &path));
	schema->artifact.role_slot[SL_ROLE_ID] = -1;
	bind(&schema->artifact);
	assert_string_equal(ask(GET("/a?c=1"), "", 200), "{\"customer\":\"1\"}");
}

static void other_charsets(void **state)
{
	static const char euc[] = "a=%B0%A1%8C%63&b=\xb0\xa1";

	(void)state;
	read_rules("charset: cp949, rules: [{path: /q, fields: {id: query.a}},"
		   "{path: /f, fields: {id: form.a, b: form.b}},"
		   "{path: /j, fields: {id: json.a}}]");
	assert_string_equal(ask(GET("/q?a=%B0%A1%8c%63x"), "", 200), "{\"id\":\"가똠x\"}");
	assert_string_equal(ask(GET("/q?a=%B0%A1%8c"), "", 200),
			    "charset_invalid: id: not in the charset that it is said to be in");
	assert_string_equal(ask(POST("/f", "application/x-www-form-urlencoded"), euc, 200),
			    "{\"b\":\"가\",\"id\":\"가똠\"}");
	/* the content type knows better */
	assert_string_equal(ask(POST("/f", "application/x-www-form-urlencoded; charset=UTF-8"),
				"a=%EA%B0%80", 200),
			    "{\"id\":\"가\"}");
	assert_string_equal(ask(POST("/j", "application/json"), "{\"a\":\"가\"}", 200),
			    "{\"id\":\"가\"}");
	assert_string_equal(
		ask(POST("/j", "application/json; charset=EUC-KR"), "{\"a\":\"\xb0\xa1\"}", 200),
		"{\"id\":\"가\"}");
	assert_string_equal(
		ask(POST("/j", "application/json;charset=ks_c_5601-1987"), "{\"a\":\"\xff\"}", 200),
		"charset_invalid: the body is not in the character set that it is said to be in");
	read_rules("rules: [{path: /q, fields: {id: query.a}},"
		   "{path: \"/p/{x}\", fields: {id: path.x}}]");
	/* the byte that stands for a path's own slash is not taken for one */
	assert_string_equal(ask(GET("/p/a%2Fb"), "", 200), "{\"id\":\"a/b\"}");
	assert_string_equal(ask(GET("/p/a%FFb"), "", 200),
			    "utf8_invalid: id: bytes that are not UTF-8; is it another charset?");
	assert_string_equal(ask(GET("/q?a=%B0%A1"), "", 200),
			    "utf8_invalid: id: bytes that are not UTF-8; is it another charset?");
}

static void statuses(void **state)
{
	(void)state;
	read_rules("rules: [{path: /a, fields: {id: {constant: 1}}}]");
	assert_string_equal(ask(GET("/a"), "", 200), "{\"id\":\"1\"}");
	assert_string_equal(ask(GET("/a"), "", 299), "{\"id\":\"1\"}");
	assert_string_equal(ask(GET("/a"), "", 302), "declined");
	assert_string_equal(ask(GET("/a"), "", 503), "declined");
	assert_string_equal(ask(GET("/a"), "", 0), "{\"id\":\"1\"}");
	assert_string_equal(ask(GET("/b"), "", 503), "unmapped");
	read_rules("status: [200, 3xx, 401-404], status_unseen: none, "
		   "rules: [{path: /a, fields: {id: {constant: 1}}}]");
	assert_string_equal(ask(GET("/a"), "", 201), "declined");
	assert_string_equal(ask(GET("/a"), "", 302), "{\"id\":\"1\"}");
	assert_string_equal(ask(GET("/a"), "", 404), "{\"id\":\"1\"}");
	assert_string_equal(ask(GET("/a"), "", 405), "declined");
	assert_string_equal(ask(GET("/a"), "", 0), "declined");
}

static void bodies_that_cannot_be_read(void **state)
{
	static char large[4200], deep[4000];

	(void)state;
	read_rules("rules: [{path: /a, fields: {id: json.a}},"
		   "{path: /each, body: each, fields: {id: json.a}},"
		   "{path: /events, body: events}]");
	assert_string_equal(ask(POST("/a", "application/json"), "{\"a\":1,}", 200),
			    "json_malformed: expected a name in quotes and a colon");
	assert_string_equal(ask(POST("/a", "application/json"), "", 200), "{}");
	assert_string_equal(ask(POST("/a", "application/json"), "{\"a\":1,\"a\":2}", 200),
			    "field_duplicate: id: occurs twice in the body");
	assert_string_equal(ask(POST("/a", "application/json"), "{\"a\":\"\xff\"}", 200),
			    "utf8_invalid: bytes that are not UTF-8");
	assert_string_equal(ask(POST("/a", "application/x-www-form-urlencoded"), "a=1", 200), "{}");
	memset(large, ' ', sizeof(large) - 1);
	assert_string_equal(ask(POST("/a", "application/json"), large, 200),
			    "body_too_large: longer than limits.mirror.body_bytes");
	memset(deep, '[', sizeof(deep) - 1);
	deep[1500] = 0;
	assert_memory_equal(ask(POST("/a", "application/json"), deep, 200), "json_malformed", 14);
	large[0] = '{';
	memcpy(large + 1, "\"a\":\"", 5);
	memset(large + 6, 'x', 1100);
	memcpy(large + 1106, "\"}", 3);
	assert_string_equal(ask(POST("/a", "application/json"), large, 200),
			    "too_large: longer than the limit for one event");
	assert_string_equal(ask(POST("/each", "application/json"), "{\"a\":5}", 200), "{\"id\":5}");
	assert_string_equal(ask(POST("/events", "application/json"), "{\"a\":5}", 200), "events");
	assert_string_equal(ask(POST("/events", "application/x-ndjson"), "{}", 200), "lines");
}

static int done(void **state)
{
	(void)state;
	forget();
	padded("", 0);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sources),
		cmocka_unit_test(conditions),
		cmocka_unit_test(paths),
		cmocka_unit_test(rules_keep_their_order_wherever_they_are_filed),
		cmocka_unit_test(a_schema_gives_types),
		cmocka_unit_test(ids),
		cmocka_unit_test(other_charsets),
		cmocka_unit_test(statuses),
		cmocka_unit_test(bodies_that_cannot_be_read),
	};

	return cmocka_run_group_tests(tests, NULL, done);
}
