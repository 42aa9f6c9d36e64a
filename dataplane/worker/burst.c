/* A burst: texts are decoded into it, then matched together, then each event goes where its key is
 * owned. What would need room that backpressure denies stops the burst, with nothing half done. */
#include "base/failpoint.h"
#include "worker/worker_priv.h"

static void event_done(struct sl_worker *worker, struct sl_request *request)
{
	if (--request->in_burst == 0 && request->ended)
		sl_request_end(worker, request);
}

/* NULL under backpressure; else waits for the committer, serving everybody meanwhile. */
static struct sl_blocks *batch_room(struct sl_worker *worker, size_t bytes, unsigned n_records)
{
	struct sl_blocks *blocks;

	while (!(blocks = sl_store_open_batch(worker->store, bytes, n_records))) {
		if (sl_store_backpressure(worker->engine->store))
			return NULL;
		sl_count(worker->stats, SL_COUNTER_JOURNAL_WAITS, 1);
		sl_worker_serve(worker, true, SL_NS_PER_MS);
	}
	return blocks;
}

bool sl_burst_refuse_as(struct sl_worker *worker, struct sl_request *request, struct sl_span text,
			uint32_t index, const struct sl_decode_fault *fault)
{
	struct sl_blocks *blocks = batch_room(
		worker, sizeof(struct sl_refused_record) + SL_QUARANTINE_TEXT_MAX + 256, 1);

	if (!blocks)
		return false;
	sl_emit_refused(worker, blocks, request->channel, text, fault);
	sl_request_refuse(worker, request, index, fault->reason);
	return true;
}

bool sl_burst_refuse(struct sl_worker *worker, struct sl_request *request,
		     const struct sl_piece *piece, uint32_t index, enum sl_reason reason)
{
	struct sl_decode_fault fault = {.reason = reason};

	return sl_burst_refuse_as(worker, request, piece->text, index, &fault);
}

bool sl_burst_add(struct sl_worker *worker, struct sl_request *request,
		  const struct sl_piece *piece, uint32_t index)
{
	const struct sl_channel *channel = &worker->engine->config.channels[request->channel];
	struct sl_burst *burst = &worker->burst;
	struct sl_arrival arrival = {
		.channel = request->channel,
		.channel_name = {.at = channel->name, .bytes = (uint32_t)strlen(channel->name)},
		.index = index,
		.received_ns = request->arrived_ns ? request->arrived_ns : worker->now.wall_ns,
		.received_source =
			request->arrived_ns ? request->arrived_source : worker->now.source,
		.trace = {request->trace, request->trace_bytes},
	};
	struct sl_event *event;
	struct sl_decode_fault fault;

	if (piece->broken)
		return sl_burst_refuse(worker, request, piece, index, SL_WHY_JSON_MALFORMED);
	if (burst->n == SL_BURST_EVENTS || !sl_decoder_ready(worker->decoder, piece->text.bytes)) {
		if (!sl_burst_run(worker))
			return false;
	}
	if (burst->n == 0) {
		/* the committer may go on with what the burst before left, while this one is read
		 */
		sl_store_seal(worker->store, false);
		sl_decoder_reset(worker->decoder);
	}
	event = &burst->events[burst->n];
	event->slots = burst->slots + (size_t)burst->n * burst->stride;
	if (sl_decode_json(worker->decoder, worker->generation->plan, piece->text, &arrival, event,
			   &fault))
		return sl_burst_refuse_as(worker, request, piece->text, index, &fault);
	burst->of[burst->n] = (struct sl_burst_event){.request = request, .text = piece->text};
	burst->n++;
	request->in_burst++;
	return true;
}

/* NULL under backpressure: nothing was taken. */
struct sl_part *sl_burst_part(struct sl_worker *worker, const struct sl_take *take)
{
	const struct sl_event *event = take->event;
	const uint64_t *used = worker->generation->artifact->used_slots;
	size_t of_event = (sl_event_copy_bytes(event, used) + 15) / 16 * 16;
	size_t of_triggers = take->n_triggers * sizeof(uint32_t);
	struct sl_part *part;

	while (!(part = sl_part_take(worker, of_event + of_triggers + take->key.bytes))) {
		if (sl_store_backpressure(worker->engine->store))
			return NULL;
		sl_count(worker->stats, SL_COUNTER_HANDOVER_WAITS, 1);
		sl_worker_serve(worker, true, SL_NS_PER_MS);
	}
	part->kind = SL_PART_EVENT;
	part->generation = worker->generation;
	part->watermark_ns = take->watermark_ns;
	part->partition = take->partition;
	part->key_hash = take->key_hash;
	memcpy(part->seen, take->seen, sizeof(part->seen));
	part->fan = NULL;
	part->event = sl_event_copy(event, used, part->copy);
	part->triggers = (uint32_t *)(part->copy + of_event);
	part->n_triggers = take->n_triggers;
	memcpy(part->triggers, take->triggers, of_triggers);
	part->key = part->event->key;
	if (take->key.at != event->key.at) {
		part->key = (struct sl_text){(char *)part->triggers + of_triggers, take->key.bytes};
		memcpy((char *)part->triggers + of_triggers, take->key.at, take->key.bytes);
	}
	return part;
}

void sl_burst_hand_over(struct sl_worker *worker, struct sl_request *request, struct sl_part *part)
{
	part->request = request;
	request->outstanding++;
	sl_count(worker->stats, SL_COUNTER_HANDED_OVER, 1);
	sl_part_send(worker, part, sl_owner_of(worker->engine, part->partition));
}

