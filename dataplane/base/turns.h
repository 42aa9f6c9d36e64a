/* Short turns on a shared core, and so the next one soon: a thread that has an event to take, or
 * whose disk has answered, does not wait for the end of somebody else's turn of milliseconds.
 *
 * A wish: where the kernel does not grant it, nothing is said and everything works, slower. For the
 * calling thread and those that it starts later. Not for the hot path. */
#ifndef SL_BASE_TURNS_H
#define SL_BASE_TURNS_H

void sl_turns_short(void);

/* Before other threads, for one that does little and for whom everybody waits. Wants the right to a
 * nice value of -10: root, CAP_SYS_NICE, or RLIMIT_NICE (LimitNICE=-10 of a unit). */
void sl_turns_first(void);

/* After other threads, for one whose work nobody waits for. */
void sl_turns_last(void);

#endif
