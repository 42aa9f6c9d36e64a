/* Replies, written by hand: there is one for every request. */
#include "frame/frame.h"

#include <assert.h>

struct reply {
	char *at;
	size_t room, bytes;
	bool full;
};

static void put(struct reply *reply, const void *at, size_t n)
{
	if (reply->full || n > reply->room - reply->bytes) {
		reply->full = true;
		return;
	}
	if (n)
		memcpy(reply->at + reply->bytes, at, n);
	reply->bytes += n;
}

static void put_text(struct reply *reply, const char *text)
{
	put(reply, text, strlen(text));
}

static void put_uint(struct reply *reply, uint64_t value)
{
	char text[20];
	size_t at = sizeof(text);

	do {
		text[--at] = (char)('0' + value % 10);
		value /= 10;
	} while (value);
	put(reply, text + at, sizeof(text) - at);
}

/* Everything but the headers that only some replies have, the empty line and the body. */
static struct reply begin(char *at, size_t room, unsigned status, const char *content_type,
			  size_t body_bytes, bool keep_alive)
{
	struct reply reply = {.at = at, .room = room};

	assert(status >= 100 && status <= 599);
	put_text(&reply, "HTTP/1.1 ");
	put_uint(&reply, status);
	put_text(&reply, " ");
	put_text(&reply, sl_http_phrase(status));
	if (content_type) {
		put_text(&reply, "\r\nContent-Type: ");
		put_text(&reply, content_type);
	}
	put_text(&reply, "\r\nContent-Length: ");
	put_uint(&reply, body_bytes);
	if (!keep_alive)
		put_text(&reply, "\r\nConnection: close");
	return reply;
}

static size_t end(struct reply *reply, struct sl_span body, bool head_only)
{
	put_text(reply, "\r\n\r\n");
	if (!head_only)
		put(reply, body.at, body.bytes);
	return reply->full ? 0 : reply->bytes;
}

size_t sl_http_reply(char *at, size_t room, unsigned status, const char *content_type,
		     struct sl_span body, bool keep_alive, bool head_only, unsigned retry_after_s)
{
	struct reply reply = begin(at, room, status, content_type, body.bytes, keep_alive);

	if (retry_after_s) {
		put_text(&reply, "\r\nRetry-After: ");
		put_uint(&reply, retry_after_s);
	}
	return end(&reply, body, head_only);
}

size_t sl_http_reply_405(char *at, size_t room, const char *allow, const char *content_type,
			 struct sl_span body, bool keep_alive, bool head_only)
{
	struct reply reply = begin(at, room, 405, content_type, body.bytes, keep_alive);

	put_text(&reply, "\r\nAllow: ");
	put_text(&reply, allow);
	return end(&reply, body, head_only);
}
