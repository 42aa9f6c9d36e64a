#include "base/pulse.h"

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
