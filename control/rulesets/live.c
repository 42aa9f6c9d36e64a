/* How many keys a load touches: asked of the dataplane before anything changes. */
#include "base/log.h"
#include "control/rulesets/thread_priv.h"

#include <stdlib.h>
#include <string.h>

/* A trip to the dataplane asks for 128 of them and takes a millisecond. */
#define SLOTS_MAX 65536u

struct counting {
	uint64_t *slots, *live;
	size_t n;
};

/* What is new has no keys yet. */
static bool counts(const json_t *change)
{
	const char *what = json_string_value(json_object_get(change, "what"));

	return what && strcmp(what, "new") != 0;
}

/* False: too many. */
static bool gather(struct counting *counting, const json_t *changes)
{
	const json_t *change, *slot;
	size_t i, j;

	json_array_foreach(changes, i, change)
	{
		if (!counts(change))
			continue;
		json_array_foreach(json_object_get(change, "slots"), j, slot)
		{
			if (counting->n == SLOTS_MAX)
				return false;
			counting->slots[counting->n++] = (uint64_t)json_integer_value(slot);
		}
	}
	return counting->n > 0;
}

static bool ask(struct sl_rulesets *rulesets, struct counting *counting)
{
	char why[SL_COMMAND_TEXT_MAX];
	int e = sl_rulesets_link(rulesets, why);

	for (size_t i = 0; i < counting->n && !e; i += SL_COMMAND_SLOTS_MAX) {
		size_t left = counting->n - i;

		e = sl_link_live(&rulesets->link, counting->slots + i,
				 left < SL_COMMAND_SLOTS_MAX ? (unsigned)left
							     : SL_COMMAND_SLOTS_MAX,
				 counting->live + i, why);
	}
	if (e)
		sl_log_warning("live keys of campaigns that change are not counted: %s", why);
	return !e;
}

static void tell(const struct counting *counting, json_t *changes)
{
	json_t *change;
	size_t i, at = 0;

	json_array_foreach(changes, i, change)
	{
		size_t n = json_array_size(json_object_get(change, "slots"));
		json_t *live = counts(change) ? json_array() : NULL;

		if (!live)
			continue;
		while (n-- > 0)
			json_array_append_new(live, json_integer((json_int_t)counting->live[at++]));
		json_object_set_new(change, "live", live);
	}
}

void sl_rulesets_count_live(struct sl_rulesets *rulesets, json_t *changes)
{
	struct counting counting = {
		.slots = malloc(SLOTS_MAX * sizeof(uint64_t)),
		.live = malloc(SLOTS_MAX * sizeof(uint64_t)),
	};

	if (counting.slots && counting.live && gather(&counting, changes) &&
	    ask(rulesets, &counting))
		tell(&counting, changes);
	free(counting.slots);
	free(counting.live);
}
