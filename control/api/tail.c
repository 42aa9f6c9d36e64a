/* GET /v1/tail: records as they are committed, a line of JSON each, until the peer has enough. */
#include "control/api/api_priv.h"

#include <string.h>

static ssize_t more(void *self, char *at, size_t room)
{
	return (ssize_t)sl_tail_take(self, at, room);
}

static void end(void *self)
{
	sl_tail_close(self);
}

static const struct sl_stream_ops ops = {.more = more, .close = end};

/* "match,refusal"; 0: there is something else in it. */
static unsigned read_kinds(const char *at)
{
	static const struct {
		const char *name;
		unsigned kind;
	} names[] = {{"match", SL_TAIL_MATCH},
		     {"decision", SL_TAIL_DECISION},
		     {"refusal", SL_TAIL_REFUSAL}};
	unsigned kinds = 0;

	while (at) {
		size_t n = strcspn(at, ","), i = 0;

		while (i < 3 && (strlen(names[i].name) != n || memcmp(at, names[i].name, n) != 0))
			i++;
		if (i == 3)
			return 0;
		kinds |= names[i].kind;
		at = at[n] ? at + n + 1 : NULL;
	}
	return kinds;
}

static unsigned status_of(int e)
{
	return e == -SL_E_RULES ? 400 : 503;
}

void sl_api_get_tail(struct sl_api *api, struct sl_connection *connection)
{
	const struct sl_api_target *target = &connection->target;
	const char *kinds = sl_api_parameter(target, "kind");
	const struct sl_tail_question question = {
		.kinds = kinds ? read_kinds(kinds) : SL_TAIL_MATCH | SL_TAIL_REFUSAL,
		.campaign = sl_api_parameter(target, "campaign"),
		.key = sl_api_parameter(target, "key"),
		.where = sl_api_parameter(target, "where"),
	};
	struct sl_journal *journal = sl_consumers_journal(api->config.consumers);
	char why[SL_SENTENCE_BYTES];
	struct sl_tail *tail;
	int e;

	if (!question.kinds) {
		sl_connection_reply_error(
			connection, 400,
			"kind is one or several of match, decision and refusal, with commas");
		return;
	}
	if (!journal) {
		sl_connection_reply_error(connection, 503,
					  "there is no journal yet; start the dataplane first");
		return;
	}
	e = sl_tail_open(api->config.tails, journal, &question, &tail, why);
	if (e)
		sl_connection_reply_error(connection, status_of(e), "%s", why);
	else
		sl_connection_stream(connection, 200, "application/x-ndjson", &ops, tail);
}
