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
#define AB_YEAR "match:\n    - s0: type == \"a\"\n    - s1: type == \"b\"\n      within: 366d\n"
#define AB_SHORT "match:\n    - s0: type == \"a\"\n    - s1: type == \"b\"\n      within: 1ms\n"
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
#define A_TWICE_B A_TWICE "    - s1: type == \"b\"\n      within: 3s\n"
#define A_UNTIL_A                                                                                  \
	"match:\n    - s0: type == \"a\"\n      times: {from: 1}\n      until: type == \"a\"\n"    \
	"      within: 9s\n"
#define A_THREE "match:\n    - s0: type == \"a\"\n      times: 3\n      within: 9s\n"
#define A_TWO_TO_THREE_B                                                                           \
	"match:\n    - s0: type == \"a\"\n      times: {from: 2, to: 3}\n      within: 9s\n"       \
	"    - s1: type == \"b\"\n      within: 9s\n"
#define ANY_TWO                                                                                    \
	"match:\n  any:\n  -\n    - s0: type == \"a\"\n    - s1: type == \"b\"\n"                  \
	"      within: 9s\n  -\n    - s2: type == \"c\"\n    - s3: type in [\"b\", \"d\"]\n"       \
	"      within: 9s\n"
#define ALL_ONE                                                                                    \
	"match:\n  all:\n  -\n    - s0: type == \"a\"\n  -\n    - s1: type in [\"a\", \"b\"]\n  "  \
	"within: 5s\n"
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
#define CALENDAR(unit)                                                                             \
	"match:\n    - s0: type == \"a\"\n      window: {calendar: " unit                          \
	", zone: Europe/Berlin}\n"                                                                 \
	"      having: count() >= 1\n      fire: at_end\n"
#define HOUR CALENDAR("hour")
#define WEEK CALENDAR("week")
#define MONTH CALENDAR("month")
#define OPEN_SUM                                                                                   \
	"match:\n    - s0: type == \"a\"\n      window: {tumbling: 5s}\n"                          \
	"      having: sum(amount) >= 5\n"
#define SLIDING_THEN_B SLIDING "    - s1: type == \"b\"\n      within: 5s\n"
#define KEPT_SUM                                                                                   \
	"match:\n    - s0: type == \"a\"\n      window: 9s\n      having: sum(amount) >= 6\n"      \
	"      keep: 2\n"
#define KEPT_VALUES                                                                                \
	"match:\n    - s0: type == \"a\"\n      window: {tumbling: 60s}\n"                         \
	"      having: distinct(amount) >= 2 && count() >= 4\n      keep: 2\n"
#define VALUES                                                                                     \
	"match:\n    - s0: type == \"a\"\n      window: 5s\n      having: distinct(amount) >= 2\n"
#define LEAST                                                                                      \
	"match:\n    - s0: type == \"a\"\n      window: {tumbling: 60s}\n      having: "           \
	"min(amount) < 3\n"
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
	{"a further one behind the due instant", A_TWICE_NOT_B, "a@0 a@1 a@8 |20", "!6"},
	{"a further one at the due instant", A_TWICE_NOT_B, "a@0 a@1 a@6 |20", "!11"},
	{"a further one when the next is over", A_TWICE_B, "a@0 a@1 a@5 b@6", ""},
	{"what must not come, at the instant of the start", A_NOT_B, "a@0 b@0 |9", ""},
	{"what must not come, at that instant and before", A_NOT_B, "b@0 a@0 |9", "!5"},
	{"a start at the due instant", A_NOT_B, "a@0 a@5 |20", "!5"},
	{"a start behind the due instant", A_NOT_B, "a@0 a@6 |20", "!5 !11"},
	{"one that is over has its place until the tick", A_NOT_B "after_match: overlap\nruns: 1\n",
	 "a@0 a@6 |20", "runs_full !5"},
	{"and not behind it", A_NOT_B "after_match: overlap\nruns: 1\n", "a@0 |6 a@6 |20",
	 "!5 !11"},
	{"until is not asked of the first", A_UNTIL_A, "a@0 a@1 a@2", "e1"},
	{"until at the end of within", A_UNTIL_B, "a@0 a@1 b@9", "e2"},
	{"until behind the end of within", A_UNTIL_B, "a@0 a@1 b@10", ""},
	{"times at the end of within", A_THREE, "a@0 a@1 a@9", "e2"},
	{"times behind the end of within", A_THREE, "a@0 a@1 a@10 a@11 a@12", "e4"},
	{"more than `to`", A_TWO_TO_THREE_B, "a@0 a@1 a@2 a@3 b@4", "e4"},
	{"one event, two lists", ANY_TWO, "a@0 c@1 b@2", "e2"},
	{"one list ends the other", ANY_TWO, "a@0 c@1 b@2 d@3", "e2"},
	{"what began later goes on", ANY_TWO "after_match: overlap\n", "a@0 c@1 b@2 d@3", "e2 e2"},
	{"one event is all of it", ALL_ONE, "a@0", "e0"},
	{"the younger completion counts", ALL_ONE, "b@0 b@4 a@8", "e2"},
	{"the month has 28 days", MONTH, "a@8582399 a@8582400 |20000000", "!8582400 !11257200"},
	{"a leap day", MONTH, "a@40118400 a@40204799 |50000000", "!40204800"},
	{"a day of 23 hours", DAY, "a@-20534400 a@-20451601 |0", "!-20451600"},
	{"a week with a day of 23 hours", WEEK, "a@-21052800 a@-20451601 |0", "!-20451600"},
	{"a week from year to year", WEEK, "a@3139200 a@3743999 |9999999", "!3744000"},
	{"an hour that comes twice", HOUR, "a@-2386800 a@-2379601 |0", "!-2379600"},
	{"an hour that does not come", HOUR, "a@-20527201 a@-20527200 |0", "!-20527200 !-20523600"},
	{"it holds again", OPEN_SUM "after_match: overlap\n", "a@0#5 a@1#1 a@2#1", "e0 e1 e2"},
	{"it holds no more, and again", OPEN_SUM "after_match: overlap\n", "a@0#5 a@1#-3 a@2#4",
	 "e0 e2"},
	{"once is enough", OPEN_SUM, "a@0#5 a@1#1", "e0"},
	{"a window while a run is under way", SLIDING_THEN_B, "a@0 a@1 a@2 a@3 b@4 a@5 b@6",
	 "e4 e6"},
	{"more than it keeps", KEPT_SUM, "a@0#4 a@1#1 a@2#1 a@3#5", "e3"},
	{"older than all that it keeps", KEPT_SUM, "a@3#1 a@4#1 a@2#9", "late"},
	{"more values than it keeps", KEPT_VALUES, "a@0#1 a@1#2 a@2#3 a@3#4", "e3"},
	{"the youngest of each value", VALUES, "a@0#1 a@4#1 a@5#2", "e2"},
	{"the value is too old", VALUES, "a@0#1 a@5#2", ""},
	{"none has the field", LEAST, "a@0 a@1", ""},
	{"a later one has it", LEAST, "a@0 a@1#2", "e1"},
	{"an older not in front", NOT_B_A, "b@4 |0 b@0 a@6", ""},
	{"a year, to the end", AB_YEAR, "a@0 b@31622400", "e1"},
	{"a year, and a second", AB_YEAR, "a@0 b@31622401", ""},
	{"a thousandth, to the end", AB_SHORT, "a@0 b@0", "e1"},
	{"a thousandth, and a second", AB_SHORT, "a@0 b@1", ""},
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
			snprintf(word, sizeof(word), "%.*s", (int)strcspn(event + 7, " |"),
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
