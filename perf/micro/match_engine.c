#include "match_engine.h"

#include "base/counters.h"
#include "decode/decode.h"
#include "match/match.h"

#include <stdbool.h>
#include <stdlib.h>

/* As in a worker. */
#define BURST_EVENTS 128u
#define SCAN_EVENTS 16u
#define CANDIDATES_MAX 4096u
#define EVENT_BYTES_MAX 65536u

struct sl_perf_engine {
	struct sl_artifact *artifact;
	struct sl_decode_plan *plan;
	struct sl_decoder *decoder;
	struct sl_match_set *set;
	struct sl_matcher *matcher;
	struct sl_perf_past *past; /* NULL: no campaign remembers */
	sl_perf_fired fired;
	void *fired_context;
	uint64_t touched;
	struct sl_stats_worker stats;
	struct sl_event events[BURST_EVENTS];
	struct sl_value slots[BURST_EVENTS * SL_FIELDS_MAX];
};

struct sl_perf_engine *sl_perf_engine_new(const char *artifact_path)
{
	const struct sl_decode_limits decode = {
		.event_bytes = EVENT_BYTES_MAX,
		.depth = 64,
		.skew_ahead_ns = INT64_MAX / 4,
	};
	const struct sl_match_limits match = {
		.events = BURST_EVENTS,
		.candidates = CANDIDATES_MAX,
		.event_bytes = EVENT_BYTES_MAX,
		.scan_events = SCAN_EVENTS,
	};
	struct sl_perf_engine *engine = aligned_alloc(64, (sizeof(*engine) + 63) / 64 * 64);
	char why[SL_SENTENCE_BYTES];

	if (!engine)
		sl_perf_give_up("engine", "not enough memory");
	memset(engine, 0, sizeof(*engine));
	if (sl_artifact_open(artifact_path, &engine->artifact, why) ||
	    sl_match_set_new(engine->artifact, &engine->set, why))
		sl_perf_give_up(artifact_path, why);
	if (sl_decode_plan_new(engine->artifact, &engine->plan) ||
	    sl_decoder_new(&decode, &engine->decoder) ||
	    sl_matcher_new(&match, &engine->stats, &engine->matcher) ||
	    sl_matcher_prepare(engine->matcher, engine->set))
		sl_perf_give_up("engine", "not enough memory");
	sl_perf_engine_forget(engine, NULL, NULL);
	return engine;
}

static bool remembers(const struct sl_artifact *artifact)
{
	for (uint32_t i = 0; i < artifact->n_campaigns; i++)
		if (artifact->campaigns[i].sequence_count || artifact->campaigns[i].limit_ns)
			return true;
	return false;
}

void sl_perf_engine_forget(struct sl_perf_engine *engine, sl_perf_fired each, void *context)
{
	sl_perf_past_free(engine->past);
	engine->past = remembers(engine->artifact) ? sl_perf_past_new(engine->artifact) : NULL;
	engine->fired = each;
	engine->fired_context = context;
}

void sl_perf_engine_free(struct sl_perf_engine *engine)
{
	sl_perf_past_free(engine->past);
	sl_matcher_free(engine->matcher);
	sl_match_set_free(engine->set);
	sl_decoder_free(engine->decoder);
	sl_decode_plan_free(engine->plan);
	sl_artifact_close(engine->artifact);
	free(engine);
}

const struct sl_artifact *sl_perf_engine_artifact(const struct sl_perf_engine *engine)
{
	return engine->artifact;
}

/* Decodes events from `first` on into the burst, as many as it takes; returns how many. */
static unsigned decode_burst(struct sl_perf_engine *engine, const struct sl_perf_events *events,
			     uint32_t first)
{
	struct sl_arrival arrival = {.received_ns = INT64_C(1800000000000000000)};
	unsigned n = 0;

	sl_decoder_reset(engine->decoder);
	while (n < BURST_EVENTS && first + n < events->n) {
		struct sl_span text = events->spans[first + n];
		struct sl_event *event = &engine->events[n];
		struct sl_decode_fault fault;

		if (!sl_decoder_ready(engine->decoder, text.bytes))
			break;
		arrival.index = n;
		event->slots = engine->slots + (size_t)n * SL_FIELDS_MAX;
		if (sl_decode_json(engine->decoder, engine->plan, text, &arrival, event, &fault))
			sl_perf_give_up("an event is refused", fault.detail);
		n++;
	}
	return n;
}

