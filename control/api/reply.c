/* Answers with a length. */
#include "control/api/api_priv.h"

#include "base/clock.h"
#include "base/json_out.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WRITE_NS (30 * SL_NS_PER_S)
#define HEAD_ROOM 512u

void sl_connection_reply_as(struct sl_connection *connection, unsigned status,
			    const char *content_type, const char *body, size_t bytes)
{
	char more[64] = "";
	int n;

	free(connection->out);
	connection->out_sent = 0;
	connection->out_bytes = 0;
	connection->out = malloc(bytes + HEAD_ROOM);
	if (!connection->out) {
		connection->state = SL_CONNECTION_DONE;
		return;
	}
	if (status == 401)
		strcpy(more, "WWW-Authenticate: Bearer realm=\"sluice\"\r\n");
	if (status == 405)
		snprintf(more, sizeof(more), "Allow: %s\r\n", connection->target.allow);
	n = snprintf(connection->out, HEAD_ROOM,
		     "HTTP/1.1 %u %s\r\nContent-Type: %s\r\nContent-Length: "
		     "%zu\r\n%s%s%s\r\n",
		     status, sl_http_phrase(status), content_type, bytes, more,
		     status == 503 ? "Retry-After: 1\r\n" : "",
		     connection->keep_alive ? "" : "Connection: close\r\n");
	memcpy(connection->out + n, body, bytes);
	connection->out_bytes = (size_t)n + bytes;
	sl_connection_enter(connection, SL_CONNECTION_WRITING, WRITE_NS);
}

void sl_connection_reply(struct sl_connection *connection, unsigned status, const char *body,
			 size_t bytes)
{
	sl_connection_reply_as(connection, status, "application/json", body, bytes);
}

void sl_connection_reply_error(struct sl_connection *connection, unsigned status,
			       const char *format, ...)
{
	char sentence[1024], body[6 * sizeof(sentence) + 32]; /* a byte takes at most 6 escaped */
	va_list arguments;
	struct sl_json json;

	va_start(arguments, format);
	vsnprintf(sentence, sizeof(sentence), format, arguments);
	va_end(arguments);
	sl_json_init(&json, body, sizeof(body));
	sl_json_object(&json);
	sl_json_name(&json, "error");
	sl_json_string(&json, sentence);
	sl_json_object_end(&json);
	sl_connection_reply(connection, status, body, json.bytes);
}

void sl_connection_reply_json(struct sl_connection *connection, unsigned status, json_t *root)
{
	char *body = root ? json_dumps(root, JSON_COMPACT) : NULL;

	if (body)
		sl_connection_reply(connection, status, body, strlen(body));
	else
		sl_connection_reply_error(connection, 503, "no memory");
	free(body);
	json_decref(root);
}
