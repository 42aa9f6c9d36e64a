/* What the files of the wire share. */
#ifndef SL_WORKER_WIRE_PRIV_H
#define SL_WORKER_WIRE_PRIV_H

#include "frame/inflate.h"
#include "worker/wire.h"

#define SL_WIRE_NO_CHANNEL 0xffu

struct sl_wire_keys {
	int64_t last_ns; /* of the last packet before what is at hand */
	uint8_t n, next;
	bool cut;
	struct {
		uint8_t bytes;
		char at[SL_WIRE_KEY_BYTES];
	} of[SL_WIRE_KEYS];
};

struct sl_wire_reader {
	struct sl_wire_limits limits;
	struct sl_flow *flow;
	struct sl_mirror *mirror;
	struct sl_mirror_conn *conns; /* by the flow's index */
	struct sl_wire_keys *keys;
	struct sl_inflater *inflater;
	struct sl_map *map;
	const struct sl_map_binding *binding; /* within a call */
	const struct sl_wire_handler *handler;
	void *context;
	uint8_t *texts; /* of events, until they are flushed */
	size_t texts_room, texts_used;
	uint8_t time_source; /* of the packets at hand */
	struct sl_wire_counts counts;
	unsigned n_channels;
	uint32_t wires[SL_CHANNELS_MAX];
	uint64_t seen[SL_CHANNELS_MAX]; /* in this call */
	uint8_t of_tcp[65536];          /* port to channel */
	uint8_t of_udp[65536];
};

/* wire_request.c */
void sl_wire_request(struct sl_wire_reader *wire, const struct sl_mirror_request *request,
		     const struct sl_flow_item *item, unsigned channel);
void sl_wire_flush(struct sl_wire_reader *wire);

#endif
