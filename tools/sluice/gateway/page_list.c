#include "tools/sluice/gateway/page_list.h"

#include "tools/sluice/commands/commands.h"
#include "tools/sluice/gateway/api.h"
#include "tools/sluice/terminal_text.h"

#include <stdio.h>
#include <string.h>

#define TIMEOUT_MS 20000
#define PAGE_MAX 1000
#define TARGET_BYTES_MAX 4096

/* The rows of one page; how many of them are left to be printed. */
static long print_page(const struct sl_page_list *list, const json_t *answer, long left)
{
	const json_t *one;
	size_t i;

	json_array_foreach(json_object_get(answer, list->member), i, one)
	{
		if (left == list->limit && !list->json)
			list->print_head(list->context);
		if (list->json)
			sl_api_print(one);
		else
			list->print_row(list->context, one);
		left--;
	}
	return left;
}

/* False: it does not fit. */
static bool make_target(const struct sl_page_list *list, long left, const char *after, char *target)
{
	struct sl_query query;
	char limit[24];

	snprintf(limit, sizeof(limit), "%ld", left < PAGE_MAX ? left : PAGE_MAX);
	sl_query_init(&query, target, list->target_bytes, list->path);
	sl_query_add(&query, "limit", limit);
	list->add_filters(list->context, &query);
	sl_query_add_given(&query, "after", after);
	return !query.full;
}

int sl_page_list(const struct sl_page_list *list, long *ret_left, bool *ret_more)
{
	char target[TARGET_BYTES_MAX], after[64] = "";
	long left = list->limit;
	unsigned status;
	json_t *answer;
	int result;

	do {
		if (!make_target(list, left, after, target)) {
			fprintf(stderr, "%s: the options are too long\n", list->program);
			return SL_EXIT_USAGE;
		}
		result = sl_api_call(list->address, "GET", target, NULL, TIMEOUT_MS, &status,
				     &answer);
		if (result)
			return result;
		if (status == 200)
			left = print_page(list, answer, left);
		else
			result = list->refused(status, answer);
		snprintf(after, sizeof(after), "%s", sl_api_text(answer, "next", ""));
		json_decref(answer);
	} while (!result && after[0] && left > 0);
	if (result)
		return result;
	*ret_left = left;
	*ret_more = after[0] != 0;
	return 0;
}

void sl_page_list_put_time(const char *time)
{
	char day_and_hour[20];

	snprintf(day_and_hour, sizeof(day_and_hour), "%.19s", time);
	if (strlen(day_and_hour) > 10)
		day_and_hour[10] = ' ';
	sl_terminal_put_cell(stdout, day_and_hour, 19);
	fputs("Z  ", stdout);
}
