/* card_clock: a card counts ticks of its own; what time is that?
 *
 * One thread notes what time it is at which tick, now and then; any thread asks. The answer runs
 * after the last two notes, so a clock that drifts is followed, and never lies more than a second
 * from the last of them: beyond that the card's ticks are not believed, and it is 0. */
#ifndef SL_IO_CARD_CLOCK_PRIV_H
#define SL_IO_CARD_CLOCK_PRIV_H

#include <stdatomic.h>
#include <stdint.h>

struct sl_card_clock_note {
	uint64_t ticks;
	int64_t ns;
	double ns_per_tick; /* 0: not known yet */
};

struct sl_card_clock {
	struct sl_card_clock_note notes[2]; /* the one that is not current is written */
	_Atomic unsigned current;
};

void sl_card_clock_note(struct sl_card_clock *clock, uint64_t ticks, int64_t ns);
int64_t sl_card_clock_at(const struct sl_card_clock *clock, uint64_t ticks);

#endif
