/* The target of a request with its query, percent-encoded. */
#ifndef SL_SLUICE_GATEWAY_QUERY_H
#define SL_SLUICE_GATEWAY_QUERY_H

#include <stdbool.h>
#include <stddef.h>

struct sl_query {
	char *at;
	size_t room, bytes;
	bool full, begun;
};

void sl_query_init(struct sl_query *query, char *at, size_t room, const char *path);
/* Nothing where the value is NULL. */
void sl_query_add(struct sl_query *query, const char *name, const char *value);
/* Nothing where the text is empty. */
void sl_query_add_given(struct sl_query *query, const char *name, const char *text);

#endif
