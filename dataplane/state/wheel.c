/* Timers: one a key, in wheels. */
#include "keys_priv.h"

#include <assert.h>

#define MOVES_MAX 256u /* records that one call sorts into a finer wheel */

/* What is over already comes with the next unit. */
static uint32_t bucket_of(const struct sl_wheel *wheel, uint64_t due)
{
	uint64_t turns;

	if (due < wheel->now)
		due = wheel->now;
	turns = (due >> 2 * WHEEL_BITS) - (wheel->now >> 2 * WHEEL_BITS);
	if (due >> WHEEL_BITS == wheel->now >> WHEEL_BITS)
		return (uint32_t)due % WHEEL_SIZE;
	if (turns == 0)
		return WHEEL_SIZE + (uint32_t)(due >> WHEEL_BITS) % WHEEL_SIZE;
	if (turns >= WHEEL_SIZE)
		turns = WHEEL_SIZE - 1;
	return 2 * WHEEL_SIZE + (uint32_t)((wheel->now >> 2 * WHEEL_BITS) + turns) % WHEEL_SIZE;
}

static void mark(struct sl_wheel *wheel, uint32_t bucket, bool used)
{
	uint64_t bit = 1ull << bucket % 64;
	uint64_t *word;

	if (bucket == WHEEL_EXPIRED)
		return;
	word = &wheel->used[bucket / WHEEL_SIZE][bucket % WHEEL_SIZE / 64];
	*word = used ? *word | bit : *word & ~bit;
}

static void push(struct sl_keys *keys, uint32_t bucket, uint32_t block)
{
	struct sl_record_head *record = sl_keys_at(keys, block);

	record->next = keys->wheel.first[bucket];
	record->prev = IN_BUCKET | bucket;
	if (record->next)
		sl_keys_at(keys, record->next)->prev = block;
	else
		mark(&keys->wheel, bucket, true);
	keys->wheel.first[bucket] = block;
}

static void take_out(struct sl_keys *keys, uint32_t block)
{
	struct sl_record_head *record = sl_keys_at(keys, block);

	if (record->next)
		sl_keys_at(keys, record->next)->prev = record->prev;
	if (!(record->prev & IN_BUCKET)) {
		sl_keys_at(keys, record->prev)->next = record->next;
	} else {
		uint32_t bucket = record->prev & ~IN_BUCKET;

		keys->wheel.first[bucket] = record->next;
		if (!record->next)
			mark(&keys->wheel, bucket, false);
	}
	record->prev = record->next = 0;
}

/* An empty wheel may stand anywhere: where what comes has room before it, two years of the most. */
static void start_wheel(struct sl_wheel *wheel, uint64_t due)
{
	const uint64_t room = 15ull << (3 * WHEEL_BITS - 4);
	uint64_t from = due > room ? due - room : 0;

	if (from > wheel->now || due < wheel->now)
		wheel->now = from;
}

void sl_keys_set_due(struct sl_keys *keys, uint32_t block, uint64_t due)
{
	struct sl_record_head *record = sl_keys_at(keys, block);

	if (record->prev) {
		if (record->due == due)
			return;
		take_out(keys, block);
		keys->wheel.linked--;
	}
	record->due = due;
	if (due == DUE_NONE)
		return;
	if (!keys->wheel.linked)
		start_wheel(&keys->wheel, due);
	push(keys, bucket_of(&keys->wheel, due), block);
	keys->wheel.linked++;
}

/* Of a bucket that `now` has come into. False: there is more than one call does. */
static bool spread(struct sl_keys *keys, uint32_t bucket, unsigned *moves)
{
	uint32_t block;

	while ((block = keys->wheel.first[bucket])) {
		if ((*moves)++ >= MOVES_MAX)
			return false;
		take_out(keys, block);
		push(keys, bucket_of(&keys->wheel, sl_keys_at(keys, block)->due), block);
		if (keys->wheel.first[bucket])
			__builtin_prefetch(sl_keys_at(keys, keys->wheel.first[bucket]), 1);
	}
	return true;
}

/* The first bucket from `from` on that holds something, or WHEEL_SIZE. */
static uint32_t next_used(const uint64_t *used, uint32_t from)
{
	uint64_t word = used[from / 64] >> from % 64;

	if (word)
		return from + (uint32_t)__builtin_ctzll(word);
	for (uint32_t i = from / 64 + 1; i < WHEEL_SIZE / 64; i++)
		if (used[i])
			return i * 64 + (uint32_t)__builtin_ctzll(used[i]);
	return WHEEL_SIZE;
}

