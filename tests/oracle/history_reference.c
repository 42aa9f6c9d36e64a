#include "tests/oracle/history_reference.h"

#include "base/event.h"

#include <endian.h>
#include <string.h>

struct told {
	const struct sl_eval_set *set;
	const struct sl_history_case *history;
	unsigned rules; /* which of the two are loaded */
	struct sl_lines *lines;
	uint32_t stream, at, since;
};

static void print_any(char *line, const struct sl_eval_any *any)
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
		sl_line_add(line, "%.*s", SL_SLICE_ARGS(any->text));
		break;
	default:
		sl_line_add(line, "kind %u", any->kind);
	}
}

static void print_match(char *line, const struct sl_eval_decision *decision)
{
	for (uint32_t s = 0; s < decision->n_steps; s++)
		sl_line_add(line, " %.*s:%.*s", SL_SLICE_ARGS(decision->steps[s].name),
			    SL_SLICE_ARGS(decision->steps[s].id));
	for (uint32_t i = 0; i < decision->n_data; i++) {
		sl_line_add(line, " %.*s=", SL_SLICE_ARGS(decision->data[i].name));
		print_any(line, &decision->data[i].value);
	}
}

static void take_decision(void *context, const struct sl_eval_decision *decision)
{
	struct told *told = context;
	const char *name = sl_eval_name(told->set, decision->campaign);
	char *line = sl_lines_begin(told->lines);

	sl_line_add(line, "%u %04u %s %.*s ", told->stream, told->at, name,
		    SL_SLICE_ARGS(decision->key));
	if (decision->gate != SL_GATE_SENT) {
		sl_line_add(line, "%s|", sl_gate_name(decision->gate));
		sl_lines_end_once(told->lines, told->since);
		return;
	}
	if (decision->due)
		memcpy(strchr(line, ' ') + 1, "9999", 4); /* when it is seen is nobody's promise */
	/* a match by time has one id, whichever list of the campaign made it, but one for each
	 * key that is remembered */
	sl_line_add(line, "%s%lld first %.*s%.*s%s event %.*s|", decision->due ? "due " : "",
		    (long long)decision->time_ns, SL_SLICE_ARGS(decision->first),
		    SL_SLICE_ARGS(decision->remembered), decision->due ? "|" : "",
		    SL_SLICE_ARGS(decision->event));
	print_match(line, decision);
	sl_lines_end_once(told->lines, told->since);
}

static struct sl_eval_value string_value(const char *path, const char *text)
{
	return (struct sl_eval_value){
		.path = path, .type = SL_TYPE_STRING, .text = {text, (uint32_t)strlen(text)}};
}

size_t sl_history_values(const struct sl_draw_arrival *arrival, const char *id,
			 struct sl_eval_value ret_values[SL_HISTORY_FIELDS])
{
	size_t n = 0;

	ret_values[n++] = string_value("id", id);
	ret_values[n++] = (struct sl_eval_value){
		.path = "time", .type = SL_TYPE_TIME, .integer = arrival->time_ns};
	ret_values[n++] = string_value("customer", arrival->customer);
	ret_values[n++] = string_value("type", arrival->type);
	if (arrival->has_device)
		ret_values[n++] = string_value("device", arrival->device);
	if (arrival->has_amount)
		ret_values[n++] = (struct sl_eval_value){
			.path = "amount", .type = SL_TYPE_INT, .integer = arrival->amount};
	if (arrival->has_rate)
		ret_values[n++] = (struct sl_eval_value){
			.path = "rate", .type = SL_TYPE_DECIMAL, .decimal = arrival->rate};
	if (arrival->tag[0])
		ret_values[n++] = string_value("tag", arrival->tag);
	if (arrival->has_branch)
		ret_values[n++] = (struct sl_eval_value){
			.path = "branch", .type = SL_TYPE_INT, .integer = arrival->branch};
	return n;
}

static struct sl_text text_of(struct sl_slice slice)
{
	return (struct sl_text){slice.at, slice.bytes};
}

static void print_id(char *line, const struct told *told, const struct sl_eval_decision *decision)
{
	static const char ordinal[8] = {0};
	const char *name = sl_history_name(told->history, decision->campaign, told->rules);
	uint64_t due = htole64((uint64_t)decision->time_ns), id[2];
	const struct sl_text parts[] = {
		{name, (uint32_t)strlen(name)},
		text_of(decision->key),
		text_of(decision->first),
		decision->due ? (struct sl_text){(const char *)&due, sizeof(due)}
			      : text_of(decision->event),
		{ordinal, sizeof(ordinal)},
		text_of(decision->remembered),
	};

	sl_hash_parts(parts, decision->remembered.bytes ? 6 : 5, id);
	sl_line_add(line, "id %016llx%016llx|", (unsigned long long)id[1],
		    (unsigned long long)id[0]);
}

