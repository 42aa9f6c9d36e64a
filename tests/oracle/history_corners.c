/* The corner cases of rules/grammar.md, a row or more each: what the engine and the reference make
 * of them is what the table says. A row's events are `type@second`, with `tN` or `#amount` behind;
 * a tick is `|second`; what comes of it are the ids of the completing events, `!` before a due
 * time, `late` and `runs_full` by name. */
#include "tests/oracle/history_engine.h"
#include "tests/oracle/history_reference.h"

#include "rules/rules.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define BEGIN_S 1795273200ll

#define AB "match:\n    - s0: type == \"a\"\n    - s1: type == \"b\"\n      within: 5s\n"
#define A_NOT_B "match:\n    - s0: type == \"a\"\n    - not: type == \"b\"\n      within: 5s\n"
#define NOT_B_A "match:\n    - not: type == \"b\"\n      within: 5s\n    - s0: type == \"a\"\n"
#define A_NOT_B_C                                                                                  \
	"match:\n    - s0: type == \"a\"\n    - not: type == \"b\"\n    - s1: type == \"c\"\n"     \
	"      within: 5s\n"
#define AA "match:\n    - s0: type == \"a\"\n    - s1: type == \"a\"\n      within: 5s\n"
#define A_TWICE "match:\n    - s0: type == \"a\"\n      times: {from: 2}\n      within: 9s\n"
#define A_TWICE_NOT_B A_TWICE "    - not: type == \"b\"\n      within: 5s\n"
#define A_UNTIL_B                                                                                  \
	"match:\n    - s0: type == \"a\"\n      times: {from: 2}\n      until: type == \"b\"\n"    \
	"      within: 9s\n"
#define SLIDING "match:\n    - s0: type == \"a\"\n      window: 5s\n      count: 2\n"
#define TUMBLING                                                                                   \
	"match:\n    - s0: type == \"a\"\n      window: {tumbling: 5s}\n"                          \
	"      having: count() >= 1\n      fire: at_end\n"
#define SESSION                                                                                    \
	"match:\n    - s0: type == \"a\"\n      window: {session: 5s}\n"                           \
	"      having: count() >= 1\n      fire: at_end\n"
#define DAY                                                                                        \
	"match:\n    - s0: type == \"a\"\n      window: {calendar: day, zone: Europe/Berlin}\n"    \
	"      having: count() >= 1\n      fire: at_end\n"
#define NOT_ANY_A "match:\n    - not: type != \"x\"\n      within: 5s\n    - s0: type == \"a\"\n"
#define SUM                                                                                        \
	"match:\n    - s0: type == \"a\"\n      window: {tumbling: 5s}\n"                          \
	"      having: sum(amount) >= 1\n"
#define ALL                                                                                        \
	"match:\n  all:\n  -\n    - s0: type == \"a\"\n    - s1: type == \"b\"\n"                  \
	"      within: 5s\n  -\n    - s2: type == \"c\"\n    - s3: type == \"d\"\n"                \
	"      within: 5s\n  within: 5s\n"

static const struct corner {
	const char *what, *rules, *events, *comes;
} corners[] = {
	{"two of one time", AB, "a@0 b@0", "e1"},
	{"two of one time, the other way round", AB, "b@0 a@0", ""},
	{"older than the event before", AB, "a@2 b@1", ""},
	{"exactly at the end", AB, "a@0 b@5", "e1"},
	{"behind the end", AB, "a@0 b@6", ""},
	{"at the due instant", A_NOT_B, "a@0 b@5 |6", ""},
	{"behind the due instant", A_NOT_B, "a@0 b@6 |7", "!5"},
	{"the tick at the due instant", A_NOT_B, "a@0 |5 b@5", ""},
	{"exactly D before", NOT_B_A, "b@0 a@5", ""},
	{"longer than D before", NOT_B_A, "b@0 a@6", "e1"},
	{"the next step goes before neighbours", AA "neighbours: strict\n", "a@0 a@1", "e1"},
	{"a match begins nothing", AA, "a@0 a@1 a@2", "e1"},
	{"nor does it here", AA "after_match: skip_past_last\n", "a@0 a@1 a@2", "e1"},
	{"a match begins a run", AA "after_match: overlap\n", "a@0 a@1 a@2", "e1 e2"},
	{"who ends a run begins one", A_NOT_B_C, "a@0 b@1 a@2 c@3", "e3"},
	{"a not between", A_NOT_B_C, "a@0 b@1 c@3", ""},
	{"several complete at once", AB "after_match: skip_past_last\n", "a@0 a@1 b@2", "e2"},
	{"each by itself", AB "after_match: overlap\n", "a@0 a@1 b@2", "e2 e2"},
	{"as often as need be", A_TWICE, "a@0 a@1", "e1"},
	{"each further one puts it off", A_TWICE_NOT_B, "a@0 a@1 a@3 |20", "!8"},
	{"until too early", A_UNTIL_B, "a@0 b@1 a@2 a@3 b@4", "e4"},
	{"late, and what it would change is over", AB, "a@0 |9 b@3", "late"},
	{"late, and it counts", AB, "a@0 |4 b@3", "e2"},
	{"open at the old end", SLIDING, "a@0 a@5", ""},
	{"closed at the young end", SLIDING, "a@1 a@5", "e1"},
	{"late in a window that slides", SLIDING, "a@4 |5 a@2", "e2"},
	{"the end belongs to the next", TUMBLING, "a@0 a@5 |10", "!5 !10"},
	{"it closes when the tick reaches its end", TUMBLING, "a@4 |4", "!5"},
	{"exactly G after the last", SESSION, "a@0 a@5 |11", "!10"},
	{"longer than G after the last", SESSION, "a@0 a@6 |12", "!5 !11"},
	{"two sessions become one", SESSION, "a@0 a@8 a@4 |20", "!13"},
	{"a day of 25 hours", DAY, "a@-2394000 a@-2304001 |0", "!-2304000"},
	{"a not in front and the start", NOT_ANY_A, "a@0 a@3 a@9", "e0 e2"},
	{"a sum beyond 64 bits", SUM, "a@0#9223372036854775807 a@1#9223372036854775807", "e0"},
	{"all runs taken", AB "after_match: overlap\nruns: 1\n", "a@0 a@1 b@2", "runs_full e2"},
	{"a list completed twice", ALL, "a@0 b@1 a@2 b@3 c@7 d@8", "e5"},
	{"lists too far apart", ALL, "a@0 b@1 c@7 d@8", ""},
};

