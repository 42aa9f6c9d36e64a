#include "decide/decide.h"

typedef bool (*sl_gate_fn)(const struct sl_decide_input *input);

static bool passes_validity(const struct sl_decide_input *input)
{
	return input->campaign->valid_from_ns <= input->now_ns &&
	       input->now_ns < input->campaign->valid_until_ns;
}

/* In the order of gates.def, where each stands for itself; the others are asked where what they
 * ask is known. */
static const sl_gate_fn gates[SL_GATE_COUNT] = {
	[SL_GATE_VALIDITY] = passes_validity,
};

enum sl_gate sl_decide(const struct sl_decide_input *input)
{
	for (unsigned gate = SL_GATE_SENT + 1; gate < SL_GATE_COUNT; gate++)
		if (gates[gate] && !gates[gate](input))
			return gate;
	return SL_GATE_SENT;
}
