/* What is remembered against the reference: random campaigns of every pattern and streams of
 * events, through the compiler, the matcher and dataplane/state, and through rules/eval. A case is
 * one arrival (an event, a tick, a restart) under one rule set.
 *
 *     oracle_history [--cases N] [--seed S]
 *
 * Which matches are sent is not asked here: fires are compared before anybody decides. A restart
 * takes all memory away and gives back what the changes said. A difference is made smaller and
 * printed, with the seed that shows it again. In the end it prints how often each construct
 * occurred; with 10,000 cases or more none may be missing. Exit status: 0 all agree, 1 not, 3 it
 * could not look. */
#include "base/artifact.h"
#include "match/match.h"
#include "rules/eval/history.h"
#include "rules/set_priv.h"
#include "sluice/error.h"
#include "state/state.h"
#include "tests/oracle/draw_history.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define TRIES 1000u
#define FULL_COVERAGE_CASES 10000u
#define STATES_BYTES (8u << 20)
#define LINES_MAX 20000u
#define LINE_BYTES 1024u
#define FIELDS 8u

enum { ID, TIME, CUSTOMER, TYPE, DEVICE, AMOUNT, RATE, TAG };

/* In memory: the compiler syncs what it writes. */
static char directory[] = "/dev/shm/sluice-oracle-XXXXXX";
static struct sl_stats_worker stats;
static uint64_t drawn[SL_DRAWN_KINDS], n_campaigns, n_replaced, n_fires, n_told;
static bool counting;

static struct sl_draw_campaign campaigns[SL_DRAW_HISTORY_CAMPAIGNS];
static unsigned n_drawn;
static struct sl_draw_arrival arrivals[SL_DRAW_ARRIVALS];
static uint32_t n_arrivals;

static void give_up(const char *what, const char *why)
{
	fprintf(stderr, "oracle_history: %s: %s\n", what, why);
	exit(3);
}

static const char *path_of(const char *name)
{
	static char path[4][128];
	static unsigned next;
	char *at = path[next++ % 4];

	snprintf(at, sizeof(path[0]), "%s/%s", directory, name);
	return at;
}

/* ---- lines: what happened, as text --------------------------------------------------------- */

struct lines {
	char at[LINES_MAX][LINE_BYTES];
	uint32_t n;
};

static struct lines ours, theirs;

static char *line_begin(struct lines *lines)
{
	if (lines->n == LINES_MAX)
		give_up("a case", "too much happens");
	return lines->at[lines->n];
}

/* Of twins, matches of the same id, only the first counts: their texts are alike up to `|`. */
static void line_end(struct lines *lines)
{
	const char *mine = lines->at[lines->n];
	size_t head = strcspn(mine, "|");

	for (uint32_t i = 0; i < lines->n; i++)
		if (!strncmp(lines->at[i], mine, head + 1))
			return;
	lines->n++;
}

static int compare_lines(const void *a, const void *b)
{
	return strcmp(a, b);
}

static void sort_lines(struct lines *lines)
{
	qsort(lines->at, lines->n, LINE_BYTES, compare_lines);
}

__attribute__((format(printf, 2, 3))) static void add(char *line, const char *format, ...)
{
	size_t bytes = strlen(line);
	va_list args;

	va_start(args, format);
	vsnprintf(line + bytes, LINE_BYTES - bytes, format, args);
	va_end(args);
}

/* ---- the engine ---------------------------------------------------------------------------- */

/* What the journal would hold of one key and slot. */
struct image {
	char key[8];
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
};

static struct engine engine;

