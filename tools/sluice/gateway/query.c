#include "tools/sluice/gateway/query.h"

#include <string.h>

static void put(struct sl_query *query, char c)
{
	if (query->bytes + 1 >= query->room)
		query->full = true;
	else
		query->at[query->bytes++] = c;
	query->at[query->bytes] = '\0';
}

static void put_plain(struct sl_query *query, const char *text)
{
	while (*text)
		put(query, *text++);
}

void sl_query_init(struct sl_query *query, char *at, size_t room, const char *path)
{
	*query = (struct sl_query){.at = at, .room = room};
	put_plain(query, path);
}

static bool is_plain(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       (c && strchr("-._~,", c));
}

void sl_query_add(struct sl_query *query, const char *name, const char *value)
{
	static const char hex[] = "0123456789ABCDEF";

	if (!value)
		return;
	put(query, query->begun ? '&' : '?');
	query->begun = true;
	put_plain(query, name);
	put(query, '=');
	for (; *value; value++) {
		if (is_plain(*value)) {
			put(query, *value);
			continue;
		}
		put(query, '%');
		put(query, hex[(unsigned char)*value >> 4]);
		put(query, hex[*value & 15]);
	}
}

void sl_query_add_given(struct sl_query *query, const char *name, const char *text)
{
	sl_query_add(query, name, text[0] ? text : NULL);
}
