/* Spans of time in which something that was sent may not have come. A key's lie in its record
 * beside what its campaigns remember, under a slot that no campaign has. */
#include "states_priv.h"

#include "sluice/error.h"

#define NEAR_NS 1000000000 /* what lies so near is one */

static bool touch(const struct sl_gap *a, const struct sl_gap *b)
{
	return a->from_ns <= sl_time_add(b->to_ns, NEAR_NS) &&
	       b->from_ns <= sl_time_add(a->to_ns, NEAR_NS);
}

static void join(struct sl_gaps *gaps, uint32_t earlier)
{
	struct sl_gap *gap = &gaps->at[earlier];

	if (gap[1].to_ns > gap->to_ns)
		gap->to_ns = gap[1].to_ns;
	gaps->n--;
	memmove(gap + 1, gap + 2, (gaps->n - earlier - 1) * sizeof(*gap));
}

/* The two that lie nearest, where there are too many: more is held for it, never less. */
static void join_nearest(struct sl_gaps *gaps)
{
	uint32_t best = 0;

	for (uint32_t i = 1; i + 1 < gaps->n; i++)
		if (gaps->at[i + 1].from_ns - gaps->at[i].to_ns <
		    gaps->at[best + 1].from_ns - gaps->at[best].to_ns)
			best = i;
	join(gaps, best);
}

void sl_gaps_add(struct sl_gaps *gaps, int64_t from_ns, int64_t to_ns)
{
	struct sl_gap gap = {from_ns < to_ns ? from_ns : to_ns, to_ns};
	uint32_t at = gaps->n;

	for (; at && gaps->at[at - 1].from_ns > gap.from_ns; at--)
		gaps->at[at] = gaps->at[at - 1];
	gaps->at[at] = gap;
	gaps->n++;
	while (at && touch(&gaps->at[at - 1], &gaps->at[at]))
		join(gaps, --at);
	while (at + 1 < gaps->n && touch(&gaps->at[at], &gaps->at[at + 1]))
		join(gaps, at);
	if (gaps->n > SL_GAPS_MAX)
		join_nearest(gaps);
}

bool sl_gaps_overlap(const struct sl_gaps *gaps, int64_t from_ns, int64_t to_ns)
{
	for (uint32_t i = 0; i < gaps->n; i++)
		if (gaps->at[i].from_ns <= to_ns && gaps->at[i].to_ns >= from_ns)
			return true;
	return false;
}

void sl_gaps_forget(struct sl_gaps *gaps, int64_t before_ns)
{
	uint32_t kept = 0;

	for (uint32_t i = 0; i < gaps->n; i++)
		if (gaps->at[i].to_ns >= before_ns)
			gaps->at[kept++] = gaps->at[i];
	gaps->n = kept;
}

/* ---- as bytes ----------------------------------------------------------------------------------
 */

static void write_gaps(const struct sl_gaps *gaps, struct sl_pack *out)
{
	sl_pack_number(out, gaps->n);
	for (uint32_t i = 0; i < gaps->n; i++) {
		sl_pack_signed(out, gaps->at[i].from_ns);
		sl_pack_signed(out, gaps->at[i].to_ns);
	}
}

static bool read_gaps(struct sl_unpack *in, struct sl_gaps *ret_gaps)
{
	uint64_t n = sl_unpack_number(in);

	ret_gaps->n = 0;
	if (n > SL_GAPS_MAX)
		return false;
	for (uint64_t i = 0; i < n; i++) {
		struct sl_gap *gap = &ret_gaps->at[i];

		gap->from_ns = sl_unpack_signed(in);
		gap->to_ns = sl_unpack_signed(in);
		if (in->bad || gap->to_ns < gap->from_ns || (i && gap->from_ns <= gap[-1].to_ns))
			return false;
		ret_gaps->n++;
	}
	return true;
}

bool sl_gaps_read(struct sl_span body, struct sl_gaps *ret_gaps)
{
	struct sl_unpack in = sl_unpack_of(body.at, body.bytes);

	return read_gaps(&in, ret_gaps) && !in.bad && in.at == in.end;
}

