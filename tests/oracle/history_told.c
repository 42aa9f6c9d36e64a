/* What the reference makes of histories, for tests that have only a gateway's acknowledged events.
 *
 *     history_told DIR SCHEMA EVENTS.ndjson
 *
 * Events in the order in which they were applied; an empty line ends one history, and nothing of it
 * is remembered in the next, so that the reference, which is slow, has little to look through. The
 * clock follows the events, and runs to the end behind the last one. A line of JSON for each match
 * that is sent: {"campaign":…,"key":…,"event":…,"time":…,"is_due":…,"steps":…,"data":…}. Exit
 * status: 0 done, 3 it could not look. */
#include "rules/eval/history.h"
#include "rules/rules.h"
#include "tools/sluice/eval/answer.h"
#include "tools/sluice/eval/event.h"
#include "tools/sluice/explain/moment.h"
#include "tools/sluice/explain/steps.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct telling {
	struct sl_eval_set *set;
	struct sl_event_file *event;
	struct sl_eval_history *history; /* NULL: between two */
	uint64_t events, histories;
};

_Noreturn static void give_up(const char *what)
{
	fprintf(stderr, "history_told: %s\n", what);
	exit(3);
}

static void take_decision(void *context, const struct sl_eval_decision *decision)
{
	const struct telling *telling = context;
	json_t *json;

	if (decision->gate != SL_GATE_SENT)
		return;
	json = sl_explain_decision(decision);
	json_object_set_new(json, "campaign",
			    json_string(sl_eval_name(telling->set, decision->campaign)));
	json_object_set_new(json, "key", json_stringn(decision->key.at, decision->key.bytes));
	json_dumpf(json, stdout, JSON_COMPACT);
	putchar('\n');
	json_decref(json);
}

static void end_history(struct telling *telling)
{
	if (telling->history)
		sl_eval_history_pass(telling->history, INT64_MAX);
	sl_eval_history_free(telling->history);
	telling->history = NULL;
}

static void take_line(struct telling *telling, struct sl_span line)
{
	struct sl_eval_value values[SL_FIELDS_MAX];
	struct sl_eval_arrival arrival = {.values = values};
	uint16_t n;

	if (line.bytes == 0) {
		end_history(telling);
		return;
	}
	if (!telling->history) {
		telling->histories++;
		if (sl_eval_history_new(telling->set, take_decision, telling, &telling->history))
			give_up("not enough memory");
	}
	if (!sl_event_file_decode(telling->event, line, &arrival.time_ns))
		give_up("an event that a gateway would refuse");
	telling->events++;
	arrival.now_ns = sl_eval_history_pass(telling->history, arrival.time_ns);
	sl_eval_values_of(telling->set, telling->event, values, &n);
	arrival.n_values = n;
	sl_eval_history_event(telling->history, &arrival);
}

static void read_lines(struct telling *telling, const char *path)
{
	static char text[65536 + SL_SPAN_PADDING];
	FILE *file = fopen(path, "r");

	if (!file)
		give_up(path);
	while (fgets(text, 65536, file))
		take_line(telling, (struct sl_span){(const uint8_t *)text, strcspn(text, "\n")});
	fclose(file);
	end_history(telling);
}

int main(int argc, char **argv)
{
	struct sl_rules_options options = {0};
	struct sl_diagnostics *diagnostics = sl_diagnostics_new();
	struct telling telling = {0};

	if (argc != 4)
		give_up("usage: history_told DIR SCHEMA EVENTS.ndjson");
	options.schema = argv[2];
	if (sl_eval_open(argv[1], &options, diagnostics, &telling.set))
		give_up("the campaigns have mistakes");
	if (sl_event_file_open("history_told", argv[2], NULL, &telling.event))
		give_up("the schema");
	read_lines(&telling, argv[3]);
	fprintf(stderr, "%llu events in %llu histories\n", (unsigned long long)telling.events,
		(unsigned long long)telling.histories);
	sl_event_file_close(telling.event);
	sl_eval_close(telling.set);
	sl_diagnostics_free(diagnostics);
	return 0;
}