static void engine_init(void)
{
	const struct sl_match_limits limits = {
		.events = SL_DRAW_ARRIVALS, .candidates = 256, .event_bytes = 8192};
	char why[SL_SENTENCE_BYTES];

	engine.n_images = 0;
	if (sl_artifact_open(path_of("rules.artifact"), &engine.artifact, why) ||
	    sl_match_set_new(engine.artifact, &engine.set, why))
		give_up("the artifact", why);
	if (sl_matcher_new(&limits, &stats, &engine.matcher) ||
	    sl_matcher_prepare(engine.matcher, engine.set) ||
	    sl_state_plan_new(engine.artifact, &engine.plan) ||
	    sl_states_new(STATES_BYTES, &engine.states))
		give_up("the engine", "no memory");
}

static void engine_fini(void)
{
	for (uint32_t i = 0; i < engine.n_images; i++)
		free(engine.images[i].bytes);
	sl_states_free(engine.states);
	sl_state_plan_free(engine.plan);
	sl_matcher_free(engine.matcher);
	sl_match_set_free(engine.set);
	sl_artifact_close(engine.artifact);
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
			give_up("a case", "too many slots");
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
		give_up("an image", "no memory");
	memcpy(image->bytes + image->n, change->image, change->bytes);
	image->n += change->bytes;
}

static void engine_restart(void)
{
	sl_states_free(engine.states);
	if (sl_states_new(STATES_BYTES, &engine.states))
		give_up("the engine", "no memory");
	for (uint32_t i = 0; i < engine.n_images; i++) {
		const struct image *image = &engine.images[i];
		struct sl_text key = {image->key, (uint32_t)strlen(image->key)};

		if (image->n && sl_states_restore(engine.states, engine.plan, key,
						  sl_text_hash(key.at, key.bytes), image->slot,
						  image->bytes, image->n))
			give_up("an image", "is not taken back");
	}
}

static void print_any(char *line, const struct sl_any *any)
{
	switch (any->kind) {
	case SL_KIND_INT:
	case SL_KIND_BOOL:
		add(line, "%lld", (long long)any->integer);
		break;
	case SL_KIND_DOUBLE:
		add(line, "%.17g", any->decimal);
		break;
	case SL_KIND_STRING:
		add(line, "%.*s", (int)any->count, any->text);
		break;
	default:
		add(line, "kind %u", any->kind);
	}
}

static void print_value(char *line, const struct sl_value *value)
{
	if (value->kind == SL_TYPE_INT)
		add(line, "%lld", (long long)value->integer);
	else if (value->kind == SL_TYPE_DECIMAL)
		add(line, "%.17g", value->decimal);
	else
		add(line, "%.*s", (int)value->count, value->text);
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
			add(line, " %.*s=", (int)name.bytes, name.at);
			print_value(line, &event->slots[field->index]);
		}
		if (any.kind == SL_KIND_ERROR)
			continue;
		add(line, " %.*s=", (int)name.bytes, name.at);
		print_any(line, &any);
	}
}

/* A campaign that remembers nothing. */
static void take_match(uint32_t at, uint32_t campaign, const struct sl_event *event)
{
	const struct sl_campaign *of = &engine.artifact->campaigns[campaign];
	const struct sl_state_fire fire = {.campaign = campaign};
	struct sl_text name = text_of(of->name), step = text_of(of->step);
	char *line = line_begin(&ours);

	snprintf(line, LINE_BYTES, "%04u %.*s %.*s %lld event %.*s first %.*s| %.*s:%.*s", at,
		 (int)name.bytes, name.at, (int)event->key.bytes, event->key.at,
		 (long long)event->time_ns, (int)event->id.bytes, event->id.at,
		 (int)event->id.bytes, event->id.at, (int)step.bytes, step.at, (int)event->id.bytes,
		 event->id.at);
	print_data(line, &fire, event);
	line_end(&ours);
}

