#include "tests/oracle/history_engine.h"

#include "base/artifact.h"
#include "match/match.h"
#include "sluice/error.h"
#include "state/state.h"

#include <stdlib.h>
#include <string.h>

#define STATES_BYTES SL_STATES_BYTES_MIN
#define FIELDS SL_F_FIELDS

/* What the journal would hold of one key and slot. */
struct image {
	char key[24];
	uint64_t slot;
	uint8_t *bytes;
	uint32_t n;
};

struct engine {
	struct sl_artifact *artifact;
	struct sl_match_set *set;
	struct sl_matcher *matcher;
	struct sl_state_plan *plan;
	struct sl_states *states;
	struct image images[4096];
	uint32_t n_images;
	const struct sl_history_stream *stream;
	uint32_t stream_index;
};

static struct engine engine;
static struct sl_stats_worker stats;
static struct sl_lines *ours;
static uint32_t since; /* of ours: the stream's first */

static void engine_init(const char *artifact_path)
{
	const struct sl_match_limits limits = {
		.events = SL_DRAW_ARRIVALS, .candidates = 256, .event_bytes = 8192};
	char why[SL_SENTENCE_BYTES];

	if (sl_artifact_open(artifact_path, &engine.artifact, why) ||
	    sl_match_set_new(engine.artifact, &engine.set, why))
		sl_oracle_give_up("the artifact", why);
	if (sl_matcher_new(&limits, &stats, &engine.matcher) ||
	    sl_matcher_prepare(engine.matcher, engine.set) ||
	    sl_state_plan_new(engine.artifact, &engine.plan))
		sl_oracle_give_up("the engine", "no memory");
}

static void engine_fini(void)
{
	sl_state_plan_free(engine.plan);
	sl_matcher_free(engine.matcher);
	sl_match_set_free(engine.set);
	sl_artifact_close(engine.artifact);
}

static void forget(void)
{
	for (uint32_t i = 0; i < engine.n_images; i++)
		free(engine.images[i].bytes);
	engine.n_images = 0;
	sl_states_free(engine.states);
	engine.states = NULL;
}

static void journal(struct sl_text key, const struct sl_state_change *change)
{
	struct image *image = NULL;

	for (uint32_t i = 0; i < engine.n_images && !image; i++)
		if (engine.images[i].slot == change->slot &&
		    strlen(engine.images[i].key) == key.bytes &&
		    !memcmp(engine.images[i].key, key.at, key.bytes))
			image = &engine.images[i];
	if (!image) {
		if (engine.n_images == sizeof(engine.images) / sizeof(engine.images[0]))
			sl_oracle_give_up("a case", "too many slots");
		image = &engine.images[engine.n_images++];
		*image = (struct image){.slot = change->slot};
		memcpy(image->key, key.at, key.bytes);
	}
	if (change->bytes == 0 || change->image[0] == SL_STATE_WHOLE)
		image->n = 0;
	if (change->bytes == 0)
		return;
	image->bytes = realloc(image->bytes, image->n + change->bytes);
	if (!image->bytes)
		sl_oracle_give_up("an image", "no memory");
	memcpy(image->bytes + image->n, change->image, change->bytes);
	image->n += change->bytes;
}

static void engine_restart(void)
{
	sl_states_free(engine.states);
	if (sl_states_new(STATES_BYTES, &engine.states))
		sl_oracle_give_up("the engine", "no memory");
	for (uint32_t i = 0; i < engine.n_images; i++) {
		const struct image *image = &engine.images[i];
		struct sl_text key = {image->key, (uint32_t)strlen(image->key)};

		if (image->n && sl_states_restore(engine.states, engine.plan, key,
						  sl_text_hash(key.at, key.bytes), image->slot,
						  image->bytes, image->n))
			sl_oracle_give_up("an image", "is not taken back");
	}
}

static void print_any(char *line, const struct sl_any *any)
{
	switch (any->kind) {
	case SL_KIND_INT:
	case SL_KIND_BOOL:
		sl_line_add(line, "%lld", (long long)any->integer);
		break;
	case SL_KIND_DOUBLE:
		sl_line_add(line, "%.17g", any->decimal);
		break;
	case SL_KIND_STRING:
		sl_line_add(line, "%.*s", (int)any->count, any->text);
		break;
	default:
		sl_line_add(line, "kind %u", any->kind);
	}
}

static void print_value(char *line, const struct sl_value *value)
{
	if (value->kind == SL_TYPE_INT)
		sl_line_add(line, "%lld", (long long)value->integer);
	else if (value->kind == SL_TYPE_DECIMAL)
		sl_line_add(line, "%.17g", value->decimal);
	else
		sl_line_add(line, "%.*s", (int)value->count, value->text);
}

static struct sl_text text_of(struct sl_text_ref ref)
{
	return sl_artifact_text(engine.artifact, ref);
}

