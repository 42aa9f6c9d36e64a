#include "tools/sluice/rulesets/load_answer.h"

#include "tools/sluice/commands/commands.h"
#include "tools/sluice/gateway/api.h"
#include "tools/sluice/rulesets/verdict.h"

#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

const char *sl_load_author(const char *given)
{
	const struct passwd *user = given ? NULL : getpwuid(getuid());

	return given ? given : user ? user->pw_name : "";
}

/* " (1200 live keys)"; of several patterns each: " (1200 + 3 live keys)". Nothing where nobody
 * counted. */
static void print_live(const json_t *change)
{
	const json_t *live = json_object_get(change, "live"), *keys;
	size_t i;

	if (!json_array_size(live))
		return;
	json_array_foreach(live, i, keys)
		printf("%s%" JSON_INTEGER_FORMAT, i ? " + " : " (", json_integer_value(keys));
	printf(" live key%s)",
	       i == 1 && json_integer_value(json_array_get(live, 0)) == 1 ? "" : "s");
}

static json_int_t count_live(const json_t *change)
{
	const json_t *keys;
	json_int_t sum = 0;
	size_t i;

	json_array_foreach(json_object_get(change, "live"), i, keys) sum +=
		json_integer_value(keys);
	return sum;
}

/* How many are kept, and by name what is not; each with the keys that it was counted of. */
static void print_remembered(const json_t *list)
{
	static const struct {
		const char *what, *says;
	} lists[] = {
		{"drained", "what is under way ends as it began"},
		{"reset", "what they remember is forgotten"},
		{"gone", "no longer there: what they remember is forgotten"},
	};
	const json_t *item;
	size_t i, kept = 0;
	json_int_t live = 0;
	bool counted = false;

	json_array_foreach(list, i, item)
	{
		if (strcmp(sl_api_text(item, "what", ""), "kept") != 0)
			continue;
		kept++;
		live += count_live(item);
		counted |= json_object_get(item, "live") != NULL;
	}
	if (kept)
		printf("kept: %zu campaign%s go%s on with what they remember", kept,
		       kept == 1 ? "" : "s", kept == 1 ? "es" : "");
	if (kept && counted)
		printf(" (%" JSON_INTEGER_FORMAT " live keys, each counted for each pattern)",
		       live);
	if (kept)
		putchar('\n');
	for (size_t j = 0; j < sizeof(lists) / sizeof(lists[0]); j++) {
		bool first = true;

		json_array_foreach(list, i, item)
		{
			if (strcmp(sl_api_text(item, "what", ""), lists[j].what) != 0)
				continue;
			if (first)
				printf("%s, %s:\n", lists[j].what, lists[j].says);
			first = false;
			printf("  %s", sl_api_text(item, "campaign", ""));
			print_live(item);
			putchar('\n');
		}
	}
}

int sl_load_answer(const char *command, const char *what, bool dry_run, bool as_json,
		   unsigned status, const json_t *answer)
{
	json_t *none = json_array();
	const json_t *diagnostics = json_object_get(answer, "diagnostics");
	char sentence[512];
	int result;

	if (dry_run)
		snprintf(sentence, sizeof(sentence),
			 "%s: %" JSON_INTEGER_FORMAT
			 " campaigns, sound; a dry run, the ones in force stay",
			 what, sl_api_int(answer, "campaigns", 0));
	else
		snprintf(sentence, sizeof(sentence),
			 "%s: version %" JSON_INTEGER_FORMAT ", %" JSON_INTEGER_FORMAT
			 " campaigns, in force on every worker",
			 what, sl_api_int(answer, "version", 0),
			 sl_api_int(answer, "campaigns", 0));
	if (status == 200 || (status == 422 && json_array_size(diagnostics) > 0)) {
		result = sl_verdict_print(json_is_array(diagnostics) ? diagnostics : none, answer,
					  sentence, as_json);
		if (status == 200 && !as_json)
			print_remembered(json_object_get(answer, "remembered"));
		/* refused although nothing but warnings came back: still no */
		result = status == 422 ? SL_EXIT_NO : result;
	} else {
		sl_api_complain(command, answer);
		result = status == 409 || status >= 500 ? SL_EXIT_FAILED : SL_EXIT_NO;
	}
	json_decref(none);
	return result;
}
