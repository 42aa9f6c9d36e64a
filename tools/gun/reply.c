#include "tools/gun/reply.h"

#include <errno.h>
#include <jansson.h>
#include <string.h>

static bool take_text(const char **at, const char *end, const char *text)
{
	size_t n = strlen(text);

	if ((size_t)(end - *at) < n || memcmp(*at, text, n))
		return false;
	*at += n;
	return true;
}

static bool take_number(const char **at, const char *end, const char *name, uint64_t *ret_value)
{
	const char *from;
	uint64_t value = 0;

	if (!take_text(at, end, name))
		return false;
	for (from = *at; *at < end && **at >= '0' && **at <= '9' && *at - from < 12; ++*at)
		value = value * 10 + (uint64_t)(**at - '0');
	*ret_value = value;
	return *at > from;
}

/* The reply as it comes when nothing is refused, without a parser: nearly all of them. */
static bool read_plain(const char *at, size_t bytes, struct sl_reply *reply)
{
	const char *end = at + bytes;
	uint64_t line;

	/* of a channel of lines: which of them */
	if (take_number(&at, end, "{\"line\":", &line)) {
		if (!take_number(&at, end, ",\"received\":", &reply->received))
			return false;
	} else if (!take_number(&at, end, "{\"received\":", &reply->received)) {
		return false;
	}
	return take_number(&at, end, ",\"accepted\":", &reply->accepted) &&
	       take_number(&at, end, ",\"matched\":", &reply->matched) &&
	       take_number(&at, end, ",\"duplicates\":", &reply->duplicates) &&
	       take_text(&at, end, ",\"refused\":[]}");
}

static bool read_count(const json_t *object, const char *name, uint64_t *ret_value)
{
	const json_t *value = json_object_get(object, name);

	if (!json_is_integer(value) || json_integer_value(value) < 0)
		return false;
	*ret_value = (uint64_t)json_integer_value(value);
	return true;
}

static bool read_refused(const json_t *list, uint32_t n_events, struct sl_reply *reply)
{
	const json_t *item;
	size_t i;

	if (!json_is_array(list))
		return false;
	json_array_foreach(list, i, item)
	{
		uint64_t index;

		if (!read_count(item, "index", &index) || index >= n_events ||
		    sl_reply_refuses(reply, (uint32_t)index))
			return false;
		reply->is_refused[index / 64] |= 1ul << (index % 64);
		reply->refused++;
	}
	return true;
}

static bool read_any(const char *at, size_t bytes, uint32_t n_events, struct sl_reply *reply)
{
	json_t *object = json_loadb(at, bytes, JSON_REJECT_DUPLICATES, NULL);
	bool good = read_count(object, "received", &reply->received) &&
		    read_count(object, "accepted", &reply->accepted) &&
		    read_count(object, "matched", &reply->matched) &&
		    read_count(object, "duplicates", &reply->duplicates) &&
		    read_refused(json_object_get(object, "refused"), n_events, reply);

	/* a list that was cut says how many there are */
	if (good && json_object_get(object, "refused_total")) {
		uint64_t named = reply->refused;

		good = read_count(object, "refused_total", &reply->refused) &&
		       reply->refused >= named;
		reply->unnamed = reply->refused > named;
	}
	json_decref(object);
	return good;
}

int sl_reply_read(const char *at, size_t bytes, uint32_t n_events, struct sl_reply *ret_reply)
{
	struct sl_reply reply = {0};

	if (n_events > SL_REPLY_EVENTS_MAX)
		return -EBADMSG;
	if (!read_plain(at, bytes, &reply)) {
		reply = (struct sl_reply){0};
		if (!read_any(at, bytes, n_events, &reply))
			return -EBADMSG;
	}
	/* each bounded first, so that their sum cannot wrap */
	if (reply.received != n_events || reply.accepted > n_events ||
	    reply.duplicates > n_events || reply.matched > reply.accepted ||
	    reply.accepted + reply.duplicates + reply.refused != n_events)
		return -EBADMSG;
	*ret_reply = reply;
	return 0;
}