static char directory[] = "/dev/shm/sluice-oracle-XXXXXX";
static struct sl_lines engine, reference;

static const char *path_of(const char *name)
{
	static char path[2][128];
	static unsigned next;
	char *at = path[next++ % 2];

	snprintf(at, sizeof(path[0]), "%s/%s", directory, name);
	return at;
}

static void write_text(const char *name, const char *head, const char *text, const char *tail)
{
	FILE *file = fopen(path_of(name), "w");

	if (!file || fprintf(file, "%s%s%s", head, text, tail) < 0 || fclose(file))
		sl_oracle_give_up("cannot write", name);
}

static void read_events(const char *text, struct sl_history_stream *ret_stream)
{
	*ret_stream = (struct sl_history_stream){0};
	while (*text) {
		struct sl_draw_arrival *arrival = &ret_stream->arrivals[ret_stream->n++];
		char *end;

		arrival->kind = *text == '|' ? SL_ARRIVAL_TICK : SL_ARRIVAL_EVENT;
		strcpy(arrival->customer, "C");
		if (*text != '|')
			arrival->type[0] = *text++;
		arrival->time_ns = (BEGIN_S + strtoll(text + 1, &end, 10)) * 1000000000ll;
		if (*end == '#') {
			arrival->has_amount = true;
			arrival->amount = strtoll(end + 1, &end, 10);
		}
		text = end + (*end == ' ');
	}
}

/* As a row says it, in the order of lines: what was told stands behind what matched. */
static void summarize(const struct sl_lines *lines, char *ret_text, size_t room)
{
	ret_text[0] = 0;
	for (uint32_t i = 0; i < lines->n; i++) {
		const char *due = strstr(lines->at[i], " due "), *event;
		char word[64];

		event = strstr(lines->at[i], " event ");
		if (due)
			snprintf(word, sizeof(word), "!%lld",
				 strtoll(due + 5, NULL, 10) / 1000000000ll - BEGIN_S);
		else if (event)
			snprintf(word, sizeof(word), "%.*s", (int)strcspn(event + 7, " "),
				 event + 7);
		else
			snprintf(word, sizeof(word), "%.*s",
				 (int)strcspn(strrchr(lines->at[i], ' ') + 1, "|"),
				 strrchr(lines->at[i], ' ') + 1);
		snprintf(ret_text + strlen(ret_text), room - strlen(ret_text), "%s%s",
			 ret_text[0] ? " " : "", word);
	}
}

static bool is_as_said(const struct corner *corner)
{
	static struct sl_history_case history = {.n_streams = 1};
	struct sl_diagnostics *diagnostics = sl_diagnostics_new();
	struct sl_rules_options options = {.ruleset = 1};
	struct sl_eval_set *set;
	char ours[256], theirs[256];

	write_text("rules.yaml", "campaign: c0\nowner: o\nkind: service\n", corner->rules,
		   "send: {channel: push, template: T}\n");
	if (sl_rules_compile(directory, &options, path_of("rules.artifact"), diagnostics, NULL) ||
	    sl_eval_open(directory, &options, diagnostics, &set))
		sl_oracle_give_up(corner->what, "does not compile");
	sl_diagnostics_free(diagnostics);
	read_events(corner->events, &history.streams[0]);
	engine.n = reference.n = 0;
	sl_history_engine(path_of("rules.artifact"), &history, &engine);
	sl_history_reference(set, &history, &reference);
	sl_eval_close(set);
	sl_lines_sort(&engine);
	sl_lines_sort(&reference);
	summarize(&engine, ours, sizeof(ours));
	summarize(&reference, theirs, sizeof(theirs));
	if (!strcmp(ours, corner->comes) && !strcmp(theirs, corner->comes))
		return true;
	printf("%s: `%s` is to come to `%s`: engine `%s`, reference `%s`\n", corner->what,
	       corner->events, corner->comes, ours, theirs);
	return false;
}

int main(void)
{
	unsigned wrong = 0, n = sizeof(corners) / sizeof(corners[0]);

	if (!mkdtemp(directory))
		sl_oracle_give_up("cannot make", directory);
	write_text("schema.yaml", "", sl_draw_history_schema, "");
	for (unsigned i = 0; i < n; i++)
		wrong += !is_as_said(&corners[i]);
	unlink(path_of("schema.yaml"));
	unlink(path_of("rules.yaml"));
	unlink(path_of("rules.artifact"));
	rmdir(directory);
	printf("%u corner cases, %u not as said\n", n, wrong);
	return wrong != 0;
}
