/* What is remembered and decided against the reference, through a whole engine: random campaigns of
 * every pattern with limits, priorities and groups, streams of events that come late and twice,
 * over 1, 2, 4 or 7 workers, rule sets that change meanwhile, clocks that pass the edges of
 * `valid`, and gateways that are killed and go on from their journal with another number of
 * workers. A case is one arrival (an event, a tick, a reload, a restart).
 *
 *     oracle_gateway [--cases N] [--seed S]
 *
 * All decisions are compared: matches with id, time, steps and data, and what was not sent. A
 * difference is made smaller and printed, with the seed that shows it again. With 10,000 cases or
 * more nothing may be missing that can be drawn. Exit status: 0 all agree, 1 not, 3 it could not
 * look. */
#include "tests/oracle/history_gateway.h"
#include "tests/oracle/history_reference.h"

#include "rules/rules.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define TRIES 300u
#define FULL_COVERAGE_CASES 10000u

/* In memory: the compiler syncs what it writes. */
static char directories[2][64] = {"/dev/shm/sluice-oracle-XXXXXX", "/dev/shm/sluice-oracle-XXXXXX"};
static char artifacts[2][96];
static const struct sl_draw_wish wish = {
	.streams = SL_HISTORY_STREAMS, .decided = true, .reloaded = true};
static struct sl_history_case history;
static struct sl_lines ours, theirs;

static FILE *create(unsigned rules, const char *name)
{
	char path[256];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", directories[rules], name);
	file = fopen(path, "w");
	if (!file)
		sl_oracle_give_up("cannot write", path);
	return file;
}

static void compile(unsigned rules, struct sl_diagnostics *diagnostics)
{
	struct sl_rules_options options = {.ruleset = 1 + rules,
					   .previous = rules ? artifacts[0] : NULL};
	FILE *file = create(rules, "rules.yaml");
	const struct sl_diagnostic *list;

	sl_history_case_write(&history, rules, file);
	fclose(file);
	if (!sl_rules_compile(directories[rules], &options, artifacts[rules], diagnostics, NULL))
		return;
	sl_history_case_print(&history);
	sl_oracle_give_up("the rules that were drawn do not compile",
			  sl_diagnostics_all(diagnostics, &list) ? list[0].message : "");
}

/* NULL: they agree. */
static const char *differ(const char **ret_theirs)
{
	const char *const paths[2] = {artifacts[0], artifacts[1]};
	struct sl_diagnostics *diagnostics = sl_diagnostics_new();
	struct sl_eval_set *set;

	compile(0, diagnostics);
	compile(1, diagnostics);
	if (sl_eval_open(directories[0], NULL, diagnostics, &set))
		sl_oracle_give_up("the reference", "does not open");
	sl_diagnostics_free(diagnostics);
	ours.n = theirs.n = 0;
	sl_history_gateway(paths, &history, &ours);
	sl_history_reference_decided(set, &history, &theirs);
	sl_eval_close(set);
	sl_lines_sort(&ours);
	sl_lines_sort(&theirs);
	return sl_lines_differ(&ours, &theirs, ret_theirs);
}

static bool still_differs(struct sl_choices *choices)
{
	const char *unused;

	sl_history_case_draw(&history, choices, &wish, NULL);
	return differ(&unused) != NULL;
}

static void report(struct sl_choices *choices, uint64_t seed)
{
	const char *a, *b = "";

	printf("seed %llu: engine and reference differ\n", (unsigned long long)seed);
	sl_choices_shrink(choices, TRIES, still_differs);
	sl_history_case_draw(&history, choices, &wish, NULL);
	a = differ(&b);
	if (!a) {
		printf("  only in the whole, and not again\n");
		return;
	}
	sl_history_case_print(&history);
	printf("engine:    %s\nreference: %s\n", a, b);
	printf("again: oracle_gateway --seed %llu --cases 1\n", (unsigned long long)seed);
}

/* ---- what occurred ------------------------------------------------------------------------- */

static const enum sl_gate gates[] = {SL_GATE_SENT, SL_GATE_LIMIT,     SL_GATE_OUTRANKED,
				     SL_GATE_LATE, SL_GATE_RUNS_FULL, SL_GATE_VALIDITY};

#define GATES (sizeof(gates) / sizeof(gates[0]))

