/* Limits: how many matches a key may have in a span of time. */
#include "states_priv.h"

#include "sluice/error.h"

/* Times that still count for anybody, ascending; returns how many. */
static unsigned read_times(const struct sl_states *states, const struct sl_campaign *campaign,
			   int64_t tick_ns, struct sl_span body, int64_t times_ns[LIMIT_TIMES_MAX])
{
	int n = body.bytes ? sl_limit_read(body, times_ns) : 0;
	unsigned gone = 0;

	(void)states;
	if (n < 0)
		return 0;
	while (gone < (unsigned)n && sl_time_add(times_ns[gone], campaign->limit_ns) < tick_ns)
		gone++;
	memmove(times_ns, times_ns + gone, ((unsigned)n - gone) * sizeof(*times_ns));
	return (unsigned)n - gone;
}

static bool passes(const struct sl_campaign *campaign, const int64_t *times_ns, unsigned n,
		   int64_t time_ns)
{
	unsigned counted = 0;

	for (unsigned i = 0; i < n; i++)
		counted += sl_time_add(times_ns[i], campaign->limit_ns) > time_ns;
	return counted < campaign->limit_count;
}

bool sl_states_limit_passes(struct sl_states *states, const struct sl_state_plan *plan,
			    struct sl_text key, uint64_t hash, uint32_t campaign, int64_t time_ns,
			    int64_t tick_ns)
{
	const struct sl_campaign *of = &plan->artifact->campaigns[campaign];
	int64_t times[LIMIT_TIMES_MAX];
	uint32_t block;
	unsigned n;

	if (!of->limit_ns)
		return true;
	block = sl_keys_find(&states->keys, key, hash);
	states->body = block ? sl_keys_body(sl_keys_at(&states->keys, block)) : sl_span_of(NULL, 0);
	n = read_times(states, of, tick_ns, sl_call_body(states, of->limit_registry), times);
	return passes(of, times, n, time_ns);
}

/* The youngest are kept, as many as may count. */
static unsigned insert(int64_t *times_ns, unsigned n, unsigned room, int64_t time_ns)
{
	unsigned at = n;

	if (n >= room) {
		if (time_ns < times_ns[n - room])
			return n;
		memmove(times_ns, times_ns + (n - room + 1), (room - 1) * sizeof(*times_ns));
		n = at = room - 1;
	}
	for (; at && times_ns[at - 1] > time_ns; at--)
		times_ns[at] = times_ns[at - 1];
	times_ns[at] = time_ns;
	return n + 1;
}

/* The outcome of the call before stays: its arena is only added to. */
int sl_states_limit_take(struct sl_states *states, const struct sl_state_plan *plan,
			 struct sl_text key, uint64_t hash, uint32_t campaign, int64_t time_ns,
			 int64_t tick_ns, struct sl_state_change *ret_change)
{
	const struct sl_campaign *of = &plan->artifact->campaigns[campaign];
	static const uint8_t head[IMAGE_HEAD_BYTES];
	int64_t times[LIMIT_TIMES_MAX + 1];
	struct sl_span body, image;
	struct sl_pack out;
	unsigned n, room;

	if (!of->limit_ns) {
		*ret_change = (struct sl_state_change){0};
		return 0;
	}
	states->plan = plan;
	states->key = key;
	states->hash = hash;
	states->block = sl_keys_find(&states->keys, key, hash);
	states->body = states->block ? sl_keys_body(sl_keys_at(&states->keys, states->block))
				     : sl_span_of(NULL, 0);
	states->failed = false;
	states->n_staged = 0;
	states->keeps_retired = true;
	body = sl_call_body(states, of->limit_registry);
	room = of->limit_count && of->limit_count < LIMIT_TIMES_MAX ? of->limit_count
								    : LIMIT_TIMES_MAX;
	n = read_times(states, of, tick_ns, body, times);
	n = insert(times, n, room, time_ns);
	out = sl_call_pack(states);
	sl_pack_bytes(&out, head, sizeof(head));
	sl_limit_write(times, n, &out);
	image = sl_call_packed(states, &out);
	if (!states->failed) {
		sl_image_head((uint8_t *)(uintptr_t)image.at, SL_STATE_WHOLE,
			      image.bytes - IMAGE_HEAD_BYTES);
		sl_call_stage_body(
			states, of->limit_registry,
			sl_span_of(image.at + IMAGE_HEAD_BYTES, image.bytes - IMAGE_HEAD_BYTES),
			sl_time_add(times[n - 1], of->limit_ns), body.bytes > 0);
	}
	if (states->failed || !sl_call_commit(states, false, INT64_MAX)) {
		states->full++;
		return -SL_E_FULL;
	}
	*ret_change = (struct sl_state_change){of->limit_registry, image.at, (uint32_t)image.bytes};
	return 0;
}