size_t sl_gaps_image(const struct sl_gaps *gaps, unsigned n, uint8_t ret_at[SL_GAPS_IMAGE_BYTES])
{
	struct sl_pack out =
		sl_pack_of(ret_at + IMAGE_HEAD_BYTES, SL_GAPS_IMAGE_BYTES - IMAGE_HEAD_BYTES);
	size_t bytes;

	for (unsigned i = 0; i < n; i++)
		write_gaps(&gaps[i], &out);
	bytes = (size_t)(out.at - ret_at);
	sl_image_head(ret_at, SL_STATE_WHOLE, bytes - IMAGE_HEAD_BYTES);
	return out.over ? 0 : bytes;
}

int sl_gaps_of_image(const uint8_t *image, size_t bytes, unsigned n, struct sl_gaps *ret_gaps)
{
	struct sl_gaps read[SL_GAPS_LISTS_MAX];
	struct sl_unpack in;

	if (bytes <= IMAGE_HEAD_BYTES || image[0] != SL_STATE_WHOLE || n > SL_GAPS_LISTS_MAX)
		return -SL_E_FORMAT;
	in = sl_unpack_of(image + IMAGE_HEAD_BYTES, bytes - IMAGE_HEAD_BYTES);
	for (unsigned i = 0; i < n; i++)
		if (!read_gaps(&in, &read[i]))
			return -SL_E_FORMAT;
	if (in.bad || in.at != in.end)
		return -SL_E_FORMAT;
	memcpy(ret_gaps, read, n * sizeof(*read));
	return 0;
}

/* ---- of a key ----------------------------------------------------------------------------------
 */

bool sl_call_is_lost(const struct sl_states *states, int64_t from_ns, int64_t to_ns)
{
	struct sl_span body = sl_call_body(states, SL_STATE_GAPS_SLOT);
	struct sl_gaps gaps;

	return body.bytes && sl_gaps_read(body, &gaps) && sl_gaps_overlap(&gaps, from_ns, to_ns);
}

int64_t sl_gaps_due(const struct sl_state_plan *plan, const struct sl_gaps *gaps)
{
	return sl_time_add(gaps->at[gaps->n - 1].to_ns, plan->absence_ns);
}

int64_t sl_state_plan_absence(const struct sl_state_plan *plan)
{
	return plan->absence_ns;
}

bool sl_state_plan_absence_by(const struct sl_state_plan *plan)
{
	return plan->absence_by;
}

int sl_states_lost(struct sl_states *states, const struct sl_state_plan *plan, struct sl_text key,
		   uint64_t hash, int64_t from_ns, int64_t to_ns, int64_t tick_ns,
		   struct sl_state_change *ret_change)
{
	uint32_t block = sl_keys_find(&states->keys, key, hash);
	struct sl_gaps gaps = {0};
	struct sl_span body;
	uint8_t *image;
	size_t bytes;

	sl_call_begin(states, plan, tick_ns, key, hash, block);
	states->keeps_retired = true;
	body = sl_call_body(states, SL_STATE_GAPS_SLOT);
	if (body.bytes && !sl_gaps_read(body, &gaps))
		states->damaged++;
	if (tick_ns > INT64_MIN + plan->absence_ns)
		sl_gaps_forget(&gaps, tick_ns - plan->absence_ns);
	sl_gaps_add(&gaps, from_ns, to_ns);
	image = sl_call_take(states, SL_GAPS_IMAGE_BYTES);
	bytes = image ? sl_gaps_image(&gaps, 1, image) : 0;
	if (bytes)
		sl_call_stage_body(states, SL_STATE_GAPS_SLOT,
				   sl_span_of(image + IMAGE_HEAD_BYTES, bytes - IMAGE_HEAD_BYTES),
				   sl_gaps_due(plan, &gaps), body.bytes > 0);
	if (!bytes || states->failed || !sl_call_commit(states, false, INT64_MAX)) {
		states->full++;
		return -SL_E_FULL;
	}
	*ret_change = (struct sl_state_change){SL_STATE_GAPS_SLOT, image, (uint32_t)bytes};
	return 0;
}
