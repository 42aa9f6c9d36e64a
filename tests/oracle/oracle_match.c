/* The matcher against the reference evaluator: random schemas, campaigns and events through the
 * compiler, the artifact and the pattern databases, and through rules/eval. A case is one event
 * under one rule set.
 *
 *     oracle_match [--cases N] [--seed S] [--scan-events N]
 *
 * A difference is cut down, to the one campaign and to the fields that it takes, and printed with
 * the seed that shows it again. Exit status: 0 all agree, 1 a difference, 3 it could not look. */
#include "base/artifact.h"
#include "match/match.h"
#include "rules/eval/eval.h"
#include "rules/rules.h"
#include "sluice/error.h"
#include "tests/oracle/draw.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define EVENTS 32u

/* One rule set, compiled and opened in both ways. */
struct rig {
	struct sl_eval_set *eval;
	struct sl_artifact *artifact;
	struct sl_match_set *set;
	struct sl_matcher *matcher;
};

/* In memory: the compiler syncs what it writes, a thousand times here. */
static char directory[] = "/dev/shm/sluice-oracle-XXXXXX";
static struct sl_stats_worker stats;
static uint32_t scan_events; /* see match.h */

static const char *path_of(const char *name)
{
	static char path[4][128];
	static unsigned next;
	char *at = path[next++ % 4];

	snprintf(at, sizeof(path[0]), "%s/%s", directory, name);
	return at;
}

static void give_up(const char *what, const char *why)
{
	fprintf(stderr, "oracle_match: %s: %s\n", what, why);
	exit(3);
}

static FILE *create(const char *path)
{
	FILE *file = fopen(path, "w");

	if (!file)
		give_up("cannot write", path);
	return file;
}

/* only: the one campaign to write, or UINT32_MAX for all. */
static void write_rules(const struct sl_draw_rules *rules, uint32_t only)
{
	static const char *const types[] = {
		[SL_TYPE_STRING] = "string",   [SL_TYPE_INT] = "int",
		[SL_TYPE_DECIMAL] = "decimal", [SL_TYPE_BOOL] = "bool",
		[SL_TYPE_TIME] = "time",       [SL_TYPE_STRINGS] = "strings"};
	FILE *file = create(path_of("schema.yaml"));

	fprintf(file, "schema: oracle\nfields:\n");
	for (unsigned i = 0; i < SL_DRAW_FIELDS; i++)
		fprintf(file, "  %s: {type: %s%s}\n", sl_draw_path(i), types[rules->types[i]],
			i ? "" : ", role: key, required: true");
	fclose(file);
	file = create(path_of("rules.yaml"));
	for (uint32_t i = 0; i < rules->n_campaigns; i++)
		if (only == UINT32_MAX || only == i)
			fprintf(file,
				"---\ncampaign: c%02u\nowner: oracle\nkind: service\nmatch: |\n"
				"  %s\nsend: {channel: push, template: T}\n",
				i, rules->conditions[i]);
	fclose(file);
}

static void give_up_on_rules(const struct sl_diagnostics *diagnostics)
{
	const struct sl_diagnostic *list;
	size_t n = sl_diagnostics_all(diagnostics, &list);
	char text[2048];

	for (size_t i = 0; i < n; i++) {
		sl_diagnostic_format(&list[i], text, sizeof(text));
		fprintf(stderr, "%s\n", text);
	}
	give_up("the rules that were drawn", "do not compile");
}

static void rig_init(struct rig *rig)
{
	const struct sl_match_limits limits = {.events = EVENTS,
					       .candidates = 256,
					       .event_bytes = 8192,
					       .scan_events = scan_events};
	struct sl_diagnostics *diagnostics = sl_diagnostics_new();
	struct sl_rules_options options = {.ruleset = 1};
	const char *path = path_of("rules.artifact");
	char why[SL_SENTENCE_BYTES];

	if (sl_rules_compile(directory, &options, path, diagnostics, NULL) ||
	    sl_eval_open(directory, &options, diagnostics, &rig->eval))
		give_up_on_rules(diagnostics);
	sl_diagnostics_free(diagnostics);
	if (sl_artifact_open(path, &rig->artifact, why) ||
	    sl_match_set_new(rig->artifact, &rig->set, why))
		give_up("the artifact", why);
	if (sl_matcher_new(&limits, &stats, &rig->matcher) ||
	    sl_matcher_prepare(rig->matcher, rig->set))
		give_up("the matcher", "no memory");
}

