#include "base/pulse.h"

#define LOOKS_A_LIMIT 4 /* a counter is seen to move in good time for the next feed */

void sl_pulse_init(struct sl_pulse *pulse, unsigned n, int64_t now_ns)
{
	pulse->n = n < SL_PULSE_MAX ? n : SL_PULSE_MAX;
	for (unsigned i = 0; i < pulse->n; i++) {
		pulse->count[i] = 0;
		pulse->since_ns[i] = now_ns;
	}
}

void sl_pulse_note(struct sl_pulse *pulse, unsigned index, uint64_t count, int64_t now_ns)
{
	if (index >= pulse->n || pulse->count[index] == count)
		return;
	pulse->count[index] = count;
	pulse->since_ns[index] = now_ns;
}

int sl_pulse_stalled(const struct sl_pulse *pulse, int64_t now_ns, int64_t limit_ns)
{
	int worst = -1;

	for (unsigned i = 0; i < pulse->n; i++) {
		if (now_ns - pulse->since_ns[i] < limit_ns)
			continue;
		if (worst < 0 || pulse->since_ns[i] < pulse->since_ns[worst])
			worst = (int)i;
	}
	return worst;
}

void sl_watch_init(struct sl_watch *watch, uint64_t watchdog_us, unsigned n, int64_t now_ns)
{
	watch->limit_ns = (int64_t)(watchdog_us / 2) * 1000;
	watch->due_ns = now_ns;
	watch->told = false;
	sl_pulse_init(&watch->pulse, n, now_ns);
}

bool sl_watch_is_due(struct sl_watch *watch, int64_t now_ns)
{
	if (!watch->limit_ns || now_ns < watch->due_ns)
		return false;
	watch->due_ns = now_ns + watch->limit_ns / LOOKS_A_LIMIT;
	return true;
}

enum sl_watch_turn sl_watch_turn(struct sl_watch *watch, int64_t now_ns, unsigned *ret_who)
{
	int who = sl_pulse_stalled(&watch->pulse, now_ns, watch->limit_ns);

	if (who < 0) {
		watch->told = false;
		return SL_WATCH_FEED;
	}
	*ret_who = (unsigned)who;
	if (watch->told)
		return SL_WATCH_QUIET;
	watch->told = true;
	return SL_WATCH_TELL;
}