/* All of the fine bucket has ended. */
static void expire(struct sl_keys *keys, uint32_t bucket)
{
	struct sl_wheel *wheel = &keys->wheel;

	assert(!wheel->first[WHEEL_EXPIRED]);
	wheel->first[WHEEL_EXPIRED] = wheel->first[bucket];
	sl_keys_at(keys, wheel->first[bucket])->prev = IN_BUCKET | WHEEL_EXPIRED;
	wheel->first[bucket] = 0;
	mark(wheel, bucket, false);
}

/* From the end of a turn of the finest wheel, which is empty: to where the next may begin. */
static void skip_turns(struct sl_wheel *wheel, uint64_t until)
{
	uint32_t next, at;

	wheel->now = (wheel->now | (WHEEL_SIZE - 1)) + 1;
	if (wheel->now >> WHEEL_BITS & (WHEEL_SIZE - 1)) {
		next = next_used(wheel->used[1], (wheel->now >> WHEEL_BITS) % WHEEL_SIZE);
		wheel->now = (wheel->now >> 2 * WHEEL_BITS << 2 * WHEEL_BITS) +
			     ((uint64_t)next << WHEEL_BITS);
	}
	at = (uint32_t)(wheel->now >> 2 * WHEEL_BITS) % WHEEL_SIZE;
	if (wheel->now << (64 - 2 * WHEEL_BITS) == 0) { /* of the middle one too */
		next = next_used(wheel->used[2], at);
		if (next == WHEEL_SIZE)
			next += next_used(wheel->used[2], 0);
		wheel->now += (uint64_t)(next - at) << 2 * WHEEL_BITS;
	}
	if (wheel->now > until)
		wheel->now = until;
}

enum sl_turn sl_keys_turn(struct sl_keys *keys, uint64_t until, uint32_t *ret_block)
{
	struct sl_wheel *wheel = &keys->wheel;
	unsigned moves = 0;

	while (!wheel->first[WHEEL_EXPIRED]) {
		uint64_t turn = wheel->now & ~(uint64_t)(WHEEL_SIZE - 1);
		uint32_t next;

		if (wheel->now >= until)
			return SL_TURN_DONE;
		if (!wheel->linked) {
			wheel->now = until;
			return SL_TURN_DONE;
		}
		if (!spread(keys, 2 * WHEEL_SIZE + (wheel->now >> 2 * WHEEL_BITS) % WHEEL_SIZE,
			    &moves) ||
		    !spread(keys, WHEEL_SIZE + (wheel->now >> WHEEL_BITS) % WHEEL_SIZE, &moves))
			return SL_TURN_BUSY;
		next = next_used(wheel->used[0], wheel->now % WHEEL_SIZE);
		if (next < WHEEL_SIZE && turn + next < until) {
			wheel->now = turn + next + 1;
			expire(keys, next);
		} else if (turn + WHEEL_SIZE >= until) {
			wheel->now = until;
		} else {
			skip_turns(wheel, until);
		}
	}
	*ret_block = wheel->first[WHEEL_EXPIRED];
	take_out(keys, *ret_block);
	wheel->linked--;
	return SL_TURN_DUE;
}

uint64_t sl_keys_next(const struct sl_keys *keys)
{
	const struct sl_wheel *wheel = &keys->wheel;
	uint64_t turn = wheel->now >> WHEEL_BITS, lap = turn >> WHEEL_BITS;
	uint32_t next;

	/* what lies in the buckets that `now` has just come into is not sorted yet */
	if (wheel->first[WHEEL_EXPIRED] || wheel->first[2 * WHEEL_SIZE + lap % WHEEL_SIZE] ||
	    wheel->first[WHEEL_SIZE + turn % WHEEL_SIZE])
		return wheel->now;
	next = next_used(wheel->used[0], wheel->now % WHEEL_SIZE);
	if (next < WHEEL_SIZE)
		return (turn << WHEEL_BITS) + next;
	next = next_used(wheel->used[1], turn % WHEEL_SIZE);
	if (next < WHEEL_SIZE)
		return ((lap << WHEEL_BITS) + next) << WHEEL_BITS;
	for (uint32_t i = 1; wheel->linked && i < WHEEL_SIZE; i++)
		if (wheel->first[2 * WHEEL_SIZE + (lap + i) % WHEEL_SIZE])
			return (lap + i) << 2 * WHEEL_BITS;
	return DUE_NONE;
}
