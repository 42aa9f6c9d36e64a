/* The matcher against the reference evaluator: random schemas, campaigns of all of CEL, and events,
 * through the compiler, the artifact and everything that files and confirms, and through
 * rules/eval. A case is one event under one rule set.
 *
 *     oracle_match [--cases N] [--seed S] [--scan-events N]
 *
 * A difference is made smaller, choice by choice: campaigns, fields, parts of conditions; and
 * printed with the seed that shows it again. In the end it prints how often each operator, function
 * and opcode occurred; with 10,000 cases or more none may be missing. Exit status: 0 all agree, 1
 * not, 3 it could not look. */
#include "base/artifact.h"
#include "match/match.h"
#include "rules/campaign/set_priv.h"
#include "rules/eval/eval.h"
#include "sluice/error.h"
#include "tests/oracle/draw.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define EVENTS 32u
#define TRIES 3000u /* at a smaller case */
#define FULL_COVERAGE_CASES 10000u

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
static uint64_t functions[SL_FUNCTION_COUNT], opcodes[SL_OP_COUNT];
static uint64_t n_campaigns, n_replaced; /* drawn; of them those that no author could load */
static bool counting;

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

static void print_schema(const struct sl_draw_rules *rules, FILE *file)
{
	static const char *const types[] = {
		[SL_TYPE_STRING] = "string",   [SL_TYPE_INT] = "int",
		[SL_TYPE_DECIMAL] = "decimal", [SL_TYPE_BOOL] = "bool",
		[SL_TYPE_TIME] = "time",       [SL_TYPE_STRINGS] = "strings"};

	fprintf(file, "schema: oracle\nfields:\n");
	for (unsigned i = 0; i < SL_DRAW_FIELDS; i++)
		fprintf(file, "  %s: {type: %s%s}\n", sl_draw_path(i), types[rules->types[i]],
			i ? "" : ", role: key, required: true");
}

static void print_campaign(const struct sl_draw_rules *rules, uint32_t i, FILE *file)
{
	fprintf(file,
		"---\ncampaign: c%02u\nowner: oracle\nkind: service\nmatch: |\n  %s\n"
		"send: {channel: push, template: T}\n",
		i, rules->conditions[i]);
}

static void write_rules(const struct sl_draw_rules *rules)
{
	FILE *file = create(path_of("schema.yaml"));

	print_schema(rules, file);
	fclose(file);
	file = create(path_of("rules.yaml"));
	for (uint32_t i = 0; i < rules->n_campaigns; i++)
		print_campaign(rules, i, file);
	fclose(file);
}

/* Whether the campaign is one that an author could load: a constant that fails, or types that fit
 * nothing, are mistakes. */
