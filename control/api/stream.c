/* Answers without a length: a head, then pieces as they come. */
#include "control/api/api_priv.h"

#include "base/clock.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WRITE_NS (30 * SL_NS_PER_S)
#define SIZE_LINE 8u        /* "0000ff\r\n" */
#define PIECES_PER_TURN 16u /* of one stream, before the others have their turn */

void sl_connection_stream_end(struct sl_connection *connection)
{
	if (connection->stream)
		connection->stream->close(connection->stream_self);
	connection->stream = NULL;
	connection->stream_self = NULL;
}

void sl_connection_stream(struct sl_connection *connection, unsigned status,
			  const char *content_type, const struct sl_stream_ops *ops, void *self)
{
	int n;

	connection->stream = ops;
	connection->stream_self = self;
	connection->keep_alive = false;
	free(connection->out);
	connection->out_sent = 0;
	connection->out_bytes = 0;
	connection->out = malloc(SL_STREAM_ROOM + SIZE_LINE + 2);
	if (!connection->out) {
		connection->state = SL_CONNECTION_DONE;
		return;
	}
	n = snprintf(connection->out, SL_STREAM_ROOM,
		     "HTTP/1.1 %u %s\r\nContent-Type: %s\r\n%sConnection: close\r\n\r\n", status,
		     sl_http_phrase(status), content_type,
		     connection->chunks ? "Transfer-Encoding: chunked\r\n" : "");
	connection->out_bytes = (size_t)n;
	sl_connection_enter(connection, SL_CONNECTION_STREAMING, WRITE_NS);
}

/* Asks the source. False: it has nothing now. */
static bool take_piece(struct sl_connection *connection)
{
	ssize_t n = connection->stream->more(connection->stream_self, connection->out + SIZE_LINE,
					     SL_STREAM_ROOM);
	char line[SIZE_LINE + 1];

	if (n == 0)
		return false;
	if (n < 0) {
		sl_connection_stream_end(connection);
		connection->out_sent = 0;
		connection->out_bytes = connection->chunks ? 5 : 0;
		memcpy(connection->out, "0\r\n\r\n", 5);
		sl_connection_enter(connection, SL_CONNECTION_WRITING, WRITE_NS);
		return true;
	}
	assert((size_t)n <= SL_STREAM_ROOM);
	snprintf(line, sizeof(line), "%06x\r\n", (unsigned)n & 0xffffffu);
	memcpy(connection->out, line, SIZE_LINE);
	memcpy(connection->out + SIZE_LINE + n, "\r\n", 2);
	connection->out_sent = connection->chunks ? 0 : SIZE_LINE;
	connection->out_bytes = SIZE_LINE + (size_t)n + (connection->chunks ? 2 : 0);
	sl_connection_enter(connection, SL_CONNECTION_STREAMING, WRITE_NS);
	return true;
}

void sl_connection_stream_more(struct sl_connection *connection)
{
	for (unsigned i = 0; i < PIECES_PER_TURN; i++) {
		if (!sl_connection_flush(connection))
			return;
		connection->out_sent = connection->out_bytes = 0;
		connection->deadline_ns = INT64_MAX; /* the peer owes nothing */
		if (!connection->stream) {
			connection->state = SL_CONNECTION_DONE;
			return;
		}
		if (!take_piece(connection))
			return;
	}
}
