/* An event of a rule set whose campaigns remember by more than the customer: its triggers go, in
 * groups, to the owners of the keys that the event has for them, each with a `seen` of its own. To
 * its request all of that is one event. */
#include "worker/worker_priv.h"

struct group {
	int32_t slot; /* -1: the customer */
	struct sl_take take;
	struct sl_part *part; /* NULL: this worker's own */
	char number[24];      /* the key, where the field is an integer */
};

struct groups {
	unsigned n;
	struct group at[SL_BY_FIELDS_MAX + 1];
};

static int32_t slot_of(const struct sl_worker *worker, uint32_t trigger)
{
	const struct sl_artifact *artifact = worker->generation->artifact;

	return artifact->campaigns[artifact->triggers[trigger].campaign].by_slot;
}

static struct sl_text write_number(int64_t value, char at[24])
{
	uint64_t rest = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
	char *end = at + 24, *digit = end;

	do
		*--digit = (char)('0' + rest % 10);
	while (rest /= 10);
	if (value < 0)
		*--digit = '-';
	return (struct sl_text){digit, (uint32_t)(end - digit)};
}

/* False: the event has no such field, and does not exist for these campaigns. */
static bool key_of(const struct sl_event *event, struct group *group)
{
	const struct sl_value *value;

	if (group->slot < 0) {
		group->take.key = event->key;
		return true;
	}
	value = &event->slots[group->slot];
	if (value->kind == SL_TYPE_STRING)
		group->take.key = (struct sl_text){value->text, value->count};
	else if (value->kind == SL_TYPE_INT)
		group->take.key = write_number(value->integer, group->number);
	return value->kind == SL_TYPE_INT || (value->kind == SL_TYPE_STRING && value->count);
}

/* The customer's group is judged by the event's own `seen`, others by one that has the field in it:
 * four parts, which no event's has. */
static void identify(struct sl_worker *worker, const struct sl_event *event, struct sl_span text,
		     struct group *group)
{
	const struct sl_artifact *artifact = worker->generation->artifact;
	struct sl_take *take = &group->take;
	uint64_t digest[2] = {0};
	const struct sl_text whole = {(const char *)text.at, (uint32_t)text.bytes};
	struct sl_text parts[4];

	if (group->slot < 0) {
		take->key_hash = event->key_hash;
		take->partition = event->partition;
		memcpy(take->seen, event->seen, sizeof(take->seen));
		return;
	}
	if (!event->id.bytes)
		sl_hash_parts(&whole, 1, digest);
	parts[0] = sl_artifact_text(artifact, artifact->fields[group->slot].path);
	parts[1] = take->key;
	parts[2] = event->id;
	parts[3] = (struct sl_text){(const char *)digest, sizeof(digest)};
	take->key_hash = sl_text_hash(take->key.at, take->key.bytes);
	take->partition = take->key_hash % SL_PARTITIONS;
	sl_hash_parts(parts, 4, take->seen);
}

static struct group *group_for(struct groups *groups, int32_t slot)
{
	for (unsigned i = 0; i < groups->n; i++)
		if (groups->at[i].slot == slot)
			return &groups->at[i];
	assert(groups->n < SL_BY_FIELDS_MAX + 1); /* no generation has more fields */
	groups->at[groups->n] = (struct group){.slot = slot};
	return &groups->at[groups->n++];
}

/* Sorts the triggers by group, each group's as they were; leaves out those whose key is absent. */
static void divide(struct sl_worker *worker, const struct sl_event *event, struct sl_span text,
		   const uint32_t *triggers, uint32_t n, struct groups *groups)
{
	uint32_t used = 0;
	unsigned kept = 0;

	groups->n = 0;
	for (uint32_t i = 0; i < n; i++)
		group_for(groups, slot_of(worker, triggers[i]));
	for (unsigned g = 0; g < groups->n; g++) {
		struct group *group = &groups->at[g];

		group->take = (struct sl_take){
			.generation = worker->generation,
			.event = event,
			.triggers = worker->group_triggers + used,
			.watermark_ns = worker->origin_time.watermark_ns,
			.origin = worker->index,
		};
		if (!key_of(event, group))
			continue;
		for (uint32_t i = 0; i < n; i++)
			if (slot_of(worker, triggers[i]) == group->slot)
				worker->group_triggers[used + group->take.n_triggers++] =
					triggers[i];
		used += group->take.n_triggers;
		identify(worker, event, text, group);
		if (g != kept) {
			groups->at[kept] = *group;
			if (group->take.key.at >= group->number &&
			    group->take.key.at < group->number + sizeof(group->number))
				groups->at[kept].take.key.at = groups->at[kept].number +
							       (group->take.key.at - group->number);
		}
		kept++;
	}
	groups->n = kept;
}

/* Everything that may have to be waited for, before anything is done. */
static bool prepare(struct sl_worker *worker, struct groups *groups, unsigned *ret_away)
{
	unsigned away = 0, g;

	for (g = 0; g < groups->n; g++) {
		struct group *group = &groups->at[g];

		group->part = NULL;
		if (sl_owner_of(worker->engine, group->take.partition) == worker->index)
			continue;
		group->part = sl_burst_part(worker, &group->take);
		if (!group->part)
			break;
		away++;
	}
	if (g == groups->n && (away == groups->n || sl_burst_room(worker))) {
		*ret_away = away;
		return true;
	}
	while (g-- > 0)
		if (groups->at[g].part)
			sl_part_give(worker, groups->at[g].part);
	return false;
}

void sl_fan_note(struct sl_worker *worker, struct sl_fan *fan, enum sl_verdict verdict)
{
	fan->fresh |= verdict != SL_VERDICT_DUPLICATE;
	fan->matched |= verdict == SL_VERDICT_MATCHED;
	if (--fan->left)
		return;
	sl_request_result(worker, fan->request,
			  !fan->fresh    ? SL_VERDICT_DUPLICATE
			  : fan->matched ? SL_VERDICT_MATCHED
					 : SL_VERDICT_UNMATCHED);
	if (fan->next == fan)
		return; /* the caller's own */
	fan->next = worker->free_fans;
	worker->free_fans = fan;
}

bool sl_groups_take(struct sl_worker *worker, struct sl_request *request,
		    const struct sl_event *event, struct sl_span text, const uint32_t *triggers,
		    uint32_t n)
{
	struct sl_fan own, *fan = &own;
	struct groups groups;
	unsigned away;

	divide(worker, event, text, triggers, n, &groups);
	if (groups.n == 0) {
		sl_request_result(worker, request, SL_VERDICT_UNMATCHED);
		return true;
	}
	if (!prepare(worker, &groups, &away))
		return false;
	if (away) {
		fan = worker->free_fans; /* as many as parts */
		worker->free_fans = fan->next;
	}
	*fan = (struct sl_fan){.next = away ? NULL : fan, .request = request, .left = groups.n};
	for (unsigned g = 0; g < groups.n; g++) {
		if (!groups.at[g].part)
			continue;
		groups.at[g].part->fan = fan;
		sl_burst_hand_over(worker, request, groups.at[g].part);
	}
	for (unsigned g = 0; g < groups.n; g++) {
		if (!groups.at[g].part)
			sl_fan_note(worker, fan, sl_owner_take(worker, &groups.at[g].take));
	}
	return true;
}