static void take_outcome(uint32_t at, const struct sl_state_outcome *outcome,
			 const struct sl_event *event)
{
	for (uint32_t i = 0; i < outcome->n_fires; i++) {
		const struct sl_state_fire *fire = &outcome->fires[i];
		const struct sl_campaign *campaign = &engine.artifact->campaigns[fire->campaign];
		struct sl_text key = campaign->for_customer ? fire->customer : outcome->key;
		struct sl_text name = text_of(campaign->name);
		char *line = line_begin(&ours);

		snprintf(line, LINE_BYTES, "%04u %.*s %.*s %s%lld event %.*s first %.*s|", at,
			 (int)name.bytes, name.at, (int)key.bytes, key.at, fire->due ? "due " : "",
			 (long long)fire->time_ns, (int)fire->event_id.bytes, fire->event_id.at,
			 (int)fire->first_id.bytes, fire->first_id.at);
		for (uint32_t s = 0; s < fire->n_steps; s++)
			add(line, " %.*s:%.*s", (int)fire->steps[s].name.bytes,
			    fire->steps[s].name.at, (int)fire->steps[s].id.bytes,
			    fire->steps[s].id.at);
		print_data(line, fire, event);
		line_end(&ours);
	}
	for (uint32_t i = 0; i < outcome->n_told; i++) {
		struct sl_text name =
			text_of(engine.artifact->campaigns[outcome->told[i].campaign].name);
		char *line = line_begin(&ours);

		snprintf(line, LINE_BYTES, "%04u %.*s %.*s %s|", at, (int)name.bytes, name.at,
			 (int)outcome->key.bytes, outcome->key.at,
			 sl_gate_name(outcome->told[i].gate));
		line_end(&ours);
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
	}
	if (n_mine == 0)
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
	slots[ID] = string_value(id);
	slots[TIME] = (struct sl_value){.integer = arrival->time_ns, .kind = SL_TYPE_TIME};
	slots[CUSTOMER] = string_value(arrival->customer);
	slots[TYPE] = string_value(arrival->type);
	slots[DEVICE] = string_value(arrival->device);
	slots[AMOUNT] = (struct sl_value){.integer = arrival->amount,
					  .kind = arrival->has_amount ? SL_TYPE_INT : 0};
	slots[RATE] = (struct sl_value){.decimal = arrival->rate,
					.kind = arrival->has_rate ? SL_TYPE_DECIMAL : 0};
	slots[TAG] = string_value(arrival->tag);
}

static struct sl_text as_text(const struct sl_value *value)
{
	return (struct sl_text){value->text, value->count};
}

static void run_engine(void)
{
	static struct sl_value slots[SL_DRAW_ARRIVALS][FIELDS];
	static char ids[SL_DRAW_ARRIVALS][8];
	struct sl_event events[SL_DRAW_ARRIVALS] = {0};
	struct sl_matches matches;
	int64_t tick_ns = INT64_MIN;

	for (uint32_t i = 0; i < n_arrivals; i++) {
		snprintf(ids[i], sizeof(ids[i]), "e%u", i);
		fill_slots(&arrivals[i], ids[i], slots[i]);
		events[i] = (struct sl_event){.slots = slots[i],
					      .n_slots = FIELDS,
					      .time_ns = arrivals[i].time_ns,
					      .id = as_text(&slots[i][ID]),
					      .key = as_text(&slots[i][CUSTOMER]),
					      .type = as_text(&slots[i][TYPE])};
	}
	sl_match_burst(engine.matcher, engine.set, events, n_arrivals, &matches);
	for (uint32_t i = 0; i < n_arrivals; i++) {
		const uint32_t *triggers = matches.triggers + matches.first[i];
		uint32_t n = matches.first[i + 1] - matches.first[i];

		if (arrivals[i].kind == SL_ARRIVAL_TICK) {
			tick_ns = arrivals[i].time_ns;
			engine_due(i, tick_ns);
		} else if (arrivals[i].kind == SL_ARRIVAL_RESTART) {
			engine_restart();
		} else {
			engine_key(i, &events[i], -1, triggers, n, tick_ns);
			engine_key(i, &events[i], DEVICE, triggers, n, tick_ns);
		}
	}
	engine_due(n_arrivals, INT64_MAX);
}