static void take_decided(void *context, const struct sl_eval_decision *decision)
{
	struct told *told = context;
	char *line = sl_lines_begin(told->lines);

	sl_line_add(line, "%u %s %.*s %s %s%lld event %.*s ", told->stream,
		    sl_eval_name(told->set, decision->campaign), SL_SLICE_ARGS(decision->key),
		    sl_gate_name(decision->gate), decision->due ? "due " : "",
		    (long long)decision->time_ns, SL_SLICE_ARGS(decision->event));
	print_id(line, told, decision);
	if (decision->gate == SL_GATE_SENT)
		print_match(line, decision);
	sl_lines_end(told->lines);
}

static void take_event(struct sl_eval_history *history, const struct sl_draw_arrival *arrival,
		       uint32_t number, int64_t now_ns)
{
	struct sl_eval_value values[SL_HISTORY_FIELDS];
	char id[8];

	snprintf(id, sizeof(id), "e%u", number);
	sl_eval_history_event(history, &(struct sl_eval_arrival){
					       .values = values,
					       .n_values = sl_history_values(arrival, id, values),
					       .time_ns = arrival->time_ns,
					       .now_ns = now_ns});
}

static void run_stream(const struct sl_history_stream *stream, struct told *told)
{
	struct sl_eval_history *history;

	if (sl_eval_history_new(told->set, take_decision, told, &history))
		sl_oracle_give_up("the reference", "no memory");
	for (told->at = 0; told->at < stream->n; told->at++) {
		const struct sl_draw_arrival *arrival = &stream->arrivals[told->at];

		if (arrival->kind == SL_ARRIVAL_TICK)
			sl_eval_history_tick(history, arrival->time_ns, 0);
		if (arrival->kind == SL_ARRIVAL_EVENT)
			take_event(history, arrival, told->at, 0);
	}
	sl_eval_history_tick(history, INT64_MAX, 0);
	sl_eval_history_free(history);
}

void sl_history_reference(const struct sl_eval_set *set, const struct sl_history_case *history,
			  struct sl_lines *lines)
{
	struct told told = {.set = set, .history = history, .lines = lines};

	for (; told.stream < history->n_streams; told.stream++) {
		told.since = lines->n;
		run_stream(&history->streams[told.stream], &told);
	}
}

static void decide_stream(const struct sl_history_stream *stream, struct told *told)
{
	struct sl_eval_history *history;
	int64_t newest_ns = INT64_MIN, now_ns = SL_DRAW_CLOCK_NS;

	if (sl_eval_history_new(told->set, take_decided, told, &history))
		sl_oracle_give_up("the reference", "no memory");
	told->rules = 0;
	for (uint32_t i = 0; i < stream->n; i++) {
		const struct sl_draw_arrival *arrival = &stream->arrivals[i];

		int64_t more_ns = sl_history_is_still(stream, arrival) ? SL_HISTORY_STILL_NS : 0;

		if (newest_ns != INT64_MIN)
			sl_eval_history_tick(history,
					     newest_ns - stream->lateness_ms * 1000000ll + more_ns,
					     now_ns);
		if (arrival->kind == SL_ARRIVAL_TICK)
			sl_eval_history_tick(history, arrival->time_ns, now_ns);
		if (arrival->kind == SL_ARRIVAL_CLOCK)
			now_ns = arrival->time_ns;
		if (arrival->kind == SL_ARRIVAL_RELOAD)
			told->rules ^= 1;
		if (arrival->kind != SL_ARRIVAL_EVENT)
			continue;
		take_event(history, arrival, i - arrival->again, now_ns);
		if (arrival->time_ns > newest_ns)
			newest_ns = arrival->time_ns;
	}
	sl_eval_history_tick(history, INT64_MAX, now_ns);
	sl_eval_history_free(history);
}

void sl_history_reference_decided(const struct sl_eval_set *set,
				  const struct sl_history_case *history, struct sl_lines *lines)
{
	struct told told = {.set = set, .history = history, .lines = lines};

	for (; told.stream < history->n_streams; told.stream++)
		decide_stream(&history->streams[told.stream], &told);
}
