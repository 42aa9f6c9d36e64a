/* What must hold of flow whatever comes; aborts where it does not. */
#ifndef SL_TESTS_FLOW_STREAMS_H
#define SL_TESTS_FLOW_STREAMS_H

#include "flow/flow.h"

#define FLOW_STREAMS_FLOWS 8u

struct flow_streams {
	struct sl_flow *flow;
	bool open[FLOW_STREAMS_FLOWS];
	bool begun[FLOW_STREAMS_FLOWS][2];
	uint64_t at[FLOW_STREAMS_FLOWS][2];
	volatile uint8_t last; /* every byte handed out is read */
};

void flow_streams_init(struct flow_streams *streams, uint8_t options);
void flow_streams_take(struct flow_streams *streams, const struct sl_packet *packets, unsigned n,
		       int64_t now_ns);
void flow_streams_fini(struct flow_streams *streams);

#endif
