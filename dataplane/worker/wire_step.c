/* Packets of the wires, within a worker: what they come to goes the way of every other event.
 * Nobody is answered, so whatever becomes of one is counted, also what there was no room for. */
#include "worker/worker_priv.h"

static void drop(struct sl_worker *worker, struct sl_request *request)
{
	/* what waits in the burst finds no room either */
	sl_burst_drop_requests(worker);
	sl_request_drop(worker, request,
			worker->generation ? SL_WHY_JOURNAL_FULL : SL_WHY_NO_RULES);
}

/* The channel's request of this round; its events are as old as their packet. */
static struct sl_request *request_of(struct sl_worker *worker, const struct sl_wire_event *event)
{
	struct sl_request *request =
		sl_datagrams_gather(worker, sl_wire_session(worker, event->channel));

	request->arrived_ns = event->time_ns;
	request->arrived_source =
		event->time_source ? event->time_source : (uint8_t)worker->now.source;
	return request;
}

static void take_event(void *context, const struct sl_wire_event *event)
{
	struct sl_worker *worker = context;
	struct sl_request *request = request_of(worker, event);
	const struct sl_piece piece = {.text = event->text};
	const struct sl_burst *burst = &worker->burst;

	if (worker->backpressure || !sl_burst_add(worker, request, &piece, request->received)) {
		drop(worker, request);
		return;
	}
	/* not refused: it is the last of the burst */
	if (burst->n && burst->of[burst->n - 1].text.at == event->text.at)
		sl_wire_note_key(worker->wire, event->flow, burst->events[burst->n - 1].key);
}

static void take_refused(void *context, const struct sl_wire_event *event,
			 const struct sl_decode_fault *fault)
{
	struct sl_worker *worker = context;
	struct sl_request *request = request_of(worker, event);

	if (worker->backpressure ||
	    !sl_burst_refuse_as(worker, request, event->text, request->received, fault))
		drop(worker, request);
}

static void take_datagram(void *context, const struct sl_wire_event *event)
{
	struct sl_worker *worker = context;

	sl_datagram_take(worker, request_of(worker, event), event->text);
}

static void flush(void *context)
{
	struct sl_worker *worker = context;

	sl_datagrams_end(worker);
	if (!sl_burst_run(worker))
		sl_burst_drop_requests(worker);
}

static void take_loss(void *context, const struct sl_wire_loss *loss)
{
	struct sl_loss lost = {
		.channel = loss->channel,
		.from_ns = loss->from_ns,
		.time_ns = loss->time_ns,
		.bytes = loss->bytes,
		.packets = loss->packets,
		.unknown = loss->unknown,
		.n_keys = loss->n_keys,
	};

	memcpy(lost.keys, loss->keys, sizeof(lost.keys));
	sl_loss_notice(context, &lost);
}

static void take_seen(void *context, unsigned channel, uint64_t packets)
{
	sl_loss_seen(context, channel, packets);
}

const struct sl_wire_handler sl_wire_worker = {
	.event = take_event,
	.refused = take_refused,
	.datagram = take_datagram,
	.loss = take_loss,
	.seen = take_seen,
	.flush = flush,
};

static const struct sl_map_binding *binding_of(const struct sl_worker *worker)
{
	return worker->generation ? worker->generation->binding : worker->engine->unbound;
}

/* Counters are those of the reader; this is their one writer. */
static void show_counts(struct sl_worker *worker)
{
	const struct sl_mirror_counts *mirror = sl_wire_mirror_counts(worker->wire);
	const struct sl_flow_counts *flow = sl_wire_flow_counts(worker->wire);
	const struct sl_wire_counts *counts = sl_wire_counts(worker->wire);
	sl_stat *to = worker->stats->counters;

	sl_stat_set(&to[SL_COUNTER_MIRROR_REQUESTS], mirror->requests);
	sl_stat_set(&to[SL_COUNTER_MIRROR_REPLIES], mirror->replies);
	sl_stat_set(&to[SL_COUNTER_MIRROR_UNMAPPED], counts->unmapped);
	sl_stat_set(&to[SL_COUNTER_MIRROR_DECLINED], counts->declined);
	sl_stat_set(&to[SL_COUNTER_MIRROR_LOST], mirror->lost);
	sl_stat_set(&to[SL_COUNTER_LOSSES], counts->losses);
	sl_stat_set(&to[SL_COUNTER_MIRROR_NO_HTTP], mirror->refused);
	sl_stat_set(&to[SL_COUNTER_MIRROR_NO_ROOM], mirror->no_room);
	sl_stat_set(&to[SL_COUNTER_FLOWS], flow->flows);
	sl_stat_set(&to[SL_COUNTER_FLOWS_EVICTED], flow->evicted_flows);
	sl_stat_set(&to[SL_COUNTER_FLOW_GAPS], flow->gaps);
	sl_stat_set(&to[SL_COUNTER_FLOW_BYTES_MISSING], flow->gap_bytes);
	for (unsigned i = SL_PACKET_USED + 1; i < SL_PACKET_OUTCOMES; i++)
		sl_stat_set(&to[SL_COUNTER_PACKET_FIRST + i], flow->outcomes[i]);
	sl_stat_set(&to[SL_COUNTER_PACKET_FIRST], flow->outcomes[SL_PACKET_USED]);
}

static void tell_lost(struct sl_worker *worker)
{
	const struct sl_packets_ops *ops = worker->engine->config.packets;
	uint32_t wires = (uint32_t)worker->engine->config.settings.wires;

	for (unsigned i = 0; i < wires; i++) {
		uint64_t lost = ops->lost(worker->packets, i);

		if (lost)
			sl_wire_lost(worker->wire, 1u << i, lost, worker->now.wall_ns);
	}
}

void sl_wire_housekeeping(struct sl_worker *worker)
{
	tell_lost(worker);
	/* holes and silent connections grow older without packets too */
	if (!worker->wire_ended)
		sl_wire_take(worker->wire, binding_of(worker), NULL, 0, worker->now.wall_ns);
	show_counts(worker);
}

/* Before a stop: what is whole comes out, what is not is lost. */
static void end_wire(struct sl_worker *worker)
{
	if (worker->wire_ended)
		return;
	worker->wire_ended = true;
	sl_wire_finish(worker->wire, binding_of(worker));
	show_counts(worker);
}

unsigned sl_wire_step(struct sl_worker *worker)
{
	const struct sl_packets_ops *ops = worker->engine->config.packets;
	struct sl_packet packets[SL_PACKETS_BURST_MAX];
	unsigned n;

	if (!worker->wire)
		return 0;
	if (worker->draining) {
		end_wire(worker);
		return 0;
	}
	n = ops->receive(worker->packets, packets, SL_PACKETS_BURST_MAX);
	for (unsigned i = 0; i < n; i++)
		if (packets[i].time_ns == 0)
			packets[i].time_ns = worker->now.wall_ns;
	if (n) {
		sl_count(worker->stats, SL_COUNTER_BURSTS, 1);
		sl_wire_take(worker->wire, binding_of(worker), packets, n, worker->now.wall_ns);
	}
	ops->release(worker->packets);
	return n;
}
