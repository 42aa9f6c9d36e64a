#include "io/card_clock_priv.h"

#include "base/clock.h"

#define LEAST_NS (10 * SL_NS_PER_MS) /* between two notes, for their quotient to be worth much */

void sl_card_clock_note(struct sl_card_clock *clock, uint64_t ticks, int64_t ns)
{
	unsigned current = atomic_load_explicit(&clock->current, memory_order_relaxed);
	const struct sl_card_clock_note *last = &clock->notes[current];
	struct sl_card_clock_note *next = &clock->notes[!current];

	if (last->ticks && ns - last->ns < LEAST_NS && ns >= last->ns)
		return;
	*next = (struct sl_card_clock_note){.ticks = ticks, .ns = ns};
	if (last->ticks && ticks > last->ticks && ns > last->ns)
		next->ns_per_tick = (double)(ns - last->ns) / (double)(ticks - last->ticks);
	atomic_store_explicit(&clock->current, !current, memory_order_release);
}

int64_t sl_card_clock_at(const struct sl_card_clock *clock, uint64_t ticks)
{
	/* a note stays for as long as two more take, many times as long as this */
	const struct sl_card_clock_note *note = &clock->notes[atomic_load_explicit(
		&((struct sl_card_clock *)clock)->current, memory_order_acquire)];
	double from = (double)(int64_t)(ticks - note->ticks) * note->ns_per_tick;

	if (note->ns_per_tick == 0 || from > SL_NS_PER_S || from < -SL_NS_PER_S)
		return 0;
	return note->ns + (int64_t)from;
}
