/* What is remembered against the reference: random campaigns of every pattern and streams of
 * events, through the compiler, the matcher and dataplane/state, and through rules/eval. A case is
 * one arrival (an event, a tick, a restart); a rule set has several streams of them.
 *
 *     oracle_history [--cases N] [--seed S]
 *
 * Which matches are sent is not asked here: fires are compared before anybody decides; see
 * oracle_gateway. A difference is made smaller and printed, with the seed that shows it again. In
 * the end it prints how often each construct occurred; with 10,000 cases or more none may be
 * missing. Exit status: 0 all agree, 1 not, 3 it could not look. */
#include "tests/oracle/history_engine.h"
#include "tests/oracle/history_reference.h"

#include "rules/rules.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define TRIES 1000u
#define FULL_COVERAGE_CASES 10000u

/* In memory: the compiler syncs what it writes. */
static char directory[] = "/dev/shm/sluice-oracle-XXXXXX";
static const struct sl_draw_wish wish = {.streams = SL_HISTORY_STREAMS};
static struct sl_history_case history;
static struct sl_lines ours, theirs;

static const char *path_of(const char *name)
{
	static char path[4][128];
	static unsigned next;
	char *at = path[next++ % 4];

	snprintf(at, sizeof(path[0]), "%s/%s", directory, name);
	return at;
}

static void write_rules(void)
{
	FILE *file = fopen(path_of("rules.yaml"), "w");

	if (!file)
		sl_oracle_give_up("cannot write", "rules.yaml");
	sl_history_case_write(&history, 0, file);
	fclose(file);
}

static void write_schema(void)
{
	FILE *file = fopen(path_of("schema.yaml"), "w");

	if (!file || fputs(sl_draw_history_schema, file) < 0 || fclose(file))
		sl_oracle_give_up("cannot write", "schema.yaml");
}

/* NULL: they agree. */
static const char *differ(const char **ret_theirs)
{
	struct sl_diagnostics *diagnostics = sl_diagnostics_new();
	struct sl_rules_options options = {.ruleset = 1};
	struct sl_eval_set *set;

	write_rules();
	if (sl_rules_compile(directory, &options, path_of("rules.artifact"), diagnostics, NULL) ||
	    sl_eval_open(directory, &options, diagnostics, &set))
		sl_oracle_give_up("the rules that were drawn", "do not compile");
	sl_diagnostics_free(diagnostics);
	ours.n = theirs.n = 0;
	sl_history_engine(path_of("rules.artifact"), &history, &ours);
	sl_history_reference(set, &history, &theirs);
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
	printf("again: oracle_history --seed %llu --cases 1\n", (unsigned long long)seed);
}

/* Fires have the time of the match, what came to nothing has the gate's name. */
static uint64_t count_fires(void)
{
	uint64_t n = 0;

	for (uint32_t i = 0; i < theirs.n; i++)
		n += strstr(theirs.at[i], " event ") != NULL;
	return n;
}

int main(int argc, char **argv)
{
	static struct sl_choices choices;
	static struct sl_history_coverage coverage;
	uint64_t seed = 1, cases = 5000, done = 0, n_fires = 0, n_told = 0;
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
	if (!mkdtemp(directory))
		sl_oracle_give_up("cannot make", directory);
	write_schema();
	for (; done < cases && same; seed++) {
		uint64_t fires;

		sl_oracle_at(seed);
		sl_choices_begin(&choices, seed);
		sl_history_case_draw(&history, &choices, &wish, &coverage);
		same = differ(&unused) == NULL;
		fires = count_fires();
		n_fires += fires;
		n_told += theirs.n - fires;
		done += sl_history_case_size(&history);
		if (!same)
			report(&choices, seed);
	}
	missing = sl_history_coverage_print(&coverage, SL_DRAWN_PLAIN);
	printf("%llu cases up to seed %llu; %llu matches, %llu told; %llu campaigns, %llu of them "
	       "replaced; %u never occurred\n",
	       (unsigned long long)done, (unsigned long long)seed - 1, (unsigned long long)n_fires,
	       (unsigned long long)n_told, (unsigned long long)coverage.n_campaigns,
	       (unsigned long long)coverage.n_replaced, missing);
	unlink(path_of("schema.yaml"));
	unlink(path_of("rules.yaml"));
	unlink(path_of("rules.artifact"));
	rmdir(directory);
	/* where hardly anything matches, agreeing proves nothing */
	if (!same || (cases >= 1000 &&
		      (n_fires < cases / 20 || coverage.n_replaced > coverage.n_campaigns / 4)))
		return 1;
	return cases >= FULL_COVERAGE_CASES && missing ? 1 : 0;
}
