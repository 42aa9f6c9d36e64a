#include "http_stream.h"

#include <stdio.h>

static struct sl_message message_of(const char *line, const char *fields)
{
	char text[1024];
	struct stream stream;
	struct sl_message message;

	snprintf(text, sizeof(text), "%s HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n%s\r\n", line,
		 fields);
	stream_begin(&stream, 65536);
	stream_feed(&stream, text, strlen(text), sizeof(text), 0);
	assert_int_equal(stream.n, 1);
	message = stream.messages[0];
	stream_end(&stream);
	return message;
}

static void routes(void **state)
{
	static const struct {
		const char *line;
		enum sl_route route;
	} rows[] = {
		{"POST /v1/events", SL_ROUTE_EVENTS},
		{"POST /v1/events?a=/healthz", SL_ROUTE_EVENTS},
		{"POST http://a/v1/events", SL_ROUTE_EVENTS},
		{"GET /healthz", SL_ROUTE_HEALTH},
		{"HEAD /healthz?", SL_ROUTE_HEALTH},
		{"GET /", SL_ROUTE_OTHER},
		{"GET http://a", SL_ROUTE_OTHER},
		{"OPTIONS *", SL_ROUTE_OTHER},
		{"POST /v1/events/", SL_ROUTE_OTHER},
		{"POST /V1/events", SL_ROUTE_OTHER},
		{"POST //v1/events", SL_ROUTE_OTHER},
		{"POST /v1/event", SL_ROUTE_OTHER},
		{"POST /v1/%65vents", SL_ROUTE_OTHER},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_int_equal(message_of(rows[i].line, "").route, rows[i].route);
}

static void methods(void **state)
{
	static const char *const known[] = {"PUT /", "DELETE /", "PATCH /", "OPTIONS /"};
	struct sl_message message;

	(void)state;
	message = message_of("GET /", "");
	assert_true(message.is_get && !message.is_head && !message.is_post);
	message = message_of("HEAD /", "");
	assert_true(!message.is_get && message.is_head && !message.is_post);
	message = message_of("POST /", "");
	assert_true(!message.is_get && !message.is_head && message.is_post);
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		message = message_of(known[i], "");
		assert_int_equal(message.kind, SL_MESSAGE_REQUEST);
		assert_true(!message.is_get && !message.is_head && !message.is_post);
	}
	assert_int_equal(message_of("TRACE /", "").status, 501);
	assert_int_equal(message_of("Post /", "").status, 501);
}

static void contents(void **state)
{
	static const struct {
		const char *fields;
		enum sl_content content;
	} rows[] = {
		{"Content-Type: application/json\r\n", SL_CONTENT_JSON},
		{"content-type: Application/JSON\r\n", SL_CONTENT_JSON},
		{"Content-Type: application/json; charset=utf-8\r\n", SL_CONTENT_JSON},
		{"Content-Type: application/json ;Charset=\"UTF-8\" ; x=y;\r\n", SL_CONTENT_JSON},
		{"Content-Type: application/json;\r\n", SL_CONTENT_JSON},
		{"Content-Type: application/x-ndjson\r\n", SL_CONTENT_NDJSON},
		{"Content-Type: application/ndjson\r\n", SL_CONTENT_NDJSON},
		{"Content-Type: application/jsonl\r\n", SL_CONTENT_NDJSON},
		{"Content-Type: application/x-jsonlines\r\n", SL_CONTENT_NDJSON},
		{"Content-Encoding: identity\r\nContent-Type: application/json\r\n",
		 SL_CONTENT_JSON},
		{"", SL_CONTENT_OTHER},
		{"Content-Type:\r\n", SL_CONTENT_OTHER},
		{"Content-Type: ;\r\n", SL_CONTENT_OTHER},
		{"Content-Type: text/json\r\n", SL_CONTENT_OTHER},
		{"Content-Type: application/json2\r\n", SL_CONTENT_OTHER},
		{"Content-Type: application/json, application/json\r\n", SL_CONTENT_OTHER},
		{"Content-Type: application/json; charset=euc-kr\r\n", SL_CONTENT_OTHER},
		{"Content-Type: application/json; charset=\r\n", SL_CONTENT_OTHER},
		{"Content-Type: application/json; charset\r\n", SL_CONTENT_OTHER},
		{"Content-Type: application/json; charset=utf-8; charset=latin1\r\n",
		 SL_CONTENT_OTHER},
		{"Content-Encoding: gzip\r\nContent-Type: application/json\r\n", SL_CONTENT_OTHER},
		{"Content-Type: application/json\r\nContent-Encoding: "
		 "identity\r\nContent-Encoding: br\r\n",
		 SL_CONTENT_OTHER},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct sl_message message = message_of("POST /v1/events", rows[i].fields);

		if (message.kind != SL_MESSAGE_REQUEST || message.content != rows[i].content)
			fail_msg("kind %d, content %d for: %s", message.kind, message.content,
				 rows[i].fields);
	}
}

static void keeps_alive(void **state)
{
	(void)state;
	assert_true(message_of("GET /", "").keep_alive);
	assert_false(message_of("GET /", "Connection: close\r\n").keep_alive);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(routes),
		cmocka_unit_test(methods),
		cmocka_unit_test(contents),
		cmocka_unit_test(keeps_alive),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