/* False under backpressure; else there is room to begin an event of one's own. */
bool sl_burst_room(struct sl_worker *worker)
{
	if (!worker->generation->temporal.n_mailed)
		return batch_room(worker, SL_ROOM_BEFORE, 4);
	while (!sl_owner_ready(worker)) {
		if (sl_store_backpressure(worker->engine->store))
			return false;
		sl_count(worker->stats, SL_COUNTER_JOURNAL_WAITS, 1);
		sl_worker_serve(worker, true, SL_NS_PER_MS);
	}
	return true;
}

static bool run_event(struct sl_worker *worker, unsigned i, const uint32_t *triggers, uint32_t n)
{
	struct sl_request *request = worker->burst.of[i].request;
	const struct sl_event *event = &worker->burst.events[i];
	struct sl_take take;
	struct sl_part *part;

	if (n == 0) {
		sl_request_result(worker, request, SL_VERDICT_UNMATCHED);
		return true;
	}
	if (worker->generation->temporal.by &&
	    sl_temporal_asks(&worker->generation->temporal, triggers, n))
		return sl_groups_take(worker, request, event, worker->burst.of[i].text, triggers,
				      n);
	take = (struct sl_take){
		.generation = worker->generation,
		.event = event,
		.key = event->key,
		.key_hash = event->key_hash,
		.partition = event->partition,
		.seen = {event->seen[0], event->seen[1]},
		.triggers = triggers,
		.n_triggers = n,
		.watermark_ns = worker->origin_time.watermark_ns,
		.origin = worker->index,
	};
	if (sl_owner_of(worker->engine, event->partition) != worker->index) {
		part = sl_burst_part(worker, &take);
		if (part)
			sl_burst_hand_over(worker, request, part);
		return part != NULL;
	}
	if (!sl_burst_room(worker))
		return false;
	sl_request_result(worker, request, sl_owner_take(worker, &take));
	return true;
}

/* Fetches what the events of this burst that are this worker's own will touch. */
static void prefetch(struct sl_worker *worker, const struct sl_matches *matches)
{
	struct sl_burst *burst = &worker->burst;
	const struct sl_temporal *temporal = &worker->generation->temporal;
	uint64_t hashes[SL_BURST_EVENTS];
	unsigned n = 0;

	for (unsigned i = 0; i < burst->n; i++) {
		struct sl_event *event = &burst->events[i];
		const uint32_t *triggers = matches->triggers + matches->first[i];
		uint32_t n_triggers = matches->first[i + 1] - matches->first[i];

		if (n_triggers == 0)
			continue;
		sl_event_identify(event, burst->of[i].text);
		if (sl_owner_of(worker->engine, event->partition) != worker->index)
			continue;
		sl_seen_prefetch(worker->seen, event->partition, event->seen);
		if (temporal->remembers && event->key.bytes &&
		    sl_temporal_asks(temporal, triggers, n_triggers))
			hashes[n++] = event->key_hash;
	}
	if (n)
		sl_states_prefetch(worker->states, hashes, n);
}

/* Room for the event's own records with it: what comes after it finds that. */
static bool record_event(struct sl_worker *worker, const struct sl_event *event)
{
	struct sl_blocks *blocks;
	struct sl_text json;

	if (!worker->recorded)
		return true;
	json = sl_record_render(worker->generation->recorded, event, worker->recorded);
	if (!json.bytes) {
		sl_count(worker->stats, SL_COUNTER_RECORD_CUT, 1);
		return true;
	}
	blocks = batch_room(worker, SL_RECORDED_ROOM + json.bytes + SL_ROOM_BEFORE, 5);
	if (!blocks)
		return false;
	sl_emit_event(worker, blocks, event, json);
	return true;
}

bool sl_burst_run(struct sl_worker *worker)
{
	struct sl_burst *burst = &worker->burst;
	bool remembers = burst->n && worker->generation->temporal.remembers;
	struct sl_matches matches;
	unsigned i;

	if (burst->n == 0)
		return true;
	sl_failpoint("parsed");
	sl_stages_decoded(worker);
	sl_match_burst(worker->matcher, worker->generation->set, burst->events, burst->n, &matches);
	sl_stages_matched(worker);
	prefetch(worker, &matches);
	for (i = 0; i < burst->n; i++) {
		uint32_t first = matches.first[i];

		if (!record_event(worker, &burst->events[i]) ||
		    !run_event(worker, i, matches.triggers + first, matches.first[i + 1] - first))
			break;
		if (remembers)
			sl_time_note(worker, burst->events[i].channel, burst->events[i].time_ns);
		event_done(worker, burst->of[i].request);
	}
	/* those taken only: the others come again, or are dropped */
	sl_stages_taken(worker, i);
	if (i < burst->n) {
		memmove(burst->of, burst->of + i, (burst->n - i) * sizeof(*burst->of));
		burst->n -= i;
		return false;
	}
	burst->n = 0;
	return true;
}

void sl_burst_message_end(struct sl_worker *worker, struct sl_request *request)
{
	if (request->in_burst)
		request->ended = true;
	else
		sl_request_end(worker, request);
}

/* The events left are not taken: each of their requests is to be sent again by its client, and
 * those of datagrams, which have none, are counted. */
void sl_burst_drop_requests(struct sl_worker *worker)
{
	struct sl_burst *burst = &worker->burst;

	for (unsigned i = 0; i < burst->n; i++) {
		struct sl_request *request = burst->of[i].request;

		if (request->datagrams)
			sl_request_drop(worker, request, SL_WHY_JOURNAL_FULL);
		else
			request->status = 503;
		event_done(worker, request);
	}
	burst->n = 0;
}
