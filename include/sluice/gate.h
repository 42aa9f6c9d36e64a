/* The gates of gates.def as an enum with their names. */
#ifndef SLUICE_GATE_H
#define SLUICE_GATE_H

enum sl_gate {
	SL_GATE_SENT = 0,
#define SL_GATE(name, text, doc) SL_GATE_##name,
#include "sluice/gates.def"
#undef SL_GATE
	SL_GATE_COUNT
};

static inline const char *sl_gate_name(unsigned gate)
{
	static const char *const names[SL_GATE_COUNT] = {
		"sent",
#define SL_GATE(name, text, doc) text,
#include "sluice/gates.def"
#undef SL_GATE
	};
	return gate < SL_GATE_COUNT ? names[gate] : "unknown";
}

#endif