/* ---- the reference ------------------------------------------------------------------------- */

static uint32_t reference_at;
static const struct sl_eval_set *reference_set;

static void print_eval(char *line, const struct sl_eval_any *any)
{
	switch (any->kind) {
	case SL_KIND_INT:
	case SL_KIND_BOOL:
		add(line, "%lld", (long long)any->integer);
		break;
	case SL_KIND_DOUBLE:
		add(line, "%.17g", any->decimal);
		break;
	case SL_KIND_STRING:
		add(line, "%.*s", SL_SLICE_ARGS(any->text));
		break;
	default:
		add(line, "kind %u", any->kind);
	}
}

static void take_decision(void *context, const struct sl_eval_decision *decision)
{
	const char *name = sl_eval_name(reference_set, decision->campaign);
	char *line = line_begin(&theirs);

	(void)context;
	if (decision->gate == SL_GATE_SENT) {
		n_fires += counting;
		snprintf(line, LINE_BYTES, "%04u %s %.*s %s%lld event %.*s first %.*s|",
			 reference_at, name, SL_SLICE_ARGS(decision->key),
			 decision->due ? "due " : "", (long long)decision->time_ns,
			 SL_SLICE_ARGS(decision->event), SL_SLICE_ARGS(decision->first));
		for (uint32_t s = 0; s < decision->n_steps; s++)
			add(line, " %.*s:%.*s", SL_SLICE_ARGS(decision->steps[s].name),
			    SL_SLICE_ARGS(decision->steps[s].id));
		for (uint32_t i = 0; i < decision->n_data; i++) {
			add(line, " %.*s=", SL_SLICE_ARGS(decision->data[i].name));
			print_eval(line, &decision->data[i].value);
		}
	} else {
		n_told += counting;
		snprintf(line, LINE_BYTES, "%04u %s %.*s %s|", reference_at, name,
			 SL_SLICE_ARGS(decision->key), sl_gate_name(decision->gate));
	}
	line_end(&theirs);
}

static struct sl_eval_value eval_value(const char *path, const struct sl_value *slot)
{
	struct sl_eval_value value = {.path = path, .type = slot->kind, .integer = slot->integer};

	if (slot->kind == SL_TYPE_DECIMAL)
		value.decimal = slot->decimal;
	if (slot->kind == SL_TYPE_STRING)
		value.text = (struct sl_eval_text){slot->text, slot->count};
	return value;
}

static void run_reference(const struct sl_eval_set *set)
{
	static const char *const paths[FIELDS] = {"id",     "time",   "customer", "type",
						  "device", "amount", "rate",     "tag"};
	struct sl_eval_history *history;

	reference_set = set;
	if (sl_eval_history_new(set, take_decision, NULL, &history))
		give_up("the reference", "no memory");
	for (uint32_t i = 0; i < n_arrivals; i++) {
		struct sl_eval_value values[FIELDS];
		struct sl_value slots[FIELDS];
		char id[8];
		size_t n = 0;

		reference_at = i;
		if (arrivals[i].kind == SL_ARRIVAL_TICK)
			sl_eval_history_tick(history, arrivals[i].time_ns, 0);
		if (arrivals[i].kind != SL_ARRIVAL_EVENT)
			continue;
		snprintf(id, sizeof(id), "e%u", i);
		fill_slots(&arrivals[i], id, slots);
		for (unsigned f = 0; f < FIELDS; f++)
			if (slots[f].kind)
				values[n++] = eval_value(paths[f], &slots[f]);
		sl_eval_history_event(history,
				      &(struct sl_eval_arrival){.values = values,
								.n_values = n,
								.time_ns = arrivals[i].time_ns});
	}
	reference_at = n_arrivals;
	sl_eval_history_tick(history, INT64_MAX, 0);
	sl_eval_history_free(history);
}

/* ---- cases --------------------------------------------------------------------------------- */