static void rig_fini(struct rig *rig)
{
	sl_matcher_free(rig->matcher);
	sl_match_set_free(rig->set);
	sl_artifact_close(rig->artifact);
	sl_eval_close(rig->eval);
}

/* The same values, in slots. */
static void fill_slots(const struct sl_draw_event *event, struct sl_value *slots,
		       struct sl_text lists[SL_DRAW_FIELDS][SL_DRAW_ITEMS])
{
	for (unsigned i = 0; i < SL_DRAW_FIELDS; i++) {
		const struct sl_eval_value *value = &event->values[i];

		slots[i] = (struct sl_value){.integer = value->integer, .kind = value->type};
		if (value->type == SL_TYPE_DECIMAL)
			slots[i].decimal = value->decimal;
		if (value->type == SL_TYPE_STRING) {
			slots[i].text = value->text.at;
			slots[i].count = value->text.bytes;
		}
		if (value->type == SL_TYPE_STRINGS) {
			slots[i].list = lists[i];
			slots[i].count = value->count;
			for (uint32_t j = 0; j < value->count; j++)
				lists[i][j] =
					(struct sl_text){value->list[j].at, value->list[j].bytes};
		}
	}
}

static void match_events(struct rig *rig, const struct sl_draw_event *events, uint32_t n,
			 bool (*ret_holds)[SL_DRAW_CAMPAIGNS])
{
	static struct sl_text lists[EVENTS][SL_DRAW_FIELDS][SL_DRAW_ITEMS];
	static struct sl_value slots[EVENTS][SL_DRAW_FIELDS];
	struct sl_event list[EVENTS] = {0};
	struct sl_matches matches;

	for (uint32_t i = 0; i < n; i++) {
		fill_slots(&events[i], slots[i], lists[i]);
		list[i] = (struct sl_event){.slots = slots[i], .n_slots = SL_DRAW_FIELDS};
	}
	sl_match_burst(rig->matcher, rig->set, list, n, &matches);
	memset(ret_holds, 0, n * sizeof(*ret_holds));
	for (uint32_t i = 0; i < n; i++)
		for (uint32_t j = matches.first[i]; j < matches.first[i + 1]; j++) {
			if (j > matches.first[i] && matches.triggers[j] <= matches.triggers[j - 1])
				give_up("the matcher", "triggers are not ascending and single");
			ret_holds[i][rig->artifact->triggers[matches.triggers[j]].campaign] = true;
		}
}

static void eval_event(const struct rig *rig, const struct sl_draw_event *event,
		       enum sl_eval_answer *ret_answers)
{
	struct sl_eval_value present[SL_DRAW_FIELDS];
	size_t n = 0;

	for (unsigned i = 0; i < SL_DRAW_FIELDS; i++)
		if (event->values[i].type)
			present[n++] = event->values[i];
	sl_eval_event(rig->eval, present, n, ret_answers);
}

/* Whether a rule set of one campaign still shows the difference for the event. */
static bool differs(struct rig *rig, const struct sl_draw_event *event)
{
	enum sl_eval_answer answers[SL_DRAW_CAMPAIGNS];
	bool holds[1][SL_DRAW_CAMPAIGNS];

	match_events(rig, event, 1, holds);
	eval_event(rig, event, answers);
	return holds[0][0] != (answers[0] == SL_EVAL_TRUE);
}

static void print_text(struct sl_eval_text text)
{
	printf("\"");
	for (uint32_t i = 0; i < text.bytes; i++)
		if (text.at[i] >= ' ' && text.at[i] <= '~' && text.at[i] != '"')
			printf("%c", text.at[i]);
		else
			printf("\\x%02x", (unsigned char)text.at[i]);
	printf("\"");
}

