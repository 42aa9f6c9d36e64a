/* Refused events: a list, newest first, and one of them with its masked original. */
#include "control/quarantine/quarantine.h"
#include "control/api/api_priv.h"
#include "control/json_member.h"
#include "sluice/reason.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ANSWER_BYTES ((size_t)1 << 20)
#define LIMIT_MAX 1000u
#define LIMIT 100u

struct listing {
	const char *channel, *reason; /* NULL: any */
	int64_t since_ns, until_ns;   /* received from, and before */
	uint64_t limit;
	bool ended; /* whatever is behind */
	struct sl_json json;
};

static void write_members(struct sl_json *json, const struct sl_quarantined *record)
{
	char id[SL_QUARANTINE_ID_BYTES];

	sl_quarantine_id_format(record->id, id);
	sl_member_string(json, "id", id);
	sl_member_time(json, "time", record->received_ns);
	sl_member_text(json, "channel", record->channel);
	sl_member_text(json, "reason", record->reason);
	sl_member_text(json, "detail", record->detail);
	sl_member_uint(json, "offset", record->fault_offset);
	sl_member_uint(json, "bytes", record->text_whole_bytes);
}

static bool is(struct sl_text value, const char *wanted)
{
	return !wanted || (strlen(wanted) == value.bytes && !memcmp(wanted, value.at, value.bytes));
}

static int list_one(void *context, const struct sl_quarantined *record)
{
	struct listing *listing = context;
	/* the longest that one can come to, escapes and names included */
	size_t worst =
		6 * (record->channel.bytes + record->reason.bytes + record->detail.bytes) + 512;

	/* received before it was committed: nothing behind this one can be wanted */
	if (record->committed_ns < listing->since_ns) {
		listing->ended = true;
		return 1;
	}
	if (!is(record->channel, listing->channel) || !is(record->reason, listing->reason) ||
	    record->received_ns < listing->since_ns || record->received_ns >= listing->until_ns)
		return 0;
	sl_json_object(&listing->json);
	write_members(&listing->json, record);
	sl_json_object_end(&listing->json);
	return --listing->limit == 0 || listing->json.room - listing->json.bytes < 4 * worst;
}

static bool is_reason(const char *name)
{
	for (unsigned i = 1; i < SL_WHY_COUNT; i++)
		if (!strcmp(sl_reason_info(i)->name, name))
			return true;
	return false;
}

/* False: refused, and answered. */
static bool take_parameters(struct sl_connection *connection, struct listing *listing,
			    struct sl_quarantine_id *ret_after)
{
	const struct sl_api_target *target = &connection->target;
	const char *after = sl_api_parameter(target, "after");

	listing->channel = sl_api_parameter(target, "channel");
	listing->reason = sl_api_parameter(target, "reason");
	listing->until_ns = INT64_MAX;
	listing->since_ns = INT64_MIN;
	if (after && sl_quarantine_id_parse(after, ret_after)) {
		sl_connection_reply_error(
			connection, 400,
			"the parameter \"after\" is \"next\" of the answer before");
		return false;
	}
	if (listing->reason && !is_reason(listing->reason)) {
		sl_connection_reply_error(connection, 400, "there is no reason \"%.60s\"",
					  listing->reason);
		return false;
	}
	return sl_api_parameter_time(connection, "since", &listing->since_ns) &&
	       sl_api_parameter_time(connection, "until", &listing->until_ns) &&
	       sl_api_parameter_number(connection, "limit", 1, LIMIT_MAX, LIMIT, &listing->limit);
}

void sl_api_get_quarantine(struct sl_api *api, struct sl_connection *connection)
{
	struct sl_quarantine *quarantine = sl_consumers_quarantine(api->config.consumers);
	struct sl_quarantine_id after = {0}, next = {0};
	struct listing listing = {0};
	char id[SL_QUARANTINE_ID_BYTES], *body;
	int e;

	if (!take_parameters(connection, &listing, &after))
		return;
	body = malloc(ANSWER_BYTES);
	if (!body) {
		sl_connection_reply_error(connection, 503, "no memory");
		return;
	}
	sl_json_init(&listing.json, body, ANSWER_BYTES);
	sl_json_object(&listing.json);
	sl_member_array(&listing.json, "refused");
	e = sl_quarantine_walk(quarantine, after, list_one, &listing, &next);
	sl_json_array_end(&listing.json);
	if (next.segment && !listing.ended) {
		sl_quarantine_id_format(next, id);
		sl_member_string(&listing.json, "next", id);
	}
	sl_json_object_end(&listing.json);
	if (e || listing.json.full)
		sl_connection_reply_error(connection, 503, "no memory");
	else
		sl_connection_reply(connection, 200, body, listing.json.bytes);
	free(body);
}

static void write_whole(struct sl_json *json, const struct sl_quarantined *record)
{
	sl_json_object(json);
	write_members(json, record);
	sl_member_time(json, "committed", record->committed_ns);
	sl_member_text(json, "text", record->text);
	sl_member_bool(json, "cut", record->text.bytes < record->text_whole_bytes);
	sl_json_object_end(json);
}

void sl_api_get_quarantined(struct sl_api *api, struct sl_connection *connection)
{
	const char *name = connection->target.id;
	char *room = malloc(SL_QUARANTINE_RECORD_MAX), *body = malloc(ANSWER_BYTES);
	struct sl_quarantined record;
	struct sl_quarantine_id id;
	struct sl_json json;
	int e = room && body ? sl_quarantine_id_parse(name, &id) : -ENOMEM;

	if (!e)
		e = sl_quarantine_get(sl_consumers_quarantine(api->config.consumers), id, room,
				      &record);
	if (e && e != -ENOMEM) {
		sl_connection_reply_error(
			connection, 404,
			"no refused event \"%s\" is kept; the oldest ones are let "
			"go",
			name);
	} else if (e) {
		sl_connection_reply_error(connection, 503, "no memory");
	} else {
		sl_json_init(&json, body, ANSWER_BYTES);
		write_whole(&json, &record);
		sl_connection_reply(connection, 200, body, json.bytes);
	}
	free(room);
	free(body);
}