static bool is_loadable(const struct sl_draw_rules *rules, uint32_t i)
{
	static char schema[1024], campaign[SL_DRAW_CONDITION_BYTES + 256];
	struct sl_diagnostics *diagnostics = sl_diagnostics_new();
	struct sl_rules_set set;
	FILE *file = fmemopen(schema, sizeof(schema), "w");
	bool good;

	print_schema(rules, file);
	fclose(file);
	file = fmemopen(campaign, sizeof(campaign), "w");
	print_campaign(rules, i, file);
	fclose(file);
	if (sl_rules_set_load_text(sl_slice_of(schema), sl_slice_of(campaign), NULL, diagnostics,
				   &set))
		give_up("a campaign", "no memory");
	good = sl_diagnostics_count(diagnostics, SL_SEVERITY_ERROR) == 0;
	sl_rules_set_fini(&set);
	sl_diagnostics_free(diagnostics);
	return good;
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

/* ---- cases --------------------------------------------------------------------------------- */

struct difference {
	uint32_t campaign, event;
	bool matched;
};

static struct sl_draw_rules rules;
static struct sl_draw_event events[EVENTS];
static uint32_t n_events;

static void draw_case(struct sl_choices *choices, uint32_t most)
{
	sl_draw_rules(choices, &rules);
	for (uint32_t i = 0; i < rules.n_campaigns; i++) {
		bool good = is_loadable(&rules, i);

		n_campaigns += counting;
		n_replaced += counting && !good;
		if (!good)
			strcpy(rules.conditions[i], "true");
	}
	n_events = most;
	for (uint32_t i = 0; i < n_events; i++)
		sl_draw_event(choices, &rules, &events[i]);
}

static void count_functions(const struct sl_expr *expr)
{
	if (expr->kind == SL_EXPR_CALL)
		functions[expr->function]++;
	for (uint32_t i = 0; i < expr->n_args; i++)
		count_functions(expr->args[i]);
}

static void count(const struct rig *rig)
{
	for (uint32_t i = 0; i < sl_eval_campaigns(rig->eval); i++)
		count_functions(sl_eval_condition(rig->eval, i));
	for (uint32_t i = 0; i < rig->artifact->n_code; i++)
		opcodes[rig->artifact->code[i].op]++;
}

/* The case at hand through both. False: a difference. */
static bool agree(uint64_t *n_matches, struct difference *ret_difference)
{
	bool holds[EVENTS][SL_DRAW_CAMPAIGNS], same = true;
	struct rig rig;

	write_rules(&rules);
	rig_init(&rig);
	match_events(&rig, events, n_events, holds);
	for (uint32_t i = 0; i < n_events && same; i++) {
		enum sl_eval_answer answers[SL_DRAW_CAMPAIGNS];

		eval_event(&rig, &events[i], answers);
		for (uint32_t c = 0; c < rules.n_campaigns && same; c++) {
			same = holds[i][c] == (answers[c] == SL_EVAL_TRUE);
			*n_matches += holds[i][c];
			if (!same)
				*ret_difference = (struct difference){c, i, holds[i][c]};
		}
	}
	if (counting)
		count(&rig);
	rig_fini(&rig);
	return same;
}

/* ---- a difference -------------------------------------------------------------------------- */

static bool still_differs(struct sl_choices *choices)
{
	struct difference difference;
	uint64_t n_matches = 0;

	draw_case(choices, EVENTS);
	return !agree(&n_matches, &difference);
}

static void report(struct sl_choices *choices, uint64_t seed)
{
	struct difference difference = {0};
	uint64_t n_matches = 0;

	counting = false;
	printf("seed %llu: matcher and reference differ\n", (unsigned long long)seed);
	sl_choices_shrink(choices, TRIES, still_differs);
	draw_case(choices, EVENTS);
	if (agree(&n_matches, &difference)) {
		printf("  only in the whole, and not again\n");
	} else {
		printf("made smaller; of c%02u the matcher says %s, the reference %s:\n",
		       difference.campaign, difference.matched ? "match" : "no match",
		       difference.matched ? "no match" : "match");
		for (uint32_t i = 0; i < rules.n_campaigns; i++)
			printf("    c%02u: %s\n", i, rules.conditions[i]);
		print_event(&events[difference.event]);
	}
	printf("again: oracle_match --seed %llu --cases %u --scan-events %u\n",
	       (unsigned long long)seed, EVENTS, scan_events);
}

/* ---- coverage ------------------------------------------------------------------------------ */

/* Opcodes that no condition of a campaign has: names bound from outside; faults that are mistakes
 * in a campaign; and END, which none needs. */
static bool is_of_campaigns(int opcode)
{
	return opcode != SL_OP_BOUND && opcode != SL_OP_HAS_BOUND && opcode != SL_OP_FAIL &&
	       opcode != SL_OP_END;
}

static unsigned print_coverage(void)
{
	static const char *const names[SL_OP_COUNT] = {
#define SL_OPCODE(name, text, ...) [SL_OP_##name] = text,
#include "sluice/opcodes.def"
#undef SL_OPCODE
	};
	unsigned missing = 0;

	printf("functions:");
	for (int i = 1; i < SL_FUNCTION_COUNT; i++) {
		printf(" %s %llu", sl_function_info((enum sl_function)i)->text,
		       (unsigned long long)functions[i]);
		missing += functions[i] == 0;
	}
	printf("\nopcodes:");
	for (int i = 0; i < SL_OP_COUNT; i++) {
		printf(" %s %llu", names[i], (unsigned long long)opcodes[i]);
		missing += is_of_campaigns(i) && opcodes[i] == 0;
	}
	printf("\n");
	return missing;
}

/* Runs cases until one differs. The number of those done. */
static uint64_t run_cases(uint64_t seed, uint64_t cases, uint64_t *n_matches, bool *ret_agree)
{
	static struct sl_choices choices;
	struct difference difference;
	uint64_t done = 0;

	*ret_agree = true;
	for (; done < cases && *ret_agree; seed++) {
		uint32_t most = cases - done < EVENTS ? (uint32_t)(cases - done) : EVENTS;

		sl_choices_begin(&choices, seed);
		draw_case(&choices, most);
		*ret_agree = agree(n_matches, &difference);
		done += n_events;
		if (!*ret_agree)
			report(&choices, seed);
	}
	return done;
}

int main(int argc, char **argv)
{
	uint64_t seed = 1, cases = 20000, n_matches = 0, done;
	unsigned missing;
	bool same;

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
	counting = true;
	done = run_cases(seed, cases, &n_matches, &same);
	missing = print_coverage();
	printf("%llu cases, %llu matches; %llu campaigns, %llu of them replaced; "
	       "%u never occurred\n",
	       (unsigned long long)done, (unsigned long long)n_matches,
	       (unsigned long long)n_campaigns, (unsigned long long)n_replaced, missing);
	unlink(path_of("schema.yaml"));
	unlink(path_of("rules.yaml"));
	unlink(path_of("rules.artifact"));
	rmdir(directory);
	/* where hardly anything matches, agreeing proves nothing */
	if (!same || (cases >= 1000 && (n_matches < cases / 10 || n_replaced > n_campaigns / 4)))
		return 1;
	return cases >= FULL_COVERAGE_CASES && missing ? 1 : 0;
}