static void print_event(const struct sl_draw_event *event)
{
	for (unsigned i = 0; i < SL_DRAW_FIELDS; i++) {
		const struct sl_eval_value *value = &event->values[i];

		if (value->type == 0)
			continue;
		printf("    %s: ", value->path);
		if (value->type == SL_TYPE_STRING)
			print_text(value->text);
		else if (value->type == SL_TYPE_DECIMAL)
			printf("%.17g", value->decimal);
		else if (value->type != SL_TYPE_STRINGS)
			printf("%lld", (long long)value->integer);
		for (uint32_t j = 0; j < value->count; j++)
			print_text(value->list[j]);
		printf("\n");
	}
}

/* Cuts the difference down and prints it. */
static void report(const struct sl_draw_rules *rules, uint32_t campaign,
		   const struct sl_draw_event *event, bool matched, uint64_t seed)
{
	struct sl_draw_event least = *event;
	struct rig rig;

	printf("seed %llu: the engine says %s, the reference says %s:\n    %s\n",
	       (unsigned long long)seed, matched ? "match" : "no match",
	       matched ? "no match" : "match", rules->conditions[campaign]);
	write_rules(rules, campaign);
	rig_init(&rig);
	if (differs(&rig, &least)) {
		for (unsigned i = 0; i < SL_DRAW_FIELDS; i++) {
			uint8_t type = least.values[i].type;

			least.values[i].type = 0;
			if (!differs(&rig, &least))
				least.values[i].type = type;
		}
	} else {
		printf("  only among the other campaigns of the set, not alone\n");
	}
	print_event(&least);
	printf("again: oracle_match --seed %llu --cases %u\n", (unsigned long long)seed, EVENTS);
	rig_fini(&rig);
}

/* One rule set and up to EVENTS events. False: a difference. */
static bool run_set(uint64_t seed, uint32_t n_events, uint64_t *n_matches)
{
	static struct sl_draw_rules rules;
	static struct sl_draw_event events[EVENTS];
	bool holds[EVENTS][SL_DRAW_CAMPAIGNS];
	uint64_t state = seed;
	bool agree = true;
	struct rig rig;

	sl_draw_rules(&state, &rules);
	for (uint32_t i = 0; i < EVENTS; i++)
		sl_draw_event(&state, &rules, &events[i]);
	write_rules(&rules, UINT32_MAX);
	rig_init(&rig);
	match_events(&rig, events, n_events, holds);
	for (uint32_t i = 0; i < n_events && agree; i++) {
		enum sl_eval_answer answers[SL_DRAW_CAMPAIGNS];

		eval_event(&rig, &events[i], answers);
		for (uint32_t c = 0; c < rules.n_campaigns && agree; c++) {
			agree = holds[i][c] == (answers[c] == SL_EVAL_TRUE);
			*n_matches += holds[i][c];
			if (!agree)
				report(&rules, c, &events[i], holds[i][c], seed);
		}
	}
	rig_fini(&rig);
	return agree;
}

int main(int argc, char **argv)
{
	uint64_t seed = 1, cases = 20000, n_matches = 0, done = 0;
	bool agree = true;

	for (int i = 1; i + 1 < argc; i += 2) {
		if (strcmp(argv[i], "--cases") == 0)
			cases = strtoull(argv[i + 1], NULL, 10);
		else if (strcmp(argv[i], "--seed") == 0)
			seed = strtoull(argv[i + 1], NULL, 10);
		else if (strcmp(argv[i], "--scan-events") == 0)
			scan_events = (uint32_t)strtoul(argv[i + 1], NULL, 10);
		else
			give_up("unknown option", argv[i]);
	}
	if (!mkdtemp(directory))
		give_up("cannot make", directory);
	printf("seed %llu\n", (unsigned long long)seed);
	for (; done < cases && agree; seed++) {
		uint32_t n = cases - done < EVENTS ? (uint32_t)(cases - done) : EVENTS;

		agree = run_set(seed, n, &n_matches);
		done += n;
	}
	printf("%llu cases, %llu matches\n", (unsigned long long)done,
	       (unsigned long long)n_matches);
	unlink(path_of("schema.yaml"));
	unlink(path_of("rules.yaml"));
	unlink(path_of("rules.artifact"));
	rmdir(directory);
	/* where hardly anything matches, agreeing proves nothing */
	return agree && (cases < 1000 || n_matches > cases / 10) ? 0 : 1;
}
