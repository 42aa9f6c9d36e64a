/* wire: packets become events' texts. The one composition of flow, mirror and mapping: the workers
 * of the dataplane use it, and `sluice capture`.
 *
 * - One thread. sl_wire_new() takes all memory, by the limits; nothing is taken after it.
 * - What comes out goes to the handler, whose functions are called within sl_wire_take() and
 *   sl_wire_finish(). They must not call either.
 * - Packets' bytes stay until sl_wire_take() returns; SL_SPAN_PADDING behind each may be read.
 * Texts that the handler was given stay until its flush() has returned, and no longer; flush()
 * comes once at the end of each call at least.
 * - A channel gets what runs to and from its ports, whatever wire it came on: UDP datagrams as they
 *   are, HTTP through its rules. A request that no rule fits, or whose reply says that it was
 *   refused, is no event and is counted. What could not be seen is counted too, and told through
 *   loss() with the keys that the connection brought last, for whoever waits for them.
 * - Where no rule of a channel knows what to make of a request's text it is refused by name. */
#ifndef SL_WORKER_WIRE_H
#define SL_WORKER_WIRE_H

#include "base/packet.h"
#include "decode/map.h"
#include "flow/flow.h"
#include "frame/mirror.h"

#define SL_WIRE_KEYS 4u       /* of a connection are remembered */
#define SL_WIRE_KEY_BYTES 47u /* of each; longer ones are only counted */
#define SL_WIRE_DATAGRAM UINT32_MAX

struct sl_wire_reader;

struct sl_wire_limits {
	struct sl_flow_limits flow;
	struct sl_mirror_limits mirror;
	uint32_t event_bytes;
	bool all_ports; /* also connections of no channel are followed, and their requests told */
};

struct sl_wire_event {
	unsigned channel;
	uint32_t flow; /* of its connection, for sl_wire_note_key(); SL_WIRE_DATAGRAM */
	int64_t time_ns;
	uint8_t time_source; /* enum sl_clock_source; 0: of the reader */
	struct sl_span text;
};

/* Something of a connection, or of the whole channel, was not seen. */
struct sl_wire_loss {
	unsigned channel;
	int64_t from_ns, time_ns; /* when it was, at the earliest and the latest */
	uint64_t packets; /* lost before anybody looked at them; nobody knows of which connection */
	uint64_t bytes;   /* of a gap whose length is known */
	uint64_t requests; /* that are known to be lost by it */
	bool unknown;      /* a gap of unknown length */
	bool keys_cut;     /* there were keys that are not among these */
	uint32_t n_keys;
	struct sl_text keys[SL_WIRE_KEYS]; /* the last that the connection brought */
};

struct sl_wire_handler {
	/* Every HTTP request, mapped or not. NULL: nobody asks. */
	void (*request)(void *context, const struct sl_mirror_request *request,
			const struct sl_flow_ends *ends);
	/* The text of one event, of a connection. */
	void (*event)(void *context, const struct sl_wire_event *event);
	/* What was to be one; its text is what there is to show of it. */
	void (*refused)(void *context, const struct sl_wire_event *event,
			const struct sl_decode_fault *fault);
	/* A datagram: one event, or lines of them. */
	void (*datagram)(void *context, const struct sl_wire_event *event);
	void (*loss)(void *context, const struct sl_wire_loss *loss);
	/* How much of a channel came whole, once a call. */
	void (*seen)(void *context, unsigned channel, uint64_t packets);
	void (*flush)(void *context);
};

struct sl_wire_counts {
	uint64_t unmapped; /* requests that no rule fits */
	uint64_t declined; /* whose reply says that they are no events */
	uint64_t unseen;   /* of those, whose reply was not seen */
	uint64_t losses;   /* told */
};

/* channels: of the settings; those on wires are taken. plan outlives the wire. */
int sl_wire_new(const struct sl_wire_limits *limits, const struct sl_channel *channels,
		unsigned n_channels, const struct sl_map_plan *plan,
		const struct sl_wire_handler *handler, void *context,
		struct sl_wire_reader **ret_reader);
void sl_wire_free(struct sl_wire_reader *wire); /* takes NULL */

/* At most SL_FLOW_BURST_MAX packets; 0 where only time has passed. */
void sl_wire_take(struct sl_wire_reader *wire, const struct sl_map_binding *binding,
		  const struct sl_packet *packets, unsigned n, int64_t now_ns);

/* Everything that is open ends, and comes out as far as it is whole. */
void sl_wire_finish(struct sl_wire_reader *wire, const struct sl_map_binding *binding);

/* From within event(): the key of what was made of it. */
void sl_wire_note_key(struct sl_wire_reader *wire, uint32_t flow, struct sl_text key);

/* Packets were lost before they reached us, of all channels that are on these wires. */
void sl_wire_lost(struct sl_wire_reader *wire, uint32_t wires, uint64_t packets, int64_t time_ns);

const struct sl_flow_counts *sl_wire_flow_counts(const struct sl_wire_reader *wire);
const struct sl_mirror_counts *sl_wire_mirror_counts(const struct sl_wire_reader *wire);
const struct sl_wire_counts *sl_wire_counts(const struct sl_wire_reader *wire);

#endif