static void print_campaign(unsigned i, FILE *file)
{
	fprintf(file, "---\ncampaign: c%u\n%s", i, campaigns[i].text);
}

/* Whether an author could load it; types and bounds that were drawn may not fit each other. */
static bool is_loadable(unsigned i, bool explain)
{
	static char text[SL_DRAW_HISTORY_BYTES + 64];
	struct sl_diagnostics *diagnostics = sl_diagnostics_new();
	const struct sl_diagnostic *list;
	struct sl_rules_set set;
	FILE *file = fmemopen(text, sizeof(text), "w");
	bool good;

	print_campaign(i, file);
	fclose(file);
	if (sl_rules_set_load_text(sl_slice_of(sl_draw_history_schema), sl_slice_of(text), NULL,
				   diagnostics, &set))
		give_up("a campaign", "no memory");
	good = sl_diagnostics_count(diagnostics, SL_SEVERITY_ERROR) == 0;
	if (!good && explain && sl_diagnostics_all(diagnostics, &list))
		fprintf(stderr, "%s: %s\n%s\n", list[0].code, list[0].message, text);
	sl_rules_set_fini(&set);
	sl_diagnostics_free(diagnostics);
	return good;
}

static void draw_case(struct sl_choices *choices, uint32_t most)
{
	n_drawn = 1 + sl_choose(choices, SL_DRAW_HISTORY_CAMPAIGNS);
	for (unsigned i = 0; i < n_drawn; i++) {
		sl_draw_campaign(choices, &campaigns[i]);
		n_campaigns += counting;
		if (is_loadable(i, counting && getenv("SLUICE_ORACLE_REPLACED"))) {
			for (unsigned k = 0; counting && k < SL_DRAWN_KINDS; k++)
				drawn[k] += campaigns[i].is_drawn[k];
			continue;
		}
		n_replaced += counting;
		strcpy(campaigns[i].text, "owner: o\nkind: service\nmatch: type == \"none\"\n"
					  "send: {channel: push, template: T}\n");
	}
	n_arrivals = 1 + sl_choose(choices, most);
	sl_draw_arrivals(choices, n_arrivals, arrivals);
}

static void write_rules(void)
{
	FILE *file = fopen(path_of("schema.yaml"), "w");

	if (!file || fputs(sl_draw_history_schema, file) < 0 || fclose(file))
		give_up("cannot write", "schema.yaml");
	file = fopen(path_of("rules.yaml"), "w");
	if (!file)
		give_up("cannot write", "rules.yaml");
	for (unsigned i = 0; i < n_drawn; i++)
		print_campaign(i, file);
	fclose(file);
}

/* The first line that only one of them has. */
static bool agree(const char **ret_ours, const char **ret_theirs)
{
	struct sl_diagnostics *diagnostics = sl_diagnostics_new();
	struct sl_rules_options options = {.ruleset = 1};
	struct sl_eval_set *set;
	uint32_t i = 0;

	write_rules();
	if (sl_rules_compile(directory, &options, path_of("rules.artifact"), diagnostics, NULL) ||
	    sl_eval_open(directory, &options, diagnostics, &set))
		give_up("the rules that were drawn", "do not compile");
	sl_diagnostics_free(diagnostics);
	ours.n = theirs.n = 0;
	engine_init();
	run_engine();
	engine_fini();
	run_reference(set);
	sl_eval_close(set);
	sort_lines(&ours);
	sort_lines(&theirs);
	while (i < ours.n && i < theirs.n && !strcmp(ours.at[i], theirs.at[i]))
		i++;
	*ret_ours = i < ours.n ? ours.at[i] : "nothing";
	*ret_theirs = i < theirs.n ? theirs.at[i] : "nothing";
	return i == ours.n && i == theirs.n;
}

static bool still_differs(struct sl_choices *choices)
{
	const char *a, *b;

	draw_case(choices, SL_DRAW_ARRIVALS);
	return !agree(&a, &b);
}