uint64_t sl_perf_engine_pass(struct sl_perf_engine *engine, const struct sl_perf_events *events,
			     sl_perf_matched each, void *context)
{
	uint64_t total = 0;

	for (uint32_t done = 0, n; done < events->n; done += n) {
		struct sl_matches matches;

		n = decode_burst(engine, events, done);
		sl_match_burst(engine->matcher, engine->set, engine->events, n, &matches);
		total += matches.first[n];
		if (engine->past)
			engine->touched +=
				sl_perf_past_burst(engine->past, engine->events, n, &matches,
						   engine->fired, engine->fired_context);
		for (uint32_t i = 0; each && i < n; i++)
			each(context, done + i, matches.triggers + matches.first[i],
			     matches.first[i + 1] - matches.first[i]);
	}
	return total;
}

struct sl_perf_work sl_perf_engine_work(const struct sl_perf_engine *engine)
{
	const sl_stat *counters = engine->stats.counters;

	return (struct sl_perf_work){
		.hits = sl_stat_get(&counters[SL_COUNTER_PATTERN_HITS]),
		.candidates = sl_stat_get(&counters[SL_COUNTER_CANDIDATES]),
		.cut = sl_stat_get(&counters[SL_COUNTER_CANDIDATES_CUT]),
		.touched = engine->touched,
	};
}

/* ---- canonical texts ------------------------------------------------------------------------ */

static uint8_t *put_value(uint8_t *at, uint32_t slot, const char *text, uint32_t bytes)
{
	*at++ = SL_CANON_BEGIN;
	*at++ = (uint8_t)(0x30 + slot / 16);
	*at++ = (uint8_t)(0x60 + slot % 16);
	*at++ = SL_CANON_VALUE;
	for (uint32_t i = 0; i < bytes; i++) {
		uint8_t byte = (uint8_t)text[i];

		if (byte <= SL_CANON_ESCAPE) {
			*at++ = SL_CANON_ESCAPE;
			byte += 0x40;
		}
		*at++ = byte;
	}
	*at++ = SL_CANON_END;
	return at;
}

static uint8_t *put_event(uint8_t *at, const bool slots[SL_FIELDS_MAX],
			  const struct sl_event *event)
{
	for (uint32_t slot = 0; slot < event->n_slots; slot++) {
		const struct sl_value *value = &event->slots[slot];

		if (!slots[slot])
			continue;
		if (value->kind == SL_TYPE_STRING)
			at = put_value(at, slot, value->text, value->count);
		for (uint32_t i = 0; value->kind == SL_TYPE_STRINGS && i < value->count; i++)
			at = put_value(at, slot, value->list[i].at, value->list[i].bytes);
	}
	return at;
}

void sl_perf_make_texts(struct sl_perf_engine *engine, const struct sl_perf_events *events,
			const bool slots[SL_FIELDS_MAX], struct sl_perf_texts *ret_texts)
{
	const struct sl_span *last = &events->spans[events->n - 1];
	/* a value with its delimiters is shorter than two names and values of the JSON */
	struct sl_perf_texts texts = {
		.text = malloc((size_t)(last->at + last->bytes - events->text) * 2),
		.ends = malloc(events->n * sizeof(*texts.ends)),
		.n = events->n,
	};
	uint8_t *at = texts.text;

	if (!texts.text || !texts.ends)
		sl_perf_give_up("canonical texts", "not enough memory");
	for (uint32_t done = 0, n; done < events->n; done += n) {
		n = decode_burst(engine, events, done);
		for (uint32_t i = 0; i < n; i++) {
			at = put_event(at, slots, &engine->events[i]);
			texts.ends[done + i] = (uint64_t)(at - texts.text);
		}
	}
	*ret_texts = texts;
}

void sl_perf_free_texts(struct sl_perf_texts *texts)
{
	free(texts->text);
	free(texts->ends);
}