static void print_data(char *line, const struct sl_state_fire *fire, const struct sl_event *event)
{
	const struct sl_campaign *campaign = &engine.artifact->campaigns[fire->campaign];

	for (uint32_t i = 0; i < campaign->data_count; i++) {
		const struct sl_data_field *field = &engine.artifact->data[campaign->data + i];
		struct sl_text name = text_of(field->name);
		struct sl_any any = {.kind = SL_KIND_ERROR};

		if (field->from == SL_DATA_CAPTURE)
			any = sl_state_fire_capture(engine.plan, fire, field->index);
		else if (field->from == SL_DATA_AGGREGATE)
			any = sl_state_fire_aggregate(engine.plan, fire, field->index);
		else if (field->from == SL_DATA_CONSTANT)
			any = (struct sl_any){.kind = SL_KIND_INT, .integer = 7};
		else if (event && !fire->due && event->slots[field->index].kind) {
			sl_line_add(line, " %.*s=", (int)name.bytes, name.at);
			print_value(line, &event->slots[field->index]);
		}
		if (any.kind == SL_KIND_ERROR)
			continue;
		sl_line_add(line, " %.*s=", (int)name.bytes, name.at);
		print_any(line, &any);
	}
}

/* A campaign that remembers nothing. */
static void take_match(uint32_t at, uint32_t campaign, const struct sl_event *event)
{
	const struct sl_campaign *of = &engine.artifact->campaigns[campaign];
	const struct sl_state_fire fire = {.campaign = campaign};
	struct sl_text name = text_of(of->name), step = text_of(of->step);
	char *line = sl_lines_begin(ours);

	sl_line_add(line, "%u %04u %.*s %.*s %lld first %.*s event %.*s| %.*s:%.*s",
		    engine.stream_index, at, (int)name.bytes, name.at, (int)event->key.bytes,
		    event->key.at, (long long)event->time_ns, (int)event->id.bytes, event->id.at,
		    (int)event->id.bytes, event->id.at, (int)step.bytes, step.at,
		    (int)event->id.bytes, event->id.at);
	print_data(line, &fire, event);
	sl_lines_end_once(ours, since);
}

static void take_outcome(uint32_t at, const struct sl_state_outcome *outcome,
			 const struct sl_event *event)
{
	for (uint32_t i = 0; i < outcome->n_fires; i++) {
		const struct sl_state_fire *fire = &outcome->fires[i];
		const struct sl_campaign *campaign = &engine.artifact->campaigns[fire->campaign];
		struct sl_text key = campaign->for_customer ? fire->customer : outcome->key;
		struct sl_text of = campaign->for_customer && !fire->first_id.bytes
					    ? outcome->key
					    : (struct sl_text){0};
		struct sl_text name = text_of(campaign->name);
		char *line = sl_lines_begin(ours);

		/* a timer may be seen a little later: when exactly is nobody's promise */
		sl_line_add(line, "%u %04u %.*s %.*s %s%lld first %.*s%.*s%s event %.*s|",
			    engine.stream_index, fire->due ? 9999 : at, (int)name.bytes, name.at,
			    (int)key.bytes, key.at, fire->due ? "due " : "",
			    (long long)fire->time_ns, (int)fire->first_id.bytes, fire->first_id.at,
			    (int)of.bytes, of.at, fire->due ? "|" : "", (int)fire->event_id.bytes,
			    fire->event_id.at);
		for (uint32_t s = 0; s < fire->n_steps; s++)
			sl_line_add(line, " %.*s:%.*s", (int)fire->steps[s].name.bytes,
				    fire->steps[s].name.at, (int)fire->steps[s].id.bytes,
				    fire->steps[s].id.at);
		print_data(line, fire, event);
		sl_lines_end_once(ours, since);
	}
	for (uint32_t i = 0; i < outcome->n_told; i++) {
		struct sl_text name =
			text_of(engine.artifact->campaigns[outcome->told[i].campaign].name);
		char *line = sl_lines_begin(ours);

		sl_line_add(line, "%u %04u %.*s %.*s %s|", engine.stream_index, at, (int)name.bytes,
			    name.at, (int)outcome->key.bytes, outcome->key.at,
			    sl_gate_name(outcome->told[i].gate));
		sl_lines_end_once(ours, since);
	}
	for (uint32_t i = 0; i < outcome->n_changes; i++)
		journal(outcome->key, &outcome->changes[i]);
}

static void engine_due(uint32_t at, int64_t tick_ns)
{
	struct sl_state_outcome outcome;

	while (sl_states_due(engine.states, engine.plan, tick_ns, &outcome))
		take_outcome(at, &outcome, NULL);
}

