/* Lists that the API gives page by page: asked for one after the other, printed as they come. */
#ifndef SL_SLUICE_GATEWAY_PAGE_LIST_H
#define SL_SLUICE_GATEWAY_PAGE_LIST_H

#include "tools/sluice/gateway/query.h"

#include <jansson.h>
#include <stdbool.h>

struct sl_page_list {
	const char *program; /* "sluice quarantine" */
	const char *address; /* of the API */
	const char *path;
	const char *member; /* of an answer, that has the items */
	size_t target_bytes;
	long limit; /* items, at least one */
	bool json;
	/* What the user asked for, besides how many and from where on. */
	void (*add_filters)(const void *context, struct sl_query *query);
	void (*print_head)(const void *context); /* before the first row; of JSON there is none */
	void (*print_row)(const void *context, const json_t *one);
	/* Says what was wrong with a status other than 200; the exit status. */
	int (*refused)(unsigned status, const json_t *answer);
	const void *context;
};

/* Exit status; with 0 how many of the limit are left, and whether there are more items. */
int sl_page_list(const struct sl_page_list *list, long *ret_left, bool *ret_more);

/* "2026-11-21 17:00:00Z" of a time as the API has it, and two spaces. */
void sl_page_list_put_time(const char *time);

#endif
