/* decide: may this be sent, now, to this customer. A pure function over a list of gates. */
#ifndef SL_DECIDE_H
#define SL_DECIDE_H

#include "base/artifact.h"
#include "base/event.h"
#include "sluice/gate.h"

/* What gates look at. Views of profiles and caps join here as their gates do. */
struct sl_decide_input {
	const struct sl_artifact *artifact;
	const struct sl_campaign *campaign;
	const struct sl_event *event;
	int64_t now_ns;
};

/* SL_GATE_SENT, or the first gate that says no. */
enum sl_gate sl_decide(const struct sl_decide_input *input);

#endif