/* The triggers whose campaigns remember by this field. */
static void engine_key(uint32_t at, const struct sl_event *event, int32_t by_slot,
		       const uint32_t *triggers, uint32_t n, int64_t tick_ns)
{
	struct sl_text key = event->key;
	struct sl_state_outcome outcome;
	uint32_t mine[256], n_mine = 0;
	struct sl_state_input input;
	char digits[24];

	for (uint32_t i = 0; i < n; i++) {
		uint32_t campaign = engine.artifact->triggers[triggers[i]].campaign;

		if (engine.artifact->campaigns[campaign].by_slot != by_slot)
			continue;
		if (engine.artifact->triggers[triggers[i]].role == SL_TRIGGER_MATCH)
			take_match(at, campaign, event);
		else
			mine[n_mine++] = triggers[i];
	}
	if (by_slot >= 0) {
		if (event->slots[by_slot].kind == 0)
			return;
		key = (struct sl_text){event->slots[by_slot].text, event->slots[by_slot].count};
		if (event->slots[by_slot].kind == SL_TYPE_INT)
			key = (struct sl_text){
				digits,
				(uint32_t)sprintf(digits, "%lld",
						  (long long)event->slots[by_slot].integer)};
	}
	if (n_mine == 0 || key.bytes == 0) /* an empty text is nobody */
		return;
	input = (struct sl_state_input){.event = event,
					.key = key,
					.hash = sl_text_hash(key.at, key.bytes),
					.triggers = mine,
					.n_triggers = n_mine,
					.tick_ns = tick_ns};
	while (sl_states_event(engine.states, engine.plan, &input, &outcome))
		take_outcome(at, &outcome, NULL);
	take_outcome(at, &outcome, event);
}

static struct sl_value string_value(const char *text)
{
	return (struct sl_value){.text = text,
				 .count = (uint32_t)strlen(text),
				 .kind = text[0] ? SL_TYPE_STRING : 0};
}

static void fill_slots(const struct sl_draw_arrival *arrival, const char *id,
		       struct sl_value slots[FIELDS])
{
	slots[SL_F_ID] = string_value(id);
	slots[SL_F_TIME] = (struct sl_value){.integer = arrival->time_ns, .kind = SL_TYPE_TIME};
	slots[SL_F_CUSTOMER] = string_value(arrival->customer);
	slots[SL_F_TYPE] = string_value(arrival->type);
	slots[SL_F_DEVICE] = string_value(arrival->device);
	slots[SL_F_DEVICE].kind = arrival->has_device ? SL_TYPE_STRING : 0;
	slots[SL_F_AMOUNT] = (struct sl_value){.integer = arrival->amount,
					       .kind = arrival->has_amount ? SL_TYPE_INT : 0};
	slots[SL_F_RATE] = (struct sl_value){.decimal = arrival->rate,
					     .kind = arrival->has_rate ? SL_TYPE_DECIMAL : 0};
	slots[SL_F_TAG] = string_value(arrival->tag);
	slots[SL_F_BRANCH] = (struct sl_value){.integer = arrival->branch,
					       .kind = arrival->has_branch ? SL_TYPE_INT : 0};
}

static struct sl_text as_text(const struct sl_value *value)
{
	return (struct sl_text){value->text, value->count};
}

static void match_all(struct sl_event *events, struct sl_matches *ret_matches)
{
	static struct sl_value slots[SL_DRAW_ARRIVALS][FIELDS];
	static char ids[SL_DRAW_ARRIVALS][8];

	for (uint32_t i = 0; i < engine.stream->n; i++) {
		const struct sl_draw_arrival *arrival = &engine.stream->arrivals[i];

		snprintf(ids[i], sizeof(ids[i]), "e%u", i);
		fill_slots(arrival, ids[i], slots[i]);
		events[i] = (struct sl_event){.slots = slots[i],
					      .n_slots = FIELDS,
					      .time_ns = arrival->time_ns,
					      .id = as_text(&slots[i][SL_F_ID]),
					      .key = as_text(&slots[i][SL_F_CUSTOMER]),
					      .type = as_text(&slots[i][SL_F_TYPE])};
	}
	sl_match_burst(engine.matcher, engine.set, events, engine.stream->n, ret_matches);
}

static void run_stream(void)
{
	struct sl_event events[SL_DRAW_ARRIVALS] = {0};
	struct sl_matches matches;
	int64_t tick_ns = INT64_MIN;

	if (sl_states_new(STATES_BYTES, &engine.states))
		sl_oracle_give_up("the engine", "no memory");
	match_all(events, &matches);
	for (uint32_t i = 0; i < engine.stream->n; i++) {
		const struct sl_draw_arrival *arrival = &engine.stream->arrivals[i];
		const uint32_t *triggers = matches.triggers + matches.first[i];
		uint32_t n = matches.first[i + 1] - matches.first[i];

		if (arrival->kind == SL_ARRIVAL_TICK) {
			tick_ns = arrival->time_ns;
			engine_due(i, tick_ns);
		} else if (arrival->kind == SL_ARRIVAL_RESTART) {
			engine_restart();
		} else if (arrival->kind == SL_ARRIVAL_EVENT) {
			engine_key(i, &events[i], -1, triggers, n, tick_ns);
			engine_key(i, &events[i], SL_F_DEVICE, triggers, n, tick_ns);
			engine_key(i, &events[i], SL_F_BRANCH, triggers, n, tick_ns);
		}
	}
	engine_due(engine.stream->n, INT64_MAX);
	forget();
}

void sl_history_engine(const char *artifact_path, const struct sl_history_case *history,
		       struct sl_lines *lines)
{
	ours = lines;
	engine_init(artifact_path);
	for (uint32_t i = 0; i < history->n_streams; i++) {
		engine.stream = &history->streams[i];
		engine.stream_index = i;
		since = lines->n;
		run_stream();
	}
	engine_fini();
}