static uint64_t n_gates[GATES], n_workers[8], n_again, n_reloads, n_restarts, n_clocks;

static void count_case(void)
{
	for (uint32_t i = 0; i < theirs.n; i++)
		for (unsigned g = 0; g < GATES; g++) {
			char word[32];

			snprintf(word, sizeof(word), " %s ", sl_gate_name(gates[g]));
			n_gates[g] += strstr(theirs.at[i], word) != NULL;
		}
	for (unsigned s = 0; s < history.n_streams; s++) {
		const struct sl_history_stream *stream = &history.streams[s];

		n_workers[stream->workers]++;
		for (uint32_t i = 0; i < stream->n; i++) {
			n_again += stream->arrivals[i].again != 0;
			n_reloads += stream->arrivals[i].kind == SL_ARRIVAL_RELOAD;
			n_clocks += stream->arrivals[i].kind == SL_ARRIVAL_CLOCK;
			n_restarts +=
				stream->on_disk && stream->arrivals[i].kind == SL_ARRIVAL_RESTART;
		}
	}
}

static unsigned print_gates(void)
{
	unsigned missing = n_again == 0;

	missing += (n_reloads == 0) + (n_restarts == 0) + (n_clocks == 0);
	printf("again %llu reloads %llu restarts %llu clocks %llu", (unsigned long long)n_again,
	       (unsigned long long)n_reloads, (unsigned long long)n_restarts,
	       (unsigned long long)n_clocks);
	for (unsigned g = 0; g < GATES; g++) {
		printf(" %s %llu", sl_gate_name(gates[g]), (unsigned long long)n_gates[g]);
		missing += n_gates[g] == 0;
	}
	for (unsigned w = 1; w < 8; w++)
		if (w == 1 || w == 2 || w == 4 || w == 7) {
			printf(" %u-workers %llu", w, (unsigned long long)n_workers[w]);
			missing += n_workers[w] == 0;
		}
	printf("\n");
	return missing;
}

static void make_directories(void)
{
	for (unsigned i = 0; i < 2; i++) {
		FILE *file;

		if (!mkdtemp(directories[i]))
			sl_oracle_give_up("cannot make", directories[i]);
		snprintf(artifacts[i], sizeof(artifacts[i]), "%.63s/rules.artifact",
			 directories[i]);
		file = create(i, "schema.yaml");
		fputs(sl_draw_history_schema, file);
		fclose(file);
	}
}

static void remove_directories(void)
{
	static const char *const names[] = {"schema.yaml", "rules.yaml", "rules.artifact"};
	char path[256];

	for (unsigned i = 0; i < 2; i++) {
		for (unsigned k = 0; k < 3; k++) {
			snprintf(path, sizeof(path), "%s/%s", directories[i], names[k]);
			unlink(path);
		}
		rmdir(directories[i]);
	}
}

int main(int argc, char **argv)
{
	static struct sl_choices choices;
	static struct sl_history_coverage coverage;
	uint64_t seed = 1, cases = 2000, done = 0;
	const char *unused;
	bool same = true;
	unsigned missing;

	for (int i = 1; i + 1 < argc; i += 2) {
		if (strcmp(argv[i], "--cases") == 0)
			cases = strtoull(argv[i + 1], NULL, 10);
		else if (strcmp(argv[i], "--seed") == 0)
			seed = strtoull(argv[i + 1], NULL, 10);
		else
			sl_oracle_give_up("unknown option", argv[i]);
	}
	make_directories();
	for (; done < cases && same; seed++) {
		sl_oracle_at(seed);
		sl_choices_begin(&choices, seed);
		sl_history_case_draw(&history, &choices, &wish, &coverage);
		same = differ(&unused) == NULL;
		count_case();
		done += sl_history_case_size(&history);
		if (!same)
			report(&choices, seed);
	}
	missing = sl_history_coverage_print(&coverage, SL_DRAWN_KINDS);
	missing += print_gates();
	printf("%llu cases up to seed %llu; %u never occurred\n", (unsigned long long)done,
	       (unsigned long long)seed - 1, missing);
	remove_directories();
	/* where hardly anything is sent, agreeing proves nothing */
	if (!same || (cases >= 1000 && n_gates[0] < cases / 20))
		return 1;
	return cases >= FULL_COVERAGE_CASES && missing ? 1 : 0;
}