static void print_arrival(uint32_t i)
{
	const struct sl_draw_arrival *arrival = &arrivals[i];

	if (arrival->kind == SL_ARRIVAL_RESTART) {
		printf("  e%u restart\n", i);
		return;
	}
	printf("  e%u %s%lld.%03lld", i, arrival->kind == SL_ARRIVAL_TICK ? "tick " : "",
	       (long long)(arrival->time_ns / 1000000000),
	       (long long)(arrival->time_ns / 1000000 % 1000));
	if (arrival->kind == SL_ARRIVAL_EVENT) {
		printf(" %s %s %s %s", arrival->type, arrival->customer, arrival->device,
		       arrival->tag);
		if (arrival->has_amount)
			printf(" amount %lld", (long long)arrival->amount);
		if (arrival->has_rate)
			printf(" rate %g", arrival->rate);
	}
	printf("\n");
}

static void report(struct sl_choices *choices, uint64_t seed)
{
	const char *a = "", *b = "";

	counting = false;
	printf("seed %llu: engine and reference differ\n", (unsigned long long)seed);
	sl_choices_shrink(choices, TRIES, still_differs);
	draw_case(choices, SL_DRAW_ARRIVALS);
	if (agree(&a, &b)) {
		printf("  only in the whole, and not again\n");
		return;
	}
	for (unsigned i = 0; i < n_drawn; i++)
		printf("campaign: c%u\n%s---\n", i, campaigns[i].text);
	for (uint32_t i = 0; i < n_arrivals; i++)
		print_arrival(i);
	printf("engine:    %s\nreference: %s\n", a, b);
	printf("again: oracle_history --seed %llu --cases %u\n", (unsigned long long)seed,
	       SL_DRAW_ARRIVALS);
}

static unsigned print_coverage(void)
{
	unsigned missing = 0;

	for (unsigned k = 0; k < SL_DRAWN_KINDS; k++) {
		printf("%s%s %llu", k ? " " : "", sl_drawn_names[k], (unsigned long long)drawn[k]);
		missing += drawn[k] == 0;
	}
	printf("\n");
	return missing;
}

int main(int argc, char **argv)
{
	static struct sl_choices choices;
	uint64_t seed = 1, cases = 5000, done = 0;
	const char *a, *b;
	bool same = true;
	unsigned missing;

	for (int i = 1; i + 1 < argc; i += 2) {
		if (strcmp(argv[i], "--cases") == 0)
			cases = strtoull(argv[i + 1], NULL, 10);
		else if (strcmp(argv[i], "--seed") == 0)
			seed = strtoull(argv[i + 1], NULL, 10);
		else
			give_up("unknown option", argv[i]);
	}
	if (!mkdtemp(directory))
		give_up("cannot make", directory);
	counting = true;
	for (; done < cases && same; seed++) {
		sl_choices_begin(&choices, seed);
		draw_case(&choices, SL_DRAW_ARRIVALS);
		same = agree(&a, &b);
		done += n_arrivals;
		if (!same)
			report(&choices, seed);
	}
	missing = print_coverage();
	printf("%llu cases; %llu matches, %llu told; %llu campaigns, %llu of them replaced; %u "
	       "never occurred\n",
	       (unsigned long long)done, (unsigned long long)n_fires, (unsigned long long)n_told,
	       (unsigned long long)n_campaigns, (unsigned long long)n_replaced, missing);
	unlink(path_of("schema.yaml"));
	unlink(path_of("rules.yaml"));
	unlink(path_of("rules.artifact"));
	rmdir(directory);
	/* where hardly anything matches, agreeing proves nothing */
	if (!same || (cases >= 1000 && (n_fires < cases / 20 || n_replaced > n_campaigns / 4)))
		return 1;
	return cases >= FULL_COVERAGE_CASES && missing ? 1 : 0;
}
