#include "tools/sluice/explain/live.h"

#include "tools/sluice/commands/commands.h"
#include "tools/sluice/gateway/api.h"
#include "tools/sluice/gateway/query.h"
#include "tools/sluice/terminal_text.h"

#include <stdio.h>
#include <string.h>

#define TIMEOUT_MS 10000
#define TARGET_BYTES 4096

/* "2026-11-21 17:00:00Z" */
static void print_time(const char *before, const char *time)
{
	char text[20];

	if (!time)
		return;
	snprintf(text, sizeof(text), "%.19s", time);
	if (strlen(text) > 10)
		text[10] = ' ';
	fputs(before, stdout);
	sl_terminal_put(stdout, text);
	putchar('Z');
}

static void print_one(const json_t *one)
{
	const char *what = sl_api_text(one, "what", "?"), *step = sl_api_text(one, "step", NULL);
	const char *first = sl_api_text(one, "first", NULL), *last = sl_api_text(one, "last", NULL);
	json_int_t count = sl_api_int(one, "count", 0);

	sl_terminal_put(stdout, sl_api_text(one, "campaign", "?"));
	fputs(": ", stdout);
	sl_terminal_put(stdout, what);
	if (step) {
		fputs(strcmp(what, "run") == 0 ? " at " : " of ", stdout);
		sl_terminal_put(stdout, step);
	}
	printf(", %" JSON_INTEGER_FORMAT " %s%s\n ", count,
	       strcmp(what, "limit") == 0 ? "match" : "event",
	       count == 1                   ? ""
	       : strcmp(what, "limit") == 0 ? "es"
					    : "s");
	print_time(" first ", first);
	print_time(first ? ", last " : " last ", last);
	print_time(", due ", sl_api_text(one, "due", NULL));
	putchar('\n');
}

static bool is_asked_for(const json_t *one, const char *campaign)
{
	return !campaign || strcmp(campaign, sl_api_text(one, "campaign", "")) == 0;
}

static int print(const json_t *answer, const char *campaign, bool as_json)
{
	const json_t *list = json_object_get(answer, "remembered"), *one;
	json_int_t total = sl_api_int(answer, "total", 0);
	size_t i, shown = 0;

	json_array_foreach(list, i, one)
	{
		if (!is_asked_for(one, campaign))
			continue;
		if (as_json)
			sl_api_print(one);
		else
			print_one(one);
		shown++;
	}
	if (total > (json_int_t)json_array_size(list))
		fprintf(stderr,
			"the first %zu of %" JSON_INTEGER_FORMAT " things that are remembered\n",
			json_array_size(list), total);
	if (shown)
		return SL_EXIT_DONE;
	if (!as_json)
		puts("nothing is remembered");
	return SL_EXIT_NO;
}

int sl_explain_live(const char *address, const char *key, const char *campaign, bool as_json)
{
	char target[TARGET_BYTES];
	struct sl_query query;
	unsigned status;
	json_t *answer;
	int result;

	sl_query_init(&query, target, sizeof(target), "/v1/remembered");
	sl_query_add(&query, "key", key);
	if (query.full) {
		fputs("sluice explain: the key is too long\n", stderr);
		return SL_EXIT_USAGE;
	}
	result = sl_api_call(sl_api_address(address), "GET", target, NULL, TIMEOUT_MS, &status,
			     &answer);
	if (result)
		return result;
	if (status == 200) {
		result = print(answer, campaign, as_json);
	} else {
		sl_api_complain("sluice explain", answer);
		result = status == 400 ? SL_EXIT_USAGE : SL_EXIT_FAILED;
	}
	json_decref(answer);
	return result;
}
